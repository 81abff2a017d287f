"""The example in the README is a test that passes."""

import os
import re
import subprocess
from pathlib import Path

from test_plugin import pytest_command

from pytest_par._launcher import VARIABLE

ROOT = Path(__file__).resolve().parents[3]


def files(readme):
    """The named blocks of a README, by name."""
    return dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", readme.read_text(encoding="utf-8"), flags=re.M | re.S))


def test_the_example_of_the_readme_passes(tmp_path):
    agent = files(ROOT / "README.md")
    example = files(ROOT / "par-testkit" / "README.md")["tests/test_greeter.py"]
    for name, text in {**agent, "greeter/tests/test_greeter.py": example}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    # With the testkit's own launcher, whichever launcher the other tests boot.
    own = {name: value for name, value in os.environ.items() if name != VARIABLE}
    run = subprocess.run(
        pytest_command(), cwd=tmp_path / "greeter", env=own, capture_output=True, text=True, check=False
    )

    assert "3 passed" in run.stdout, run.stdout + run.stderr
