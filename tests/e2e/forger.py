# SPDX-License-Identifier: MIT
"""A writer that has the keys: what no outsider could change, it changes and seals again."""

import contextlib
import os
import sqlite3
import struct

import reader
from nacl import bindings
from rest import GIVEN


def seal(key, ad, plain, pad=512):
    """nonce, sealed; padded to a multiple of pad unless it is 0."""
    if pad:
        plain += b"\x80"
        plain += bytes(-len(plain) % pad)
    nonce = os.urandom(24)
    return nonce, bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, ad, nonce, key)


class Forger:
    """Changes a copy of the vault and makes all that depends on the change fit again."""

    def __init__(self, path):
        self.path, self.tables = path, reader.load(path)
        self.head = reader.header_parse(self.tables["header"][0]["bytes"])
        self.vk = reader.header_unlock(self.head, *GIVEN)
        self.keys = {n: reader.kdf(self.vk, n, "cv_keys1") for n in range(1, 11)}
        self.keys["S1"] = reader.kdf(self.keys[9], 1, "cv_sess1")
        self.bound = (self.head["vault_id"], self.head["epoch"])
        self.key = next(r for r in self.tables["rec"] if r["tbl"] == 1)
        self.manifest = self.tlv(self.open(3, "manifest", self.tables["manifest"][0]))

    def run(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as db:
            db.execute(statement, values)

    def open(self, key, what, row, *more):
        return reader.unseal_padded(self.keys[key], row, reader.pae(
            f"credvault/{what}/v1", *self.bound, *more), what)

    @staticmethod
    def tlv(plain):
        fields, at = {}, 0
        while at < len(plain):
            tag, size = struct.unpack_from("<HI", plain, at)
            fields[tag] = plain[at + 6:at + 6 + size]
            at += 6 + size
        return fields

    @staticmethod
    def encode(fields):
        return b"".join(struct.pack("<HI", tag, len(v)) + v for tag, v in fields)

    def record(self, change, pad=512):
        """Seals a record (self.key) again; change(fields) gives its list of fields."""
        row, key = self.key, "S1" if self.key["tbl"] in (2, 3, 4) else 1
        more = [row[x] for x in ("tbl", "id", "ver", "name_idx")]
        fields = change(self.tlv(self.open(key, "record", row, *more)))
        ad = reader.pae("credvault/record/v1", *self.bound, *more)
        row["nonce"], row["sealed"] = seal(self.keys[key], ad, self.encode(fields), pad)
        self.run("UPDATE rec SET nonce = ?, sealed = ? WHERE id = ?", row["nonce"], row["sealed"],
                 row["id"])
        self.finish()

    def slot(self, kind, private):
        """Adds a slot of X25519 type."""
        ephemeral, public = os.urandom(32), bindings.crypto_scalarmult_base(private)
        shared, ephemeral = (bindings.crypto_scalarmult(ephemeral, public),
                             bindings.crypto_scalarmult_base(ephemeral))
        ikm = reader.blake("cv.slot.x25519", None,
                           reader.pae("credvault/x25519/v1", shared, ephemeral, public))
        fixed = [os.urandom(16), kind, 0, 0, 0, bytes(16), 1700000000, public, ephemeral]
        ctx = reader.pae("credvault/slot/v1", *self.bound, *fixed)
        both = reader.blake("cv.slot.kek.v1", ikm, ctx, 64)
        nonce, wrapped = seal(both[:32], ctx, self.vk, 0)
        slot = reader.pae(*fixed, both[32:], nonce, wrapped)
        self.header(lambda items: items + [slot])

    def header(self, change, end=b"", mac=True):
        """change(items) for a header, with the digest and, if mac, the MAC that fit."""
        body = reader.pae(*change(reader.unpae(self.head["body"], "")[0]))
        data = body + reader.blake("cv.header.v1" if mac else "no", self.keys[4], body) + end
        self.run("UPDATE header SET bytes = ?", data)
        self.manifest[5] = reader.blake("cv.hdr.digest.v1", None,
                                        reader.pae("credvault/header-digest/v1", data))
        self.finish()

    def entry(self, change, pad=512):
        """Seals the last log entry again, with the head that fits."""
        seg, rows = self.tables["segment"][0], sorted(self.tables["log"], key=lambda r: r["seq"])
        ad = reader.pae("credvault/segment/v1", *self.bound, 1, 1,
                        *(seg[x] for x in ("head", "id", "digest")))
        both = reader.unseal(self.keys[5], seg["nonce"], ad, seg["wrapped"], "")
        head = bytes(32)
        for row in rows:
            ad = reader.pae("credvault/entry/v1", self.bound[0], 1, row["seq"])
            plain = reader.unseal_padded(both[:32], row, ad, "")
            if row is rows[-1]:
                plain = self.encode(change(self.tlv(plain)))
                self.run("UPDATE log SET nonce = ?, sealed = ? WHERE seq = ?",
                         *seal(both[:32], ad, plain, pad), row["seq"])
            head = reader.blake("cv.chain.v1", both[32:], reader.pae(
                "credvault/audit/v1", self.bound[0], row["seq"], head,
                reader.blake("cv.entry.v1", None, plain)))
        self.manifest[7] = head
        self.finish()

    def row(self, **columns):
        """A row more, whose seal is not looked at."""
        row = dict(self.key, id=os.urandom(16), name_idx=os.urandom(32), **columns)
        self.tables["rec"].append(row)
        self.run(f"INSERT INTO rec ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                 *row.values())
        self.manifest[3] = struct.pack("<Q", len(self.tables["rec"]))
        self.finish()

    def finish(self, change=lambda fields: fields.items()):
        """A manifest for the rows as they are."""
        buckets = [b""] * 256
        rows = sorted(self.tables["rec"], key=lambda r: (r["tbl"], r["id"]))
        for r in rows:
            parts = (r[x] for x in ("tbl", "id", "ver", "epoch", "name_idx", "nonce", "sealed"))
            buckets[r["id"][0]] += reader.blake("cv.row.v1", self.keys[8],
                                                reader.pae("credvault/row/v1", *parts))
        self.manifest[4] = reader.blake("cv.root.v1", self.keys[8], b"".join(
            reader.blake("cv.bucket.v1", self.keys[8], b) for b in buckets))
        ad = reader.pae("credvault/manifest/v1", *self.bound)
        sealed = seal(self.keys[3], ad, self.encode(change(dict(self.manifest))))
        self.run("UPDATE manifest SET nonce = ?, sealed = ?", *sealed)


def key_file(key):
    check = reader.blake("cv.file.check.v1", None, reader.pae("credvault/key-file-check/v1", key))
    return f"credvault-key-v1 {key.hex()} {check[:8].hex()}\n".encode()
