"""Serves the Python surfaces of an agent: REST, A2A over gRPC, ASGI, UI files, and single handlers.

PAR starts it with the agent's own interpreter:  python -u host.py CONFIG
where CONFIG is a JSON object (see Host). Ports and paths come from the environment: REST_PORT,
A2A_PORT, UI_PORT, BASE_PATH, AGENT_APP_ID.

It needs nothing but the standard library (Python 3.8 or newer). The agent brings fastapi, uvicorn
or grpcio when one of its surfaces needs them. Ports open only after all the agent's code is loaded,
so a connection that is accepted means that the agent is ready.
"""

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import difflib
import email.utils
import http
import importlib
import importlib.util
import inspect
import json
import mimetypes
import os
import re
import signal
import socket
import stat
import sys
import time
import traceback
from urllib.parse import quote, unquote_to_bytes

MAX_BODY = 32 * 1024 * 1024  # of POST /invoke; files belong in S3
MAX_HEAD = 64 * 1024
HEAD_SECONDS = 20  # for a client to send a request's head, from its first byte
BODY_SECONDS = 30  # between two chunks of a request's body
IDLE_SECONDS = 75  # above the 60 s after which a load balancer drops an idle connection
WRITE_SECONDS = 60  # for a client to read a chunk of a response
LINGER_SECONDS = 2
LINGER_BYTES = 64 * 1024 * 1024
STALLED_SECONDS = 3  # without a byte of its request, while the agent stops
MAX_CONNECTIONS = 2000
CHUNK = 256 * 1024

SELF_SERVING = ("main", "run", "serve", "start", "server", "cli")


class Fault(Exception):
    """A problem of the agent, in a sentence, and what its author can do about it."""

    def __init__(self, sentence, hint):
        super().__init__(sentence)
        self.hint = hint


def log(level, event, **fields):
    """Writes one JSON line, even if the agent has replaced sys.stdout."""
    line = json.dumps({"level": level, "event": event, **fields}, default=str) + "\n"
    data = line.encode("utf-8", "backslashreplace")
    while data:
        try:
            data = data[os.write(1, data) :]
        except OSError:
            return


def now_ms():
    return int(time.time() * 1000)


# --- the agent's code -----------------------------------------------------------------------------


class Loader:
    """Imports what the manifest names, and reports faults in terms of the manifest."""

    def __init__(self, root, dependency_file):
        self.root = root
        self.dependency_file = dependency_file

    def load(self, key, spec, default=None):
        """The object that `key: module:name` of agent.yaml means."""
        module_name, _, name = spec.partition(":")
        if not name and default is None:
            module_name, _, name = spec.rpartition(".")
        name = name or default
        if not module_name or not name:
            raise Fault(
                "%s '%s' is not module:function." % (key, spec), "Write it like main:handler."
            )
        module_name = re.sub(r"\.py$", "", module_name).replace("/", ".").lstrip(".")
        module = self.module(key, spec, module_name)
        value = module
        for part in name.split("."):
            if not hasattr(value, part):
                raise Fault(
                    "%s '%s': the module %s (%s) defines no '%s'."
                    % (key, spec, module_name, self.where(module), part),
                    self.nearest(part, value),
                )
            value = getattr(value, part)
        return value

    def module(self, key, spec, name):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as e:
            traceback.print_exc()
            missing = e.name or ""
            if missing == name or name.startswith(missing + "."):
                raise Fault(
                    "%s '%s': there is no module '%s' in the package." % (key, spec, missing),
                    "The package needs %s.py. Its modules: %s."
                    % (name.replace(".", "/"), ", ".join(self.modules()) or "none"),
                ) from e
            raise Fault(
                "%s '%s' imports '%s', which is neither in the package nor installed."
                % (key, spec, missing),
                "Add %s to %s." % (distribution(missing), self.dependency_file),
            ) from e
        except SystemExit as e:
            traceback.print_exc()
            raise Fault(
                "%s '%s': the module %s ended the process while it was imported (exit code %s)."
                % (key, spec, name, e.code),
                "Move what it does into a function.",
            ) from e
        except Exception as e:
            traceback.print_exc()
            raise Fault(
                "%s '%s' cannot be imported: %s" % (key, spec, describe(e)),
                "The traceback in the log names the line.",
            ) from e

    def need(self, package, key, spec, module=None):
        """Imports a library that a surface needs and the agent must bring."""
        try:
            return importlib.import_module(module or package)
        except ImportError as e:
            if e.name and e.name != package:
                traceback.print_exc()
            raise Fault(
                "%s '%s' needs the Python package %s, which cannot be imported: %s"
                % (key, spec, distribution(package), describe(e)),
                "Add %s to %s." % (distribution(package), self.dependency_file),
            ) from e

    def modules(self):
        found = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(f for f in folders if f.isidentifier() and f != "__pycache__")
            for file in sorted(files):
                if file.endswith(".py") and file != "__init__.py" and len(found) < 20:
                    path = os.path.relpath(os.path.join(folder, file), self.root)
                    found.append(path[:-3].replace(os.sep, "."))
        return found

    def where(self, module):
        file = getattr(module, "__file__", None)
        return os.path.relpath(file, self.root) if file else "a folder without __init__.py"

    @staticmethod
    def nearest(name, value):
        names = [n for n in dir(value) if not n.startswith("_")]
        near = difflib.get_close_matches(name, names, 1)
        if near:
            return "Did you mean '%s'?" % near[0]
        return "It defines: %s." % (", ".join(names[:20]) or "nothing")


def distribution(module):
    """The name by which pip installs a module; most have the module's own name."""
    top = module.split(".")[0]
    return {"grpc": "grpcio", "yaml": "PyYAML", "dotenv": "python-dotenv", "PIL": "Pillow"}.get(
        top, top
    )


def describe(error):
    return "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]


def accepts(function, *args, **kwargs):
    try:
        inspect.signature(function).bind(*args, **kwargs)
        return True
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature
        return not kwargs


def parameters(function):
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def is_coroutine_call(value):
    return inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(
        getattr(value, "__call__", None)
    )


def is_asgi(value):
    """Whether a value is an ASGI 3 application: awaitable, with scope, receive and send."""
    if inspect.isclass(value) or not callable(value):
        return False
    positional = [
        p
        for p in parameters(value)
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)
    ]
    three = accepts(value, 1, 2, 3) and (
        len(positional) == 3 or any(p.kind == p.VAR_POSITIONAL for p in positional)
    )
    return three and (is_coroutine_call(value) or hasattr(value, "router"))


def is_router(value):
    return hasattr(value, "routes") and hasattr(value, "add_api_route") and not is_application(value)


def is_application(value):
    return hasattr(value, "router") and callable(value)


