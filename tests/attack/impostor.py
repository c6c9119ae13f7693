# SPDX-License-Identifier: MIT
"""Who stands at the socket's path in the agent's place: one that answers itself, and one that passes on."""

import glob
import json
import os
import socket
import struct
import threading

from channel import Channel


def socket_of(home):
    (path,) = glob.glob(os.path.join(home.runtime, "credvault", "*.sock"))
    return path


def exactly(connection, count):
    data = b""
    while len(data) < count:
        try:
            more = connection.recv(count - len(data))
        except OSError:
            return None
        if not more:
            return None
        data += more
    return data


def frame_from(connection):
    """The next frame's bytes, or None at the end."""
    head = exactly(connection, 4)
    return head and exactly(connection, struct.unpack(">I", head)[0])


def frame_to(connection, data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    connection.sendall(struct.pack(">I", len(data)) + data)


class Listener:
    """Binds a path and serves each connection in a thread of its own."""

    def __init__(self, path):
        self.path, self.heard = path, []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        os.chmod(path, 0o600)
        self.socket.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            try:
                self.talk(client)
            except (OSError, ValueError):
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        if os.path.exists(self.path):
            os.unlink(self.path)


class Fake(Listener):
    """Answers everything with what the test says; proves itself with a key of its own making.

    answers: op -> frames to send, the last of which ends the call."""

    def __init__(self, path, header, answers=None):
        self.header, self.answers, self.asked = header, answers or {}, []
        super().__init__(path)

    def talk(self, client):
        while True:
            data = frame_from(client)
            if data is None:
                return
            self.heard.append(data)
            request = json.loads(data)
            op = request.get("op")
            self.asked.append(op)
            if op == "channel":
                answer = Channel(os.urandom(32), agent=True).answer(
                    request["args"], b"\1" * 16, b"\2" * 32, b"\3" * 32)
                frames = [{"ok": answer}]
            else:
                frames = self.answers.get(op, [{"ok": {"header": self.header, "name": "ci",
                                                       "count": 0}}])
            for frame in frames:
                frame_to(client, frame)
                if "ask" in frame:
                    self.heard.append(frame_from(client) or b"")


class Relay(Listener):
    """Between a client and the real agent. An agent whose path is another's leaves, so that this one is put
    where the commands of a home look first.

    change(to_agent, number, data): the frames to pass on in the place of the number-th one in that
    direction, or None to hang up. Connections that make no channel pass unchanged."""

    def __init__(self, home, change=None):
        self.change = change or (lambda to_agent, number, data: [data])
        self.home, self.real = home, socket_of(home)
        folder = os.path.join(home.path, "between")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        super().__init__(os.path.join(folder, "relay.sock"))
        home.env["CREDVAULT_SOCKET"] = self.path

    def __exit__(self, *_):
        super().__exit__()
        del self.home.env["CREDVAULT_SOCKET"]

    def talk(self, client):
        agent = socket.socket(socket.AF_UNIX)
        agent.connect(self.real)
        with agent:
            first = frame_from(client)
            if first is None:
                return
            seals = b'"op":"channel"' in first
            back = threading.Thread(target=self.pump, args=(agent, client, False, seals),
                                    daemon=True)
            back.start()
            self.pump(client, agent, True, seals, first)
            back.join(60)

    def pump(self, source, target, to_agent, seals, first=None):
        number = 0
        try:
            while True:
                data = first if first is not None else frame_from(source)
                first = None
                if data is None:
                    break
                self.heard.append(data)
                frames = self.change(to_agent, number, data) if seals else [data]
                if frames is None:
                    source.shutdown(socket.SHUT_RDWR)
                    break
                for frame in frames:
                    frame_to(target, frame)
                number += 1
            target.shutdown(socket.SHUT_WR if to_agent else socket.SHUT_RDWR)
        except OSError:
            pass
