#!/usr/bin/env python3
"""Fills and reads the fake S3 with clients that know nothing of it: boto3, the AWS CLI and curl.

    clients.py [--versions] [--all] [--boto3]

Reads the AWS_* variables, as par-testkit serve prints them. Uses a bucket of its own, and takes it away again. Each check is one line;
a client that is not installed is left out with a line that says so. Exits 1 at the first surprise.
--versions also checks versions, which a server over a folder does not have. --all also runs rclone, s3cmd and restic.
--boto3 runs boto3 only, in path style.
"""

import functools
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

ENDPOINT = os.environ["AWS_ENDPOINT_URL_S3"]
BUCKET = "clients-check"
BIG = b"0123456789abcdef" * (20 << 16)  # 20 MiB, so that every client sends it in parts
VERSIONS = "--versions" in sys.argv
ALL = "--all" in sys.argv
ONLY_BOTO3 = "--boto3" in sys.argv


def check(what, holds, saw=""):
    print(("ok    " if holds else "WRONG ") + what + ("" if holds else f": {saw!r}"), flush=True)
    if not holds:
        sys.exit(1)


def refused(code, call, *args, **more):
    import botocore.exceptions

    try:
        call(*args, **more)
    except botocore.exceptions.ClientError as e:
        return e.response["Error"]["Code"] == code
    return False


def knows(s3, operation, *path):
    """Whether this boto3, which may be old, has a parameter: its name, or the names on the way to it."""
    shape = s3.meta.service_model.operation_model(operation).input_shape
    for name in path:
        shape = getattr(shape, "member", shape)
        if name not in shape.members:
            return False
        shape = shape.members[name]
    return True


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


# The same for the AWS CLI, which is also a Python program: code that Python runs before a program.
SITE = """
import socket
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve(
    "127.0.0.1" if str(host).endswith("localhost") else host, *rest, **more
)
"""


def resolve_below_localhost():
    """RFC 6761 gives names under localhost to the loopback, but not every system's resolver does."""
    resolve = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **more: resolve(
        "127.0.0.1" if str(host).endswith("localhost") else host, *rest, **more
    )


def with_boto3(folder):
    import boto3

    from botocore.config import Config

    resolve_below_localhost()
    for style in ("path",) if ONLY_BOTO3 else ("path", "virtual"):
        config = Config(s3={"addressing_style": style}, retries={"max_attempts": 1})
        endpoint = ENDPOINT
        if style == "virtual":
            endpoint = ENDPOINT.replace("127.0.0.1", "localhost")
        s3 = boto3.client("s3", endpoint_url=endpoint, config=config)
        boto3_objects(s3, style, folder)
        boto3_pages(s3, style)
    boto3_listings(s3)
    if VERSIONS:
        boto3_versions(s3)


