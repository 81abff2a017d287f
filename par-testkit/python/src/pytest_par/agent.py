"""An agent under test: the real launcher in a process of its own."""

from __future__ import annotations

import http.client
import json as json_module
import os
import socket
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Callable, Dict, List, Mapping, Optional

from ._guard import Child, Guard
from ._launcher import Launcher
from .errors import AgentError, ParError
from .s3 import FakeS3

PATIENCE_SECONDS = 60.0
"""How long a wait may take; it ends as soon as what it waits for happens, or can no longer happen."""

_LEVELS = ("debug", "info", "warning", "error")
_SHOWN_LINES = 40
_COMMON_FIELDS = frozenset(("timestamp", "level", "event", "seq", "origin", "agent_app_id", "deployment_id"))


class LogLine(Dict[str, Any]):
    """A line of the launcher's log, as the dictionary of its fields."""

    @property
    def event(self) -> str:
        """The stable name, such as ``Runtime ready``."""
        return str(self.get("event", ""))

    @property
    def level(self) -> str:
        """``debug``, ``info``, ``warning`` or ``error``."""
        return str(self.get("level", ""))

    def __str__(self) -> str:
        """The line for people: time, level, event and the fields."""
        others = " ".join(f"{name}={value}" for name, value in self.items() if name not in _COMMON_FIELDS)
        moment = str(self.get("timestamp", ""))[11:23]
        return f"{moment} {self.level:<7} {self.event}  {others}".rstrip()


@dataclass(frozen=True)
class Response:
    """The agent's answer to a request."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON.

        :raises AssertionError: when it is not JSON
        """
        __tracebackhide__ = True
        try:
            return json_module.loads(self.body)
        except ValueError as e:
            raise AssertionError(f"the answer {self.status} is not JSON: {self.text[:500]}") from e


