# SPDX-License-Identifier: MIT
"""`credvault verify`, and a vault that is changed from outside: closed, and under a running agent."""

import contextlib
import os
import shutil
import sqlite3

import pytest
from home import PASSPHRASE, Home
from world import World

MEMBERS = ["generation", "log_entries", "ok", "problems", "records"]


@pytest.fixture(scope="module")
def home(standin):
    """A vault with three keys and some history."""
    home = Home()
    world = World(home, standin)
    world.add("third", "ci", "--no-check")
    home.run("process", "ci", status=0)
    home.run("process", "nobody", status=3)
    home.key = world.key("ci")
    yield home
    home.leave()


@pytest.fixture(autouse=True)
def _sound_and_unlocked(home):
    """Each test finds the vault as it was and unlocked, and may do to the file what it likes."""
    if not home.status()["locked"]:
        home.lock()
    for folder in (".local", "st"):     # the vault, and the mark of it
        place, kept = (os.path.join(home.path, name) for name in (folder, "kept" + folder))
        if os.path.isdir(kept):
            shutil.rmtree(place)
            shutil.copytree(kept, place)
        else:
            shutil.copytree(place, kept)
    home.unlock()


def edit(path, sql):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.create_function("randomblob", 1, os.urandom)
        db.executescript(sql)


def blobs(home, sql):
    """What a query finds in a copy of the files of a running agent."""
    copy = os.path.join(home.path, "copy.db")
    for end in ("", "-wal"):
        if os.path.exists(home.vault + end):
            shutil.copyfile(home.vault + end, copy + end)
    with contextlib.closing(sqlite3.connect(copy)) as db:
        found = [bytes(row[0]) for row in db.execute(sql)]
    for end in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(copy + end)
    return found


def flip(home, *blobs):
    """One bit of each blob, wherever it stands, written past SQLite and all locks."""
    flipped = 0
    for end in ("", "-wal"):
        if not os.path.exists(home.vault + end):
            continue
        with open(home.vault + end, "r+b", buffering=0) as file:
            data = file.read()
            for blob in blobs:
                at = data.find(blob)
                while at >= 0:
                    os.pwrite(file.fileno(), bytes([data[at] ^ 1]), at)
                    flipped += 1
                    at = data.find(blob, at + 1)
    assert flipped >= len(blobs)


def problems(answer):
    report = answer.json()
    assert sorted(report) == MEMBERS and report["ok"] is False
    return report["problems"]


# -- a sound vault -------------------------------------------------------------------------------

@pytest.mark.sanitize
def test_a_sound_vault(home):
    status = home.status()
    report = home.run("verify", "--json", status=0).json()
    assert sorted(report) == MEMBERS
    assert report["ok"] is True and report["problems"] == []
    assert report["generation"] == status["generation"]
    assert report["records"] >= 3
    count = home.run("log", "-n", "1", "--json", status=0).json()["entries"][0]["seq"]
    assert report["log_entries"] == count
    answer = home.run("verify", status=0)
    assert "Unchanged" in answer.out and "generation" in answer.out.lower() and answer.err == ""


@pytest.mark.sanitize
def test_a_locked_vault_is_unlocked_for_it(home):
    home.lock()
    home.run("verify", status=4)
    home.run("verify", passphrase="wrong one", status=5)
    assert home.run("verify", "--json", passphrase=PASSPHRASE, status=0).json()["ok"] is True


def test_it_leaves_the_vault_as_it_is(home):
    before = home.run("verify", "--json", status=0).json()
    assert home.run("verify", "--json", status=0).json() == before


def test_no_vault_is_3_and_not_a_finding(home):
    answer = home.run("verify", "--vault", os.path.join(home.path, "none.db"), status=3)
    assert answer.out == ""


# -- changed while it was closed -----------------------------------------------------------------

CLOSED = {
    "a record": ("UPDATE rec SET sealed = randomblob(length(sealed)) WHERE id = (SELECT id FROM rec"
                 " WHERE tbl = 1 LIMIT 1)", "1 of %d records fails its seal"),
    "a record's nonce": ("UPDATE rec SET nonce = randomblob(24) WHERE id = (SELECT id FROM rec WHERE"
                         " tbl = 1 LIMIT 1)", "1 of %d records fails its seal"),
    "a record gone": ("DELETE FROM rec WHERE id = (SELECT id FROM rec WHERE tbl = 1 LIMIT 1)",
                      "1 of %d records is missing"),
    "entries gone": ("DELETE FROM log WHERE seq BETWEEN 3 AND 5", "the log lacks entries 3-5"),
    "the last entry gone": ("DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)",
                            "the log lacks entry "),
    "an entry": ("UPDATE log SET sealed = randomblob(length(sealed)) WHERE seq = 4",
                 "entry 4 of the log fails its seal"),
    "the manifest": ("UPDATE manifest SET sealed = randomblob(length(sealed))",
                     "the manifest fails its seal"),
    "the log's keys": ("UPDATE segment SET wrapped = randomblob(80)",
                       "the keys of the log were changed"),
}


