"""Boots PAR under strace in a network that holds a fake S3 and the container credentials endpoint, and nothing else.

    unshare -n python3 sealed-network.py FOLDER POLICY JAVA CLASSPATH

FOLDER has buckets/ for the fake S3; connections.log and lines.log are written there. Prints the port of the fake S3 and
PAR's exit code.
"""
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time

folder, policy, java, classpath = sys.argv[1:]
URL = "s3://pixell-agent-packages/acme/greeter/1.2.0/greeter.apkg"
JAVA = [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m", "-cp", classpath]


def run(*command):
    subprocess.run(command, check=True)


run("ip", "link", "set", "lo", "up")
# The address from which ECS serves a task's credentials.
run("ip", "address", "add", "169.254.170.2/32", "dev", "lo")

served = subprocess.Popen(
    JAVA
    + ["global.pixell.par.testkit.cli.TestkitMain", "serve", "--quiet"]
    + ["--dir", os.path.join(folder, "buckets"), "--policy", policy],
    stdout=subprocess.PIPE,
    text=True,
)
exported = {}
for line in served.stdout:
    if line.startswith("export "):
        name, value = line[len("export "):].rstrip("\n").split("=", 1)
        exported[name] = value.strip("'\"")
    if "AWS_SECRET_ACCESS_KEY" in exported:
        break


# The keys of the fake S3 belong to no session, so there is no token.
class Credentials(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(
            {
                "AccessKeyId": exported["AWS_ACCESS_KEY_ID"],
                "SecretAccessKey": exported["AWS_SECRET_ACCESS_KEY"],
                "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 21600)),
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


endpoint = http.server.ThreadingHTTPServer(("169.254.170.2", 80), Credentials)
threading.Thread(target=endpoint.serve_forever, daemon=True).start()

environment = {
    "PATH": os.environ["PATH"],
    "AGENT_APP_ID": "sealed",
    "PACKAGE_URL": URL,
    "AWS_REGION": "us-east-2",
    "AWS_ENDPOINT_URL_S3": exported["AWS_ENDPOINT_URL_S3"],
    # Set as ECS sets them. From the second address the SDK would request the task's metadata.
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/task",
    "ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/task",
    "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
    "HOME": folder,
    "PAR_CACHE_DIR": os.path.join(folder, "cache"),
}
lines = os.path.join(folder, "lines.log")
with open(lines, "wb") as log:
    traced = subprocess.Popen(
        ["strace", "-f", "-q", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-s", "0"]
        + ["-o", os.path.join(folder, "connections.log")]
        + JAVA
        + ["global.pixell.par.launcher.Main"],
        env=environment,
        stdout=log,
    )


def ready():
    with open(lines, encoding="utf-8") as log:
        return any(json.loads(line).get("event") == "Runtime ready" for line in log if line.endswith("\n"))


deadline = time.monotonic() + 240
while traced.poll() is None and time.monotonic() < deadline and not ready():
    time.sleep(0.1)
if traced.poll() is None:
    with open(f"/proc/{traced.pid}/task/{traced.pid}/children", encoding="ascii") as children:
        os.kill(int(children.read().split()[0]), signal.SIGTERM)
code = traced.wait(timeout=120)
served.terminate()
print(exported["AWS_ENDPOINT_URL_S3"].rsplit(":", 1)[1].rstrip("/"), code)
