#!/usr/bin/env python3
"""From the start of a process to the first 200 of /health: par run with a small FastAPI agent, beside
plain uvicorn with the same routes in the same environment, in turns.

Run it with a Python that has fastapi and uvicorn, after mvn -q -DskipTests package:

    par-launcher/src/bench/python-boot-benchmark.py [--rounds 11] [--java JAVA_HOME]
"""

import argparse
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
    start = time.monotonic()
    process = subprocess.Popen(
        argv, env=environment, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None:
            try:
                with urllib.request.urlopen("http://127.0.0.1:%s/health" % port, timeout=5):
                    return (time.monotonic() - start) * 1000
            except OSError:
                time.sleep(0.002)
        raise SystemExit("%s ended with %d" % (argv[0], process.returncode))
    finally:
        process.terminate()
        process.wait()


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
            print(
                "%-14s median %5.0f ms, best %5.0f, worst %5.0f"
                % (name, statistics.median(values), min(values), max(values))
            )
        more = statistics.median(times["par run"]) - statistics.median(times["plain uvicorn"])
        print("par run takes  %5.0f ms more (target: at most 400)" % more)
    finally:
        subprocess.run(["chmod", "-R", "u+w", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


main()