def boto3_objects(s3, style, folder):
    import boto3

    def says(what, holds, saw=""):
        check(f"boto3, {style} style: {what}", holds, saw)

    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name}
    )
    says("the bucket is there", BUCKET in [b["Name"] for b in s3.list_buckets()["Buckets"]])
    s3.put_object(Bucket=BUCKET, Key="a b+c/ü", Body=b"hello", Metadata={"who": "boto3"})
    got = s3.get_object(Bucket=BUCKET, Key="a b+c/ü", ChecksumMode="ENABLED")
    says("an odd key", got["Body"].read() == b"hello" and got["Metadata"] == {"who": "boto3"})
    if tuple(int(part) for part in boto3.__version__.split(".")[:2]) >= (1, 36):
        says("CRC32 by default", got.get("ChecksumCRC32") == "NhCmhg==", got.get("ChecksumCRC32"))
    part = s3.get_object(Bucket=BUCKET, Key="a b+c/ü", Range="bytes=1-3")
    says("a range", part["Body"].read() == b"ell" and part["ContentRange"] == "bytes 1-3/5")
    for algorithm in ("SHA1", "SHA256", "CRC32"):
        s3.put_object(Bucket=BUCKET, Key="sum", Body=b"x" * 100000, ChecksumAlgorithm=algorithm)
        head = s3.head_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")
        says(algorithm, "Checksum" + algorithm in head, head)
    from boto3.s3.transfer import TransferConfig

    transfer = TransferConfig(max_concurrency=4)
    big = os.path.join(folder, "big")
    with open(big, "wb") as out:
        out.write(BIG)
    s3.upload_file(big, BUCKET, "big", Config=transfer)
    s3.download_file(BUCKET, "big", big + ".back", Config=transfer)
    with open(big + ".back", "rb") as back:
        says("20 MiB there and back in parts", back.read() == BIG)
    says("its tag counts the parts", s3.head_object(Bucket=BUCKET, Key="big")["ETag"].endswith('-3"'))
    s3.copy({"Bucket": BUCKET, "Key": "big"}, BUCKET, "copy", Config=transfer)
    copied = s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read()
    says("a copy in parts", hashlib.md5(copied).digest() == hashlib.md5(BIG).digest())
    attributes = s3.get_object_attributes(
        Bucket=BUCKET, Key="big", ObjectAttributes=["ObjectSize", "ETag", "ObjectParts"]
    )
    says("attributes", attributes["ObjectSize"] == len(BIG), attributes)
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "a b+c/ü"})
    says("a presigned URL", fetch(url) == b"hello")
    try:
        fetch(url.replace("Signature=", "Signature=0"))
        says("a forged URL is refused", False)
    except urllib.error.HTTPError as e:
        says("a forged URL is refused", e.code == 403, e.code)
    says("a missing key", refused("NoSuchKey", s3.get_object, Bucket=BUCKET, Key="none"))
    says("a full bucket", refused("BucketNotEmpty", s3.delete_bucket, Bucket=BUCKET))
    if knows(s3, "PutObject", "IfNoneMatch"):
        says(
            "put if absent",
            refused("PreconditionFailed", s3.put_object, Bucket=BUCKET, Key="sum", IfNoneMatch="*"),
        )
    empty(s3)
    s3.delete_bucket(Bucket=BUCKET)


def form(fields, content):
    """The body of a form as a browser sends it, and its type."""
    boundary = "----clients-check-4fe1"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    )
    body = "".join(parts).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def send(method, url, body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


def boto3_pages(s3, style):
    """What the page of a browser does with what boto3 has signed and configured for it."""

    def says(what, holds, saw=""):
        check(f"boto3, {style} style: {what}", holds, saw)

    page = "https://app.example.com"
    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name}
    )
    rule = {"AllowedMethods": ["PUT", "POST"], "AllowedOrigins": [page], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    says("CORS rules", s3.get_bucket_cors(Bucket=BUCKET)["CORSRules"] == [rule])
    post = s3.generate_presigned_post(
        BUCKET,
        "up/${filename}",
        Fields={"x-amz-meta-who": "page"},
        Conditions=[{"x-amz-meta-who": "page"}, ["content-length-range", 1, 100]],
    )
    body, kind = form(post["fields"], b"from a page")
    asked = {"Origin": page, "Access-Control-Request-Method": "POST"}
    status, headers, _ = send("OPTIONS", post["url"], headers=asked)
    says("a preflight", status == 200 and headers["Access-Control-Allow-Origin"] == page, headers)
    status, headers, body = send("POST", post["url"], body, {"Content-Type": kind, "Origin": page})
    says("a form", status == 204 and headers["Access-Control-Allow-Origin"] == page, body)
    got = s3.get_object(Bucket=BUCKET, Key="up/a.txt")
    says("its file", got["Body"].read() == b"from a page" and got["Metadata"] == {"who": "page"})
    body, kind = form(post["fields"], b"x" * 101)
    status, _, body = send("POST", post["url"], body, {"Content-Type": kind})
    says("too large a file", status == 400 and b"EntityTooLarge" in body, body)
    s3.put_object_tagging(
        Bucket=BUCKET, Key="up/a.txt", Tagging={"TagSet": [{"Key": "a b", "Value": "1"}]}
    )
    tags = s3.get_object_tagging(Bucket=BUCKET, Key="up/a.txt")["TagSet"]
    says("tags", tags == [{"Key": "a b", "Value": "1"}], tags)
    acl = s3.get_bucket_acl(Bucket=BUCKET)["Grants"][0]
    says("an ACL", acl["Permission"] == "FULL_CONTROL" and acl["Grantee"]["Type"] == "CanonicalUser")
    blocks = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    says("public access is blocked", all(blocks.values()), blocks)
    says("no lifecycle", refused("NoSuchLifecycleConfiguration",
                                 s3.get_bucket_lifecycle_configuration, Bucket=BUCKET))
    if knows(s3, "DeleteObjects", "Delete", "Objects", "ETag"):
        deleted = s3.delete_objects(
            Bucket=BUCKET, Delete={"Objects": [{"Key": "up/a.txt", "ETag": "wrong"}]}
        )
        says("a stale tag deletes nothing", deleted["Errors"][0]["Code"] == "PreconditionFailed")
    empty(s3)
    s3.delete_bucket(Bucket=BUCKET)


def boto3_listings(s3):
    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name}
    )
    keys = sorted([f"list/{n:02}" for n in range(25)] + ["list/ä b", "other/x"])
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    for operation in ("list_objects", "list_objects_v2"):
        pages = s3.get_paginator(operation).paginate(
            Bucket=BUCKET, Prefix="list/", PaginationConfig={"PageSize": 7}
        )
        found = [entry["Key"] for page in pages for entry in page["Contents"]]
        check(f"boto3: {operation} in pages", found == keys[:-1], found)
        top = s3.get_paginator(operation).paginate(Bucket=BUCKET, Delimiter="/")
        folders = [each["Prefix"] for page in top for each in page["CommonPrefixes"]]
        check(f"boto3: {operation} by folder", folders == ["list/", "other/"], folders)
    empty(s3)
    s3.delete_bucket(Bucket=BUCKET)


