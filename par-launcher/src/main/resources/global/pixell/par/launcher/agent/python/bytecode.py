"""Makes and checks the bytecode of a package.

python -I -S -c SOURCE compile ROOT OUT   writes OUT/.../__pycache__/*.pyc for every module of ROOT
python -I -S -c SOURCE check ROOT         {"problems": [...]}, for bytecode of other source

The files are "checked-hash": Python compares the hash of the source before it uses one. The
same source gives the same bytes: each module is compiled under its name inside the package, and
written in the form without references, because these depend on other objects of the process.
"""

import importlib.util
import json
import marshal
import os
import sys
import warnings
from _imp import source_hash

CHECKED_HASH = 3
HEAD = 16


def hash_of(source):
    return source_hash(importlib.util._RAW_MAGIC_NUMBER, source)


def code_of(source, name):
    return compile(source, name, "exec", dont_inherit=True, optimize=0)


def modules(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in ("__pycache__", "node_modules"))
        for name in sorted(files):
            if name.endswith(".py"):
                yield os.path.relpath(os.path.join(folder, name), root)


def cached(name):
    folder, file = os.path.split(name)
    return os.path.join(
        folder, "__pycache__", "%s.%s.pyc" % (file[:-3], sys.implementation.cache_tag)
    )


def compile_all(root, out):
    for name in modules(root):
        try:
            with open(os.path.join(root, name), "rb") as f:
                source = f.read()
            code = code_of(source, name)
        except (SyntaxError, ValueError, RecursionError, OSError):
            continue  # a template, or a test of another version; an import would report it
        file = os.path.join(out, cached(name))
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "wb") as f:
            f.write(importlib.util.MAGIC_NUMBER)
            f.write(CHECKED_HASH.to_bytes(4, "little"))
            f.write(hash_of(source))
            f.write(marshal.dumps(code, 2))


def problem(root, folder, name):
    file = os.path.join(folder, name)
    shown = os.path.relpath(file, root)
    if os.path.basename(folder) != "__pycache__":
        return "%s is bytecode that Python runs without any source to compare." % shown
    if not name.endswith("." + sys.implementation.cache_tag + ".pyc"):
        return None  # of another version, which this one cannot check
    source_name = os.path.join(os.path.dirname(folder), name.split(".")[0] + ".py")
    if not os.path.isfile(source_name):
        return "%s has no source." % shown
    with open(file, "rb") as f:
        data = f.read()
    with open(source_name, "rb") as f:
        source = f.read()
    if data[:4] != importlib.util.MAGIC_NUMBER:
        return "%s is of another build of Python." % shown
    if int.from_bytes(data[4:8], "little") != CHECKED_HASH:
        return "%s is not bytecode with a checked hash, so it may be older than its source." % shown
    if data[8:HEAD] != hash_of(source):
        return "%s is not the bytecode of its source, which has changed." % shown
    try:
        same = marshal.loads(data[HEAD:]) == code_of(source, "x")
    except (ValueError, EOFError, TypeError, SyntaxError):
        same = False
    return None if same else "%s is not what its source compiles to." % shown


def check(root):
    problems = []
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            if name.endswith((".pyc", ".pyo")):
                found = problem(root, folder, name)
                if found:
                    problems.append(found)
    print(json.dumps({"problems": problems[:50]}))


warnings.simplefilter("ignore")
if sys.argv[1] == "compile":
    compile_all(sys.argv[2], sys.argv[3])
else:
    check(sys.argv[2])