def wants_application(function):
    """Whether a function mounts routes on an application, and is not a factory of one."""
    params = [
        p
        for p in parameters(function)
        if p.kind not in (p.VAR_KEYWORD, p.KEYWORD_ONLY) or p.name in ("app", "application")
    ]
    if not params:
        return False
    first = params[0]
    return (
        first.default is first.empty
        or first.name in ("app", "application", "router")
        or getattr(function, "__name__", "") == "mount"
    )


def plain(value):
    """Converts what json.dumps does not know: models, data classes, sets, times."""
    for method in ("model_dump", "dict"):
        if callable(getattr(value, method, None)) and not isinstance(value, type):
            return getattr(value, method)()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError("a result of type %s cannot be written as JSON" % type(value).__name__)


def to_json(value):
    return json.dumps(value, default=plain, ensure_ascii=False)


async def call(function, *args, **kwargs):
    """Awaits an async function; runs any other in a thread, so that it blocks no request."""
    if is_coroutine_call(function):
        return await function(*args, **kwargs)
    loop = asyncio.get_running_loop()
    result = await loop.run_in_executor(None, lambda: function(*args, **kwargs))
    return await result if inspect.isawaitable(result) else result


# --- HTTP responses -------------------------------------------------------------------------------


async def respond(send, status, body=b"", content_type="application/json", headers=(), head=False):
    fields = [(b"content-length", str(len(body)).encode()), (b"x-content-type-options", b"nosniff")]
    if body or status == 200:
        fields.append((b"content-type", content_type.encode("latin-1")))
    fields.extend(headers)
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def respond_json(scope, send, status, value, headers=()):
    body = to_json(value).encode("utf-8", "backslashreplace")
    await respond(send, status, body, headers=headers, head=scope["method"] == "HEAD")


async def refuse(scope, send, status, error, headers=()):
    await respond_json(scope, send, status, {"error": error}, headers)


class TooLarge(Exception):
    pass


class Gone(Exception):
    """The client closed the connection before it had sent its whole request."""


async def read_body(scope, receive):
    length = header(scope, b"content-length")
    if length.isdigit() and int(length) > MAX_BODY:
        raise TooLarge()
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone()
        piece = message.get("body", b"")
        size += len(piece)
        if size > MAX_BODY:
            raise TooLarge()
        pieces.append(piece)
        if not message.get("more_body"):
            return b"".join(pieces)


def header(scope, name):
    return next((value for key, value in scope["headers"] if key.lower() == name), b"")


# --- the UI ---------------------------------------------------------------------------------------

TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
}


class Ui:
    """Static files of one directory, and never a file outside it."""

    def __init__(self, directory, base_path, api_base, digest):
        self.root = os.path.realpath(directory)
        self.prefix = (base_path.rstrip("/") or "") + "/ui"
        if not self.prefix.startswith("/"):
            self.prefix = "/" + self.prefix
        self.config = {"apiBase": api_base}
        self.digest = (digest or "local")[:12]

    def ok(self):
        return os.path.isdir(self.root)

    def below(self, path):
        """The part of a raw path below the UI, without the first slash; None for another path."""
        if path == self.prefix:
            return ""
        if path.startswith(self.prefix + "/"):
            return path[len(self.prefix) + 1 :]
        return None

    async def serve(self, scope, send, rest):
        """Serves `rest`, a raw path below the UI: percent-encoded, as the client sent it."""
        head = scope["method"] == "HEAD"
        if scope["method"] not in ("GET", "HEAD"):
            await refuse(scope, send, 405, "the UI answers GET and HEAD", [(b"allow", b"GET, HEAD")])
            return
        if rest == "ui-config.json":
            await respond_json(scope, send, 200, self.config, [(b"cache-control", b"no-store")])
            return
        file = self.find(rest)
        if file is None:
            await refuse(scope, send, 404, "there is no such file")
            return
        await self.send_file(scope, send, file, head)

    def find(self, rest):
        try:
            name = unquote_to_bytes(rest).decode("utf-8")
        except UnicodeDecodeError:
            return None
        parts = [p for p in name.split("/") if p not in ("", ".")]
        if any(not self.visible(p) for p in parts):
            return None
        file = self.inside(*parts)
        if file and os.path.isdir(file):
            file = self.inside(*parts, "index.html")
        if (file is None or not os.path.isfile(file)) and "." not in (parts or ["."])[-1]:
            file = self.inside("index.html")
        elif not parts:
            file = self.inside("index.html")
        return file if file and os.path.isfile(file) else None

    @staticmethod
    def visible(part):
        """Whether a part is allowed: not `..`, not hidden (.env, .git), the same on all systems."""
        if part.startswith(".") and part != ".well-known":
            return False
        return not any(c == "\\" or c == "\0" or ord(c) < 32 for c in part)

    def inside(self, *parts):
        """The file after following links; None if they lead out of the directory."""
        try:
            file = os.path.realpath(os.path.join(self.root, *parts))
        except (OSError, ValueError):
            return None
        return file if file == self.root or file.startswith(self.root + os.sep) else None

    async def send_file(self, scope, send, file, head):
        loop = asyncio.get_running_loop()
        try:
            stream = await loop.run_in_executor(None, lambda: open(file, "rb"))
        except OSError:
            await refuse(scope, send, 404, "there is no such file")
            return
        with stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                await refuse(scope, send, 404, "there is no such file")
                return
            extension = os.path.splitext(file)[1].lower()
            kind = TYPES.get(extension) or mimetypes.guess_type(file)[0] or "application/octet-stream"
            if kind.startswith("text/") or kind == "application/json":
                kind += "; charset=utf-8"
            tag = '"%s-%x-%x"' % (self.digest, status.st_size, status.st_mtime_ns)
            fields = [
                (b"etag", tag.encode()),
                (b"cache-control", b"no-cache"),
                (b"last-modified", email.utils.formatdate(status.st_mtime, usegmt=True).encode()),
                (b"x-content-type-options", b"nosniff"),
            ]
            if tag in [t.strip() for t in header(scope, b"if-none-match").decode("latin-1").split(",")]:
                await send({"type": "http.response.start", "status": 304, "headers": fields})
                await send({"type": "http.response.body", "body": b""})
                return
            fields.append((b"content-type", kind.encode("latin-1")))
            fields.append((b"content-length", str(status.st_size).encode()))
            await send({"type": "http.response.start", "status": 200, "headers": fields})
            left = 0 if head else status.st_size
            while left > 0:
                piece = await loop.run_in_executor(None, stream.read, min(CHUNK, left))
                if not piece:
                    raise OSError("%s became shorter while it was sent" % file)
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
            if head or status.st_size == 0:
                await send({"type": "http.response.body", "body": b""})


# --- A2A over gRPC --------------------------------------------------------------------------------
# grpcio does not bring protobuf, and these few messages need no generated code.


