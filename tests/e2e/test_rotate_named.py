# SPDX-License-Identifier: MIT
"""`rotate`: what is deleted when, and what a person is told where no key came of it."""

import pytest
from home import PASSPHRASE
from rotating import current, keys, rotate
from rotating import world  # noqa: F401


def test_no_is_no_also_where_a_key_is_named(world):
    other = world.standin.add_key("ci")["id"]
    before = keys(world)
    with world.home.terminal("rotate", "ci", "--delete-key", other) as terminal:
        terminal.expect("a key to be deleted is named").answer("Passphrase for", PASSPHRASE)
        terminal.expect("delete AKIA…%s, create a key" % other[-4:])
        terminal.answer("Go? [Y/n]", "n").expect("Nothing was changed")
        assert terminal.wait() == 1
    assert keys(world) == before
    assert world.home.status()["refused"] == []


@pytest.mark.parametrize("named", ["AKIAEXAMPLEEXAMPTT4B", None])
def test_a_wrong_id_costs_nobody_the_undo(world, named):
    (first,) = rotate(world, "ci")
    before = keys(world)
    rotate(world, "ci", "--delete-key", named or first["new_access_key_id"], status=3 if named else 2)
    assert keys(world) == before
    assert rotate(world, "ci", "--undo")[0]["state"] == "aborted"


def test_the_old_key_that_waits_may_be_named_too(world):
    (first,) = rotate(world, "ci")
    (second,) = rotate(world, "ci", "--delete-key", first["old_access_key_id"])
    assert keys(world) == {first["new_access_key_id"]: "Inactive",
                           second["new_access_key_id"]: "Active"}


def test_the_undo_is_not_given_up_for_a_rotation_that_cannot_be_made(world):
    (first,) = rotate(world, "ci")
    before = keys(world)
    world.standin.control("PUT", "users", {"account": "111122223333", "user": "ci",
                                           "deny": ["iam:CreateAccessKey"]})
    (failed,) = rotate(world, "ci", status=8)
    assert "CreateAccessKey" in failed["error"]["message"]
    assert keys(world) == before
    assert rotate(world, "ci", "--undo")[0]["new_access_key_id"] == first["new_access_key_id"]


def test_a_plan_within_the_grace_says_what_goes(world):
    (first,) = rotate(world, "ci")
    (plan,) = world.home.run("rotate", "ci", "--dry-run", "--retire", "delete", "--json",
                             status=0).json()["plans"]
    assert plan["deletes"] == [first["old_access_key_id"]]
    assert (plan["retire"], plan["resumed"], plan["step"]) == ("delete", False, None)
    assert "delete AKIA…%s, create a key" % first["old_access_key_id"][-4:] in \
        world.home.run("rotate", "ci", "--dry-run", status=0).out


def test_a_new_key_that_cannot_be_proved_is_given_up_by_the_command_that_is_named(world):
    old = world.key("ci")["AccessKeyId"]
    world.standin.fault("hostile", action="CreateAccessKey", case="secret-quotes", count=1)
    (failed,) = rotate(world, "ci", status=8)
    assert failed["error"]["hint"] == "credvault rotate ci --abort"
    assert "Key %s works as before" % old in failed["error"]["detail"]
    assert rotate(world, "ci", "--abort")[0]["state"] == "aborted"
    assert keys(world) == {old: "Active"} and current(world) == old


@pytest.mark.parametrize("named", ["ci", "dev"])
def test_a_creation_that_answers_with_a_key_of_the_vault_replaces_nothing(world, named):
    old = world.key("ci")["AccessKeyId"]
    world.standin.fault("fields", action="CreateAccessKey", count=1,
                        set={"AccessKeyId": world.key(named)["AccessKeyId"]})
    (failed,) = rotate(world, "ci", status=8)
    (orphan,) = set(keys(world)) - {old}
    assert failed["error"]["hint"] == "credvault rotate ci --delete-key %s" % orphan
    (done,) = rotate(world, "ci", "--delete-key", orphan)
    assert keys(world) == {old: "Inactive", done["new_access_key_id"]: "Active"}
    world.home.run("export", "ci", "--force", status=0)


def test_a_creation_that_is_denied_says_what_the_user_needs(world):
    world.standin.fault("error", action="CreateAccessKey", code="AccessDenied", status=403, count=1)
    (failed,) = rotate(world, "ci", status=8)
    assert failed["error"]["hint"] == "credvault rotate --print-policy"


