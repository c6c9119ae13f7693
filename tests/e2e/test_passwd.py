# SPDX-License-Identifier: MIT
"""credvault passwd: a new passphrase, and all keys with it."""

import json
import os
import shutil

import pytest

import wire
from home import Home, PASSPHRASE, recovery_code
from world import World

pytestmark = pytest.mark.sanitize

NEW = "a new passphrase altogether"
PROMPT = "Passphrase for ~/.local/share/credvault/vault.db: "


def pipe(text):
    reading, writing = os.pipe()
    os.write(writing, text.encode() + b"\n")
    os.close(writing)
    return reading


def passwd(home, *args, new=NEW, **options):
    fd = pipe(new)
    try:
        return home.run("passwd", "--new-passphrase-fd", str(fd), *args, pass_fds=[fd], **options)
    finally:
        os.close(fd)


def slots(home, **options):
    return home.run("slot", "list", "--json", status=0, **options).json()["slots"]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def log(home):
    return home.run("log", "--json", status=0).json()["entries"]


def add_key(home, name="prod"):
    key = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "s" * 40}
    home.run("add", name, "--stdin", "--no-check", "--mfa-serial", "none", stdin=json.dumps(key),
             status=0)


@pytest.fixture
def one(home):
    """A home with an unlocked vault of its own."""
    home.init()
    return home


def test_the_new_one_opens_and_the_old_one_does_not(one):
    add_key(one)
    passwd(one, passphrase=PASSPHRASE, status=0)
    one.lock()
    one.run("unlock", passphrase=PASSPHRASE, status=5)
    one.run("unlock", passphrase=NEW, status=0)
    assert one.run("list", "--names", status=0).out.split() == ["prod"]


@pytest.mark.parametrize("args", [["--yes"], ["--json"]])
def test_one_that_is_compromised_takes_every_key_with_it(standin, args):
    world = World(Home(), standin)
    try:
        before = world.home.run("list", "--json", status=0).json()["keys"]
        answer = passwd(world.home, "--compromised", *args, passphrase=PASSPHRASE, status=0)
        if args == ["--json"]:
            states = [rotation["state"] for rotation in answer.json()["rotations"]]
            assert states == ["done"] * len(before)
        else:
            assert "Changed the passphrase" in answer.out and "Old keys" in answer.out
        world.home.lock()
        world.home.run("unlock", passphrase=PASSPHRASE, status=5)
        world.home.run("unlock", passphrase=NEW, status=0)
        for old in before:
            user = standin.user(old["user_name"])["keys"]
            assert {key["id"]: key["status"] for key in user}[old["access_key_id"]] == "Inactive"
            now = world.home.run("show", old["name"], "--json", status=0).json()
            assert now["access_key_id"] != old["access_key_id"]
    finally:
        standin.clear()
        world.home.leave()


def test_where_an_agent_was_there_is_one_behind_it(one):
    before = one.status()["agent"]["pid"]
    passwd(one, passphrase=PASSPHRASE, status=0)
    assert one.status()["agent"]["pid"] != before
    one.lock()
    passwd(one, passphrase=NEW, new=PASSPHRASE, status=0)
    one.wait_no_agents()
    assert one.status()["locked"] is True


def test_a_copy_that_a_killed_backup_left_beside_the_vault_goes_with_the_passphrase(one):
    with wire.Wire(one) as raw:
        copy = one.vault + ".copy-" + raw.call("backup")["ok"]["copy"]
    assert os.path.exists(copy)
    passwd(one, passphrase=PASSPHRASE, status=0)
    assert not os.path.exists(copy)


def test_recovery_code_and_key_file_survive(home):
    key = os.path.join(home.path, "key")
    code = recovery_code(home.init("--key-file", key).out)
    answer = passwd(home, passphrase=PASSPHRASE, status=0)
    assert "Recovery code and key file" in answer.out
    home.lock()
    home.run("unlock", passphrase=code, status=0)
    assert home.status()["agent"]["how"] == "recovery code"
    home.run("unlock", "--key-file", key, status=0)
    assert home.status()["agent"]["how"] == "key file"


