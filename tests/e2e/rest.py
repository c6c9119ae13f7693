# SPDX-License-Identifier: MIT
"""A vault at rest, for the tests of the second reader (tests/reader.py)."""

import contextlib
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys

import pytest
import reader
from home import PASSPHRASE, ROOT, Home
from nacl import bindings
from world import World

READER = os.path.join(ROOT, "tests", "reader.py")
GIVEN = (reader.PASSPHRASE, PASSPHRASE.encode())
NOTE = "naïve — ключ"


class Kept(Home):
    """A home that keeps the recovery code of its vault."""

    def init(self, *args):
        answer = super().init("--json", *args)
        self.code = answer.json()["recovery_code"]
        return answer


class Made:
    """A vault at rest that has seen some use, and what credvault said of it last."""

    def __init__(self, standin):
        self.world = World(Kept(), standin)
        home = self.world.home
        self.other = os.path.join(home.path, "other/vault.db")
        home.run("init", "--low-memory", "--vault", self.other, passphrase=PASSPHRASE, status=0)
        home.run("add", "dev", "--stdin", "--no-check", "--vault", self.other, status=0,
                 stdin=json.dumps(self.world.key("ci")))
        home.run("lock", "--vault", self.other, status=0)
        third = ("third", "ci", "--no-check", "--region", "eu-west-3")
        self.world.add(*third)
        home.lock()
        self.before = os.path.join(home.path, "before.db")
        shutil.copyfile(home.vault, self.before)
        home.unlock()
        self.world.session()
        home.run("process", "ci", status=0)
        home.run("process", "nobody", status=3)
        home.run("add", *third[:1], "--stdin", *third[2:], "--max-age", "7d", "--note", NOTE,
                 "--require-mfa", "--replace", "--mfa-serial", "arn:aws:iam::1:mfa/x",
                 stdin=json.dumps(self.world.key("ci")), passphrase=PASSPHRASE, status=0)
        self.keys = home.run("list", "--json", status=0).json()["keys"]
        self.log = home.run("log", "--json", "-n", "10000", status=0).json()
        home.lock()
        self.path = home.vault
        self.data = open(self.path, "rb").read()
        self.found = reader.read(self.path, *GIVEN)

    def copy(self, name="copy.db", data=None):
        path = os.path.join(self.world.home.path, name)
        for end in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path + end)
        with open(path, "wb") as file:
            file.write(self.data if data is None else data)
        os.chmod(path, 0o600)
        return path


@functools.lru_cache(maxsize=None)
def derive(real, *args):
    return real(*args)


@pytest.fixture(scope="module")
def made(standin):
    """The module's vault. Argon2id runs once for each slot as it is; any other question to it
    costs a hash and has, as with Argon2id, an answer that fits nothing."""
    real, honest = bindings.crypto_pwhash_alg, set()

    def cheap(size, given, salt, passes, memory, alg):
        if honest and (salt, passes, memory) not in honest:
            return hashlib.blake2b(repr((given, salt, passes, memory)).encode(),
                                   digest_size=size).digest()
        return derive(real, size, given, salt, passes, memory, alg)

    bindings.crypto_pwhash_alg = cheap
    made = Made(standin)
    for path in (made.path, made.other):
        head = reader.header_parse(reader.load(path)["header"][0]["bytes"])
        honest.update((s["salt"], s["passes"], s["memory"]) for s in head["slots"])
    yield made
    bindings.crypto_pwhash_alg = real
    made.world.home.leave()


def run(path, *options, **given):
    """The reader as a program; given: passphrase, recovery or key."""
    (what, data), = given.items()
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    try:
        command = [sys.executable, READER, path, f"--{what}-fd", str(reading), *options]
        return subprocess.run(command, pass_fds=[reading], capture_output=True, timeout=120,
                              check=False)
    finally:
        os.close(reading)
