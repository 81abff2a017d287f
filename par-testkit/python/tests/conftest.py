"""What the tests of the plugin share."""

import os
import time
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

GREETER = Path(__file__).parent / "greeter"


@pytest.fixture(scope="session")
def par_agent_folder():
    return GREETER


def until(happened, what):
    """Waits for something in another process; a busy machine may take long."""
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, f"not within 60 s: {what}"
        time.sleep(0.02)


def is_running(pid):
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
    except OSError:
        os.kill(pid, 0)
        return True
