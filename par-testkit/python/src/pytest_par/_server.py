"""The server process of a test session."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

from ._control import Control
from ._guard import Guard
from ._packer import Packer
from .errors import ParError
from .s3 import FakeS3

_START_SECONDS = 60.0


class Server:
    """``par-testkit serve`` on a free port, with the stubs of one folder or without any.

    :raises ParError: with what the command wrote, when it does not start
    """

    def __init__(
        self, home: Path, guard: Guard, packer: Packer, environment: Mapping[str, str], stubs: Optional[Path]
    ) -> None:
        command = [str(home / "bin" / "par-testkit"), "serve", "--json", "--port", "0", "--quiet"]
        command += ["--stubs", str(stubs)] if stubs else []
        with tempfile.TemporaryFile() as stderr:
            self._child = guard.start(command, dict(environment), subprocess.PIPE, stderr)
            try:
                info = self._info(stderr)
            except BaseException:
                self.close()
                raise
        self.s3 = FakeS3(Control(info["control"]), info, packer)

    def _info(self, stderr: Any) -> Dict[str, Any]:
        """Reads the one line that the command prints when it listens."""
        assert self._child.stdout is not None
        pipe = self._child.stdout.fileno()
        end = time.monotonic() + _START_SECONDS
        line = b""
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([pipe], [], [], max(0.0, end - time.monotonic()))
            part = os.read(pipe, 65536) if readable else b""
            line += part
            if not part:
                break
        try:
            info: Dict[str, Any] = json.loads(line)
            return info
        except ValueError:
            code = self._child.wait(0 if line else 5.0)
            stderr.seek(0)
            said = (line + stderr.read()).decode(errors="replace").strip()
        if "UnsupportedClassVersionError" in said:
            raise ParError("par-testkit does not start: this Java is older than 17.", "Set JAVA_HOME to a newer one.")
        ended = f"it did not listen within {_START_SECONDS:g} s" if code is None else f"exit code {code}"
        raise ParError(f"par-testkit does not start ({ended}).", said.replace("\n", "\n  "))

    def close(self) -> None:
        """Stops the server."""
        self._child.close(grace=5.0)
        assert self._child.stdout is not None
        self._child.stdout.close()
