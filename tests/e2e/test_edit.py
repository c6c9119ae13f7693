# SPDX-License-Identifier: MIT
"""`edit`: a key's attributes, what wants the passphrase, and what a rotation takes of them."""

import json
import os

import pytest
import reader
from channel import Sealed, prove
from home import PASSPHRASE
from rotating import keys
from rotating import world  # noqa: F401
from wire import call, credentials
from world import ACCOUNT, SERIAL

OTHER = "arn:aws:iam::%s:mfa/other" % ACCOUNT

pytestmark = pytest.mark.sanitize


def show(world, name="ci"):
    return world.home.run("show", name, "--json", status=0).json()


def unproved(world, *args, name="ci", status=0, **options):
    return world.home.run("edit", name, *args, status=status, **options)


def edit(world, *args, **options):
    """With the passphrase, which most attributes want."""
    return unproved(world, *args, **dict({"passphrase": PASSPHRASE}, **options))


def last_entry(world, op):
    entries = world.home.run("log", "--json", status=0).json()["entries"]
    return [entry for entry in entries if entry["op"] == op][-1]


def writer(world, name="put", extra=""):
    """A hook that appends what it gets to a file, and fails while NAME.refuse is there."""
    return world.home.script(name, 'cat >>"$HOME/%s.got"; %s [ ! -e "$HOME/%s.refuse" ]\n'
                             % (name, extra, name))


def got(world, name="put"):
    with open(os.path.join(world.home.path, name + ".got")) as file:
        return [json.loads(line) for line in file]


def test_attributes_are_changed_shown_and_on_record(world):
    before = show(world)
    answer = edit(world, "--max-age", "30d", "--note", "for the deploys", "--retire", "delete",
                  "--region", "eu-west-1")
    for words in ("Changed ci", "90d → 30d", "for the deploys", "as the vault → delete"):
        assert words in answer.out
    after = show(world)
    assert (after["max_age_days"], after["note"], after["retire"], after["region"]) == (
        30, "for the deploys", "delete", "eu-west-1")
    assert after["access_key_id"] == before["access_key_id"]
    assert "Old keys    delete" in world.home.run("show", "ci", status=0).out
    entry = last_entry(world, "edit")
    assert entry["profile"] == "ci" and entry["access_key_id"] == before["access_key_id"]
    assert entry["what"] == "region, max-age, note, retire"
    assert "max-age" in world.home.run("log", "-n", "1", status=0).out
    world.home.run("verify", status=0)


def test_json_is_one_element_of_keys_as_show_has_it(world):
    answer = edit(world, "--retire", "when-idle=36h", "--json").json()
    assert answer == show(world)
    assert (answer["retire"], answer["idle_s"], answer["hooks"]) == ("when-idle", 129600, [])


def test_defaults_and_nothing_are_values_too(world):
    edit(world, "--max-age", "30d", "--note", "a", "--retire", "when-idle=2d",
         "--region", "eu-west-1")
    edit(world, "--max-age", "default", "--note", "", "--retire", "default", "--region", "none")
    after = show(world)
    assert (after["max_age_days"], after["note"], after["retire"], after["idle_s"],
            after["region"]) == (90, None, None, None, None)


def test_without_an_attribute_it_names_them(world):
    answer = edit(world, status=2)
    for option in ("--mfa-serial", "--max-age", "--retire", "--hook", "--no-hooks"):
        assert option in answer.err
    edit(world, "--max-age", "30d", name="nobody", status=3)


@pytest.mark.parametrize("args", [
    ["--hook", "a", "--no-hooks"], ["--require-mfa", "--no-require-mfa"], ["--retire", "sometimes"],
    ["--retire", "when-idle"], ["--max-age", "long"], ["--mfa-serial", "x"], ["--region", "x y"],
    ["--require-mfa"], ["--hook", ""]])
def test_what_makes_no_sense_is_exit_2_and_changes_nothing(world, args):
    before = show(world)
    assert edit(world, *args, status=2).out == ""
    assert show(world) == before


def test_a_security_key_is_no_mfa_device_of_a_profile(world):
    before = show(world)
    serial = "arn:aws:iam::111122223333:u2f/user/ci/key"
    assert "is a security key" in edit(world, "--mfa-serial", serial, status=2).err
    assert show(world) == before
    raw = call(world.home, "edit", {"name": "ci", "mfa_serial": serial})
    assert raw["error"]["message"].endswith("that is no MFA device"), raw
    good = {"AccessKeyId": "AKIAEXAMPLEEXAMPLE00", "SecretAccessKey": "x" * 40}
    answer = world.home.run("add", "hard", "--stdin", "--no-check", "--mfa-serial", serial,
                            stdin=json.dumps(good), status=2)
    assert "is a security key" in answer.err


