# SPDX-License-Identifier: MIT
"""credvault lock and status: how it stands, and how it ends."""

import json
import os
import re
import signal
import socket
import stat
import subprocess

import pytest

from home import PASSPHRASE, wait_until

pytestmark = pytest.mark.sanitize


def test_lock_ends_the_agent_and_closes_the_file(vault):
    pid = vault.status()["agent"]["pid"]
    answer = vault.run("lock", status=0)
    assert answer.out.startswith("Locked.")
    # The file is closed: its journal is gone when lock returns.
    assert not os.path.exists(vault.vault + "-wal") or os.path.getsize(vault.vault + "-wal") == 0
    wait_until(lambda: pid not in vault.agents())


def test_locking_twice_is_well(locked):
    assert locked.run("lock", "--json", status=0).json() == {"locked": True}
    assert "already" in locked.run("lock", status=0).err


def test_status_of_an_unlocked_vault(vault):
    status = vault.status()
    assert list(status) == ["vault", "vault_id", "locked", "keys_locked", "locked_since",
                            "locked_why", "agent", "generation", "keys", "due", "overdue",
                            "rotating", "sessions", "refused", "log", "emissions", "backup"]
    assert status["vault"] == vault.vault and status["locked"] is False
    assert {"pid", "idle_at", "lock_at"} <= set(status["agent"])
    text = vault.run("status", status=0).out
    assert text.startswith("Unlocked since ") and "(passphrase)" in text
    assert "~/.local/share/credvault/vault.db" in text


def test_status_of_a_locked_vault_says_since_when_and_why(vault):
    vault.lock()
    status = vault.status()
    assert status["locked"] is True and status["agent"] is None and status["keys"] is None
    assert status["locked_why"] == "asked"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", status["locked_since"])
    text = vault.run("status", status=0).out
    assert text.startswith("Locked since ") and "credvault unlock" in text


def test_check_tells_a_script(vault):
    assert vault.run("status", "--check", status=0).out
    vault.lock()
    answer = vault.run("status", "--check", status=4)
    assert answer.out.startswith("Locked") and answer.err == ""
    assert vault.run("status", "--check", "--json", status=4).json()["locked"] is True


def test_refusals_while_it_is_locked_are_counted(vault):
    vault.lock()
    for _ in range(3):
        vault.run("process", "app-dev", status=4)
    refused = vault.status()["refused"]
    assert [(r["profile"], r["count"], r["code"]) for r in refused] == [("app-dev", 3, "LOCKED")]
    assert "app-dev 3 (" in vault.run("status", status=0).out
    vault.unlock()
    assert vault.status()["refused"] == []


def test_status_asks_nobody_and_is_no_activity(vault):
    vault.unlock("--idle", "1s")
    with vault.terminal("status") as t:
        assert t.wait() == 0
    # Asked all the time, it does not put off the idle limit.
    wait_until(lambda: vault.status()["keys_locked"])
    vault.unlock()


def test_no_vault_is_exit_3(home):
    assert "credvault init" in home.run("status", status=3).err
    assert home.run("status", "--json", status=3).error()["code"] == "NOT_FOUND"


def test_an_agent_that_was_killed_is_not_there(vault):
    os.kill(vault.status()["agent"]["pid"], signal.SIGKILL)
    wait_until(lambda: not vault.agents())
    assert vault.status()["locked"] is True
    vault.unlock()
    assert vault.status()["locked"] is False


def test_a_spoilt_state_file_does_no_harm(vault):
    vault.lock()
    folder = os.path.join(vault.runtime, "credvault")
    state = [n for n in os.listdir(folder) if n.endswith(".state")][0]
    for text in ("", "[]", "{", '{"locked_since":7,"refused":{}}', '{"refused":[1,{"count":"x"}]}',
                 '{"locked_since":"\\u001b[2J","locked_why":"\\u001b[2J","refused":[]}'):
        with open(os.path.join(folder, state), "w") as f:
            f.write(text)
        vault.run("process", "app-dev", status=4)
        answer = vault.run("status", status=0)
        assert "\x1b" not in answer.out
    os.unlink(os.path.join(folder, state))


# -- where the agent is looked for ---------------------------------------------------------------

def test_what_lies_in_the_runtime_directory_is_ours_alone(vault):
    folder = os.path.join(vault.runtime, "credvault")
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for name in os.listdir(folder):
        assert stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode) & 0o077 == 0, name


