# SPDX-License-Identifier: MIT
"""The second reader (tests/reader.py) on what the programs write, and on what was done to it."""

import contextlib
import datetime
import json
import os
import random
import sqlite3
import struct

import pytest
import reader
from forger import key_file
from home import PASSPHRASE
from rest import GIVEN, NOTE, made, run  # noqa: F401


def when(seconds):
    return seconds and datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


# --- what credvault says, and what the reader finds --------------------------------------------


def test_it_finds_the_keys_that_credvault_lists(made):
    found = {key["name"]: key for key in made.found["access_keys"]}
    used = {use["name"]: use["emitted"] for use in made.found["last_use"]}
    assert set(found) == {key["name"] for key in made.keys} == {"dev", "ci", "third"}
    for key in made.keys:
        mine = found[key["name"]]
        for theirs, ours in (("access_key_id",) * 2, ("account_id", "account"),
                             ("user_name", "user"), ("arn", "user_arn"), ("region",) * 2,
                             ("mfa_serial",) * 2, ("mfa_required",) * 2):
            assert key[theirs] == mine[ours], theirs
        assert key["created_at"] == when(mine["created"])
        assert key["rotated_at"] == when(mine["rotated"])
        assert key["last_emitted_at"] == when(used.get(mine["id"].hex()))
        assert mine["max_age"] is None or key["max_age_days"] * 86400 == mine["max_age"]
        ends = [s["expires"] for s in made.found["sessions"] if s["root"] == key["name"]]
        assert key["session_expires_at"] == when(max(ends, default=None))
    assert found["third"]["note"] == NOTE and found["third"]["max_age"] == 7 * 86400
    assert found["dev"]["account"] and used and made.found["sessions"] and made.found["mfa_devices"]


def test_it_finds_the_log_that_credvault_shows(made):
    theirs, mine = made.log["entries"], made.found["log"]
    # What came after the question: locking, and what is written with it.
    assert len(theirs) <= len(mine) and {e["op"] for e in mine[len(theirs):]} <= {"lock"}
    for entry, my in zip(theirs, mine):
        for name in ("seq", "op", "profile", "access_key_id", "what", "policy", "result"):
            assert entry[name] == my[name], name
        assert entry["time"] == when(my["time"]) and entry["expires_at"] == when(my["expires"])
        assert entry["mfa"] == bool(my["mfa"])
        if entry["peer"] is None:
            assert not my["peer_known"]
        else:
            assert my["peer_known"]
            assert {n: entry["peer"][n] for n in ("uid", "pid", "exe", "parents")} == {
                "uid": my["uid"] or 0, "pid": my["pid"] or 0, "exe": my["exe"],
                "parents": my["parents"]}
    assert {"create", "add", "emit", "denied"} <= {e["op"] for e in mine}


def test_the_head_that_credvault_shows_is_the_one_it_computes(made):
    tables = reader.load(made.path)
    tables["log"] = [row for row in tables["log"] if row["seq"] <= made.log["count"]]
    head = reader.header_parse(tables["header"][0]["bytes"])
    keys = {5: reader.kdf(reader.header_unlock(head, *GIVEN), 5, "cv_keys1")}
    expected = {"last": made.log["count"], "head": bytes.fromhex(made.log["head"])}
    assert len(reader.log_read(made.path, tables, head, keys, expected)) == len(made.log["entries"])


def test_secrets_are_shown_when_asked_for_only(made):
    secret = made.world.key("ci")["SecretAccessKey"]
    shy = run(made.path, passphrase=PASSPHRASE.encode() + b"\n")
    assert shy.returncode == 0 and secret not in shy.stdout.decode()
    open_ = run(made.path, "--secrets", passphrase=PASSPHRASE.encode())
    keys = {key["name"]: key for key in json.loads(open_.stdout)["access_keys"]}
    assert keys["ci"]["secret_access_key"] == secret
    hidden = {key["secret_access_key"] for key in json.loads(shy.stdout)["access_keys"]}
    assert hidden == {"(hidden)"}


