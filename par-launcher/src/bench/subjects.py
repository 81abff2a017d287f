"""What is measured: PAR under each Java, the tools beside it, the server and the packages."""

import contextlib
import hashlib
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile

import measure

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUCKET = "pixell-agent-packages"
HELLO = 'public class Hello { public static void main(String[] a) { System.out.println("hello"); } }'
BOTO3 = """
import boto3, os, sys
# Explicitly, because a boto3 before 1.28 does not read the variable.
s3 = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL_S3'])
body = s3.get_object(Bucket=sys.argv[1], Key=sys.argv[2])['Body']
with open(sys.argv[3], 'wb') as f:
    for chunk in body.iter_chunks(1 << 20):
        f.write(chunk)
"""


class Java:
    """One Java, and PAR's distribution with a class archive for it."""

    def __init__(self, home, distribution, work, in_place):
        self.home = home
        version = subprocess.run([home + "/bin/java", "-version"], capture_output=True, text=True, check=True).stderr
        self.major = int(re.search(r'"(\d+)', version)[1])
        self.name = "Java %d" % self.major
        archives = [n for n in os.listdir(distribution + "/lib") if n.startswith("par-%d." % self.major)]
        if in_place and archives:
            self.par = distribution + "/bin/par"
        else:
            # Trained where it is used, as the build of an image does it.
            copy = os.path.join(work, "par-%d" % self.major)
            shutil.copytree(distribution, copy)
            self.par = copy + "/bin/par"
            subprocess.run([self.par, "train"], env=self.environment(), check=True, stdout=subprocess.DEVNULL)

    def environment(self, **more):
        return dict(os.environ, JAVA_HOME=self.home, **more)

    def hello(self, work):
        """A command that prints a word."""
        out = tempfile.mkdtemp(dir=work)
        with open(out + "/Hello.java", "w") as file:
            file.write(HELLO)
        subprocess.run([self.home + "/bin/javac", "-d", out, out + "/Hello.java"], check=True)
        return [self.home + "/bin/java", "-cp", out, "Hello"]

    def that_ends(self, work):
        """The environment of a Java of this version whose JVM does nothing."""
        home = tempfile.mkdtemp(dir=work)
        os.mkdir(home + "/bin")
        os.symlink(shutil.which("true"), home + "/bin/java")
        shutil.copy(self.home + "/release", home)
        return dict(self.environment(), JAVA_HOME=home)

    def classes(self, argv, environment, directory):
        """How many classes a command loads."""
        log = directory + "/classes"
        option = "-Xlog:class+load:file=" + log
        if argv[0] == self.par:
            environment = dict(environment, PAR_JAVA_OPTS=option)
        else:
            argv = [argv[0], option, *argv[1:]]
        measure.run(argv, environment)
        with open(log) as lines:
            return sum(1 for _ in lines)

    def target(self, newer, older):
        """Java 25 links the classes of an archive in advance, which older ones do not, so the targets differ."""
        return newer if self.major >= 25 else older


def default_java():
    java = shutil.which("java") or sys.exit("there is no java; name one with --java")
    return os.environ.get("JAVA_HOME") or os.path.dirname(os.path.dirname(os.path.realpath(java)))


def python_with(*modules):
    """The first Python that can import all of them: this one, or the system's; None for none."""
    for python in (sys.executable, "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            if subprocess.run([python, "-c", "import " + ", ".join(modules)], capture_output=True).returncode == 0:
                return python
    return None


def tool(name):
    """The path of an installed tool; None for none. Not the shim of a version manager, which takes time itself."""
    path = shutil.which(name)
    if path and "/.pyenv/shims/" in path:
        path = subprocess.run(["pyenv", "which", name], capture_output=True, text=True).stdout.strip() or path
    return path


def tools():
    """The tools beside PAR: name -> path or None."""
    found = {name: tool(name) for name in ("aws", "bsdtar", "unzip")}
    found["boto3"] = python_with("boto3")
    found["uvicorn"] = python_with("uvicorn", "fastapi", "boto3", "pydantic")
    return found


@contextlib.contextmanager
def server(testkit, directory, *options):
    """`par-testkit serve` over a directory; yields the environment for its clients."""
    argv = [os.path.join(testkit, "bin", "par-testkit"), "serve", "--dir", directory, "--port", "0", "--quiet", *options]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        environment = {}
        for line in process.stdout:
            found = re.match(r"export (\w+)=(.*)", line)
            if found:
                environment[found[1]] = found[2].strip("'\"")
            if line.startswith("export AWS_SECRET_ACCESS_KEY"):  # the last one
                break
        else:
            raise measure.Failed("the server did not start")
        # A server whose pipe is full would stand still.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield environment
    finally:
        process.terminate()
        process.wait()


class Package:
    """A package in the bucket."""

    def __init__(self, directory, name, files, manifest="command: [sleep, '600']"):
        self.name = name
        self.key = "bench/%s.apkg" % name
        self.path = os.path.join(directory, BUCKET, self.key)
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with zipfile.ZipFile(self.path, "w") as archive:
            archive.writestr("agent.yaml", "name: bench\nversion: 1.0.0\n%s\n" % manifest, zipfile.ZIP_DEFLATED)
            for path, content, method in files:
                archive.writestr(path, content, method)
        self.bytes = os.path.getsize(self.path)
        with open(self.path, "rb") as file:
            self.ref = "s3://%s/%s#sha256=%s" % (BUCKET, self.key, hashlib.sha256(file.read()).hexdigest())


def random_package(directory, name, size):
    """A package that does not shrink."""
    return Package(directory, name, [("data.bin", os.urandom(size), zipfile.ZIP_STORED)])


def source_package(directory, name, files):
    """Small files, half of each random: about 13 KB that become 7."""
    some = b"def handler(request):\n    return {'status': 'ok'}\n" * 120
    return Package(
        directory,
        name,
        [("src/%02d/m%04d.py" % (i % 40, i), os.urandom(7_000) + some, zipfile.ZIP_DEFLATED) for i in range(files)],
    )


def free_ports(count):
    """Ports that nobody listens on now, all different.

    Below the ephemeral ports: a client that polls one of those may be given the same port as its own, connect to itself
    and so take the port from the server that it waits for.
    """
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        first_ephemeral = int(file.read().split()[0])
    found = []
    for port in random.sample(range(10_000, max(10_000 + 100 * count, first_ephemeral)), 100 * count):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(str(port))
        if len(found) == count:
            return found
    raise measure.Failed("there are no free ports")


def agent_environment(java, cache, package, **more):
    """The environment of `par run` for a local package."""
    rest, a2a, ui, health = free_ports(4)
    return java.environment(
        AGENT_APP_ID="bench",
        AGENT_PACKAGE_PATH=package,
        PAR_CACHE_DIR=cache,
        REST_PORT=rest,
        A2A_PORT=a2a,
        UI_PORT=ui,
        HEALTH_PORT=health,
        **more,
    )
