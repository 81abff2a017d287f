"""The pytest plugin: fixtures, the marker ``par``, and what a failed test shows."""

from __future__ import annotations

import difflib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Generator, Iterator, List, Mapping, Optional, Protocol, Tuple

import pytest

from ._guard import Guard
from ._home import find_home
from ._launcher import Launcher
from ._packer import Packer
from ._server import Server
from .agent import Agent, boot
from .errors import ParError
from .faults import PathLike
from .s3 import FakeS3

_MARKER = """\
par(policy=None, stubs=None, unused_faults="fail", unmatched="fail"): settings of the fixtures of pytest-par. \
policy: a file or a dict, the IAM policy of the default identity. stubs: a folder of WireMock mappings. \
unused_faults and unmatched: "ignore" lets a test pass although a fault was never met, or a call matched no stub. \
Relative paths start at the folder of the test file."""

_SCOPES = ("function", "class", "module", "package", "session")


class Boot(Protocol):
    """The type of the fixture ``par_boot``."""

    def __call__(
        self,
        folder: Optional[PathLike] = None,
        *,
        env: Optional[Mapping[str, Optional[str]]] = None,
        reference: Optional[str] = None,
    ) -> Agent:
        """Boots an agent, and returns at once.

        :param folder: its folder; relative to the test file. Without one, the fixture ``par_agent_folder``
        :param env: further variables of the launcher, most of which reach the agent; they override those of
            ``par_agent_env``, and None leaves a variable out
        :param reference: instead of a folder, a package that is in the fake S3: ``acme/greeter@^1.0``, or an S3 URL
        :raises ParError: when PAR would refuse the package
        """


class _Run:
    """The processes of a pytest process: a guard, a launcher, and a server for each folder of stubs."""

    def __init__(self) -> None:
        self.guard = Guard()
        self._servers: Dict[Optional[Path], Server] = {}
        self._home: Optional[Path] = None
        self._launcher: Optional[Launcher] = None
        self._packer: Optional[Packer] = None

    def s3(self, stubs: Optional[Path]) -> FakeS3:
        if self._packer is None:
            self._packer = Packer(self.home(), self.guard, os.environ)
        if stubs not in self._servers:
            self._servers[stubs] = Server(self.home(), self.guard, self._packer, os.environ, stubs)
        return self._servers[stubs].s3

    def home(self) -> Path:
        if self._home is None:
            self._home = find_home(os.environ)
        return self._home

    def launcher(self) -> Launcher:
        if self._launcher is None:
            self._launcher = Launcher(self.home(), os.environ)
        return self._launcher

    def close(self) -> None:
        for server in self._servers.values():
            server.close()
        if self._packer is not None:
            self._packer.close()
        self.guard.close()


class _Settings:
    """The arguments of the markers ``par`` of a test; the closest one wins."""

    def __init__(self, node: Any) -> None:
        self.folder = _folder(node)
        self.values: Dict[str, Any] = {"policy": None, "stubs": None, "unused_faults": "fail", "unmatched": "fail"}
        for marker in reversed(list(node.iter_markers("par"))):
            if marker.args:
                raise ParError("the marker par takes no positional argument.", 'Write @pytest.mark.par(policy="…").')
            for name in marker.kwargs:
                if name not in self.values:
                    near = difflib.get_close_matches(name, self.values, 1)
                    raise ParError(
                        f"the marker par has no argument '{name}'" + (f"; did you mean {near[0]}?" if near else "."),
                        f"Its arguments are {', '.join(self.values)}.",
                    )
            self.values.update(marker.kwargs)
        for name in ("unused_faults", "unmatched"):
            if self.values[name] not in ("fail", "ignore"):
                raise ParError(f'{name} must be "fail" or "ignore", and {self.values[name]!r} is neither.')

    def policy(self) -> "Path | Mapping[str, Any] | None":
        policy = self.values["policy"]
        return policy if policy is None or isinstance(policy, Mapping) else self.folder / policy

    def stubs(self) -> Optional[Path]:
        return None if self.values["stubs"] is None else (self.folder / self.values["stubs"]).resolve()

    def check(self, s3: FakeS3) -> None:
        """Fails for a fault that no request met, and for a call that no stub matched."""
        __tracebackhide__ = True
        pending = s3.pending_faults() if self.values["unused_faults"] == "fail" else []
        if pending:
            pytest.fail(
                _listed("no request met these faults; is a key misspelt?", pending)
                + '\n@pytest.mark.par(unused_faults="ignore") lets the test pass.',
                pytrace=False,
            )
        unmatched = s3.stubs.unmatched() if s3.has_stubs() and self.values["unmatched"] == "fail" else []
        if unmatched:
            pytest.fail(
                _listed("no stub matched these calls:", unmatched)
                + '\n@pytest.mark.par(unmatched="ignore") lets the test pass.',
                pytrace=False,
            )


