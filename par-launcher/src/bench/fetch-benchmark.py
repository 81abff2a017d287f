#!/usr/bin/env python3
"""Measures what a fetch costs, beside other tools, in one run: medians over alternating runs, and ratios against the targets.

    mvn -q -DskipTests package
    par-launcher/src/bench/fetch-benchmark.py --java /usr/lib/jvm/java-17 --java /usr/lib/jvm/java-25

The server is `par-testkit serve`, in a process of its own. Tools that are not installed are left out. Times are wall time of
whole processes, from start to exit; the machine should be doing nothing else.
"""

import argparse
import hashlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUCKET = "pixell-agent-packages"
BOTO3 = "import boto3, sys; b = boto3.client('s3').get_object(Bucket=sys.argv[1], Key=sys.argv[2])['Body']\n" \
        "f = open(sys.argv[3], 'wb')\nfor c in b.iter_chunks(1 << 20): f.write(c)"
HELLO = 'public class Hello { public static void main(String[] a) { System.out.println("hello"); } }'


class Server:
    """`par-testkit serve` over a directory, until closed."""

    def __init__(self, testkit, directory, options=()):
        self.process = subprocess.Popen(
            [os.path.join(testkit, "bin", "par-testkit"), "serve", "--dir", directory, "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.environment = {}
        for line in self.process.stdout:
            found = re.match(r"export (\w+)=(.*)", line)
            if found:
                self.environment[found[1]] = found[2].strip("'\"")
            # The last line in alphabetical order.
            if line.startswith("export AWS_SECRET_ACCESS_KEY"):
                # Read on, or a server that talks stands still when the pipe is full.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return
        sys.exit("the server did not start")

    def close(self):
        self.process.terminate()
        self.process.wait()


def package(path, files):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("agent.yaml", "name: bench\nversion: 1.0.0\ncommand: [sh, run.sh]\n", zipfile.ZIP_DEFLATED)
        for name, content, method in files:
            archive.writestr(name, content, method)
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def packages(directory):
    """Three packages: 20 KB, 100 MB that does not shrink, and 3,000 files of 40 MB that do."""
    random = os.urandom
    some = b"def handler(request):\n    return {'status': 'ok'}\n" * 120
    made = {
        "small": [("data.bin", random(20_000), zipfile.ZIP_STORED)],
        "large": [("data.bin", random(99_999_000), zipfile.ZIP_STORED)],
        "many": [("src/%02d/m%04d.py" % (i % 40, i), random(7_000) + some, zipfile.ZIP_DEFLATED) for i in range(3_000)],
    }
    return {name: package(os.path.join(directory, BUCKET, "bench", name + ".apkg"), files)
            for name, files in made.items()}


class Bench:
    def __init__(self, arguments, work):
        self.runs = arguments.runs
        self.work = work
        self.pars = {}
        self.hellos = {}
        for java in arguments.java or [os.environ.get("JAVA_HOME") or java_home()]:
            version = subprocess.run([java + "/bin/java", "-version"], capture_output=True, text=True).stderr
            name = "java " + re.search(r'"(\d+)', version)[1]
            home = os.path.join(work, "par-" + name.replace(" ", ""))
            shutil.copytree(arguments.par, home)
            # It is trained where it is used, as an image would.
            subprocess.run([home + "/bin/par", "train"], env=dict(os.environ, JAVA_HOME=java), check=True,
                           stdout=subprocess.DEVNULL)
            self.pars[name] = ({"JAVA_HOME": java}, [home + "/bin/par", "fetch"])
            self.hellos[name] = [java + "/bin/java", "-cp", hello(java, work), "Hello"]

    def measure(self, commands, environment, before=lambda directory, label: None):
        """commands: label -> (environment, argv made of an empty directory). Returns label -> median seconds."""
        times = {label: [] for label in commands}
        for turn in range(self.runs + 1):
            for label, (more, argv) in commands.items():
                directory = tempfile.mkdtemp(dir=self.work)
                variables = dict(os.environ, PAR_CACHE_DIR=directory + "/cache", **environment)
                variables.update(more)
                before(directory, label)
                command = argv(directory)
                start = time.perf_counter()
                done = subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                took = time.perf_counter() - start
                if done.returncode:
                    sys.exit("%s ended with %d: %s" % (label, done.returncode, done.stderr.decode()[-500:]))
                # The first turn fills the page cache and is not counted.
                if turn:
                    times[label].append(took)
                remove(directory)
        return {label: statistics.median(each) for label, each in times.items()}

    def others(self, server, name):
        key = "bench/%s.apkg" % name
        found = {"boto3": ({}, lambda d: [sys.executable, "-c", BOTO3, BUCKET, key, d + "/f"])}
        if shutil.which("aws"):
            found["aws s3 cp"] = ({}, lambda d: ["aws", "s3", "cp", "--quiet", "s3://%s/%s" % (BUCKET, key), d + "/f"])
        if shutil.which("curl"):
            e = server.environment
            found["curl"] = ({}, lambda d: [
                "curl", "-sf", "--aws-sigv4", "aws:amz:%s:s3" % e["AWS_REGION"], "-o", d + "/f",
                "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD",
                "--user", e["AWS_ACCESS_KEY_ID"] + ":" + e["AWS_SECRET_ACCESS_KEY"],
                e.get("AWS_ENDPOINT_URL_S3", "") + "/%s/%s" % (BUCKET, key)])
        return found

    def par(self, name, digest):
        ref = "s3://%s/bench/%s.apkg#sha256=%s" % (BUCKET, name, digest)
        return {"par, " + java: (environment, lambda d, argv=argv: argv + [ref])
                for java, (environment, argv) in self.pars.items()}

    def cold(self, title, server, name, digest, targets):
        times = self.measure({**self.par(name, digest), **self.others(server, name)}, server.environment)
        table(title, times)
        for par in (label for label in times if label.startswith("par")):
            for other, target in targets(par):
                if other in times:
                    ratio(par, times[par], other, times[other], target)
        return times

    def cached(self, server, digest):
        caches = {}

        def warm(directory, label):
            if label in caches:
                os.symlink(caches[label], directory + "/cache")
            elif label in self.par("small", digest):
                caches[label] = tempfile.mkdtemp(dir=self.work)
                os.symlink(caches[label], directory + "/cache")
                environment, argv = self.par("small", digest)[label]
                subprocess.run(argv(directory), check=True, stdout=subprocess.DEVNULL,
                               env=dict(os.environ, PAR_CACHE_DIR=caches[label], **server.environment, **environment))

        hellos = {"hello world, " + java: ({}, lambda d, argv=argv: argv) for java, argv in self.hellos.items()}
        times = self.measure({**self.par("small", digest), **hellos}, server.environment, warm)
        table("pinned and cached, 20 KB", times)
        for java in self.pars:
            ratio("par, " + java, times["par, " + java], "hello world", times["hello world, " + java], 4)

    def pipelined(self, server, digests):
        """Download and unpack together, against each alone: a tree that is there needs no unpacking, a blob no download."""
        def blob_only(directory, label):
            if label.startswith("unpack"):
                java = label.split(", ")[1]
                environment, argv = self.par("many", digests["many"])["par, " + java]
                subprocess.run(argv(directory), check=True, stdout=subprocess.DEVNULL,
                               env=dict(os.environ, PAR_CACHE_DIR=directory + "/cache", **server.environment, **environment))
                remove(directory + "/cache/v1/trees")

        size = os.path.getsize(os.path.join(self.work, "s3", BUCKET, "bench", "many.apkg"))
        alone = os.path.join(self.work, "s3", BUCKET, "bench", "alone.apkg")
        digests["alone"] = package(alone, [("data.bin", os.urandom(size), zipfile.ZIP_STORED)])
        commands = {}
        for java in self.pars:
            par, par_alone = self.par("many", digests["many"]), self.par("alone", digests["alone"])
            commands["fetch alone, " + java] = par_alone["par, " + java]
            commands["unpack alone, " + java] = par["par, " + java]
            commands["both, " + java] = par["par, " + java]
        times = self.measure(commands, server.environment, blob_only)
        table("3,000 files, %.0f MB packed" % (size / 1e6), times)
        for java in self.pars:
            longer = max(times["fetch alone, " + java], times["unpack alone, " + java])
            ratio("both, " + java, times["both, " + java], "the longer", longer, 1.15)


def java_home():
    java = shutil.which("java") or sys.exit("there is no java; name one with --java")
    return os.path.dirname(os.path.dirname(os.path.realpath(java)))


def hello(java, work):
    with open(work + "/Hello.java", "w") as file:
        file.write(HELLO)
    out = tempfile.mkdtemp(dir=work)
    subprocess.run([java + "/bin/javac", "-d", out, work + "/Hello.java"], check=True)
    return out


def remove(directory):
    """The cache's trees are read-only, which keeps their own maker from deleting them."""
    subprocess.run(["chmod", "-R", "u+w", directory], check=False)
    shutil.rmtree(directory, ignore_errors=True)


def table(title, times):
    print("\n" + title)
    for label, median in sorted(times.items(), key=lambda each: each[1]):
        print("  %-24s %7.0f ms" % (label, median * 1000))


def ratio(par, mine, other, theirs, target):
    print("  %s: %.2f x %s, target %.2f %s" % (par, mine / theirs, other, target, "" if mine <= theirs * target else "MISSED"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--java", action="append", metavar="HOME", help="a Java to measure; may be given again")
    parser.add_argument("--runs", type=int, default=7, help="counted runs of each command (default 7)")
    parser.add_argument("--rows", default="cold,cached,full,limited,pipelined", help="which rows (default all)")
    parser.add_argument("--par", default=ROOT + "/par-launcher/target/par", help="the launcher's distribution")
    parser.add_argument("--testkit", default=ROOT + "/par-testkit/target/par-testkit", help="the testkit's distribution")
    arguments = parser.parse_args()
    rows = arguments.rows.split(",")
    work = tempfile.mkdtemp(prefix="par-bench-")
    server = None
    try:
        digests = packages(work + "/s3")
        bench = Bench(arguments, work)
        print("%d processors, Python %s, medians of %d" % (os.cpu_count(), sys.version.split()[0], arguments.runs))
        server = Server(arguments.testkit, work + "/s3")
        if "cold" in rows:
            bench.cold("cold, 20 KB", server, "small", digests["small"],
                       lambda par: [("boto3", 0.65 if int(par.split()[-1]) >= 25 else 1.0)])
        if "cached" in rows:
            bench.cached(server, digests["small"])
        if "full" in rows:
            bench.cold("100 MB, loopback", server, "large", digests["large"], lambda par: [("aws s3 cp", 0.7)])
        if "pipelined" in rows:
            bench.pipelined(server, digests)
        server.close()
        server = None
        if "limited" in rows:
            server = Server(arguments.testkit, work + "/s3", ["--bandwidth", "90MB"])
            bench.cold("100 MB, 90 MB/s a connection", server, "large", digests["large"], lambda par: [("aws s3 cp", 0.6)])
    finally:
        if server:
            server.close()
        remove(work)


if __name__ == "__main__":
    main()
