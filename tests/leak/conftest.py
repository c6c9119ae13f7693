# SPDX-License-Identifier: MIT
"""The search for leaks stands on what the end-to-end tests share."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(TESTS, "e2e"), TESTS]
