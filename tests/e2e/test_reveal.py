# SPDX-License-Identifier: MIT
"""`credvault reveal`: the one way a long-term secret comes out, each time with the passphrase."""

import contextlib
import os
import subprocess

import pytest
from channel import Channel, Sealed, prove
from home import PASSPHRASE
from wire import Wire, call
from world import fresh, world  # noqa: F401


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


def last_entry(world):
    return world.home.run("log", "-n", "1", "--json", status=0).json()["entries"][0]


@pytest.mark.sanitize
def test_the_secret_is_printed_with_a_passphrase(world):
    key = world.key("ci")
    answer = world.home.run("reveal", "ci", passphrase=PASSPHRASE, status=0)
    assert answer.out == key["SecretAccessKey"] + "\n"
    assert "credvault exec ci" in answer.err and key["SecretAccessKey"] not in answer.err
    answer = world.home.run("reveal", "ci", "--json", passphrase=PASSPHRASE, status=0)
    assert answer.json() == {"name": "ci", "access_key_id": key["AccessKeyId"],
                             "secret_access_key": key["SecretAccessKey"]}
    entry = last_entry(world)
    assert (entry["op"], entry["profile"], entry["result"]) == ("reveal", "ci", "OK")
    assert entry["access_key_id"] == key["AccessKeyId"]
    assert entry["peer"]["uid"] == os.getuid()


@pytest.mark.sanitize
def test_an_unlocked_vault_is_not_enough(world):
    before = last_entry(world)["seq"]
    answer = world.home.run("reveal", "ci", status=4)
    assert answer.out == ""
    answer = world.home.run("reveal", "ci", passphrase="not this one at all", status=5)
    assert answer.out == ""
    # Nothing of it got as far as the agent.
    assert last_entry(world)["seq"] == before


@pytest.mark.sanitize
def test_an_unlock_in_the_same_command_counts(world):
    world.home.lock()
    answer = world.home.run("reveal", "ci", passphrase=PASSPHRASE, status=0)
    assert answer.out == world.key("ci")["SecretAccessKey"] + "\n"
    assert world.home.status()["locked"] is True


def test_a_terminal_is_refused_without_force(world):
    with world.home.terminal("reveal", "ci") as terminal:
        assert terminal.wait() == 2
        assert "exec ci" in terminal.seen and "--force" in terminal.seen
        assert "Passphrase" not in terminal.seen
    with world.home.terminal("reveal", "ci", "--force") as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.expect(world.key("ci")["SecretAccessKey"])
        assert terminal.wait() == 0


def test_three_wrong_passphrases_on_a_terminal_are_5(world):
    with world.home.terminal("reveal", "ci", "--force") as terminal:
        for _ in range(3):
            terminal.answer("Passphrase for", "wrong")
        assert terminal.wait() == 5
        assert world.key("ci")["SecretAccessKey"] not in terminal.seen


@pytest.mark.sanitize
def test_what_is_not_there_is_3_before_anybody_is_asked(world):
    world.home.run("reveal", "nobody", status=3)
    world.home.run("reveal", status=2)
    world.home.run("reveal", "a  b", status=2)
    world.home.run("reveal", "ci", "dev", status=2)


def test_the_secret_is_in_no_file_and_in_no_command_line(world):
    secret = world.key("ci")["SecretAccessKey"]
    world.home.run("reveal", "ci", passphrase=PASSPHRASE, status=0)
    for folder, _, names in os.walk(world.home.path):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                assert secret.encode() not in open(path, "rb").read(), path


def test_trap_37_without_room_for_the_record_there_is_no_secret(world):
    """TRAP 37: no record, no secret. A limit on the size of files stands for a full disk."""
    home = world.home
    home.lock()
    script = ('ulimit -f 0; exec "$0" reveal ci --passphrase-fd 3 3<<<"$1"')
    done = subprocess.run(["/bin/bash", "-c", script, home.program, PASSPHRASE], env=home.env,
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode not in (0, 5) and done.stdout == ""
    assert world.key("ci")["SecretAccessKey"] not in done.stderr
    home.unlock()


# -- clients that are not ours -------------------------------------------------------------------

ARGS = {"name": "ci"}
WRONG = {"v": 2, "op": "channel_go", "args": {"mac": "00" * 32}}


def test_a_raw_client_gets_nothing_in_a_plain_frame(world):
    got = call(world.home, "reveal", ARGS, lambda ask: {})
    assert got["error"]["code"] == "CHANNEL_NEEDED" and got["asks"] == []


@pytest.mark.parametrize("mac", [None, "", "00" * 32, "00" * 33, "zz" * 32, [1]], ids=str)
def test_a_raw_client_without_a_proof_is_refused(world, mac):
    with Sealed(world.home, "reveal", ARGS) as sealed:
        sealed.send({"v": 2, "op": "channel_go", "args": {"mac": mac}})
        with contextlib.suppress(BrokenPipeError):     # the agent may have hung up already
            sealed.send(sealed.request)
        got = sealed.receive()
    assert got["error"]["code"] == ("WRONG_PASSPHRASE" if mac == "00" * 32 else "PROTOCOL")


def test_a_proof_of_another_act_or_other_arguments_is_refused(world):
    for op, args in (("remove", ARGS), ("reveal", {"name": "dev"}), ("show", ARGS),
                     ("reveal", {"name": "ci", "more": 1})):
        with Sealed(world.home, op, args) as sealed:
            sealed.go().push({"v": 2, "op": "reveal", "args": ARGS})
            assert sealed.finish() is None
    assert prove(world.home, "reveal", ARGS)["ok"]["secret_access_key"] == world.key("ci")[
        "SecretAccessKey"]


def test_trap_36_who_guesses_keeps_nobody_waiting(world):
    """TRAP 36: one connection waits for its own guesses; others are served meanwhile."""
    offer = Channel(bytes(32)).offer(b"x")
    with Wire(world.home) as guesser, Wire(world.home) as other:
        for guess in range(5):
            assert "ok" in guesser.call("channel", offer)
            guesser.send(WRONG)
            if guess < 4:
                assert guesser.receive()["error"]["code"] == "WRONG_PASSPHRASE"
        for _ in range(20):
            assert "ok" in other.call("public")
        guesser.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            guesser.socket.recv(1)
        guesser.socket.settimeout(60)
        assert guesser.receive()["error"]["code"] == "WRONG_PASSPHRASE"
