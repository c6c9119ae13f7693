# SPDX-License-Identifier: MIT
"""A vault whose passphrase costs less per guess than new ones do: an unlock mends that."""

import json
import os

import pytest
import reader
from forger import Forger, seal
from home import PASSPHRASE
from nacl import bindings

CHEAP, PASSES = 64 << 20, 3


def slots(home):
    return home.run("slot", "list", "--json", status=0).json()["slots"]


class Cheaper(Forger):
    """Wraps the vault key once more for the same passphrase, at the lowest cost that is accepted."""

    def cheapen(self):
        salt, created = os.urandom(16), 1700000000
        ikm = bindings.crypto_pwhash_alg(32, PASSPHRASE.encode(), salt, PASSES, CHEAP,
                                         bindings.crypto_pwhash_ALG_ARGON2ID13)
        fixed = [os.urandom(16), 1, 1, PASSES, CHEAP, salt, created]
        ctx = reader.pae("credvault/slot/v1", *self.bound, *fixed)
        both = reader.blake("cv.slot.kek.v1", ikm, ctx, 64)
        nonce, wrapped = seal(both[:32], ctx, self.vk, 0)
        slot = reader.pae(*fixed, bytes(32), bytes(32), both[32:], nonce, wrapped)
        self.header(lambda items: items[:7] + [slot] + items[8:])


@pytest.fixture
def cheap(home):
    """A locked vault with a cheap passphrase slot, which its owner has accepted as it is."""
    home.init()
    key = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "s" * 40}
    home.run("add", "prod", "--stdin", "--no-check", "--mfa-serial", "none",
             stdin=json.dumps(key), status=0)
    home.lock()
    Cheaper(home.vault).cheapen()
    home.run("restore", "--accept-rollback", "--yes", "--once", passphrase=PASSPHRASE, status=0)
    home.wait_no_agents()
    return home


def test_an_unlock_makes_a_cheap_slot_dearer_once(cheap):
    cheap.unlock()
    first = slots(cheap)
    assert (first[0]["memory"], first[0]["passes"]) == (256 << 20, 3)
    assert first[0]["created_at"] == "2023-11-14T22:13:20Z"
    whats = [e["what"] for e in cheap.run("log", "--json", status=0).json()["entries"]
             if e["op"] == "slot"]
    assert whats == ["passphrase made dearer: 256 MiB, 3 passes"]
    cheap.unlock()
    assert slots(cheap) == first
    cheap.run("verify", status=0)
    assert cheap.run("list", "--names", status=0).out.split() == ["prod"]


def test_nothing_of_the_cheap_slot_is_left(cheap):
    head = reader.header_parse(reader.load(cheap.vault)["header"][0]["bytes"])
    cheap.unlock()
    folder = os.path.dirname(cheap.vault)
    left = b""
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as f:
            left += f.read()
    for name in ("id", "salt", "commitment", "nonce", "wrapped"):
        value = head["slots"][0][name]
        assert not [at for at in range(len(value) - 15) if value[at:at + 16] in left]


def test_low_memory_was_its_owners_choice(vault):
    before = slots(vault)
    vault.lock()
    vault.unlock()
    assert slots(vault) == before
