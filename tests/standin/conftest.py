# SPDX-License-Identifier: MIT
import pytest

from .client import StandIn
from .wire import Keys


@pytest.fixture(scope="session")
def server():
    with StandIn() as running:
        yield running


@pytest.fixture
def standin(server):
    """The stand-in, as new, at the start of an MFA step."""
    server.reset()
    server.fresh_step()
    yield server
    server.clear()


@pytest.fixture
def dev(standin):
    return Keys.of(standin.key("dev"))


@pytest.fixture
def ci(standin):
    return Keys.of(standin.key("ci"))