def test_the_recovery_code_opens_it_however_it_is_typed(made):
    code = made.world.home.code
    plain = code.replace("-", "")[2:].lower()
    for typed in (code, plain, plain.replace("0", "o").replace("1", "l"), code.replace("-", " ")):
        given = reader.recovery_code(typed.encode())
        assert reader.read(made.path, reader.RECOVERY, given) == made.found
    assert run(made.path, recovery=code.encode() + b"\n").returncode == 0


def test_what_does_not_open_it_exits_5_and_shows_nothing(made):
    code = made.world.home.code
    typo = code[:5] + ("2" if code[5] != "2" else "3") + code[6:]
    for given in ({"passphrase": b"not the passphrase"}, {"recovery": typo.encode()},
                  {"recovery": b"CV-1"}, {"key": key_file(bytes(32))}, {"key": b"short"}):
        done = run(made.path, **given)
        assert (done.returncode, done.stdout) == (5, b""), given
        assert done.stderr.startswith(b"reader: ")


def test_a_vault_that_is_in_use_is_left_alone(made):
    path = made.copy("used.db")
    with open(path + "-wal", "wb") as file:
        file.write(b"x")
    assert run(path, passphrase=PASSPHRASE.encode()).returncode == 1
    for size in (0, 2 * 1024 * 1024):   # empty, and filled ahead by an agent that was killed
        os.truncate(path + "-wal", 0)
        os.truncate(path + "-wal", size)
        assert run(path, passphrase=PASSPHRASE.encode()).returncode == 0
    assert run(path + "-none", passphrase=PASSPHRASE.encode()).returncode == 1


# --- a writer without keys ---------------------------------------------------------------------


def exchanged(table, by, columns):
    """Two rows exchange these columns."""
    def change(db, _):
        names = ", ".join(columns)
        only = "WHERE tbl = 1" if table == "rec" else ""
        rows = db.execute(
            f"SELECT {by}, {names} FROM {table} {only} ORDER BY {by} LIMIT 2").fetchall()
        assert len(rows) == 2
        spare = [bytes(len(v)) for v in rows[0][1:]]
        update = f"UPDATE {table} SET {', '.join(c + ' = ?' for c in columns)} WHERE {by} = ?"
        (one, *first), (two, *second) = rows
        for values, key in ((spare, one), (first, two), (second, one)):
            db.execute(update, (*values, key))
    return change


def body(change):
    """The header's items are changed, its MAC is kept."""
    def apply(db, _):
        data = db.execute("SELECT bytes FROM header").fetchone()[0]
        items, end = reader.unpae(data, "")
        db.execute("UPDATE header SET bytes = ?", (reader.pae(*change(items)) + data[end:],))
    return apply


def in_header(index, value):
    return body(lambda items: items[:index] + [value] + items[index + 1:])


def in_slot(index, value):
    """The header's first slot gets another value there."""
    def change(items):
        slot, _ = reader.unpae(items[7], "")
        slot[index] = value
        return items[:7] + [reader.pae(*slot)] + items[8:]
    return body(change)


def schema(old, new):
    """The text of the schema has other words."""
    def change(db, _):
        db.execute("PRAGMA writable_schema = 1")
        assert db.execute("UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'rec'",
                          (old, new)).rowcount == 1
    return change


def taken(source, *statements):
    """Statements with another vault or another time of this one as `o`."""
    def change(db, made):
        db.execute("ATTACH ? AS o", (getattr(made, source),))
        for statement in statements:
            assert db.execute(statement).rowcount > 0, statement
    return change


