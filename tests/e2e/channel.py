# SPDX-License-Identifier: MIT
"""The channel by hand (docs/protocol.md), from either end, for what no program of ours would do."""

import json
import os
import struct

import reader
from home import PASSPHRASE
from nacl import bindings as nacl
from wire import Wire

MESSAGE, PUSH, REKEY, FINAL = 0, 1, 2, 3
PAD = 512
FIELDS = ("vault_id", "commitment", "header_digest", "agent_nonce", "agent_key")


def frame(op, args, version=2):
    """The bytes that Wire.call() sends for a request."""
    return json.dumps({"v": version, "op": op, "args": args}).encode()


def digest(*items, key=b""):
    return reader.blake("", key, reader.pae(*items))


def header_of(home):
    with Wire(home) as wire:
        return bytes.fromhex(wire.call("public")["ok"]["header"])


def proof_key(home, passphrase=PASSPHRASE):
    """The key of a home's vault, which is unlocked."""
    head = reader.header_parse(header_of(home))
    vault_key = reader.header_unlock(head, reader.PASSPHRASE, passphrase.encode())
    return reader.kdf(vault_key, 10, "cv_keys1")


class Channel:
    """One end. `agent` says which; key: K_10, or another one for an impostor."""

    def __init__(self, key, agent=False):
        self.auth, self.agent = reader.kdf(key, 1, "cv_chan1"), agent
        self.secret = os.urandom(32)
        self.public = nacl.crypto_scalarmult_base(self.secret)
        self.nonce = os.urandom(32)
        self.out = self.into = None

    def offer(self, request):
        self.hello = {"client_nonce": self.nonce.hex(), "client_key": self.public.hex(),
                      "request": digest(b"credvault/channel/v2/request", request).hex()}
        return self.hello

    def _transcript(self, hello, reply):
        fields = [bytes.fromhex(reply[name]) for name in FIELDS]
        fields += [bytes.fromhex(hello[name]) for name in ("client_nonce", "client_key", "request")]
        self.transcript = digest(b"credvault/channel/v2/transcript", *fields)

    def mac(self, who):
        return digest(b"credvault/channel/v2/mac", who, self.transcript, key=self.auth)

    def answer(self, hello, vault_id, commitment, header_digest):
        """The agent's side: what answers an offer."""
        reply = {"vault_id": vault_id.hex(), "commitment": commitment.hex(),
                 "header_digest": header_digest.hex(), "agent_nonce": self.nonce.hex(),
                 "agent_key": self.public.hex()}
        self._transcript(hello, reply)
        self._derive(bytes.fromhex(hello["client_key"]))
        return dict(reply, mac=self.mac(b"agent").hex())

    def confirm(self, reply):
        """The client's side: its proof, after a check of the agent's."""
        self._transcript(self.hello, reply)
        assert bytes.fromhex(reply["mac"]) == self.mac(b"agent")
        self._derive(bytes.fromhex(reply["agent_key"]))
        return {"mac": self.mac(b"client").hex()}

    def _derive(self, peer):
        shared = nacl.crypto_scalarmult(self.secret, peer)
        root = digest(b"credvault/channel/v2/secret", shared, self.transcript, key=self.auth)
        to_agent, to_client = (reader.kdf(root, n, "cv_chan2") for n in (1, 2))
        self.keys = (to_client, to_agent) if self.agent else (to_agent, to_client)

    # -- records -------------------------------------------------------------------------------
    def begin(self):
        self.out = nacl.crypto_secretstream_xchacha20poly1305_state()
        return nacl.crypto_secretstream_xchacha20poly1305_init_push(self.out, self.keys[0])

    def begun(self, header):
        self.into = nacl.crypto_secretstream_xchacha20poly1305_state()
        nacl.crypto_secretstream_xchacha20poly1305_init_pull(self.into, header, self.keys[1])

    def seal(self, data, tag=MESSAGE):
        data += b"\x80" + bytes(-(len(data) + 1) % PAD)
        return nacl.crypto_secretstream_xchacha20poly1305_push(self.out, data, self.transcript, tag)

    def unseal(self, data):
        """The record and its tag."""
        data, tag = nacl.crypto_secretstream_xchacha20poly1305_pull(self.into, data, self.transcript)
        return data.rstrip(b"\0")[:-1], tag


class Sealed(Wire):
    """A connection that a client has proved itself on, for one request."""

    def __init__(self, home, op, args=None, key=None):
        super().__init__(home)
        self.request = frame(op, args or {})
        self.channel = Channel(key or proof_key(home))
        self.send({"v": 2, "op": "channel", "args": self.channel.offer(self.request)})
        self.reply = self.receive()

    def go(self):
        self.send({"v": 2, "op": "channel_go", "args": self.channel.confirm(self.reply["ok"])})
        self.send(self.channel.begin())
        return self

    def push(self, data, tag=MESSAGE):
        if not isinstance(data, bytes):
            data = json.dumps(data).encode()
        self.send(self.channel.seal(data, tag))

    def raw(self):
        """The next frame as it is; None when the agent has hung up."""
        try:
            return self._exactly(struct.unpack(">I", self._exactly(4))[0])
        except (EOFError, ConnectionError):
            return None

    def pull(self):
        """The next record and its tag; None when the agent has hung up."""
        data = self.raw()
        if data is not None and self.channel.into is None:
            self.channel.begun(data)
            data = self.raw()
        if data is None:
            return None, None
        data, tag = self.channel.unseal(data)
        return json.loads(data), tag

    def finish(self, answer=None):
        """As Wire.call(), once the request was pushed."""
        rows, asks = [], []
        while True:
            message, tag = self.pull()
            if message is None:
                return None
            assert (tag == FINAL) == ("ok" in message or "error" in message)
            if "row" in message:
                rows.append(message["row"])
            elif "ask" in message:
                asks.append(message["ask"])
                self.push({"answer": answer(message["ask"]) if answer else None})
            elif "event" not in message:
                return dict(message, rows=rows, asks=asks)


def prove(home, op, args=None, answer=None, key=None):
    """One request through a channel, as wire.call() in plain frames."""
    with Sealed(home, op, args, key) as sealed:
        sealed.go().push(sealed.request)
        return sealed.finish(answer)
