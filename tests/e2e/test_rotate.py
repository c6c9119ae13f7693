# SPDX-License-Identifier: MIT
"""`rotate`: the plan, the steps, the ends, and what is left for the next run."""

import json
import os
import signal

import pytest
from home import PASSPHRASE, wait_until
from rotating import current, keys, rotate
from rotating import due, world  # noqa: F401


def kill_agent(world):
    os.kill(world.home.status()["agent"]["pid"], signal.SIGKILL)


def forbid(world, *actions, user="ci"):
    world.standin.control("PUT", "users", {"account": "111122223333", "user": user,
                                           "deny": list(actions)})


def test_a_key_is_replaced_and_the_old_one_is_off(world):
    old = world.key("ci")["AccessKeyId"]
    world.add("also", "ci")
    (done,) = rotate(world, "ci")
    new = done["new_access_key_id"]
    assert set(done) == {"name", "state", "step", "old_access_key_id", "new_access_key_id",
                         "resumed", "delete_after", "waits_for", "unexplained_use", "error"}
    assert (done["waits_for"], done["unexplained_use"]) == ("grace", None)
    assert (done["name"], done["state"], done["error"]) == ("ci", "done", None)
    assert keys(world) == {old: "Inactive", new: "Active"}
    assert current(world) == current(world, "also") == new
    assert "old key off, deleted in " in world.home.run("list", status=0).out
    assert "old key off" in world.home.run("status", status=0).out
    world.home.run("export", "ci", "--force", status=0)


def test_people_are_told_the_steps_and_how_to_undo(world):
    answer = world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=0)
    assert "Done in " in answer.out and "credvault rotate ci --undo" in answer.out
    assert "created" in answer.err and "promoted" in answer.err and "off" in answer.err


def test_an_undo_brings_the_old_key_back(world):
    old = world.key("ci")["AccessKeyId"]
    rotate(world, "ci")
    (undone,) = rotate(world, "ci", "--undo")
    assert undone["state"] == "aborted"
    assert keys(world) == {old: "Active"} and current(world) == old
    assert "Unfinished  none" in world.home.run("status", status=0).out
    assert world.home.run("rotate", "ci", "--undo", passphrase=PASSPHRASE).status == 2


def test_on_a_terminal_the_plan_is_asked_about(world, due):
    before = keys(world)
    with world.home.terminal("rotate", "ci") as terminal:
        terminal.expect("user ci in 111122223333", "delete it after").answer("Go? [Y/n]", "n")
        assert terminal.wait() == 1
    assert keys(world) == before
    with world.home.terminal("rotate", "ci") as terminal:
        terminal.answer("Go? [Y/n]", "y").expect("Done in")
        assert terminal.wait() == 0
    assert len(keys(world)) == 2
    with world.home.terminal("rotate", "dev", "--no-input") as terminal:
        terminal.expect("Done in")
        assert terminal.wait() == 0 and "Go?" not in terminal.seen


def test_a_second_rotation_within_the_grace_makes_room_for_itself(world):
    first = rotate(world, "ci")[0]
    (second,) = rotate(world, "ci")
    assert second["old_access_key_id"] == first["new_access_key_id"]
    assert keys(world) == {first["new_access_key_id"]: "Inactive",
                           second["new_access_key_id"]: "Active"}


def test_a_dry_run_changes_nothing(world):
    before = keys(world)
    answer = world.home.run("rotate", "ci", "--dry-run", status=0)
    assert "create a key" in answer.out and "create yes" in answer.out
    (plan,) = world.home.run("rotate", "ci", "--dry-run", "--json", status=0).json()["plans"]
    assert plan["name"] == "ci" and plan["may"]["delete"] == "yes"
    assert keys(world) == before and not world.standin.log(action="CreateAccessKey")


def test_an_agent_killed_at_create_leaves_an_orphan_that_is_named(world):
    old = world.key("ci")["AccessKeyId"]
    world.standin.fault("hold", action="CreateAccessKey", count=1)
    begun = len(world.standin.log())
    process = world.home.popen("rotate", "ci", "--json", passphrase=PASSPHRASE)
    wait_until(lambda: world.standin.log(action="CreateAccessKey", since=begun))
    kill_agent(world)
    out, err = process.communicate()
    assert process.returncode == 1, err
    (failed,) = json.loads(out)["rotations"]
    assert failed["state"] == "failed" and failed["error"]["hint"] == "credvault rotate ci"
    world.standin.clear()
    world.standin.release()
    wait_until(lambda: len(keys(world)) == 2)
    world.home.unlock()
    assert "rotation unfinished: create" in world.home.run("list", status=0).out
    (named,) = rotate(world, "--resume", status=8)
    (orphan,) = set(keys(world)) - {old}
    assert named["error"]["hint"] == "credvault rotate ci --delete-key %s" % orphan
    (done,) = rotate(world, "ci", "--delete-key", orphan)
    assert (done["state"], done["resumed"]) == ("done", True)
    assert keys(world) == {old: "Inactive", done["new_access_key_id"]: "Active"}
    world.home.run("verify", status=0)


