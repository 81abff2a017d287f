"""Processes, their wall and CPU time, their memory, and the limits they run under."""

import collections
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

Sample = collections.namedtuple("Sample", "wall cpu")  # seconds; CPU is user + system of the whole process tree


class Failed(Exception):
    """A command did not do what it was measured for."""


class Series:
    """The samples of one subject."""

    def __init__(self):
        self.samples = []

    def median(self, what):
        return statistics.median(getattr(sample, what) for sample in self.samples)

    def spread(self, what):
        values = [getattr(sample, what) for sample in self.samples]
        return min(values), max(values)


def alternate(runs, subjects):
    """Measures subjects in turns, so that other load on the machine affects all of them.

    subjects: label -> function that returns a Sample. The first turn warms the caches of files and is not counted,
    unless there is only one.
    """
    series = {label: Series() for label in subjects}
    for turn in range(runs + 1 if runs > 1 else 1):
        for label, subject in subjects.items():
            sample = subject()
            if turn or runs == 1:
                series[label].samples.append(sample)
    return series


def run(argv, environment=None, directory=None):
    """Runs a command to its end."""
    # Not a pipe: reading from one would count as work of this process, and might hold the command up.
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(argv, env=environment, cwd=directory, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise Failed("%s ended with %d: %s" % (" ".join(argv), process.returncode, errors.read().decode()[-800:]))
    return Sample(wall, used.ru_utime + used.ru_stime)


@contextlib.contextmanager
def running(argv, environment, directory=None, stdout=subprocess.DEVNULL):
    """A process that serves until the block ends."""
    process = subprocess.Popen(argv, env=environment, cwd=directory, stdout=stdout, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


# What /proc says. Linux only.


def processes_of(pid):
    """A process and its descendants."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for task in os.listdir("/proc/%d/task" % parent):
                with open("/proc/%d/task/%s/children" % (parent, task)) as children:
                    found += [int(child) for child in children.read().split()]
    return found


def cpu_of(pid):
    """The CPU seconds of a process tree until now, ended children included."""
    ticks = 0
    for each in processes_of(pid):
        with contextlib.suppress(OSError), open("/proc/%d/stat" % each) as stat:
            ticks += sum(int(field) for field in stat.read().rpartition(") ")[2].split()[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def java_of(pid):
    """The id of the JVM among a process and its descendants; None before there is one."""
    for each in processes_of(pid):
        with contextlib.suppress(OSError):
            if os.path.basename(os.readlink("/proc/%d/exe" % each)) == "java":
                return each
    return None


def memory_of(pid, field):
    """A field of /proc/PID/status in MB: VmRSS is what is resident, VmHWM the most that ever was."""
    with contextlib.suppress(OSError), open("/proc/%d/status" % pid) as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
    return 0.0


def loopback_bytes():
    """Every byte that the loopback interface has carried, heads of packets included."""
    with open("/sys/class/net/lo/statistics/rx_bytes") as counter:
        return int(counter.read())


# A quarter of a core.

QUOTA, PERIOD = 25_000, 100_000  # microseconds: 25 ms of each 100


@contextlib.contextmanager
def quarter_core():
    """Yields how the limit is made, and a function that puts a command under it."""
    for way in (_cgroup_v2, _cgroup_v1, _systemd_scope, _busy_neighbours):
        with contextlib.ExitStack() as stack:
            try:
                found = stack.enter_context(way())
            except (OSError, Failed):
                continue
            yield found
            return
    yield None


@contextlib.contextmanager
def _cgroup(folder, limits):
    os.mkdir(folder)
    try:
        if not os.path.exists(folder + "/cgroup.procs"):
            raise Failed("%s is not in a file system of cgroups" % folder)
        for name, value in limits.items():
            with open(os.path.join(folder, name), "w") as file:
                file.write(value)
        join = 'echo $$ > "%s/cgroup.procs" && exec "$@"' % folder
        run(["sh", "-c", join, "sh", "true"])
        yield lambda argv: ["sh", "-c", join, "sh", *argv]
    finally:
        for _ in range(50):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
                break
            time.sleep(0.1)


@contextlib.contextmanager
def _cgroup_v2():
    with _cgroup("/sys/fs/cgroup/par-bench-%d" % os.getpid(), {"cpu.max": "%d %d" % (QUOTA, PERIOD)}) as wrap:
        yield "cgroup v2 quota", wrap


@contextlib.contextmanager
def _cgroup_v1():
    limits = {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": str(QUOTA)}
    with _cgroup("/sys/fs/cgroup/cpu/par-bench-%d" % os.getpid(), limits) as wrap:
        yield "cgroup v1 quota", wrap


@contextlib.contextmanager
def _systemd_scope():
    scope = ["systemd-run", "--user", "--scope", "--quiet", "--property=CPUQuota=25%", "--"]
    run(scope + ["true"])
    yield "quota of a systemd scope", lambda argv: scope + argv


@contextlib.contextmanager
def _busy_neighbours():
    """Three neighbours that never rest share a processor with the command, which gets a quarter of it."""
    pin = ["taskset", "-c", "0"]
    run(pin + ["true"])
    busy = [subprocess.Popen(pin + [sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        yield "three busy neighbours on one processor", lambda argv: pin + argv
    finally:
        for each in busy:
            each.send_signal(signal.SIGKILL)
            each.wait()


def remove(directory):
    """The cache's trees are read-only, which keeps their own maker from deleting them."""
    subprocess.run(["chmod", "-R", "u+w", directory], check=False, stderr=subprocess.DEVNULL)
    shutil.rmtree(directory, ignore_errors=True)
