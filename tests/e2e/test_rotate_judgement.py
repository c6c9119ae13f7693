# SPDX-License-Identifier: MIT
"""What a rotation decides: about uses nobody here made, keys it did not make, clocks, codes and races."""

import json
import os
import signal

import pytest
from home import PASSPHRASE, wait_until
from rotating import current, keys, rotate
from rotating import due, world  # noqa: F401

pytestmark = pytest.mark.usefixtures("due")


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
    world.home.run("export", "ci", "--force", status=0)
    used(world, "s3", "eu-west-1")
    assert (plan(world)["unexplained_use"], plan(world)["handed_out"]) == (None, True)
    with world.home.terminal("rotate", "ci") as terminal:
        terminal.expect("s3 eu-west-1   (all of it handed out by this vault)")
        terminal.answer("Go? [Y/n]", "n")
        assert terminal.wait() == 1


def test_a_role_assumed_with_the_key_explains_a_use_too(world):
    world.config("[credvault work]\nrole_arn = arn:aws:iam::111122223333:role/reader\n"
                 "source_profile = ci\n")
    world.home.run("export", "work", "--force", status=0)
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


def test_a_use_of_before_the_key_came_here_is_no_alarm(world):
    world.home.run("remove", "ci", "--yes", passphrase=PASSPHRASE, status=0)
    used(world, after=-100)
    world.add("ci", "ci")
    assert plan(world)["unexplained_use"] is None


# -- keys that are not ours ---------------------------------------------------------------------------

def kill_at_create(world):
    """The agent dies between the intent and the answer; the call is lost on its way."""
    begun = len(world.standin.log())
    world.standin.fault("hold", action="CreateAccessKey", count=1)
    world.standin.fault("drop", action="CreateAccessKey", count=1)
    process = world.home.popen("rotate", "ci")
    wait_until(lambda: world.standin.log(action="CreateAccessKey", since=begun))
    os.kill(world.home.status()["agent"]["pid"], signal.SIGKILL)
    _, err = process.communicate()
    world.standin.clear()
    world.standin.release()
    world.home.unlock()
    return process.returncode, err


def test_an_agent_that_dies_is_told_with_what_finishes_the_rotation(world):
    status, err = kill_at_create(world)
    assert status == 1
    assert "Nothing is lost" in err and "credvault rotate ci\n" in err
    (done,) = rotate(world, "ci")
    assert (done["state"], done["resumed"]) == ("done", True)


def foreign(world):
    """A key that somebody else made while nobody here was looking; and the old one."""
    old = world.key("ci")["AccessKeyId"]
    kill_at_create(world)
    return old, world.standin.add_key("ci", age_days=0)["id"]


@pytest.mark.parametrize("args", [["--resume"], ["--due"]])
def test_a_foreign_key_survives_an_unattended_resume_as_it_is(world, args):
    old, other = foreign(world)
    begun = len(world.standin.log())
    failed = [r for r in rotate(world, *args, "--no-input", status=8) if r["name"] == "ci"][0]
    assert failed["error"]["hint"] == "credvault rotate ci --delete-key %s" % other
    assert keys(world) == {old: "Active", other: "Active"}
    changes = [e for e in world.standin.log(since=begun)
               if e["params"].get("AccessKeyId") == other and e["effect"]]
    assert [e["action"] for e in changes if e["action"] != "GetAccessKeyLastUsed"] == []
    assert current(world) == old


def test_a_foreign_key_is_kept_where_a_person_says_so(world):
    old, other = foreign(world)
    (failed,) = rotate(world, "ci", "--keep-orphan", status=8)
    assert "none can be made" in failed["error"]["message"]
    assert keys(world) == {old: "Active", other: "Active"}
    assert "Unfinished  none" in world.home.run("status", status=0).out


def test_a_foreign_key_is_deleted_where_it_is_named(world):
    old, other = foreign(world)
    (done,) = rotate(world, "ci", "--delete-key", other)
    assert keys(world) == {old: "Inactive", done["new_access_key_id"]: "Active"}


# -- clocks -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("seconds", [1200, -1200])
def test_a_clock_that_is_20_minutes_wrong_is_corrected(world, seconds):
    old = world.key("ci")["AccessKeyId"]
    world.standin.skew(seconds)
    (done,) = rotate(world, "ci")
    assert (done["state"], done["unexplained_use"]) == ("done", None)
    assert keys(world) == {old: "Inactive", done["new_access_key_id"]: "Active"}
    # A fresh agent has to find it out again, in the middle.
    world.home.lock()
    world.home.unlock()
    (undone,) = rotate(world, "ci", "--undo")
    assert undone["state"] == "aborted" and keys(world) == {old: "Active"}


