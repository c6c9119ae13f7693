# SPDX-License-Identifier: MIT
"""A program of the same user that asks for much and reads nothing."""

import socket
import time

from home import PASSPHRASE
from wire import Wire

LINES = 700     # of the log: more than fits between the agent and who does not read


def test_who_does_not_read_keeps_lock_waiting_not_at_all_and_the_line_is_written(home):
    with Wire(home) as wire:
        for _ in range(LINES):
            assert "ok" in wire.call("clear", {"profiles": []})
    unread = [Wire(home) for _ in range(3)]
    for wire in unread:
        wire.send({"v": 2, "op": "log", "args": {"last": LINES, "verify": False, "follow": False}})
    time.sleep(0.5)
    assert all(b'{"row":' in wire.socket.recv(4096, socket.MSG_PEEK) for wire in unread)
    began = time.monotonic()
    home.run("lock", status=0)
    took = time.monotonic() - began
    for wire in unread:
        wire.socket.close()
    home.run("unlock", passphrase=PASSPHRASE, status=0)
    lines = home.run("log", "--json", "-n", "2", status=0).json()["entries"]
    assert [line["op"] for line in lines] == ["lock", "unlock"] or \
        [line["op"] for line in lines] == ["unlock", "lock"]
    assert took < 2


def test_who_follows_the_log_two_hundred_times_leaves_room_for_everybody(home):
    followers = [Wire(home) for _ in range(200)]
    for wire in followers:
        wire.send({"v": 2, "op": "log", "args": {"last": 1, "verify": False, "follow": True}})
    time.sleep(1)
    for _ in range(20):
        home.run("list", status=0)
    assert home.status()["locked"] is False
    told = [wire.receive() for wire in followers]
    assert sum("row" in frame for frame in told) == 16
    refused = next(frame for frame in told if "error" in frame)
    assert "16 programs follow the log already" in refused["error"]["message"]
    for wire in followers:
        wire.socket.close()
    time.sleep(1)
    # Places come back.
    with Wire(home) as wire:
        wire.send({"v": 2, "op": "log", "args": {"last": 1, "verify": False, "follow": True}})
        assert "row" in wire.receive()
