"""An agent that answers what it was asked, says something, and can end itself."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Greeter(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/exit":
            print("I end now", flush=True)
            os._exit(7)
        self.answer(200, {"path": self.path, "greeting": os.environ.get("GREETING", "hello")})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201, {"type": self.headers["Content-Type"], "body": body.decode()})

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
