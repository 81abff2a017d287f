"""The rows of the benchmark. Each measures its subjects in turns and adds figures with their targets."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile

import measure
import subjects
from measure import Sample

MB = 1e6


class Bench:
    """What rows share, and what they found."""

    def __init__(self, options, work, javas, bucket, figures):
        self.runs = options.runs
        self.quick = options.quick
        self.testkit = options.testkit
        self.work = work
        self.javas = javas
        self.bucket = bucket
        self.figures = figures
        self.tools = subjects.tools()
        self.packages = {}

    def package(self, name):
        """Made when the first row needs it."""
        if name not in self.packages:
            few = self.quick
            make = {
                "small": lambda: subjects.random_package(self.bucket, name, 20_000),
                "large": lambda: subjects.random_package(self.bucket, name, 20_000_000 if few else 99_999_000),
                "many": lambda: subjects.source_package(self.bucket, name, 300 if few else 3_000),
                "alone": lambda: subjects.random_package(self.bucket, name, self.package("many").bytes),
            }
            self.packages[name] = make[name]()
        return self.packages[name]

    def directory(self):
        return tempfile.mkdtemp(dir=self.work)

    def fetch(self, java, server, package, cache=None, wrap=lambda argv: argv):
        """`par fetch` into an empty cache, or into a copy of one."""
        directory = self.directory()
        if cache:
            shutil.copytree(cache, directory + "/cache", symlinks=True)
        os.sync()
        environment = java.environment(PAR_CACHE_DIR=directory + "/cache", **server)
        return measure.run(wrap([java.par, "fetch", package.ref]), environment)

    def others(self, server, package, wrap=lambda argv: argv):
        """The tools that get one object: label -> subject."""
        found = {}
        environment = dict(os.environ, **server)

        def add(label, argv):
            def subject():
                directory = self.directory()
                os.sync()
                return measure.run(wrap(argv(directory + "/file")), environment)

            found[label] = subject

        if self.tools["boto3"]:
            script = [self.tools["boto3"], "-c", subjects.BOTO3, subjects.BUCKET, package.key]
            add("boto3", lambda file: script + [file])
        if self.tools["aws"]:
            # Explicitly, because the version 1 of many distributions does not read the variable.
            endpoint = ["--endpoint-url", server["AWS_ENDPOINT_URL_S3"]]
            copy = [self.tools["aws"], "s3", "cp", "--quiet", "s3://%s/%s" % (subjects.BUCKET, package.key)]
            add("aws s3 cp", lambda file: copy + [file] + endpoint)
        return found

    def pars(self, subject):
        """One subject for each Java."""
        return {java.name: (lambda java=java: subject(java)) for java in self.javas}

    def warm_cache(self, java, server, package, trees=True):
        """A cache that holds a package, with or without its tree."""
        cache = self.directory() + "/cache"
        measure.run([java.par, "fetch", package.ref], java.environment(PAR_CACHE_DIR=cache, **server))
        if not trees:
            # Moved, because ext4 searches long for free inodes beside those that were deleted in the last minutes.
            os.rename(cache + "/v1/trees", os.path.dirname(cache) + "/trees")
        return cache

    def compare(self, row, series, peer, targets, java_peer=False):
        """Adds a figure for each Java and each measure with a target: {"wall": (25, 17), …}, a ratio to the peer."""
        for java in self.javas:
            other = "%s, %s" % (peer, java.name) if java_peer else peer
            if java.name not in series or other not in series:
                continue
            for what, (newer, older) in targets.items():
                mine, theirs = series[java.name], series[other]
                self.figures.ratio(
                    "%s: %s" % (row, what),
                    java.name,
                    mine.median(what),
                    mine.spread(what),
                    (peer, theirs.median(what)),
                    java.target(newer, older),
                )
        self.figures.show(row, series)


def cold(bench, server, _):
    """20 KB into an empty cache, from the start of the process to the unpacked tree."""
    package = bench.package("small")
    series = measure.alternate(
        bench.runs,
        {**bench.pars(lambda java: bench.fetch(java, server, package)), **bench.others(server, package)},
    )
    bench.compare("cold fetch, 20 KB", series, "boto3", {"wall": (0.50, 0.75), "cpu": (0.60, 0.85)})


def quarter(bench, server, _):
    """The same with a quarter of a core, as a small task has it."""
    package = bench.package("small")
    with measure.quarter_core() as limit:
        if not limit:
            bench.figures.leave_out("a quarter of a core: this system allows no limit")
            return
        way, wrap = limit
        series = measure.alternate(
            max(1, bench.runs // 2),
            {
                **bench.pars(lambda java: bench.fetch(java, server, package, wrap=wrap)),
                **bench.others(server, package, wrap),
            },
        )
    bench.figures.note("a quarter of a core is a " + way)
    bench.compare("cold fetch on ¼ core, 20 KB", series, "boto3", {"wall": (0.60, 0.85)})


def cached(bench, server, _):
    """20 KB that are pinned and cached: no network, and no class of the AWS SDK."""
    package = bench.package("small")
    caches = {java.name: bench.warm_cache(java, server, package) for java in bench.javas}
    hellos = {java.name: java.hello(bench.work) for java in bench.javas}

    def hit(java):
        environment = java.environment(PAR_CACHE_DIR=caches[java.name], **server)
        return measure.run([java.par, "fetch", package.ref], environment)

    series = measure.alternate(
        bench.runs,
        {
            **bench.pars(hit),
            **{"hello world, " + name: (lambda argv=argv: measure.run(argv)) for name, argv in hellos.items()},
        },
    )
    bench.compare("pinned and cached, 20 KB", series, "hello world", {"wall": (2.5, 2.5), "cpu": (2.5, 2.5)}, True)


def full(bench, server, _):
    """100 MB at the speed of the loopback, verified and unpacked; `aws s3 cp` verifies nothing."""
    large(bench, server, "100 MB, loopback", (0.70, 0.80))


def limited(bench, _, slow_server):
    """100 MB at 90 MB/s a connection, which is S3's own limit."""
    large(bench, slow_server, "100 MB, 90 MB/s a connection", (0.60, 0.70))