@pytest.mark.parametrize("by", ["recovery code", "key file"])
def test_a_forgotten_passphrase_is_changed_by_other_ways_in(home, by):
    key = os.path.join(home.path, "key")
    code = recovery_code(home.init("--key-file", key).out)
    if by == "key file":
        passwd(home, "--key-file", key, status=0)
    else:
        passwd(home, passphrase=code, status=0)
    home.run("unlock", passphrase=PASSPHRASE, status=5)
    home.run("unlock", passphrase=NEW, status=0)
    assert ("passphrase changed, opened by " + by) in [entry["what"] for entry in log(home)]


def test_it_is_on_record(one):
    passwd(one, passphrase=PASSPHRASE, status=0)
    assert [entry["op"] for entry in log(one)][-2:] == ["passwd", "unlock"]
    assert one.run("log", "--verify", status=0)


def test_a_wrong_passphrase_changes_nothing(one):
    one.lock()
    before = read(one.vault)
    passwd(one, passphrase="not the passphrase", status=5)
    one.wait_no_agents()
    assert read(one.vault) == before
    one.unlock()
    pid = one.status()["agent"]["pid"]
    passwd(one, passphrase="not the passphrase", status=5)
    assert one.status()["agent"]["pid"] == pid


@pytest.mark.parametrize("new", ["too short", ""])
def test_a_short_one_changes_nothing(one, new):
    one.lock()
    before = read(one.vault)
    passwd(one, passphrase=PASSPHRASE, new=new, status=2)
    one.wait_no_agents()
    assert read(one.vault) == before


def test_without_a_terminal_the_new_one_needs_a_descriptor(one):
    answer = one.run("passwd", passphrase=PASSPHRASE, status=4)
    assert "--new-passphrase-fd" in answer.err
    one.run("passwd", status=4)


def test_on_a_terminal(one):
    one.lock()
    with one.terminal("passwd") as t:
        t.answer(PROMPT, "wrong one").answer(PROMPT, PASSPHRASE)
        t.answer("New passphrase for the vault (Enter to have one made): ", NEW)
        t.answer("Type it once more: ", NEW)
        t.expect("Changed the passphrase")
        assert t.wait() == 0
        assert NEW not in t.seen and PASSPHRASE not in t.seen
    assert one.status()["locked"] is False
    one.run("unlock", passphrase=NEW, status=0)


def test_interrupted_nothing_has_changed(one):
    one.lock()
    before = read(one.vault)
    with one.terminal("passwd") as t:
        t.answer(PROMPT, PASSPHRASE)
        t.expect("New passphrase for the vault (Enter").send("\x03")
        assert t.wait() == 130
    one.wait_no_agents()
    assert read(one.vault) == before


def test_a_low_memory_vault_stays_one(one):
    before = slots(one)[0]
    passwd(one, passphrase=PASSPHRASE, status=0)
    after = slots(one)[0]
    assert (after["memory"], after["passes"]) == (before["memory"], before["passes"]) == (64 << 20, 6)
    assert after["id"] != before["id"]


def second_passphrase(home):
    fd = pipe("the second passphrase")
    home.run("slot", "add", "passphrase", "--low-memory", "--new-passphrase-fd", str(fd),
             passphrase=PASSPHRASE, pass_fds=[fd], status=0)
    os.close(fd)
    return [slot for slot in slots(home) if slot["type"] == "passphrase"][1]["id"]


def test_another_passphrase_must_be_dropped_by_name(one):
    other = second_passphrase(one)
    answer = passwd(one, passphrase=PASSPHRASE, status=1)
    assert other[:8] in answer.err and "--drop-slot " + other[:8] in answer.err
    one.run("unlock", passphrase="the second passphrase", status=0)
    passwd(one, "--drop-slot", other[:8], passphrase=PASSPHRASE, status=0)
    one.run("unlock", passphrase="the second passphrase", status=5)
    one.run("unlock", passphrase=NEW, status=0)


def test_another_passphrase_is_kept_when_it_is_typed(one):
    other = second_passphrase(one)
    with one.terminal("passwd") as t:
        t.answer(PROMPT, PASSPHRASE)
        t.answer("New passphrase for the vault (Enter to have one made): ", NEW)
        t.answer("Type it once more: ", NEW)
        t.answer("slot " + other[:8], "not that").expect("That is not it")
        t.answer("slot " + other[:8], "the second passphrase")
        assert t.wait() == 0
    for good in (NEW, "the second passphrase"):
        one.run("unlock", passphrase=good, status=0)
    one.run("unlock", passphrase=PASSPHRASE, status=5)


