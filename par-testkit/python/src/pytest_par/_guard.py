"""Ends the processes of a test run, whatever happens to the run itself.

Run as a program, this file is the guard: a process of its own session that reads commands from a pipe. When the pipe
ends, because the test run has ended or was killed, the guard stops the processes that are still listed and deletes the
folders that are still listed. The rest of the module is the side of the test run.

The program uses the standard library alone, because it runs without site-packages.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any, Dict, List, Optional, Set

GRACE_SECONDS = 10.0
"""How long processes may take to end after SIGTERM before the guard kills them."""

_GATE = 'read -r go && exec "$@" </dev/null'
"""A child waits for a line before it becomes its program, so that the guard knows each child that does anything."""


def remove_tree(folder: Path) -> None:
    """Deletes a folder, read-only folders included (PAR makes unpacked packages read-only)."""
    if not folder.is_dir():
        return
    os.chmod(folder, 0o700)
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def kill_group(pid: int, sign: int) -> bool:
    """Signals a process group. Returns whether the group still exists."""
    try:
        os.killpg(pid, sign)
        return True
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS, for a group of zombies
        return False


class Guard:
    """Starts processes in sessions of their own, and lists them with the guard. One for a test run; thread-safe."""

    def __init__(self) -> None:
        self._process: Optional["subprocess.Popen[str]"] = None
        self._lock = threading.Lock()

    def start(self, command: List[str], environment: Dict[str, str], stdout: int, stderr: "int | IO[Any]") -> "Child":
        """Starts a process that cannot outlive this one.

        It gets a session of its own: Ctrl-C in the terminal reaches pytest alone, which then stops its processes in
        order.
        """
        process = subprocess.Popen(
            ["/bin/sh", "-c", _GATE, "sh", *command],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        self._tell(f"+pid {process.pid}")
        assert process.stdin is not None
        with process.stdin as gate:
            gate.write(b"go\n")
        return Child(process, self)

    def add_folder(self, folder: Path) -> None:
        """Lists a folder that the guard deletes if the test run does not."""
        self._tell(f"+folder {folder}")

    def remove_folder(self, folder: Path) -> None:
        """Deletes a listed folder."""
        remove_tree(folder)
        self._tell(f"-folder {folder}")

    def forget(self, pid: int) -> None:
        """Takes a process that has ended from the list."""
        self._tell(f"-pid {pid}")

    def _tell(self, command: str) -> None:
        with self._lock:
            self._write(command)

    def _write(self, command: str) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                text=True,
                encoding="utf-8",
                errors="surrogateescape",
            )
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as e:
            raise RuntimeError(
                f"the guard process of pytest-par (pid {self._process.pid}) has ended, so a crash of pytest could leave"
                " processes behind; start pytest again"
            ) from e

    def close(self) -> None:
        """Ends the guard, which stops whatever is still listed."""
        if self._process is not None:
            assert self._process.stdin is not None
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass  # The guard has been killed.
            self._process.wait()
            self._process = None


class Child:
    """A process under the guard, which leads a process group."""

    def __init__(self, process: "subprocess.Popen[bytes]", guard: Guard) -> None:
        self._process = process
        self._guard = guard
        self.pid = process.pid
        self.stdout = process.stdout

    def terminate(self) -> None:
        """Sends SIGTERM to the process alone, not to its group, as ECS does. Does nothing once it has ended."""
        self._process.terminate()

    def wait(self, timeout: float) -> Optional[int]:
        """Waits for the process to end. Returns its exit code, as a shell reports it; None if it is still running."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        return 128 - code if code < 0 else code

    def close(self, grace: float) -> None:
        """Stops the process with SIGTERM, and after the grace kills it and what remains of its group."""
        self.terminate()
        self.wait(grace)
        kill_group(self.pid, signal.SIGKILL)
        self._process.wait()
        self._guard.forget(self.pid)


def main() -> None:
    """The guard itself."""
    parent = int(sys.argv[1])
    pids: Set[int] = set()
    folders: Set[str] = set()
    rest = b""
    while True:
        # A forked copy of the parent can hold the pipe open after the parent has died, so look at the parent too.
        readable, _, _ = select.select([0], [], [], 1.0)
        data = os.read(0, 65536) if readable else b""
        rest += data
        *lines, rest = rest.split(b"\n")
        for line in lines:
            verb, _, argument = os.fsdecode(line).partition(" ")
            if verb in ("+pid", "-pid"):
                (pids.add if verb == "+pid" else pids.discard)(int(argument))
            else:
                (folders.add if verb == "+folder" else folders.discard)(argument)
        if (readable and not data) or os.getppid() != parent:
            break
    left = {pid for pid in pids if kill_group(pid, signal.SIGTERM)}
    end = time.monotonic() + GRACE_SECONDS
    while left and time.monotonic() < end:
        time.sleep(0.05)
        left = {pid for pid in left if kill_group(pid, 0)}
    for pid in left:
        kill_group(pid, signal.SIGKILL)
    for folder in folders:
        remove_tree(Path(folder))


if __name__ == "__main__":
    main()
