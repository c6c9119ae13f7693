# SPDX-License-Identifier: MIT
"""Passphrases that are chosen: what libzxcvbn says of them, and what stands without it."""

import ctypes
import os
import re
import subprocess

import pytest
from home import PASSPHRASE

WEAK, WEAKER = "correct horse battery", "password1987!"     # about 48 and 8 bits


@pytest.fixture
def estimated():
    try:
        ctypes.CDLL("libzxcvbn.so.0")
    except OSError as error:
        pytest.skip("libzxcvbn0 is not installed here: %s" % error)


@pytest.fixture
def without(home):
    """An environment in which the library of that name has nothing of zxcvbn's."""
    folder = os.path.join(home.path, "empty")
    os.mkdir(folder)
    subprocess.run(["gcc", "-shared", "-nostdlib", "-x", "c", "/dev/null", "-o",
                    os.path.join(folder, "libzxcvbn.so.0")], check=True, timeout=60)
    return {"LD_LIBRARY_PATH": folder}


def init(home, passphrase, *args, **options):
    return home.run("init", "--low-memory", "--no-recovery", *args, passphrase=passphrase, **options)


def test_a_passphrase_below_the_floor_is_refused_unless_weak_is_said(home, estimated):
    answer = init(home, WEAKER, status=2)
    assert re.search(r"would be guessed: about \d+ bits \(.*common words", answer.err)
    assert "--weak" in answer.err and WEAKER not in answer.err
    assert not os.path.exists(home.vault)
    assert "The passphrase is weak: about " in init(home, WEAKER, "--weak", status=0).err


def test_a_passphrase_that_is_not_good_is_warned_of_with_a_reason(home, estimated):
    answer = init(home, WEAK, status=0)
    assert "The passphrase is weak: about 48 bits (common words). 50 or more are better." in answer.err


def test_a_good_passphrase_is_taken_without_a_word(home, estimated):
    assert "weak" not in init(home, PASSPHRASE, status=0).err


def test_on_a_terminal_a_weak_one_is_refused_or_warned_of_before_it_is_typed_again(home, estimated):
    with home.terminal("init", "--low-memory", "--no-recovery") as t:
        t.answer("(Enter to have one made): ", WEAKER).expect("That would be guessed: about ", "\n")
        t.answer("(Enter to have one made): ", WEAK).expect("That is weak: about 48 bits (common words)")
        t.answer("Type it once more: ", WEAK)
        assert t.wait() == 0
        assert WEAK not in t.seen and WEAKER not in t.seen


def test_passwd_and_slot_judge_a_passphrase_too(home, estimated):
    home.init()
    for command in (["passwd", "--low-memory"], ["slot", "add", "passphrase", "--low-memory"]):
        with home.popen(*command, "--new-passphrase-fd", "0", passphrase=PASSPHRASE,
                        stdin=subprocess.PIPE) as process:
            _, err = process.communicate(WEAKER + "\n", timeout=120)
            assert process.returncode == 2 and "would be guessed" in err
    home.run("verify", passphrase=PASSPHRASE, status=0)


def test_without_the_library_the_length_rules_stand_alone_and_say_so(home, without):
    answer = init(home, WEAKER, env=without, status=0)
    assert "was not estimated: libzxcvbn is not there" in answer.err
    os.remove(home.vault)
    assert init(home, "eleven char", env=without).status == 2


def test_without_the_library_a_terminal_says_so_too(home, without):
    with home.terminal("init", "--low-memory", "--no-recovery", env=without) as t:
        t.answer("(Enter to have one made): ", WEAKER).expect("was not estimated")
        t.answer("Type it once more: ", WEAKER)
        assert t.wait() == 0


def test_the_library_is_opened_only_while_a_passphrase_is_chosen(home):
    mark = os.path.join(home.path, "opened")
    source = home.file("mark.c", "#include <fcntl.h>\n__attribute__((constructor)) static void mark(void)\n"
                       '{ (void)!open("%s", O_CREAT | O_WRONLY, 0600); }\n' % mark)
    subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", os.path.join(home.path, "libzxcvbn.so.0")],
                   check=True, timeout=60)
    env = {"LD_LIBRARY_PATH": home.path}
    init(home, PASSPHRASE, env=env, status=0)
    assert os.path.exists(mark)
    os.remove(mark)
    for args in (["list"], ["status"], ["lock"]):
        home.run(*args, env=env, status=0)
    home.run("unlock", passphrase=PASSPHRASE, env=env, status=0)
    assert not os.path.exists(mark)


def test_a_made_passphrase_that_was_mistyped_once_is_asked_for_again(home):
    with home.terminal("init", "--low-memory", "--no-recovery") as t:
        t.answer("(Enter to have one made): ", "").expect("about 75 bits")
        made = re.search(r"made for you:  ([a-z ]+?) {3,}about", t.seen).group(1)
        t.answer("Type it once more: ", made + "x").expect("The one above once again")
        t.answer("Type it once more: ", made)
        assert t.wait() == 0
        assert t.seen.count("made for you") == 1
    home.lock()
    home.run("unlock", passphrase=made, status=0)
