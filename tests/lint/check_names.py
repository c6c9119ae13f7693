# SPDX-License-Identifier: MIT
"""One base name, one meaning."""

import os
import re

# The rows of tables are named by what they do, as are the programs' main files.
ROWS = re.compile(r"cli/cmd/.*|(.*/)?(op_|source_)[^/]*\.c|(.*/)?main\.c")


def names(tree):
    first = {}
    for path in tree.ending(".c"):
        if path.startswith(("vault/", "cli/")) and not ROWS.fullmatch(path):
            base = os.path.basename(path)
            if base in first:
                yield f"{path}:1: {first[base]} has this name; one of them means something else"
            first.setdefault(base, path)