def test_a_runtime_directory_that_others_reach_is_passed_over(home):
    os.mkdir(os.path.join(home.runtime, "credvault"), 0o755)
    os.chmod(os.path.join(home.runtime, "credvault"), 0o755)
    home.init()
    assert os.listdir(os.path.join(home.runtime, "credvault")) == []
    assert home.status()["locked"] is False
    home.lock()


def test_a_socket_of_a_named_place_is_used(home):
    folder = os.path.join(home.path, "own")
    os.mkdir(folder, 0o700)
    home.env["CREDVAULT_SOCKET"] = os.path.join(folder, "a.sock")
    home.init()
    assert home.status()["locked"] is False
    assert "a.sock" in os.listdir(folder)
    home.lock()


def test_a_socket_where_others_can_write_is_not_spoken_to(home):
    folder = os.path.join(home.path, "own")
    os.mkdir(folder, 0o700)
    path = os.path.join(folder, "a.sock")
    with socket.socket(socket.AF_UNIX) as trap:
        trap.bind(path)
        trap.listen(1)
        trap.setblocking(False)
        os.chmod(folder, 0o777)
        home.file("x/vault.db", "")
        answer = home.run("--vault", os.path.join(home.path, "x/vault.db"), "status", "--json",
                          env={"CREDVAULT_SOCKET": path}, status=1)
        assert answer.error()["code"] == "UNSAFE_FILE"
        with pytest.raises(BlockingIOError):
            trap.accept()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
@pytest.mark.parametrize("folder, mode, code", [("open", 0o777, "UNSAFE_FILE"),
                                                ("own/" + "n" * 100, 0o700, "USAGE")])
def test_a_socket_in_a_wrong_place_is_told_before_anybody_is_asked(locked, folder, mode, code):
    folder = os.path.join(locked.path, folder)
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, mode)
    env = {"CREDVAULT_SOCKET": os.path.join(folder, "a.sock")}
    with locked.terminal("unlock", "--json", env=env) as terminal:
        assert terminal.wait() in (1, 2)
        assert code in terminal.seen and "Passphrase" not in terminal.seen


def test_an_impostor_of_another_user_gets_no_byte(home):
    folder = os.path.join(home.path, "own")
    os.mkdir(folder, 0o700)
    path = os.path.join(folder, "a.sock")
    with socket.socket(socket.AF_UNIX) as trap:
        trap.bind(path)
        os.chown(path, 65534, 65534)
        trap.listen(1)
        trap.setblocking(False)
        home.file("x/vault.db", "")
        home.run("--vault", os.path.join(home.path, "x/vault.db"), "unlock", passphrase=PASSPHRASE,
                 env={"CREDVAULT_SOCKET": path}, status=1)
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_an_agent_that_hangs_up_or_talks_nonsense_is_told(home):
    folder = os.path.join(home.path, "own")
    os.mkdir(folder, 0o700)
    path = os.path.join(folder, "a.sock")
    home.file("x/vault.db", "")
    for frame in (b"\xff\xff\xff\xff", b"\0\0\0\2[]", b"\0\0\0\7{\"a\":1}", b"GET / HTTP/1.0\r\n\r\n"):
        with socket.socket(socket.AF_UNIX) as fake:
            fake.bind(path)
            fake.listen(1)
            process = home.popen("--vault", os.path.join(home.path, "x/vault.db"), "--json",
                                 "status", env={"CREDVAULT_SOCKET": path})
            connection, _ = fake.accept()
            connection.recv(4096)
            connection.sendall(frame)
            _, err = process.communicate(timeout=60)
            connection.close()
            assert process.returncode == 1
            assert json.loads(err)["error"]["code"] == "PROTOCOL"
        os.unlink(path)


def without_locked_memory(home, *args):
    """Runs credvault where no memory may be locked, also for root."""
    may_not = ["/usr/bin/setpriv", "--bounding-set", "-ipc_lock"] if os.geteuid() == 0 else []
    return subprocess.run(["/bin/bash", "-c", 'ulimit -l 0; exec "$@"', "bash", *may_not,
                           home.program, *args], env=home.env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, start_new_session=True, check=False)


@pytest.mark.parametrize("args", (["status"], ["list"], ["log"], ["clear"], ["lock"]))
def test_what_holds_no_secret_needs_no_locked_memory(vault, args):
    done = without_locked_memory(vault, *args)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif("sanitize" in os.environ.get("CREDVAULT_BIN", ""), reason="the sanitizers lock no memory")
def test_a_passphrase_is_not_asked_for_where_memory_cannot_be_locked(locked):
    done = without_locked_memory(locked, "unlock", "--json", "--passphrase-fd", "0")
    assert json.loads(done.stderr)["error"]["code"] == "MEMORY"
    assert locked.status()["locked"]
