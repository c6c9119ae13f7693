# SPDX-License-Identifier: MIT
"""What the end-to-end tests share. They run the real programs and nothing of their insides."""

import os
import signal
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(1, os.path.dirname(HERE))

from home import PASSPHRASE, PROGRAMS, Home  # noqa: E402


def pytest_sessionstart(session):
    # A shell that runs the tests in the background has its programs ignore this one.
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    if not os.access(os.path.join(PROGRAMS, "credvault"), os.X_OK):
        pytest.exit("no credvault in %s: build it, or set CREDVAULT_BIN" % PROGRAMS, 2)


@pytest.fixture
def home():
    """An empty home directory."""
    home = Home()
    yield home
    home.leave()


@pytest.fixture(scope="module")
def shared_home():
    """A home with one vault for the whole module, which is unlocked when the module begins."""
    home = Home()
    home.init()
    yield home
    home.leave()


@pytest.fixture
def vault(shared_home):
    """The module's vault, unlocked when the test begins."""
    if shared_home.status()["locked"]:
        shared_home.unlock()
    return shared_home


@pytest.fixture
def locked(shared_home):
    """The module's vault, locked when the test begins."""
    if not shared_home.status()["locked"]:
        shared_home.lock()
    return shared_home


@pytest.fixture(scope="module")
def standin():
    """A strict local STS and IAM."""
    from standin.client import StandIn
    with StandIn() as server:
        yield server


@pytest.fixture
def passphrase():
    return PASSPHRASE
