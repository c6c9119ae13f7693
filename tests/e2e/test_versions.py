# SPDX-License-Identifier: MIT
"""A client and an agent of different versions: both say so, and `lock` ends it."""

import json
import os
import socket
import struct
import threading

import pytest
from home import PASSPHRASE
from wire import Wire

MINE, OTHERS = 2, [0, 1, 3, 99, None]


def ask(home, version, op, args=None, **more):
    """The answer to one request in that version; None: without one."""
    request = dict({"v": version, "op": op, "args": args or {}}, **more)
    if version is None:
        del request["v"]
    with Wire(home) as wire:
        wire.send(request)
        return wire.receive()


@pytest.mark.parametrize("version", OTHERS)
def test_public_and_status_are_answered_in_every_version(vault, version):
    mine = ask(vault, MINE, "public")["ok"]
    assert ask(vault, version, "public")["ok"] == mine
    said = vault.run("version", "--json", status=0).json()["version"]
    assert ask(vault, version, "status")["ok"] == {"pid": mine["pid"], "version": said}
    whole = ask(vault, MINE, "status")["ok"]
    assert (whole["pid"], whole["version"]) == (mine["pid"], said) and whole["vault_id"]


@pytest.mark.parametrize("version", OTHERS)
def test_what_another_version_puts_beside_them_is_passed_over(vault, version):
    for op in ("public", "status"):
        assert "ok" in ask(vault, version, op, {"later": [1]}, token="x")
    assert "error" in ask(vault, MINE, "public", {"later": [1]})
    assert "error" in ask(vault, MINE, "public", token="x")


@pytest.mark.parametrize("version", OTHERS)
def test_everything_else_is_refused_with_the_way_out(vault, version):
    for op in ("list", "credentials", "reveal", "unlock", "no such operation"):
        error = ask(vault, version, op)["error"]
        assert (error["code"], error["hint"]) == ("PROTOCOL", "credvault lock")
        assert "another version of credvault (" in error["message"]
    with Wire(vault) as wire:
        wire.send({"v": version or 0, "op": "list", "args": {}})
        assert "error" in wire.receive()
        assert "ok" in wire.call("public")      # the connection goes on


@pytest.mark.parametrize("version, args, why", [
    (0, {}, "asked"), (1, {"why": "replaced"}, "replaced"), (99, {"why": "later", "more": 1}, "asked"),
    (None, {"why": 7}, "asked"), (2**31 - 1, None, "asked")])
def test_lock_locks_in_every_version(vault, version, args, why):
    assert ask(vault, version, "lock", args, later=True) == {"ok": {"locked": True}}
    assert vault.run("status", "--json", status=0).json()["locked"] is True
    with open(vault.env["XDG_RUNTIME_DIR"] + "/credvault/" + next(
            name for name in os.listdir(vault.runtime + "/credvault")
            if name.endswith(".state"))) as file:
        assert json.load(file)["locked_why"] == why


# -- the command line against an agent of another version ----------------------------------------


class Stranger:
    """An agent that speaks another version alone, in the place of the vault's."""

    def __init__(self, home, version):
        self.public = ask(home, MINE, "public")
        home.lock()
        folder = os.path.join(home.runtime, "credvault")
        (state,) = [name for name in os.listdir(folder) if name.endswith(".state")]
        self.path, self.version, self.seen = os.path.join(folder, state[:-6] + ".sock"), version, []
        self.socket = socket.socket(socket.AF_UNIX)
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
                self.talk(connection)

    def talk(self, connection):
        while True:
            head = connection.recv(4, socket.MSG_WAITALL)
            if len(head) < 4:
                return
            request = json.loads(connection.recv(struct.unpack(">I", head)[0],
                                                 socket.MSG_WAITALL))
            self.seen.append((request["v"], request["op"]))
            answer = json.dumps(self.answer(request)).encode()
            if request["op"] == "lock" and b"ok" in answer:
                self.leave()
            connection.sendall(struct.pack(">I", len(answer)) + answer)

    def answer(self, request):
        if request["op"] == "lock":
            return {"ok": {"locked": True}}
        if request["op"] == "public":
            return self.public
        if request["op"] == "status":
            return {"ok": {"pid": os.getpid(), "version": "9.9.9"}}
        return {"error": {"code": "PROTOCOL", "status": 1, "profile": None, "detail": None,
                          "message": "the agent is of another version of credvault (9.9.9)",
                          "hint": "credvault lock"}}

    def leave(self):
        self.socket.close()
        if os.path.exists(self.path):
            os.unlink(self.path)


class First(Stranger):
    """As the first agents were: whatever is asked for in a version other than 1 is refused."""

    def answer(self, request):
        if request["v"] != 1:
            return {"error": {"code": "PROTOCOL", "status": 1, "message": "another version"}}
        return super().answer(request)


@pytest.fixture
def stranger(vault):
    stranger = Stranger(vault, 99)
    yield stranger
    stranger.leave()


def test_every_command_says_in_one_line_that_lock_ends_it(vault, stranger):
    for args in (["list"], ["show", "dev"], ["log"], ["status"], ["rotate", "--all"]):
        answer = vault.run(*args, status=1)
        assert "the agent is of another version of credvault (9.9.9)" in answer.err, args
        assert "credvault lock" in answer.err and answer.out == ""
    answer = vault.run("process", "dev", status=1)
    assert answer.err.count("\n") == 1 and "credvault lock" in answer.err
    assert vault.run("status", "--json", status=1).error()["code"] == "PROTOCOL"


@pytest.mark.parametrize("kind", [Stranger, First])
def test_lock_ends_an_agent_of_another_version(vault, kind):
    stranger = kind(vault, 99)
    assert "Locked." in vault.run("lock", status=0).out
    assert stranger.seen == [(1, "lock")]
    assert vault.status()["locked"] is True
    vault.run("unlock", passphrase=PASSPHRASE, status=0)


@pytest.mark.parametrize("kind", [Stranger, First])
def test_unlock_puts_its_own_agent_in_the_place_of_another_versions(vault, kind):
    stranger = kind(vault, 99)
    vault.run("unlock", passphrase=PASSPHRASE, status=0)
    assert stranger.seen == [(1, "public"), (1, "lock")]
    assert vault.status()["locked"] is False and len(vault.agents()) >= 1