def large(bench, server, row, targets):
    package = bench.package("large")
    found = {**bench.pars(lambda java: bench.fetch(java, server, package)), **bench.others(server, package)}
    carried = {label: [] for label in found}

    def counted(label, subject):
        before = measure.loopback_bytes()
        sample = subject()
        carried[label].append(measure.loopback_bytes() - before)
        return sample

    series = measure.alternate(
        bench.runs,
        {label: (lambda label=label, subject=subject: counted(label, subject)) for label, subject in found.items()},
    )
    bench.compare(row, series, "aws s3 cp", {"wall": targets})
    # What a client that asks once makes the network carry: the object, heads and acknowledgements.
    once = statistics.median(carried.get("boto3") or [package.bytes])
    for java in bench.javas:
        vain = [(each - once) / MB for each in carried[java.name][-bench.runs :]]
        bench.figures.absolute(row + ": in vain", java.name, vain, "MB", 1.0)


def small_files(bench, server, _):
    """3,000 small files: unpacked from the cached package by a cold process, sealed; and fetched and unpacked at once."""
    many, alone = bench.package("many"), bench.package("alone")
    blobs = {java.name: bench.warm_cache(java, server, many, trees=False) for java in bench.javas}

    def bsdtar():
        directory = bench.directory()
        os.sync()
        return measure.run([bench.tools["bsdtar"], "-xf", many.path], directory=directory)

    found = {}
    for java in bench.javas:
        found[java.name] = lambda java=java: bench.fetch(java, server, many, cache=blobs[java.name])
        found["fetch alone, " + java.name] = lambda java=java: bench.fetch(java, server, alone)
        found["both, " + java.name] = lambda java=java: bench.fetch(java, server, many)
    if bench.tools["bsdtar"]:
        found["bsdtar"] = bsdtar
    series = measure.alternate(bench.runs, found)
    bench.compare("3,000 files, unpack alone", series, "bsdtar", {"wall": (0.60, 0.60)})
    for java in bench.javas:
        fetch, unpack, both = (series[name + java.name] for name in ("fetch alone, ", "", "both, "))
        longer = max(fetch.median("wall"), unpack.median("wall"))
        bench.figures.ratio(
            "3,000 files, fetch and unpack: wall",
            java.name,
            both.median("wall"),
            both.spread("wall"),
            ("the longer", longer),
            1.05,
        )


