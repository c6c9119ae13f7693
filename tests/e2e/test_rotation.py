# SPDX-License-Identifier: MIT
"""Rotation by the protocol itself: what the agent does at IAM, and what it finds after it was killed."""

import os
import signal
import threading

import pytest
import reader
from channel import Sealed, prove
from home import PASSPHRASE, wait_until
from rotating import keys
from rotating import world  # noqa: F401
from wire import call
from world import plaintext_files


def args(world, name="ci", **more):
    return dict({"name": name, "endpoint": world.standin.url, "can_ask": False}, **more)


def rotate(world, name="ci", answer=None, **more):
    """By the owner: most tests rotate keys that are not due."""
    return prove(world.home, "rotate", args(world, name, **more), answer)


def current(world, name="ci"):
    return world.home.run("show", name, "--json", status=0).json()


def kill(world):
    os.kill(world.home.status()["agent"]["pid"], signal.SIGKILL)


def in_background(world, **more):
    """A request whose end nobody waits for."""
    sealed = Sealed(world.home, "rotate", args(world, **more))
    sealed.go().push(sealed.request)
    thread = threading.Thread(target=sealed.finish)
    thread.start()
    return thread


def works(world, name="ci"):
    """Whether STS takes what the vault has."""
    world.home.run("clear", status=0)
    return world.home.run("export", name, "--force", status=0)


def test_one_key_is_made_proved_and_takes_the_old_ones_place(world):
    old = world.key("ci")["AccessKeyId"]
    world.add("also", "ci")
    done = rotate(world)["ok"]
    new = done["new_access_key_id"]
    assert (done["state"], done["step"], done["old_access_key_id"]) == ("done", "delete", old)
    assert keys(world) == {old: "Inactive", new: "Active"}
    assert done["delete_after"] and not done["resumed"]
    assert current(world)["access_key_id"] == current(world, "also")["access_key_id"] == new
    assert current(world)["rotating"] == "delete" and current(world)["rotated_at"]
    actions = [e["action"] for e in world.standin.log(access_key_id=new)]
    assert actions[:2] == ["GetCallerIdentity"] * 2
    works(world)
    (row,) = call(world.home, "rotations")["rows"]
    assert (row["step"], row["names"], row["held"]) == ("delete", ["also", "ci"], False)
    assert not [f for f in os.listdir(os.path.dirname(world.home.vault)) if ".new-" in f]
    world.home.run("verify", status=0)


def test_another_reader_finds_the_old_secret_in_the_row_and_nowhere_else(world):
    old = world.standin.key("ci")
    new = rotate(world)["ok"]["new_access_key_id"]
    world.home.lock()
    found = reader.read(world.home.vault, reader.PASSPHRASE, PASSPHRASE.encode())
    (row,) = found["rotations"]
    assert (row["name"], row["done"], row["key"]) == (old["id"], 6, "ci")
    assert (row["new_access_key_id"], row["seen"]) == (new, old["id"])
    assert row["secret_access_key"].decode() == old["secret"]
    assert plaintext_files(world.home, old["secret"]) == []
    world.home.unlock()


def test_the_old_key_is_deleted_at_once_where_that_was_asked_for(world):
    old = world.key("ci")["AccessKeyId"]
    done = rotate(world, retire="delete")["ok"]
    assert (done["state"], done["step"]) == ("done", None)
    assert keys(world) == {done["new_access_key_id"]: "Active"}
    assert old not in keys(world)
    assert call(world.home, "rotations")["rows"] == []
    updates = [e["action"] for e in world.standin.log() if "AccessKey" in e["action"]
               and e["params"].get("AccessKeyId") == old and e["effect"]]
    assert updates[-2:] == ["UpdateAccessKey", "DeleteAccessKey"]


def test_an_undo_brings_the_old_key_back(world):
    old = world.key("ci")["AccessKeyId"]
    new = rotate(world)["ok"]["new_access_key_id"]
    done = rotate(world, act="undo")["ok"]
    assert done["state"] == "aborted"
    assert keys(world) == {old: "Active"} and new not in keys(world)
    assert current(world)["access_key_id"] == old
    works(world)


def test_a_lost_answer_is_an_orphan_that_is_named(world):
    old = world.key("ci")["AccessKeyId"]
    world.standin.fault("drop_after", action="CreateAccessKey", count=1)
    error = rotate(world)["error"]
    (orphan,) = set(keys(world)) - {old}
    assert (error["code"], error["status"]) == ("AWS_REFUSED", 8)
    assert error["hint"] == "credvault rotate ci --delete-key %s" % orphan
    assert rotate(world)["error"]["hint"] == error["hint"]
    assert keys(world) == {old: "Active", orphan: "Active"}
    works(world)
    done = rotate(world, delete_key=orphan)["ok"]
    assert done["state"] == "done" and orphan not in keys(world)
    assert keys(world) == {old: "Inactive", done["new_access_key_id"]: "Active"}


@pytest.mark.parametrize("action", ["CreateAccessKey", "GetCallerIdentity", "UpdateAccessKey"])
def test_a_killed_agent_leaves_what_the_next_one_finishes(world, action):
    old = world.key("ci")["AccessKeyId"]
    begun = len(world.standin.log())
    # The probe before and the identity asked for first are let through.
    skip = {"CreateAccessKey": 0, "GetCallerIdentity": 1, "UpdateAccessKey": 1}[action]
    world.standin.fault("hold", action=action, skip=skip, count=1)
    thread = in_background(world)
    count = {"CreateAccessKey": 1, "GetCallerIdentity": 2, "UpdateAccessKey": 2}[action]
    wait_until(lambda: len(world.standin.log(action=action, since=begun)) == count)
    kill(world)
    thread.join()
    world.standin.clear()
    world.standin.release()
    world.home.unlock()
    answer = rotate(world)
    if action == "CreateAccessKey":
        orphan = answer["error"]["hint"].split()[-1]
        answer = rotate(world, delete_key=orphan)
    done = answer["ok"]
    assert done["state"] == "done" and done["resumed"]
    assert keys(world) == {old: "Inactive", done["new_access_key_id"]: "Active"}
    works(world)
    world.home.run("verify", status=0)


