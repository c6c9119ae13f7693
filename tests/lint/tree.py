# SPDX-License-Identifier: MIT
"""The files the checks look at, and C text with its comments and strings blanked."""

import os
import re

SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__", ".pytest_cache", ".hypothesis"}
SHELL_SCRIPTS = {"dev", ".ci/run"}


class Tree:
    """A project folder. Paths are relative to it, with slashes."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.paths = sorted(self._walk())

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    yield os.path.relpath(path, self.root)

    def full(self, path):
        return os.path.join(self.root, path)

    def text(self, path):
        with open(self.full(path), encoding="utf-8", errors="replace") as file:
            return file.read()

    def lines(self, path):
        return self.text(path).splitlines()

    def ending(self, *suffixes):
        return [path for path in self.paths if path.endswith(suffixes)]

    def c_files(self):
        return self.ending(".c", ".h")

    def shell_files(self):
        """Scripts by name, and what says in its first line that a shell runs it."""
        found = []
        for path in self.paths:
            if path.endswith(".sh") or path in SHELL_SCRIPTS:
                found.append(path)
            elif "." not in os.path.basename(path):
                with open(self.full(path), "rb") as file:
                    if re.match(rb"#!.*\b(ba|da)?sh\b", file.readline(200)):
                        found.append(path)
        return found


_NOISE = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def _blank(match):
    found = match.group(0)
    if found[0] in "\"'":
        return found[0] + " " * (len(found) - 2) + found[0]
    return re.sub(r"[^\n]", " ", found)


def code_only(text):
    """C text of the same length and lines, its comments and literals blanked."""
    return _NOISE.sub(_blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
