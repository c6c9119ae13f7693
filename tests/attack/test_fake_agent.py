# SPDX-License-Identifier: MIT
"""A program of the same user binds the socket's path while the vault is locked."""

import json
import os

import pytest
import reader
from channel import header_of
from home import PASSPHRASE, Home
from impostor import Fake, socket_of

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KEY = json.dumps({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": SECRET})
FILE = "[ci]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = %s\n" % SECRET
NEEDED = [{"error": {"code": "CHANNEL_NEEDED", "status": 4, "message": "prove it"}}]
SHOWN = [{"ok": {"name": "ci", "access_key_id": "AKIAIOSFODNN7EXAMPLE", "hooks": []}}]
LISTED = [{"row": {"name": "ci", "access_key_id": "AKIAIOSFODNN7EXAMPLE"}}, {"ok": {"count": 1}}]
ANSWERS = {"show": SHOWN, "edit": NEEDED, "config": NEEDED, "rotate": NEEDED, "list": LISTED,
           "rotations": [{"ok": {"count": 0}}]}

ACTS = {"add": ["add", "ci", "--stdin", "--no-check"], "import": ["import", "-", "--yes"],
        "reveal": ["reveal", "ci"], "remove": ["remove", "ci", "--yes"],
        "edit": ["edit", "ci", "--hook", "true"], "config": ["config", "idle", "1d"],
        "rotate": ["rotate", "ci", "--hook", "true", "--yes"]}


def locked(home):
    """The path of the socket and the header of a vault that is locked by then."""
    path, header = socket_of(home), header_of(home).hex()
    home.lock()
    return path, header


def attempt(home, act, **options):
    options.setdefault("stdin", FILE if act == "import" else KEY)
    options.setdefault("passphrase", PASSPHRASE)
    return home.run(*ACTS[act], **options)


def unseen(fake, *texts):
    said = b"\n".join(fake.heard)
    return not any(text.encode() in said for text in texts)


@pytest.mark.parametrize("act", ACTS)
def test_a_fake_agent_gets_no_secret_and_feigns_no_success(home, act):
    path, header = locked(home)
    with Fake(path, header, ANSWERS) as fake:
        answer = attempt(home, act, status=4)
        assert "does not hold this vault" in answer.err and answer.out == ""
        assert "channel" in fake.asked and "channel_go" not in fake.asked
        assert unseen(fake, SECRET, SECRET[:12], PASSPHRASE)


@pytest.mark.parametrize("words", [
    ["edit", "ci", "--require-mfa"], ["edit", "ci", "--max-age", "5d"], ["edit", "ci", "--no-hooks"],
    ["config", "retire", "deactivate"], ["config", "max-age", "5d"], ["config", "grace", "2d"],
    ["config", "lock-on-sleep", "off"], ["rotate", "ci", "--undo"], ["rotate", "ci", "--abort"],
    ["rotate", "ci", "--yes", "--hook", "true"], ["rotate", "ci", "--keep-orphan"],
    ["rotate", "ci", "--yes", "--delete-key", "AKIAIOSFODNN7EXAMPLF"]], ids=" ".join)
def test_a_plain_yes_to_an_act_that_is_always_proved_is_not_believed(home, words):
    path, header = locked(home)
    done = {"name": "ci", "state": "aborted", "resumed": False}
    answers = dict(ANSWERS, edit=SHOWN, config=[{"ok": {"config": {}}}], rotate=[{"ok": done}])
    with Fake(path, header, answers) as fake:
        for passphrase in (PASSPHRASE, None):
            assert home.run(*words, passphrase=passphrase, status=4).out == ""
        assert "channel" in fake.asked and "channel_go" not in fake.asked


@pytest.mark.parametrize("words", [
    ["config", "idle", "5m"], ["config", "for", "2h"], ["config", "lead", "10d"],
    ["config", "log-keep", "500d"], ["rotate", "ci", "--yes"]], ids=" ".join)
def test_a_plain_yes_is_not_believed_where_a_passphrase_came_with_the_command(home, words):
    path, header = locked(home)
    done = {"name": "ci", "state": "done", "resumed": False}
    answers = dict(ANSWERS, config=[{"ok": {"config": {}}}], rotate=[{"ok": done}])
    with Fake(path, header, answers) as fake:
        assert home.run(*words, passphrase=PASSPHRASE, status=4).out == ""
        assert "channel" in fake.asked and "channel_go" not in fake.asked


@pytest.mark.parametrize("act", ACTS)
def test_without_a_proof_nothing_is_sent_at_all(home, act):
    path, header = locked(home)
    with Fake(path, header, ANSWERS) as fake:
        answer = attempt(home, act, passphrase=None, status=4)
        assert answer.out == ""
        assert "channel" not in fake.asked and unseen(fake, SECRET, SECRET[:12])


def test_a_wrong_passphrase_is_called_that_and_proves_nothing(home):
    path, header = locked(home)
    with Fake(path, header, ANSWERS) as fake:
        answer = attempt(home, "add", passphrase="not this one at all", status=5)
        assert "wrong passphrase" in answer.err
        assert "channel" not in fake.asked and unseen(fake, SECRET, "not this one at all")


def test_a_header_that_is_not_the_files_is_told_before_anybody_types(home):
    path, header = locked(home)
    # Vault id and commitment as they are, and the slots are another's.
    slots = bytearray.fromhex(header)
    head = reader.header_parse(bytes(slots))
    at = bytes(slots).find(head["slots"][0]["salt"])
    slots[at] ^= 1
    with Fake(path, slots.hex(), ANSWERS) as fake:
        with home.terminal("reveal", "ci", "--force") as terminal:
            terminal.expect("does not hold this vault")
            assert terminal.wait() == 4
            assert "Passphrase" not in terminal.seen
        assert fake.asked == ["show", "public"]


def test_the_header_of_another_vault_is_exit_6_before_anybody_types(home):
    other = Home()
    try:
        other.init("--key-file", os.path.join(other.path, "key"))
        path, _ = locked(home)
        header = header_of(other).hex()
        with Fake(path, header, ANSWERS) as fake:
            with home.terminal("reveal", "ci", "--force") as terminal:
                terminal.expect("shows another vault")
                assert terminal.wait() == 6
                assert "Passphrase" not in terminal.seen
            # Its maker may know the owner's public key: a key file opens it, and proves nothing.
            for act in ACTS:
                attempt(home, act, passphrase=None, status=6,
                        env={"CREDVAULT_KEY_FILE": os.path.join(other.path, "key")})
            assert "channel" not in fake.asked and unseen(fake, SECRET)
    finally:
        other.leave()


def test_without_a_pin_a_key_file_opens_no_channel(home):
    key = os.path.join(home.path, "elsewhere/key")
    os.mkdir(os.path.dirname(key), 0o700)
    home.run("slot", "add", "key-file", key, passphrase=PASSPHRASE, status=0)
    path, header = locked(home)
    for name in os.listdir(home.state):
        if name.endswith(".pin"):
            os.unlink(os.path.join(home.state, name))
    with Fake(path, header, ANSWERS) as fake:
        answer = attempt(home, "add", passphrase=None, env={"CREDVAULT_KEY_FILE": key}, status=6)
        assert "key file does not tell whose it is" in answer.err
        assert "channel" not in fake.asked and unseen(fake, SECRET)


def test_a_genuine_agent_of_another_vault_gets_no_secret(home):
    """That the peer is our own program proves nothing."""
    path, _ = locked(home)
    other = Home()
    try:
        other.run("init", "--low-memory", passphrase=PASSPHRASE, status=0,
                  env={"CREDVAULT_SOCKET": path})
        for act in ("add", "import"):
            answer = attempt(home, act, status=6)
            assert "another vault" in answer.err
        there = other.run("list", "--json", status=0, env={"CREDVAULT_SOCKET": path}).json()
        assert there["keys"] == []
        other.run("lock", status=0, env={"CREDVAULT_SOCKET": path})
    finally:
        other.leave()


# -- asks ----------------------------------------------------------------------------------------

def asks(marker):
    run = "touch %s" % marker
    return {
        "hook": {"kind": "hook", "name": "ci", "command": run, "secret_access_key": "x" * 40,
                 "old_access_key_id": "AKIAIOSFODNN7EXAMPLE",
                 "new_access_key_id": "AKIAIOSFODNN7EXAMPLF", "account_id": "111122223333",
                 "user_name": "ci", "region": "us-east-1"},
        "open": {"kind": "open", "url": "https://attacker.example/", "command": run},
        "consent": {"kind": "consent", "profile": "ci"},
        "keys": {"kind": "keys", "why": "store", "done": 0},
        "add": {"kind": "add", "name": "ci", "access_key_id": "AKIAIOSFODNN7EXAMPLE"},
        "import": {"kind": "import", "count": 1},
        "proof": {"kind": "proof", "nonce": "00" * 32, "vault_id": "00" * 16, "header": "00"},
        "program": {"kind": "program", "source": run, "profile": "ci"},
        "file": {"kind": "file", "source": "/etc/passwd", "profile": "ci"},
    }


@pytest.mark.parametrize("kind", asks(""))
@pytest.mark.parametrize("op, words", [("rotate", ["rotate", "ci", "--yes"]),
                                       ("credentials", ["process", "ci"]),
                                       ("list", ["list"]), ("edit", ["edit", "ci", "--note", "x"])],
                         ids=lambda v: v if isinstance(v, str) else "")
def test_nothing_that_a_fake_agent_asks_is_run_or_answered(home, kind, op, words):
    path, header = locked(home)
    marker = os.path.join(home.path, "marker")
    refused = [{"error": {"code": "FAILED", "status": 1, "message": "over"}}]
    answers = dict(ANSWERS, **{op: [{"ask": asks(marker)[kind]}] + refused})
    with Fake(path, header, answers) as fake:
        answer = home.run(*words, passphrase=PASSPHRASE)
        assert answer.status != 0 and not os.path.exists(marker)
        if op == "rotate":
            # The passphrase came with the command: it goes through the channel, where a fake asks nothing.
            assert answer.status == 4 and b"answer" not in b"".join(fake.heard)
        elif kind not in ("program", "file"):
            # Hung up without a word.
            assert "asks what only this vault's agent may ask" in answer.err
            assert b"answer" not in b"".join(fake.heard)
        else:
            assert b'"answer":null' in b"".join(fake.heard)
        assert unseen(fake, SECRET, PASSPHRASE)