def test_two_at_once_are_one_and_a_refusal(world):
    begun = len(world.standin.log())
    world.standin.fault("hold", action="CreateAccessKey", count=1)
    thread = in_background(world)
    wait_until(lambda: world.standin.log(action="CreateAccessKey", since=begun))
    error = rotate(world)["error"]
    assert (error["code"], error["status"]) == ("ROTATION_HELD", 11)
    assert '"create"' in error["detail"]
    world.standin.release()
    thread.join()
    assert sorted(keys(world).values()) == ["Active", "Inactive"]


def test_one_code_serves_a_rotation_that_needs_mfa(world):
    world.standin.control("PUT", "users", {"account": "111122223333", "user": "dev",
                                           "require_mfa": ["iam:*"]})
    codes = []

    def answer(ask):
        assert ask["kind"] == "mfa"
        codes.append(world.standin.code(ask["serial"]))
        return {"code": codes[-1]}

    done = rotate(world, "dev", answer, can_ask=True)["ok"]
    assert done["state"] == "done" and len(codes) == 1
    assert sorted(keys(world, "dev").values()) == ["Active", "Inactive"]


def test_what_dies_with_the_old_key_is_finished_with_the_next_code(world):
    world.standin.control("PUT", "users", {"account": "111122223333", "user": "dev",
                                           "require_mfa": ["iam:*"]})
    codes = []

    def answer(ask):
        world.standin.fresh_step()
        codes.append(world.standin.code(ask["serial"]))
        return {"code": codes[-1]}

    done = rotate(world, "dev", answer, can_ask=True, retire="delete")["ok"]
    assert (done["state"], done["step"]) == ("done", "delete") and len(codes) == 1
    assert sorted(keys(world, "dev").values()) == ["Active", "Inactive"]
    again = rotate(world, "dev", answer, can_ask=True, act="resume")["ok"]
    assert (again["state"], again["step"]) == ("done", None) and len(codes) == 2
    assert keys(world, "dev") == {done["new_access_key_id"]: "Active"}


def test_a_key_is_not_taken_away_in_the_middle(world):
    world.standin.fault("error", action="UpdateAccessKey", skip=1, code="AccessDenied", status=403)
    assert rotate(world)["error"]["code"] == "AWS_REFUSED"
    assert current(world)["rotating"] == "deactivate"
    answer = world.home.run("remove", "ci", "--yes", passphrase=PASSPHRASE)
    assert answer.status == 1 and "rotation" in answer.err
    world.standin.clear()
    assert rotate(world)["ok"]["state"] == "done"
    world.home.run("remove", "ci", "--yes", passphrase=PASSPHRASE, status=0)
    assert call(world.home, "rotations")["rows"] == []


def test_a_lock_waits_for_the_call_that_makes_a_key(world):
    old = world.key("ci")["AccessKeyId"]
    world.standin.fault("delay", action="CreateAccessKey", ms=1500)
    begun = len(world.standin.log())
    thread = in_background(world)
    wait_until(lambda: world.standin.log(action="CreateAccessKey", since=begun))
    world.home.lock()
    thread.join()
    world.standin.clear()
    world.home.unlock()
    (row,) = call(world.home, "rotations")["rows"]
    assert row["step"] == "prove"
    done = rotate(world)["ok"]
    assert done["resumed"] and set(keys(world)) == {old, done["new_access_key_id"]}


def test_a_second_key_that_is_not_ours_stops_it_before_anything_changes(world):
    old = world.key("ci")["AccessKeyId"]
    world.standin.add_key("ci")
    (other,) = set(keys(world)) - {old}
    error = rotate(world)["error"]
    assert error["code"] == "AWS_REFUSED" and other in error["hint"]
    assert set(keys(world)) == {old, other}
    assert call(world.home, "rotations")["rows"] == []


@pytest.mark.parametrize("action", ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"])
def test_a_permission_that_is_missing_stops_it_before_anything_changes(world, action):
    world.standin.control("PUT", "users", {"account": "111122223333", "user": "ci",
                                           "deny": ["iam:" + action]})
    before = keys(world)
    error = rotate(world)["error"]
    assert error["code"] == "AWS_REFUSED" and action in error["message"]
    assert keys(world) == before
    assert not world.standin.log(action="CreateAccessKey", effect=True)


def test_a_hook_gets_the_key_once_and_only_with_a_proof(world):
    request = args(world, hooks=["./put"])
    assert call(world.home, "rotate", request)["error"]["code"] == "CHANNEL_NEEDED"
    assert not world.standin.log(action="CreateAccessKey")
    given = []

    def answer(ask):
        given.append(ask)
        return {"acknowledged": len(given) > 1, "why": "no network"}

    old = world.key("ci")["AccessKeyId"]
    error = prove(world.home, "rotate", request, answer)["error"]
    assert error["code"] == "FAILED" and "no network" in error["message"]
    assert current(world)["access_key_id"] == old
    resume = args(world)
    assert call(world.home, "rotate", resume)["error"]["code"] == "CHANNEL_NEEDED"
    done = prove(world.home, "rotate", resume, answer)["ok"]
    assert done["state"] == "done" and len(given) == 2
    assert given[1]["new_access_key_id"] == done["new_access_key_id"]
    assert given[1]["secret_access_key"] == world.standin.key("ci", index=1)["secret"]