def test_trap_15_what_an_old_copy_gives_away_does_not_open_the_new_vault(one):
    import reader   # the format once more, from its document
    one.lock()
    old = one.file("old/vault.db", "")
    shutil.copy(one.vault, old)
    passwd(one, passphrase=PASSPHRASE, status=0)
    one.wait_no_agents()
    heads = [reader.header_parse(reader.load(path)["header"][0]["bytes"])
             for path in (old, one.vault)]
    key = reader.header_unlock(heads[0], reader.PASSPHRASE, PASSPHRASE.encode())
    assert key != reader.header_unlock(heads[1], reader.PASSPHRASE, NEW.encode())
    with pytest.raises(reader.Wrong):
        reader.header_unlock(heads[1], reader.PASSPHRASE, PASSPHRASE.encode())


def windows(data):
    return {data[i:i + 16] for i in range(len(data) - 15)}


def test_nothing_of_the_old_vault_key_is_left_in_the_directory(home):
    """What is in the file before and after: the file's frame, the log, and public keys of slots."""
    home.init("--no-recovery")
    add_key(home)
    home.lock()
    before = read(home.vault)
    passwd(home, passphrase=PASSPHRASE, status=0)
    home.wait_no_agents()
    folder = os.path.dirname(home.vault)
    after = b"".join(read(os.path.join(folder, name)) for name in os.listdir(folder))
    import reader
    old = home.file("then/vault.db", "")
    with open(old, "wb") as f:
        f.write(before)
    tables = reader.load(old)
    gone = [row[column] for table, columns in (("rec", ("name_idx", "nonce", "sealed")),
                                               ("segment", ("nonce", "wrapped")),
                                               ("manifest", ("nonce", "sealed")))
            for row in tables[table] for column in columns]
    head = reader.header_parse(tables["header"][0]["bytes"])
    gone += [head["commitment"], head["mac"]]
    gone += [slot[x] for slot in head["slots"]
             for x in ("id", "salt", "commitment", "nonce", "wrapped")]
    left = windows(after)
    assert all(windows(data) & windows(before) for data in gone)
    assert not [data for data in gone if windows(data) & left]


def subkeys(header):
    """All that an unlock would send, from the passphrase and the format's document."""
    import reader
    vault_key = reader.header_unlock(reader.header_parse(bytes.fromhex(header)), reader.PASSPHRASE,
                                     PASSPHRASE.encode())
    numbers = {"record": 1, "index": 2, "manifest": 3, "log": 5, "mark": 7, "root": 8,
               "session": 9, "proof": 10}
    return {name: reader.kdf(vault_key, n, "cv_keys1").hex() for name, n in numbers.items()}


@pytest.mark.parametrize("op", ["rekey", "set_header"])
def test_a_running_agent_changes_no_slot(one, op):
    """Not even for one who knows everything: it is said only to an agent of one's own."""
    header = wire.call(one, "public")["ok"]["header"]
    keys = subkeys(header)
    args = {"header": header, "keys": keys, "act": "passwd", "what": "x", "how": "passphrase",
            "idle_s": None, "limit_s": None, "resident": True}
    if op == "rekey":
        args["new_keys"] = keys
    before = read(one.vault)
    answer = wire.call(one, op, args)
    assert answer["error"]["code"] == "PROTOCOL"
    assert "running agent" in answer["error"]["message"]
    assert read(one.vault) == before
    assert one.status()["locked"] is False


@pytest.mark.parametrize("op", ["rekey", "set_header"])
def test_a_fresh_agent_changes_no_slot_without_the_keys(one, op):
    one.lock()
    before = read(one.vault)
    zero = {name: "00" * 32 for name in ("record", "index", "manifest", "log", "mark", "root",
                                         "session", "proof")}
    with wire.launch(one, one.vault, os.path.join(one.runtime, "credvault", "x.sock")) as fresh:
        header = fresh.call("open")["ok"]["header"]
        args = {"header": header, "keys": zero, "act": "passwd", "what": "x",
                "how": "passphrase", "idle_s": None, "limit_s": None, "resident": False}
        if op == "rekey":
            args["new_keys"] = dict(zero, proof="01" * 32)
        assert fresh.call(op, args)["error"]["code"] == "TAMPERED"
    one.wait_no_agents()
    assert read(one.vault) == before


def test_json(one):
    made = passwd(one, "--json", passphrase=PASSPHRASE, status=0).json()
    assert made["vault"] == one.vault and len(made["vault_id"]) == 32
