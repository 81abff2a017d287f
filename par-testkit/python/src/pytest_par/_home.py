"""Finds the testkit's distribution and Java."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
from pathlib import Path
from typing import List, Mapping, Optional
from urllib.parse import urlsplit
from urllib.request import url2pathname

from .errors import ParError

VARIABLE = "PAR_TESTKIT_HOME"


def find_home(environment: Mapping[str, str]) -> Path:
    """Returns the folder that has ``bin/par-testkit``.

    The first of these counts: the variable ``PAR_TESTKIT_HOME``; the distribution that this package was installed
    from, or runs in; the command ``par-testkit`` on the ``PATH``.

    :raises ParError: when there is none, or when the variable names a folder without it
    """
    if os.name != "posix":
        raise ParError("pytest-par starts par-testkit, which needs Linux or macOS.", "On Windows, run pytest in WSL.")
    named = environment.get(VARIABLE)
    if named:
        home = Path(named)
        if not _is_home(home):
            raise ParError(
                f"{VARIABLE} is {named}, which has no bin/par-testkit.",
                "Name the folder of an unpacked par-testkit-VERSION.tar.gz.",
            )
        return home.resolve()
    nearby = _distributions()
    for home in nearby:
        if _is_home(home):
            return home.resolve()
    command = shutil.which("par-testkit", path=environment.get("PATH"))
    if command:
        return Path(command).resolve().parent.parent
    places = ", ".join(str(home) for home in nearby) or "no folder: pytest-par was not installed from a distribution"
    raise ParError(
        f"There is no par-testkit: {VARIABLE} is not set, none is on the PATH, and none is beside pytest-par ({places}).",
        f"Unpack par-testkit-VERSION.tar.gz, and set {VARIABLE} to its folder.",
    )


def find_java(environment: Mapping[str, str]) -> Path:
    """Returns the java that ``JAVA_HOME`` or the ``PATH`` names, in this order, as ``bin/par-testkit`` does.

    :raises ParError: when there is none
    """
    home = environment.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java", path=environment.get("PATH"))
    if java is None or not os.access(java, os.X_OK):
        raise ParError(
            f"There is no Java: {java or 'none on the PATH'}.",
            "Install a Java 17 or newer runtime, or set JAVA_HOME.",
        )
    return Path(java)


def _is_home(folder: Path) -> bool:
    return os.access(folder / "bin" / "par-testkit", os.X_OK) and (folder / "lib").is_dir()


def _distributions() -> List[Path]:
    """Where this package's distribution may be: around its source, and where pip took it from."""
    folders = [Path(__file__).resolve().parents[2]]
    source = _installed_from()
    if source is not None:
        folders.append(source if source.is_dir() else source.parent)
    # HOME/python; in a source tree, the build puts the distribution into target.
    homes = [home for folder in folders for home in (folder.parent, folder.parent / "target" / "par-testkit")]
    return list(dict.fromkeys(homes))


def _installed_from() -> Optional[Path]:
    """The folder or wheel that pip installed, which pip records (PEP 610)."""
    try:
        record = importlib.metadata.distribution("pytest-par").read_text("direct_url.json")
        url = urlsplit(json.loads(record or "{}").get("url", ""))
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return None
    return Path(url2pathname(url.path)) if url.scheme == "file" else None