def warm_unpack(bench, _server, _slow):
    """3,008 files of 149 MB in a warm JVM, by the program that the tests of par-core bring."""
    classes = [subjects.ROOT + "/par-core/target/" + folder for folder in ("test-classes", "classes")]
    if not os.path.isdir(classes[0]):
        bench.figures.leave_out("unpacking in a warm JVM: %s is not there" % classes[0])
        return
    program = ["-cp", ":".join(classes), "global.pixell.par.internal.archive.UnpackBenchmark"]
    for java in bench.javas:
        argv = [java.home + "/bin/java", *program, str(max(1, bench.runs - 2)), bench.work]
        output = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        medians = {
            name.strip(): tuple(float(number) / 1000 for number in numbers)
            for name, *numbers in re.findall(r"^(.+?)\s+median\s+(\d+) ms, best\s+(\d+) ms, worst\s+(\d+) ms", output, re.M)
        }
        ours = next(times for name, times in medians.items() if name.startswith("par"))
        for peer, target in (("bsdtar", 0.50), ("unzip", 0.35)):
            if peer in medians:
                bench.figures.ratio(
                    "149 MB, unpack in a warm JVM: wall", java.name, ours[0], ours[1:], (peer, medians[peer][0]), target
                )


ROUTES = """
import boto3, pydantic
from fastapi import FastAPI

def mount(app):
    @app.get("/api/hello")
    def hello():
        return {"hello": "world"}
"""
PLAIN = """
from main import mount
from fastapi import FastAPI

app = FastAPI()
mount(app)

@app.get("/health")
def health():
    return {"ok": True}
"""


def python(bench, _server, _slow):
    """A Python agent that imports boto3 and pydantic, from the start of the process to the first 200 of /health."""
    interpreter = bench.tools["uvicorn"]
    if not interpreter:
        bench.figures.leave_out("the Python agent: no Python has uvicorn, fastapi, boto3 and pydantic")
        return
    folder = bench.directory()
    for name, text in (("main.py", ROUTES), ("plain.py", PLAIN)):
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    package = os.path.join(folder, "agent.apkg")
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("agent.yaml", "name: bench\nversion: 1.0.0\nrest: {entry: 'main:mount'}\n")
        archive.writestr("main.py", ROUTES)
    path = os.path.dirname(interpreter) + ":" + os.environ["PATH"]

    def first_200(argv, environment):
        start = time.perf_counter()
        with measure.running(argv, environment, folder) as process:
            while process.poll() is None:
                try:
                    with urllib.request.urlopen("http://127.0.0.1:%s/health" % environment["REST_PORT"], timeout=5):
                        return Sample(time.perf_counter() - start, measure.cpu_of(process.pid))
                except OSError:
                    time.sleep(0.002)
            raise measure.Failed("%s ended with %d" % (argv[0], process.returncode))

    def plain():
        environment = dict(os.environ, REST_PORT=subjects.free_ports(1)[0])
        argv = [interpreter, "-m", "uvicorn", "plain:app", "--log-level", "warning", "--port", environment["REST_PORT"]]
        return first_200(argv, environment)

    def agent(java):
        cache = os.path.join(folder, "cache-%d" % java.major)
        return first_200([java.par, "run"], subjects.agent_environment(java, cache, package, PATH=path))

    series = measure.alternate(bench.runs, {**bench.pars(agent), "uvicorn": plain})
    for java in bench.javas:
        for what, target in (("wall", 0.40), ("cpu", 0.35)):
            bench.figures.more(
                "Python agent, first 200: " + what, java.name, series[java.name], ("uvicorn", series["uvicorn"]), what, target
            )
    bench.figures.show("Python agent, first 200", series)


def lines_of(process):
    for line in process.stdout:
        yield json.loads(line)


def memory(bench, server, _):
    """What PAR's JVM keeps resident beside an agent that sleeps: from the cache, and after a fetch from S3."""
    package = bench.package("small")
    for java in bench.javas:
        cache = bench.directory()
        resident = {"fetched": [], "cached": []}
        for _ in range(1 if bench.quick else 3):
            measure.remove(cache)
            for how in ("fetched", "cached"):
                environment = subjects.agent_environment(java, cache, "", PACKAGE_URL=package.ref, **server)
                del environment["AGENT_PACKAGE_PATH"]
                with measure.running([java.par, "run", "--json"], environment, stdout=subprocess.PIPE) as process:
                    if not any(line["event"] == "Runtime ready" for line in lines_of(process)):
                        raise measure.Failed("the agent was not ready")
                    # The JVM gives memory back every 5 s.
                    time.sleep(0.5 if bench.quick else 12)
                    resident[how].append(measure.memory_of(measure.java_of(process.pid), "VmRSS"))
        bench.figures.absolute("resident beside an agent, cached", java.name, resident["cached"], "MB", java.target(45, 55))
        bench.figures.absolute("resident beside an agent, fetched", java.name, resident["fetched"], "MB", None)