def boto3_versions(s3):
    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name}
    )
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=BUCKET, Key="key", Body=b"one")["VersionId"]
    s3.put_object(Bucket=BUCKET, Key="key", Body=b"two")
    s3.delete_object(Bucket=BUCKET, Key="key")
    got = s3.get_object(Bucket=BUCKET, Key="key", VersionId=first)["Body"].read()
    check("boto3: an old version", got == b"one", got)
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=BUCKET, PaginationConfig={"PageSize": 1}
    )
    versions, markers = [], []
    for page in pages:
        versions += page.get("Versions", [])
        markers += page.get("DeleteMarkers", [])
    check("boto3: versions in pages", (len(versions), len(markers)) == (2, 1), versions)
    doomed = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in versions + markers]
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": doomed})
    s3.delete_bucket(Bucket=BUCKET)
    check("boto3: nothing is left", True)


def empty(s3):
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})


@functools.cache
def the_cli_reads_the_variable():
    """Whether this AWS CLI, which may be old, reads AWS_ENDPOINT_URL_S3."""
    told = subprocess.run(["aws", "--version"], capture_output=True, text=True, timeout=120)
    version = tuple(int(part) for part in re.search(r"aws-cli/(\d+)\.(\d+)", told.stdout + told.stderr).groups())
    return version >= (2, 13) or (1, 29) <= version < (2, 0)


def aws(*words, **variables):
    environment = {**os.environ, **variables}
    endpoint = [] if the_cli_reads_the_variable() else ["--endpoint-url", environment["AWS_ENDPOINT_URL_S3"]]
    done = subprocess.run(
        ["aws", *endpoint, *words], capture_output=True, text=True, timeout=120, env=environment
    )
    return done.returncode, done.stdout, done.stderr


