#!/usr/bin/env python3
"""How fast the launcher takes an agent's output into its log, and how much memory it needs meanwhile.

    log-benchmark.py PAR [OTHER_PAR] [--lines 2000000] [--bytes 100] [--json] [--runs 3]

Boots an agent that prints lines as fast as it is let, reads the launcher's stdout as fast as it comes, checks that no line is
missing, and prints MB of the agent's lines a second (the best of the runs), the ratio to OTHER_PAR, and the resident memory at its
highest. Linux only. Each PAR is a distribution's bin/par.
"""
import argparse
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def agent(folder, lines, size, as_json):
    if as_json:
        head, tail = '{"level":"info","logger":"app","n":7,"message":"', '"}'
    else:
        head, tail = "", ""
    text = "GET /orders/17 HTTP/1.1 200 from 10.0.0.1 in 12 ms by worker 7 after a wait of 3 ms, id 0123456789 "
    line = head + (text * (size // len(text) + 1))[: size - 1 - len(head) - len(tail)] + tail + "\n"
    (folder / "lines.txt").write_text(line * lines)
    # Ready first, and the delay keeps the boot out of the measurement.
    (folder / "agent.yaml").write_text(
        'name: chatter\nversion: "1.0.0"\nready: {line: begin}\n'
        'command: [sh, -c, "echo begin; sleep 1; cat lines.txt"]\n'
    )
    return size * lines


def resident_kb(pid, field):
    try:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith(field):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def run(par, folder, lines):
    with tempfile.TemporaryDirectory() as cache:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": cache,
            "AGENT_APP_ID": "bench",
            "AGENT_PACKAGE_PATH": str(folder),
            "PAR_CACHE_DIR": cache,
        }
        if "JAVA_HOME" in os.environ:
            environment["JAVA_HOME"] = os.environ["JAVA_HOME"]
        for port in ("REST_PORT", "A2A_PORT", "UI_PORT", "HEALTH_PORT"):
            environment[port] = str(free_port())
        process = subprocess.Popen([par], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        seen, first, last, rest, peak = 0, 0.0, 0.0, b"", 0
        while True:
            block = os.read(process.stdout.fileno(), 1 << 20)
            if not block:
                break
            found = block.count(b'"origin":"agent"')
            if found:
                now = time.monotonic()
                # The line that says it is ready comes long before the others.
                first = first or (now if seen + found > 1 else 0.0)
                last = now
                seen += found
                if seen < lines:
                    peak = max(peak, resident_kb(process.pid, "VmHWM"))
            rest = (rest + block)[-4096:]
        process.wait()
        end = json.loads(rest.splitlines()[-1])
        # A marker may lie across two blocks; the numbers of the lines tell the truth.
        if end["seq"] < lines:
            raise SystemExit(f"lines are missing: {end['seq']} of more than {lines} arrived")
        return last - first, peak


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("par")
    parser.add_argument("other", nargs="?")
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--bytes", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        total = agent(folder, arguments.lines, arguments.bytes, arguments.json)
        speeds = {}
        # Side by side: what else the machine does is shared.
        pars = [par for par in (arguments.par, arguments.other) if par]
        best = {par: (float("inf"), 0) for par in pars}
        for _ in range(arguments.runs):
            for par in pars:
                seconds, peak = run(par, folder, arguments.lines)
                best[par] = (min(best[par][0], seconds), max(best[par][1], peak))
        for par in pars:
            seconds, peak = best[par]
            speeds[par] = total / 1e6 / seconds
            print(f"{speeds[par]:8.1f} MB/s  {peak / 1024:6.1f} MB resident  {par}")
        if len(pars) == 2:
            print(f"{speeds[pars[0]] / speeds[pars[1]]:8.2f} x")


if __name__ == "__main__":
    main()
