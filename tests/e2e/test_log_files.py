# SPDX-License-Identifier: MIT
"""`credvault log` over more entries than one part holds: its files, following, verifying."""

import glob
import json
import os
import signal
import subprocess

import pytest
import reader
from home import PASSPHRASE, PROGRAMS, Home
from wire import Wire

pytestmark = pytest.mark.timeout(400)

PART = 4096


@pytest.fixture(scope="module")
def flooded():
    """A vault whose log has two closed parts."""
    home = Home()
    home.init()
    with Wire(home) as wire:
        for _ in range(2 * PART // 64 + 2):
            assert "ok" in wire.call("clear", {"profiles": ["flood"] * 64})
    yield home
    home.leave()


def parts(home):
    """The closed parts' files in the log's order."""
    return sorted(glob.glob(home.vault + ".log-*"), key=lambda p: os.stat(p).st_mtime_ns)


def entries(home, *options):
    return home.run("log", "--json", *options, status=0).json()["entries"]


def verify(home):
    answer = home.run("log", "--verify", "--json", status=6).json()
    assert answer["verified"] is False and answer["entries"] == []
    return answer["problems"]


def test_a_flood_becomes_files_beside_a_vault_that_stays_small(flooded):
    assert len(parts(flooded)) == 2
    for path in parts(flooded):
        assert os.stat(path).st_mode & 0o7777 == 0o600
    assert os.stat(flooded.vault).st_size < 16 * 2**20
    assert flooded.run("log", "--verify", status=0).out.startswith(
        "%d entries, unbroken." % flooded.run("log", "--json").json()["log_entries"])


def test_entries_are_read_across_all_parts(flooded):
    numbers = [e["seq"] for e in entries(flooded, "-n", "1000000")]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 2 * PART
    lines = flooded.run("log", "--json-lines", "--since", "24h", status=0).out.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == numbers
    found = entries(flooded, "--profile", "flood", "-n", "5000")
    assert len(found) == 5000 and found[-1]["seq"] - found[0]["seq"] == 4999
    assert [e["op"] for e in entries(flooded, "-n", "1000000")][0] == "create"


def test_a_file_that_is_missing_is_named_with_what_was_in_it(flooded):
    path = parts(flooded)[0]
    os.rename(path, path + ".x")
    try:
        (problem,) = verify(flooded)
        assert (problem["from"], problem["file"]) == (1, os.path.basename(path))
        assert problem["to"] > PART // 2 and problem["before"] and problem["after"] is None
        out = flooded.run("log", "--verify", status=6).out
        assert "entries 1-%d, before " % problem["to"] in out and os.path.basename(path) in out
        assert entries(flooded, "-n", "10")
        flooded.run("log", "-n", "1000000", status=6)
    finally:
        os.rename(path + ".x", path)
    flooded.run("log", "--verify", status=0)


def test_a_bit_in_a_file_costs_one_entry_and_names_it(flooded):
    path = parts(flooded)[1]
    data = open(path, "rb").read()
    with open(path, "r+b") as file:
        file.seek(len(data) // 2)
        file.write(bytes([data[len(data) // 2] ^ 1]))
    try:
        (problem,) = verify(flooded)
        assert problem["from"] == problem["to"] > PART and problem["after"] and problem["before"]
    finally:
        with open(path, "wb") as file:
            file.write(data)
    flooded.run("log", "--verify", status=0)


def test_following_shows_what_comes_and_ends_on_ctrl_c(flooded):
    command = [os.path.join(PROGRAMS, "credvault"), "log", "-f", "-n", "1", "--json-lines"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=flooded.env) as child:
        last = json.loads(child.stdout.readline())["seq"]
        for number in range(1, 4):
            flooded.run("clear", "later%d" % number, status=0)
            entry = json.loads(child.stdout.readline())
            assert (entry["seq"], entry["profile"]) == (last + number, "later%d" % number)
        child.send_signal(signal.SIGINT)
        assert child.stdout.read() == "" and child.wait(30) == 0


def test_options_that_do_not_go_together_are_refused(flooded):
    for options in (["-f", "--verify"], ["-f", "--json"], ["--json", "--json-lines"]):
        flooded.run("log", *options, status=2)


def test_the_second_reader_reads_the_files_too(flooded):
    flooded.lock()
    count = len(reader.read(flooded.vault, reader.PASSPHRASE, PASSPHRASE.encode())["log"])
    assert count > 2 * PART
    path = parts(flooded)[0]
    data = open(path, "rb").read()
    for bad in (data[:-1], data + b"\0", data[:500] + b"\0" + data[501:], b""):
        with open(path, "wb") as file:
            file.write(bad)
        with pytest.raises(reader.Tampered):
            reader.read(flooded.vault, reader.PASSPHRASE, PASSPHRASE.encode())
    with open(path, "wb") as file:
        file.write(data)
    flooded.unlock()
    assert flooded.run("log", "--json", status=0).json()["log_entries"] >= count
