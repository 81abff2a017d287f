#!/usr/bin/env bash
# Builds the image without an engine or a registry and boots an agent in it as ECS would: user 10001, read-only root,
# only the volumes writable, the container's own probe. Run it as root after "mvn package".
#
#   par-launcher/check-image.sh            both images, with and without Python
#
# Without buildah, debootstrap, root or mount namespaces it prints why it skips the check, and exits with 0.
set -euo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
testkit=$here/../par-testkit/target/par-testkit/bin/par-testkit
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

skip() {
  printf 'check-image: skipped, because %s\n' "$1"
  exit 0
}

fail() {
  printf 'check-image: %s\n' "$1" >&2
  exit 1
}

for tool in buildah debootstrap python3 unshare; do
  command -v "$tool" >/dev/null || skip "$tool is not installed"
done
[ "$(id -u)" = 0 ] || skip 'it needs root, for debootstrap and for mounts'
unshare --mount true 2>/dev/null || skip 'this machine allows no mount namespaces'
[ -x "$here/target/par/bin/par" ] || fail "there is no $here/target/par; run mvn package first"
[ -x "$testkit" ] || fail "there is no $testkit; run mvn package first"

work=$(mktemp -d "${TMPDIR:-/tmp}/par-image.XXXXXX")
served=''
containers=()
cleanup() {
  local each
  [ -z "$served" ] || kill "$served" 2>/dev/null || true
  for each in ${containers[@]+"${containers[@]}"}; do buildah umount "$each" >/dev/null 2>&1 || true; done
  buildah rm --all >/dev/null 2>&1 || true
  rm -rf "$work" 2>/dev/null || true
}
trap cleanup EXIT

# Use a separate image store, so that the images of this machine are neither read nor changed. The vfs driver copies whole
# layers, so use it only if overlay mounts do not work in the work directory.
mkdir -p "$work/store" "$work/run" "$work/lower" "$work/upper" "$work/work" "$work/merged"
driver=vfs
# shellcheck disable=SC2016 # The inner shell expands them.
if unshare --mount sh -c 'mount -t overlay -o "lowerdir=$0/lower,upperdir=$0/upper,workdir=$0/work" overlay "$0/merged"' \
  "$work" 2>/dev/null; then
  driver=overlay
fi
cat >"$work/storage.conf" <<CONF
[storage]
driver = "$driver"
graphroot = "$work/store"
runroot = "$work/run"
CONF
cat >"$work/registries.conf" <<'CONF'
unqualified-search-registries = []
CONF
export CONTAINERS_STORAGE_CONF=$work/storage.conf CONTAINERS_REGISTRIES_CONF=$work/registries.conf
export BUILDAH_ISOLATION=chroot
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$work/policy.json"

step() { printf 'check-image: %s\n' "$1"; }

# import NAME FOLDER: an image whose root is this folder.
import() {
  local container
  container=$(buildah from --signature-policy "$work/policy.json" scratch)
  buildah add --quiet "$container" "$2" / >/dev/null
  buildah commit --quiet --signature-policy "$work/policy.json" "$container" "$1" >/dev/null
  buildah rm "$container" >/dev/null
}

step 'a base system by debootstrap'
debootstrap --variant=minbase --include=ca-certificates bookworm "$work/base" "$mirror" >"$work/debootstrap.log" 2>&1 ||
  { tail -5 "$work/debootstrap.log" >&2; fail 'debootstrap failed'; }
cp /etc/resolv.conf "$work/base/etc/resolv.conf"
rm -rf "$work/base/var/cache/apt/archives" "$work/base/var/lib/apt/lists"
mkdir -p "$work/base/var/cache/apt/archives/partial" "$work/base/var/lib/apt/lists/partial"
import localhost/base "$work/base"

# The build stage gets a copy of this machine's JDK, with all links resolved.
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
step "a JDK image from $java_home"
mkdir -p "$work/jdk/opt"
cp -rL "$java_home" "$work/jdk/opt/jdk" 2>/dev/null || true
[ -x "$work/jdk/opt/jdk/bin/jlink" ] || fail "$java_home has no jlink"
container=$(buildah from --pull-never --signature-policy "$work/policy.json" localhost/base)
buildah add --quiet "$container" "$work/jdk" / >/dev/null
buildah config --env PATH=/opt/jdk/bin:/usr/bin:/bin "$container"
buildah commit --quiet --signature-policy "$work/policy.json" "$container" localhost/jdk >/dev/null
buildah rm "$container" >/dev/null
rm -rf "$work/jdk" "$work/base"

