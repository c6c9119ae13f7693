#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the checks beside it: `run.py [CHECK…]`. Every complaint is `path:line: what is wrong`."""

import os
import sys

import check_banned
import check_clean
import check_format
import check_headers
import check_layers
import check_scripts
import check_sizes
from tree import Tree

CHECKS = {
    "layers": check_layers.layers,
    "rooms": check_layers.rooms,
    "foreign": check_layers.foreign,
    "headers": check_headers.alone,
    "guards": check_headers.guards,
    "sizes": check_sizes.sizes,
    "widths": check_sizes.widths,
    "banned": check_banned.banned,
    "wiping": check_banned.wiping,
    "licence": check_clean.licence,
    "private": check_clean.private,
    "unfinished": check_clean.unfinished,
    "whitespace": check_clean.whitespace,
    "format": check_format.formatted,
    "shell": check_scripts.shell,
    "python": check_scripts.python,
}


def main(names):
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"lint: no such check: {' '.join(unknown)}; there are: {' '.join(CHECKS)}")
        return 2
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    tree = Tree(root)
    failed = 0
    for name in names or CHECKS:
        complaints = list(CHECKS[name](tree))
        for complaint in complaints:
            print(complaint)
        failed += bool(complaints)
        print(f"lint: {name} {'FAILED' if complaints else 'ok'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
