# SPDX-License-Identifier: MIT
"""`credvault clear`: sessions go, keys stay."""

import pytest
from world import ROLE, fresh, world  # noqa: F401


pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


def calls(world):
    return len(world.standin.log(action="GetSessionToken"))


def test_the_next_use_makes_a_new_session(world):
    first = world.home.run("process", "ci", status=0).json()
    before = calls(world)
    assert world.home.run("clear", "ci", "--json", status=0).json() == {"cleared": 1}
    second = world.home.run("process", "ci", status=0).json()
    assert second["AccessKeyId"] != first["AccessKeyId"] and calls(world) == before + 1


def test_only_the_profiles_that_are_named(world):
    world.session()
    dev = world.home.run("process", "dev", status=0).json()
    world.home.run("process", "ci", status=0)
    world.home.run("clear", "ci", status=0)
    assert world.home.run("process", "dev", status=0).json() == dev
    assert world.home.run("clear", "nobody", "--json", status=0).json() == {"cleared": 0}


def test_all_of_them_and_the_keys_stay(world):
    world.config("[profile reader]\nrole_arn = %sreader\nsource_profile = ci\n" % ROLE)
    world.home.run("process", "reader", status=0)
    assert world.home.run("clear", "--json", status=0).json()["cleared"] == 2
    assert world.home.run("clear", "--json", status=0).json() == {"cleared": 0}
    assert world.home.run("list", "--names", status=0).out == "ci\ndev\n"
    assert "Dropped 0 sessions." in world.home.run("clear", status=0).out


def test_a_cleared_session_does_not_come_back_with_the_next_unlock(world):
    first = world.home.run("process", "ci", status=0).json()
    world.home.run("clear", status=0)
    world.home.lock()
    world.home.unlock()
    assert world.home.run("process", "ci", status=0).json()["AccessKeyId"] != first["AccessKeyId"]


def test_names_that_are_none(world):
    for bad in "", "a  b", "\x1b[2J":
        world.home.run("clear", "ci", bad, status=2)
