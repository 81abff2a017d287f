"""Prints the dependencies of a pyproject.toml or a setup.py as JSON, without running either.

python -I -c SOURCE FILE  ->  {"dependencies": [...], "warning": "..."}
"""

import ast
import json
import sys


def toml():
    for name in ("tomllib", "tomli", "pip._vendor.tomli", "setuptools._vendor.tomli"):
        try:
            return __import__(name, fromlist=["loads"])
        except ImportError:
            pass
    raise SystemExit("this Python reads no TOML (it is older than 3.11 and has neither tomli nor pip)")


def bounds(version):
    """Poetry's ^1.2 and ~1.2 in the notation of pip."""
    if version in ("", "*"):
        return ""
    if version[0] not in "^~" or version.startswith("~="):
        return version if version[0] in "<>=!~" else "==" + version
    numbers = version[1:].split(".")
    keep = 1
    if version[0] == "~" and len(numbers) > 1:
        keep = 2
    elif version[0] == "^":
        while keep < len(numbers) and numbers[keep - 1] == "0":
            keep += 1
    upper = [int(n) for n in numbers[:keep]]
    upper[-1] += 1
    return ">=%s,<%s" % (".".join(numbers), ".".join(map(str, upper)))


def of_pyproject(text):
    data = toml().loads(text)
    project = data.get("project", {})
    if "dependencies" in project:
        return project["dependencies"], None
    found = []
    for name, version in data.get("tool", {}).get("poetry", {}).get("dependencies", {}).items():
        if name.lower() == "python":
            continue
        extras = ""
        if isinstance(version, dict):
            if version.get("optional"):
                continue
            extras = "[%s]" % ",".join(version["extras"]) if version.get("extras") else ""
            version = version.get("version", "")
        found.append(name + extras + ",".join(bounds(v.strip()) for v in version.split(",")))
    dynamic = "dependencies" in project.get("dynamic", [])
    return found, "its dependencies are dynamic; list them in requirements.txt" if dynamic else None


def of_setup(text):
    values = {}
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            if isinstance(node.targets[0], ast.Name):
                values[node.targets[0].id] = node.value
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "setup":
            for keyword in node.keywords:
                if keyword.arg == "install_requires":
                    value = keyword.value
                    if isinstance(value, ast.Name):
                        value = values.get(value.id, value)
                    try:
                        return [str(item) for item in ast.literal_eval(value)], None
                    except ValueError:
                        return [], "install_requires is computed; list it in requirements.txt"
    return [], None


def main(file):
    with open(file, encoding="utf-8-sig") as f:
        text = f.read()
    found, warning = of_setup(text) if file.endswith(".py") else of_pyproject(text)
    print(json.dumps({"dependencies": found, "warning": warning}))


try:
    main(sys.argv[1])
except Exception as e:
    print("%s: %s" % (type(e).__name__, e))
    sys.exit(1)
