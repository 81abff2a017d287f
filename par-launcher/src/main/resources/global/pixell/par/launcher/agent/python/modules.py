"""Finds Python modules of a package that cannot be loaded, without running them.

python -I -S -c SOURCE ROOT JSON, where JSON is [[key, "module:name"], ...] of agent.yaml
->  {"fatal": [...], "problems": [...]}: missing modules, names that they do not define, and
    syntax errors in them, which stop a boot; syntax errors in other modules, which may not stop it
"""

import ast
import difflib
import json
import os
import sys

SKIPPED = ("site-packages", "node_modules", "__pycache__")


def find(root, module):
    """The file of a module: of the package, or where the builders put it."""
    path = module.replace(".", "/")
    for folder in ("", "dist", "src"):
        for name in (path + ".py", path + "/__init__.py"):
            file = os.path.join(root, folder, name)
            if os.path.isfile(file):
                return file
    return None


def parse(file):
    with open(file, "rb") as f:
        return ast.parse(f.read(), file)


def defined(tree):
    """The names at the top of a module; None if they cannot be known."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if alias.name == "*":
                    return None
                names.add(alias.asname or alias.name.split(".")[0])
    return None if "__getattr__" in names or "globals" in ast.dump(tree) else names


def entry_file(root, key, spec):
    module, _, name = spec.partition(":")
    if not name and key == "exports.handler":
        module, _, name = spec.rpartition(".")
    if module.endswith(".py"):
        module = module[:-3]
    module = module.replace("/", ".").lstrip(".")
    return find(root, module), module, name


def check_entry(root, key, spec):
    file, module, name = entry_file(root, key, spec)
    if file is None:
        return "%s '%s': the package has no %s.py." % (key, spec, module.replace(".", "/"))
    try:
        names = defined(parse(file))
    except SyntaxError:
        return None  # already reported for the file
    if not name or names is None or name.split(".")[0] in names:
        return None
    near = difflib.get_close_matches(name, names, 1)
    hint = " Did you mean '%s'?" % near[0] if near else ""
    return "%s '%s': %s defines no '%s'.%s" % (key, spec, os.path.relpath(file, root), name, hint)


def syntax(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        for name in sorted(files):
            if name.endswith(".py"):
                file = os.path.join(folder, name)
                try:
                    parse(file)
                except (SyntaxError, ValueError) as e:
                    line = getattr(e, "lineno", None)
                    where = os.path.relpath(file, root) + (":%d" % line if line else "")
                    message = getattr(e, "msg", None) or str(e)
                    version = "%d.%d" % sys.version_info[:2]
                    yield file, "%s: %s (checked with Python %s)." % (where, message, version)


def main(root, entries):
    fatal = [p for p in (check_entry(root, key, spec) for key, spec in entries) if p]
    entry_files = {entry_file(root, key, spec)[0] for key, spec in entries}
    problems = []
    for file, problem in syntax(root):
        (fatal if file in entry_files else problems).append(problem)
    print(json.dumps({"fatal": fatal[:50], "problems": problems[:50]}))


main(sys.argv[1], json.loads(sys.argv[2]))
