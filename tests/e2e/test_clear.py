# SPDX-License-Identifier: MIT
"""`credvault clear`: sessions go, keys stay."""

import pytest
from home import PASSPHRASE, wait_until
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


# -- and what a lock leaves ----------------------------------------------------------------------

def test_sessions_outlive_a_lock_and_clear_drops_them(world):
    world.session()
    made = world.home.run("process", "dev", status=0).json()
    world.home.lock()
    world.home.unlock()
    assert world.home.run("process", "dev", status=0).json() == made
    answer = world.home.run("lock", "--clear", "--json", status=0).json()
    assert answer == {"locked": True, "cleared": 1}
    world.home.unlock()
    assert "dev" not in [s["profile"] for s in world.home.status()["sessions"]]
    world.home.run("process", "dev", status=7)


def test_lock_clear_of_a_locked_vault_says_what_it_cannot_do(world):
    world.home.lock()
    answer = world.home.run("lock", "--clear", "--json", status=4)
    assert answer.error()["hint"] == "credvault clear && credvault lock"
    world.home.unlock()
    assert "dropped 0 sessions" in world.home.run("lock", "--clear", status=0).out


def test_a_session_from_before_the_unlock_is_usable_behind_the_idle_limit(world):
    world.session()
    made = world.home.run("process", "dev", status=0).json()
    world.home.lock()
    world.home.unlock("--idle", "1s")
    wait_until(lambda: world.home.status()["keys_locked"])
    assert [s["profile"] for s in world.home.status()["sessions"]] == ["dev"]
    assert world.home.run("process", "dev", status=0).json() == made
    world.home.unlock()


def test_unlock_of_a_profile_while_unlocked_asks_for_the_code_alone(world):
    pid = world.home.status()["agent"]["pid"]
    with world.home.terminal("unlock", "dev") as terminal:
        terminal.answer("MFA code", world.code()).expect("dev: session until")
        assert terminal.wait() == 0
        assert "Passphrase" not in terminal.seen
    assert world.home.status()["agent"]["pid"] == pid
    ok = world.home.run("unlock", "dev", "--json", status=0).json()
    assert ok["pid"] == pid and ok["sessions"][0]["profile"] == "dev"


def test_unlock_of_a_profile_while_unlocked_and_nobody_to_ask_says_that_the_code_is_missing(world):
    answer = world.home.run("unlock", "dev", "--json", status=7)
    assert answer.error()["code"] == "MFA_NEEDED"
    # Limits of its own are another unlock.
    assert world.home.run("unlock", "dev", "--for", "1h", "--json", status=4).error()["code"] == "LOCKED"


def test_status_counts_what_programs_were_refused_and_no_slip_of_a_person(world):
    world.home.unlock()
    world.home.run("process", "nobdoy", status=3)
    with world.home.terminal("unlock", "dev") as terminal:
        terminal.expect("MFA code").send("\x03")
        assert terminal.wait() == 130
    assert world.home.status()["refused"] == []
    world.home.run("process", "dev", status=7)
    refused = world.home.status()["refused"]
    assert [(one["profile"], one["count"], one["code"]) for one in refused] == [("dev", 1, "MFA_NEEDED")]


def test_status_counts_no_device_that_a_person_named_wrongly(world):
    world.home.unlock()
    other = "arn:aws:iam::111122223333:mfa/nobody"
    world.home.run("edit", "dev", "--mfa-serial", other, passphrase=PASSPHRASE, status=0)
    with world.home.terminal("exec", "dev", "--", "/bin/true") as terminal:
        terminal.answer("MFA code", world.code()).expect("AWS does not know MFA device")
        assert terminal.wait() == 125
    assert world.home.status()["refused"] == []
