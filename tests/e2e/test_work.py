# SPDX-License-Identifier: MIT
"""What a changed header may make this machine do before it is found out."""

import contextlib
import os
import sqlite3
import struct
import subprocess
import time

from home import PASSPHRASE

GIB = 1 << 30


def with_memory(home, memory):
    """Puts another memory cost into each passphrase slot; whoever can write the file can do that."""
    was, now = struct.pack("<Q", 64 << 20), struct.pack("<Q", memory)
    home.lock()
    with contextlib.closing(sqlite3.connect(home.vault, isolation_level=None)) as db:
        ((data,),) = db.execute("SELECT bytes FROM header")
        db.execute("UPDATE header SET bytes = ?", (data.replace(was, now),))


def add_passphrase(home, text):
    with home.popen("slot", "add", "passphrase", "--low-memory", "--new-passphrase-fd", "0",
                    passphrase=PASSPHRASE, stdin=subprocess.PIPE) as process:
        process.communicate(text + "\n", timeout=120)
    assert process.returncode == 0


def test_slots_that_ask_for_too_much_together_are_refused_before_anything_is_derived(home):
    home.init("--no-recovery")
    for text in ("another good one for the vault", "and a third one that is good"):
        add_passphrase(home, text)
    with_memory(home, 4 * GIB)      # 24 GiB each, within the bounds of one
    since = time.monotonic()
    answer = home.run("unlock", passphrase="not the passphrase", status=6)
    assert time.monotonic() - since < 5
    assert "the passphrase slots together ask for a cost outside the bounds" in answer.err


def test_much_work_is_said_before_anything_is_typed(home):
    home.init("--no-recovery")
    with_memory(home, 2 * GIB)      # 12 GiB where a new vault takes three quarters of one
    with home.terminal("unlock") as t:
        t.expect("This header asks for much work: 1 passphrase, 2048 MiB of memory, up to 16 times what a new "
                 "vault takes. Ctrl-C ends it.")
        t.expect("Passphrase for").send("\x03")
        assert t.wait() == 130
    with_memory(home, 64 << 20)


def test_a_usual_vault_says_nothing_of_its_work(home):
    home.init("--no-recovery")
    home.lock()
    assert home.unlock().err == ""
    assert os.path.exists(home.vault)
