# SPDX-License-Identifier: MIT
"""`rotate`: options that end what is not there, and what is shown before "Go?"."""

import pytest
from home import PASSPHRASE
from rotating import current, keys, rotate
from rotating import world  # noqa: F401


@pytest.mark.parametrize("option,status,says", [
    (["--keep-orphan"], 3, "there is none to keep"),
    (["--delete-key", "AKIAEXAMPLEEXAMPTT4B"], 3, "IAM lists no key"),
    (["--resume"], 3, "no rotation of this key is begun"),
    (["--abort"], 2, "there is no rotation that could be aborted"),
    (["--undo"], 2, "there is no old key that could be brought back")])
def test_an_option_that_ends_what_is_not_there_changes_nothing(world, option, status, says):
    before, made = keys(world), len(world.standin.log(action="CreateAccessKey"))
    answer = world.home.run("rotate", "ci", *option, passphrase=PASSPHRASE, status=status)
    assert says in answer.err and "Nothing was changed." in answer.err
    assert keys(world) == before and len(world.standin.log(action="CreateAccessKey")) == made
    assert world.home.run("rotate", "--resume", status=0).err == "No rotation is begun.\n"


@pytest.mark.parametrize("option", ["--keep-orphan", "--delete-key"])
def test_a_rotation_without_an_orphan_is_not_resumed_by_an_option_that_ends_one(world, option):
    old = current(world)
    world.standin.fault("drop", action="CreateAccessKey", count=1)
    rotate(world, "ci", status=9)
    args = [option] + (["AKIAEXAMPLEEXAMPTT4B"] if option == "--delete-key" else [])
    world.home.run("rotate", "ci", *args, passphrase=PASSPHRASE, status=3)
    assert keys(world) == {old: "Active"} and current(world) == old
    rotate(world, "ci")
    after = keys(world)
    world.home.run("rotate", "ci", "--resume", *args, passphrase=PASSPHRASE, status=3)
    assert keys(world) == after


def tail(key):
    return "AKIA…" + key[-4:]


def test_due_all_and_resume_show_names_and_what_happens_to_each_before_go(world):
    (first,) = rotate(world, "ci")
    world.standin.fault("drop", action="CreateAccessKey", count=1)
    rotate(world, "dev", "-t", world.code(), status=9)
    dev, before = current(world, "dev"), keys(world)
    world.home.run("config", "max-age", "1d", passphrase=PASSPHRASE, status=0)
    for choice in ("--due", "--all", "--resume"):
        with world.home.terminal("rotate", choice) as t:
            t.answer("Go? [Y/n]", "n").expect("Nothing was changed.")
            assert t.wait() == 1
        shown = {line.split()[0]: " ".join(line.split()[1:]) for line in t.seen.split("Go?")[0].splitlines()
                 if line.startswith("  ")}
        assert shown["dev"] == "goes on at \"create\": %s off" % tail(dev)
        if choice == "--all":
            # The old key that waits out its grace is lost: no undo.
            assert shown["ci"] == "%s, off, is deleted now (no undo), a new key, %s off, deleted after 24h" \
                % (tail(first["old_access_key_id"]), tail(first["new_access_key_id"]))
        else:
            assert "ci" not in shown
    assert keys(world) == before


def test_an_undo_shows_its_plan_and_its_end_says_which_key_is_current(world):
    world.add("twin", "ci")
    (first,) = rotate(world, "ci")
    old, new = tail(first["old_access_key_id"]), tail(first["new_access_key_id"])
    with world.home.terminal("rotate", "ci", "--undo") as t:
        t.expect("ci   %s is switched on and current again, %s is switched off and deleted" % (old, new))
        t.answer("Go? [Y/n]", "n").expect("Nothing was changed.")
        assert t.wait() == 1
    assert current(world) == first["new_access_key_id"]
    with world.home.terminal("rotate", "ci", "--undo") as t:
        t.answer("Go? [Y/n]", "y").expect("an undo deletes the new key")
        t.answer("Passphrase for", PASSPHRASE)
        t.expect("Taken back. ci and twin use %s, the current key; %s is deleted." % (old, new))
        assert t.wait() == 0
    assert current(world) == first["old_access_key_id"]


@pytest.mark.parametrize("args,first,second", [
    (["--due", "--all"], "--due", "--all"),
    (["--due", "ci"], "NAME", "--due"),
    (["ci", "--undo", "--abort"], "--undo", "--abort"),
    (["ci", "--undo", "--resume"], "--undo", "--resume"),
    (["ci", "--delete-key", "AKIAEXAMPLEEXAMPTT4B", "--keep-orphan"], "--delete-key",
     "--keep-orphan")])
def test_options_that_exclude_each_other_are_named(world, args, first, second):
    answer = world.home.run("rotate", *args, status=2)
    assert "%s and %s exclude each other" % (first, second) in answer.err


def test_a_key_whose_own_profile_is_unreadable_is_rotated_with_a_note_that_names_the_line(world):
    world.config("[profile ci]\nregion = eu-west-1\nwhat is this\n")
    answer = world.home.run("rotate", "ci", "--dry-run", status=0)
    assert "warning: ci: " in answer.err and "/.aws/config:3: " in answer.err
    world.config("[profile ci]\nregion = eu-west-1\n[profile other]\nwhat is this\n")
    assert "warning" not in world.home.run("rotate", "ci", "--dry-run", status=0).err
