# SPDX-License-Identifier: MIT
"""`rotate` whose agent falls silent in the middle: it ends, says so, and nothing is lost."""

import os
import signal
import time

import pytest
from home import stop, wait_until
from peers import agent, held_at, let_go, works
from rotating import current, keys, world  # noqa: F401


# The first UpdateAccessKey asks only whether it may.
@pytest.fixture(params=[("CreateAccessKey", 0), ("UpdateAccessKey", 1)], ids=lambda at: at[0])
def silent(world, request):
    """`rotate ci`, whose agent is stopped while AWS's answer to this call is on its way."""
    world.old = current(world)
    world.pid = agent(world)
    world.rotating = held_at(world, request.param[0], skip=request.param[1])
    stop(world.pid)
    let_go(world)
    yield world
    if world.pid in world.home.agents():
        os.kill(world.pid, signal.SIGCONT)
    world.rotating.kill()
    world.rotating.communicate()


def is_finished_when_the_agent_goes_on(world):
    os.kill(world.pid, signal.SIGCONT)
    # The agent ends the call at hand by itself, and reports to nobody.
    wait_until(lambda: world.home.run("rotate", "--resume", "--json").status == 0)
    new, left = current(world), keys(world)
    assert new != world.old and left == {new: "Active", world.old: "Inactive"}
    works(world)
    world.home.run("verify", status=0)


def test_it_ends_and_tells_who_is_silent(silent):
    began = time.monotonic()
    _, err = silent.rotating.communicate(timeout=60)
    assert time.monotonic() - began < 20 and silent.rotating.returncode not in (0, -signal.SIGTERM)
    assert "process %d, is stopped" % silent.pid in err
    is_finished_when_the_agent_goes_on(silent)


def test_term_ends_it_at_that_moment(silent):
    began = time.monotonic()
    silent.rotating.send_signal(signal.SIGTERM)
    _, err = silent.rotating.communicate(timeout=60)
    assert time.monotonic() - began < 10 and silent.rotating.returncode != 0
    assert "process %d, is stopped" % silent.pid in err
    is_finished_when_the_agent_goes_on(silent)
