# SPDX-License-Identifier: MIT
"""The product's object files in build/release: whose they are, what each defines and what it calls."""

import json
import os
import re
import subprocess

BUILD = "build/release"
_OUTPUT = re.compile(r" -o (CMakeFiles/([\w-]+)\.dir/\S+)")
_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
_PRODUCT = ("vault/", "cli/")


class Stale(Exception):
    """The build is not of these sources; one complaint a line."""


class Object:
    """One object file: its source's path, the archive or program it is for, and its symbols."""

    def __init__(self, source, target, path):
        self.source = source
        self.target = target
        self.path = path
        self.defined = set()
        self.wanted = set()


def _newest(tree, path, seen):
    """When the file or what it includes of the project was changed last."""
    if path in seen or not os.path.isfile(tree.full(path)):
        return 0
    seen.add(path)
    return max([os.stat(tree.full(path)).st_mtime_ns] +
               [_newest(tree, header, seen) for header in _INCLUDE.findall(tree.text(path))])


def _commands(tree):
    try:
        rows = json.loads(tree.text(BUILD + "/compile_commands.json"))
    except FileNotFoundError:
        raise Stale(f"{BUILD}:1: nothing is built; ./dev build first") from None
    for row in rows:
        source = os.path.relpath(row["file"], tree.root)
        output = _OUTPUT.search(row["command"])
        if output:
            yield source, output.group(2), f"{BUILD}/{output.group(1)}"


def _symbols(tree, objects):
    by_path = {item.path: item for item in objects}
    done = subprocess.run(["nm", "-A", "-g", *by_path], cwd=tree.root, capture_output=True,
                          text=True, check=True)
    for line in done.stdout.splitlines():
        path, rest = line.split(":", 1)
        kind, name = rest.split()[-2:]
        (by_path[path].wanted if kind in "Uw" else by_path[path].defined).add(name)


def product(tree):
    """The objects of the archives (cv_*) and programs (credvault*) people run; generated files too."""
    sources = [path for path in tree.ending(".c") if path.startswith(_PRODUCT)]
    objects, stale = [], []
    for source, target, path in _commands(tree):
        own = source.startswith(_PRODUCT) or source.startswith(BUILD + "/generated/")
        if not own or not target.startswith(("cv_", "credvault")):
            continue
        if not os.path.isfile(tree.full(path)):
            stale.append(f"{source}:1: is not built; ./dev build first")
        elif _newest(tree, source, set()) > os.stat(tree.full(path)).st_mtime_ns:
            stale.append(f"{source}:1: is newer than its object; ./dev build first")
        else:
            objects.append(Object(source, target, path))
    known = {item.source for item in objects}
    stale += [f"{path}:1: is in no build; ./dev build first" for path in sources
              if path not in known and not any(line.startswith(path + ":") for line in stale)]
    if stale:
        raise Stale("\n".join(stale))
    if objects:
        _symbols(tree, objects)
    return objects
