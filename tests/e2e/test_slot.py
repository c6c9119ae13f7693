# SPDX-License-Identifier: MIT
"""credvault slot: what opens the vault."""

import os

import pytest

from home import PASSPHRASE, recovery_code

pytestmark = pytest.mark.sanitize

PROMPT = "Passphrase for ~/.local/share/credvault/vault.db: "
SECOND = "the second passphrase"


def slots(home):
    return home.run("slot", "list", "--json", status=0).json()["slots"]


def types(home):
    return [slot["type"] for slot in slots(home)]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def add_passphrase(home, text=SECOND, **options):
    reading, writing = os.pipe()
    os.write(writing, text.encode() + b"\n")
    os.close(writing)
    options.setdefault("passphrase", PASSPHRASE)
    try:
        return home.run("slot", "add", "passphrase", "--low-memory", "--new-passphrase-fd",
                        str(reading), pass_fds=[reading], **options)
    finally:
        os.close(reading)


@pytest.fixture
def one(home):
    home.init()
    return home


def test_the_list_says_what_opens_the_vault(one):
    listed = slots(one)
    assert [slot["type"] for slot in listed] == ["passphrase", "recovery"]
    assert (listed[0]["memory"], listed[0]["passes"]) == (64 << 20, 6)
    assert listed[1]["memory"] is listed[1]["passes"] is None
    text = one.run("slot", "list", status=0).out
    assert all(slot["id"][:8] in text for slot in listed)


def test_a_locked_vault_lists_nothing_unasked(one):
    one.lock()
    one.run("slot", "list", status=4)
    one.run("slot", "list", passphrase=PASSPHRASE, status=0)


def test_a_second_passphrase_opens_too(one):
    add_passphrase(one, status=0)
    one.lock()
    one.run("unlock", passphrase=SECOND, status=0)
    one.run("unlock", passphrase=PASSPHRASE, status=0)


def test_a_new_recovery_code_opens_beside_the_old_one(home):
    first = recovery_code(home.init().out)
    answer = home.run("slot", "add", "recovery", passphrase=PASSPHRASE, status=0)
    second = recovery_code(answer.out)
    home.lock()
    for code in (first, second):
        home.run("unlock", passphrase=code, status=0)
    assert types(home) == ["passphrase", "recovery", "recovery"]


def test_on_a_terminal_the_code_is_typed_back_first(one):
    with one.terminal("slot", "add", "recovery") as t:
        t.answer(PROMPT, PASSPHRASE)
        t.expect("Type its last group to go on: ")
        code = recovery_code(t.seen)
        t.line("00" if not code.endswith("00") else "11")
        t.answer("Type its last group to go on: ", code[-2:])
        t.expect("Added slot ")
        assert t.wait() == 0
        assert t.seen.count(code) == 1
    one.run("unlock", passphrase=code, status=0)


def test_interrupted_before_it_was_typed_back_the_code_opens_nothing(one):
    with one.terminal("slot", "add", "recovery") as t:
        t.answer(PROMPT, PASSPHRASE)
        t.expect("Type its last group to go on: ")
        code = recovery_code(t.seen)
        t.send("\x03")
        assert t.wait() == 130
    assert len(slots(one)) == 2
    one.run("unlock", passphrase=code, status=5)


def test_a_removed_slot_opens_nothing_any_more(home):
    code = recovery_code(home.init().out)
    (gone,) = [slot["id"] for slot in slots(home) if slot["type"] == "recovery"]
    home.run("slot", "remove", gone[:8], passphrase=PASSPHRASE, status=0)
    assert types(home) == ["passphrase"]
    home.lock()
    home.run("unlock", passphrase=code, status=5)
    home.unlock()
    entry = home.run("log", "--json", status=0).json()["entries"]
    assert ("slot", "recovery %s removed" % gone[:8]) in [(e["op"], e["what"]) for e in entry]


