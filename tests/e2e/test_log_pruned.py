# SPDX-License-Identifier: MIT
"""`log --prune` of a log that is years old, and what `--verify` and the second reader say of it afterwards."""

import glob
import os
import subprocess

import pytest
import reader
from home import PASSPHRASE, PROGRAMS, Home

pytestmark = pytest.mark.sanitize

OLD_LOG = os.path.join(os.path.dirname(PROGRAMS), "tests/old_log")
GIVEN = (reader.PASSPHRASE, PASSPHRASE.encode())
PARTS, EACH = 3, 5
DAYS = 500      # more than the 400 for which entries are kept


def parts_of(home):
    return sorted(glob.glob(home.vault + ".log-*"))


def verify(home, status=0):
    return home.run("log", "--verify", "--json", status=status)


def prune(home):
    return home.run("log", "--prune", "--json", passphrase=PASSPHRASE, status=0).json()


@pytest.fixture
def old(home):
    """A vault with parts of the log that are old enough to go, and one of today."""
    os.makedirs(os.path.dirname(home.vault), mode=0o700)
    subprocess.run([OLD_LOG, home.vault, str(PARTS), str(EACH), str(DAYS)], input=PASSPHRASE + "\n",
                   text=True, check=True, timeout=60)
    assert len(parts_of(home)) == PARTS + 1
    # To this machine it is a copy from elsewhere.
    home.run("restore", "--accept-rollback", "--yes", passphrase=PASSPHRASE, status=0)
    home.unlock()
    return home


def test_the_owner_prunes_what_is_old_and_keeps_what_is_not(old):
    before = old.run("log", "--json", "-n", "1000", status=0).json()
    sizes = {path: os.path.getsize(path) for path in parts_of(old)}
    said = prune(old)
    gone = set(sizes) - set(parts_of(old))
    assert len(gone) == said["parts"] == PARTS and len(parts_of(old)) == 1
    assert said["bytes"] == sum(sizes[path] for path in gone)
    assert (said["from"], said["to"], said["first"]) == (1, PARTS * EACH, PARTS * EACH + 1)
    after = old.run("log", "--json", "-n", "1000", status=0).json()
    kept = [e for e in before["entries"] if e["seq"] > said["to"]]
    assert after["entries"][:len(kept)] == kept and after["log_entries"] > before["log_entries"]
    assert [e["op"] for e in after["entries"]].count("prune") == 1
    assert prune(old)["parts"] == 0


def test_verify_says_pruned_by_the_owner(old):
    said = prune(old)
    seen = verify(old).json()
    assert seen["verified"] is True and seen["pruned"]["entries"] == said["to"]
    text = old.run("log", "--verify", status=0).out
    assert "Entries 1-%d were pruned by the owner on" % said["to"] in " ".join(text.split())
    assert "missing" not in text
    old.run("verify", status=0)
    old.lock()
    old.unlock()
    assert verify(old).json()["pruned"]["entries"] == said["to"]


def test_verify_says_missing_of_a_part_that_nobody_pruned(old):
    said = prune(old)
    os.remove(parts_of(old)[0])
    for _ in range(2):
        answer = old.run("log", "--verify", status=6)
        text = " ".join((answer.out + answer.err).split())
        assert "entries %d-%d" % (said["to"] + 1, said["to"] + EACH) in text
        assert "the file is missing" in text
        # Another attempt to prune makes nothing of what is missing.
        old.run("log", "--prune", passphrase=PASSPHRASE)


def test_nothing_is_pruned_over_a_part_that_is_missing(old):
    os.remove(parts_of(old)[0])
    before = parts_of(old)
    answer = old.run("log", "--prune", passphrase=PASSPHRASE, status=6)
    assert "Nothing was pruned." in answer.err and parts_of(old) == before
    assert "pruned by the owner" not in old.run("log", "--verify", status=6).out


def test_the_second_reader_reads_a_pruned_vault_and_knows_a_missing_part(old):
    said = prune(old)
    theirs = old.run("log", "--json", "-n", "1000", status=0).json()["entries"]
    old.lock()
    old.wait_no_agents()
    found = reader.read(old.vault, *GIVEN)
    assert [e["seq"] for e in found["log"]][:len(theirs)] == [e["seq"] for e in theirs]
    assert found["log"][0]["seq"] == said["to"] + 1
    (anchor,) = found["log_anchor"]
    assert (anchor["parts"], anchor["first"]) == (said["parts"], said["to"] + 1)
    os.remove(parts_of(old)[0])
    with pytest.raises(reader.Tampered, match="missing"):
        reader.read(old.vault, *GIVEN)
