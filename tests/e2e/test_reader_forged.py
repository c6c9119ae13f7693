# SPDX-License-Identifier: MIT
"""What is sealed well and yet not as docs/format.md has it: neither reader takes it."""

import os
import struct

import pytest
import reader
from forger import Forger, key_file
from home import PASSPHRASE
from nacl import bindings
from rest import GIVEN, made, run  # noqa: F401


def machine(path):
    """A state directory for this file alone."""
    return {"XDG_STATE_HOME": path + ".state"}


def accepted(made, path):
    """What the witness says of a forgery is tested elsewhere: here its owner takes it for the newest."""
    return made.world.home.run("restore", "--accept-rollback", "--yes", "--once", "--vault", path,
                               env=machine(path), passphrase=PASSPHRASE).status


def test_a_key_file_opens_it_and_its_slot_is_sound_to_credvault(made):
    path, key = made.copy("keyfile.db"), os.urandom(32)
    Forger(path).slot(reader.KEY_FILE, key)
    text = key_file(key)
    found = reader.read(path, reader.KEY_FILE, key)
    assert found["access_keys"] == made.found["access_keys"]
    assert found["vault"]["slots"][-1]["type"] == "key file"
    for good in (text, text[:-1]):
        assert run(path, key=good).returncode == 0
    for bad in (key, text[:-2], text.upper(), text + b"\n", text.replace(b" ", b"  "), b" " + text,
                text[:20] + bytes([text[20] ^ 1]) + text[21:], key_file(bytes(32))):
        assert run(path, key=bad).returncode == 5, bad
    assert accepted(made, path) == 0
    listed = made.world.home.run("list", "--once", "--vault", path, "--json", env=machine(path),
                                 passphrase=PASSPHRASE, status=0)
    assert len(listed.json()["keys"]) == 3


def put(tag, value):
    """A change: the field has this value."""
    return lambda fields: sorted({**fields, tag: value}.items())


def without(tag):
    return lambda fields: [(t, v) for t, v in sorted(fields.items()) if t != tag]


FORGED = {
    "a field nobody knows, and a flag that is 2": lambda f: put(99, b"x")(dict(put(5, b"\2")(f))),
    "fields out of order": lambda fields: sorted(fields.items(), reverse=True),
    "a field twice": lambda fields: [(1, fields[1])] + sorted(fields.items()),
    "an optional text that is empty": put(6, b""),
    "an optional time that is zero": put(14, bytes(8)),
    "a time after all time": put(13, b"\xff" * 8),
    "a number of 7 bytes": put(10, b"\1" + bytes(6)),
    "a flag that is 2": put(5, b"\2"),
    "a flag of two bytes": put(5, b"\1\0"),
    "a control character": put(8, b"a\nb"),
    "a text too long": put(7, b"1" * 13),
    "a required field left out": without(2),
    "no name": without(1),
    "another name": put(1, b"prod"),
    "a class nobody knows": put(10, b"\4" + bytes(7)),
    "a host without its class": put(11, b"example.org"),
    "a class without its host": put(10, b"\2" + bytes(7)),
}


def same(fields):
    return sorted(fields.items())


def number(value):
    return struct.pack("<Q", value)


def slot(items, **values):
    """The header's first slot as another one, with these values."""
    parts = reader.unpae(items[7], "")[0]
    for index, (name, _) in enumerate(reader.SLOT):
        parts[index] = values.get(name, os.urandom(16) if name == "id" else parts[index])
    return reader.pae(*parts)


def more(**values):
    """A change: one slot more, made from the first with these values."""
    return lambda items: items + [slot(items, **values)]


def at(index, value):
    return lambda items: items[:index] + [value] + items[index + 1:]


def key_slot(**values):
    fixed = {"type": number(3), "kdf": number(0), "passes": number(0), "memory": number(0),
             "salt": bytes(16), "recipient": b"\1" * 32, "ephemeral": b"\1" * 32}
    return more(**{**fixed, **values})


