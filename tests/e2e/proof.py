# SPDX-License-Identifier: MIT
"""Proofs of the passphrase made by hand (docs/protocol.md), for clients that are not ours."""

import json

import reader
from home import PASSPHRASE
from wire import Wire


def frame(op, args):
    """The bytes that Wire.call() sends for a request."""
    return json.dumps({"v": 2, "op": op, "args": args}).encode()


class Prover:
    """Knows the passphrase of a home's vault, which is unlocked."""

    def __init__(self, home):
        with Wire(home) as wire:
            header = bytes.fromhex(wire.call("public")["ok"]["header"])
        head = reader.header_parse(header)
        vault_key = reader.header_unlock(head, reader.PASSPHRASE, PASSPHRASE.encode())
        self.vault_id, self.key = head["vault_id"], reader.kdf(vault_key, 10, "cv_keys1")

    def proof(self, ask, data):
        """For a question, over the bytes of a request."""
        assert ask["kind"] == "proof" and ask["vault_id"] == self.vault_id.hex()
        said = reader.pae("credvault/proof/v1", self.vault_id, bytes.fromhex(ask["nonce"]), data)
        return {"proof": reader.blake("", self.key, said).hex()}

    def of(self, op, args):
        """What answers a question as if it were about this request."""
        return lambda ask: self.proof(ask, frame(op, args))
