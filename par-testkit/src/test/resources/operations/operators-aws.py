#!/usr/bin/env python3
"""The `aws` of the README's operator: what the fakes know they answer, the rest is checked by the real CLI and not sent.

$REAL_AWS is the real CLI, $FAKE_S3 the endpoint of the fake S3, $FAKE_ACCOUNT the folder of fake-account.py and of
deployments.jsonl, to which each `cloudformation deploy` is written.
"""
import json
import os
import subprocess
import sys

words = sys.argv[1:]
call = " ".join(words[:2])
real = os.environ["REAL_AWS"]
folder = os.environ["FAKE_ACCOUNT"]

# The values that the operator's commands read from the answers.
ANSWERS = {
    "ec2 describe-managed-prefix-lists": "pl-7ba54012",
    "ecr create-repository": "111122223333.dkr.ecr.us-east-2.amazonaws.com/par",
    "ecr get-login-password": "password",
}


def deployment():
    given, rest = {}, words[2:]
    while rest:
        option = rest.pop(0)
        values = []
        while rest and not rest[0].startswith("--"):
            values.append(rest.pop(0))
        given[option] = values
    assert os.path.exists(given["--template-file"][0]), given
    with open(os.path.join(folder, "deployments.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps(given) + "\n")


if call == "cloudformation deploy":
    deployment()
elif "par-task-role" in words or "--endpoint-url" in words or words[0] == "s3":
    # The fake S3 answers signed requests. The operator's package is in the account's folder.
    endpoint = [] if "--endpoint-url" in words else ["--endpoint-url", os.environ["FAKE_S3"]]
    where = folder if words[0] == "s3" else None
    sys.exit(subprocess.run([real] + words + endpoint, cwd=where, check=False).returncode)
elif words[0] in ("iam", "sts"):
    os.execv(sys.executable, [sys.executable, "-SE", os.environ["FAKE_ACCOUNT_SCRIPT"]] + words)
elif words == ["ecr", "get-login-password"]:
    # A command of the CLI itself, without parameters, has no skeleton.
    print(ANSWERS[call])
else:
    # The CLI checks every parameter before it connects; nothing answers at this address.
    nowhere = ["--endpoint-url", "http://127.0.0.1:9", "--cli-connect-timeout", "5"]
    checked = subprocess.run(
        [real] + words + nowhere,
        env={**os.environ, "AWS_MAX_ATTEMPTS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if "Could not connect to the endpoint URL" not in checked.stderr:
        sys.exit(f"{' '.join(words)}: {checked.stderr.strip()}")
    print(ANSWERS.get(call, ""))