@pytest.mark.parametrize("what", CLOSED)
@pytest.mark.sanitize
def test_what_was_changed_is_named_by_every_command(home, what):
    sql, says = CLOSED[what]
    records = home.run("verify", "--json", status=0).json()["records"]
    says = says % records if "%d" in says else says
    home.lock()
    edit(home.vault, sql)
    answer = home.run("list", passphrase=PASSPHRASE, status=6)
    assert answer.out == "" and says in answer.err.splitlines()[0]
    assert answer.err.splitlines()[-1].strip() == "credvault verify"
    error = home.run("show", "ci", "--json", passphrase=PASSPHRASE, status=6).error()
    assert (error["code"], error["status"]) == ("TAMPERED", 6)
    assert says in error["message"] and error["hint"] == "credvault verify"
    answer = home.run("verify", "--json", passphrase=PASSPHRASE, status=6)
    assert len(problems(answer)) == 1 and says in problems(answer)[0]
    answer = home.run("verify", passphrase=PASSPHRASE, status=6)
    assert says in answer.out
    assert home.status()["locked"] is True


@pytest.mark.sanitize
def test_all_that_was_changed_is_named_at_once(home):
    home.lock()
    edit(home.vault, "DELETE FROM log WHERE seq IN (2, 5);"
                     "UPDATE rec SET nonce = randomblob(24) WHERE tbl = 1;")
    found = problems(home.run("verify", "--json", passphrase=PASSPHRASE, status=6))
    assert len(found) == 3
    for text in ("3 of ", "the log lacks entry 2", "the log lacks entry 5"):
        assert any(text in problem for problem in found)


@pytest.mark.sanitize
@pytest.mark.parametrize("sql", [
    "CREATE TABLE more(x)", "CREATE TRIGGER t AFTER INSERT ON log BEGIN SELECT 1; END",
    "CREATE VIEW v AS SELECT * FROM rec", "DROP TABLE log", "DELETE FROM header",
    "DELETE FROM manifest", "PRAGMA application_id = 1"])
def test_what_does_not_even_open_gets_a_report(home, sql):
    home.lock()
    edit(home.vault, sql)
    answer = home.run("verify", "--json", passphrase=PASSPHRASE, status=6)
    assert len(problems(answer)) >= 1
    assert "changed from outside" in home.run("verify", passphrase=PASSPHRASE, status=6).out


