"""An agent that answers what it was asked, says something, and can end itself."""

import json
import os
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer


class Greeter(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/exit":
            print("I end now", flush=True)
            os._exit(7)
        if self.path.startswith("/ask/"):
            self.ask(self.path[len("/ask") :])
            return
        self.answer(200, {"path": self.path, "greeting": os.environ.get("GREETING", "hello")})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201, {"type": self.headers["Content-Type"], "body": body.decode()})

    def ask(self, path):
        """Answers what the API says, as an agent that calls a language model would."""
        call = urllib.request.Request(os.environ["API_URL"] + path, headers={"Authorization": "Bearer of-the-agent"})
        try:
            with urllib.request.urlopen(call, timeout=30) as answer:
                self.answer(200, {"said": answer.read().decode()})
        except urllib.error.HTTPError as e:
            self.answer(502, {"status": e.code})

    def answer(self, status, document):
        self.send_response(status)
        self.send_header("X-Agent", "greeter")
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_):
        pass


print("the greeter starts", flush=True)
if os.environ.get("GREETING") == "none":
    sys.exit("there is no greeting")
HTTPServer(("127.0.0.1", int(os.environ["REST_PORT"])), Greeter).serve_forever()