def test_an_answer_that_is_lost_is_exit_8_and_nothing_else_changed(world):
    old = world.key("ci")["AccessKeyId"]
    world.standin.fault("drop_after", action="CreateAccessKey", count=1)
    answer = world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=8)
    (orphan,) = set(keys(world)) - {old}
    assert "credvault rotate ci --delete-key %s" % orphan in answer.err
    assert current(world) == old
    (done,) = rotate(world, "ci", "--delete-key", orphan)
    assert done["state"] == "done" and orphan not in keys(world)


def test_two_at_once_are_one_and_an_exit_11(world):
    begun = len(world.standin.log())
    world.standin.fault("hold", action="CreateAccessKey", count=1)
    process = world.home.popen("rotate", "ci", "--json", passphrase=PASSPHRASE)
    wait_until(lambda: world.standin.log(action="CreateAccessKey", since=begun))
    (held,) = rotate(world, "ci", status=11)
    assert held["error"]["code"] == "ROTATION_HELD"
    world.standin.release()
    out, _ = process.communicate()
    assert process.returncode == 0 and json.loads(out)["rotations"][0]["state"] == "done"


def test_what_is_due_is_rotated_and_nothing_else(world):
    before = keys(world, "ci")
    (done,) = rotate(world, "--due", "--no-input")
    assert done["name"] == "dev" and done["state"] == "done"
    assert keys(world, "ci") == before
    assert rotate(world, "--due") == []
    assert "No key is due" in world.home.run("rotate", "--due", status=0).err


def test_a_locked_vault_is_opened_by_its_key_file_for_a_nightly_run(world):
    key = os.path.join(world.home.path, "night/key")
    os.mkdir(os.path.dirname(key), 0o700)
    world.home.run("slot", "add", "key-file", key, passphrase=PASSPHRASE, status=0)
    world.home.lock()
    assert world.home.run("rotate", "--due", "--no-input", "--json").status == 4
    (done,) = rotate(world, "--due", "--no-input", "--key-file", key)
    assert done["name"] == "dev" and done["state"] == "done"
    world.home.wait_no_agents()
    assert rotate(world, "--due", "--no-input", "--key-file", key) == []


def test_an_interrupted_question_begins_nothing(world):
    before = keys(world), keys(world, "dev")
    for args in (["dev"], ["--all"]):
        with world.home.terminal("rotate", *args) as terminal:
            terminal.expect("Go?").send("\x03")
            assert terminal.wait() == 130
    assert (keys(world), keys(world, "dev")) == before


def test_who_interrupts_a_question_stops_what_was_not_begun(world):
    world.standin.control("PUT", "users", {"account": "111122223333", "user": "dev",
                                           "require_mfa": ["iam:*"]})
    before = keys(world), keys(world, "dev")
    with world.home.terminal("rotate", "dev", "ci", "--jobs", "1") as terminal:
        terminal.answer("Go?", "y").expect("MFA code for dev").send("\x03")
        assert terminal.wait() == 130
        assert "1 stopped, 1 not begun (exit 130)" in terminal.seen
    assert (keys(world), keys(world, "dev")) == before


def test_a_person_types_the_code_that_many_at_a_time_need(world, due):
    world.standin.control("PUT", "users", {"account": "111122223333", "user": "dev",
                                           "require_mfa": ["iam:*"]})
    with world.home.terminal("rotate", "--all") as terminal:
        terminal.answer("Go?", "y").answer("MFA code for dev", world.code()).expect("2 rotated")
        assert terminal.wait() == 0


def test_all_are_rotated_each_iam_key_once(world):
    world.add("also", "ci")
    done = rotate(world, "--all", "--jobs", "2")
    assert [d["state"] for d in done] == ["done", "done"]
    assert {d["old_access_key_id"] for d in done} == {world.key("ci")["AccessKeyId"],
                                                      world.key("dev")["AccessKeyId"]}
    assert current(world) == current(world, "also")
    again = world.home.run("rotate", "--all", passphrase=PASSPHRASE, status=0)
    assert again.out.count("→") == 2 and "2 rotated" in again.out


