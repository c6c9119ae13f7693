# SPDX-License-Identifier: MIT
"""C files look as .clang-format says."""

import re
import subprocess

TOOL = "/usr/bin/clang-format"


def formatted(tree):
    files = tree.c_files()
    if not files:
        return
    done = subprocess.run([TOOL, "--dry-run", "-Werror", "--style=file", *files],
                          cwd=tree.root, capture_output=True, text=True, check=False)
    complaints = re.findall(r"^(\S+?:\d+):\d+: error: code should be clang-formatted", done.stderr,
                            re.MULTILINE)
    for place in dict.fromkeys(complaints):
        yield f"{place}: not as {TOOL} -i would write it"
    if done.returncode != 0 and not complaints:
        yield f".clang-format:1: {done.stderr.strip()}"
