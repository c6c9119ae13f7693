# SPDX-License-Identifier: MIT
"""A prompt that is left open blocks nobody, and an agent that does not answer is told, and can be ended."""

import glob
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from home import PASSPHRASE, stop, wait_until

pytestmark = pytest.mark.sanitize

PROMPT = "Passphrase for"
SPINNING = """
import os, socket, sys
at = socket.socket(socket.AF_UNIX)
if os.path.exists(sys.argv[1]):
    os.unlink(sys.argv[1])
at.bind(sys.argv[1])
at.listen(8)
print("listens", flush=True)
while True:
    pass
"""


@pytest.fixture
def left_open(locked):
    """A locked vault, and a prompt for its passphrase that somebody has left open."""
    with locked.terminal("unlock") as terminal:
        terminal.expect(PROMPT)
        locked.left = terminal
        yield locked


def test_who_has_a_way_in_of_his_own_uses_it_at_once(left_open):
    began = time.monotonic()
    left_open.run("list", "--json", passphrase=PASSPHRASE, status=0)
    assert time.monotonic() - began < 30
    # It ended with its command; the one who was asked is asked still, or was served by it.


def test_a_prompt_ends_by_itself_when_the_vault_is_unlocked_elsewhere(left_open):
    left_open.unlock()
    assert left_open.left.wait() == 0
    left_open.left.expect("Unlocked.")
    assert left_open.left.echo()


def test_no_input_ends_at_once_and_names_who_asks(left_open):
    began = time.monotonic()
    answer = left_open.run("list", "--no-input", "--json", status=4)
    assert time.monotonic() - began < 3
    message = answer.error()["message"]
    assert "pid %d" % left_open.left.pid in message and "pts/" in message


def test_process_names_who_asks_on_its_one_line(left_open):
    answer = left_open.run("process", "prod", status=4)
    assert "pid %d" % left_open.left.pid in answer.err and answer.err.count("\n") == 1


def test_status_says_locked_while_somebody_types(left_open):
    assert left_open.status()["locked"] is True
    assert "already" in left_open.run("lock", status=0).err


def test_a_person_on_another_terminal_is_told_and_may_type_here(left_open):
    with left_open.terminal("unlock") as here:
        here.expect("pid %d" % left_open.left.pid).expect("type it there or here")
        here.answer(PROMPT, PASSPHRASE).expect("Unlocked.")
        assert here.wait() == 0
    assert left_open.left.wait() == 0
    wait_until(lambda: len(left_open.agents()) == 2)     # one, and its broker


def test_on_one_terminal_there_is_one_prompt(locked):
    script = "for i in 1 2 3 4 5; do credvault list --json >/dev/null & done; wait; echo over"
    with locked.shell("credvault list --json >/dev/null | cat; " + script) as terminal:
        terminal.answer(PROMPT, PASSPHRASE).expect("over")
        assert terminal.wait() == 0 and terminal.seen.count(PROMPT) == 1


def test_two_who_unlock_at_once_are_one(locked):
    with locked.terminal("unlock") as one, locked.terminal("unlock") as other:
        one.expect(PROMPT)
        other.expect(PROMPT)
        for terminal in one, other:
            terminal.line(PASSPHRASE)
        assert one.wait() == 0 and other.wait() == 0
    wait_until(lambda: len(locked.agents()) == 2)


def test_a_prompt_that_was_stopped_blocks_nobody(left_open):
    stop(left_open.left.pid)
    left_open.run("list", "--json", passphrase=PASSPHRASE, status=0)
    os.kill(left_open.left.pid, signal.SIGCONT)


# -- an agent that does not answer ---------------------------------------------------------------

@pytest.fixture
def stopped(vault):
    """An unlocked vault whose agent is stopped."""
    vault.pid = vault.status()["agent"]["pid"]
    stop(vault.pid)
    yield vault
    # What a test has sent it is done as soon as it goes on, a lock too.
    if vault.pid in vault.agents():
        os.kill(vault.pid, signal.SIGCONT)
        vault.lock()
        wait_until(lambda: vault.pid not in vault.agents())


@pytest.mark.parametrize("args", [["lock"], ["status"], ["list"], ["process", "prod"]], ids=lambda a: a[0])
def test_a_stopped_agent_is_told_within_three_seconds(stopped, args):
    began = time.monotonic()
    answer = stopped.run(*args, status=1)
    assert time.monotonic() - began < 3
    assert "process %d, is stopped" % stopped.pid in answer.err
    assert "credvault lock --kill" in answer.err