def _varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _text(field, text):
    data = text.encode("utf-8", "replace")
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def encode(*fields):
    """Encodes (number, value) for the wire: text, bool, int, or a map or list of text."""
    out = b""
    for number, value in fields:
        if isinstance(value, dict):
            for key, item in value.items():
                entry = _text(1, str(key)) + _text(2, str(item))
                out += _varint(number << 3 | 2) + _varint(len(entry)) + entry
        elif isinstance(value, (list, tuple)):
            out += b"".join(_text(number, item) for item in value)
        elif isinstance(value, str):
            out += _text(number, value) if value else b""
        elif value:
            out += _varint(number << 3) + _varint(int(value))
    return out


def decode(data):
    """Decodes the wire form to {number: [values]}: int for varints, bytes for the rest."""
    fields, at = {}, 0

    def varint(at):
        number, shift = 0, 0
        while True:
            if at >= len(data) or shift > 63:
                raise ValueError("a number is cut off")
            byte = data[at]
            number |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                return number, at

    while at < len(data):
        key, at = varint(at)
        kind = key & 7
        if kind == 0:
            value, at = varint(at)
        else:
            if kind == 2:
                size, at = varint(at)
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
            else:
                raise ValueError("wire type %d is not known" % kind)
            if key >> 3 == 0 or at + size > len(data):
                raise ValueError("a field is cut off")
            value, at = data[at : at + size], at + size
        fields.setdefault(key >> 3, []).append(value)
    return fields


def text_of(fields, number):
    value = fields.get(number, [b""])[-1]
    if not isinstance(value, bytes):
        raise ValueError("field %d is not text" % number)
    return value.decode("utf-8")


def map_of(fields, number):
    result = {}
    for entry in fields.get(number, []):
        if not isinstance(entry, bytes):
            raise ValueError("field %d is not a map" % number)
        parts = decode(entry)
        result[text_of(parts, 1)] = text_of(parts, 2)
    return result


class A2a:
    """pixell.agent.AgentService and grpc.health.v1.Health."""

    AGENT = "pixell.agent.AgentService"
    HEALTH = "grpc.health.v1.Health"

    def __init__(self, grpc, service, meta):
        self.grpc = grpc
        self.handlers = self.handlers_of(service)
        self.metadata = meta
        self.serving = False
        self.changed = None
        self.server = None

    @staticmethod
    def handlers_of(service):
        if service is None:
            return {}
        if isinstance(service, dict):
            handlers = service.get("custom_handlers", service if "custom_handlers" in service else None)
        else:
            handlers = getattr(service, "custom_handlers", None)
        if callable(handlers) and not isinstance(handlers, dict):
            handlers = handlers()
        if not isinstance(handlers, dict) or not all(callable(h) for h in handlers.values()):
            raise Fault(
                "the A2A service is a %s without custom_handlers." % type(service).__name__,
                "Return an object or a dict with custom_handlers: {name: async function}, or None.",
            )
        return {str(name): handler for name, handler in handlers.items()}

    async def start(self, port, reserved):
        self.changed = asyncio.Condition()
        options = [("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", MAX_BODY)]
        self.server = self.grpc.aio.server(options=options)
        unary = self.grpc.unary_unary_rpc_method_handler
        methods = {
            "Health": unary(self.health),
            "DescribeCapabilities": unary(self.capabilities),
            "Invoke": unary(self.invoke),
            "Ping": unary(self.ping),
        }
        checks = {
            "Check": unary(self.check),
            "Watch": self.grpc.unary_stream_rpc_method_handler(self.watch),
        }
        handler = self.grpc.method_handlers_generic_handler
        self.server.add_generic_rpc_handlers(
            (handler(self.AGENT, methods), handler(self.HEALTH, checks))
        )
        # Reserved until here to be sure of the port, because gRPC's error does not name the cause.
        reserved.close()
        try:
            bound = self.server.add_insecure_port("0.0.0.0:%d" % port)
        except RuntimeError:
            bound = 0
        if not bound:
            raise port_in_use("A2A_PORT", port)
        self.serving = True
        await self.server.start()

    async def stop(self, grace):
        self.serving = False
        async with self.changed:
            self.changed.notify_all()
        await self.server.stop(grace)

    async def health(self, request, context):
        message = "healthy" if self.serving else "stopping"
        return encode((1, self.serving), (2, message), (3, now_ms()))

    async def capabilities(self, request, context):
        return encode((1, sorted(self.handlers)), (2, self.metadata))

    async def ping(self, request, context):
        return encode((1, "pong"), (2, now_ms()))

    async def invoke(self, request, context):
        try:
            fields = decode(request)
            action, params = text_of(fields, 1), map_of(fields, 2)
            request_id = text_of(fields, 3) or "req_%d" % now_ms()
        except ValueError as e:
            await context.abort(
                self.grpc.StatusCode.INVALID_ARGUMENT, "the ActionRequest cannot be read: %s" % e
            )
        start = time.monotonic()
        result, error = "", ""
        handler = self.handlers.get(action)
        if handler is None:
            error = "No handler found for action: %s" % action
        else:
            try:
                value = await call(handler, params)
                result = value if isinstance(value, str) else "" if value is None else to_json(value)
            except Exception as e:
                traceback.print_exc()
                error = describe(e)
        took = int((time.monotonic() - start) * 1000)
        return encode((1, not error), (2, result), (3, error), (4, request_id), (5, took))

    def status_of(self, service):
        if service not in ("", self.AGENT, self.HEALTH):
            return None
        return 1 if self.serving else 2

    async def check(self, request, context):
        service = await self.service_name(request, context)
        status = self.status_of(service)
        if status is None:
            await context.abort(self.grpc.StatusCode.NOT_FOUND, "unknown service '%s'" % service)
        return encode((1, status))

    async def watch(self, request, context):
        service = await self.service_name(request, context)
        last = None
        while True:
            status = self.status_of(service) or 3
            if status != last:
                last = status
                yield encode((1, status))
            if not self.serving:
                return
            async with self.changed:
                await self.changed.wait()

    async def service_name(self, request, context):
        try:
            return text_of(decode(request), 1)
        except ValueError as e:
            await context.abort(self.grpc.StatusCode.INVALID_ARGUMENT, str(e))


# --- ASGI -----------------------------------------------------------------------------------------