build() { # TARGET
  step "the image $1"
  buildah bud --isolation chroot --pull-never --layers --format docker --signature-policy "$work/policy.json" \
    --build-arg BASE=localhost/base --build-arg JDK=localhost/jdk --target "$1" \
    --tag "localhost/$1" "$here" >"$work/$1.log" 2>&1 || { tail -20 "$work/$1.log" >&2; fail "the image $1 cannot be built"; }
}

# boot TARGET REFERENCE: boots the package in the image as ECS would, probes it and stops it.
boot() {
  local container root lines code
  container=$(buildah from --pull-never --signature-policy "$work/policy.json" "localhost/$1")
  containers+=("$container")
  root=$(buildah mount "$container")
  buildah inspect --type image "localhost/$1" >"$work/$1.json"
  step "boots $2 in $1"
  lines=$work/$1.lines
  code=0
  PACKAGE_URL=$2 python3 "$here/check-image.py" "$root" "$work/$1.json" "$lines" || code=$?
  [ "$code" = 0 ] || { cat "$lines" >&2 || true; fail "the image $1 does not work"; }
  buildah umount "$container" >/dev/null
}

build par
build par-python

step 'a fake S3 under the shipped role'
mkdir -p "$work/buckets/pixell-agent-packages/acme/greeter/1.2.0" "$work/shell" "$work/python"
cat >"$work/shell/agent.yaml" <<'YAML'
name: greeter
version: 1.2.0
command: [sh, main.sh]
ready: {line: listening}
YAML
cat >"$work/shell/main.sh" <<'SH'
trap 'echo bye; exit 0' TERM
id -u
touch /tmp/written && echo "tmp is writable"
if touch /anywhere 2>/dev/null; then echo "the root is writable"; fi
command -v python3 || echo "no python"
echo listening
while :; do sleep 1 & wait $!; done
SH
cat >"$work/python/agent.yaml" <<'YAML'
name: greeter
version: 1.3.0
runtime: python3.11
command: [python3, main.py]
ready: {http: /}
YAML
cat >"$work/python/main.py" <<'PY'
import http.server
import os
import sys

print("python", sys.version.split()[0], "uid", os.getuid(), flush=True)
http.server.ThreadingHTTPServer(
    ("127.0.0.1", int(os.environ["REST_PORT"])), http.server.SimpleHTTPRequestHandler
).serve_forever()
PY
bucket=$work/buckets/pixell-agent-packages/acme/greeter
mkdir -p "$bucket/1.3.0"
"$testkit" pack "$work/shell" -o "$bucket/1.2.0/greeter.apkg" >/dev/null
"$testkit" pack "$work/python" -o "$bucket/1.3.0/greeter.apkg" >/dev/null
"$testkit" serve --quiet --dir "$work/buckets" --policy "$here/../iam/task-role-policy.json" >"$work/served" 2>&1 &
served=$!
for _ in $(seq 600); do
  ! grep -q '^export AWS_SECRET_ACCESS_KEY=' "$work/served" || break
  kill -0 "$served" 2>/dev/null || { cat "$work/served" >&2; fail 'the fake S3 ended'; }
  sleep 0.1
done
# shellcheck disable=SC1090,SC1091 # The lines are "unset" and "export".
. "$work/served"

boot par s3://pixell-agent-packages/acme/greeter/1.2.0/greeter.apkg
grep -q '"message":"no python"' "$work/par.lines" || fail 'the image par has a Python'
boot par-python s3://pixell-agent-packages/acme/greeter/1.3.0/greeter.apkg
grep -q '"message":"python 3' "$work/par-python.lines" || fail 'the image par-python runs no Python'
du -sh --apparent-size "$(buildah mount "${containers[0]}")" | cut -f 1 |
  sed 's/^/check-image: the image par unpacked, base included: /'
step 'both images boot an agent as user 10001 with a read-only root, and their probe passes'
