"""Makes the wheel for pip (PEP 517 and 660), from the standard library alone.

The Maven build makes the same wheel in Java, so that its archive is complete without Python.
"""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any, Dict, Optional

_HERE = Path(__file__).resolve().parent
_SOURCE = _HERE / "src"


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Optional[str] = None) -> str:
    """Makes the wheel."""
    files = {
        path.relative_to(_SOURCE).as_posix(): path.read_bytes()
        for path in (_SOURCE / "pytest_par").rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }
    return _write(wheel_directory, files)


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: Optional[str] = None) -> str:
    """Makes a wheel that only points to the source, for ``pip install --editable``."""
    return _write(wheel_directory, {"pytest_par.pth": f"{_SOURCE}\n".encode()})


def _write(directory: str, files: Dict[str, bytes]) -> str:
    for path in (_HERE / "dist-info").iterdir():
        files[f"dist-info/{path.name}"] = path.read_bytes()
    metadata = files["dist-info/METADATA"].decode()
    version = next(line for line in metadata.splitlines() if line.startswith("Version: ")).split(" ")[1]
    stem = f"pytest_par-{version}"
    entries = {name.replace("dist-info/", f"{stem}.dist-info/", 1): files[name] for name in sorted(files)}
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in entries.items())
    entries[f"{stem}.dist-info/RECORD"] = (record + f"{stem}.dist-info/RECORD,,\n").encode()
    wheel = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, wheel), "w") as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return wheel


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
