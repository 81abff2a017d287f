#!/usr/bin/env python3
"""How fast the launcher takes an agent's output into its log, and how much memory it needs meanwhile.

    log-benchmark.py PAR [OTHER_PAR] [--lines 2000000] [--bytes 100] [--json] [--runs 3]

Boots an agent that prints lines as fast as it is let, reads the launcher's stdout as fast as it comes, and checks that no line is
missing. Prints MB of the agent's lines a second, the CPU time of PAR's JVM for each MB (on a machine that does other work, compare
that), both of the best run, and the resident memory of the JVM at its highest. Then the ratios to OTHER_PAR. Linux only. Each PAR is
a distribution's bin/par.
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


def jvm_of(pid):
    """The process id of the java that is pid or a child of it; None before there is one."""
    try:
        children = open(f"/proc/{pid}/task/{pid}/children").read().split()
        for candidate in [str(pid), *children]:
            if os.path.basename(os.readlink(f"/proc/{candidate}/exe")) == "java":
                return candidate
    except OSError:
        pass
    return None


def cpu_seconds(pid):
    try:
        stat = open(f"/proc/{pid}/stat").read()
    except OSError:
        return 0.0
    fields = stat[stat.rindex(")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        seen, first, last, rest, peak, jvm, cpu_first, cpu_last = 0, 0.0, 0.0, b"", 0, None, 0.0, 0.0
        while True:
            block = os.read(process.stdout.fileno(), 1 << 20)
            if not block:
                break
            found = block.count(b'"origin":"agent"')
            if found:
                now = time.monotonic()
                jvm = jvm or jvm_of(process.pid)
                # The line that says it is ready comes long before the others.
                if not first and seen + found > 1:
                    first, cpu_first = now, cpu_seconds(jvm)
                last = now
                seen += found
                if seen < lines:
                    peak = max(peak, resident_kb(jvm, "VmHWM"))
                    cpu_last = cpu_seconds(jvm)
            rest = (rest + block)[-4096:]
        process.wait()
        end = json.loads(rest.splitlines()[-1])
        # A marker may lie across two blocks; the numbers of the lines tell the truth.
        if end["seq"] < lines:
            raise SystemExit(f"lines are missing: {end['seq']} of more than {lines} arrived")
        return last - first, cpu_last - cpu_first, peak


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
        # Side by side: what else the machine does is shared.
        pars = [par for par in (arguments.par, arguments.other) if par]
        runs = {par: [] for par in pars}
        for _ in range(arguments.runs):
            for par in pars:
                runs[par].append(run(par, folder, arguments.lines))
        best = {}
        for par in pars:
            seconds, cpu, peak = min(r[0] for r in runs[par]), min(r[1] for r in runs[par]), max(r[2] for r in runs[par])
            best[par] = (total / 1e6 / seconds, cpu / total * 1e9)
            print(f"{best[par][0]:8.1f} MB/s  {best[par][1]:6.1f} ms CPU a MB  {peak / 1024:6.1f} MB resident  {par}")
        if len(pars) == 2:
            (speed, cpu), (other_speed, other_cpu) = (best[par] for par in pars)
            print(f"{speed / other_speed:8.2f} x      {cpu / other_cpu:6.2f} x")


if __name__ == "__main__":
    main()
