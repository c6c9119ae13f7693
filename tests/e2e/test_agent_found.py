# SPDX-License-Identifier: MIT
"""The truth about being locked: every command finds the agent that holds the vault, and lock is believed."""

import json
import os
import shutil
import signal
import socket
import stat
import struct
import threading

import pytest
from home import PASSPHRASE, Home, stop, wait_until

pytestmark = pytest.mark.sanitize


@pytest.fixture
def home(home):
    """A home with an unlocked vault, which a test may leave in any state."""
    home.init()
    yield home
    for pid in home.agents():
        os.kill(pid, signal.SIGKILL)


def elsewhere(home, name="other"):
    """Another runtime directory."""
    path = os.path.join(home.path, name)
    os.makedirs(path, 0o700, exist_ok=True)
    return {"XDG_RUNTIME_DIR": path}


def record_of(home):
    with open(home.vault + ".agent", encoding="utf-8") as file:
        return json.load(file)


def agent_pid(home):
    return home.status()["agent"]["pid"]


# Other runtime directories, and none: then the state directory's run/ would have the socket, or
# /run/user/UID where that exists.
OTHERS = [lambda home: elsewhere(home), lambda home: {"XDG_RUNTIME_DIR": ""}]


@pytest.mark.parametrize("other", OTHERS, ids=["another", "unset"])
def test_an_agent_is_found_whatever_the_runtime_directory(home, other):
    pid, env = agent_pid(home), other(home)
    status = home.run("status", "--json", env=env, status=0).json()
    assert status["locked"] is False and status["agent"]["pid"] == pid
    assert home.run("list", "--json", env=env, status=0).out
    home.run("lock", env=env, status=0)
    assert home.status()["locked"] is True
    wait_until(lambda: pid not in home.agents())


def test_unlocking_from_another_runtime_directory_replaces_the_agent(home):
    pid, env = agent_pid(home), elsewhere(home)
    home.run("unlock", passphrase=PASSPHRASE, env=env, status=0)
    assert agent_pid(home) != pid
    wait_until(lambda: pid not in home.agents())


def test_the_record_names_the_agent_and_goes_with_it(home):
    record = record_of(home)
    assert stat.S_IMODE(os.stat(home.vault + ".agent").st_mode) == 0o600
    assert record["pid"] == agent_pid(home) and stat.S_ISSOCK(os.stat(record["socket"]).st_mode)
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        assert record["boot_id"] == file.read().strip()
    with open("/proc/%d/stat" % record["pid"], encoding="ascii") as file:
        assert record["start"] == int(file.read().rsplit(")", 1)[1].split()[19])
    home.lock()
    assert not os.path.exists(home.vault + ".agent")


def test_a_record_that_a_killed_agent_has_left_is_not_believed(home):
    record = record_of(home)
    os.kill(record["pid"], signal.SIGKILL)
    wait_until(lambda: not home.agents())
    # Its socket may even be answered by somebody else by now.
    assert home.status()["locked"] is True
    assert "already" in home.run("lock", status=0).err
    home.unlock()
    assert record_of(home)["pid"] == agent_pid(home)


@pytest.mark.parametrize("change", [{"pid": 1}, {"start": 1}, {"boot_id": "0"}, {"socket": "/x"}, None])
def test_a_forged_record_leads_nowhere(home, change):
    env, record = elsewhere(home), record_of(home)
    with open(home.vault + ".agent", "w", encoding="utf-8") as file:
        file.write(json.dumps(dict(record, **change)) if change else "{")
    answer = home.run("lock", "--json", env=env, status=1)
    assert str(record["pid"]) in answer.error()["message"]
    assert agent_pid(home) == record["pid"]


def test_an_agent_whose_socket_vanished_binds_again_and_says_where(home):
    pid = agent_pid(home)
    shutil.rmtree(os.path.join(home.runtime, "credvault"))
    assert home.run("status", "--json", status=0).json()["agent"]["pid"] == pid
    record = record_of(home)
    assert record["pid"] == pid
    assert os.path.dirname(record["socket"]) == os.path.join(home.state, "run")
    # The new login session has another runtime directory, or the same one, empty.
    assert home.run("list", "--json", env=elsewhere(home), status=0)
    os.unlink(record["socket"])
    assert agent_pid(home) == pid
    home.run("lock", status=0)
    home.wait_no_agents()
    assert home.status()["locked"] is True


def test_an_agent_that_can_bind_nowhere_leaves_in_order(home):
    os.chmod(os.path.join(home.state, "run"), 0o755)
    shutil.rmtree(os.path.join(home.runtime, "credvault"))
    home.wait_no_agents()
    assert not os.path.exists(home.vault + ".agent")
    assert home.status()["locked"] is True
    os.chmod(os.path.join(home.state, "run"), 0o700)


def test_an_agent_whose_name_another_socket_has_taken_leaves(home):
    path = record_of(home)["socket"]
    os.unlink(path)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        home.wait_no_agents()
        assert os.path.exists(path)
    os.unlink(path)


class Liar:
    """Listens where the agent is looked for, and says what it likes."""

    def __init__(self, home, env, answer):
        place = os.path.join(env["XDG_RUNTIME_DIR"], "credvault")
        os.makedirs(place, 0o700, exist_ok=True)
        self.path = os.path.join(place, os.path.basename(record_of(home)["socket"]))
        self.answer, self.socket = answer, socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                while connection.recv(65536) and self.answer:
                    connection.sendall(struct.pack(">I", len(self.answer)) + self.answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@pytest.mark.parametrize("answer", [b'{"ok":{"locked":true}}', b""], ids=["lies", "hangs up"])
def test_lock_is_not_fooled_by_who_answers_in_the_place_of_the_agent(home, answer):
    pid, env = agent_pid(home), elsewhere(home)
    with Liar(home, env, answer):
        home.run("lock", env=env, status=0)
    wait_until(lambda: pid not in home.agents())


def test_lock_never_says_success_while_the_vault_is_held(home):
    """A stopped agent: its keys are in memory, and it answers nobody."""
    pid, env = agent_pid(home), elsewhere(home)
    stop(pid)
    with Liar(home, env, b'{"ok":{"locked":true}}'):
        os.unlink(home.vault + ".agent")
        answer = home.run("lock", "--json", env=env, status=1)
    assert str(pid) in answer.error()["message"]
    os.kill(pid, signal.SIGCONT)


def test_the_nightly_run_meets_no_other_holder(home):
    """What used to be a circle: another process holds the vault, credvault lock, it was locked already."""
    env = elsewhere(home)
    answer = home.run("rotate", "--due", "--json", env=env, passphrase=PASSPHRASE)
    assert "holds the vault" not in answer.err


def test_two_runtime_directories_start_one_agent():
    home = Home()
    try:
        home.init()
        home.lock()
        ways = [home.popen("list", "--json", passphrase=PASSPHRASE, env=env)
                for env in (None, elsewhere(home), {"XDG_RUNTIME_DIR": ""}) for _ in range(3)]
        for process in ways:
            _, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
        home.wait_no_agents()
    finally:
        home.leave()