# -- one code -----------------------------------------------------------------------------------------

def demand_mfa(world, *actions):
    world.standin.control("PUT", "users", {"account": "111122223333", "user": "dev",
                                           "require_mfa": list(actions)})


def codes(world):
    return [e for e in world.standin.log(action="GetSessionToken") if e["mfa"]]


def test_what_dies_with_the_old_key_is_said_and_finished_with_the_next_code(world):
    demand_mfa(world, "iam:*")
    old = world.key("dev")["AccessKeyId"]
    answer = world.home.run("rotate", "dev", "--retire", "delete", "-t", world.code(),
                            passphrase=PASSPHRASE, status=0)
    assert "is off." in answer.out and "with another code" in answer.out
    assert "credvault rotate dev --resume" in answer.out and "Undo until" not in answer.out
    assert len(codes(world)) == 1
    assert keys(world, "dev")[old] == "Inactive"
    assert "old key off" in world.home.run("list", status=0).out
    # Nobody to ask: nothing changes, and the reason is told.
    (failed,) = rotate(world, "--resume", "--no-input", status=7)
    assert failed["error"]["code"] == "MFA_NEEDED" and keys(world, "dev")[old] == "Inactive"
    with world.home.terminal("rotate", "dev", "--resume") as terminal:
        terminal.answer("MFA code for dev", world.code()).expect("is deleted")
        assert terminal.wait() == 0
    assert old not in keys(world, "dev") and len(codes(world)) == 2


def test_where_the_policy_allows_it_the_new_key_finishes_alone(world):
    demand_mfa(world, "iam:CreateAccessKey", "iam:UpdateAccessKey")
    (done,) = rotate(world, "dev", "--retire", "delete", "-t", world.code())
    assert (done["state"], done["waits_for"]) == ("done", None)
    assert keys(world, "dev") == {done["new_access_key_id"]: "Active"}
    assert len(codes(world)) == 1


# -- at the same time ---------------------------------------------------------------------------------

@pytest.mark.parametrize("retire", ["deactivate", "when-idle=1d"])
def test_who_asks_while_the_key_is_exchanged_gets_a_session_of_the_new_one(world, retire):
    begun = len(world.standin.log())
    world.standin.fault("hold", action="GetSessionToken", count=1)
    asking = world.home.popen("export", "ci", "--force")
    wait_until(lambda: world.standin.log(action="GetSessionToken", since=begun))
    (done,) = rotate(world, "ci", "--retire", retire)
    world.standin.release()
    out, err = asking.communicate()
    assert asking.returncode == 0, err
    waits = "old key still on, until it is idle" in world.home.run("list", status=0).out
    assert waits == (retire != "deactivate") == (done["waits_for"] == "idle")
    last = world.standin.log(action="GetSessionToken")[-1]
    assert last["access_key_id"] == done["new_access_key_id"] and last["issued"] in out


@pytest.mark.parametrize("act", ["remove", "replace"])
def test_a_key_is_not_taken_away_under_a_rotation_that_asks(world, act):
    args = {"remove": ["remove", "ci", "--yes"],
            "replace": ["add", "ci", "--stdin", "--replace", "--no-check"]}[act]
    stdin = json.dumps(world.key("dev")) if act == "replace" else None
    with world.home.terminal("rotate", "ci") as terminal:
        terminal.expect("Go?")
        held = world.home.run(*args, stdin=stdin, passphrase=PASSPHRASE)
        assert held.status == 11, held
        terminal.line("y").expect("Done in")
        assert terminal.wait() == 0
    world.home.run(*args, stdin=stdin, passphrase=PASSPHRASE, status=0)
    assert "Unfinished  none" in world.home.run("status", status=0).out


def test_a_removal_waits_for_the_call_of_a_client_that_has_gone(world):
    begun = len(world.standin.log())
    world.standin.fault("hold", action="CreateAccessKey", count=1)
    process = world.home.popen("rotate", "ci")
    wait_until(lambda: world.standin.log(action="CreateAccessKey", since=begun))
    process.kill()
    process.communicate()
    removing = world.home.popen("remove", "ci", "--yes", passphrase=PASSPHRASE)
    world.standin.release()
    _, err = removing.communicate()
    assert removing.returncode == 1 and "is not finished" in err
    (done,) = rotate(world, "--resume")
    assert done["state"] == "done" and len(keys(world)) == 2
