# SPDX-License-Identifier: MIT
"""The agent's protocol by hand (docs/protocol.md), for what no command of ours would send."""

import glob
import json
import os
import socket
import struct
import subprocess

from home import PROGRAMS


class Wire:
    """One connection to the agent that a home's named socket leads to, or over a socket of ours."""

    def __init__(self, home, connected=None):
        if connected is None:
            (path,) = glob.glob(os.path.join(home.runtime, "credvault", "*.sock"))
            connected = socket.socket(socket.AF_UNIX)
            connected.connect(path)
        self.socket = connected
        self.socket.settimeout(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """One frame: bytes as they are, anything else as JSON."""
        if not isinstance(data, bytes):
            data = json.dumps(data).encode()
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        """The next frame; None when the agent has hung up."""
        try:
            return json.loads(self._exactly(struct.unpack(">I", self._exactly(4))[0]))
        except (EOFError, ConnectionError):
            return None

    def call(self, op, args=None, answer=None):
        """One request to its final frame, with the rows under "rows" and the questions under "asks"."""
        self.send({"v": 2, "op": op, "args": args or {}})
        rows, asks = [], []
        while True:
            frame = self.receive()
            if frame is None:
                return None
            if "row" in frame:
                rows.append(frame["row"])
            elif "ask" in frame:
                asks.append(frame["ask"])
                self.send({"answer": answer(frame["ask"]) if answer else None})
            elif "event" not in frame:
                return dict(frame, rows=rows, asks=asks)


def launch(home, vault, path):
    """A fresh agent for a vault, started over a socketpair as the command line does it."""
    ours, its = socket.socketpair()
    with its:
        done = subprocess.run(["/bin/bash", "-c", 'exec "$0" "$@" 3<&%d' % its.fileno(),
                               os.path.join(PROGRAMS, "credvault-agent"), "--vault", vault,
                               "--socket", path, "--state", home.state], pass_fds=[its.fileno()], env=home.env,
                              check=False, timeout=60)
    assert done.returncode == 0
    return Wire(home, ours)


def call(home, op, args=None, answer=None):
    with Wire(home) as wire:
        return wire.call(op, args, answer)


def credentials(home, key, endpoint, answer=None, code=None, profile=None, **plan):
    plan = dict({"origin": {"kind": "key", "name": key}, "steps": [{"kind": "session"}],
                 "endpoint": endpoint}, **plan)
    return call(home, "credentials", {"profile": profile or key, "purpose": "process", "plan": plan,
                                      "code": code, "can_ask": answer is not None}, answer)