def chatter(bench, _server, _slow):
    """An agent that prints lines of 100 bytes as fast as PAR takes them, until none is missing."""
    count = 100_000 if bench.quick else 2_000_000
    line = ("GET /orders/17 HTTP/1.1 200 from 10.0.0.1 in 12 ms by worker 7 after a wait of 3 ms, " * 2)[:99] + "\n"
    folder = bench.directory()
    with open(folder + "/lines.txt", "w") as file:
        file.write(line * count)
    # Ready first, and the pause keeps the boot out of the measurement.
    with open(folder + "/agent.yaml", "w") as file:
        file.write('name: bench\nversion: 1.0.0\nready: {line: begin}\ncommand: [sh, -c, "echo begin; sleep 1; cat lines.txt"]\n')
    for java in bench.javas:
        speeds, peaks = [], []
        for _ in range(1 if bench.quick else 3):
            speed, peak = adopt(java, bench.directory(), folder, count)
            speeds.append(speed)
            peaks.append(peak)
        bench.figures.absolute("log adoption, 100-byte lines", java.name, speeds, "MB/s", 40, least=True)
        bench.figures.absolute("resident under chatter, peak", java.name, peaks, "MB", 80)


def adopt(java, cache, folder, count):
    """MB of an agent's lines a second, and the peak of the JVM's memory in MB."""
    environment = subjects.agent_environment(java, cache, folder)
    seen, first, last, rest, peak, jvm = 0, 0.0, 0.0, b"", 0.0, None
    with measure.running([java.par, "run", "--json"], environment, stdout=subprocess.PIPE) as process:
        for block in iter(lambda: os.read(process.stdout.fileno(), 1 << 20), b""):
            found = block.count(b'"origin":"agent"')
            if found:
                last = time.perf_counter()
                jvm = jvm or measure.java_of(process.pid)
                # The line that says it is ready comes long before the others.
                if not first and seen + found > 1:
                    first = last
                seen += found
                peak = max(peak, measure.memory_of(jvm, "VmHWM") if jvm else 0)
            rest = (rest + block)[-4096:]
    # A marker may lie across two blocks; the numbers of the lines tell the truth.
    if json.loads(rest.splitlines()[-1])["seq"] < count:
        raise measure.Failed("lines are missing: " + rest.decode()[-300:])
    return count * 100 / MB / max(1e-9, last - first), peak


def agent_start(java, cache, package, path):
    """From the agent's start to its readiness as PAR logs them; CPU of all processes meanwhile."""
    environment = subjects.agent_environment(java, cache, package, PATH=path)
    with measure.running([java.par, "run", "--json"], environment, stdout=subprocess.PIPE) as process:
        for line in lines_of(process):
            if line["event"] == "Runtime ready":
                return Sample(line["phases"]["ready"] / 1000, measure.cpu_of(process.pid))
    raise measure.Failed("the agent was not ready")