def test_nothing_of_a_removed_slot_is_left_in_the_directory(home):
    import reader
    home.init()
    home.lock()
    tables = reader.load(home.vault)
    (gone,) = [slot for slot in reader.header_parse(tables["header"][0]["bytes"])["slots"]
               if slot["type"] == reader.RECOVERY]
    before = read(home.vault)
    home.run("slot", "remove", gone["id"].hex()[:8], passphrase=PASSPHRASE, status=0)
    home.wait_no_agents()
    folder = os.path.dirname(home.vault)
    after = b"".join(read(os.path.join(folder, name)) for name in os.listdir(folder))
    for name in ("id", "recipient", "ephemeral", "commitment", "nonce", "wrapped"):
        for at in range(len(gone[name]) - 15):
            assert gone[name][at:at + 16] in before
            assert gone[name][at:at + 16] not in after


def test_the_slot_that_opened_it_can_be_removed(one):
    add_passphrase(one, status=0)
    first = slots(one)[0]["id"]
    answer = one.run("slot", "remove", first, passphrase=PASSPHRASE, status=1)
    other = [s["id"] for s in slots(one) if s["type"] == "passphrase"][1]
    assert other[:8] in answer.err
    one.run("slot", "remove", first, passphrase=SECOND, status=0)
    one.run("unlock", passphrase=PASSPHRASE, status=5)
    one.run("unlock", passphrase=SECOND, status=0)


def test_the_last_thing_to_type_is_not_removed(one):
    ids = [slot["id"] for slot in slots(one)]
    one.run("slot", "remove", ids[1], passphrase=PASSPHRASE, status=0)
    (last,) = [slot["id"] for slot in slots(one)]
    answer = one.run("slot", "remove", last, passphrase=PASSPHRASE, status=1)
    assert "type" in answer.err
    one.run("unlock", passphrase=PASSPHRASE, status=0)


@pytest.mark.parametrize("bad, status", [("ffffffffff", 3), ("12", 3), ("zzzz", 3), ("", 3)])
def test_an_id_that_is_none_is_refused(one, bad, status):
    before = slots(one)
    one.run("slot", "remove", bad, passphrase=PASSPHRASE, status=status)
    assert slots(one) == before


@pytest.mark.parametrize("words", [[], ["add"], ["add", "key-file"], ["remove"], ["shuffle"],
                                   ["add", "fido"], ["list", "all"], ["add", "recovery", "x"],
                                   ["remove", "a", "b"]])
def test_what_is_not_understood_is_exit_2(one, words):
    before = slots(one)
    one.run("slot", *words, passphrase=PASSPHRASE, status=2)
    assert slots(one) == before


def test_a_ninth_slot_and_a_fifth_passphrase_are_refused(one):
    for number in range(3):
        add_passphrase(one, SECOND + str(number), status=0)
    answer = add_passphrase(one, SECOND + "4", status=1)
    assert "at most 4 passphrases" in answer.err
    for number in range(3):
        one.run("slot", "add", "recovery", passphrase=PASSPHRASE, status=0)
    answer = one.run("slot", "add", "recovery", passphrase=PASSPHRASE, status=1)
    assert "at most 8 slots" in answer.err
    assert len(slots(one)) == 8


def test_without_the_passphrase_no_slot_is_added(one):
    """An agent that is there does not stand in for it."""
    before = slots(one)
    one.run("slot", "add", "recovery", status=4)
    one.run("slot", "add", "recovery", passphrase="not the passphrase", status=5)
    one.run("slot", "remove", before[1]["id"], status=4)
    assert slots(one) == before


def test_adding_is_on_record(one):
    one.run("slot", "add", "recovery", passphrase=PASSPHRASE, status=0)
    entries = one.run("log", "--json", status=0).json()["entries"]
    assert ("slot", "recovery added") in [(e["op"], e["what"]) for e in entries]
    one.run("log", "--verify", status=0)


def test_a_form_that_there_is_not_shows_those_that_there_are(vault):
    for words in (["add", "key-file"], ["frobnicate"], ["list", "all"]):
        answer = vault.run("slot", *words, status=2)
        assert "usage: credvault slot list" in answer.err
        assert "\n         credvault slot remove ID" in answer.err
