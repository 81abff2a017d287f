"""Run with pytest. The fixture par_agent, of pytest-par, boots the folder with the real runtime."""

from main import invoke


def test_greets_as_a_function():
    assert invoke({"action": "greet", "name": "Ada"}) == {"message": "Hello, Ada!"}


def test_greets_in_the_runtime(par_agent):
    answer = par_agent.post("/invoke", json={"action": "greet", "name": "Ada"})
    assert answer.json() == {"message": "Hello, Ada!"}
    par_agent.wait_log(text="greets Ada")