class Lifespan:
    """Startup and shutdown of one ASGI application, as its lifespan protocol says."""

    def __init__(self, app, key, spec):
        self.app, self.key, self.spec = app, key, spec
        self.state = {}
        self.inbox = asyncio.Queue()
        self.outbox = asyncio.Queue()
        self.task = None
        self.asked = False

    async def startup(self):
        self.task = asyncio.ensure_future(self.run())
        await self.inbox.put({"type": "lifespan.startup"})
        answer = await self.outbox.get()
        if answer["type"] == "lifespan.startup.failed":
            message = str(answer.get("message") or "").strip()
            if message:
                print(message, file=sys.stderr, flush=True)
            raise Fault(
                "%s '%s': the startup of the application failed: %s"
                % (self.key, self.spec, message.splitlines()[-1] if message else "no reason given"),
                "The traceback in the log names the line.",
            )

    async def shutdown(self):
        if self.task is None or self.task.done():
            return
        await self.inbox.put({"type": "lifespan.shutdown"})
        answer = await self.outbox.get()
        if answer["type"] == "lifespan.shutdown.failed" and answer.get("message"):
            print(answer["message"], file=sys.stderr, flush=True)

    async def receive(self):
        self.asked = True
        return await self.inbox.get()

    async def send(self, message):
        await self.outbox.put(message)

    async def run(self):
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self.app(scope, self.receive, self.send)
            # An application that returns without an event has no lifespan.
            await self.outbox.put({"type": "lifespan.done"})
        except Exception as e:
            if not self.asked:  # the application does not know the protocol
                await self.outbox.put({"type": "lifespan.done"})
                return
            traceback.print_exc()
            await self.outbox.put({"type": "lifespan.startup.failed", "message": describe(e)})


class Front:
    """Routes a request to PAR's own answers, the UI, the handler or the agent's application."""

    def __init__(self, host, app=None, own_first=True, ui=True):
        self.host = host
        self.app = app
        self.own_first = own_first
        self.ui = ui
        self.active = 0

    async def __call__(self, scope, receive, send):
        if scope["type"] not in ("http", "websocket"):
            return
        self.active += 1
        try:
            await self.route(scope, receive, send)
        finally:
            self.active -= 1

    async def route(self, scope, receive, send):
        raw = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
        raw = raw.split(b"?", 1)[0].decode("latin-1")
        path = self.host.without_base(raw)
        candidates = [path] if path == raw else [path, raw]
        if scope["type"] == "http":
            for candidate in candidates:
                if self.own_first and await self.control(scope, send, candidate):
                    return
                if self.ui and await self.static(scope, receive, send, candidate, raw):
                    return
                if self.host.invoke and candidate.rstrip("/") == "/invoke":
                    await self.host.invoke.serve(scope, receive, send)
                    return
        if self.app is None:
            await self.nothing(scope, send, candidates)
        elif self.own_first or scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.forward(scope, receive, send, path, raw)
        else:
            await self.forward_or_control(scope, receive, send, path, raw)

    async def forward(self, scope, receive, send, path, raw):
        app, base = self.app, self.host.base_path
        scope = dict(scope)
        if app.lifespan.state:
            scope["state"] = dict(app.lifespan.state, **scope.get("state", {}))
        if path != raw:
            stripped = self.host.without_base(scope["path"])
            if not app.knows(dict(scope, path=stripped)) and app.knows(scope):
                pass  # the agent's own routes begin with the base path
            elif app.full_path:
                scope["root_path"] = base
            else:
                scope.update(path=stripped, raw_path=path.encode("latin-1"), root_path=base)
        await app(scope, receive, send)

    async def forward_or_control(self, scope, receive, send, path, raw):
        """Asks the application first; PAR serves a control plane's path if that returns 404."""
        controls = [c for c in (path, raw) if self.host.is_control(c)]
        if not controls:
            await self.forward(scope, receive, send, path, raw)
            return
        missing = False

        async def send_known(message):
            nonlocal missing
            if message["type"] == "http.response.start" and message["status"] == 404:
                missing = True
            if not missing:
                await send(message)

        await self.forward(scope, receive, send_known, path, raw)
        if missing:
            await self.control(scope, send, controls[0])

    async def control(self, scope, send, path):
        if not self.host.is_control(path):
            return False
        if scope["method"] not in ("GET", "HEAD"):
            if self.app is not None:
                return False
            await refuse(scope, send, 405, "use GET", [(b"allow", b"GET, HEAD")])
            return True
        status, value = self.host.answer(path)
        await respond_json(scope, send, status, value, [(b"cache-control", b"no-store")])
        return True

    async def static(self, scope, receive, send, path, raw):
        ui = self.host.ui
        if ui is None:
            return False
        if path in ("/ui-config.json", ui.prefix + "/ui-config.json"):
            await ui.serve(scope, send, "ui-config.json")
            return True
        rest = ui.below(path)
        if rest is None:
            alone = not self.host.multiplexed or (self.app is None and self.host.invoke is None)
            if path == "/" and alone:
                await self.redirect(scope, send, raw.rstrip("/") + ui.prefix + "/")
                return True
            return False
        if path == ui.prefix:
            await self.redirect(scope, send, raw + "/")
            return True
        await ui.serve(scope, send, rest)
        return True

    @staticmethod
    async def redirect(scope, send, target):
        query = scope.get("query_string", b"")
        location = target.encode("latin-1") + (b"?" + query if query else b"")
        if location.startswith(b"//"):
            location = b"/" + location.lstrip(b"/")
        await respond(send, 307, headers=[(b"location", location)])

    async def nothing(self, scope, send, candidates):
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        await refuse(scope, send, 404, "there is nothing here")


class App:
    """An ASGI application of the agent."""

    def __init__(self, asgi, key, spec):
        self.asgi = asgi
        self.lifespan = Lifespan(asgi, key, spec)
        # Since 0.33 Starlette removes the root path from the path by itself.
        starlette = sys.modules.get("starlette._utils")
        self.full_path = is_application(asgi) and hasattr(starlette, "get_route_path")

    def __call__(self, scope, receive, send):
        return self.asgi(scope, receive, send)

    def knows(self, scope):
        """Whether a route matches; True if the application does not expose its routes."""
        routes = getattr(getattr(self.asgi, "router", None), "routes", None)
        if routes is None:
            return True
        scope = dict(scope, root_path="")
        try:
            return any(route.matches(scope)[0].value > 0 for route in routes)
        except Exception:
            return True


class Invoke:
    """POST /invoke for agents that are one function, and for `exports`."""

    def __init__(self, handler, exports):
        self.handler = handler
        self.exports = exports

    async def serve(self, scope, receive, send):
        if scope["method"] != "POST":
            await refuse(scope, send, 405, "use POST", [(b"allow", b"POST")])
            return
        try:
            body = await read_body(scope, receive)
        except TooLarge:
            await refuse(
                scope,
                send,
                413,
                "the body is over the limit of %d bytes; put files into S3 and send their address"
                % MAX_BODY,
                [(b"connection", b"close")],
            )
            return
        except Gone:
            return
        try:
            payload = json.loads(body.decode("utf-8")) if body.strip() else {}
        except (ValueError, RecursionError) as e:
            await refuse(scope, send, 400, "the body is not JSON: %s" % e)
            return
        if not isinstance(payload, dict):
            await refuse(scope, send, 400, 'the body is not an object like {"action": "", "data": {}}')
            return
        await self.run(scope, send, payload)

    async def run(self, scope, send, payload):
        action = payload.get("action")
        export = self.exports.get(action) if isinstance(action, str) else None
        function = export or self.handler
        if function is None:
            await refuse(
                scope,
                send,
                404,
                "No handler found for action: %s (there are: %s)"
                % (action, ", ".join(sorted(self.exports))),
            )
            return
        try:
            result = await call(function, *self.arguments(function, payload, export is not None))
            body = to_json(result).encode("utf-8", "surrogatepass")
        except Exception as e:
            traceback.print_exc()
            await refuse(scope, send, 500, describe(e))
            return
        await respond(send, 200, body)

    @staticmethod
    def arguments(function, payload, exported):
        names = [p.name for p in parameters(function) if p.kind == p.POSITIONAL_OR_KEYWORD]
        if accepts(function, payload):
            data = payload.get("data")
            whole = not exported and names[:1] != ["data"]
            return (payload,) if whole else (data if data is not None else {},)
        if names[:2] in (["action", "data"], ["action", "parameters"], ["action", "params"]):
            return (payload.get("action"), payload.get("data") or {})
        if accepts(function, payload, {}):
            return (payload, {"agentId": os.environ.get("AGENT_APP_ID", "")})
        return ()


