# SPDX-License-Identifier: MIT
"""credvault init: the first day."""

import os
import re
import shlex
import stat

import pytest

from home import PASSPHRASE, recovery_code

pytestmark = pytest.mark.sanitize


def test_a_passphrase_is_typed_twice_and_the_code_typed_back(home):
    with home.terminal("init", "--low-memory") as t:
        t.answer("Passphrase for the new vault (Enter to have one made): ", PASSPHRASE)
        t.answer("Type it once more: ", PASSPHRASE)
        t.expect("Recovery code")
        t.expect("Type its last group to go on: ")
        code = recovery_code(t.seen)
        t.line("00" if not code.endswith("00") else "11")
        t.answer("Type its last group to go on: ", code[-2:].lower())
        t.expect("Made the vault; it is unlocked until ")
        assert t.wait() == 0
        assert PASSPHRASE not in t.seen
        assert t.seen.count(code) == 1
    assert home.status()["locked"] is False
    assert stat.S_IMODE(os.stat(home.vault).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(home.vault)).st_mode) == 0o700


def test_enter_has_a_passphrase_made_that_opens_the_vault(home):
    with home.terminal("init", "--low-memory", "--no-recovery") as t:
        t.answer("Passphrase for the new vault (Enter to have one made): ", "")
        t.expect("about 75 bits")
        made = re.search(r"made for you:  ([a-z ]+?) {3,}about", t.seen).group(1)
        assert re.fullmatch(r"([a-z]{4} ){5}[a-z]{4}", made)
        t.answer("Type it once more: ", made)
        assert t.wait() == 0
        assert "Recovery" not in t.seen
    home.lock()
    home.run("unlock", passphrase=made, status=0)


def test_a_short_passphrase_and_a_different_second_one_are_asked_for_again(home):
    with home.terminal("init", "--low-memory", "--no-recovery") as t:
        t.answer("Passphrase for the new vault (Enter", "eleven char")
        t.expect("at least 12 characters")
        t.answer("Passphrase for the new vault (Enter", PASSPHRASE)
        t.answer("once more: ", PASSPHRASE + "x")
        t.expect("something else")
        t.answer("Passphrase for the new vault (Enter", PASSPHRASE)
        t.answer("once more: ", PASSPHRASE)
        assert t.wait() == 0


def test_json_names_the_vault_and_the_code_that_opens_it(home):
    made = home.run("init", "--low-memory", "--json", passphrase=PASSPHRASE, status=0).json()
    assert set(made) == {"vault", "vault_id", "recovery_code"}
    assert made["vault"] == home.vault
    home.lock()
    home.run("unlock", passphrase=made["recovery_code"], status=0)
    assert home.status()["agent"]["how"] == "recovery code"


def test_without_recovery_there_is_no_code(home):
    answer = home.run("init", "--low-memory", "--json", "--no-recovery", passphrase=PASSPHRASE,
                      status=0)
    assert answer.json()["recovery_code"] is None


def test_a_vault_that_is_there_is_not_touched(vault):
    with open(vault.vault, "rb") as f:
        before = f.read()
    answer = vault.run("init", "--json", passphrase=PASSPHRASE, status=1)
    assert answer.error()["code"] == "EXISTS"
    with open(vault.vault, "rb") as f:
        assert f.read() == before
    assert vault.status()["locked"] is False


@pytest.mark.parametrize("make", [os.mkdir, lambda p: os.symlink("/nowhere", p), os.mkfifo])
def test_whatever_else_has_the_name_is_not_overwritten(home, make):
    os.makedirs(os.path.dirname(home.vault), 0o700)
    make(home.vault)
    home.run("init", "--low-memory", passphrase=PASSPHRASE, status=1)
    assert os.path.lexists(home.vault)


def test_without_a_terminal_nothing_is_made(home):
    answer = home.run("init", status=4)
    assert "--passphrase-fd" in answer.err
    assert not os.path.exists(home.vault)


