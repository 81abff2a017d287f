"""Tests of host.py, run as its own process against real sockets:  python3 host_test.py HOST_PY"""

import base64
import contextlib
import http.client
import importlib.util
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest

HOST = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "host.py"

spec = importlib.util.spec_from_file_location("host", HOST)
host = importlib.util.module_from_spec(spec)
sys.modules["host"] = host
spec.loader.exec_module(host)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Agent:
    """An agent's files, and the host that serves them."""

    def __init__(self, files, base_path="/", options=(), ports=None, **config):
        self.folder = tempfile.TemporaryDirectory(prefix="par-host-test-")
        self.root = os.path.join(self.folder.name, "tree")
        for name, text in files.items():
            path = os.path.join(self.root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(textwrap.dedent(text))
        self.rest, self.a2a, self.ui = ports or free_ports(3)
        if "ui" in config and isinstance(config["ui"], str):
            config["ui"] = {"directory": os.path.join(self.root, config["ui"])}
        config.setdefault("name", "greeter")
        config.setdefault("version", "1.2.3")
        environment = dict(
            os.environ,
            REST_PORT=str(self.rest),
            A2A_PORT=str(self.a2a),
            UI_PORT=str(self.ui),
            BASE_PATH=base_path,
            AGENT_APP_ID="app-1",
            PYTHONDONTWRITEBYTECODE="1",
        )
        self.output = []
        self.process = subprocess.Popen(
            [sys.executable, *options, "-u", HOST, json.dumps(dict(config, root=self.root))],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            cwd=self.root,
        )
        self.told = threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.told:
                self.output.append(line.decode().rstrip("\n"))
                self.told.notify_all()
        with self.told:
            self.output.append(None)
            self.told.notify_all()

    def await_line(self, text):
        with self.told:
            found = self.told.wait_for(
                lambda: None in self.output or any(text in o for o in self.output), 60
            )
            lines = [o for o in self.output if o is not None]
            if not found or not any(text in o for o in lines):
                raise AssertionError("no '%s' in\n%s" % (text, "\n".join(lines)))

    def serving(self):
        try:
            self.await_line('"Agent serving"')
        except BaseException:
            self.__exit__()
            raise
        return self

    def failure(self):
        """The last line of a host that ended, read as JSON."""
        self.process.wait(60)
        self.reader.join(60)
        lines = [o for o in self.output if o]
        return json.loads(lines[-1])

    def get(self, path, method="GET", body=None, port=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.rest, timeout=60)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_accept_encoding=True)
            for key, value in (headers or {}).items():
                connection.putheader(key, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            answer.text = answer.read().decode("utf-8", "replace")
            return answer

    def json(self, path, status=200, **kwargs):
        answer = self.get(path, **kwargs)
        if answer.status != status:
            raise AssertionError("%s: %d %s" % (path, answer.status, answer.text))
        return json.loads(answer.text)

    def post(self, path, value, **kwargs):
        return self.get(path, method="POST", body=json.dumps(value).encode(), **kwargs)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.folder.cleanup()


MOUNT = """
    def mount(app):
        @app.get("/api/hello")
        def hello():
            return {"hello": "world"}
"""
HANDLER = {"main.py": "def handler(context):\n    return {'you': context}\n"}


class RestTest(unittest.TestCase):
    def test_routes_answer_under_the_base_path_and_at_the_root(self):
        with Agent({"main.py": MOUNT}, "/agents/x", rest="main:mount").serving() as agent:
            for path in ("/api/hello", "/agents/x/api/hello"):
                self.assertEqual(agent.json(path), {"hello": "world"})
            for path in ("/health", "/agents/x/health"):
                health = agent.json(path)
                self.assertEqual(health["ok"], True)
                self.assertEqual(health["surfaces"], {"rest": True})
                self.assertLess(abs(health["timestamp"] / 1000 - time.time()), 60)
            self.assertEqual(agent.json("/agents/x/meta")["name"], "greeter")
            self.assertEqual(agent.json("/a2a/health", 404)["ok"], False)
            self.assertEqual(agent.json("/ui/health", 404)["ok"], False)
            self.assertEqual(agent.get("/agents/xy/api/hello").status, 404)
            offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AA"}
            self.assertEqual(agent.json("/api/hello", headers=offer), {"hello": "world"})

    def test_a_base_path_that_the_routes_begin_with_hides_none_of_them(self):
        with Agent({"main.py": MOUNT}, "/api", rest="main").serving() as agent:
            self.assertEqual(agent.json("/api/hello"), {"hello": "world"})
            self.assertEqual(agent.json("/api/api/hello"), {"hello": "world"})

    def test_every_way_to_give_routes_is_understood(self):
        router = """
            from fastapi import APIRouter, FastAPI
            router = APIRouter()
            @router.get("/api/hello")
            def hello():
                return {"hello": "world"}
            application = FastAPI()
            application.include_router(router)
            started = []
            @application.on_event("startup")
            def startup():
                started.append(1)
            @application.get("/api/started")
            def told():
                return len(started)
            def by_keyword(*, app): app.include_router(router)
            def make_router(): return router
            def create_app(settings=None): return application
            async def asynchronous(app): app.include_router(router)
        """
        for entry in (
            "by_keyword",
            "make_router",
            "create_app",
            "asynchronous",
            "router",
            "application",
        ):
            with self.subTest(entry), Agent(
                {"pkg/routes.py": router}, rest="pkg.routes:" + entry
            ).serving() as agent:
                self.assertEqual(agent.json("/api/hello"), {"hello": "world"})
                if entry in ("create_app", "application"):
                    self.assertEqual(agent.json("/api/started"), 1)

    def test_a_running_request_ends_before_the_process_does(self):
        slow = """
            import asyncio
            def mount(app):
                @app.get("/api/slow")
                async def slow():
                    print("slow begins", flush=True)
                    await asyncio.sleep(1)
                    return "done"
                @app.on_event("shutdown")
                def bye():
                    print("shut down", flush=True)
        """
        with Agent({"main.py": slow}, rest="main:mount").serving() as agent:
            answers = []
            client = threading.Thread(target=lambda: answers.append(agent.get("/api/slow")))
            client.start()
            agent.await_line("slow begins")
            agent.process.send_signal(signal.SIGTERM)
            client.join()
            self.assertEqual(answers[0].text, '"done"')
            self.assertEqual(agent.process.wait(20), 0)
            agent.await_line("shut down")

    def test_no_port_is_open_before_the_application_has_started(self):
        blocked = """
            import asyncio, os
            def mount(app):
                @app.on_event("startup")
                async def startup():
                    print("starting", flush=True)
                    while not os.path.exists("../go"):
                        await asyncio.sleep(0.01)
        """
        with Agent({"main.py": blocked}, rest="main:mount") as agent:
            agent.await_line("starting")
            with self.assertRaises(ConnectionRefusedError):
                agent.get("/health")
            open(os.path.join(agent.folder.name, "go"), "w").close()
            self.assertEqual(agent.serving().json("/health")["ok"], True)

    def test_an_import_error_ends_the_host_with_its_traceback(self):
        with Agent({"main.py": "import nowhere_to_be_found\n"}, rest="main:mount") as agent:
            failure = agent.failure()
            self.assertEqual(agent.process.returncode, 1)
            self.assertIn("nowhere_to_be_found", failure["error"])
            self.assertIn("Add nowhere_to_be_found to requirements.txt.", failure["hint"])
            self.assertIn("Traceback", "\n".join(o for o in agent.output if o))

    def test_what_is_wrong_is_said_in_the_authors_words(self):
        cases = [
            ({"main.py": "1/0"}, "main:mount", "division by zero"),
            ({"main.py": "def moun(app): pass"}, "main:mount", "defines no 'mount'"),
            ({"app.py": ""}, "main:mount", "there is no module 'main' in the package"),
            ({"main.py": "mount = 3"}, "main:mount", "is a int, not an ASGI application"),
            ({"main.py": "def mount(app): raise ValueError('no key')"}, "main", "no key"),
            ({"main.py": "def mount(app, other): pass"}, "main", "takes (app, other)"),
            ({"main.py": "import sys; sys.exit(4)"}, "main", "exit code 4"),
            (
                {
                    "main.py": """
                    def mount(app):
                        @app.on_event("startup")
                        def startup():
                            raise ValueError("no database")
                    """
                },
                "main",
                "no database",
            ),
        ]
        for files, entry, words in cases:
            with self.subTest(words), Agent(files, rest=entry) as agent:
                failure = agent.failure()
                self.assertEqual(failure["event"], "Agent not loaded")
                self.assertIn(words, failure["error"])
                self.assertTrue(failure["hint"])

    def test_a_missing_library_is_named_with_the_file_and_the_surface(self):
        plain = {"main.py": "def mount(app): pass\ndef service(): pass\napp = 1\n"}
        for surface, package in (("rest", "uvicorn"), ("a2a", "grpcio")):
            # -S: without site-packages, as in an environment where nothing is installed
            with self.subTest(surface), Agent(
                plain,
                options=["-S"],
                dependencyFile="pyproject.toml",
                **{surface: "main:service" if surface == "a2a" else "main:mount"}
            ) as agent:
                failure = agent.failure()
                self.assertIn(package, failure["error"])
                self.assertEqual(failure["hint"], "Add %s to pyproject.toml." % package)

    def test_a_port_in_use_is_named(self):
        ports = free_ports(3)
        with socket.socket() as taken:
            taken.bind(("0.0.0.0", ports[0]))
            taken.listen()
            with Agent({"main.py": MOUNT}, ports=ports, rest="main:mount") as agent:
                self.assertEqual(
                    agent.failure()["error"], "REST_PORT %d is already in use." % ports[0]
                )


class AsgiTest(unittest.TestCase):
    APP = """
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/")
        def root(): return "root"
        @app.get("/meta")
        def meta(): return "mine"
        def create(port): return app
        async def bare(scope, receive, send):
            assert scope["type"] == "http"
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": scope["path"].encode()})
    """

    def test_an_application_runs_as_it_is_and_par_fills_in_what_it_lacks(self):
        for entry in ("main:app", "main:create"):
            with self.subTest(entry), Agent({"main.py": self.APP}, "/b", http=entry) as agent:
                agent.serving()
                for port in (agent.rest, agent.a2a):
                    self.assertEqual(agent.json("/", port=port), "root")
                    self.assertEqual(agent.json("/b/", port=port), "root")
                    self.assertEqual(agent.json("/meta", port=port), "mine")
                    self.assertEqual(agent.json("/b/health", port=port)["surfaces"], {"http": True})

    def test_an_application_without_lifespan_runs_too(self):
        with Agent({"main.py": self.APP}, "/b", http="main:bare").serving() as agent:
            self.assertEqual(agent.get("/b/x").text, "/x")
            self.assertEqual(agent.get("/y").text, "/y")


class UiTest(unittest.TestCase):
    FILES = {
        ".env": "KEY=secret-value",
        "ui/index.html": "<h1>index</h1>",
        "ui/app.js": "run()",
        "ui/a b.txt": "blank",
        "ui/.hidden": "secret-value",
        "ui/sub/index.html": "sub",
        "agent.yaml": "secret-value",
    }

    def test_files_are_served_and_unknown_paths_without_a_dot_are_the_index(self):
        with Agent(self.FILES, "/x", ui="ui").serving() as agent:
            for path, text in (
                ("/ui/", "<h1>index</h1>"),
                ("/x/ui/", "<h1>index</h1>"),
                ("/ui/some/page", "<h1>index</h1>"),
                ("/ui/app.js?v=1", "run()"),
                ("/ui/a%20b.txt", "blank"),
                ("/ui/sub/", "sub"),
            ):
                answer = agent.get(path)
                self.assertEqual((answer.status, answer.text), (200, text), path)
            self.assertEqual(agent.get("/ui/missing.js").status, 404)
            self.assertEqual(agent.json("/ui/ui-config.json"), {"apiBase": "/x/api"})
            self.assertEqual(agent.get("/x/ui?q=1").getheader("Location"), "/x/ui/?q=1")
            script = agent.get("/ui/app.js")
            self.assertEqual(script.getheader("Content-Type"), "text/javascript; charset=utf-8")
            again = agent.get("/ui/app.js", headers={"If-None-Match": script.getheader("ETag")})
            self.assertEqual((again.status, again.text), (304, ""))
            head = agent.get("/ui/app.js", method="HEAD")
            self.assertEqual((head.text, head.getheader("Content-Length")), ("", "5"))
            self.assertEqual(agent.get("/ui/app.js", method="DELETE").status, 405)
            self.assertEqual(agent.json("/ui/health")["ok"], True)

    def test_no_path_leads_out_of_the_directory(self):
        with Agent(self.FILES, ui="ui") as agent:
            os.symlink("../.env", os.path.join(agent.root, "ui", "link.txt"))
            os.symlink("..", os.path.join(agent.root, "ui", "up"))
            os.mkfifo(os.path.join(agent.root, "ui", "pipe.txt"))
            agent.serving()
            ways = ["..", "%2e%2e", ".%2e", "%2E.", "%252e%252e", "..%2f", "..\\", "%5c..", "..%00"]
            ways += ["up", "sub/../..", "%c0%ae%c0%ae", "\\..", "//..", "./..", "%u002e"]
            files = [".env", "agent.yaml", "%2eenv", ".env%00.txt", "ui/.hidden"]
            paths = ["/ui/%s/%s" % (way, file) for way in ways for file in files]
            paths += ["/ui/link.txt", "/ui/.hidden", "/ui/pipe.txt", "/ui//etc/passwd", "/ui/%2fetc"]
            paths += ["/ui/%2fetc%2fpasswd", "/ui/" + "a/" * 3000, "/ui/" + "a" * 5000 + ".js"]
            chance = random.Random(20)
            pieces = ["..", "%2e", ".", "/", "%2f", "up", ".env", "%", "%zz", "ui", "%ff", "\\"]
            paths += ["/ui/" + "".join(chance.choices(pieces, k=6)) for _ in range(300)]
            for path in paths:
                with socket.create_connection(("127.0.0.1", agent.rest), 30) as client:
                    head = "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path
                    client.sendall(head.encode("latin-1"))
                    answer = b"".join(iter(lambda: client.recv(65536), b""))
                self.assertNotIn(b"secret-value", answer, path)
                self.assertNotIn(b"root:", answer, path)
                self.assertRegex(answer, rb"\AHTTP/1.1 (200|307|400|404) ", path)

    def test_with_multiplexing_off_the_ui_has_its_own_port(self):
        with Agent(self.FILES, ui="ui", multiplexed=False).serving() as agent:
            self.assertEqual(agent.get("/ui/", port=agent.ui).text, "<h1>index</h1>")
            self.assertEqual(agent.get("/ui/").status, 404)
            self.assertEqual(agent.json("/health")["surfaces"], {"ui": True})

    def test_the_package_itself_is_no_ui(self):
        with Agent(self.FILES, ui=".") as agent:
            self.assertIn("would be served to everybody", agent.failure()["error"])


class InvokeTest(unittest.TestCase):
    def test_json_goes_in_and_comes_out(self):
        with Agent(HANDLER, "/b", entrypoint="main:handler").serving() as agent:
            value = {"action": "greet", "data": {"name": "Zoë"}}
            for path in ("/invoke", "/b/invoke"):
                answer = agent.post(path, value)
                self.assertEqual((answer.status, json.loads(answer.text)), (200, {"you": value}))
            self.assertEqual(agent.json("/health")["surfaces"], {})
            self.assertEqual(agent.get("/invoke").status, 405)
            for body in (b"{", b"[1]", b"\xff", b"[" * 100000):
                self.assertEqual(agent.get("/invoke", method="POST", body=body).status, 400)

    def test_the_handler_is_called_as_it_is_written(self):
        code = """
            import asyncio, dataclasses, datetime
            def two(action, data): return [action, data]
            async def later(payload): return payload["action"]
            def lambda_like(event, context): return context["agentId"]
            def nothing(): return {"a": {1, 2}}
            def fails(payload): raise KeyError("name")
            @dataclasses.dataclass
            class Result:
                day: datetime.date
            def typed(payload): return Result(datetime.date(2026, 1, 2))
        """
        value = {"action": "a", "data": {"b": 1}}
        expected = {
            "two": (200, ["a", {"b": 1}]),
            "later": (200, "a"),
            "lambda_like": (200, "app-1"),
            "nothing": (200, {"a": [1, 2]}),
            "typed": (200, {"day": "2026-01-02"}),
            "fails": (500, {"error": "KeyError: 'name'"}),
        }
        for name, (status, result) in expected.items():
            with self.subTest(name), Agent({"m.py": code}, entrypoint="m:" + name) as agent:
                answer = agent.serving().post("/invoke", value)
                self.assertEqual((answer.status, json.loads(answer.text)), (status, result))

    def test_exports_are_actions(self):
        code = "def hello(data):\n    return 'hello ' + data['name']\n"
        with Agent({"agent.py": code}, exports={"greet": "agent.hello"}).serving() as agent:
            answer = agent.post("/invoke", {"action": "greet", "data": {"name": "you"}})
            self.assertEqual(json.loads(answer.text), "hello you")
            self.assertEqual(agent.post("/invoke", {"action": "other"}).status, 404)

    def test_a_main_that_serves_by_itself_is_left_alone(self):
        code = """
            import http.server, os
            def main():
                server = http.server.HTTPServer(
                    ("127.0.0.1", int(os.environ["REST_PORT"])), http.server.SimpleHTTPRequestHandler)
                print("mine", flush=True)
                server.serve_forever()
        """
        with Agent({"main.py": code}, entrypoint="main:main") as agent:
            agent.await_line("mine")
            self.assertIn("SimpleHTTP", agent.get("/main.py").getheader("Server"))

    def test_an_upload_of_a_gigabyte_is_refused_before_it_is_read(self):
        with Agent(HANDLER, entrypoint="main:handler").serving() as agent:
            for head in ("Content-Length: 1073741824", "Transfer-Encoding: chunked"):
                with socket.create_connection(("127.0.0.1", agent.rest), 60) as client:
                    client.sendall(("POST /invoke HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % head).encode())
                    block = b"x" * 65536
                    piece = b"10000\r\n" + block + b"\r\n" if "chunked" in head else block
                    sent = 0
                    with contextlib.suppress(OSError):
                        client.settimeout(10)
                        while sent < 1 << 30:
                            client.sendall(piece)
                            sent += len(piece)
                    self.assertLess(sent, 500 << 20)
            with open("/proc/%d/status" % agent.process.pid) as file:
                status = file.read()
            peak = int(status.split("VmHWM:")[1].split()[0])
            self.assertLess(peak, 200 * 1024)
            answer = agent.get("/invoke", method="POST", headers={"Content-Length": "1073741824"})
            self.assertEqual(answer.status, 413)

    def test_two_hundred_slow_clients_hold_up_nobody(self):
        with Agent(HANDLER, entrypoint="main:handler").serving() as agent, contextlib.ExitStack() as all:
            for i in range(200):
                client = all.enter_context(socket.create_connection(("127.0.0.1", agent.rest), 30))
                half = b"POST /invoke HTTP/1.1\r\nContent-Length: 10\r\n" + (b"\r\n{" if i % 2 else b"")
                client.sendall(half)
            self.assertEqual(agent.json("/health")["ok"], True)
            agent.process.send_signal(signal.SIGTERM)
            # The host does not wait for a request of which no more bytes arrive.
            self.assertEqual(agent.process.wait(20), 0)

    def test_what_is_not_http_is_refused(self):
        hostile = [
            b"\x16\x03\x01\x02\x00\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET http://x HTTP/1.1\r\nA : b\r\n\r\n",
            b"POST /invoke HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"POST /invoke HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST /invoke HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"POST /invoke HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"POST /invoke HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
            b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
        ]
        with Agent(HANDLER, entrypoint="main:handler").serving() as agent:
            for request in hostile:
                with socket.create_connection(("127.0.0.1", agent.rest), 30) as client:
                    client.sendall(request)
                    client.shutdown(socket.SHUT_WR)
                    answer = b"".join(iter(lambda: client.recv(65536), b""))
                self.assertRegex(answer, rb"\AHTTP/1.1 (4\d\d|505) ", request[:60])
            self.assertEqual(agent.json("/health")["ok"], True)

    def test_connections_are_kept_and_chunks_understood(self):
        with Agent(HANDLER, entrypoint="main:handler").serving() as agent:
            connection = http.client.HTTPConnection("127.0.0.1", agent.rest, timeout=30)
            with contextlib.closing(connection):
                for _ in range(3):
                    body = iter([b'{"action":', b' "x"}'])
                    connection.request("POST", "/invoke", body, {"Expect": "100-continue"})
                    answer = connection.getresponse()
                    self.assertEqual(json.loads(answer.read()), {"you": {"action": "x"}})

    def test_the_agents_id_is_compared_as_it_is_decoded(self):
        with Agent(HANDLER, entrypoint="main:handler").serving() as agent:
            self.assertEqual(
                agent.json("/agents/app%2D1/health"),
                {"agentId": "app-1", "status": "healthy", "loaded": True},
            )
            for name in ("app-2", "..", "%2e%2e", "..%2f..", "%F0%9F%A6%8A", "%ff", "app-1%00"):
                self.assertEqual(agent.json("/agents/%s/health" % name, 404)["loaded"], False)


class A2aTest(unittest.TestCase):
    CODE = """
        async def echo(parameters): return parameters
        async def upper(parameters): return parameters["text"].upper()
        def blocking(parameters): return 7
        async def fails(parameters): raise ValueError("bad text")
        class Service:
            custom_handlers = {"echo": echo, "upper": upper, "blocking": blocking, "fails": fails}
        def service(): return Service()
        def mapping(): return {"custom_handlers": {"echo": echo}}
        def default(): return None
    """

    @classmethod
    def setUpClass(cls):
        """The messages by protobuf's own code, from the definition that clients have."""
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

        file = descriptor_pb2.FileDescriptorProto(
            name="agent.proto", package="pixell.agent", syntax="proto3"
        )
        TEXT, BOOL, INT = 9, 8, 3

        def message(name, *fields):
            added = file.message_type.add(name=name)
            for field, number, kind in fields:
                if kind == "map":
                    entry = added.nested_type.add(name=field.capitalize() + "Entry")
                    entry.options.map_entry = True
                    entry.field.add(name="key", number=1, type=TEXT, label=1)
                    entry.field.add(name="value", number=2, type=TEXT, label=1)
                    type_name = ".pixell.agent.%s.%s" % (name, entry.name)
                    added.field.add(
                        name=field, number=number, type=11, label=3, type_name=type_name
                    )
                elif kind == "texts":
                    added.field.add(name=field, number=number, type=TEXT, label=3)
                else:
                    added.field.add(name=field, number=number, type=kind, label=1)

        message("Empty")
        message("HealthStatus", ("ok", 1, BOOL), ("message", 2, TEXT), ("timestamp", 3, INT))
        message("Capabilities", ("methods", 1, "texts"), ("metadata", 2, "map"))
        message("ActionRequest", ("action", 1, TEXT), ("parameters", 2, "map"), ("request_id", 3, TEXT))
        message(
            "ActionResult",
            ("success", 1, BOOL),
            ("result", 2, TEXT),
            ("error", 3, TEXT),
            ("request_id", 4, TEXT),
            ("duration_ms", 5, INT),
        )
        message("Pong", ("message", 1, TEXT), ("timestamp", 2, INT))
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)

        def load(name):
            descriptor = pool.FindMessageTypeByName("pixell.agent." + name)
            if hasattr(message_factory, "GetMessageClass"):
                return message_factory.GetMessageClass(descriptor)
            return message_factory.MessageFactory(pool).GetPrototype(descriptor)

        cls.types = {
            n: load(n)
            for n in ("Empty", "HealthStatus", "Capabilities", "ActionRequest", "ActionResult", "Pong")
        }

    @contextlib.contextmanager
    def client(self, entry="main:service"):
        import grpc

        with Agent({"main.py": self.CODE}, a2a=entry).serving() as agent:
            with grpc.insecure_channel("127.0.0.1:%d" % agent.a2a) as channel:

                def call(method, request, answer):
                    stub = channel.unary_unary(
                        "/pixell.agent.AgentService/" + method,
                        request_serializer=lambda m: m.SerializeToString(),
                        response_deserializer=self.types[answer].FromString,
                    )
                    return stub(request, timeout=30)

                yield agent, channel, call

    def invoke(self, call, action, request_id="", **parameters):
        request = self.types["ActionRequest"](
            action=action, parameters=parameters, request_id=request_id
        )
        return call("Invoke", request, "ActionResult")

    def test_every_method_of_the_service_answers_a_real_client(self):
        with self.client() as (agent, channel, call):
            empty = self.types["Empty"]()
            health = call("Health", empty, "HealthStatus")
            self.assertEqual((health.ok, health.message), (True, "healthy"))
            self.assertLess(abs(health.timestamp / 1000 - time.time()), 60)
            able = call("DescribeCapabilities", empty, "Capabilities")
            self.assertEqual(list(able.methods), ["blocking", "echo", "fails", "upper"])
            self.assertEqual(dict(able.metadata), {"name": "greeter", "version": "1.2.3"})
            pong = call("Ping", empty, "Pong")
            self.assertEqual(pong.message, "pong")
            done = self.invoke(call, "upper", "r-1", text="zoë")
            self.assertEqual((done.success, done.result, done.error), (True, "ZOË", ""))
            self.assertEqual(done.request_id, "r-1")
            self.assertGreaterEqual(done.duration_ms, 0)
            echo = self.invoke(call, "echo", a="1", b="ü")
            self.assertEqual(json.loads(echo.result), {"a": "1", "b": "ü"})
            self.assertRegex(echo.request_id, r"\Areq_\d+\Z")
            self.assertEqual(self.invoke(call, "blocking").result, "7")
            failed = self.invoke(call, "fails")
            self.assertEqual((failed.success, failed.error), (False, "ValueError: bad text"))
            unknown = self.invoke(call, "nope")
            self.assertEqual(unknown.error, "No handler found for action: nope")
            self.assertEqual(unknown.success, False)
            self.assertEqual(agent.json("/health")["surfaces"], {"a2a": True})
            self.assertEqual(agent.json("/a2a/health")["ok"], True)

    def test_mappings_and_the_default_service(self):
        with self.client("main:mapping") as (_, _, call):
            self.assertEqual(json.loads(self.invoke(call, "echo", a="b").result), {"a": "b"})
        with self.client("main:default") as (_, _, call):
            self.assertEqual(
                list(call("DescribeCapabilities", self.types["Empty"](), "Capabilities").methods), []
            )

    def test_the_standard_health_service_checks_and_watches(self):
        import grpc

        with self.client() as (agent, channel, _):
            check = channel.unary_unary("/grpc.health.v1.Health/Check")
            self.assertEqual(check(b"", timeout=30), b"\x08\x01")
            service = b"\x0a\x19pixell.agent.AgentService"
            self.assertEqual(check(service, timeout=30), b"\x08\x01")
            with self.assertRaises(grpc.RpcError) as unknown:
                check(b"\x0a\x01x", timeout=30)
            self.assertEqual(unknown.exception.code(), grpc.StatusCode.NOT_FOUND)
            seen = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=60)
            self.assertEqual(next(seen), b"\x08\x01")
            agent.process.send_signal(signal.SIGTERM)
            self.assertEqual(next(seen), b"\x08\x02")
            self.assertEqual(agent.process.wait(20), 0)

    def test_bytes_that_are_no_message_are_an_invalid_argument(self):
        import grpc

        with self.client() as (agent, channel, call):
            invoke = channel.unary_unary("/pixell.agent.AgentService/Invoke")
            for bad in (b"\x0a", b"\x0a\x05ab", b"\x08\x01", b"\xff" * 20, b"\x0a\x01\xff", b"\x03"):
                with self.assertRaises(grpc.RpcError) as error:
                    invoke(bad, timeout=30)
                self.assertEqual(error.exception.code(), grpc.StatusCode.INVALID_ARGUMENT, bad)
            self.assertEqual(call("Ping", self.types["Empty"](), "Pong").message, "pong")

    def test_a_port_in_use_is_not_shared(self):
        ports = free_ports(3)
        with Agent({"main.py": self.CODE}, ports=ports, a2a="main:service").serving():
            others = [free_ports(1)[0], ports[1], ports[2]]
            with Agent({"main.py": self.CODE}, ports=others, a2a="main:service") as second:
                self.assertEqual(
                    second.failure()["error"], "A2A_PORT %d is already in use." % ports[1]
                )

    def test_messages_are_read_as_protobuf_writes_them(self):
        chance = random.Random(7)
        Request = self.types["ActionRequest"]
        for _ in range(300):
            words = ["".join(chance.choices("aé\u4e2d\U0001f98a \0", k=chance.randrange(200))) for _ in range(4)]
            message = Request(action=words[0], parameters={words[1]: words[2]}, request_id=words[3])
            fields = host.decode(message.SerializeToString())
            self.assertEqual(host.text_of(fields, 1), words[0])
            self.assertEqual(host.map_of(fields, 2), {words[1]: words[2]})
            written = host.encode((1, words[0]), (2, {words[1]: words[2]}), (3, words[3]))
            self.assertEqual(Request.FromString(written), message)
            noise = bytes(chance.randrange(256) for _ in range(chance.randrange(40)))
            try:
                host.map_of(host.decode(noise), 2)
            except ValueError:
                pass


class AllSurfacesTest(unittest.TestCase):
    def test_rest_a2a_and_ui_of_one_agent(self):
        files = {"main.py": textwrap.dedent(MOUNT) + textwrap.dedent(A2aTest.CODE), "dist/ui/index.html": "index", "src/util.py": "X = 1"}
        with Agent(
            files, "/x", rest="main:mount", a2a="main:service", ui="dist/ui"
        ).serving() as agent:
            self.assertEqual(
                agent.json("/x/health")["surfaces"], {"rest": True, "a2a": True, "ui": True}
            )
            self.assertEqual(agent.get("/x/ui/page").text, "index")
            self.assertEqual(agent.json("/x/api/hello"), {"hello": "world"})
            self.assertEqual(agent.get("/x/ui/%2e%2e/main.py").status, 404)


if __name__ == "__main__":
    unittest.main(verbosity=1)