_run_key = pytest.StashKey[_Run]()
_s3_key = pytest.StashKey[Tuple[FakeS3, _Settings]]()
_agents_key = pytest.StashKey[List[Agent]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the settings of the configuration file."""
    parser.addini(
        "par_scope",
        "how long par_s3 and par_agent live: function (default), class, module, package or session. "
        "Longer ones are reset, and checked for unused faults, only at their end.",
        default="function",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the processes of the session, also after Ctrl-C."""
    run = config.stash.get(_run_key, None)
    if run is not None:
        run.close()


def _scope(fixture_name: str, config: pytest.Config) -> Any:
    scope = config.getini("par_scope")
    if scope not in _SCOPES:
        raise pytest.UsageError(f"par_scope must be one of {', '.join(_SCOPES)}, and '{scope}' is not")
    return scope


def _run(config: pytest.Config) -> _Run:
    if _run_key not in config.stash:
        config.stash[_run_key] = _Run()
    return config.stash[_run_key]


def _folder(node: Any) -> Path:
    path = Path(node.path)
    return path if path.is_dir() else path.parent


def _listed(title: str, lines: List[str]) -> str:
    return "\n  ".join([title, *lines])


@contextmanager
def _refusals_as_failures() -> Iterator[None]:
    """Shows the sentence of an error without the plugin's own lines."""
    error: Optional[ParError] = None
    try:
        yield
    except ParError as e:
        error = e
    if error is not None:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture(scope=_scope)
def par_s3(request: pytest.FixtureRequest) -> Iterator[FakeS3]:
    """A fake S3 with S3's real errors, faults on demand, and a record of requests.

    It has one bucket, pixell-agent-packages, which is empty. One server serves all tests of a session, and is reset
    before each. The marker par gives it a policy or stubs. A test fails when a fault that it injected was never met,
    and when a call matched no stub.
    """
    with _refusals_as_failures():
        settings = _Settings(request.node)
        s3 = _run(request.config).s3(settings.stubs())
        s3.reset()
        if settings.policy() is not None:
            s3.policy(settings.policy())
    request.node.stash[_s3_key] = (s3, settings)
    yield s3
    del request.node.stash[_s3_key]
    if request.scope != "function":
        settings.check(s3)


@pytest.fixture(scope=_scope)
def par_agent_env() -> Dict[str, Optional[str]]:
    """Further variables for par_agent and par_boot. Override it, for instance with the address of stubs."""
    return {}


@pytest.fixture(scope=_scope)
def par_agent_folder(request: pytest.FixtureRequest) -> Path:
    """The folder of the agent under test: the nearest one with an agent.yaml, from the test file upward.

    Override it when the agent is elsewhere.
    """
    start = _folder(request.node)
    for folder in (start, *start.parents):
        if (folder / "agent.yaml").is_file():
            return folder
    pytest.fail(
        f"there is no agent.yaml in {start} or in a folder above it.\n"
        "  Override the fixture par_agent_folder, or pass a folder to par_boot.",
        pytrace=False,
    )


@pytest.fixture(scope=_scope)
def par_boot(request: pytest.FixtureRequest, par_s3: FakeS3, par_agent_env: Dict[str, Optional[str]]) -> Iterator[Boot]:
    """Boots agents with the real launcher against par_s3; stops them after the test.

    par_boot(folder, env={...}) packs and publishes a folder, starts the launcher, and returns the agent at once;
    wait_ready() waits for it. Ports are free ones, and each agent has a cache of its own.
    """
    run = _run(request.config)
    agents: List[Agent] = []
    request.node.stash[_agents_key] = agents
    base = _folder(request.node)

    def par_boot(
        folder: Optional[PathLike] = None,
        *,
        env: Optional[Mapping[str, Optional[str]]] = None,
        reference: Optional[str] = None,
    ) -> Agent:
        __tracebackhide__ = True
        if folder is not None and reference is not None:
            raise ParError("par_boot takes a folder or a reference, not both.")
        name = reference
        if reference is None or name is None:
            own = request.getfixturevalue("par_agent_folder") if folder is None else base / folder
            package = par_s3.publish(own)
            name, reference = package.id, package.reference
        agent = boot(par_s3, run.launcher(), run.guard, name, reference, {**par_agent_env, **(env or {})})
        agents.append(agent)
        return agent

    yield par_boot
    for agent in reversed(agents):
        agent.close()
    del request.node.stash[_agents_key]


@pytest.fixture(scope=_scope)
def par_agent(par_boot: Boot) -> Agent:
    """The agent under test, booted with the real launcher and ready; stopped after the test.

    The fixtures par_agent_folder and par_agent_env say which one, and with which variables.
    """
    with _refusals_as_failures():
        return par_boot().wait_ready()


@pytest.hookimpl(trylast=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Runs after the test itself, if that passed."""
    __tracebackhide__ = True
    s3, settings = item.stash.get(_s3_key, (None, None))
    if s3 is not None and settings is not None:
        settings.check(s3)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Generator[None, Any, None]:
    """Adds the agents' logs and the requests to the report of a test that failed."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed or call.when == "teardown":
        return
    for node in item.listchain():
        for agent in node.stash.get(_agents_key, []):
            report.sections.append((f"agent {agent.name}", agent.log_text()))
        s3, _ = node.stash.get(_s3_key, (None, None))
        if s3 is not None:
            report.sections.append(("requests to the fake S3", _record(s3)))


def _record(s3: FakeS3) -> str:
    try:
        return "\n".join(str(one) for one in s3.requests()[-40:]) or "there is none"
    except ParError as e:
        return str(e)
