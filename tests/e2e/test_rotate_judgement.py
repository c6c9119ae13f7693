# SPDX-License-Identifier: MIT
"""What a rotation decides: about uses nobody here made, keys it did not make, clocks, codes and races."""

import json
import os
import signal

import pytest
from home import PASSPHRASE, Home, wait_until
from world import World


@pytest.fixture
def world(standin):
    home = Home()
    yield World(home, standin)
    standin.clear()
    standin.release()
    home.leave()


def keys(world, user="ci"):
    return {key["id"]: key["status"] for key in world.standin.user(user)["keys"]}


def current(world, name="ci"):
    return world.home.run("show", name, "--json", status=0).json()["access_key_id"]


def rotate(world, *args, status=0, **options):
    return world.home.run("rotate", *args, "--json", status=status, **options).json()["rotations"]


def plan(world, name="ci"):
    return world.home.run("rotate", name, "--dry-run", "--json", status=0).json()["plans"][0]


def used(world, service="ec2", region="us-west-2", user="ci", after=60):
    """Somebody uses the user's key, a minute from when it came into the vault."""
    world.standin.advance(after)
    world.standin.control("PUT", "keys", {"id": world.standin.key(user)["id"],
                                          "used": {"service": service, "region": region}})


def log(world, op="rotate"):
    entries = world.home.run("log", "-n", "50", "--json", status=0).json()["entries"]
    return [entry for entry in entries if entry["op"] == op]


# -- a use that the log does not know ---------------------------------------------------------------

def test_a_use_that_nobody_here_made_turns_the_default_to_no(world):
    used(world)
    before = keys(world)
    with world.home.terminal("rotate", "ci") as terminal:
        terminal.expect("AWS saw AKIA").expect("(ec2, us-west-2)")
        terminal.expect("somebody has a copy").expect("whatever uses that copy will break")
        terminal.answer("Go? [y/N]", "")
        assert terminal.wait() == 1
        assert "handed out by this vault" not in terminal.seen
    assert keys(world) == before
    with world.home.terminal("rotate", "ci") as terminal:
        terminal.answer("Go? [y/N]", "y").expect("Done in")
        assert terminal.wait() == 0
    assert len(keys(world)) == 2


def test_unattended_it_goes_on_and_says_so(world):
    used(world)
    assert plan(world)["unexplained_use"]["service"] == "ec2"
    answer = world.home.run("rotate", "ci", "--no-input", status=0)
    assert "warning: ci: AWS saw AKIA" in answer.err and "(ec2, us-west-2)" in answer.err
    assert any("ec2 us-west-2" in entry["what"] for entry in log(world))


def test_the_element_of_json_names_the_use(world):
    used(world)
    (done,) = rotate(world, "ci")
    use = done["unexplained_use"]
    assert (use["service"], use["region"], done["state"]) == ("ec2", "us-west-2", "done")
    assert use["at"].endswith("Z")


def test_what_this_vault_handed_out_explains_a_use(world):
    world.home.run("emit", "ci", "--force", status=0)
    used(world, "s3", "eu-west-1")
    assert (plan(world)["unexplained_use"], plan(world)["handed_out"]) == (None, True)
    with world.home.terminal("rotate", "ci") as terminal:
        terminal.expect("s3 eu-west-1   (all of it handed out by this vault)")
        terminal.answer("Go? [Y/n]", "y").expect("Done in")
        assert terminal.wait() == 0


def test_a_role_assumed_with_the_key_explains_a_use_too(world):
    world.config("[credvault work]\nrole_arn = arn:aws:iam::111122223333:role/reader\n"
                 "source_profile = ci\n")
    world.home.run("emit", "work", "--force", status=0)
    used(world, "dynamodb", "eu-west-1")
    assert (plan(world)["unexplained_use"], plan(world)["handed_out"]) == (None, True)


def test_a_key_that_was_revealed_may_be_used_by_its_owner(world):
    world.home.run("reveal", "ci", "--force", passphrase=PASSPHRASE, status=0)
    used(world)
    assert plan(world)["unexplained_use"] is None


def test_the_vaults_own_calls_are_no_alarm(world):
    """The stand-in tells of a use at once: of the very calls that look."""
    assert plan(world)["unexplained_use"] is None
    assert plan(world)["unexplained_use"] is None
    rotate(world, "ci", "--grace", "1s")
    assert plan(world)["unexplained_use"] is None
    assert rotate(world, "ci")[0]["unexplained_use"] is None


def test_a_use_of_before_the_key_came_here_is_no_alarm(world):
    world.home.run("remove", "ci", "--yes", passphrase=PASSPHRASE, status=0)
    used(world, after=-100)
    world.add("ci", "ci")
    assert plan(world)["unexplained_use"] is None