def with_the_cli(folder):
    def says(what, *words, fails=False, out=""):
        code, stdout, stderr = aws(*words)
        check(f"aws: {what}", (code != 0) == fails and out in stdout + stderr, stdout + stderr)

    tree = os.path.join(folder, "tree")
    os.makedirs(os.path.join(tree, "deep"))
    for name in ("one", "deep/two words", "deep/ü"):
        with open(os.path.join(tree, name), "w") as out:
            out.write(name)
    big = os.path.join(folder, "big")
    with open(big, "wb") as out:
        out.write(BIG)
    s3 = f"s3://{BUCKET}"
    says("s3 mb", "s3", "mb", s3, out="make_bucket")
    says("s3 cp up, in parts", "s3", "cp", "--quiet", big, s3 + "/big")
    says("s3 cp down", "s3", "cp", "--quiet", s3 + "/big", big + ".cli")
    with open(big + ".cli", "rb") as back:
        check("aws: the same bytes", back.read() == BIG)
    says("s3 ls", "s3", "ls", s3, out=str(len(BIG)))
    says("s3 sync up", "s3", "sync", "--quiet", tree, s3 + "/tree")
    says("s3 sync down", "s3", "sync", "--quiet", s3 + "/tree", tree + ".back")
    with open(os.path.join(tree + ".back", "deep", "two words")) as back:
        check("aws: the same tree", back.read() == "deep/two words")
    at = ("--bucket", BUCKET, "--key", "big")
    part = os.path.join(folder, "part")
    says("get-object --range", "s3api", "get-object", *at, "--range", "bytes=2-5", part, out="bytes 2-5")
    says("head-object", "s3api", "head-object", *at, out=f'"ContentLength": {len(BIG)}')
    says(
        "get-object-attributes",
        *("s3api", "get-object-attributes", *at, "--object-attributes", "ObjectSize", "ObjectParts"),
        out='"TotalPartsCount": 3',
    )
    if VERSIONS:
        says("list-object-versions", "s3api", "list-object-versions", "--bucket", BUCKET, out='"null"')
    code, url, error = aws("s3", "presign", s3 + "/tree/one")
    check("aws: s3 presign", code == 0 and fetch(url.strip()) == b"one", error)
    says("a missing key", "s3api", "head-object", "--bucket", BUCKET, "--key", "none", fails=True, out="404")
    says("s3 rm", "s3", "rm", "--quiet", "--recursive", s3)
    says("s3 rb", "s3", "rb", s3, out="remove_bucket")


def with_the_cli_in_virtual_style(folder):
    with open(os.path.join(folder, "sitecustomize.py"), "w") as site:
        site.write(SITE)
    config = os.path.join(folder, "virtual")
    with open(config, "w") as out:
        out.write("[default]\ns3 =\n    addressing_style = virtual\n")
    variables = {
        "AWS_CONFIG_FILE": config,
        "AWS_ENDPOINT_URL_S3": ENDPOINT.replace("127.0.0.1", "localhost"),
        "PYTHONPATH": folder,
    }
    file = os.path.join(folder, "small")
    with open(file, "w") as out:
        out.write("virtual")
    s3 = f"s3://{BUCKET}"

    def says(what, *words, out=""):
        code, stdout, stderr = aws(*words, **variables)
        check(f"aws, virtual style: {what}", code == 0 and out in stdout, stdout + stderr)

    code, _, error = aws("s3", "mb", s3, **variables)
    if "Could not connect to the endpoint" in error:
        print("left out: aws in virtual style, for it cannot resolve names below localhost")
        return
    check("aws, virtual style: s3 mb", code == 0, error)
    code, _, error = aws("s3", "ls", s3, "--debug", **variables)
    check("aws, virtual style: the bucket is in the host", f"//{BUCKET}.localhost" in error, error[-500:])
    says("s3 cp up", "s3", "cp", "--quiet", file, s3 + "/a b/ü")
    says("s3 cp down", "s3", "cp", "--quiet", s3 + "/a b/ü", file + ".back")
    with open(file + ".back") as back:
        check("aws, virtual style: the same bytes", back.read() == "virtual")
    says("s3 ls", "s3", "ls", "--recursive", s3, out="a b/ü")
    says("s3 rb --force", "s3", "rb", "--force", s3)


