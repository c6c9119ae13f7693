# SPDX-License-Identifier: MIT
"""Scripts that cannot be wrong in the ways a tool can see."""

import re
import subprocess


def shell(tree):
    files = tree.shell_files()
    if not files:
        return
    done = subprocess.run(["/usr/bin/shellcheck", "-f", "gcc", *files], cwd=tree.root,
                          capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        yield re.sub(r"^(.+?:\d+):\d+: ", r"\1: ", line)


def python(tree):
    for path in tree.ending(".py"):
        try:
            compile(tree.text(path), path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as wrong:
            yield f"{path}:{getattr(wrong, 'lineno', None) or 1}: {wrong}"
