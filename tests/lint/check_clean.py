# SPDX-License-Identifier: MIT
"""What must stand in a file, and what must never."""

import re

LICENCE = "SPDX-License-Identifier: MIT"

# Put together from pieces so that this file is clean by its own rule.
_REGISTRIES = [r"registry\." + r"npmjs\.", r"registry\." + r"yarnpkg\.", r"pypi\." + r"org",
               r"files\.python" + r"hosted\.", r"https?://[^/\s\"]*regis" + r"try[^/\s\"]*/",
               r"https?://[^/\s\"]*arti" + r"factory", "\"resol" + "ved\":"]
_PLACES = [r"/ro" + r"ot/", r"/Us" + r"ers/", r"/ho" + r"me/(?!dev\b|user\b|you\b|NAME\b|\$)\w",
           r"(?<![\w/.])/wo" + r"rk/", r"/tmp/br" + r"ief"]
_PRIVATE = re.compile("|".join(_REGISTRIES + _PLACES))
_UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")

# Documents that no reader of the tree has.
_FOREIGN_DOCUMENT = re.compile(r"\b(DESIGN|SECURITY|CONTRACTS|SCREENS|PEERS|HOUSE)(\.md)? " + "§")

_BINARY = (".png", ".db", ".gz", ".bin", ".der", ".p12")


def _texts(tree):
    for path in tree.paths:
        if not path.endswith(_BINARY) and not path.startswith("tests/data/"):
            yield path


def licence(tree):
    for path in tree.paths:
        lines = tree.lines(path)[:2] if path.endswith(
            (".c", ".h", ".py", ".sh", ".cmake", ".sql", ".js", ".mjs", "CMakeLists.txt")) else None
        if lines is None:
            continue
        if path.endswith((".c", ".h")):
            good = lines[:1] == [f"/* {LICENCE} */"]
        else:
            good = any(LICENCE in line for line in lines)
        if not good:
            yield f"{path}:1: no SPDX line"


def private(tree):
    for path in _texts(tree):
        for number, line in enumerate(tree.lines(path), 1):
            found = _PRIVATE.search(line)
            if found:
                yield f"{path}:{number}: a place of one machine or registry: {found.group(0)}"


def unfinished(tree):
    for path in _texts(tree):
        for number, line in enumerate(tree.lines(path), 1):
            found = _UNFINISHED.search(line)
            if found:
                yield f"{path}:{number}: {found.group(0)} left behind"


def citations(tree):
    """A comment cites what a reader has: a document of this tree, an RFC, an API."""
    for path in tree.ending(".c", ".h", ".py", ".cmake"):
        for number, line in enumerate(tree.lines(path), 1):
            found = _FOREIGN_DOCUMENT.search(line)
            if found:
                yield f"{path}:{number}: {found.group(0)}: this tree has no such document"


def whitespace(tree):
    for path in _texts(tree):
        text = tree.text(path)
        if text and not text.endswith("\n"):
            yield f"{path}:{text.count(chr(10)) + 1}: no newline at the end"
        for number, line in enumerate(text.split("\n"), 1):
            if line.endswith((" ", "\t", "\r")):
                yield f"{path}:{number}: white space at the end of the line"