MANIFEST = ("DELETE FROM manifest", "INSERT INTO manifest SELECT * FROM o.manifest")
HEADER = ("DELETE FROM header", "INSERT INTO header SELECT * FROM o.header")
ROWS = ("DELETE FROM rec", "INSERT INTO rec SELECT * FROM o.rec")
LOG = ("DELETE FROM log", "INSERT INTO log SELECT * FROM o.log")
SEGMENT = ("DELETE FROM segment", "INSERT INTO segment SELECT * FROM o.segment")
ONE = "WHERE id = (SELECT min(id) FROM rec WHERE tbl = 1)"
LAST = "WHERE seq = (SELECT max(seq) FROM log)"
CHANGED = {
    "no manifest": "DELETE FROM manifest",
    "no header": "DELETE FROM header",
    "no segment": "DELETE FROM segment",
    "no log": "DELETE FROM log",
    "no records": "DELETE FROM rec",
    "a record is gone": f"DELETE FROM rec {ONE}",
    "a record stands twice": f"""INSERT INTO rec SELECT zeroblob(16), tbl, ver, epoch, zeroblob(32),
        nonce, sealed FROM rec {ONE}""",
    "a record is another version": f"UPDATE rec SET ver = ver + 1 {ONE}",
    "a record is of another epoch": f"UPDATE rec SET epoch = 2 {ONE}",
    "a record is in another table": f"UPDATE rec SET tbl = 5 {ONE}",
    "a record is in no table": f"UPDATE rec SET tbl = 9 {ONE}",
    "a record has another id": f"UPDATE rec SET id = zeroblob(16) {ONE}",
    "a record has another nonce": f"UPDATE rec SET nonce = zeroblob(24) {ONE}",
    "a record is cut": f"UPDATE rec SET sealed = substr(sealed, 1, length(sealed) - 1) {ONE}",
    "records are exchanged": exchanged("rec", "id", ["nonce", "sealed"]),
    "names are exchanged": exchanged("rec", "id", ["name_idx"]),
    "the last entry is gone": f"DELETE FROM log {LAST}",
    "the first entry is gone": "DELETE FROM log WHERE seq = 1",
    "an entry in the middle is gone": "DELETE FROM log WHERE seq = 3",
    "the last entry is later": f"UPDATE log SET seq = seq + 1 {LAST}",
    "an entry is added": f"INSERT INTO log SELECT seq + 1, nonce, sealed FROM log {LAST}",
    "entries are exchanged": exchanged("log", "seq", ["nonce", "sealed"]),
    "a second segment": """INSERT INTO segment SELECT 2, first, epoch, head, id, digest,
        nonce, wrapped FROM segment""",
    "the segment is another": "UPDATE segment SET no = 2",
    "the segment begins later": "UPDATE segment SET first = 2",
    "the segment is of another epoch": "UPDATE segment SET epoch = 2",
    "the segment has another head": "UPDATE segment SET head = randomblob(32)",
    "the segment has another id": "UPDATE segment SET id = randomblob(16)",
    "the segment is closed": "UPDATE segment SET digest = randomblob(32)",
    "the segment has other keys": "UPDATE segment SET wrapped = randomblob(80)",
    "a table more": "CREATE TABLE more(x)",
    "an index more": "CREATE INDEX more ON rec(ver)",
    "a view": "CREATE VIEW more AS SELECT 1",
    "a trigger": "CREATE TRIGGER more AFTER INSERT ON log BEGIN DELETE FROM log; END",
    "one more blank in the schema": schema("rec(", "rec ("),
    "a CHECK less": schema(" CHECK(ver >= 1)", ""),
    "another user_version": "PRAGMA user_version = 2",
    "another application_id": "PRAGMA application_id = 1",
    "records of another vault": taken("other", *ROWS),
    "everything but the header of another vault": taken("other", *MANIFEST, *ROWS, *SEGMENT, *LOG),
    "the header of another vault": taken("other", *HEADER),
    "the manifest of before": taken("before", *MANIFEST),
    "the records of before": taken("before", *ROWS),
    "the log of before": taken("before", *LOG),
    "a record of before": taken("before", """UPDATE rec SET (ver, nonce, sealed) = (
        SELECT ver, nonce, sealed FROM o.rec b WHERE b.id = rec.id) WHERE EXISTS (
        SELECT 1 FROM o.rec b WHERE b.id = rec.id AND b.sealed != rec.sealed)"""),
    "all but the log of before": taken("before", *MANIFEST, *ROWS),
    "a header that ends earlier": "UPDATE header SET bytes = substr(bytes, 1, length(bytes) - 1)",
    "a header that ends later": "UPDATE header SET bytes = CAST(bytes || x'00' AS BLOB)",
    "a header without slots": body(lambda items: items[:7]),
    "a header with a slot less": body(lambda items: items[:-1]),
    "a header with a slot twice": body(lambda items: items + items[-1:]),
    "a header with its slots exchanged": body(lambda items: items[:7] + items[:6:-1]),
    "a header of a later format": in_header(2, struct.pack("<Q", 2)),
    "a header of another date": in_header(5, struct.pack("<Q", 5)),
    "a header with another commitment": in_header(6, bytes(32)),
    "a slot of a reserved type": in_slot(1, 2),
    "a slot of another date": in_slot(6, 5),
    "a slot that costs too little": in_slot(4, 2**20),
    "a slot that costs too much": in_slot(4, 2**33),
    "a slot with a recipient": in_slot(7, b"\1" * 32),
}
# The file's own keys tell a wrong passphrase and these apart no more: docs/format.md, section 4.
EITHER = {"a header of another date", "a slot of another date"}