@pytest.mark.parametrize("passphrase", [b"", b"\n", b"eleven char\n", b"x" * 1025 + b"\n"])
def test_a_passphrase_of_a_wrong_length_makes_nothing(home, passphrase):
    home.run("init", "--low-memory", passphrase=passphrase, status=2)
    assert not os.path.exists(home.vault)
    home.wait_no_agents()


def test_one_newline_is_dropped_and_no_more(home):
    home.run("init", "--low-memory", passphrase=(PASSPHRASE + " ").encode() + b"\n", status=0)
    home.lock()
    home.run("unlock", passphrase=PASSPHRASE, status=5)
    home.run("unlock", passphrase=(PASSPHRASE + " ").encode(), status=0)


@pytest.mark.parametrize("size, status", [("64MiB", 2), ("255MiB", 2), ("5GiB", 2), ("much", 2)])
def test_a_cost_outside_of_the_bounds_is_refused(home, size, status):
    home.run("init", "--kdf-memory", size, passphrase=PASSPHRASE, status=status)
    assert not os.path.exists(home.vault)


def test_once_leaves_no_agent_behind(home):
    answer = home.run("init", "--low-memory", "--once", passphrase=PASSPHRASE, status=0)
    assert "locked" in answer.out
    home.wait_no_agents()
    assert home.status()["locked"] is True


def test_an_interrupted_question_makes_nothing(home):
    with home.terminal("init", "--low-memory") as t:
        t.expect("Passphrase for the new vault (Enter").send("\x03")
        assert t.wait() == 130
        assert t.echo()
    assert not os.path.exists(home.vault)
    home.wait_no_agents()


def test_others_cannot_write_beside_a_vault(home):
    folder = os.path.join(home.path, "open")
    os.mkdir(folder)
    os.chmod(folder, 0o777)
    answer = home.run("--vault", os.path.join(folder, "v.db"), "init", "--low-memory", "--json",
                      passphrase=PASSPHRASE, status=1)
    assert answer.error()["code"] == "UNSAFE_FILE"
    assert "chmod" in answer.error()["hint"]


@pytest.mark.parametrize("name, own", [("team.db", "~/team/team.db"), ("vault", "~/vault.d/vault"),
                                       (".hidden", "~/.hidden.d/.hidden"),
                                       ("my keys.db", "'%s/my keys/my keys.db'")])
def test_a_folder_with_other_files_gets_no_vault_and_the_command_is_said(home, name, own):
    home.file("notes", "mine")
    vault = os.path.join(home.path, name)
    answer = home.run("--vault", vault, "init", "--low-memory", passphrase=PASSPHRASE, status=2)
    assert "its own, and %s holds other files" % home.path in answer.err
    assert not os.path.exists(vault)
    hint = "credvault --vault %s init" % (own % home.path if "%" in own else own)
    assert hint in answer.err
    # The command can be pasted.
    words = shlex.split(hint.replace("~", home.path))[1:]
    home.run(*words, "--low-memory", passphrase=PASSPHRASE, status=0)
    assert os.stat(os.path.dirname(words[1])).st_mode & 0o7777 == 0o700


def test_files_of_the_vaults_own_name_are_no_other_files(home):
    vault = os.path.join(home.path, "own/team.db")
    home.file("own/team.db.lock", "")
    os.chmod(os.path.dirname(vault), 0o700)
    home.run("--vault", vault, "init", "--low-memory", passphrase=PASSPHRASE, status=0)


def test_a_vault_among_other_files_opens_with_a_warning(home):
    home.init()
    home.lock()
    home.file(".local/share/credvault/notes", "mine")
    said = home.run("unlock", passphrase=PASSPHRASE, status=0).err
    assert "warning: ~/.local/share/credvault holds other files beside the vault" in said
    home.lock()
    assert "warning" not in home.run("unlock", "--quiet", passphrase=PASSPHRASE, status=0).err
    home.lock()
    assert home.run("unlock", "--json", passphrase=PASSPHRASE, status=0).err == ""
