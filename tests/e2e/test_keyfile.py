# SPDX-License-Identifier: MIT
"""Key files: made by init and slot add, used by cron and services."""

import os
import re
import shutil
import stat
import subprocess
import sys

import pytest

from home import PASSPHRASE, ROOT

pytestmark = pytest.mark.sanitize


def read(path):
    with open(path) as f:
        return f.read()


@pytest.fixture
def key(home):
    """The key file of a vault that was made with one; locked."""
    path = os.path.join(home.path, "key")
    home.init("--key-file", path)
    home.lock()
    return path


def slots(home, *args):
    return home.run("slot", "list", "--json", *args, status=0).json()["slots"]


def test_init_makes_a_private_one(home, key):
    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600
    assert re.fullmatch("credvault-key-v1 [0-9a-f]{64} [0-9a-f]{16}\n", read(key))
    assert [slot["type"] for slot in slots(home, "--key-file", key)] == [
        "passphrase", "recovery", "key-file"]


def test_slot_add_makes_one(home):
    home.init()
    path = os.path.join(home.path, "another")
    home.run("slot", "add", "key-file", path, passphrase=PASSPHRASE, status=0)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    home.lock()
    home.run("unlock", "--key-file", path, status=0)
    assert home.status()["agent"]["how"] == "key file"


def test_unlock_leaves_its_agent_and_other_commands_do_not(home, key):
    home.run("list", "--key-file", key, status=0)
    home.wait_no_agents()
    assert home.status()["locked"] is True
    home.run("unlock", "--key-file", key, status=0)
    assert home.status()["locked"] is False


def test_the_variable_and_the_service_manager_bring_it_too(home, key):
    home.run("list", env={"CREDVAULT_KEY_FILE": key}, status=0)
    home.wait_no_agents()
    os.mkdir(os.path.join(home.path, "credentials"), 0o700)
    laid_out = os.path.join(home.path, "credentials/credvault-key")
    os.rename(key, laid_out)
    os.chmod(laid_out, 0o400)
    home.run("list", env={"CREDENTIALS_DIRECTORY": os.path.dirname(laid_out)}, status=0)
    home.wait_no_agents()
    # An empty directory is as good as none.
    home.run("list", env={"CREDENTIALS_DIRECTORY": home.runtime}, status=4)


def test_a_passphrase_that_was_given_goes_first(home, key):
    home.run("unlock", env={"CREDVAULT_KEY_FILE": key}, passphrase=PASSPHRASE, status=0)
    assert home.status()["agent"]["how"] == "passphrase"


def test_nobody_is_asked(home, key):
    with home.terminal("unlock", "--key-file", key) as t:
        t.expect("Unlocked.")
        assert t.wait() == 0
        assert "Passphrase" not in t.seen


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_one_that_others_can_read_is_refused(home, key, mode):
    os.chmod(key, mode)
    error = home.run("list", "--json", "--key-file", key, status=1).error()
    assert error["code"] == "UNSAFE_FILE" and "chmod 600" in error["hint"]


def test_a_link_or_a_fifo_is_refused(home, key):
    link, fifo = os.path.join(home.path, "link"), os.path.join(home.path, "fifo")
    os.symlink(key, link)
    os.mkfifo(fifo, 0o600)
    for path in (link, fifo):
        error = home.run("list", "--json", "--key-file", path, status=1).error()
        assert error["code"] == "UNSAFE_FILE"


def test_one_that_is_not_there_is_exit_3(home, key):
    home.run("list", "--key-file", key + "x", status=3)


def test_the_vaults_own_directory_is_refused(home, key):
    folder = os.path.dirname(home.vault)
    inside, below = os.path.join(folder, "key"), os.path.join(folder, "keys/key")
    os.mkdir(os.path.dirname(below))
    for path in (inside, below):
        error = home.run("slot", "add", "key-file", path, "--json", passphrase=PASSPHRASE,
                         status=1).error()
        assert error["code"] == "UNSAFE_FILE"
        assert not os.path.exists(path)
    os.rename(key, inside)
    error = home.run("list", "--json", "--key-file", inside, status=1).error()
    assert error["code"] == "UNSAFE_FILE"
    with open(home.vault, "rb") as f:
        before = f.read()
    home.wait_no_agents()
    with open(home.vault, "rb") as f:
        assert f.read() == before


