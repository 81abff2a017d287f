"""What whole runs of pytest do: failures, reports, workers, crashes."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import GREETER, is_running, until

FAILURES = '''
import pytest
from pytest_par import slow_down

BUCKET = "pixell-agent-packages"


def test_an_unused_fault(par_s3):
    par_s3.on_get("acme/greter.apkg").times(2).inject(slow_down())


@pytest.mark.par(unused_faults="ignore")
def test_an_unused_fault_that_is_ignored(par_s3):
    par_s3.on_get("acme/greter.apkg").inject(slow_down())


def test_an_endless_fault(par_s3):
    par_s3.on_get("acme/greter.apkg").always().inject(slow_down())


def test_that_fails_and_leaves_a_fault(par_s3):
    par_s3.on_get("acme/greter.apkg").inject(slow_down())
    par_s3.client.list_objects_v2(Bucket=BUCKET, Prefix="listed/")
    assert "one" == "two"


def test_a_wrong_word_shows_the_line_of_the_test(par_s3):
    par_s3.on_get("acme/greeter.apkg").inject("slow-dwn")


@pytest.mark.par(polcy="policy.json")
def test_a_misspelt_argument_of_the_marker(par_s3):
    pass


@pytest.mark.par(unused_faults="no")
def test_a_wrong_value_of_the_marker(par_s3):
    pass


@pytest.mark.par(policy="nowhere.json")
def test_a_policy_that_is_not_there(par_s3):
    pass


def test_no_agent(par_agent):
    pass


def test_a_failing_test_shows_the_log(par_boot):
    agent = par_boot("greeter").wait_ready()
    assert agent.get("/").json()["greeting"] == "good evening"
'''

SCOPED = '''
from pytest_par import slow_down


def test_one(par_s3):
    par_s3.put("bucket", "key", b"")
    par_s3.on_get("other").inject(slow_down())
    par_s3.client.head_object(Bucket="bucket", Key="key")


def test_two_meets_the_same_objects_faults_and_record(par_s3):
    par_s3.verify(1).head_object("key")
    par_s3.client.head_object(Bucket="bucket", Key="key")
    assert par_s3.pending_faults()
'''

HANGING = '''
import json, os, threading
from pathlib import Path


def test_that_hangs(par_s3, par_boot, request):
    agent = par_boot("greeter").wait_ready()
    run = next(value for value in request.config.stash._storage.values() if type(value).__name__ == "_Run")
    pids = [os.getpid(), agent._child.pid, run.guard._process.pid]
    pids += [server._child.pid for server in run._servers.values()]
    pids += [int(line["pid"]) for line in agent.logs("Agent started")]
    Path("pids.tmp").write_text(json.dumps({"pids": pids, "cache": str(agent._cache)}))
    os.rename("pids.tmp", "pids.json")
    threading.Event().wait()
'''


def pytest_command(*arguments):
    return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]


def folder_with(path, source, settings=""):
    path.mkdir(exist_ok=True)
    (path / "test_it.py").write_text(source)
    (path / "pytest.ini").write_text(f"[pytest]\n{settings}")
    shutil.copytree(GREETER, path / "greeter")
    return path


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    """The report of a run with many failures, by test."""
    folder = folder_with(tmp_path_factory.mktemp("failures"), FAILURES)
    run = subprocess.run(pytest_command("-rA"), cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout + run.stderr
    parts = re.split(r"^_+ (?:ERROR at \w+ of )?(test_\w+) _+$|^=+ .*short test summary", run.stdout, flags=re.M)
    sections = {name: text for name, text in zip(parts[1::2], parts[2::2]) if name}
    verdicts = re.findall(r"^(PASSED|FAILED|ERROR) test_it.py::(\w+)", run.stdout, flags=re.M)
    return sections, {name: verdict for verdict, name in verdicts}


def test_a_fault_that_nobody_met_fails_the_test(failures):
    sections, verdicts = failures

    assert verdicts["test_an_unused_fault"] == "FAILED"
    assert "no request met these faults" in sections["test_an_unused_fault"]
    assert "GET:acme/greter.apkg:2x:slow-down (met 0 times, 2 left)" in sections["test_an_unused_fault"]
    assert verdicts["test_an_unused_fault_that_is_ignored"] == "PASSED"
    assert verdicts["test_an_endless_fault"] == "PASSED"


def test_a_failing_test_keeps_its_own_reason_and_shows_the_requests(failures):
    sections, verdicts = failures
    section = sections["test_that_fails_and_leaves_a_fault"]

    assert verdicts["test_that_fails_and_leaves_a_fault"] == "FAILED"
    assert "AssertionError" in section
    assert "no request met" not in section
    assert re.search(r"requests to the fake S3 -+\nListObjectsV2 +200 pixell-agent-packages", section)


def test_a_refusal_shows_the_line_of_the_test_and_not_of_the_plugin(failures):
    section = failures[0]["test_a_wrong_word_shows_the_line_of_the_test"]

    assert "slow-dwn" in section
    assert "_control.py" not in section and "s3.py" not in section


def test_a_wrong_marker_is_refused_with_a_sentence(failures):
    sections, verdicts = failures

    assert verdicts["test_a_misspelt_argument_of_the_marker"] == "ERROR"
    assert "has no argument 'polcy'; did you mean policy?" in sections["test_a_misspelt_argument_of_the_marker"]
    assert 'must be "fail" or "ignore"' in sections["test_a_wrong_value_of_the_marker"]
    assert "nowhere.json cannot be read" in sections["test_a_policy_that_is_not_there"]
    assert "there is no agent.yaml in" in sections["test_no_agent"]


def test_a_failing_test_shows_the_log_of_its_agent(failures):
    section = failures[0]["test_a_failing_test_shows_the_log"]

    assert re.search(r"agent greeter@1.0.0 -+\nthe last \d+ of \d+ log lines:", section)
    assert "Runtime ready" in section and "the greeter starts" in section


def test_the_fixtures_can_live_as_long_as_a_module(tmp_path):
    folder = folder_with(tmp_path / "scoped", SCOPED, "par_scope = module\n")

    run = subprocess.run(pytest_command(), cwd=folder, capture_output=True, text=True, check=False)

    assert "2 passed, 1 error" in run.stdout, run.stdout + run.stderr
    assert "GET:other:slow-down (met 0 times, 1 left)" in run.stdout


def test_workers_of_xdist_have_servers_of_their_own(tmp_path):
    pytest.importorskip("xdist")
    folder = folder_with(
        tmp_path / "xdist",
        "import pytest\n@pytest.mark.parametrize('n', range(4))\n"
        "def test_it(par_s3, worker_id, n):\n"
        "    assert par_s3.count() == 0\n"
        "    par_s3.client.list_buckets()\n"
        "    open(f'{worker_id}-{par_s3.endpoint.rpartition(\":\")[2]}', 'w').close()\n",
    )

    run = subprocess.run(
        pytest_command("-n", "2"), cwd=folder, capture_output=True, text=True, check=False
    )

    assert "4 passed" in run.stdout, run.stdout + run.stderr
    workers = [path.name.split("-") for path in folder.glob("gw*")]
    assert len({port for _, port in workers}) == len({worker for worker, _ in workers}) == len(workers)


def accept_interrupts():
    """A background job of a shell ignores Ctrl-C, and so do the programs that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_no_process_outlives_pytest_whether_it_is_killed_or_interrupted(tmp_path):
    runs = {}
    for sign in (signal.SIGKILL, signal.SIGINT):
        folder = folder_with(tmp_path / sign.name, HANGING)
        with (folder / "said").open("w") as said:
            runs[sign] = subprocess.Popen(
                pytest_command(), cwd=folder, stdout=said, stderr=said, preexec_fn=accept_interrupts
            )
    for sign, run in runs.items():
        folder = tmp_path / sign.name
        until(
            lambda: (folder / "pids.json").exists() or run.poll() is not None,  # noqa: B023
            "a test with an agent",
        )
        assert run.poll() is None, (folder / "said").read_text()
        run.send_signal(sign)
    for sign, run in runs.items():
        run.wait(60)
        told = json.loads((tmp_path / sign.name / "pids.json").read_text())
        assert len(told["pids"]) == 5
        for pid in told["pids"]:
            until(lambda: not is_running(pid), f"the end of {pid} of {told} after {sign.name}")  # noqa: B023
        until(lambda: not Path(told["cache"]).exists(), f"the removal of the cache after {sign.name}")  # noqa: B023
