# SPDX-License-Identifier: MIT
"""How other rotators lose keys, each failure replayed against ours. aws-vault has a file of its own."""

import json
import os
import shutil
import signal
import sqlite3

import pytest
import reader
from home import PASSPHRASE
from peers import agent, finish, held_at, let_go, soon, unlock_again, works
from rotating import current, keys, rotate
from rotating import world  # noqa: F401


def test_granted_rotates_once_and_then_meets_the_limit_of_two_keys__ours_rotates_again_and_again(
        world):
    """granted issue 388: the first rotation's old key is in the way of the second one. Ours is off
    by then, and is deleted before another is asked for."""
    for _ in range(2):
        begun, before = len(world.standin.log()), keys(world)
        (done,) = rotate(world, "ci")
        assert done["state"] == "done"
        assert keys(world) == {done["old_access_key_id"]: "Inactive",
                               done["new_access_key_id"]: "Active"}
        calls = [(e["action"], e["params"].get("AccessKeyId")) for e in world.standin.log(since=begun)
                 if e["effect"] and e["action"] in ("CreateAccessKey", "DeleteAccessKey")]
        gone = [id for id, status in before.items() if status == "Inactive"]
        assert calls == [("DeleteAccessKey", id) for id in gone] + [("CreateAccessKey", None)]


def test_awskeyring_deletes_the_old_key_before_it_has_stored_the_new_one__ours_after_it_proved_it(world):
    """Between the two, awskeyring's new key is nowhere but in memory. Ours is stored, proved twice
    and current before the old one is even switched off; killed right there, the vault holds it."""
    old = world.key("ci")["AccessKeyId"]
    begun = len(world.standin.log())
    process = held_at(world, "UpdateAccessKey", "--retire", "delete", skip=1)
    (new,) = set(keys(world)) - {old}
    # Its answer is held back; what was done is done.
    assert current(world) == new
    os.kill(agent(world), signal.SIGKILL)
    process.communicate()
    let_go(world)
    unlock_again(world)
    assert current(world) == new
    works(world)
    finish(world, old)
    calls = [(e["action"], e["access_key_id"] == new, e["params"].get("AccessKeyId"))
             for e in world.standin.log(since=begun) if e["effect"] and e["action"] in (
                 "CreateAccessKey", "GetCallerIdentity", "UpdateAccessKey", "DeleteAccessKey")]
    made = calls.index(("CreateAccessKey", False, None))
    assert calls[made + 1:made + 3] == [("GetCallerIdentity", True, None)] * 2
    off = min(i for i, call in enumerate(calls) if call[0] == "UpdateAccessKey")
    assert off > made + 2
    assert all(i > off for i, call in enumerate(calls) if call[0] == "DeleteAccessKey")


@pytest.mark.parametrize("action, skip", [
    ("GetCallerIdentity", 2), ("UpdateAccessKey", 1), ("DeleteAccessKey", 1)])
def test_vaulted_empties_its_file_before_it_writes_it__ours_opens_wherever_it_is_killed(
        world, action, skip):
    """vaulted truncates and rewrites: killed in between, nothing is left. Ours is killed at each
    call of a rotation; the file never gets shorter, opens, and holds a key that works."""
    old = world.key("ci")["AccessKeyId"]
    before = os.stat(world.home.vault)
    process = held_at(world, action, "--retire", "delete", skip=skip)
    os.kill(agent(world), signal.SIGKILL)
    out, _ = process.communicate()
    assert process.returncode == 1 and json.loads(out)["rotations"][0]["state"] == "failed"
    let_go(world)
    after = os.stat(world.home.vault)
    assert after.st_ino == before.st_ino and after.st_size >= before.st_size
    unlock_again(world)
    world.home.run("verify", status=0)
    works(world)
    assert finish(world, old)["resumed"]


def test_rolesanywhere_overwrites_good_credentials_with_a_failed_refresh__ours_hands_out_what_is_left(world):
    """Its helper writes what it got, whatever that is. Where AWS does not answer, ours goes on
    with the session that still lives, under its true expiry; a rotation that fails leaves the
    old key as it was."""
    world.standin.fault("fields", action="GetSessionToken", count=1,
                        set={"Expiration": soon(600)})
    good = world.home.run("process", "ci", status=0).json()
    world.standin.fault("html", action="GetSessionToken", status=503)
    assert world.home.run("process", "ci", status=0).json() == good
    world.standin.clear()
    world.standin.fault("error", action="CreateAccessKey", code="ServiceFailure", status=500)
    old = current(world)
    assert world.home.run("rotate", "ci", passphrase=PASSPHRASE).status in (8, 9)
    assert current(world) == old and keys(world) == {old: "Active"}
    world.elsewhere()
    works(world)


def test_hashicorp_vault_rotates_root_without_a_record_ahead__ours_is_on_disk_before_aws_hears_of_it(world):
    """Its rotate-root asks for the key and then writes. While IAM holds back its answer, a copy of
    our files shows the rotation: which key, and which keys IAM had."""
    old = world.key("ci")["AccessKeyId"]
    process = held_at(world, "CreateAccessKey")
    copy = os.path.join(world.home.path, "copy.db")
    for end in ("", "-wal"):
        shutil.copyfile(world.home.vault + end, copy + end)
    let_go(world)
    process.communicate()
    with sqlite3.connect(copy) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    (row,) = reader.read(copy, reader.PASSPHRASE, PASSPHRASE.encode())["rotations"]
    assert (row["name"], row["key"], row["seen"]) == (old, "ci", old)
    assert not row["new_access_key_id"] and row["recovery"]


def test_aws_rotate_key_shows_when_a_key_was_last_used_before_it_asks__ours_too(world):
    """The one of them that lets a person look first."""
    before = keys(world)
    with world.home.terminal("rotate", "ci") as terminal:
        terminal.answer("Passphrase for", PASSPHRASE).expect("last used").answer("Go?", "n")
        assert terminal.wait() == 1
    assert keys(world) == before


def test_none_of_them_knows_of_a_rotation_in_progress__ours_goes_on_after_kill_9_of_the_command(world):
    """The command is killed while AWS makes the key; the agent, resident or not, stores what
    comes, and the next rotate goes on with it and asks for no other."""
    old = world.key("ci")["AccessKeyId"]
    begun = len(world.standin.log())
    process = held_at(world, "CreateAccessKey")
    process.kill()
    process.communicate()
    let_go(world)
    assert finish(world, old)["resumed"]
    assert len(world.standin.log(action="CreateAccessKey", since=begun)) == 1


def test_a_nightly_command_killed_with_kill_9_leaves_an_agent_that_stores_the_key_and_goes(world):
    """As above where the agent came by a key file and would end with the command."""
    old = world.key("ci")["AccessKeyId"]
    night = os.path.join(world.home.path, "night")
    world.home.run("slot", "add", "key-file", night, passphrase=PASSPHRASE, status=0)
    world.home.lock()
    begun = len(world.standin.log())
    process = held_at(world, "CreateAccessKey", "--key-file", night)
    process.kill()
    process.communicate()
    let_go(world)
    world.home.wait_no_agents()
    (done,) = rotate(world, "--resume", "--key-file", night)
    assert (done["state"], done["resumed"]) == ("done", True)
    assert keys(world) == {old: "Inactive", done["new_access_key_id"]: "Active"}
    assert len(world.standin.log(action="CreateAccessKey", since=begun)) == 1
