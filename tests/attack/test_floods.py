# SPDX-License-Identifier: MIT
"""A program of the same user that opens very many requests, and very large ones."""

import os
import struct
import threading
import time

import pytest
from home import Home
from wire import Wire
from world import World

PLACES_WAITING, PLACES_QUESTIONS = 192, 32      # vault/agent/core/places.h
FRAME, REQUEST = 1 << 20, 128 << 10
HEAD, TAIL = b'{"v":2,"op":"status","args":{"x":[', b"]}}"
MOST_MIB = 64
COMPLETE_S = 10         # a frame must be complete by then


@pytest.fixture(scope="module")
def world(standin):
    home = Home()
    yield World(home, standin)
    home.leave()


def request(world, seconds):
    """For an MFA session of this length, which is a step of its own, and a question of its own."""
    return {"v": 2, "op": "credentials", "args": {
        "profile": "dev", "purpose": "process", "can_ask": True, "code": None, "plan": {
            "origin": {"kind": "key", "name": "dev"},
            "steps": [{"kind": "session", "duration_s": seconds}], "region": "eu-west-1",
            "endpoint": world.standin.url}}}


def opened(world, durations):
    wires = [Wire(world.home) for _ in durations]
    for wire, seconds in zip(wires, durations):
        wire.send(request(world, seconds))
    return wires


def close(wires):
    for wire in wires:
        wire.socket.close()


def everybody_else_is_served(home):
    began = time.monotonic()
    assert home.status()["locked"] is False
    for _ in range(10):
        home.run("list", status=0)
    assert "AccessKeyId" in home.run("process", "ci", status=0).out
    home.run("lock", status=0)
    return time.monotonic() - began


@pytest.fixture(autouse=True)
def _unlocked(world):
    if world.home.status()["locked"]:
        world.home.unlock()
    world.home.run("export", "ci", status=0)
    yield
    if world.home.status()["locked"]:
        world.home.unlock()


def test_questions_that_nobody_answers_are_few(world):
    wires = opened(world, range(1000, 1000 + 2 * PLACES_QUESTIONS))
    told = [wire.receive() for wire in wires]
    assert sum("ask" in frame for frame in told) == PLACES_QUESTIONS
    refused = [frame["error"]["message"] for frame in told if "error" in frame]
    assert len(refused) == PLACES_QUESTIONS
    assert set(refused) == {"32 requests have asked a question already"}
    assert everybody_else_is_served(world.home) < COMPLETE_S
    close(wires)


def test_who_holds_every_place_there_is_keeps_neither_lock_nor_status_out(world):
    # One question, and very many who wait for its answer; handshakes and frames that stop.
    wires = opened(world, [2000] * (PLACES_WAITING + 60))
    hello = {"v": 2, "op": "channel", "args": {
        "client_nonce": "00" * 32, "client_key": "09" + "00" * 31, "request": "00" * 32}}
    for number in range(120):
        wire = Wire(world.home)
        wires.append(wire)
        if number % 2:
            wire.send(hello)
        else:
            wire.socket.sendall(struct.pack(">I", REQUEST) + HEAD)
    time.sleep(1)
    assert everybody_else_is_served(world.home) < COMPLETE_S
    close(wires)


def test_who_reads_no_answer_keeps_neither_lock_nor_status_out(world):
    ask = b"".join(struct.pack(">I", len(body)) + body
                   for body in [b'{"v":2,"op":"status","args":{}}'] * 4000)
    wires = [Wire(world.home) for _ in range(PLACES_WAITING + 100)]
    for wire in wires:
        wire.socket.setblocking(False)
        try:
            wire.socket.send(ask)
        except OSError:
            pass                # hung up: the agent's right
    time.sleep(1)
    assert everybody_else_is_served(world.home) < COMPLETE_S
    close(wires)


def private_mib(pid):
    """Where only root may read that of our programs: what is anonymous and resident."""
    names, path = "Private_", "/proc/%d/smaps_rollup" % pid
    if not os.access(path, os.R_OK) or os.geteuid() != 0:
        names, path = "RssAnon", "/proc/%d/status" % pid
    with open(path, encoding="ascii") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith(names)) / 1024


def hostile(size, piece):
    return HEAD + piece * ((size - len(HEAD) - len(TAIL)) // len(piece) - 1) + piece.rstrip(b",") + TAIL


FLOODS = {"objects, 1 MiB": (FRAME, b"{},", 1), "objects": (REQUEST, b"{},", 1),
          "nested lists": (REQUEST, b"[" * 60 + b"]" * 60 + b",", 1),
          "nested lists, 1 MiB": (FRAME, b"[" * 60 + b"]" * 60 + b",", 1),
          "numbers": (REQUEST, b"0,", 1), "one text": (REQUEST, b"x", 1),
          "half frames": (REQUEST, b"{},", 2), "half frames, 1 MiB": (FRAME, b"{},", 2)}


@pytest.mark.parametrize("flood", FLOODS)
def test_sixty_four_hostile_connections_cost_less_than_64_mib(world, flood):
    size, piece, part = FLOODS[flood]
    body = hostile(size, piece)
    data = struct.pack(">I", len(body)) + body[:len(body) // part]
    pid = world.home.status()["agent"]["pid"]
    most, over = [0.0], threading.Event()

    def look():
        while not over.is_set():
            most[0] = max(most[0], private_mib(pid))

    def flood_one():
        with Wire(world.home).socket as client:
            client.settimeout(1)
            try:
                client.sendall(data)
                while client.recv(65536):
                    pass
            except OSError:
                pass
    looking = threading.Thread(target=look)
    looking.start()
    clients = [threading.Thread(target=flood_one) for _ in range(64)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    over.set()
    looking.join()
    assert 0 < most[0] < MOST_MIB
    assert world.home.status()["agent"]["pid"] == pid