# --- a small HTTP/1.1 server, for agents whose surfaces need no uvicorn ---------------------------

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class BadRequest(Exception):
    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


class Connection:
    """One client: serves its requests one after the other, each with deadlines."""

    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.busy = False
        self.waiting_since = None  # when the wait for a chunk of the request began

    async def run(self):
        try:
            while not self.server.stopping and await self.exchange():
                pass
        except (asyncio.TimeoutError, asyncio.IncompleteReadError, ConnectionError, OSError):
            pass
        finally:
            self.writer.close()

    async def exchange(self):
        first = await asyncio.wait_for(self.reader.read(1), IDLE_SECONDS)
        if not first:
            return False
        self.busy = True
        try:
            head = first + await self.timely(self.reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
            scope = self.parse(head)
        except (asyncio.LimitOverrunError, BadRequest) as e:
            await self.bad(getattr(e, "status", 431), "the request cannot be read: %s" % e)
            return False
        try:
            return await Exchange(self, scope).run()
        except BadRequest as e:
            await self.bad(e.status, str(e))
            return False
        finally:
            self.busy = False

    async def timely(self, reading, seconds):
        self.waiting_since = time.monotonic()
        try:
            return await asyncio.wait_for(reading, seconds)
        finally:
            self.waiting_since = None

    def stalled(self):
        since = self.waiting_since
        return since is not None and time.monotonic() - since > STALLED_SECONDS

    def parse(self, head):
        lines = head[:-4].lstrip(b"\r\n").split(b"\r\n")
        words = lines[0].split(b" ")
        if len(words) != 3 or not TOKEN.match(words[0]):
            raise BadRequest(400, "its first line is not METHOD TARGET HTTP/1.1")
        method, target, version = words
        if version not in (b"HTTP/1.1", b"HTTP/1.0"):
            raise BadRequest(505, "it is neither HTTP/1.1 nor HTTP/1.0")
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if not colon or not TOKEN.match(name) or b"\0" in value or b"\n" in value or b"\r" in value:
                raise BadRequest(400, "a header is not NAME: VALUE")
            headers.append((name.lower(), value.strip(b" \t")))
        if target.startswith((b"http://", b"https://")):
            slash = target.find(b"/", 8)
            target = target[slash:] if slash > 0 else b"/"
        if not target.startswith(b"/") or any(c <= 32 or c >= 127 for c in target):
            raise BadRequest(400, "its target is not a path")
        raw, _, query = target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": version[5:].decode(),
            "method": method.decode("ascii"),
            "scheme": "http",
            "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
            "raw_path": raw,
            "query_string": query,
            "root_path": "",
            "headers": headers,
            "client": self.writer.get_extra_info("peername"),
            "server": self.writer.get_extra_info("sockname"),
        }

    async def bad(self, status, why):
        body = json.dumps({"error": why}).encode()
        self.writer.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n%s" % (status, phrase(status), len(body), body)
        )
        await self.linger()

    async def linger(self):
        """Lets the client read the response, because closing with unread bytes would reset it."""
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.writer.drain(), LINGER_SECONDS)
            if self.writer.can_write_eof():
                self.writer.write_eof()
            deadline, left = time.monotonic() + LINGER_SECONDS, LINGER_BYTES
            while time.monotonic() < deadline and left > 0:
                piece = await asyncio.wait_for(self.reader.read(CHUNK), LINGER_SECONDS)
                if not piece:
                    return
                left -= len(piece)


def phrase(status):
    try:
        return http.HTTPStatus(status).phrase.encode()
    except ValueError:
        return b"-"