def test_lock_kill_ends_a_stopped_agent(stopped):
    assert stopped.run("lock", "--kill", status=0).out.startswith("Locked.")
    wait_until(lambda: stopped.pid not in stopped.agents())
    assert stopped.status()["locked"] is True
    stopped.unlock()


def test_lock_kill_ends_an_agent_that_takes_no_signal_but_that_one(vault):
    """It is stopped, and stopped again as often as it goes on."""
    pid = vault.status()["agent"]["pid"]
    stop(pid)
    process = vault.popen("lock", "--kill")
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        try:
            os.kill(pid, signal.SIGSTOP)
        except ProcessLookupError:
            break
    assert process.wait(60) == 0
    wait_until(lambda: pid not in vault.agents())
    vault.unlock()


def test_lock_kill_of_an_agent_that_answers_lets_it_leave_in_order(vault):
    vault.run("lock", "--kill", status=0)
    assert vault.status()["locked_why"] == "asked"
    assert "already" in vault.run("lock", "--kill", status=0).err
    vault.unlock()


@pytest.mark.parametrize("change", [{"pid": 1}, {"start": 1}, {"boot_id": "0"}])
def test_lock_kill_signals_nobody_whom_the_record_does_not_mean(stopped, change):
    path = stopped.vault + ".agent"
    with open(path, encoding="utf-8") as file:
        record = json.load(file)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(dict(record, **change), file)
    answer = stopped.run("lock", "--kill", "--json", status=1)
    assert str(stopped.pid) in answer.error()["message"]
    with open("/proc/%d/stat" % stopped.pid, encoding="ascii") as file:
        assert file.read().rsplit(")", 1)[1].split()[0] == "T"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(record, file)


# -- an agent that hangs without being stopped -----------------------------------------------------

FREEZER = "/sys/fs/cgroup/freezer"


def freeze(group, state):
    with open(os.path.join(group, "freezer.state"), "w", encoding="ascii") as file:
        file.write(state)


@pytest.fixture
def frozen(vault):
    """An unlocked vault whose agent gets no processor and looks as if it slept."""
    group = os.path.join(FREEZER, "credvault-test-%d" % os.getpid())
    try:
        os.mkdir(group)
    except OSError as error:
        pytest.skip("no freezer of control groups to hold an agent with: %s" % error)
    vault.pid = vault.status()["agent"]["pid"]
    try:
        with open(os.path.join(group, "cgroup.procs"), "w", encoding="ascii") as file:
            file.write(str(vault.pid))
        freeze(group, "FROZEN")
        yield vault
    finally:
        freeze(group, "THAWED")
        if vault.pid in vault.agents():
            vault.lock()
        wait_until(lambda: vault.pid not in vault.agents())
        wait_until(lambda: not open(os.path.join(group, "cgroup.procs"), encoding="ascii").read())
        os.rmdir(group)


@pytest.mark.parametrize("args", [["lock"], ["status"], ["list"], ["process", "prod"]], ids=lambda a: a[0])
def test_an_agent_that_hangs_is_told_within_three_seconds(frozen, args):
    with open("/proc/%d/stat" % frozen.pid, encoding="ascii") as file:
        assert file.read().rsplit(")", 1)[1].split()[0] not in "Tt"
    began = time.monotonic()
    answer = frozen.run(*args, status=1)
    assert time.monotonic() - began < 3
    assert "process %d, does not answer" % frozen.pid in answer.err
    assert "credvault lock --kill" in answer.err


def test_who_listens_in_circles_and_does_not_hold_the_vault_is_told_as_such(vault):
    """Any program of the user can be at the socket's path; that it is busy excuses it no longer."""
    (path,) = glob.glob(os.path.join(vault.runtime, "credvault", "*.sock"))
    vault.lock()
    with subprocess.Popen([sys.executable, "-c", SPINNING, path], stdout=subprocess.PIPE) as spinning:
        try:
            assert spinning.stdout.readline() == b"listens\n"
            for args in ["lock"], ["status"]:
                began = time.monotonic()
                answer = vault.run(*args, status=1)
                assert time.monotonic() - began < 6
                assert "process %d listens" % spinning.pid in answer.err
                assert "Nobody holds the vault" in answer.err
        finally:
            spinning.kill()
            os.unlink(path)
