# SPDX-License-Identifier: MIT
"""tests/seal/vectors.h is what tests/seal/vectors.py writes, and nobody's hand changed it since."""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WRITER = os.path.join(ROOT, "tests", "seal", "vectors.py")
HEADER = os.path.join(ROOT, "tests", "seal", "vectors.h")


def test_the_second_writer_still_writes_the_frozen_vectors():
    written = subprocess.run([sys.executable, WRITER], capture_output=True, check=True).stdout
    formatted = subprocess.run(["clang-format", "--style=file", f"--assume-filename={HEADER}"],
                               input=written, capture_output=True, check=True).stdout
    with open(HEADER, "rb") as header:
        assert formatted == header.read()
