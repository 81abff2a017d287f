"""The two builders of the wheel, the one of pip and the one of Maven, agree."""

import base64
import csv
import hashlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pytest_par._home import find_java

PYTHON = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(name) for name in ("pip", "maven")]
    subprocess.run(
        [sys.executable, "-c", "import sys, build_backend; build_backend.build_wheel(sys.argv[1])", folders[0]],
        cwd=PYTHON,
        check=True,
    )
    make = [find_java(os.environ), "-XX:TieredStopAtLevel=1", PYTHON.parent / "src" / "build" / "MakeWheel.java"]
    version = re.search(r"^Version: (\S+)", (PYTHON / "dist-info" / "METADATA").read_text(), flags=re.M).group(1)
    subprocess.run([*make, PYTHON, version.replace(".dev0", "-SNAPSHOT"), folders[1]], check=True)
    return [next(folder.glob("*.whl")) for folder in folders]


def content(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_both_have_the_same_name_and_files(wheels):
    pip, maven = wheels

    assert pip.name == maven.name
    assert content(pip) == content(maven)
    assert "pytest_par/py.typed" in content(pip)


def test_the_record_names_every_file_with_its_digest(wheels):
    files = content(wheels[1])
    record = next(name for name in files if name.endswith("/RECORD"))

    rows = list(csv.reader(files[record].decode().splitlines()))

    assert [row[0] for row in rows] == list(files)
    for name, digest, size in rows:
        if name != record:
            expected = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={expected}", str(len(files[name])))
