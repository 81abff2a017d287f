"""Packs agents' folders."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, Mapping, Tuple

from ._guard import Guard
from .errors import ParError

_State = Tuple[Tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Packed:
    """A package on this machine; the fields are those of :class:`pytest_par.s3.Package`."""

    file: Path
    id: str
    digest: str
    left_out: Tuple[str, ...]
    warnings: Tuple[str, ...]


class Packer:
    """Runs ``par-testkit pack``, once for each state of a folder."""

    def __init__(self, home: Path, guard: Guard, environment: Mapping[str, str]) -> None:
        self._command = [str(home / "bin" / "par-testkit"), "pack", "--json"]
        self._environment = dict(environment)
        self._guard = guard
        self._packed: Dict[Path, Tuple[_State, Packed]] = {}
        self._target = Path(tempfile.mkdtemp(prefix="par-pack-"))
        guard.add_folder(self._target)

    def pack(self, folder: Path) -> Packed:
        """Packs a folder, unless it is as it was.

        :raises ParError: when PAR would refuse the package
        """
        __tracebackhide__ = True
        folder = folder.resolve()
        state = tuple(_files(folder))
        before = self._packed.get(folder)
        if before is None or before[0] != state:
            before = (state, self._pack(folder))
            self._packed[folder] = before
        return before[1]

    def _pack(self, folder: Path) -> Packed:
        __tracebackhide__ = True
        file = self._target / f"{len(os.listdir(self._target))}.apkg"
        run = subprocess.run(
            [*self._command, str(folder), "-o", str(file)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if run.returncode != 0:
            said = (run.stderr.strip() or run.stdout.strip()).replace("par-testkit: ", "", 1)
            raise ParError(f"{folder} cannot be packed: {said}")
        packed = json.loads(run.stdout)
        return Packed(
            file, packed["id"], packed["digest"], tuple(packed["left_out"]), tuple(packed["warnings"])
        )

    def close(self) -> None:
        """Deletes the packages."""
        self._guard.remove_folder(self._target)


def _files(folder: Path) -> Iterator[Tuple[str, int, int, int]]:
    """What shows a change of a folder: names, sizes, times and modes of its files."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {".git", "__pycache__", "node_modules"})
        for name in sorted(names):
            path = os.path.join(parent, name)
            try:
                facts = os.stat(path)
            except OSError:
                continue  # A broken link, about which the packer has its own sentence.
            yield path, facts.st_size, facts.st_mtime_ns, facts.st_mode