def test_a_code_that_aws_refused_is_called_refused(world):
    world.standin.control("PUT", "users", {"account": "111122223333", "user": "dev",
                                           "require_mfa": ["iam:*"]})
    wrong = "%06d" % ((int(world.code()) + 1) % 1000000)
    (failed,) = rotate(world, "dev", "-t", wrong, status=7)
    assert failed["error"]["code"] == "MFA_REFUSED"
    assert len(world.standin.log(action="GetSessionToken")) == 1


def test_a_key_that_is_dead_at_aws_is_to_be_added_anew(world):
    world.standin.set_key(world.key("ci")["AccessKeyId"], "Inactive")
    (failed,) = rotate(world, "ci", status=8)
    assert failed["error"]["code"] == "DEAD_KEY"
    assert failed["error"]["hint"] == "credvault add ci --replace"


def test_status_names_unfinished_rotations_in_order(world):
    for name in ("alpha", "a", "zeta"):
        world.standin.add_user(name, keys=[{}])
        world.add(name, name)
    rotate(world, "zeta", "ci", "a", "alpha")
    lines = world.home.run("status", status=0).out.splitlines()
    first = [n for n, line in enumerate(lines) if line.startswith("Unfinished")][0]
    told = [line[len("Unfinished"):] for line in lines[first:first + 4]]
    assert [line.split()[0] for line in told] == ["a", "alpha", "ci", "zeta"]
    assert len({line.index("old key off") for line in told}) == 1


@pytest.mark.parametrize("args", [[], ["--resume"]])
def test_an_old_key_that_waits_to_be_idle_can_be_switched_off_at_once(world, args):
    (first,) = rotate(world, "ci", "--retire", "when-idle=7d")
    old, new = first["old_access_key_id"], first["new_access_key_id"]
    assert (first["state"], rotate(world, "ci", *args)[0]["waits_for"]) == ("pending", "idle")
    (done,) = rotate(world, "ci", *args, "--retire", "deactivate", "--grace", "90m",
                     passphrase=PASSPHRASE)
    assert (done["state"], done["resumed"], done["waits_for"]) == ("done", True, "grace")
    assert keys(world) == {old: "Inactive", new: "Active"}
    assert "deleted in 1h" in world.home.run("list", status=0).out


def test_a_rotation_begun_elsewhere_names_the_endpoint_in_a_command(world):
    world.standin.fault("drop_after", action="CreateAccessKey", count=1)
    rotate(world, "ci", status=8)
    (failed,) = rotate(world, "ci", "--endpoint-url", "http://127.0.0.1:9", status=2)
    assert failed["error"]["hint"] == "credvault rotate ci --endpoint-url " + world.standin.url


def test_a_key_that_is_removed_within_the_grace_names_the_old_one_too(world):
    (done,) = rotate(world, "ci")
    answer = world.home.run("remove", "ci", "--yes", passphrase=PASSPHRASE, status=0)
    for member in ("old_access_key_id", "new_access_key_id"):
        assert "aws iam delete-access-key --access-key-id %s\n" % done[member] in answer.err


def test_a_rotation_that_goes_on_deletes_none_of_its_own_keys_by_name(world):
    old = world.key("ci")["AccessKeyId"]
    (failed,) = rotate(world, "ci", "--hook", "false", passphrase=PASSPHRASE, status=1)
    before = keys(world)
    (refused,) = rotate(world, "ci", "--delete-key", failed["new_access_key_id"], status=2)
    assert refused["error"]["hint"] == "credvault rotate ci --abort"
    assert keys(world) == before and current(world) == old


def test_what_cannot_be_reached_now_is_to_be_tried_again(world):
    world.standin.fault("drop", action="GetCallerIdentity")
    (failed,) = rotate(world, "ci", status=9)
    assert failed["error"]["hint"] == "credvault rotate ci"


def test_a_key_that_is_named_is_on_record_before_aws_is_asked(world):
    other = world.standin.add_key("ci")["id"]
    world.standin.fault("drop_after", action="DeleteAccessKey", skip=1)
    rotate(world, "ci", "--delete-key", other, status=9)
    entries = world.home.run("log", "--json", status=0).json()["entries"]
    assert any(entry["access_key_id"] == other and "--delete-key" in entry["what"]
               for entry in entries)