def test_init_in_the_vaults_directory_makes_nothing(home):
    path = os.path.join(os.path.dirname(home.vault), "key")
    home.run("init", "--low-memory", "--key-file", path, passphrase=PASSPHRASE, status=1)
    assert not os.path.exists(home.vault) and not os.path.exists(path)


def test_a_vault_in_the_home_directory_may_have_its_key_below(home):
    """As an earlier credvault may have made it there."""
    vault, path = os.path.join(home.path, "work.db"), home.file("keys/x", "")
    os.unlink(path)
    home.init()
    home.lock()
    shutil.move(home.vault, vault)
    home.run("--vault", vault, "slot", "add", "key-file", path, passphrase=PASSPHRASE, status=0)
    home.run("--vault", vault, "lock", status=0)
    home.run("--vault", vault, "list", "--key-file", path, status=0)


def test_what_is_there_is_not_overwritten(home):
    home.init()
    path = home.file("notes", "mine\n")
    error = home.run("slot", "add", "key-file", path, "--json", passphrase=PASSPHRASE,
                     status=1).error()
    assert error["code"] == "EXISTS"
    assert read(path) == "mine\n"
    assert len(slots(home)) == 2


@pytest.mark.parametrize("spoil", [lambda t: t[:-3], lambda t: t.replace("v1 ", "v1 0", 1),
                                   lambda t: t[:20] + ("1" if t[20] != "1" else "2") + t[21:],
                                   lambda t: "", lambda t: t + t, lambda t: "x" * 100000])
def test_a_damaged_one_is_told(home, key, spoil):
    text = spoil(read(key))
    with open(key, "w") as f:
        f.write(text)
    answer = home.run("list", "--key-file", key, status=1)
    assert "key file" in answer.err
    assert read(key)[17:40] not in answer.err or not text
    home.wait_no_agents()


def test_one_of_another_vault_is_exit_5(home, key):
    other = os.path.join(home.path, "other/vault.db")
    os.mkdir(os.path.dirname(other), 0o700)
    home.run("--vault", other, "init", "--low-memory", "--once", passphrase=PASSPHRASE, status=0)
    answer = home.run("--vault", other, "list", "--key-file", key, status=5)
    assert "wrong key file" in answer.err


def test_a_removed_one_opens_nothing(home, key):
    (slot,) = [s["id"] for s in slots(home, "--key-file", key) if s["type"] == "key-file"]
    home.run("slot", "remove", slot, passphrase=PASSPHRASE, status=0)
    home.wait_no_agents()
    home.run("list", "--key-file", key, status=5)


def test_a_failed_init_leaves_no_key_file(home):
    path = os.path.join(home.path, "key")
    home.run("init", "--low-memory", "--key-file", path, passphrase="short", status=2)
    assert not os.path.exists(path)


def test_the_second_reader_opens_the_vault_with_it(home, key):
    with open(key) as f:
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tests/reader.py"), home.vault,
                               "--key-fd", str(f.fileno())], pass_fds=[f.fileno()], check=False,
                              capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["k", "k ey", "it's $(one)", "-k", "b\u00fcro\x1b[2J"])
def test_the_hint_about_a_key_file_that_others_can_read_works_as_it_is_pasted(home, name):
    home.init("--key-file", os.path.join(home.path, "key"))
    home.lock()
    path = os.path.join(home.path, name)
    os.rename(os.path.join(home.path, "key"), path)
    os.chmod(path, 0o644)
    hint = home.run("unlock", "--key-file", path, "--json", status=1).error()["hint"]
    assert hint.startswith("chmod 600 ") and "\x1b" not in hint
    subprocess.run(["bash", "-c", hint], cwd="/", env=home.env, check=True, timeout=60)
    home.run("unlock", "--key-file", path, status=0)
