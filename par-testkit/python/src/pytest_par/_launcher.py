"""How a test starts the real launcher."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
from pathlib import Path
from typing import Dict, List, Mapping

from ._home import find_java
from .errors import ParError

VARIABLE = "PAR_HOME"

_MAIN = "global.pixell.par.launcher.Main"

# Below Linux's ephemeral range (32768 to 60999), so that no outgoing connection takes a port before the agent does.
_FIRST_PORT = 20_000
_PORTS = 12_000


class Launcher:
    """The launcher of the testkit, or with ``PAR_HOME`` the one of an unpacked distribution of PAR.

    The latter is the software that will be deployed, and it boots in half the time, because ``par train`` has archived
    its classes.

    :raises ParError: when there is no Java, or ``PAR_HOME`` has no ``bin/par``
    """

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self._java = find_java(environment)
        self._shell = environment
        self._ports = FreePorts()
        distribution = environment.get(VARIABLE)
        if distribution:
            command = os.path.join(distribution, "bin", "par")
            if not os.access(command, os.X_OK):
                raise ParError(
                    f"{VARIABLE} is {distribution}, which has no bin/par.",
                    "Name the folder of an unpacked par-VERSION.tar.gz, or unset it to use the testkit's launcher.",
                )
            self.command: List[str] = [command]
            return
        self.command = [str(self._java), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m"]
        if _has_death_signal(environment):
            self.command.append("-Dpar.deathsig=true")
        self.command += ["-cp", str(home / "lib" / "par.jar"), _MAIN]

    def environment(self) -> Dict[str, str]:
        """The variables of a launcher: some of the shell, a ``PATH`` that begins with its java, and free ports."""
        taken = ("HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "JAVA_HOME")
        variables = {name: self._shell[name] for name in taken if name in self._shell}
        path = self._shell.get("PATH", "/usr/local/bin:/usr/bin:/bin")
        variables["PATH"] = f"{self._java.parent}{os.pathsep}{path}"
        for name in ("REST_PORT", "A2A_PORT", "UI_PORT", "HEALTH_PORT"):
            variables[name] = str(self._ports.next())
        return variables


class FreePorts:
    """Chooses ports for programs that start soon.

    The system's own choice can return a port twice. These repeat only after 12,000 others, and processes that run side
    by side start far apart: 7417 is the golden section of the range.
    """

    def __init__(self) -> None:
        self._next = itertools.count(os.getpid() * 7417)

    def next(self) -> int:
        """Returns a port that is free now.

        :raises ParError: when every port of the range is taken
        """
        for _ in range(_PORTS):
            port = _FIRST_PORT + next(self._next) % _PORTS
            if _can_bind("127.0.0.1", port) and _can_bind("", port):
                return port
        raise ParError(f"no port from {_FIRST_PORT} to {_FIRST_PORT + _PORTS - 1} is free.")


def _can_bind(host: str, port: int) -> bool:
    """Binds a socket that never listens; with SO_REUSEADDR it does not hinder a server that starts at this moment."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
            return True
        except OSError:
            return False


def _has_death_signal(environment: Mapping[str, str]) -> bool:
    """Whether PAR may ask the kernel to end the agent with it: BusyBox and macOS have no such setpriv."""
    try:
        command = ["setpriv", "--pdeathsig", "TERM", "true"]
        return subprocess.run(command, env=dict(environment), capture_output=True, check=False).returncode == 0
    except OSError:
        return False