def with_curl(folder):
    def curl(*words):
        signed = ["--aws-sigv4", "aws:amz:" + region + ":s3", "--user", user]
        done = subprocess.run(
            ["curl", "-sS", "--max-time", "60", *signed, *words], capture_output=True, timeout=90
        )
        return done.stdout

    region = os.environ["AWS_REGION"]
    user = os.environ["AWS_ACCESS_KEY_ID"] + ":" + os.environ["AWS_SECRET_ACCESS_KEY"]
    plain = ["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]
    if "AWS_SESSION_TOKEN" in os.environ:
        plain += ["-H", "x-amz-security-token: " + os.environ["AWS_SESSION_TOKEN"]]
    file = os.path.join(folder, "curl")
    with open(file, "wb") as out:
        out.write(BIG)
    url = f"{ENDPOINT}/{BUCKET}"
    curl("-X", "PUT", *plain, url)
    curl("-T", file, *plain, url + "/curl")
    check("curl --aws-sigv4: 20 MiB there and back", curl(*plain, url + "/curl") == BIG)
    check("curl: a range", curl(*plain, "-r", "0-3", url + "/curl") == BIG[:4])
    host = f"{BUCKET}.localhost"
    port = ENDPOINT.rsplit(":", 1)[1]
    at = ["--resolve", f"{host}:{port}:127.0.0.1"]
    got = curl(*plain, *at, "-r", "0-3", f"http://{host}:{port}/curl")
    check("curl: virtual style", got == BIG[:4], got)
    curl("-X", "DELETE", *plain, url + "/curl")
    gone = curl("-X", "DELETE", "-o", "/dev/null", "-w", "%{http_code}", *plain, url)
    check("curl: the bucket is gone", gone == b"204", gone)


def runner(client, *first, **variables):
    """A function that runs a command of a client and checks its exit code, or what it prints."""

    # rclone 1.60 cannot load a certificate bundle, and plain HTTP needs none.
    environment = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}

    def says(what, *words, fails=False, out="", given=""):
        done = subprocess.run(
            [client, *first, *words],
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            env={**environment, **variables},
        )
        said = done.stdout + done.stderr
        check(f"{client}: {what}", (done.returncode != 0) == fails and out in said, said)
        return done.stdout

    return says


def a_tree(folder):
    tree = os.path.join(folder, "clients-tree")
    if not os.path.exists(tree):
        os.makedirs(os.path.join(tree, "deep"))
        for name in ("one", "deep/two words", "deep/ü"):
            with open(os.path.join(tree, name), "w") as out:
                out.write(name)
        with open(os.path.join(tree, "big"), "wb") as out:
            out.write(BIG)
    return tree


def same(tree, other):
    with open(os.path.join(other, "big"), "rb") as big:
        whole = big.read() == BIG
    with open(os.path.join(other, "deep", "two words")) as words:
        return whole and words.read() == "deep/two words"


def with_rclone(folder):
    says = runner(
        "rclone",
        RCLONE_CONFIG=os.path.join(folder, "none"),
        RCLONE_CONFIG_FAKE_TYPE="s3",
        RCLONE_CONFIG_FAKE_PROVIDER="Minio",  # for AWS, rclone uses only virtual-host addresses
        RCLONE_CONFIG_FAKE_ENV_AUTH="true",
        RCLONE_CONFIG_FAKE_ENDPOINT=ENDPOINT,
        RCLONE_CONFIG_FAKE_REGION=os.environ["AWS_REGION"],
        RCLONE_CONFIG_FAKE_LOCATION_CONSTRAINT=os.environ["AWS_REGION"],
        # S3 refuses rclone's default object ACL, private, because new buckets have no ACLs since 2023.
        RCLONE_S3_ACL="bucket-owner-full-control",
        RCLONE_S3_BUCKET_ACL="private",
        RCLONE_S3_UPLOAD_CUTOFF="5M",
        RCLONE_S3_CHUNK_SIZE="5M",
        RCLONE_RETRIES="1",
    )
    tree = a_tree(folder)
    bucket = f"fake:{BUCKET}"
    says("mkdir", "mkdir", bucket)
    says("sync up, in parts", "sync", tree, bucket + "/tree")
    says("check, by size and MD5", "check", tree, bucket + "/tree", out="0 differences found")
    says("lsf", "lsf", "-R", bucket, out="tree/deep/two words")
    says("copy within the bucket", "copy", bucket + "/tree", bucket + "/copy")
    says("sync down", "sync", bucket + "/copy", tree + ".rclone")
    check("rclone: the same tree", same(tree, tree + ".rclone"))
    says("rcat, of unknown length", "rcat", bucket + "/stdin", given="hello")
    says("cat", "cat", bucket + "/stdin", out="hello")
    says("purge", "purge", bucket)
    says("lsd", "lsd", bucket, fails=True, out="not found")