def test_one_of_many_that_fails_does_not_stop_the_others(world):
    forbid(world, "iam:CreateAccessKey")
    done = {d["name"]: d for d in rotate(world, "--all", status=8)}
    assert done["dev"]["state"] == "done" and done["ci"]["state"] == "failed"
    answer = world.home.run("rotate", "--all", passphrase=PASSPHRASE, status=8)
    assert "failed" in answer.out and "1 rotated, 1 failed (exit 8)" in answer.out


def test_failures_of_several_kinds_are_exit_1(world):
    forbid(world, "iam:CreateAccessKey")
    done = rotate(world, "ci", "nobody", status=1)
    assert [d["error"]["status"] for d in done] == [8, 3]


@pytest.mark.parametrize("action", ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"])
def test_a_permission_that_is_missing_stops_it_before_anything_changes(world, action):
    forbid(world, "iam:" + action)
    before = keys(world)
    answer = world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=8)
    assert action in answer.err
    assert keys(world) == before
    assert not world.standin.log(action="CreateAccessKey", effect=True)


def test_one_code_serves_a_rotation_that_needs_mfa(world):
    world.standin.control("PUT", "users", {"account": "111122223333", "user": "dev",
                                           "require_mfa": ["iam:*"]})
    assert world.home.run("rotate", "dev", "--no-input").status == 7
    (done,) = rotate(world, "dev", "-t", world.code())
    assert done["state"] == "done"
    assert sorted(keys(world, "dev").values()) == ["Active", "Inactive"]
    assert len(world.standin.log(action="GetSessionToken")) == 1


def test_a_hook_gets_the_new_key_on_its_standard_input(world):
    world.home.script("put", 'cat >"$HOME/got"; echo thanks; [ ! -e "$HOME/refuse" ]')
    world.home.file("refuse", "")
    old = world.key("ci")["AccessKeyId"]
    hook = ("--hook", os.path.join(world.home.path, "put"))
    (failed,) = rotate(world, "ci", *hook, passphrase=PASSPHRASE, status=1)
    assert failed["state"] == "failed" and current(world) == old
    os.unlink(os.path.join(world.home.path, "refuse"))
    (done,) = rotate(world, "ci", "--resume", passphrase=PASSPHRASE)
    got = json.loads(open(os.path.join(world.home.path, "got")).read())
    assert got["AccessKeyId"] == done["new_access_key_id"] and got["OldAccessKeyId"] == old
    assert got["SecretAccessKey"] == world.standin.key("ci", index=1)["secret"]
    assert done["state"] == "done" and current(world) == got["AccessKeyId"]


def test_a_hook_without_the_passphrase_changes_nothing(world):
    before = keys(world)
    refused = world.home.run("rotate", "ci", "--hook", "true", status=4)
    assert "the passphrase is needed" in refused.err
    assert keys(world) == before


def test_an_old_key_is_deleted_at_once_where_that_was_asked_for(world):
    (done,) = rotate(world, "ci", "--retire", "delete")
    assert (done["state"], done["step"], done["delete_after"]) == ("done", None, None)
    assert keys(world) == {done["new_access_key_id"]: "Active"}


def test_an_old_key_is_deleted_by_a_later_run_after_its_grace(world):
    (done,) = rotate(world, "ci", "--grace", "1s")
    wait_until(lambda: len(rotate(world, "--resume")) == 1 or len(keys(world)) == 1)
    assert keys(world) == {done["new_access_key_id"]: "Active"}


def test_an_abort_takes_back_what_has_not_replaced_the_old_key(world):
    old = world.key("ci")["AccessKeyId"]
    rotate(world, "ci", "--hook", "false", passphrase=PASSPHRASE, status=1)
    assert len(keys(world)) == 2
    (aborted,) = rotate(world, "ci", "--abort")
    assert aborted["state"] == "aborted"
    assert keys(world) == {old: "Active"} and current(world) == old


def test_the_policy_is_what_iam_takes(world):
    policy = world.home.run("rotate", "--print-policy", status=0).json()
    (statement,) = policy["Statement"]
    assert {"iam:CreateAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey",
            "iam:DeleteAccessKey"} <= set(statement["Action"])
    assert statement["Resource"].endswith("user/${aws:username}")


@pytest.mark.parametrize("args", [
    [], ["--due", "--all"], ["--due", "ci"], ["ci", "--undo", "--abort"], ["--undo"],
    ["ci", "--retire", "burn"], ["ci", "--retire", "when-idle=x"], ["--all", "--jobs", "0"],
    ["ci", "dev", "--delete-key", "AKIAEXAMPLEEXAMPTT4B"],
])
def test_what_does_not_go_together_is_exit_2(world, args):
    before = keys(world)
    world.home.run("rotate", *args, status=2)
    assert keys(world) == before
