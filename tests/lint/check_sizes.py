# SPDX-License-Identifier: MIT
"""No file grows past what one reads in a sitting, and no line past what one sees."""

LIMIT = 600
COLUMNS = 100


def sizes(tree):
    for path in tree.paths:
        if path.endswith((".c", ".h", ".py", ".sh", ".cmake")) or path in ("dev", "CMakeLists.txt"):
            count = len(tree.lines(path))
            if count > LIMIT:
                yield f"{path}:{LIMIT + 1}: {count} lines; the limit is {LIMIT}"


def widths(tree):
    """Lines with a text in them are as clang-format leaves them: it breaks no texts."""
    for path in tree.c_files():
        for number, line in enumerate(tree.lines(path), 1):
            width = len(line.rstrip("\n").expandtabs(8))
            if width > COLUMNS and '"' not in line:
                yield f"{path}:{number}: {width} columns; the limit is {COLUMNS}"