class Exchange:
    """One request and its response."""

    def __init__(self, connection, scope):
        self.connection, self.scope = connection, scope
        self.reader, self.writer = connection.reader, connection.writer
        self.left, self.chunked = self.framing()
        self.body_done = self.left == 0 and not self.chunked
        self.started = self.done = self.chunked_out = False
        self.continue_due = (
            header(scope, b"expect").lower() == b"100-continue" and not self.body_done
        )
        connection_header = header(scope, b"connection").lower()
        self.keep = (scope["http_version"] == "1.1" and connection_header != b"close") or (
            connection_header == b"keep-alive"
        )

    def framing(self):
        lengths = {v for k, v in self.scope["headers"] if k == b"content-length"}
        coding = [v.lower() for k, v in self.scope["headers"] if k == b"transfer-encoding"]
        if coding:
            if lengths or coding != [b"chunked"] or self.scope["http_version"] == "1.0":
                raise BadRequest(400, "it states its length in two ways")
            return 0, True
        if not lengths:
            return 0, False
        length = lengths.pop()
        if lengths or not re.match(rb"[0-9]{1,18}\Z", length):
            raise BadRequest(400, "its Content-Length is not one number")
        return int(length), False

    async def run(self):
        try:
            await self.connection.server.app(self.scope, self.receive, self.send)
        except (asyncio.TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            raise
        except BadRequest:
            if self.started:
                return False
            raise
        except Exception:
            traceback.print_exc()
            if self.started:
                return False
            await respond(self.send, 500, b'{"error": "internal error"}')
        if not self.done:
            return False
        if not self.body_done:
            await self.connection.linger()
            return False
        return self.keep

    async def receive(self):
        if self.body_done:
            # The body is complete, so the application waits until the client closes the connection.
            while not self.done and not self.reader.at_eof():
                await asyncio.sleep(0.2)
            return {"type": "http.disconnect"}
        if self.continue_due:
            self.continue_due = False
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.chunked:
            piece = await self.chunk()
        else:
            piece = await self.timely(self.reader.read(min(CHUNK, self.left)))
            if not piece:
                self.body_done = True
                return {"type": "http.disconnect"}
            self.left -= len(piece)
            self.body_done = self.left == 0
        return {"type": "http.request", "body": piece, "more_body": not self.body_done}

    async def timely(self, reading):
        return await self.connection.timely(reading, BODY_SECONDS)

    async def chunk(self):
        if self.left == 0:
            line = (await self.line()).split(b";", 1)[0].strip()
            if not re.match(rb"[0-9A-Fa-f]{1,8}\Z", line):
                raise BadRequest(400, "the size of a chunk is not a number")
            self.left = int(line, 16)
            if self.left == 0:
                trailers = 0
                while await self.line():
                    trailers += 1
                    if trailers > 100:
                        raise BadRequest(431, "too many trailers")
                self.body_done = True
                return b""
        piece = await self.timely(self.reader.read(min(CHUNK, self.left)))
        if not piece:
            raise ConnectionError()
        self.left -= len(piece)
        if self.left == 0 and await self.line():
            raise BadRequest(400, "a chunk is longer than it says")
        return piece

    async def line(self):
        try:
            return (await self.timely(self.reader.readuntil(b"\r\n")))[:-2]
        except asyncio.LimitOverrunError as e:
            raise BadRequest(400, "a line is too long") from e

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.start(message)
            return
        if message["type"] != "http.response.body" or self.done:
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self.scope["method"] == "HEAD":
            body = b""
        if body and self.chunked_out:
            self.writer.write(b"%x\r\n" % len(body) + body + b"\r\n")
        elif body:
            self.writer.write(body)
        if not more:
            if self.chunked_out and self.scope["method"] != "HEAD":
                self.writer.write(b"0\r\n\r\n")
            self.done = True
        await asyncio.wait_for(self.writer.drain(), WRITE_SECONDS)

    def start(self, message):
        status, headers = message["status"], list(message.get("headers", []))
        names = {name.lower() for name, _ in headers}
        bodiless = status in (204, 304) or status < 200
        if b"content-length" not in names and not bodiless:
            if self.scope["http_version"] == "1.1":
                self.chunked_out = True
                headers.append((b"transfer-encoding", b"chunked"))
            else:
                self.keep = False
        if self.connection.server.stopping or not self.body_done:
            self.keep = False
        if not self.keep and b"connection" not in names:
            headers.append((b"connection", b"close"))
        if (b"connection", b"close") in headers:
            self.keep = False
        if b"date" not in names:
            headers.append((b"date", email.utils.formatdate(usegmt=True).encode()))
        out = b"HTTP/1.1 %d %s\r\n" % (status, phrase(status))
        out += b"".join(b"%s: %s\r\n" % (name, value) for name, value in headers)
        self.writer.write(out + b"\r\n")
        self.started = True


class HttpServer:
    """Serves an ASGI application over HTTP/1.1 with nothing but asyncio."""

    def __init__(self, app, listener):
        self.app, self.listener = app, listener
        self.connections = {}
        self.stopping = False
        self.server = None

    async def start(self):
        self.server = await asyncio.start_server(self.accept, sock=self.listener, limit=MAX_HEAD)

    async def accept(self, reader, writer):
        if len(self.connections) >= MAX_CONNECTIONS:
            writer.close()
            return
        connection = Connection(self, reader, writer)
        self.connections[connection] = asyncio.ensure_future(connection.run())
        try:
            await self.connections[connection]
        except asyncio.CancelledError:
            pass
        finally:
            del self.connections[connection]

    async def stop(self, grace):
        """Accepts no new requests, lets the running ones end, and closes idle connections."""
        self.stopping = True
        self.server.close()
        end = time.monotonic() + grace
        while self.connections:
            late = time.monotonic() > end
            for connection, task in self.connections.items():
                if late or not connection.busy or connection.stalled():
                    task.cancel()
            await asyncio.wait(list(self.connections.values()), timeout=0.1)


def http_protocol():
    """uvicorn's own choice, except for old versions, which refuse clients that offer h2c (HTTP/2).

    Java's client offers it by default, and RFC 9110 7.8 lets a server ignore the offer.
    """
    try:
        old = importlib.import_module("uvicorn.protocols.http.h11_impl").H11Protocol
        h11 = importlib.import_module("h11")
    except ImportError:
        return "auto"
    if not hasattr(old, "handle_upgrade"):  # the version that fixed this renamed the method
        return "auto"

    class Protocol(old):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            next_event = self.conn.next_event
            self.conn.next_event = lambda: without_upgrade(h11, next_event())

    return Protocol


def without_upgrade(h11, event):
    if type(event) is not h11.Request:
        return event
    headers = [(bytes(name).lower(), bytes(value)) for name, value in event.headers]
    upgrade = dict(headers).get(b"upgrade", b"websocket").lower()
    if upgrade == b"websocket":
        return event
    kept = []
    for name, value in headers:
        if name == b"connection":
            tokens = [t.strip() for t in value.split(b",") if t.strip().lower() != b"upgrade"]
            value = b", ".join(tokens)
        if name != b"upgrade" and (value or name != b"connection"):
            kept.append((name, value))
    return h11.Request(
        method=event.method, target=event.target, headers=kept, http_version=event.http_version
    )


def uvicorn_server(uvicorn, app, listener):
    """The same with uvicorn, but the host handles the signals."""

    class Server(uvicorn.Server):
        def install_signal_handlers(self):
            pass

        @contextlib.contextmanager
        def capture_signals(self):
            yield

    config = uvicorn.Config(
        app,
        http=http_protocol(),
        lifespan="off",
        log_config=None,
        access_log=False,
        loop="none",
        proxy_headers=True,
    )
    server = Server(config)

    class Running:
        task = None

        async def start(self):
            self.task = asyncio.ensure_future(server.serve(sockets=[listener]))
            while not server.started:
                if self.task.done():
                    self.task.result()
                    raise RuntimeError("uvicorn ended before it served")
                await asyncio.sleep(0.005)

        async def stop(self, grace):
            server.should_exit = True
            await asyncio.wait([self.task], timeout=grace)
            if not self.task.done():
                server.force_exit = True
                await asyncio.wait([self.task], timeout=1)

    return Running()


# --- the host -------------------------------------------------------------------------------------


def port_in_use(variable, port):
    return Fault(
        "%s %d is already in use." % (variable, port),
        "Set %s to a free port, or end the process that listens there." % variable,
    )


def listen(variable, port):
    """A bound socket that does not listen yet, so that no client connects before readiness."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("0.0.0.0", port))
    except OSError as e:
        listener.close()
        if isinstance(e, PermissionError):
            raise Fault(
                "%s %d may not be used by this user." % (variable, port),
                "Use a port above 1023.",
            ) from e
        raise port_in_use(variable, port) from e
    return listener


class Host:
    """One agent: loads its surfaces, serves them, and ends them.

    CONFIG: name, version, description, author, digest, root, dependencyFile, multiplexed, grace
    (seconds), phases (ms by name), and those that the manifest has of rest, a2a, http, entrypoint
    (module:name), exports (id to module.function), ui ({directory, basePath}).
    """

    def __init__(self, config):
        self.config = config
        self.loader = Loader(config["root"], config.get("dependencyFile") or "requirements.txt")
        self.base_path = os.environ.get("BASE_PATH", "/").rstrip("/") or "/"
        self.multiplexed = config.get("multiplexed", True)
        self.grace = max(1.0, float(config.get("grace", 25)) - 1)
        self.agent_id = os.environ.get("AGENT_APP_ID", "")
        self.surfaces = [s for s in ("rest", "a2a", "http", "ui") if config.get(s)]
        self.phases = dict(config.get("phases") or {})
        self.ui = self.invoke = self.rest = self.http = self.a2a = None
        self.a2a_wanted = None
        self.up = False
        self.started = time.monotonic()
        self.servers = []

    @staticmethod
    def port(variable, default):
        return int(os.environ.get(variable) or default)

    # Requests of control planes.

    def without_base(self, path):
        base = self.base_path
        if base != "/" and (path == base or path.startswith(base + "/")):
            return path[len(base) :] or "/"
        return path

    AGENT_HEALTH = re.compile(r"/agents/([^/]+)/health/?\Z")
    CONTROL = ("/health", "/meta", "/a2a/health", "/ui/health")

    def is_control(self, path):
        return (path.rstrip("/") or "/") in self.CONTROL or self.AGENT_HEALTH.match(path) is not None

    def answer(self, path):
        agent = self.AGENT_HEALTH.match(path)
        if agent:
            name = unquote_to_bytes(agent.group(1)).decode("utf-8", "replace")
            return self.agent_health(name)
        path = path.rstrip("/")
        if path == "/meta":
            return 200, self.meta()
        if path == "/a2a/health":
            return self.surface_health("a2a", self.a2a is not None and self.a2a.serving)
        if path == "/ui/health":
            return self.surface_health("ui", self.ui is not None and self.ui.ok())
        surfaces = self.states()
        ok = self.up and all(surfaces.values())
        return 200 if ok else 503, {"ok": ok, "surfaces": surfaces, "timestamp": now_ms()}

    def states(self):
        states = {name: self.up for name in self.surfaces}
        if self.a2a:
            states["a2a"] = self.up and self.a2a.serving
        if self.ui:
            states["ui"] = self.up and self.ui.ok()
        return states

    def surface_health(self, name, ok):
        if name not in self.surfaces:
            return 404, {"ok": False, "service": name, "error": "the agent has no such surface"}
        ok = ok and self.up
        return 200 if ok else 503, {"ok": ok, "service": name, "timestamp": now_ms()}

    def agent_health(self, name):
        if not self.agent_id or name != self.agent_id:
            return 404, {"agentId": name, "loaded": False, "error": "Agent not found"}
        status = "healthy" if self.up else "starting"
        value = {"agentId": name, "status": status, "loaded": True}
        return 200 if self.up else 503, value

    def meta(self):
        config = self.config
        return {
            "name": config.get("name"),
            "version": config.get("version"),
            "description": config.get("description"),
            "author": config.get("author"),
            "surfaces": self.surfaces or ["invoke"],
            "boot": self.phases,
        }

    # Loading.

    async def load(self):
        config = self.config
        if config.get("rest"):
            self.rest = App(await self.load_rest(config["rest"]), "rest.entry", config["rest"])
        if config.get("http"):
            self.http = App(await self.load_http(config["http"]), "http_server", config["http"])
        if config.get("a2a"):
            self.a2a = await self.load_a2a(config["a2a"])
        if config.get("ui"):
            self.ui = self.load_ui(config["ui"])
        if not self.surfaces:
            self.invoke = self.load_invoke()

    async def finish(self, value, key, spec):
        if not inspect.isawaitable(value):
            return value
        return await value

    async def run_function(self, key, spec, function, *args, **kwargs):
        try:
            return await self.finish(function(*args, **kwargs), key, spec)
        except Fault:
            raise
        except (Exception, SystemExit) as e:
            traceback.print_exc()
            raise Fault(
                "%s '%s' failed: %s" % (key, spec, describe(e)),
                "The traceback in the log names the line.",
            ) from e

    async def load_rest(self, spec):
        key = "rest.entry"
        value = self.loader.load(key, spec, "mount")
        self.loader.need("uvicorn", key, spec)
        own, documentation = None, 0
        if callable(value) and not is_asgi(value) and not is_router(value):
            if wants_application(value) or inspect.isclass(value) and accepts(value, 1):
                own = self.new_fastapi(key, spec)
                documentation = len(own.routes)
                if accepts(value, own):
                    value = await self.run_function(key, spec, value, own)
                elif accepts(value, app=own):
                    value = await self.run_function(key, spec, value, app=own)
                else:
                    raise Fault(
                        "%s '%s' takes %s, but is called with the application alone."
                        % (key, spec, inspect.signature(value)),
                        "Give every other parameter a default.",
                    )
            else:
                value = await self.run_function(key, spec, value)
        if value is None or value is own:
            if own is None:
                raise Fault(
                    "%s '%s' takes no application and returned none." % (key, spec),
                    "Write def mount(app), or return a FastAPI application or an APIRouter.",
                )
            return own
        if is_router(value):
            app = own if own is not None else self.new_fastapi(key, spec)
            known = {getattr(route, "path", None) for route in app.routes}
            if any(getattr(route, "path", None) not in known for route in value.routes):
                app.include_router(value)
            return app
        mounted = own is not None and len(own.routes) > documentation
        if mounted and not (is_asgi(value) or is_application(value)):
            return own  # it has mounted its routes, so its result does not matter
        self.require_asgi(key, spec, value)
        if mounted:
            own.mount("", value)
            return own
        return value

    def new_fastapi(self, key, spec):
        return self.loader.need("fastapi", key, spec).FastAPI(
            title=self.config.get("name") or "agent",
            version=self.config.get("version") or "0",
            description=self.config.get("description") or "",
        )

    async def load_http(self, spec):
        key = "http_server"
        value = self.loader.load(key, spec, "app")
        self.loader.need("uvicorn", key, spec)
        if callable(value) and not is_asgi(value):
            port = self.http_port()
            if hasattr(value, "wsgi_app"):
                pass
            elif accepts(value):
                value = await self.run_function(key, spec, value)
            elif accepts(value, port=port):
                value = await self.run_function(key, spec, value, port=port)
        self.require_asgi(key, spec, value)
        return value

    def http_port(self):
        if self.config.get("a2a"):
            return self.port("REST_PORT", 8080)
        return self.port("A2A_PORT", 50051)

    @staticmethod
    def require_asgi(key, spec, value):
        if is_asgi(value) or is_application(value):
            return
        hint = "Name an ASGI application, such as FastAPI() or Starlette(), or a function of one."
        if hasattr(value, "wsgi_app"):
            hint = "Wrap the WSGI application: a2wsgi.WSGIMiddleware(app)."
        raise Fault(
            "%s '%s' is a %s, not an ASGI application." % (key, spec, type(value).__name__), hint
        )

    async def load_a2a(self, spec):
        key = "a2a.service"
        grpc = self.loader.need("grpc", key, spec)
        self.loader.need("grpc", key, spec, "grpc.aio")
        value = self.loader.load(key, spec, "create_service")
        if callable(value) and not hasattr(value, "custom_handlers"):
            value = await self.run_function(key, spec, value)
        meta = {"name": self.config.get("name") or "", "version": self.config.get("version") or ""}
        try:
            return A2a(grpc, value, meta)
        except Fault as e:
            raise Fault("%s '%s': %s" % (key, spec, e), e.hint) from e

    def load_ui(self, ui):
        api = ("" if self.base_path == "/" else self.base_path) + "/api"
        directory = ui["directory"]
        if os.path.realpath(directory) == os.path.realpath(self.config["root"]):
            raise Fault(
                "ui.path is the package itself, so its code would be served to everybody.",
                "Put the UI into a directory of its own, such as ui.",
            )
        if not os.path.isdir(directory):
            raise Fault(
                "ui.path '%s' is not a directory of the package." % directory,
                "Build the UI before packing, or name its directory.",
            )
        return Ui(directory, ui.get("basePath") or "/", api, self.config.get("digest"))

    def load_invoke(self):
        exports = {
            name: self.loader.load("exports.handler", spec)
            for name, spec in (self.config.get("exports") or {}).items()
        }
        spec = self.config.get("entrypoint")
        handler = self.loader.load("entrypoint", spec) if spec else None
        if handler is not None and not callable(handler):
            raise Fault(
                "entrypoint '%s' is a %s, not a function." % (spec, type(handler).__name__),
                "Name a function like main:handler.",
            )
        return Invoke(handler, exports)

    def serves_itself(self):
        """The entrypoint if it is a main() that serves by itself, not a handler of requests."""
        if self.surfaces or self.invoke is None or self.invoke.exports:
            return None
        handler = self.invoke.handler
        name = getattr(handler, "__name__", "")
        if name in SELF_SERVING and accepts(handler):
            return handler
        return None

    # Serving.

    async def start(self):
        """Starts the applications, then opens the ports: REST_PORT last, because it means ready."""
        for app in (self.rest, self.http):
            if app is not None:
                await app.lifespan.startup()
        listeners = {}
        rest_port = self.port("REST_PORT", 8080)
        listeners["rest"] = listen("REST_PORT", rest_port)
        if self.a2a or self.http:
            listeners["a2a"] = listen("A2A_PORT", self.port("A2A_PORT", 50051))
        if self.ui and not self.multiplexed:
            listeners["ui"] = listen("UI_PORT", self.port("UI_PORT", 3000))
        if self.a2a:
            await self.a2a.start(self.port("A2A_PORT", 50051), listeners["a2a"])
        elif self.http:
            await self.serve(Front(self, self.http, own_first=False, ui=False), listeners["a2a"])
        if "ui" in listeners:
            await self.serve(Front(self), listeners["ui"])
        front = Front(
            self, self.rest or self.http, own_first=self.http is None, ui=self.multiplexed
        )
        if self.rest and self.http and self.a2a:
            front = Front(self, Either(self.rest, self.http), ui=self.multiplexed)
        self.phases["load"] = int((time.monotonic() - self.started) * 1000)
        self.up = True
        await self.serve(front, listeners["rest"])

    async def serve(self, front, listener):
        if front.app is not None:
            uvicorn = importlib.import_module("uvicorn")
            server = uvicorn_server(uvicorn, front, listener)
        else:
            server = HttpServer(front, listener)
        listener.setblocking(False)
        await server.start()
        self.servers.append(server)

    async def stop(self):
        self.up = False
        ends = [server.stop(self.grace) for server in self.servers]
        if self.a2a:
            ends.append(self.a2a.stop(self.grace))
        await asyncio.gather(*ends, return_exceptions=True)
        for app in (self.rest, self.http):
            if app is not None:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(app.lifespan.shutdown(), self.grace)


class Either(App):
    """Two applications on one port: the first one with a route for the request serves it."""

    def __init__(self, first, second):
        self.first, self.second = first, second
        self.asgi = first.asgi
        self.lifespan = first.lifespan
        self.full_path = first.full_path

    def __call__(self, scope, receive, send):
        return (self.first if self.first.knows(scope) else self.second)(scope, receive, send)

    def knows(self, scope):
        return self.first.knows(scope) or self.second.knows(scope)


def prepare_path(root):
    """Puts the package first, as for a script in it, and the builder's folders last."""
    sys.path[0] = root
    for folder in ("dist", "src"):
        path = os.path.join(root, folder)
        if os.path.isdir(path) and path not in sys.path:
            sys.path.append(path)


def new_loop(host):
    if (host.config.get("rest") or host.config.get("http")) and importlib.util.find_spec("uvloop"):
        with contextlib.suppress(ImportError):
            return importlib.import_module("uvloop").new_event_loop()
    return asyncio.new_event_loop()


def run_itself(function, spec):
    """Runs an entrypoint that serves by itself: when it ends, the agent ends."""
    try:
        result = function()
        if inspect.isawaitable(result):
            result = asyncio.run(_await(result))
    except SystemExit:
        raise
    except BaseException as e:
        traceback.print_exc()
        log("error", "Agent failed", error="entrypoint '%s' failed: %s" % (spec, describe(e)))
        return 1
    return result if isinstance(result, int) else 0


async def _await(value):
    return await value


def run(config):
    host = Host(config)
    prepare_path(config["root"])
    # Process 1 ignores SIGTERM without a handler. The loop's own handler replaces this one.
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(128 + number))
    loop = new_loop(host)
    asyncio.set_event_loop(loop)
    workers = concurrent.futures.ThreadPoolExecutor(32, "agent-worker")
    loop.set_default_executor(workers)
    try:
        loop.run_until_complete(host.load())
        own = host.serves_itself()
        if own is not None:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            log("info", "Agent runs by itself", entrypoint=config["entrypoint"])
            return run_itself(own, config["entrypoint"])
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        loop.run_until_complete(host.start())
        log("info", "Agent serving", surfaces=host.meta()["surfaces"], load_ms=host.phases["load"])
        loop.run_until_complete(stopping.wait())
        loop.run_until_complete(host.stop())
        return 0
    except Fault as e:
        sys.stderr.flush()
        log("error", "Agent not loaded", error=str(e), hint=e.hint)
        return 1


if __name__ == "__main__":
    code = run(json.loads(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    # Without _exit, threads of the agent that never end would keep the process alive.
    os._exit(code)