def test_saying_what_is_so_already_is_no_change(world):
    edit(world, "--max-age", "30d")
    count = len(world.home.run("log", "--json", status=0).json()["entries"])
    assert "is so already" in edit(world, "--max-age", "30d", "--no-hooks").err
    assert len(world.home.run("log", "--json", status=0).json()["entries"]) == count


def test_what_rules_mfa_and_rotations_wants_the_passphrase_in_either_direction(world):
    for args in (["--mfa-serial", SERIAL], ["--mfa-serial", SERIAL, "--require-mfa"],
                 ["--max-age", "30d"], ["--retire", "delete"], ["--retire", "when-idle=2d"]):
        unproved(world, *args, status=4)
    unproved(world, "--note", "anybody's", "--region", "eu-west-1")
    edit(world, "--mfa-serial", SERIAL, "--require-mfa", "--max-age", "30d")
    before = show(world)
    for args in (["--mfa-serial", "none", "--no-require-mfa"], ["--mfa-serial", OTHER],
                 ["--no-require-mfa"], ["--max-age", "31d"], ["--max-age", "29d"],
                 ["--max-age", "never"], ["--max-age", "default"], ["--hook", "true"]):
        unproved(world, *args, status=4)
        edit(world, *args, passphrase="wrong one", status=5)
        assert show(world) == before
        world.home.run("verify", status=0)
    edit(world, "--no-require-mfa", "--mfa-serial", "none", "--max-age", "never",
           "--hook", "true")
    after = show(world)
    assert (after["mfa_serial"], after["mfa_required"], after["max_age_days"], after["hooks"]) == (
        None, False, None, ["true"])
    unproved(world, "--no-hooks", status=4)
    edit(world, "--no-hooks")
    assert show(world)["hooks"] == []


def test_a_raw_client_is_refused_without_the_proof_of_this_very_act(world):
    for more in ({"hooks": ["./take"]}, {"max_age_s": 0}, {"max_age_s": 400 * 86400},
                 {"max_age_s": 3600}, {"retire": "delete"}, {"mfa_serial": SERIAL}):
        args = dict({"name": "ci"}, **more)
        assert call(world.home, "edit", args)["error"]["code"] == "CHANNEL_NEEDED"
        with Sealed(world.home, "edit", {"name": "ci", "hooks": ["./other"]}) as other:
            other.go().push({"v": 2, "op": "edit", "args": args})
            assert other.finish() is None
        assert show(world)["hooks"] == []
        assert "ok" in prove(world.home, "edit", args)
        prove(world.home, "edit", {"name": "ci", "max_age_s": 86400, "hooks": []})
    # What is about neither is not asked about.
    assert "ok" in call(world.home, "edit", {"name": "ci", "note": "x"})


def test_what_another_edit_changes_while_the_passphrase_is_typed_is_kept(world):
    with Sealed(world.home, "edit", {"name": "ci", "hooks": ["./put"]}) as sealed:
        edit(world, "--note", "meanwhile")
        sealed.go().push(sealed.request)
        assert "ok" in sealed.finish()
    assert (show(world)["note"], show(world)["hooks"]) == ("meanwhile", ["./put"])


def test_requiring_mfa_voids_sessions_that_were_made_without(world):
    url = world.standin.url
    first = credentials(world.home, "ci", url)["ok"]
    assert credentials(world.home, "ci", url)["ok"] == first
    edit(world, "--require-mfa", "--mfa-serial", SERIAL)
    assert world.home.status()["sessions"] == []
    assert credentials(world.home, "ci", url)["error"]["code"] == "MFA_NEEDED"
    world.home.lock()
    world.home.unlock()
    assert credentials(world.home, "ci", url)["error"]["code"] == "MFA_NEEDED"


def test_a_note_leaves_sessions_alone(world):
    first = credentials(world.home, "ci", world.standin.url)["ok"]
    edit(world, "--note", "x")
    assert credentials(world.home, "ci", world.standin.url)["ok"] == first