def change_of(made, name):
    path = made.copy("changed.db")
    what = CHANGED[name]
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA ignore_check_constraints = 1")
        if callable(what):
            what(db, made)
        else:
            assert db.execute(what).rowcount != 0, "nothing was changed"
    assert open(path, "rb").read() != made.data
    return path


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_is_noticed_by_both(made, name):
    path = change_of(made, name)
    with pytest.raises((reader.Tampered, reader.Wrong)) as raised:
        reader.read(path, *GIVEN)
    status = 5 if raised.type is reader.Wrong else 6
    assert status == 6 or name in EITHER
    answer = made.world.home.run("unlock", "--vault", path, passphrase=PASSPHRASE)
    assert answer.status == status, answer


@pytest.mark.parametrize("data", [b"", b"not a database", bytes(4096)],
                         ids=["empty", "text", "zeros"])
def test_what_is_no_vault_is_called_so(made, data):
    path = made.copy("none.db", data)
    done = run(path, passphrase=PASSPHRASE.encode())
    assert done.returncode == 6 and done.stdout == b"", done.stderr


def test_a_file_cut_anywhere_is_refused(made):
    for size in range(1, len(made.data), 1021):
        with pytest.raises((reader.Tampered, reader.Wrong)):
            reader.read(made.copy("cut.db", made.data[:size]), *GIVEN)


# --- single bits -------------------------------------------------------------------------------


def flipped(made, at, bit):
    data = bytearray(made.data)
    data[at] ^= 1 << bit
    try:
        return reader.read(made.copy("flip.db", bytes(data)), *GIVEN)
    except (reader.Tampered, reader.Wrong):
        return None


def places(made):
    """Where values stand in the file: the places of those of their pieces that it has once."""
    for rows in reader.load(made.path).values():
        for value in (v for row in rows for v in row.values() if isinstance(v, bytes)):
            for start in range(0, len(value) - 15, 16):
                if made.data.count(value[start:start + 16]) == 1:
                    yield made.data.find(value[start:start + 16])


def test_each_bit_of_a_value_is_noticed(made):
    chance = random.Random(20261120)
    where = list(places(made))
    assert len(where) > 500
    for at in chance.sample(where, 500):
        at += chance.randrange(16)
        assert flipped(made, at, chance.randrange(8)) is None, at


def test_each_byte_of_the_header_is_noticed(made):
    at = made.data.find(b"credvault/header/v1") - 8
    size = len(reader.load(made.path)["header"][0]["bytes"])
    assert made.data.count(b"credvault/header/v1") == 1
    for place in range(at, at + size):
        assert flipped(made, place, place % 8) is None, place


def test_a_bit_anywhere_is_noticed_or_was_nobodys(made):
    """SQLite leaves bytes unused. A change there changes nothing of what is read."""
    chance = random.Random(8)
    for at in chance.sample(range(len(made.data)), 600):
        assert flipped(made, at, chance.randrange(8)) in (None, made.found), at
