# SPDX-License-Identifier: MIT
"""The agent's private memory while clients send frames that no honest command sends."""

import socket
import struct
import threading
import time

from rotations import field
from table import Failed

CLIENTS = 64
FRAME = 1 << 20
REQUEST = 128 << 10                     # the longest request, where requests are shorter
HALF_MIB, HOSTILE_MIB = 16.0, 64.0
HEAD, TAIL = b'{"v":1,"op":"status","args":{"x":[', b"[]]}}"
LOOK_S = 0.001
SETTLE_S = 1.0
TOGETHER_S = 8.0        # less than the agent waits for the rest of a frame


def hostile(size):
    """A frame's body of that size, or a few bytes less: very many small values."""
    return HEAD + b"[{}]," * ((size - len(HEAD) - len(TAIL)) // 5) + TAIL


class Peak(threading.Thread):
    """The most private memory while it is looked at, in MiB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.over = pid, 0.0, threading.Event()

    def run(self):
        while not self.over.wait(LOOK_S):
            self.most = max(self.most, field(self.pid, "RssAnon") or 0.0)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def _send(path, head, body, answer_s, barrier):
    """One client: says its part, the last byte at the same time as the others, and waits for what
    comes."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(answer_s)
        try:
            client.connect(path)
            client.sendall(head + body[:-1])
        except OSError:
            barrier.abort()     # hung up, or not read: either is the agent's right
            return
        try:
            barrier.wait(TOGETHER_S)
        except threading.BrokenBarrierError:
            pass
        try:
            client.sendall(body[-1:])
            while client.recv(65536):
                pass
        except OSError:
            pass


def peak(scene, clients, announced, body, answer_s):
    """MiB of the agent at most while so many clients send this at once."""
    pid = scene.agent_pid()
    if pid is None or field(pid, "RssAnon") is None:
        raise Failed("the agent's memory cannot be read here")
    barrier = threading.Barrier(clients)
    senders = [threading.Thread(target=_send, daemon=True, args=(
        scene.env["CREDVAULT_SOCKET"], struct.pack(">I", announced), body, answer_s, barrier))
        for _ in range(clients)]
    with Peak(pid) as watch:
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        time.sleep(SETTLE_S / 10)
    if scene.agent_pid() != pid:
        raise Failed("the agent did not live through it")
    return watch.most


def half_sent(scene, clients=CLIENTS):
    return max(peak(scene, clients, size, b"x" * (size // 2), SETTLE_S) for size in (FRAME, REQUEST))


def hostile_frames(scene, clients=CLIENTS):
    return max(peak(scene, clients, len(body), body, 20.0)
               for body in (hostile(size) for size in (FRAME, REQUEST)))


def memory(scene, table, clients):
    idle = field(scene.agent_pid(), "RssAnon")
    for what, figure, most in (("half-sent frames", half_sent, HALF_MIB),
                               ("frames of small values", hostile_frames, HOSTILE_MIB)):
        table.add("agent under %d %s: RssAnon" % (clients, what), figure(scene, clients), "MiB",
                  "at most %d MiB" % most, most=most,
                  note="the most seen, frames of %d and %d KiB; %.1f MiB before"
                  % (FRAME >> 10, REQUEST >> 10, idle or 0))
