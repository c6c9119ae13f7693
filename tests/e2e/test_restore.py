# SPDX-License-Identifier: MIT
"""`restore FILE`: what is shown, what is kept, and what opens the vault afterwards."""

import glob
import json
import os
import shutil

import pytest

from home import PASSPHRASE
from rotating import current, rotate, world  # noqa: F401
from test_backup import add, inside

NEW = "a new passphrase altogether"
OTHER = "a third passphrase, quite another"


def descriptor(text):
    reading, writing = os.pipe()
    os.write(writing, text.encode() + b"\n")
    os.close(writing)
    return reading


def restore(home, file, *args, passphrase=PASSPHRASE, also=(), **options):
    """Runs it; also: (option, text) that go through descriptors of their own."""
    fds = []
    for name, text in also:
        fds.append(descriptor(text))
        args += (name, str(fds[-1]))
    try:
        return home.run("restore", file, *args, passphrase=passphrase, pass_fds=fds, **options)
    finally:
        for fd in fds:
            os.close(fd)


def passwd(home, new=NEW, old=PASSPHRASE):
    fd = descriptor(new)
    home.run("passwd", "--new-passphrase-fd", str(fd), passphrase=old, pass_fds=(fd,), status=0)
    os.close(fd)


def lose(home):
    """The vault's files are gone; what the machine noted of it stays."""
    home.run("lock", status=0)
    for name in glob.glob(home.vault + "*"):
        os.unlink(name)


def names(home):
    return {k["name"]: k["access_key_id"] for k in home.run("list", "--json", status=0).json()["keys"]}


def fates(plan):
    return {k["name"]: k["fate"] for k in plan["keys"]}


def ops(home):
    return [(e["seq"], e["op"], e["what"]) for e in
            home.run("log", "--last", "1000", "--json", status=0).json()["entries"]]


def beside(home):
    return sorted(os.path.basename(n)[len("vault.db"):] for n in glob.glob(home.vault + "*"))


@pytest.fixture
def mine(home):
    """A vault with prod, dev and gone, a backup of it, and what changed since."""
    home.init()
    for number, name in enumerate(("prod", "dev", "gone"), 1):
        add(home, name, number)
    home.backup = os.path.join(home.path, "b.cvb")
    home.run("backup", home.backup, status=0)
    return home


@pytest.fixture
def changed(mine):
    key = {"AccessKeyId": "AKIAIOSFODNN7EXAM004", "SecretAccessKey": "x" * 40}
    mine.run("add", "prod", "--replace", "--stdin", "--no-check", stdin=json.dumps(key), status=0)
    add(mine, "new", 5)
    mine.run("remove", "gone", "--yes", passphrase=PASSPHRASE, status=0)
    mine.run("config", "idle", "10m", status=0)
    return mine


def test_a_dry_run_shows_each_key_and_changes_nothing(changed):
    before = changed.status()["generation"]
    answer = restore(changed, changed.backup, "--dry-run", status=0)
    text = " ".join(answer.out.split())
    assert "the newer secret would be LOST" in text and "comes back" in text
    assert "The settings differ; the vault's stay." in text
    assert "epoch 1" in text and "opened by passphrase" in text
    assert "Nothing was changed." in text
    # The agent that was there is there again; its unlock is all that the log has.
    assert names(changed).keys() == {"prod", "dev", "new"}
    assert changed.status()["generation"] <= before + 2
    plan = restore(changed, changed.backup, "--dry-run", "--json", status=0).json()
    assert plan["restored"] is False and plan["replaced"] is None
    assert fates(plan) == {"prod": "kept", "dev": "same", "gone": "comes back", "new": "stays"}


def test_newer_records_are_kept_and_removed_keys_come_back(changed):
    said = restore(changed, changed.backup, "--yes", "--json", status=0).json()
    assert said["restored"] is True
    have = names(changed)
    assert have.keys() == {"prod", "dev", "new", "gone"}
    assert have["prod"].endswith("004")
    assert changed.run("config", "idle", status=0).out == "10m\n"
    assert "restore" in [op for _, op, _ in ops(changed)]
    changed.run("verify", status=0)


def test_drop_newer_takes_the_older_record_and_says_what_is_lost(changed):
    answer = restore(changed, changed.backup, "--drop-newer", "prod", "--yes", status=0)
    assert "the newer secret is LOST" in " ".join(answer.out.split())
    assert names(changed)["prod"].endswith("001")
    kept = glob.glob(changed.vault + ".replaced-*")
    assert len(kept) == 1
    (prod,) = [k for k in inside(kept[0])["access_keys"] if k["name"] == "prod"]
    assert prod["access_key_id"].endswith("004")


