# SPDX-License-Identifier: MIT
"""Roles that are to last for more than an hour: AWS lets only the key itself assume them."""

import pytest
from home import PASSPHRASE
from world import ROLE, fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize

LONG = "[profile tf]\nrole_arn = %sreader\nsource_profile = %%s\nduration_seconds = 43200\n" % ROLE


def asked(world, since):
    return [(e["action"], bool(e["mfa"])) for e in world.standin.log()[since:]]


def test_a_role_for_twelve_hours_takes_one_code_and_no_mfa_session(fresh):
    fresh.config(LONG % "dev")
    since = len(fresh.standin.log())
    made = fresh.home.run("export", "tf", "-t", fresh.code(), status=0).out
    object_ = fresh.home.run("process", "tf", status=0).json()
    assert object_["AccessKeyId"] in made
    assert asked(fresh, since) == [("AssumeRole", True)]
    assert fresh.standin.state()["sessions"][-1]["expires"] == object_["Expiration"]


def test_unlock_spends_the_one_code_on_the_roles_session(fresh):
    fresh.config(LONG % "dev")
    since = len(fresh.standin.log())
    fresh.home.run("unlock", "tf", "-t", fresh.code(), passphrase=PASSPHRASE, status=0)
    waiting = [fresh.home.popen("process", "tf") for _ in range(6)]
    for process in waiting:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0 and "AccessKeyId" in out, err
    assert asked(fresh, since) == [("AssumeRole", True)]


def test_a_key_without_mfa_assumes_it_without_a_code(fresh):
    fresh.config(LONG % "ci")
    since = len(fresh.standin.log())
    fresh.home.run("process", "tf", status=0)
    assert asked(fresh, since) == [("AssumeRole", False)]


def test_a_second_role_for_more_than_an_hour_is_refused_before_aws(fresh):
    fresh.config(LONG % "ci" + "[profile deep]\nrole_arn = %schained\nsource_profile = tf\n"
                 "duration_seconds = 7200\n" % ROLE)
    since = len(fresh.standin.log())
    answer = fresh.home.run("process", "deep", status=2)
    assert "1 hour at the most" in answer.err
    assert asked(fresh, since) == []


@pytest.mark.parametrize("locked", [False, True])
def test_the_plan_shows_no_session_in_front_of_it(fresh, locked):
    fresh.config(LONG % "dev")
    if locked:
        fresh.home.lock()
    steps = fresh.home.run("exec", "--json", "--plan", "tf", status=0).json()["steps"]
    assert [s["kind"] for s in steps] == ["key", "role"]