HEADERS = {
    "another domain": at(0, b"credvault/header/v2"),
    "format 0": at(1, number(0)),
    "min_reader 0": at(2, number(0)),
    "a date after all time": at(4 + 1, number(2**63)),
    "another commitment": at(6, bytes(32)),
    "a commitment of 33 bytes": lambda items: at(6, items[6] + b"x")(items),
    "9 slots": lambda items: items + [slot(key_slot()(items)[-1:] * 8) for _ in range(7)],
    "5 passphrases": lambda items: items + [slot(items) for _ in range(4)],
    "a slot twice": lambda items: items + items[-1:],
    "a slot that ends later": lambda items: items + [slot(items) + b"x"],
    "a slot of 11 fields": lambda items: items + [reader.pae(*reader.unpae(items[7], "")[0][:-1])],
    "a slot with a short salt": more(salt=bytes(15)),
    "a slot of a reserved type": more(type=number(2)),
    "a slot of type 7": key_slot(type=number(7)),
    "a slot from after all time": more(created=number(2**63)),
    "a passphrase slot of another kdf": more(kdf=number(2)),
    "a passphrase slot with a recipient": more(recipient=b"\1" * 32),
    "a passphrase slot with an ephemeral key": more(ephemeral=b"\1" * 32),
    "too little memory": more(memory=number(2**25), passes=number(32)),
    "too much memory": more(memory=number(2**32 + 1024), passes=number(3)),
    "memory between kibibytes": more(memory=number(2**26 + 1)),
    "too few passes": more(passes=number(2)),
    "too many passes": more(passes=number(33)),
    "too much of both": more(memory=number(2**32), passes=number(9)),
    "a key slot with a kdf": key_slot(kdf=number(1)),
    "a key slot with passes": key_slot(passes=number(3)),
    "a key slot with memory": key_slot(memory=number(2**26)),
    "a key slot with a salt": key_slot(salt=b"\1" * 16),
}
MANIFESTS = {
    "generation 0": put(2, bytes(8)),
    "a record more": lambda fields: put(3, number(int.from_bytes(fields[3], "little") + 1))(fields),
    "another root": put(4, bytes(32)),
    "another header": put(5, bytes(32)),
    "an entry more": lambda fields: put(6, number(int.from_bytes(fields[6], "little") + 1))(fields),
    "another head": put(7, bytes(32)),
    "a head of 31 bytes": put(7, bytes(31)),
    "no witness": without(8),
    "no writer": without(10),
    "an empty writer": put(10, b""),
}
ENTRIES = {
    "another number": put(1, number(1)),
    "operation 0": put(2, number(0)),
    "a profile that is empty": put(7, b""),
    "a uid too great": put(14, number(2**32)),
    "a flag that is there and false": put(12, b"\0"),
    "no result": without(6),
    "no result, and a field nobody knows": lambda f: put(18, b"x")(dict(without(6)(f))),
}
# credvault does not look at these. Only who knows the vault key could write them.
UNSEEN = {"a date after all time", "a slot from after all time", "generation 0",
          "a row of another table"}
ROWS = {"a row of another table": {"tbl": 6}, "another epoch": {"epoch": 2}}


def refused_by_both(made, path, *command, name=None):
    with pytest.raises(reader.Tampered):
        reader.read(path, *GIVEN)
    if name in UNSEEN:
        return
    assert accepted(made, path) in (0, 6)
    answer = made.world.home.run(*command, "--vault", path, env=machine(path),
                                 passphrase=PASSPHRASE)
    assert answer.status == 6 and "mark" not in answer.err, answer


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_of_another_form_is_refused_though_its_mac_fits(made, name):
    path = made.copy("forged.db")
    Forger(path).header(HEADERS[name])
    refused_by_both(made, path, "list", "--once", name=name)


def test_a_later_format_that_a_reader_of_this_one_may_read_is_read_by_both(made):
    path = made.copy("later.db")
    Forger(path).header(at(1, number(2)))
    assert reader.read(path, *GIVEN)["access_keys"] == made.found["access_keys"]
    assert accepted(made, path) == 0
    made.world.home.run("list", "--once", "--vault", path, env=machine(path),
                        passphrase=PASSPHRASE, status=0)


def test_a_header_that_goes_on_behind_its_mac_is_refused(made):
    path = made.copy("forged.db")
    Forger(path).header(lambda items: items, end=b"\0")
    refused_by_both(made, path, "list", "--once")


def test_a_header_of_another_mac_is_refused_though_the_manifest_names_it(made):
    path = made.copy("forged.db")
    Forger(path).header(lambda items: items, mac=False)
    refused_by_both(made, path, "list", "--once")


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_says_something_else_is_refused_though_it_is_sealed_well(made, name):
    path = made.copy("forged.db")
    Forger(path).finish(MANIFESTS[name])
    refused_by_both(made, path, "list", "--once", name=name)


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_of_another_form_is_refused_though_it_is_sealed_well(made, name):
    path = made.copy("forged.db")
    Forger(path).entry(ENTRIES[name])
    refused_by_both(made, path, "log", "--once", "--verify")


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_another_place_is_refused_though_the_manifest_has_it(made, name):
    path = made.copy("forged.db")
    Forger(path).row(**ROWS[name])
    refused_by_both(made, path, "list", "--once", name=name)


def test_what_is_sealed_again_as_it_was_is_read(made):
    path = made.copy("again.db")
    for again in (lambda f: f.record(same), lambda f: f.header(list), lambda f: f.entry(same)):
        again(Forger(path))
    assert reader.read(path, *GIVEN)["access_keys"] == made.found["access_keys"]


@pytest.mark.parametrize("name", FORGED)
def test_trap_40_a_record_of_another_form_is_refused_though_it_is_sealed_well(made, name):
    path = made.copy("forged.db")
    Forger(path).record(FORGED[name])
    refused_by_both(made, path, "list", "--once")


def test_a_second_block_of_padding_is_refused(made):
    path = made.copy("padded.db")
    Forger(path).record(same, pad=4096)
    with pytest.raises(reader.Tampered, match="padding"):
        reader.read(path, *GIVEN)
