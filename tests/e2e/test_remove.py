# SPDX-License-Identifier: MIT
"""`credvault remove`: a key leaves the vault, with its sessions, and is erased."""

import contextlib
import os
import shutil
import sqlite3

import pytest
from channel import Sealed, prove
from home import PASSPHRASE
from wire import call, credentials
from world import fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


@pytest.fixture
def name(world, request):
    """A key of this test's own."""
    name = request.node.name.split("[")[0][5:60]
    world.add(name, "ci")
    return name


def names(world):
    return world.home.run("list", "--names", status=0).out.split()


def rows(home):
    """nonce and sealed of every record, read from a copy beside the running agent."""
    copy = os.path.join(home.path, "copy.db")
    for end in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(home.vault + end, copy + end)
    with contextlib.closing(sqlite3.connect(copy)) as db:
        found = {row[0]: row[1:] for row in db.execute("SELECT id, tbl, nonce, sealed FROM rec")}
    for end in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(copy + end)
    return found


def test_it_is_gone_and_on_record(world, name):
    world.home.run("remove", name, "--yes", passphrase=PASSPHRASE, status=0)
    assert name not in names(world)
    world.home.run("show", name, status=3)
    world.home.run("process", name, status=3)
    entry = world.home.run("log", "-n", "2", "--json", status=0).json()["entries"][0]
    assert (entry["op"], entry["profile"]) == ("remove", name)
    assert entry["access_key_id"] == world.key("ci")["AccessKeyId"]
    assert {"dev", "ci"} <= set(names(world))
    world.home.run("remove", name, "--yes", passphrase=PASSPHRASE, status=3)
    world.home.run("verify", status=0)


def test_the_answer_says_what_aws_still_has(world, name):
    world.standin.add_user("leaver", keys=[{}])
    world.add("leaver", "leaver")
    answer = world.home.run("rm", "leaver", "--yes", passphrase=PASSPHRASE, status=0)
    assert answer.out.startswith("Removed leaver (%s)" % world.key("leaver")["AccessKeyId"])
    assert "delete-access-key" in answer.err
    answer = world.home.run("remove", name, "--yes", "--json", passphrase=PASSPHRASE, status=0)
    assert answer.json() == {"name": name, "access_key_id": world.key("ci")["AccessKeyId"],
                             "old_access_key_id": None, "sessions": 0}


def test_lines_of_the_aws_files_that_name_it_are_told(world, name):
    world.home.file(".aws/config", "[profile x]\nrole_arn = arn:aws:iam::111122223333:role/reader\n"
                    "source_profile = %s\n" % name)
    said = world.home.run("remove", name, "--yes", passphrase=PASSPHRASE, status=0).err
    assert "These lines name %s still, and lead to nothing:" % name in said
    assert "~/.aws/config:3   source_profile" in said


def test_a_person_is_asked_and_may_say_no(world, name):
    for said in ("n", ""):
        with world.home.terminal("remove", name) as terminal:
            terminal.answer("Remove %s (AKIA" % name, said)
            assert terminal.wait() == 1
            assert "Passphrase" not in terminal.seen and "--yes" not in terminal.seen
    with world.home.terminal("remove", name) as terminal:
        terminal.answer("[y/N]", "y").answer("Passphrase for", PASSPHRASE)
        assert terminal.wait() == 0
    assert name not in names(world)


def test_nobody_to_ask_is_a_no(world, name):
    answer = world.home.run("remove", name, passphrase=PASSPHRASE, status=1)
    assert "remove %s --yes" % name in answer.err
    assert name in names(world)


def test_an_unlocked_vault_is_not_enough(world, name):
    world.home.run("remove", name, "--yes", status=4)
    world.home.run("remove", name, "--yes", passphrase="wrong one", status=5)
    assert name in names(world)


def test_its_sessions_go_with_it(world, name):
    first = credentials(world.home, name, world.standin.url)["ok"]
    assert credentials(world.home, name, world.standin.url)["ok"] == first
    answer = world.home.run("remove", name, "--yes", "--json", passphrase=PASSPHRASE, status=0)
    assert answer.json()["sessions"] == 1
    assert name not in [s["profile"] for s in world.home.status()["sessions"]]
    assert credentials(world.home, name, world.standin.url)["error"]["code"] == "NOT_FOUND"
    # A key of the same name later is another one.
    world.add(name, "ci")
    assert credentials(world.home, name, world.standin.url)["ok"] != first


def test_nothing_of_it_is_left_in_any_file(world, name):
    """What was retired is overwritten, and the journal emptied, before the answer leaves."""
    home = world.home
    home.run("process", name, status=0)
    before = rows(home)
    home.run("remove", name, "--yes", passphrase=PASSPHRASE, status=0)
    gone = {key: before[key] for key in before.keys() - rows(home).keys()}
    # The key, when it was last used, and its session.
    assert sorted(row[0] for row in gone.values()) == [1, 2, 3]
    for folder, _, files in os.walk(os.path.dirname(home.vault)):
        for file in files:
            data = open(os.path.join(folder, file), "rb").read()
            for _, nonce, sealed in gone.values():
                assert nonce not in data, file
                # As little as a block of the cipher.
                assert not any(sealed[at:at + 16] in data for at in range(0, len(sealed), 16)), file


def test_a_raw_client_needs_the_proof_of_this_very_act(world, name):
    args = {"name": name}
    got = call(world.home, "remove", args)
    assert got["error"]["code"] == "CHANNEL_NEEDED" and got["asks"] == []
    for op, other in (("reveal", args), ("remove", {"name": "ci"})):
        with Sealed(world.home, op, other) as sealed:
            sealed.go().push({"v": 2, "op": "remove", "args": args})
            assert sealed.finish() is None
    assert name in names(world)
    assert "ok" in prove(world.home, "remove", args)
    assert name not in names(world)


def test_what_is_replaced_is_erased_too(world, name):
    home = world.home
    before = rows(home)
    world.home.run("add", name, "--stdin", "--replace", "--no-check", passphrase=PASSPHRASE,
                   stdin='{"AccessKeyId":"AKIAEXAMPLEEXAMPLE00","SecretAccessKey":"%s"}' % ("x" * 40),
                   status=0)
    after = rows(home)
    old = [row for key, row in before.items() if key in after and after[key] != row and row[0] == 1]
    assert len(old) == 1
    for end in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            assert old[0][1] not in open(home.vault + end, "rb").read()


def test_a_key_that_another_name_holds_is_not_advised_to_be_deleted(world):
    world.add("twin", "ci")
    answer = world.home.run("remove", "twin", "--yes", passphrase=PASSPHRASE, status=0)
    assert "same key under the name" in answer.err
    assert "delete-access-key" not in answer.err