class Agent:
    """An agent that the real launcher runs. The fixtures ``par_agent`` and ``par_boot`` make it, and stop it.

    Waits end as soon as the line comes or the launcher ends, and fail after 60 s. Thread-safe.
    """

    def __init__(self, name: str, launcher: Launcher, guard: Guard, environment: Mapping[str, str], cache: Path) -> None:
        self.name = name
        """What it was booted from."""
        self.environment = dict(environment)
        """The variables of the launcher."""
        self._guard = guard
        self._cache = cache
        self._code: Optional[int] = None
        self._lines: List[LogLine] = []
        self._changed = threading.Condition()
        self._ended = False
        self._seen: Dict[Any, int] = {}
        self._stderr: IO[bytes] = tempfile.TemporaryFile()
        self._child: Child = guard.start(launcher.command, self.environment, -1, self._stderr)
        self._reader = threading.Thread(target=self._read, name=f"par-log-{self._child.pid}", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as stdout:
            for raw in stdout:
                text = raw.decode("utf-8", errors="replace").rstrip("\n")
                try:
                    fields = json_module.loads(text)
                except ValueError:
                    fields = None
                line = LogLine(fields if isinstance(fields, dict) else {"event": "", "level": "error", "text": text})
                with self._changed:
                    self._lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def url(self) -> str:
        """The address of the agent's REST server, without a slash at its end."""
        return f"http://127.0.0.1:{self.environment['REST_PORT']}"

    @property
    def health_url(self) -> str:
        """The address of PAR's own endpoint, which answers ``/health``, ``/live`` and ``/meta``."""
        return f"http://127.0.0.1:{self.environment['HEALTH_PORT']}"

    # Log

    def logs(
        self, event: Optional[str] = None, *, level: Optional[str] = None, origin: Optional[str] = None
    ) -> List[LogLine]:
        """The lines that the launcher has logged so far; after :meth:`exit_code`, all of them.

        :param event: only this event, such as ``Agent output``
        :param level: only this level and higher ones: ``debug``, ``info``, ``warning`` or ``error``
        :param origin: ``par`` or ``agent``
        """
        if level is not None and level not in _LEVELS:
            raise ParError(f"there is no level '{level}'.", f"A level is one of {', '.join(_LEVELS)}.")
        with self._changed:
            lines = list(self._lines)
        return [
            line
            for line in lines
            if (event is None or line.event == event)
            and (level is None or line.level not in _LEVELS or _LEVELS.index(line.level) >= _LEVELS.index(level))
            and (origin is None or line.get("origin") == origin)
        ]

    def output(self) -> str:
        """What the agent itself has written so far to stdout and stderr, line by line."""
        return "\n".join(_text(line) for line in self.logs() if line.get("origin") == "agent")

    def wait_log(
        self, event: Optional[str] = None, *, text: Optional[str] = None, timeout: float = PATIENCE_SECONDS
    ) -> LogLine:
        """Waits for the next line of an event. The first call returns the first such line, even if it is already there;
        the second call returns the second.

        :param event: such as ``Agent output``; None for any
        :param text: a part of the line's text or of one of its fields
        :param timeout: in seconds
        :raises AgentError: when the launcher ends without that line, or it does not come in time
        """
        __tracebackhide__ = True

        def matches(line: LogLine) -> bool:
            return (event is None or line.event == event) and (
                text is None or any(text in str(value) for value in line.values())
            )

        what = " ".join(([f"'{event}'"] if event else []) + ([f"with '{text}'"] if text else []))
        return self._await(matches, (event, text), f"no line {what}", timeout)

    def _await(self, matches: Callable[[LogLine], bool], which: Any, otherwise: str, timeout: float) -> LogLine:
        __tracebackhide__ = True
        end = time.monotonic() + timeout
        with self._changed:
            at = self._seen.get(which, 0)
            while True:
                for at in range(at, len(self._lines)):
                    if matches(self._lines[at]):
                        self._seen[which] = at + 1
                        return self._lines[at]
                at = len(self._lines)
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    break
                self._changed.wait(left)
        raise self._error(f"{otherwise} " + ("before the launcher ended" if self._ended else f"within {timeout:g} s"))

    # Life

    def wait_ready(self, timeout: float = PATIENCE_SECONDS) -> Agent:
        """Waits until PAR reports the agent as ready.

        :param timeout: in seconds
        :return: this agent
        :raises AgentError: with the launcher's sentence and the end of the log, when the agent does not start
        """
        __tracebackhide__ = True
        line = self._await(
            lambda one: one.get("origin") == "par" and one.event in ("Runtime ready", "Runtime failed"),
            "ready",
            "the agent did not become ready",
            timeout,
        )
        if line.event == "Runtime failed":
            self._seen["ready"] = 0  # A second call fails in the same way.
            raise self._error(
                f"{line.get('code')} (exit code {line.get('exit_code')}): {line.get('error')}", str(line.get("hint", ""))
            )
        return self

    def stop(self) -> None:
        """Stops the launcher as ECS does, with SIGTERM. :meth:`exit_code` waits for the end."""
        self._child.terminate()

    def exit_code(self, timeout: float = PATIENCE_SECONDS) -> int:
        """Waits for the launcher to end.

        :param timeout: in seconds
        :return: its exit code: 80 to 89 when PAR failed, otherwise the agent's own
        :raises AgentError: when it is still running after the timeout
        """
        __tracebackhide__ = True
        end = time.monotonic() + timeout
        code = self._child.wait(timeout)
        if code is None:
            raise self._error(f"the agent was still running after {timeout:g} s; stop() ends it")
        # The agent's last words may still be in the pipe.
        self._reader.join(max(0.0, end - time.monotonic()))
        return code

    def close(self) -> None:
        """Stops the agent, kills it if it does not end within 5 s, and deletes its cache."""
        self._child.close(grace=5.0)
        self._reader.join(5.0)
        self._stderr.close()
        self._guard.remove_folder(self._cache)

    # Requests

    def get(self, path: str, *, headers: Optional[Mapping[str, str]] = None, timeout: float = 30.0) -> Response:
        """Sends GET to the agent's REST server. Any status is an answer.

        :param path: such as ``/api/hello?name=Ada``
        :raises AgentError: with the end of the log, when nobody answers
        """
        __tracebackhide__ = True
        return self.request("GET", path, headers=headers, timeout=timeout)

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        data: "bytes | str | None" = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: float = 30.0,
    ) -> Response:
        """Sends POST to the agent's REST server. Any status is an answer.

        :param json: a value to send as JSON
        :param data: a body to send as it is, instead of ``json``
        :raises AgentError: with the end of the log, when nobody answers
        """
        __tracebackhide__ = True
        return self.request("POST", path, json=json, data=data, headers=headers, timeout=timeout)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: "bytes | str | None" = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: float = 30.0,
    ) -> Response:
        """Sends a request to the agent's REST server. Any status is an answer.

        :raises AgentError: with the end of the log, when nobody answers
        """
        __tracebackhide__ = True
        fields = dict(headers or {})
        body = data.encode("utf-8") if isinstance(data, str) else data
        if body is None and json is not None:
            body = json_module.dumps(json).encode("utf-8")
            fields.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", int(self.environment["REST_PORT"]), timeout=timeout)
        try:
            connection.request(method, path if path.startswith("/") else "/" + path, body, fields)
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        except socket.timeout as e:
            raise self._error(f"{method} {self.url}{path} was not answered within {timeout:g} s") from e
        except (OSError, http.client.HTTPException) as e:
            raise self._error(f"{method} {self.url}{path} was not answered: {e or type(e).__name__}") from e
        finally:
            connection.close()

    # Errors

    def _error(self, message: str, hint: str = "") -> AgentError:
        code = self._child.wait(0)
        if code is not None:
            self._reader.join(5.0)
            message += f"; the launcher has ended with exit code {code}" if "exit code" not in message else ""
        return AgentError(f"{self.name}: {message.rstrip('.')}.", "\n  ".join(filter(None, [hint, self.log_text()])))

    def log_text(self) -> str:
        """The end of the log for people, and what the JVM wrote to stderr."""
        lines = self.logs()
        shown = [str(line) for line in lines[-_SHOWN_LINES:]]
        if self._stderr.closed:
            errors: List[str] = []
        else:
            size = os.fstat(self._stderr.fileno()).st_size
            errors = os.pread(self._stderr.fileno(), 8192, max(0, size - 8192)).decode(errors="replace").splitlines()
        text = [f"the last {len(shown)} of {len(lines)} log lines:" if shown else "there is no log line", *shown]
        text += ["stderr:", *errors] if errors else []
        return "\n  ".join(text)

    def __repr__(self) -> str:
        return f"<Agent {self.name} {self.url}>"