@pytest.mark.parametrize("name", ["dev", "new", "nobody", "gone"])
def test_drop_newer_wants_a_key_of_which_there_is_a_newer_record(changed, name):
    answer = restore(changed, changed.backup, "--drop-newer", name, "--yes", status=2)
    assert "of which the vault has no newer record" in answer.err
    assert "gone" not in names(changed)


def test_without_a_yes_nothing_changes_and_the_agent_is_there_again(changed):
    answer = restore(changed, changed.backup, status=1)
    assert "Nothing was changed" in answer.err
    assert "gone" not in names(changed)
    assert not glob.glob(changed.vault + ".replaced-*") and not glob.glob(changed.vault + ".copy-*")


def test_with_nobody_to_ask_it_says_that_unlocking_would_not_help(mine):
    for args in ([mine.backup], ["--accept-rollback"]):
        answer = mine.run("restore", *args, "--yes", status=4)
        assert "credvault unlock" not in answer.err and "--passphrase-fd or --key-file" in answer.err
    mine.run("list", status=0)


def test_a_vault_that_is_gone_is_restored_and_its_log_goes_on_behind_the_lost_one(changed):
    last = max(seq for seq, _, _ in ops(changed))
    lose(changed)
    answer = restore(changed, changed.backup, "--yes", status=0)
    assert "where none is now" in answer.out and "Entries" in answer.out
    changed.unlock()
    assert names(changed).keys() == {"prod", "dev", "gone"}
    log = ops(changed)
    restored = [seq for seq, op, _ in log if op == "restore"]
    assert restored[0] > last
    assert [op for seq, op, _ in log if 6 <= seq <= last] == ["gap"] * (last - 5)
    assert changed.run("log", "--verify", status=0)
    changed.run("verify", status=0)


def test_a_restoration_that_ended_behind_its_rename_is_finished_by_accept_rollback(changed):
    lose(changed)
    shutil.copy(changed.backup, changed.vault)      # what the rename leaves
    os.chmod(changed.vault, 0o600)
    changed.run("unlock", passphrase=PASSPHRASE, status=6)
    changed.run("restore", "--accept-rollback", "--yes", passphrase=PASSPHRASE, status=0)
    if changed.status()["locked"]:
        changed.unlock()
    assert names(changed).keys() == {"prod", "dev", "gone"}
    changed.run("verify", status=0)


def test_a_new_machine_restores_from_the_file_alone(mine):
    lose(mine)
    shutil.rmtree(os.path.dirname(mine.vault))
    shutil.rmtree(mine.state)
    restore(mine, mine.backup, "--yes", status=0)
    mine.unlock()
    assert names(mine).keys() == {"prod", "dev", "gone"}
    mine.run("verify", status=0)


def test_a_passphrase_that_was_replaced_since_opens_nothing_of_what_is_restored(mine):
    passwd(mine)
    lose(mine)
    answer = restore(mine, mine.backup, "--yes", status=4)
    assert "was replaced since" in " ".join(answer.out.split())
    assert not os.path.exists(mine.vault)
    same = restore(mine, mine.backup, "--yes", also=[("--new-passphrase-fd", PASSPHRASE)], status=2)
    assert "the passphrase that was replaced" in same.err
    restore(mine, mine.backup, "--yes", also=[("--new-passphrase-fd", OTHER)], status=0)
    mine.run("unlock", passphrase=PASSPHRASE, status=5)
    mine.run("unlock", passphrase=NEW, status=5)
    mine.run("unlock", passphrase=OTHER, status=0)
    assert names(mine).keys() == {"prod", "dev", "gone"}
    assert [s["type"] for s in mine.run("slot", "list", "--json", status=0).json()["slots"]] == \
        ["passphrase"]


def test_a_backup_from_before_a_passwd_is_merged_under_the_present_key(mine):
    mine.run("remove", "gone", "--yes", passphrase=PASSPHRASE, status=0)
    passwd(mine)
    answer = restore(mine, mine.backup, "--yes", passphrase=NEW, status=4)
    assert "--backup-passphrase-fd" in answer.err
    restore(mine, mine.backup, "--yes", passphrase=NEW,
            also=[("--backup-passphrase-fd", PASSPHRASE)], status=0)
    assert "gone" in names(mine)
    mine.lock()
    mine.run("unlock", passphrase=PASSPHRASE, status=5)
    mine.run("unlock", passphrase=NEW, status=0)


def test_a_vault_that_was_rolled_back_takes_the_newer_records_of_a_newer_backup(changed):
    newer = os.path.join(changed.path, "newer.cvb")
    changed.run("backup", newer, status=0)
    lose(changed)
    restore(changed, changed.backup, "--yes", status=0)
    plan = restore(changed, newer, "--dry-run", "--json", status=0).json()
    assert fates(plan) == {"prod": "taken", "dev": "same", "gone": "stays", "new": "comes back"}
    restore(changed, newer, "--yes", status=0)
    changed.unlock()
    assert names(changed)["prod"].endswith("004")


