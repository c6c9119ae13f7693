# SPDX-License-Identifier: MIT
"""No file grows past what one reads in a sitting."""

LIMIT = 600


def sizes(tree):
    for path in tree.paths:
        if path.endswith((".c", ".h", ".py", ".sh", ".cmake")) or path in ("dev", "CMakeLists.txt"):
            count = len(tree.lines(path))
            if count > LIMIT:
                yield f"{path}:{LIMIT + 1}: {count} lines; the limit is {LIMIT}"