def test_a_header_with_one_byte_changed_is_5_or_6(home):
    """In a slot it cannot be told from a wrong passphrase; elsewhere it can."""
    home.lock()
    (header,) = blobs(home, "SELECT bytes FROM header")
    seen = set()
    for at in (0, 40, len(header) // 2, len(header) - 1):
        changed = header[:at] + bytes([header[at] ^ 1]) + header[at + 1:]
        edit(home.vault, "UPDATE header SET bytes = x'%s'" % changed.hex())
        answer = home.run("verify", "--json", passphrase=PASSPHRASE)
        assert answer.status in (5, 6), answer
        assert "header" in (problems(answer)[0] if answer.status == 6 else answer.err)
        seen.add(answer.status)
    assert 6 in seen


def test_a_file_that_is_no_vault_gets_a_report(home):
    home.lock()
    with open(home.vault, "r+b") as file:
        file.write(os.urandom(4096))
    assert problems(home.run("verify", "--json", passphrase=PASSPHRASE, status=6))


def test_a_file_that_others_can_read_is_said(home):
    os.chmod(home.vault, 0o644)
    assert len(problems(home.run("verify", "--json", status=6))) == 1
    home.lock()
    answer = home.run("verify", "--json", passphrase=PASSPHRASE, status=1)
    assert len(problems(answer)) == 1
    os.chmod(home.vault, 0o600)


# -- changed under a running agent ---------------------------------------------------------------

def same_or_6(home, before, *args):
    """Refused, or answered from what was verified; never anything else."""
    answer = home.run(*args)
    assert answer.status == 6 or (answer.status == 0 and answer.out == before), answer
    return answer


ROW = "SELECT nonce FROM rec WHERE tbl = 1"


@pytest.mark.sanitize
def test_a_row_changed_under_an_agent_is_never_used(home):
    before = {args: home.run(*args, status=0).out for args in
              [("show", name, "--json") for name in ("dev", "ci", "third")] + [("list", "--names")]}
    flip(home, *blobs(home, ROW))
    for args, out in before.items():
        same_or_6(home, out, *args)
    (found,) = problems(home.run("verify", "--json", status=6))
    assert found.startswith("3 of ") and found.endswith("records fail their seals")
    # The finding is on record, and a change of one row does not make the log of others stop.
    entry = home.run("log", "-n", "1", "--json", status=0).json()["entries"][0]
    assert (entry["op"], entry["result"]) == ("verify", "TAMPERED")
    # SQLite's cache holds the rows no more: now nothing but the file could answer, and is refused.
    for args in before:
        answer = home.run(*args, status=6)
        assert "credvault verify" in answer.err
    answer = home.run("reveal", "ci", passphrase=PASSPHRASE, status=6)
    assert answer.out == "" and home.key["SecretAccessKey"] not in answer.err
    assert home.run("add", "ci", "--stdin", "--replace", "--no-check", passphrase=PASSPHRASE,
                    stdin='{"AccessKeyId":"AKIAEXAMPLEEXAMPLE00","SecretAccessKey":"%s"}' % ("x" * 40)
                    ).status == 6
    home.lock()
    home.run("list", passphrase=PASSPHRASE, status=6)


def replace(home, name, number):
    """Another key of this name; what the row of it is made of."""
    home.run("add", name, "--stdin", "--replace", "--no-check", passphrase=PASSPHRASE, status=0,
             stdin='{"AccessKeyId":"AKIAEXAMPLEEXAMPLE0%d","SecretAccessKey":"%s"}'
             % (number, "x" * 40))
    (row,) = blobs(home, "SELECT CAST(id || char(ver) || name_idx || nonce || sealed AS BLOB) "
                         "FROM rec WHERE tbl = 1 AND ver = %d" % number)
    return row


def test_a_genuine_row_put_back_under_an_agent_is_never_used(home):
    """TRAP 11: its seal is as good as that of the one it takes the place of."""
    old, new = replace(home, "ci", 2), replace(home, "ci", 3)
    assert len(old) == len(new) and old[:16] == new[:16] and old != new
    before = home.run("show", "ci", "--json", status=0).out
    swapped = 0
    for end in ("", "-wal"):
        with open(home.vault + end, "r+b", buffering=0) as file:
            data = file.read()
            at = data.find(new)
            while at >= 0:
                os.pwrite(file.fileno(), old, at)
                swapped += 1
                at = data.find(new, at + 1)
    assert swapped
    same_or_6(home, before, "show", "ci", "--json")
    (found,) = problems(home.run("verify", "--json", status=6))
    assert found.startswith("1 of ") and "is not as saved last" in found
    home.run("show", "ci", "--json", status=6)
    answer = home.run("reveal", "ci", passphrase=PASSPHRASE, status=6)
    assert answer.out == ""
    home.lock()
    answer = home.run("list", passphrase=PASSPHRASE, status=6)
    assert "a record is not as saved last" in answer.err


def test_an_older_copy_of_the_whole_file_is_named(home):
    home.lock()
    old = open(home.vault, "rb").read()
    home.unlock()
    home.run("process", "ci", status=0)
    home.lock()
    with open(home.vault, "wb") as file:
        file.write(old)
    (found,) = problems(home.run("verify", "--json", passphrase=PASSPHRASE, status=6))
    assert "older than the one this machine used last" in found
    said = home.run("verify", passphrase=PASSPHRASE, status=6).out
    assert "is whole, and is refused" in said and "changed from outside" not in said
    assert found in said and "credvault restore --accept-rollback" in said
    assert "last used   generation " in said


def test_a_manifest_changed_under_an_agent_stops_every_emission(home):
    flip(home, *blobs(home, "SELECT nonce FROM manifest"))
    (found,) = problems(home.run("verify", "--json", status=6))
    assert "the manifest was changed" in found
    for args in ("process", "ci"), ("export", "ci"), ("exec", "ci", "--", "true"):
        answer = home.run(*args)
        assert answer.status in (6, 125) and "AKIA" not in answer.out and "ASIA" not in answer.out
        assert home.key["SecretAccessKey"] not in answer.out + answer.err
    home.run("clear", status=6)
    answer = home.run("reveal", "ci", passphrase=PASSPHRASE, status=6)
    assert answer.out == ""
    home.lock()
    home.run("list", passphrase=PASSPHRASE, status=6)


def test_a_header_changed_under_an_agent_is_noticed(home):
    (header,) = blobs(home, "SELECT bytes FROM header")
    flip(home, header[:64])
    (found,) = problems(home.run("verify", "--json", status=6))
    assert "the header was changed" in found
    # A proof is made over the header that was verified, not over the one in the file.
    answer = home.run("reveal", "ci", passphrase=PASSPHRASE, status=0)
    assert answer.out == home.key["SecretAccessKey"] + "\n"
    # And no unlock goes by it.
    answer = home.run("unlock", passphrase=PASSPHRASE)
    assert answer.status in (5, 6)
    assert home.run("list", passphrase=PASSPHRASE).status in (5, 6)


def test_an_entry_changed_under_an_agent_is_noticed(home):
    flip(home, *blobs(home, "SELECT nonce FROM log WHERE seq = 2"))
    (found,) = problems(home.run("verify", "--json", status=6))
    assert found == "entry 2 of the log fails its seal"
    home.run("log", "--verify", status=6)
    home.run("log", status=6)


def test_another_file_in_the_vaults_place_is_noticed(home):
    aside = home.vault + ".aside"
    shutil.copyfile(home.vault, aside)
    os.chmod(aside, 0o600)
    os.rename(home.vault, home.vault + ".was")
    os.rename(aside, home.vault)
    found = problems(home.run("verify", "--json", status=6))
    assert any("another one put in its place" in problem for problem in found)
    os.rename(home.vault + ".was", home.vault)
