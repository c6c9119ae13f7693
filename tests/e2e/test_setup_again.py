# SPDX-License-Identifier: MIT
"""`credvault setup` a second time, for a part, beside a vault that knows better, and where AWS does not answer."""

import json

from home import PASSPHRASE
from setup_desk import desk, people, vault  # noqa: F401

LATER = "[later]\naws_access_key_id = %(id)s\naws_secret_access_key = %(secret)s\n"


def names(desk):
    return {row["name"] for row in desk.home.run("list", "--json", status=0).json()["keys"]}


def test_one_profile_alone(desk):
    before = desk.before()
    answer = desk.setup("prod", "--apply", "--yes", "--json")
    assert answer.status == 0, answer
    assert names(desk) == {"prod"}
    now = desk.read()
    assert desk.keys[0]["secret"].encode() in now["credentials"]
    assert desk.keys[1]["secret"].encode() not in now["credentials"]
    assert b"[credvault tf]" not in now["config"] and b"role_arn" in now["config"]
    assert desk.undo().status == 0 and desk.read() == before


def test_profile_after_profile_is_undone_to_the_first_bytes(desk):
    before = desk.before()
    for profile in "prod", "tf", "default":
        answer = desk.setup(profile, "--apply", "--yes")
        assert answer.status == 0, answer
    assert names(desk) == {"prod", "default"}
    for _ in range(3):
        answer = desk.undo()
        assert answer.status == 0, answer
        if desk.read() == before:
            break
    assert desk.read() == before, answer


def test_a_profile_that_nobody_knows(desk):
    answer = desk.setup("nobody", "--apply", "--yes")
    assert answer.status == 3 and "nobody" in answer.err, answer
    assert desk.read() == desk.before()


def test_a_key_that_came_later_goes_in_with_the_next_setup(desk):
    assert desk.apply().status == 0
    third = desk.standin.add_user("third-%d" % id(desk), keys=[{}])["keys"][0]
    edited = desk.read()["credentials"].decode() + "\n# added on a Monday\n" + LATER % third
    desk.home.file(".aws/credentials", edited)
    answer = desk.apply()
    assert answer.status == 0, answer
    now = desk.read()["credentials"]
    assert third["secret"].encode() not in now and b"# added on a Monday" in now
    assert names(desk) == {"default", "prod", "later"}
    answer = desk.undo()
    text = desk.read()["credentials"].decode()
    assert answer.status == 0 and third["secret"] in text and "# added on a Monday" in text, (answer, text)
    # Either as it was ahead of the second setup, or with the first one's keys too.
    assert text == edited or all(key["secret"] in text for key in desk.keys), text


def test_setup_undo_setup_undo(desk):
    before = desk.before()
    for _ in range(3):
        assert desk.apply().status == 0
        after = desk.read()
        assert after != before
        assert desk.undo().status == 0 and desk.read() == before
    answer = desk.undo()
    assert answer.status in (0, 3) and desk.read() == before, answer


def test_the_vaults_key_of_that_name_is_another(desk):
    key = desk.standin.add_user("else-%d" % id(desk), keys=[{}])["keys"][0]
    desk.home.run("add", "prod", "--stdin", stdin=json.dumps(
        {"AccessKeyId": key["id"], "SecretAccessKey": key["secret"]}), passphrase=None, status=0)
    answer = desk.setup("--apply", "--yes", "--json")
    assert answer.status == 0, answer
    rows = {row["name"]: row for row in answer.json()["profiles"]}
    assert "prod" in rows and rows["prod"]["why"], answer
    # Neither key is lost: the vault's stays, and so does the file's.
    assert desk.keys[1]["secret"].encode() in desk.read()["credentials"]
    shown = desk.home.run("show", "prod", "--json", status=0).json()
    assert shown["access_key_id"] == key["id"]


def test_aws_that_does_not_answer_leaves_the_files(desk):
    for fault, options in (("drop", {}), ("error", {"code": "ServiceUnavailable", "message": "x", "status": 503}),
                           ("html", {"status": 500}), ("throttle", {})):
        number = desk.standin.fault(fault, **options)
        answer = desk.apply()
        desk.standin.clear(number)
        text = b"".join(desk.read().values())
        for key in desk.keys:
            assert key["secret"].encode() in text or key["id"] in {
                k["access_key_id"] for k in desk.home.run("list", "--json").json()["keys"]}, answer
        assert answer.status != 0 or desk.read() == desk.before(), answer
        assert desk.read() == desk.before(), answer


def test_nobody_to_ask_for_the_passphrase(desk):
    del desk.home.env["CREDVAULT_KEY_FILE"]
    desk.home.lock()
    for act in ("--apply", "--yes"), ("--undo", "--yes"):
        answer = desk.setup(*act, "--no-input")
        assert answer.status in (3, 4), answer
        assert desk.read() == desk.before()
    answer = desk.setup("--apply", "--yes", passphrase="wrong horse")
    assert answer.status == 5 and desk.read() == desk.before(), answer
    answer = desk.setup("--apply", "--yes", passphrase=PASSPHRASE)
    assert answer.status == 0, answer


def test_without_yes_and_without_a_terminal_nothing_is_changed(desk):
    answer = desk.setup("--apply")
    assert answer.status in (1, 4) and "--yes" in answer.err, answer
    assert desk.read() == desk.before()


def test_both_names_lead_to_one_file(desk):
    path = desk.home.file("both", desk.text["credentials"])
    env = {"AWS_CONFIG_FILE": path, "AWS_SHARED_CREDENTIALS_FILE": path}
    answer = desk.apply(env=env)
    assert answer.status in (1, 2), answer
    with open(path, encoding="utf-8") as file:
        assert file.read() == desk.text["credentials"]


def test_both_names_of_one_key_come_back(desk):
    text = desk.text["credentials"] + LATER.replace("later", "twin") % desk.keys[0]
    desk.home.file(".aws/credentials", text)
    assert desk.apply().status == 0
    assert names(desk) == {"default", "prod", "twin"}
    assert desk.undo().status == 0
    assert desk.read()["credentials"].decode() == text
