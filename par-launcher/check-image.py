"""Runs the image in ROOT as ECS would run it: check-image.py ROOT INSPECTION LINES.

Reads user, entry point, environment, volumes and health check from the output of "buildah inspect". Mounts the root
read-only, and over each volume an empty tmpfs with the owner and mode of the volume in the image. Waits for "Runtime
ready". Then the health check must pass, and SIGTERM must end PAR with 0. Writes PAR's log lines to LINES.
"""
import ctypes
import json
import os
import signal
import subprocess
import sys
import time

root, inspection, lines = sys.argv[1:]
config = json.load(open(inspection, encoding="utf-8"))["Docker"]["config"]

assert config["User"] == "10001:10001", config["User"]
assert config["Entrypoint"] == ["/opt/par/bin/par"] and config["Cmd"] == ["run"], config
assert sorted(config["Volumes"]) == ["/tmp", "/var/cache/par"], config["Volumes"]
assert config["Healthcheck"]["Test"] == ["CMD", "/opt/par/bin/par", "health"], config["Healthcheck"]
assert config.get("StopSignal") == "SIGTERM", config.get("StopSignal")
environment = dict(pair.split("=", 1) for pair in config["Env"])
environment.update({name: value for name, value in os.environ.items() if name.startswith(("AWS_", "PACKAGE_"))})
environment.update(AGENT_APP_ID="image", HEALTH_PORT="18081", REST_PORT="18080", A2A_PORT="18082", UI_PORT="18083")

libc = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
CLONE_NEWNS = 0x00020000


def checked(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, kind, flags, data=None):
    encoded = [None if each is None else each.encode() for each in (source, target, kind, data)]
    checked(libc.mount(encoded[0], encoded[1], encoded[2], flags, encoded[3]), f"mount {target}")


def enter():
    """Moves this process into the container; runs between fork and exec."""
    os.setgroups([])
    os.chroot(root)
    os.chdir(config.get("WorkingDir") or "/")
    uid, gid = map(int, config["User"].split(":"))
    os.setgid(gid)
    os.setuid(uid)
    # PR_SET_NO_NEW_PRIVS: no program of the image can make this process root again.
    checked(libc.prctl(38, 1, 0, 0, 0), "no_new_privs")


def run(command, **more):
    return subprocess.Popen(command, env=environment, preexec_fn=enter, cwd="/", **more)


checked(libc.unshare(CLONE_NEWNS), "unshare")
mount("none", "/", None, MS_REC | MS_PRIVATE)
owners = {volume: os.stat(root + volume) for volume in config["Volumes"]}
mount(root, root, None, MS_BIND)
mount("proc", root + "/proc", "proc", 0)
mount("/dev", root + "/dev", None, MS_BIND | MS_REC)
for volume, owner in owners.items():
    mount("tmpfs", root + volume, "tmpfs", 0, f"uid={owner.st_uid},gid={owner.st_gid},mode={owner.st_mode & 0o7777:o}")
mount(None, root, None, MS_REMOUNT | MS_BIND | MS_RDONLY)

with open(lines, "wb") as log:
    par = run(config["Entrypoint"] + config["Cmd"], stdout=log, stdin=subprocess.DEVNULL)


def events():
    return [json.loads(line) for line in open(lines, encoding="utf-8") if line.endswith("\n")]


deadline = time.monotonic() + 120
while not any(line.get("event") == "Runtime ready" and line["origin"] == "par" for line in events()):
    if par.poll() is not None or time.monotonic() > deadline:
        sys.exit(f"par did not become ready; exit code {par.poll()}")
    time.sleep(0.1)
probe = run(config["Healthcheck"]["Test"][1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
output = probe.communicate(timeout=60)[0].decode()
if probe.returncode != 0:
    sys.exit(f"the health check ends with {probe.returncode}: {output}")
par.send_signal(signal.SIGTERM)
if par.wait(timeout=60) != 0:
    sys.exit(f"SIGTERM ends PAR with {par.returncode}")
messages = [line.get("message", "") for line in events()]
if "the root is writable" in messages:
    sys.exit("the root file system can be written")
if not any(message == "10001" or "uid 10001" in message for message in messages):
    sys.exit("the agent does not run as user 10001")
