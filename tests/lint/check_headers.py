# SPDX-License-Identifier: MIT
"""Every header compiles alone, under the project's own warnings, and has a guard of its place."""

import concurrent.futures
import os
import re
import subprocess

from tree import code_only, line_of

STANDARD = ["-std=c17", "-D_GNU_SOURCE", "-fsyntax-only", "-x", "c"]


def project_warnings(tree):
    """The -W options of cmake/flags.cmake, so that there is one list of them."""
    try:
        text = tree.text("cmake/flags.cmake")
    except FileNotFoundError:
        return ["-Wall", "-Wextra", "-Werror"]
    return [word for word in re.findall(r"(?<![\w-])-W[a-z0-9=-]+", text)
            if not word.startswith("-Wl")]


def alone(tree):
    flags = STANDARD + project_warnings(tree)

    def complaint(path):
        done = subprocess.run(["gcc", *flags, "-I", tree.root, "-include", tree.full(path), "-"],
                              input="int alone;\n", capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return None
        said = done.stderr.replace(tree.root + "/", "").strip()
        return f"{path}:1: does not compile alone:\n{said}"

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(complaint, tree.ending(".h")))


def guards(tree):
    for path in tree.ending(".h"):
        stem = path[:-2].removeprefix("vault/")
        want = "CV_" + re.sub(r"[^A-Z0-9]", "_", stem.upper()) + "_H"
        text = tree.text(path)
        if f"#ifndef {want}\n#define {want}\n" not in text:
            yield f"{path}:1: no guard {want}"


_FIRST_COMMENT = re.compile(r"/\*\*(?!/)(.*?)\*/(\s*)", re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)


def _speaks_for(path, code, after):
    """Whether what stands below a comment is what the whole header is about."""
    noun = os.path.basename(path)[:-2]
    only = len(re.findall(r";[ \t]*$", re.sub(r"\{[^}]*\}", "", code), re.MULTILINE)) == 1
    return only or re.match(rf"#include|(typedef )?(struct|enum|union) {noun}", after)


def intros(tree):
    """Every header of the product says in its first sentence what the file is for: in a comment of
    its own, with an empty line or an #include below it, or in that of the type it is named after,
    or of its only declaration.
    """
    for path in tree.ending(".h"):
        if not path.startswith(("vault/", "cli/")):
            continue
        text = tree.text(path)
        code = _DIRECTIVE.sub(lambda part: re.sub(r"[^\n]", " ", part.group(0)), code_only(text))
        first = re.search(r"\S", code)
        found = _FIRST_COMMENT.search(text)
        if not found or first and found.start() > first.start():
            yield f"{path}:1: no comment above its declarations says what the file is for"
            continue
        words = " ".join(line.strip(" \t*") for line in found.group(1).splitlines()).strip()
        line = line_of(text, found.start())
        if not re.match(r"\S+ \S.*?[.:](\s|$)", words):
            yield f"{path}:{line}: the file's comment is no sentence"
        elif not ("\n\n" in found.group(2) or _speaks_for(path, code, text[found.end():])):
            yield f"{path}:{line}: the file's comment is the comment of a declaration"
