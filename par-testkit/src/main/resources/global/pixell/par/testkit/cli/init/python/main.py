"""The agent: POST /invoke calls invoke() with the JSON body, and answers with what it returns."""

import os


def invoke(request):
    action = request.get("action", "greet")
    if action != "greet":
        raise ValueError(f"there is no action {action!r}")
    greeting = os.environ.get("GREETING", "Hello")
    print(f"greets {request.get('name', 'world')}")
    return {"message": f"{greeting}, {request.get('name', 'world')}!"}
