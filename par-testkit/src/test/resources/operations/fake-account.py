#!/usr/bin/env python3
"""An `aws` that keeps the roles of one account in a file, with IAM's own refusals, and writes down its calls.

$FAKE_ACCOUNT is the folder of both. $FAKE_REFUSES lists the calls ("iam create-role") that are denied.
A query of the AWS CLI is understood where a script of iam/ uses it; any other fails loudly.
"""
import json
import os
import sys

ACCOUNT = "111122223333"
folder = os.environ["FAKE_ACCOUNT"]
state_file = os.path.join(folder, "state.json")


def fail(code, message):
    print(f"\nAn error occurred ({code}) when calling the operation: {message}", file=sys.stderr)
    sys.exit(254)


def options(words):
    values = {}
    while words:
        if not words[0].startswith("--") or len(words) < 2:
            sys.exit(f"fake-account: unexpected argument {words[0]!r}")
        value = words[1]
        if value.startswith("file://"):
            with open(value[len("file://"):], encoding="utf-8") as file:
                value = file.read()
        values[words[0][2:]] = value
        words = words[2:]
    return values


def answer(value, given):
    """Prints as --query and --output ask."""
    for step in [s for s in given.get("query", "").replace("[]", "").split(".") if s]:
        if isinstance(value, list):
            value = [each.get(step) for each in value]
        else:
            value = None if value is None else value.get(step)
    if given.get("output") == "text":
        if isinstance(value, list):
            print("\t".join(value))
        else:
            print("None" if value is None else value)
    else:
        print(json.dumps(value, indent=4))


def main():
    words = sys.argv[1:]
    with open(os.path.join(folder, "calls"), "a", encoding="utf-8") as calls:
        calls.write(" ".join(words) + "\n")
    call, given = " ".join(words[:2]), options(words[2:])
    if call in os.environ.get("FAKE_REFUSES", "").split(","):
        fail("AccessDenied", f"not authorized to perform: {call}")
    roles = json.load(open(state_file)) if os.path.exists(state_file) else {}
    if call == "sts get-caller-identity":
        return answer({"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/operator"}, given)
    if call == "iam get-policy":
        return answer({"Policy": {"DefaultVersionId": "v1"}}, given)
    if call == "iam get-policy-version":
        # A managed AWS policy that the role must not have.
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        return answer({"PolicyVersion": {"Document": {"Statement": [statement]}}}, given)
    # Role names are case-insensitive.
    name = given["role-name"].lower()
    if call == "iam create-role":
        if name in roles:
            fail("EntityAlreadyExists", f"Role with name {given['role-name']} already exists.")
        roles[name] = {
            "RoleName": given["role-name"],
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/{given['role-name']}",
            "Description": given.get("description", ""),
            "AssumeRolePolicyDocument": json.loads(given["assume-role-policy-document"]),
            "attached": [],
            "inline": {},
            "tags": {t["Key"]: t["Value"] for t in json.loads(given.get("tags", "[]"))},
        }
        if "permissions-boundary" in given:
            roles[name]["PermissionsBoundary"] = {"PermissionsBoundaryArn": given["permissions-boundary"]}
    elif name not in roles:
        fail("NoSuchEntity", f"The role with name {given['role-name']} cannot be found.")
    role = roles[name]
    if call == "iam get-role":
        return answer({"Role": role}, given)
    if call == "iam list-role-policies":
        return answer({"PolicyNames": list(role["inline"])}, given)
    if call == "iam list-attached-role-policies":
        return answer({"AttachedPolicies": [{"PolicyArn": arn} for arn in role["attached"]]}, given)
    if call == "iam get-role-policy":
        if given["policy-name"] not in role["inline"]:
            fail("NoSuchEntity", f"The role policy with name {given['policy-name']} cannot be found.")
        return answer({"PolicyDocument": role["inline"][given["policy-name"]]}, given)
    if call == "iam update-assume-role-policy":
        role["AssumeRolePolicyDocument"] = json.loads(given["policy-document"])
    elif call == "iam put-role-policy":
        role["inline"][given["policy-name"]] = json.loads(given["policy-document"])
    elif call == "iam delete-role-policy":
        del role["inline"][given["policy-name"]]
    elif call == "iam attach-role-policy":
        if given["policy-arn"] not in role["attached"]:
            role["attached"].append(given["policy-arn"])
    elif call == "iam detach-role-policy":
        role["attached"].remove(given["policy-arn"])
    elif call == "iam put-role-permissions-boundary":
        role["PermissionsBoundary"] = {"PermissionsBoundaryArn": given["permissions-boundary"]}
    elif call == "iam delete-role-permissions-boundary":
        del role["PermissionsBoundary"]
    elif call == "iam tag-role":
        role["tags"].update({t["Key"]: t["Value"] for t in json.loads(given["tags"])})
    elif call != "iam create-role":
        sys.exit(f"fake-account: unknown call {call!r}")
    with open(state_file, "w", encoding="utf-8") as file:
        json.dump(roles, file, indent=2)


main()