def test_a_key_of_its_own_age_is_due_by_it(world):
    world.home.run("add", "old", "--env", "--no-check", "--max-age", "never", status=0, env={
        "AWS_ACCESS_KEY_ID": "AKIA" + "Z" * 16, "AWS_SECRET_ACCESS_KEY": "s" * 40})
    assert show(world, "old")["due"] is False       # of unknown age, but never due
    edit(world, "--max-age", "30d", name="old")
    assert (show(world, "old")["due"], show(world, "old")["due_at"]) == (True, None)
    # dev is 97 days old.
    assert show(world, "dev")["overdue"] is True
    edit(world, "--max-age", "200d", name="dev")
    assert show(world, "dev")["due"] is False
    edit(world, "--max-age", "100d", name="dev")
    assert (show(world, "dev")["due"], show(world, "dev")["overdue"]) == (True, False)
    edit(world, "--max-age", "never", name="dev")
    assert (show(world, "dev")["due"], show(world, "dev")["due_at"]) == (False, None)


def test_a_stored_hook_gets_the_new_key_at_night_and_acknowledges_it(world):
    hook = writer(world)
    world.home.env["ONLY_OF_THE_CALLER"] = "1"
    writer(world, extra='[ -z "$ONLY_OF_THE_CALLER" ] &&')
    edit(world, "--hook", hook, "--max-age", "1d", name="dev")
    key_file = os.path.join(world.home.path, "night/key")
    os.mkdir(os.path.dirname(key_file), 0o700)
    world.home.run("slot", "add", "key-file", key_file, passphrase=PASSPHRASE, status=0)
    world.home.lock()
    old = world.key("dev")["AccessKeyId"]
    (done,) = world.home.run("rotate", "--due", "--no-input", "--json", "--key-file", key_file,
                             status=0).json()["rotations"]
    assert (done["name"], done["state"], done["old_access_key_id"]) == ("dev", "done", old)
    (given,) = got(world)
    assert given["AccessKeyId"] == done["new_access_key_id"] and given["Name"] == "dev"
    assert given["SecretAccessKey"] == world.standin.key("dev", index=1)["secret"]
    world.home.unlock()
    said = [entry["what"] for entry in world.home.run("log", "--json", status=0).json()["entries"]
            if entry["op"] == "rotate"]
    assert any("hook has acknowledged" in what for what in said)


def test_only_the_hooks_that_failed_are_asked_again(world):
    first, second = writer(world, "first"), writer(world, "second")
    edit(world, "--hook", first, "--hook", second)
    refuse = world.home.file("second.refuse", "")
    old = world.key("ci")["AccessKeyId"]
    answer = world.home.run("rotate", "ci", "--json", passphrase=PASSPHRASE, status=1)
    (failed,) = answer.json()["rotations"]
    assert (failed["state"], failed["step"]) == ("failed", "distribute")
    assert show(world)["access_key_id"] == old and keys(world)[old] == "Active"
    os.unlink(refuse)
    (done,) = world.home.run("rotate", "ci", "--json", passphrase=PASSPHRASE,
                             status=0).json()["rotations"]
    assert done["state"] == "done" and show(world)["access_key_id"] == done["new_access_key_id"]
    assert len(got(world, "first")) == 1 and len(got(world, "second")) == 2
    assert show(world)["hooks"] == [first, second]


def test_nobody_gets_the_new_key_in_a_stored_hooks_place(world):
    hook = writer(world)
    edit(world, "--hook", hook)
    before = keys(world)

    for act in ("rotate", "resume"):
        request = {"name": "ci", "act": act, "endpoint": world.standin.url}
        refused = call(world.home, "rotate", request)
        assert refused["error"]["code"] == ("CHANNEL_NEEDED" if act == "rotate" else "NOT_FOUND")
        assert refused["asks"] == []
    refused = world.home.run("rotate", "ci", "--no-input", status=4)
    assert "--key-file" in refused.err and "ci" in refused.err
    assert keys(world) == before
    # One that was begun goes on with the proof alone, too: here a key file's, beside an unlocked agent.
    refuse = world.home.file("put.refuse", "")
    world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=1)
    os.unlink(refuse)
    for act in ("rotate", "resume"):
        request = {"name": "ci", "act": act, "endpoint": world.standin.url}
        refused = call(world.home, "rotate", request)
        assert refused["error"]["code"] == "CHANNEL_NEEDED" and refused["asks"] == []
    assert len(got(world)) == 1
    key_file = os.path.join(world.home.path, "night/key")
    os.mkdir(os.path.dirname(key_file), 0o700)
    world.home.run("slot", "add", "key-file", key_file, passphrase=PASSPHRASE, status=0)
    world.home.run("rotate", "ci", "--key-file", key_file, "--no-input", status=0)
    assert len(got(world)) == 2 and len(set(keys(world)) - set(before)) == 1


