# SPDX-License-Identifier: MIT
"""Which rotations want the owner's proof: what a raw client may start, and all that it may not."""

import os

import pytest
from home import PASSPHRASE
from rotating import current, keys, rotate
from rotating import world  # noqa: F401
from wire import call
from world import SERIAL

DAY = 86400
WAITS = {"max_age_s": 10 * DAY}     # ci is 12 days old


def raw(world, name="ci", op="rotate", answer=None, **more):
    """What a program without the passphrase asks of an unlocked agent."""
    asked = {"name": name, **({"endpoint": world.standin.url} if op == "rotate" else {}), **more}
    return call(world.home, op, asked, answer)


def make_due(world, name="ci", age="10d"):
    world.home.run("edit", name, "--max-age", age, passphrase=PASSPHRASE, status=0)


def refused(world, answer, why=None):
    """Nothing came of it, and the refusal says why there was one."""
    assert answer["error"]["code"] == "CHANNEL_NEEDED" and answer["asks"] == [], answer
    assert why is None or why in answer["error"]["detail"]
    return True


def state(world):
    """All that a thief might change: the keys at IAM, the vault's, and who has none."""
    rows = [{k: v for k, v in key.items() if not k.startswith("last_") and k != "age_days"}
            for key in world.home.run("list", "--json", status=0).json()["keys"]]
    return (keys(world), keys(world, "dev"), rows,
            world.home.run("config", "--json", status=0).json())


def deletions(world):
    return [e for e in world.standin.log() if e["effect"] and
            e["action"] in ("DeleteAccessKey", "UpdateAccessKey", "CreateAccessKey")]


def test_an_ordinary_rotation_of_a_due_key_is_free_and_loses_nothing(world):
    old = world.key("dev")["AccessKeyId"]
    done = raw(world, "dev")
    assert done["asks"] == [] and done["ok"]["state"] == "done"
    assert keys(world, "dev") == {old: "Inactive", done["ok"]["new_access_key_id"]: "Active"}
    # The owner takes it back as before.
    assert rotate(world, "dev", "--undo")[0]["state"] == "aborted"
    assert keys(world, "dev") == {old: "Active"} and current(world, "dev") == old


@pytest.mark.parametrize("name,more,why", [
    ("dev", {"delete_key": "OTHER"}, "to be deleted is named"),
    ("dev", {"delete_key": "OTHER", "retire": "delete"}, "to be deleted is named"),
    ("dev", {"retire": "delete"}, "not be retired as the vault has it"),
    ("dev", {"retire": "when-idle", "idle_s": 365 * DAY}, "not be retired as the vault has it"),
    ("dev", {"grace_s": 60}, "not be retired as the vault has it"),
    ("dev", {"grace_s": 0}, "not be retired as the vault has it"),
    ("dev", {"hooks": ["true"]}, "hooks get the new key"),
    ("ci", {}, "not due"),
    ("ci", {"act": "rotate"}, "not due"),
], ids=str)
def test_a_raw_client_that_wants_more_gets_nothing(world, name, more, why):
    other = world.standin.add_key(name)["id"]
    more = {k: other if v == "OTHER" else v for k, v in more.items()}
    before = state(world)
    assert refused(world, raw(world, name, **more), why)
    assert state(world) == before and deletions(world) == []


@pytest.mark.parametrize("act", ["undo", "abort", "resume", "rotate"])
def test_what_was_begun_is_neither_taken_back_nor_cut_short_by_a_raw_client(world, act):
    (first,) = rotate(world, "dev")
    before = state(world)
    if act == "abort":
        assert raw(world, "dev", act=act)["error"]["code"] == "USAGE"
    elif act == "resume":
        # It goes on, that is to say it waits.
        assert raw(world, "dev", act=act)["ok"]["delete_after"] == first["delete_after"]
        assert "error" in raw(world, "dev", act=act, delete_key=first["old_access_key_id"])
    else:
        assert refused(world, raw(world, "dev", act=act),
                       "deletes the new key" if act == "undo" else "before its grace is over")
    assert state(world) == before


def test_a_leaked_key_is_not_brought_back_and_the_new_one_stays(world):
    leaked = world.key("dev")["AccessKeyId"]
    (done,) = rotate(world, "dev")
    assert refused(world, raw(world, "dev", act="undo"), "an undo deletes the new key")
    assert keys(world, "dev") == {leaked: "Inactive", done["new_access_key_id"]: "Active"}


def test_a_rotation_that_is_not_promoted_is_not_aborted_by_a_raw_client(world):
    rotate(world, "ci", "--hook", "false", status=1)
    before = keys(world)
    assert refused(world, raw(world, act="abort"), "an abort deletes the new key")
    assert keys(world) == before and len(before) == 2


