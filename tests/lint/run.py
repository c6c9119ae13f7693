#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the checks beside it: `run.py [CHECK…]`. Every complaint is `path:line: what is wrong`.
`run.py --needs-build [CHECK…]` only says by its status whether one of them looks at the build.
"""

import os
import sys

import check_banned
import check_circles
import check_clean
import check_dead
import check_format
import check_headers
import check_layers
import check_names
import check_scripts
import check_sizes
from tree import Tree

CHECKS = {
    "layers": check_layers.layers,
    "rooms": check_layers.rooms,
    "names": check_names.names,
    "circles": check_circles.circles,
    "dead": check_dead.dead,
    "foreign": check_layers.foreign,
    "headers": check_headers.alone,
    "guards": check_headers.guards,
    "intros": check_headers.intros,
    "sizes": check_sizes.sizes,
    "widths": check_sizes.widths,
    "banned": check_banned.banned,
    "wiping": check_banned.wiping,
    "licence": check_clean.licence,
    "private": check_clean.private,
    "unfinished": check_clean.unfinished,
    "citations": check_clean.citations,
    "whitespace": check_clean.whitespace,
    "format": check_format.formatted,
    "shell": check_scripts.shell,
    "python": check_scripts.python,
}
# These look at the objects of the release build.
BUILT = {"circles", "dead"}


def main(names):
    if names[:1] == ["--needs-build"]:
        return 0 if BUILT.intersection(names[1:] or CHECKS) else 1
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