def test_every_holders_hooks_run_once_each(world):
    world.add("also", "ci")
    mine, both = writer(world, "mine"), writer(world, "both")
    edit(world, "--hook", both)
    edit(world, "--hook", mine, "--hook", both, name="also")
    (plan,) = world.home.run("rotate", "ci", "--dry-run", "--json", status=0).json()["plans"]
    assert plan["hooks"] == [both, mine]
    world.home.run("rotate", "ci", "--hook", both, passphrase=PASSPHRASE, status=0)
    assert len(got(world, "mine")) == 1 and len(got(world, "both")) == 1


def test_how_an_old_key_retires_comes_from_the_request_the_key_its_other_name_the_vault(world):
    def plan(*args):
        (one,) = world.home.run("rotate", "ci", "--dry-run", "--json", *args,
                                status=0).json()["plans"]
        return one["retire"], one["idle_s"], one["grace_s"]

    world.add("also", "ci")
    assert plan() == ("deactivate", 0, 86400)
    world.home.run("config", "retire", "when-idle=3d", passphrase=PASSPHRASE, status=0)
    world.home.run("config", "grace", "2h", passphrase=PASSPHRASE, status=0)
    assert plan() == ("when-idle", 259200, 7200)
    edit(world, "--retire", "delete", name="also")
    assert plan()[0] == "delete"
    edit(world, "--retire", "when-idle=5h")
    assert plan() == ("when-idle", 18000, 7200)
    assert plan("--retire", "deactivate", "--grace", "3h") == ("deactivate", 0, 10800)
    out = world.home.run("rotate", "ci", "--dry-run", status=0).out
    assert "off once it was idle for 5h" in out
    edit(world, "--retire", "delete")
    world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=0)
    assert list(keys(world).values()) == ["Active"]


def test_an_edit_in_the_middle_of_a_rotation_survives_it(world):
    edit(world, "--hook", "false")
    world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=1)
    edit(world, "--note", "edited meanwhile", "--max-age", "20d")
    world.home.run("rotate", "ci", "--abort", passphrase=PASSPHRASE, status=0)
    edit(world, "--no-hooks")
    (done,) = world.home.run("rotate", "ci", "--json", passphrase=PASSPHRASE,
                             status=0).json()["rotations"]
    after = show(world)
    assert after["access_key_id"] == done["new_access_key_id"]
    assert (after["note"], after["max_age_days"]) == ("edited meanwhile", 20)


def test_an_edit_between_intend_and_promotion_survives_the_exchange(world):
    refuse = world.home.file("put.refuse", "")
    edit(world, "--hook", writer(world))
    world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=1)
    edit(world, "--note", "edited meanwhile", "--retire", "delete")
    os.unlink(refuse)
    (done,) = world.home.run("rotate", "ci", "--json", passphrase=PASSPHRASE,
                             status=0).json()["rotations"]
    after = show(world)
    assert (after["access_key_id"], after["note"], after["retire"]) == (
        done["new_access_key_id"], "edited meanwhile", "delete")
    # What was begun goes on as it was begun.
    assert sorted(keys(world).values()) == ["Active", "Inactive"]


def test_another_reader_finds_what_was_edited_and_configured(world):
    edit(world, "--hook", "put it", "--retire", "when-idle=2h", "--max-age", "never")
    world.home.run("config", "retire", "when-idle=3h", passphrase=PASSPHRASE, status=0)
    world.home.run("config", "grace", "2d", passphrase=PASSPHRASE, status=0)
    world.home.run("config", "lock-on-sleep", "off", passphrase=PASSPHRASE, status=0)
    world.home.lock()
    found = reader.read(world.home.vault, reader.PASSPHRASE, PASSPHRASE.encode())
    ci, dev = sorted(found["access_keys"], key=lambda row: row["name"])
    assert (ci["retire"], ci["idle"], json.loads(ci["hooks"]), ci["ageless"], ci["max_age"]) == (
        3, 7200, ["put it"], True, None)
    assert [dev[field] for field in ("retire", "idle", "hooks", "ageless")] == [None] * 4
    (settings,) = found["settings"]
    assert (settings["retire"], settings["retire_idle"], settings["grace"],
            settings["through_sleep"], settings["lead"]) == (3, 10800, 172800, True, 604800)
    assert [entry["op"] for entry in found["log"]].count("config") == 3