def test_a_plain_copy_of_the_vault_is_restored_without_its_sessions(world):
    world.session()
    world.home.lock()
    copy = os.path.join(world.home.path, "copy.db")
    shutil.copy(world.home.vault, copy)
    assert inside(copy)["sessions"]
    lose(world.home)
    restore(world.home, copy, "--yes", status=0)
    found = inside(world.home.vault)
    assert found["sessions"] == [] and found["mfa_devices"] == []
    assert {k["name"] for k in found["access_keys"]} == {"dev", "ci"}


def test_a_restored_rotation_goes_on_with_nothing_and_loses_no_key(world):
    rotate(world, "ci")
    target = os.path.join(world.home.path, "b.cvb")
    world.home.run("backup", target, status=0)
    ids = {k["id"] for k in world.standin.user("ci")["keys"]}
    assert len(ids) == 2
    lose(world.home)
    restore(world.home, target, "--yes", status=0)
    world.home.unlock()
    held = names(world.home)
    assert ids <= set(held.values())
    assert world.home.run("rotate", "--resume", "--json", status=0).json()["rotations"] == []
    assert {k["id"] for k in world.standin.user("ci")["keys"]} == ids


def test_a_key_that_is_being_rotated_is_not_taken_from_a_backup(world):
    target = os.path.join(world.home.path, "b.cvb")
    world.home.run("backup", target, status=0)
    rotate(world, "ci")
    now = current(world)
    answer = restore(world.home, target, "--drop-newer", "ci", "--yes", status=1)
    assert "a rotation of ci is not over" in answer.err
    assert current(world) == now
    # The vault's own second key is not brought back under another name.
    world.home.run("backup", target, "--replace", status=0)
    plan = restore(world.home, target, "--dry-run", "--json", status=0).json()
    assert "left out" in fates(plan).values() and "comes back" not in fates(plan).values()


def test_the_wrong_passphrase_says_how_to_get_a_locked_vault_out_of_the_way(mine):
    answer = restore(mine, mine.backup, "--yes", passphrase=NEW, status=5)
    assert "mv " in answer.err and ".away" in answer.err
    assert os.path.exists(mine.vault)


@pytest.mark.parametrize("kind", ["empty", "junk", "cut", "directory", "fifo", "flipped", "absent"])
def test_what_is_no_backup_is_refused_and_nothing_is_left(mine, kind):
    bad = os.path.join(mine.path, "bad")
    good = open(mine.backup, "rb").read()
    at = good.index(b"credvault/header/v1") + 100
    if kind == "directory":
        os.mkdir(bad)
    elif kind == "fifo":
        os.mkfifo(bad)
    elif kind != "absent":
        data = {"empty": b"", "junk": os.urandom(30000), "cut": good[:len(good) // 2],
                "flipped": good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]}[kind]
        with open(bad, "wb") as f:
            f.write(data)
    before = names(mine)
    assert not mine.status()["locked"]
    answer = restore(mine, bad, "--yes")
    assert answer.status in (1, 3, 4, 5, 6), answer
    assert "credvault verify" not in answer.err, "the vault is whole"
    if kind in ("junk", "cut"):
        assert "bad is no backup, or it was damaged or changed" in answer.err
        assert not mine.status()["locked"], "nobody had to leave for a file that is no backup"
    assert not glob.glob(mine.vault + ".copy-*"), beside(mine)
    if mine.status()["locked"]:
        mine.unlock()
    assert names(mine) == before


def test_a_backup_of_another_vault_is_not_merged(mine):
    other = os.path.join(mine.path, "other/vault.db")
    os.mkdir(os.path.dirname(other), 0o700)
    mine.run("--vault", other, "init", "--low-memory", passphrase=PASSPHRASE, status=0)
    target = os.path.join(mine.path, "other.cvb")
    mine.run("--vault", other, "backup", target, status=0)
    mine.run("--vault", other, "lock", status=0)
    answer = restore(mine, target, "--yes", status=1)
    assert "this is a backup of another vault" in answer.err
    assert names(mine).keys() == {"prod", "dev", "gone"}


def test_a_journal_of_a_vault_that_is_gone_is_not_played_into_the_backup(mine):
    mine.lock()
    os.unlink(mine.vault)
    with open(mine.vault + "-wal", "wb") as f:
        f.write(b"x" * 4096)
    os.chmod(mine.vault + "-wal", 0o600)
    answer = restore(mine, mine.backup, "--yes", status=1)
    assert "vault.db-wal is there" in answer.err
    assert not os.path.exists(mine.vault)
