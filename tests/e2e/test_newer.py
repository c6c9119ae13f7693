# SPDX-License-Identifier: MIT
"""What a later program wrote, well sealed, is called so: it is neither tampering nor dropped."""

import contextlib
import sqlite3

import pytest
import reader
from forger import Forger
from home import PASSPHRASE
from rest import GIVEN, made, run  # noqa: F401
from test_reader_forged import accepted, machine, number, put

HINT = "install the newest credvault"


@pytest.fixture
def at(made):
    """Runs a command on a vault, and only there."""
    def command(path, *args, **options):
        return made.world.home.run(*args, "--once", "--vault", path, env=machine(path),
                                   passphrase=PASSPHRASE, **options)
    return command


def is_newer(answer, *words):
    assert answer.status == 1, answer
    for word in ("a newer credvault wrote", HINT, *words):
        assert word in answer.err, answer


def both_say_newer(path):
    with pytest.raises(reader.Newer):
        reader.read(path, *GIVEN)
    done = run(path, passphrase=PASSPHRASE.encode())
    assert done.returncode == 1 and b"newer" in done.stderr and not done.stdout


def name_of(made, path):
    """The key that the forger changes."""
    key = Forger(path).key["id"]
    return next(row["name"] for row in made.found["access_keys"] if row["id"] == key)


def test_a_key_with_an_unknown_field_is_newer_and_the_others_are_not(made, at):
    path = made.copy("newer.db")
    name = name_of(made, path)
    Forger(path).record(put(99, b"x"))
    both_say_newer(path)
    assert accepted(made, path) == 0
    is_newer(at(path, "show", name), "field 99 of an access key")
    error = at(path, "list", "--json", status=1).error()
    assert (error["code"], error["status"], error["hint"]) == ("NEWER", 1, HINT)
    for other in {key["name"] for key in made.keys} - {name}:
        at(path, "show", other, status=0)


def test_a_key_with_an_unknown_field_is_not_written_again_without_it(made, at):
    path = made.copy("kept.db")
    name = name_of(made, path)
    Forger(path).record(put(99, b"kept"))
    assert accepted(made, path) == 0
    before = Forger(path).key
    is_newer(at(path, "edit", name, "--note", "dropped"))
    after = next(row for row in reader.load(path)["rec"] if row["id"] == before["id"])
    assert after == before


def test_settings_with_an_unknown_field_leave_the_vault_shut(made, at):
    path = made.copy("settings.db")
    assert accepted(made, path) == 0
    at(path, "config", "grace", "2d", status=0)
    forger = Forger(path)
    forger.key = next(row for row in forger.tables["rec"] if row["tbl"] == 5)
    forger.record(put(99, b"x"))
    both_say_newer(path)
    is_newer(at(path, "restore", "--accept-rollback", "--yes"), "field 99 of the settings")


@pytest.mark.parametrize("tag", [1, 11])
def test_a_manifest_with_an_unknown_field_leaves_the_vault_shut(made, at, tag):
    path = made.copy("manifest.db")
    Forger(path).finish(put(tag, b"x"))
    both_say_newer(path)
    assert accepted(made, path) == 1
    is_newer(at(path, "list"), "field %d of the manifest" % tag)


@pytest.mark.parametrize("change", [put(2, number(len(reader.OPS) + 1)), put(18, b"x")], ids=["op", "field"])
def test_an_entry_that_is_not_known_is_newer_and_the_log_unbroken(made, at, change):
    path = made.copy("entry.db")
    Forger(path).entry(change)
    both_say_newer(path)
    assert accepted(made, path) == 0
    at(path, "list", status=0)
    is_newer(at(path, "log"))
    is_newer(at(path, "log", "--verify"))
    at(path, "log", "-n", "1", status=0)


def test_a_table_that_is_not_known_lies_there_and_is_sealed_again_by_nobody(made, at):
    path = made.copy("table.db")
    Forger(path).row(tbl=9)
    both_say_newer(path)
    assert accepted(made, path) == 0
    at(path, "list", status=0)
    at(path, "verify", status=0)
    at(path, "edit", "third", "--note", "beside it", status=0)
    assert [row["tbl"] for row in reader.load(path)["rec"]].count(9) == 1
    is_newer(at(path, "slot", "remove", made.found["vault"]["slots"][1]["id"].hex()),
             "a record of table 9")


def test_another_table_without_a_good_manifest_is_tampering(made, at):
    path = made.copy("moved.db")
    forger = Forger(path)
    forger.run("UPDATE rec SET tbl = 9 WHERE id = ?", forger.key["id"])
    with pytest.raises(reader.Tampered):
        reader.read(path, *GIVEN)
    assert accepted(made, path) == 6


@pytest.mark.parametrize("table", [2, 3], ids=["session", "last use"])
def test_what_is_not_known_of_an_emission_is_not_written_over(made, at, table):
    path = made.copy("emission.db")
    forger = Forger(path)
    for row in [row for row in forger.tables["rec"] if row["tbl"] == table]:
        forger.key = row
        forger.record(put(99, b"x"))
    both_say_newer(path)
    assert accepted(made, path) == (0 if table == 3 else 1)
    if table == 3:
        is_newer(at(path, "export", "ci", "--force"), "field 99 of a last use")
    with contextlib.closing(sqlite3.connect(path)) as db:
        kept = db.execute("SELECT sealed FROM rec WHERE tbl = ?", (table,)).fetchall()
    assert {sealed for sealed, in kept} == {
        row["sealed"] for row in forger.tables["rec"] if row["tbl"] == table}
