#!/usr/bin/env python3
"""From the start of a process to the first 200 of /health: par run with a small FastAPI agent, beside
plain uvicorn with the same routes in the same environment, in turns. Then the start of an agent that
imports boto3, pydantic and networkx, with and without bytecode, and what an environment costs.

Run it with a Python that has fastapi and uvicorn (and boto3, pydantic and networkx), after mvn -q -DskipTests package:

    par-launcher/src/bench/python-boot-benchmark.py [--rounds 11] [--java JAVA_HOME]
"""

import argparse
import importlib.util
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile

PAR = os.path.join(os.path.dirname(__file__), "..", "..", "target", "par", "bin", "par")
ROUTES = """
from fastapi import FastAPI

def mount(app):
    @app.get("/api/hello")
    def hello():
        return {"hello": "world"}
"""
PLAIN = ROUTES + """
app = FastAPI()
mount(app)

@app.get("/health")
def health():
    return {"ok": True}
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return [str(port) for port in ports]


def first_200(argv, environment, port, directory):
    """Milliseconds to the first 200, and CPU milliseconds of all processes from start to stop."""
    before = os.times()
    start = time.monotonic()
    process = subprocess.Popen(
        argv, env=environment, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wall = None
    try:
        while process.poll() is None:
            try:
                with urllib.request.urlopen("http://127.0.0.1:%s/health" % port, timeout=5):
                    wall = (time.monotonic() - start) * 1000
                    break
            except OSError:
                time.sleep(0.002)
        else:
            raise SystemExit("%s ended with %d" % (argv[0], process.returncode))
    finally:
        process.terminate()
        process.wait()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu * 1000


def show(name, values):
    walls, cpus = [v[0] for v in values], [v[1] for v in values]
    print(
        "%-24s median %5.0f ms, best %5.0f, worst %5.0f; CPU, start to stop: median %5.0f ms"
        % (name, statistics.median(walls), min(walls), max(walls), statistics.median(cpus))
    )


def agent_ready(environment):
    """Milliseconds from the agent's start to its readiness, as PAR logs them, and CPU of all processes."""
    before = os.times()
    process = subprocess.Popen(
        [os.path.abspath(PAR), "run"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "Runtime ready":
                wall = event["phases"]["ready"]
                break
        else:
            raise SystemExit("the agent was not ready: " + line)
    finally:
        process.terminate()
        process.communicate()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu * 1000


def package_with(folder, modules):
    """An agent that imports modules of this interpreter, which it brings as source alone."""
    package = os.path.join(folder, "imports.apkg")
    names = ["boto3", "botocore", "s3transfer", "jmespath", "pydantic", "networkx"]
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("agent.yaml", "name: imports\nversion: 1.0.0\nentrypoint: main:handler\n")
        z.writestr(
            "main.py",
            "".join("import %s\n" % m for m in modules)
            + "def handler(payload):\n    return 'imported'\n",
        )
        for name in names:
            spec = importlib.util.find_spec(name)
            for root in spec.submodule_search_locations:
                for at, folders, files in os.walk(root):
                    folders[:] = [f for f in folders if f not in ("__pycache__", "tests", "data")]
                    for file in files:
                        if file.endswith(".py"):
                            path = os.path.join(at, file)
                            z.write(
                                path,
                                "site-packages/" + name + "/" + os.path.relpath(path, root),
                            )
            # botocore reads its endpoints when it is imported.
            data = os.path.join(list(spec.submodule_search_locations)[0], "data")
            for file in ("endpoints.json", "partitions.json"):
                if name == "botocore" and os.path.isfile(os.path.join(data, file)):
                    z.write(os.path.join(data, file), "site-packages/botocore/data/" + file)
    return package


def bytecode(folder, environment, rounds):
    modules = ["boto3", "pydantic", "networkx"]
    if any(importlib.util.find_spec(m) is None for m in modules):
        print("bytecode: left out, because this Python lacks one of " + ", ".join(modules))
        return
    compiled = dict(
        environment,
        AGENT_PACKAGE_PATH=package_with(folder, modules),
        PAR_CACHE_DIR=os.path.join(folder, "compiled"),
    )
    process = subprocess.Popen(
        [os.path.abspath(PAR), "run"], env=compiled, stdout=subprocess.DEVNULL
    )
    derived = os.path.join(folder, "compiled", "v1", "derived")
    # Much code is compiled behind the running agent.
    while not any(n.endswith(".seal") for n in (os.listdir(derived) if os.path.isdir(derived) else [])):
        time.sleep(0.5)
    process.terminate()
    process.wait()
    without, with_bytecode = [], []
    for i in range(rounds):
        plain = dict(compiled, PAR_CACHE_DIR=os.path.join(folder, "plain-%d" % i))
        without.append(agent_ready(plain))
        with_bytecode.append(agent_ready(compiled))
    show("imports, no bytecode", without)
    show("imports, bytecode", with_bytecode)
    a, b = (min(v[0] for v in values) for values in (without, with_bytecode))
    print("agent start to ready, best of each: %.2f x with bytecode (target: at most 0.45)" % (b / a))


def install(folder, environment):
    """What a boot pays for an environment once: one wheel from a wheelhouse, then reused."""
    wheelhouse = os.path.join(folder, "wheelhouse")
    os.mkdir(wheelhouse)
    info = "greeting-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(wheelhouse, "greeting-1.0-py3-none-any.whl"), "w") as z:
        z.writestr("greeting.py", "TEXT = 'one'\n")
        z.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        z.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr(info + "RECORD", "greeting.py,,\n")
    package = os.path.join(folder, "install.apkg")
    with zipfile.ZipFile(package, "w") as z:
        z.writestr("agent.yaml", "name: install\nversion: 1.0.0\nentrypoint: main:handler\n")
        z.writestr("requirements.txt", "greeting\n")
        z.writestr("main.py", "import greeting\n\ndef handler(payload):\n    return greeting.TEXT\n")
    environment = dict(environment, AGENT_PACKAGE_PATH=package, WHEELHOUSE_DIR=wheelhouse)
    for name in ("installed", "reused"):
        process = subprocess.Popen(
            [os.path.abspath(PAR), "run"], env=environment, stdout=subprocess.PIPE, text=True
        )
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "Dependencies installed":
                print("environment of one wheel, %s: %d ms" % (name, event["duration_ms"]))
            if event["event"] in ("Runtime ready", "Runtime failed"):
                break
        process.terminate()
        process.communicate()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=11)
    options.add_argument("--java", default=os.environ.get("JAVA_HOME", ""))
    options = options.parse_args()
    folder = tempfile.mkdtemp(prefix="par-python-bench-")
    try:
        with open(os.path.join(folder, "plain.py"), "w") as f:
            f.write(PLAIN)
        package = os.path.join(folder, "agent.apkg")
        with zipfile.ZipFile(package, "w") as z:
            z.writestr("agent.yaml", "name: bench\nversion: 1.0.0\nrest: {entry: 'main:mount'}\n")
            z.writestr("main.py", ROUTES)
        rest, a2a, ui, health = free_ports(4)
        environment = dict(
            os.environ,
            PATH=os.path.dirname(sys.executable) + ":" + os.environ["PATH"],
            AGENT_APP_ID="bench",
            AGENT_PACKAGE_PATH=package,
            PAR_CACHE_DIR=os.path.join(folder, "cache"),
            REST_PORT=rest,
            A2A_PORT=a2a,
            UI_PORT=ui,
            HEALTH_PORT=health,
        )
        if options.java:
            environment["JAVA_HOME"] = options.java
        uvicorn = [sys.executable, "-m", "uvicorn", "plain:app", "--port", rest]
        par = [os.path.abspath(PAR), "run"]
        first_200(par, environment, rest, folder)  # fills the cache
        times = {"plain uvicorn": [], "par run": []}
        for _ in range(options.rounds):
            times["plain uvicorn"].append(first_200(uvicorn, environment, rest, folder))
            times["par run"].append(first_200(par, environment, rest, folder))
        for name, values in times.items():
            show(name, values)
        plain, with_par = ([v[0] for v in values] for values in times.values())
        more = statistics.median(with_par) - statistics.median(plain)
        print("par run takes %.0f ms more (target: at most 400)" % more)
        bytecode(folder, environment, max(3, options.rounds // 2))
        install(folder, environment)
    finally:
        subprocess.run(["chmod", "-R", "u+w", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


main()
