# SPDX-License-Identifier: MIT
"""Attacks by another program of the same user, which stand on what the end-to-end tests share."""

import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(TESTS, "e2e"), TESTS]

from home import Home  # noqa: E402


@pytest.fixture
def home():
    """A home directory with a vault that is unlocked."""
    home = Home()
    home.init()
    yield home
    home.leave()


@pytest.fixture(scope="module")
def standin():
    """A strict local STS and IAM."""
    from standin.client import StandIn
    with StandIn() as server:
        yield server