def bytecode(bench, _server, _slow):
    """An agent that brings boto3, pydantic and networkx as source: its start with the bytecode PAR made, and without."""
    modules = ["boto3", "pydantic", "networkx"]
    interpreter = subjects.python_with(*modules)
    if not interpreter:
        bench.figures.leave_out("bytecode: no Python has " + ", ".join(modules))
        return
    package = os.path.join(bench.directory(), "imports.apkg")
    subprocess.run([interpreter, "-c", VENDOR, package, *modules], check=True)
    path = os.path.dirname(interpreter) + ":" + os.environ["PATH"]
    java = bench.javas[0]
    cache = bench.directory()
    with measure.running([java.par, "run"], subjects.agent_environment(java, cache, package, PATH=path)):
        # Much code is compiled behind the running agent.
        derived = cache + "/v1/derived"
        deadline = time.monotonic() + 60
        while not any(name.endswith(".seal") for name in (os.listdir(derived) if os.path.isdir(derived) else [])):
            if time.monotonic() > deadline:
                raise measure.Failed("no bytecode after a minute")
            time.sleep(0.2)
    series = measure.alternate(
        max(1, bench.runs // 2),
        {
            java.name: lambda: agent_start(java, cache, package, path),
            "without bytecode": lambda: agent_start(java, bench.directory(), package, path),
        },
    )
    bench.compare("agent start with bytecode", series, "without bytecode", {"wall": (0.45, 0.45)})


VENDOR = """
import importlib.util, os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('agent.yaml', 'name: imports\\nversion: 1.0.0\\nentrypoint: main:handler\\n')
    z.writestr('main.py', 'import ' + ', '.join(sys.argv[2:]) + '\\ndef handler(payload):\\n    return 1\\n')
    for name in ('boto3', 'botocore', 's3transfer', 'jmespath', 'pydantic', 'networkx'):
        for root in importlib.util.find_spec(name).submodule_search_locations:
            for at, folders, files in os.walk(root):
                folders[:] = [f for f in folders if f not in ('__pycache__', 'tests', 'data')]
                files = [os.path.join(at, f) for f in files if f.endswith('.py')]
                if name == 'botocore' and at == root:
                    # It reads these when it is imported.
                    files += [os.path.join(root, 'data', f) for f in ('endpoints.json', 'partitions.json')]
                for file in files:
                    if os.path.isfile(file):
                        z.write(file, 'site-packages/' + name + '/' + os.path.relpath(file, root))
"""


def wheel(bench, _server, _slow):
    """A virtual environment of one wheel from a wheelhouse: installed by the first boot, used again by the next."""
    interpreter = subjects.python_with("venv", "ensurepip")
    if not interpreter:
        bench.figures.leave_out("the virtual environment: no Python has venv and ensurepip")
        return
    folder = bench.directory()
    wheelhouse, info = folder + "/wheelhouse", "greeting-1.0.dist-info/"
    os.mkdir(wheelhouse)
    with zipfile.ZipFile(wheelhouse + "/greeting-1.0-py3-none-any.whl", "w") as z:
        z.writestr("greeting.py", "TEXT = 'one'\n")
        z.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        z.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr(info + "RECORD", "greeting.py,,\n")
    package = folder + "/install.apkg"
    with zipfile.ZipFile(package, "w") as z:
        z.writestr("agent.yaml", "name: install\nversion: 1.0.0\nentrypoint: main:handler\n")
        z.writestr("requirements.txt", "greeting\n")
        z.writestr("main.py", "import greeting\n\ndef handler(payload):\n    return greeting.TEXT\n")
    path = os.path.dirname(interpreter) + ":" + os.environ["PATH"]
    java = bench.javas[0]
    for how in ("installed", "used again"):
        environment = subjects.agent_environment(
            java, folder + "/cache", package, PATH=path, WHEELHOUSE_DIR=wheelhouse
        )
        with measure.running([java.par, "run", "--json"], environment, stdout=subprocess.PIPE) as process:
            events = {line["event"]: line for line in until_ready(process)}
        millis = events["Dependencies installed"]["duration_ms"]
        bench.figures.absolute("environment of one wheel, " + how, java.name, [millis], "ms", None)


def until_ready(process):
    for line in lines_of(process):
        yield line
        if line["event"] in ("Runtime ready", "Runtime failed"):
            return


def steps(bench, server, _):
    """Where the CPU time of a cold fetch goes: commands of which each does what the one before it does, and more."""
    package = bench.package("small")
    shell = "`bin/par` with a Java that does nothing"
    found, classes = {}, {}
    for java in bench.javas:
        cache = bench.warm_cache(java, server, package)

        def environment(cache=cache, java=java):
            return java.environment(PAR_CACHE_DIR=cache, **server)

        def empty(environment=environment):
            return environment(cache=bench.directory() + "/cache")

        commands = {
            # What remains is the shell.
            shell: ([java.par, "version"], lambda java=java: java.that_ends(bench.work)),
            "Java alone, a word printed": (java.hello(bench.work), java.environment),
            "`par version`": ([java.par, "version"], environment),
            "`par fetch`, pinned and cached": ([java.par, "fetch", package.ref], environment),
            "`par fetch` of 20 KB into an empty cache": ([java.par, "fetch", package.ref], empty),
        }
        for label, (argv, make) in commands.items():
            found[label, java.name] = lambda argv=argv, make=make: measure.run(argv, make())
            if label != shell:
                classes[label, java.name] = java.classes(argv, make(), bench.directory())
    series = measure.alternate(bench.runs, found)
    bench.figures.steps(
        "20 KB, step by step",
        [
            (label, java, each.median("cpu"), each.median("wall"), classes.get((label, java)))
            for (label, java), each in series.items()
        ],
    )


ROWS = {
    "cold": cold,
    "quarter": quarter,
    "cached": cached,
    "steps": steps,
    "full": full,
    "limited": limited,
    "files": small_files,
    "warm": warm_unpack,
    "python": python,
    "bytecode": bytecode,
    "wheel": wheel,
    "memory": memory,
    "chatter": chatter,
}


def run(names, bench, server, slow_server):
    """Runs rows. One that fails ends only itself; returns whether none failed."""
    sound = True
    for name in names:
        try:
            ROWS[name](bench, server, slow_server)
        except (measure.Failed, OSError, subprocess.SubprocessError) as e:
            print("%s: %s" % (name, e), file=sys.stderr)
            sound = False
    return sound