def with_s3cmd(folder):
    config = os.path.join(folder, "s3cfg")
    host = ENDPOINT.split("//", 1)[1]
    with open(config, "w") as out:
        out.write("[default]\n")
        out.write(f"host_base = {host}\nhost_bucket = {host}\nuse_https = False\n")
        out.write(f"bucket_location = {os.environ['AWS_REGION']}\nmultipart_chunk_size_mb = 5\n")
        out.write(f"access_key = {os.environ['AWS_ACCESS_KEY_ID']}\n")
        out.write(f"secret_key = {os.environ['AWS_SECRET_ACCESS_KEY']}\n")
    says = runner("s3cmd", "-c", config, "--no-progress")
    tree = a_tree(folder)
    bucket = f"s3://{BUCKET}"
    says("mb", "mb", bucket, out="created")
    says("sync up, in parts", "sync", tree + "/", bucket + "/tree/")
    says("ls", "ls", "--recursive", bucket, out="tree/deep/two words")
    says("info", "info", bucket + "/tree/big", out=str(len(BIG)))
    says("cp within the bucket", "cp", "--recursive", bucket + "/tree/", bucket + "/copy/")
    says("sync down", "sync", bucket + "/copy/", tree + ".s3cmd/")
    check("s3cmd: the same tree", same(tree, tree + ".s3cmd"))
    url = says("signurl", "signurl", bucket + "/tree/one", "+60").strip()
    try:
        fetch(url)
        check("s3cmd: signurl signs with version 2, which S3 refuses in new regions", False, url)
    except urllib.error.HTTPError as e:
        why = e.read().decode()
        check("s3cmd: signurl signs with version 2, which S3 refuses in new regions", e.code == 400, why)
        check("s3cmd: the refusal says what to use", "AWS4-HMAC-SHA256" in why, why)
    says("a missing key", "get", bucket + "/none", os.path.join(folder, "none"), fails=True, out="does not exist")
    says("del", "del", "--recursive", "--force", bucket)
    says("rb", "rb", bucket, out="removed")


def with_restic(folder):
    says = runner(
        "restic",
        "-o",
        "s3.bucket-lookup=path",
        RESTIC_REPOSITORY=f"s3:{ENDPOINT}/{BUCKET}/backup",
        RESTIC_PASSWORD="secret",
        RESTIC_CACHE_DIR=os.path.join(folder, "restic-cache"),
    )
    tree = a_tree(folder)
    says("init, which makes the bucket", "init", out="created restic repository")
    says("backup", "backup", tree, out="snapshot")
    says("snapshots", "snapshots", out="1 snapshots")
    says("check, reading all data", "check", "--read-data", out="no errors were found")
    says("restore", "restore", "latest", "--target", tree + ".restic")
    check("restic: the same tree", same(tree, tree + ".restic" + tree))
    says("forget and prune", "forget", "--keep-last", "1", "--prune")
    if shutil.which("aws"):
        code, out, error = aws("s3", "rb", "--force", f"s3://{BUCKET}")
        check("restic: the bucket is taken away again", code == 0, out + error)


def main():
    with tempfile.TemporaryDirectory() as folder:
        try:
            import boto3  # noqa: F401
        except ImportError:
            print("left out: boto3 is not installed")
        else:
            with_boto3(folder)
        commands = [
            ("aws", (with_the_cli, with_the_cli_in_virtual_style)),
            ("curl", (with_curl,)),
        ]
        if ONLY_BOTO3:
            commands = []
        if ALL:
            commands += [("rclone", (with_rclone,)), ("s3cmd", (with_s3cmd,)), ("restic", (with_restic,))]
        for command, all_checks in commands:
            if shutil.which(command):
                for checks in all_checks:
                    checks(folder)
            else:
                print(f"left out: {command} is not installed")


main()
