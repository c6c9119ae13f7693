# SPDX-License-Identifier: MIT
"""`credvault show`: one key."""

import pytest
from home import PASSPHRASE
from world import SERIAL, fresh, world  # noqa: F401


pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


def test_everything_but_the_secret(world):
    out = world.home.run("show", "dev", status=0).out
    for text in (SERIAL, "arn:aws:iam::111122223333:user/dev", world.key("dev")["AccessKeyId"],
                 "old, made 20"):
        assert text in out
    assert world.key("dev")["SecretAccessKey"] not in out
    key = world.home.run("show", "dev", "--json", status=0).json()
    assert world.key("dev")["SecretAccessKey"] not in str(key)
    listed = world.home.run("list", "--json").json()["keys"][1]
    assert {k: v for k, v in key.items() if k in listed} == listed
    assert key["endpoint"] == "loopback" and key["note"] is None


def test_a_note_cannot_steer_the_terminal(world):
    world.add("noted", "ci", "--note", "päge 7")
    assert "päge 7" in world.home.run("show", "noted", status=0).out


def test_what_is_not_there_is_3_and_what_is_no_name_is_2(world):
    answer = world.home.run("show", "nobody", status=3)
    assert answer.out == "" and "nobody" in answer.err
    assert world.home.run("show", "nobody", "--json", status=3).error()["code"] == "NOT_FOUND"
    for bad in "", "a  b", "\x1b[2J", "x" * 10000:
        assert "\x1b" not in world.home.run("show", bad, status=2).err
    world.home.run("show", status=2)
    world.home.run("show", "a", "b", status=2)


@pytest.mark.parametrize("command", [["show"], ["reveal", "--force"], ["remove", "--yes"]])
def test_a_name_that_is_none_leads_to_the_list(vault, command):
    answer = vault.run(*command, "prdo", passphrase=PASSPHRASE, status=3)
    assert "prdo: no key of that name" in answer.err and "credvault list" in answer.err
    assert "credvault add" not in answer.err