def boot(
    s3: FakeS3, launcher: Launcher, guard: Guard, name: str, reference: str, more: Mapping[str, Optional[str]]
) -> Agent:
    """Boots a package of the fake S3 in a cache of its own, on free ports.

    :param reference: a value of ``PACKAGE_URL`` if it contains ``://``, otherwise of ``PACKAGE_NAME``
    :param more: further variables; they override all others, and None leaves one out
    """
    cache = Path(tempfile.mkdtemp(prefix="par-run-"))
    guard.add_folder(cache)
    variables: Dict[str, Optional[str]] = {
        **launcher.environment(),
        **s3.environment,
        "PAR_CACHE_DIR": str(cache),
        "AGENT_APP_ID": "test-app",
        # More than the default of 5 s, because a boot on a machine busy with tests easily exceeds that.
        "BOOT_BUDGET_MS": "60000",
        "PACKAGE_URL" if "://" in reference else "PACKAGE_NAME": reference,
        **more,
    }
    given = {name: value for name, value in variables.items() if value is not None}
    try:
        return Agent(name, launcher, guard, given, cache)
    except BaseException:
        guard.remove_folder(cache)
        raise


def _text(line: LogLine) -> str:
    for name in ("message", "text", "msg"):
        if name in line:
            return str(line[name])
    return line.event