def test_a_rotation_goes_on_by_its_own_terms_unless_the_owner_says_else(world):
    rotate(world, "ci", "--retire", "when-idle=9h")
    before = keys(world)
    for more in ({"retire": "deactivate"}, {"retire": "delete"},
                 {"retire": "when-idle", "idle_s": 900 * DAY}):
        assert refused(world, raw(world, act="resume", **more), "retired as the vault has it")
        assert refused(world, raw(world, **more), "retired as the vault has it")
    assert keys(world) == before
    assert raw(world, act="resume")["ok"]["waits_for"] == "idle"
    rotate(world, "ci", "--retire", "deactivate")
    assert sorted(keys(world).values()) == ["Active", "Inactive"]


def test_a_second_rotation_waits_for_a_tenth_of_the_age_and_for_the_grace(world):
    make_due(world)
    (first,) = rotate(world, "ci")
    # The grace is over and the old key gone, and the new key is due at once: still too soon.
    world.home.run("config", "grace", "1m", passphrase=PASSPHRASE, status=0)
    rotate(world, "ci", "--undo")
    rotate(world, "ci", "--retire", "delete")
    before = keys(world)
    assert len(before) == 1 and first["new_access_key_id"] not in before
    assert refused(world, raw(world, retire="delete"))
    assert refused(world, raw(world), "a short while ago")
    assert keys(world) == before


def test_stored_terms_are_the_owners_in_either_direction(world):
    before = state(world)
    for op, args in (
            [("edit", dict({"name": "ci"}, **more)) for more in (
                {"retire": "delete"}, {"retire": "when-idle", "idle_s": 3600}, {"max_age_s": 3600},
                {"max_age_s": 0}, {"max_age_s": 400 * DAY}, {"mfa_serial": SERIAL},
                {"mfa_serial": SERIAL, "mfa_required": True})] +
            [("edit", {"name": "dev", "mfa_serial": None})] +
            [("config", more) for more in (
                {"retire": "delete"}, {"retire": "when-idle", "retire_idle_s": 3600}, {"grace_s": 60},
                {"grace_s": 30 * DAY}, {"max_age_s": DAY}, {"max_age_s": 0})]):
        assert refused(world, call(world.home, op, args))
        assert state(world) == before, args


def test_terms_that_the_owner_has_stored_are_ordinary(world):
    world.home.run("edit", "dev", "--retire", "delete", passphrase=PASSPHRASE, status=0)
    done = raw(world, "dev")
    assert done["asks"] == []
    assert keys(world, "dev") == {done["ok"]["new_access_key_id"]: "Active"}


def test_a_key_that_requires_mfa_is_rotated_only_with_a_session(world):
    world.home.run("edit", "dev", "--require-mfa", passphrase=PASSPHRASE, status=0)
    before = state(world)
    assert raw(world, "dev")["error"]["code"] == "MFA_NEEDED"
    # A second name of the same IAM key is no way round.
    world.add("alias", "dev", "--mfa-serial", "none")
    world.home.run("edit", "alias", "--max-age", "1d", passphrase=PASSPHRASE, status=0)
    assert raw(world, "alias")["error"]["code"] == "MFA_NEEDED"
    assert keys(world, "dev") == before[1]
    begun = len(world.standin.log())
    (done,) = rotate(world, "dev", "--retire", "delete", "-t", world.code())
    # All that changes a key was signed by the session; what it can no longer sign waits for a code.
    assert done["waits_for"] == "code"
    for entry in world.standin.log(since=begun):
        if entry["action"].endswith("AccessKey") and entry["effect"]:
            assert entry["session"] and entry["session"]["mfa"], entry


def test_the_nightly_run_needs_nothing_and_takes_what_is_due(world):
    make_due(world)
    done = rotate(world, "--due", "--no-input")
    assert {one["name"]: one["state"] for one in done} == {"ci": "done", "dev": "done"}


def test_a_person_is_told_why_the_passphrase_is_asked_for(world):
    with world.home.terminal("rotate", "ci") as terminal:
        terminal.expect("The passphrase is needed: the key is not due.")
        terminal.answer("Passphrase for", PASSPHRASE).answer("Go? [Y/n]", "y").expect("Done in")
        assert terminal.wait() == 0
    refused_ = world.home.run("rotate", "ci", "--no-input", status=4)
    assert "before its grace is over" in refused_.err and "--key-file" in refused_.err


def test_a_key_file_is_the_proof_for_a_script(world):
    folder = os.path.join(world.home.path, "night")
    os.mkdir(folder, 0o700)
    path = os.path.join(folder, "key")
    world.home.run("slot", "add", "key-file", path, passphrase=PASSPHRASE, status=0)
    world.home.run("rotate", "ci", "--no-input", status=4)
    assert len(keys(world)) == 1
    world.home.run("rotate", "ci", "--no-input", "--key-file", path, status=0)
    assert sorted(keys(world).values()) == ["Active", "Inactive"]
