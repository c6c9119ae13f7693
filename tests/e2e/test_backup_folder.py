# SPDX-License-Identifier: MIT
"""`config backup-to`: a backup before a rotation, the last ten, and what is asked about the older ones."""

import os
import re
import stat

import pytest

from home import PASSPHRASE
from rotating import current, due, keys, rotate, world  # noqa: F401
from test_backup import inside
from test_restore import NEW, descriptor


@pytest.fixture
def folder(world):
    path = os.path.join(world.home.path, "backups")
    os.mkdir(path, 0o700)
    world.home.run("config", "backup-to", path, status=0)
    return path


def fake(world, folder, count):
    """Older backups of this vault, by name."""
    vault_id = world.home.status()["vault_id"]
    names = ["credvault-%s-202001%02dT000000Z-g%d.cvb" % (vault_id[:8], day, day)
             for day in range(1, count + 1)]
    for name in names:
        with open(os.path.join(folder, name), "w") as f:
            f.write("x")
    return names


def test_a_backup_is_made_before_a_rotation_changes_anything(world, folder):
    old = current(world)
    answer = world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=0)
    assert "Backup: ~/backups/credvault-" in answer.err
    (name,) = os.listdir(folder)
    held = {k["name"]: k["access_key_id"] for k in inside(os.path.join(folder, name))["access_keys"]}
    assert held["ci"] == old != current(world)


def test_the_last_ten_are_kept_and_other_files_are_left_alone(world, folder):
    names = fake(world, folder, 12)
    others = ["notes.txt", "credvault-00000000-20200101T000000Z-g1.cvb",
              names[0][:-4] + ".old", "credvault-.cvb"]
    for other in others:
        with open(os.path.join(folder, other), "w") as f:
            f.write("x")
    rotate(world, "ci")
    left = set(os.listdir(folder))
    assert set(others) <= left and not {names[0], names[1], names[2]} & left
    assert len(left - set(others)) == 10 and set(names[3:]) <= left


def test_where_no_backup_can_be_made_nothing_is_rotated(world, folder):
    os.rmdir(folder)
    before = keys(world)
    answer = world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=3)
    assert "so nothing was changed" in " ".join(answer.err.split())
    assert keys(world) == before


def test_a_run_without_a_rotation_makes_no_backup(world, folder):
    assert [r["name"] for r in rotate(world, "--due", "--no-input")] == ["dev"]
    (one,) = os.listdir(folder)
    assert "No key is due" in world.home.run("rotate", "--due", status=0).err
    world.home.run("rotate", "ci", "--dry-run", status=0)
    assert os.listdir(folder) == [one]


def test_the_setting_is_shown_sealed_and_taken_back(world, folder):
    assert world.home.run("config", "backup-to", status=0).out == folder + "\n"
    assert inside_settings(world)["backup_to"] == folder
    world.home.run("config", "backup-to", "none", status=0)
    assert world.home.run("config", "backup-to", status=0).out == "none\n"
    rotate(world, "ci")
    assert os.listdir(folder) == []


def inside_settings(world):
    target = os.path.join(world.home.path, "one.cvb")
    world.home.run("backup", target, status=0)
    (settings,) = inside(target)["settings"]
    return settings


def test_a_folder_that_others_may_write_in_or_the_vaults_own_is_refused(world):
    open_to_all = os.path.join(world.home.path, "open")
    os.mkdir(open_to_all)
    os.chmod(open_to_all, 0o777)
    assert "others may write" in world.home.run("config", "backup-to", open_to_all, status=1).err
    os.chmod(open_to_all, 0o1777)
    said = world.home.run("config", "backup-to", open_to_all, status=1).err
    assert "name a directory of your own" in said and "chmod" not in said
    own = os.path.dirname(world.home.vault)
    assert "the vault's own folder" in world.home.run("config", "backup-to", own, status=2).err
    world.home.run("config", "backup-to", os.path.join(world.home.path, "nowhere"), status=3)
    plain = world.home.file("plain", "x")
    assert stat.S_ISREG(os.stat(plain).st_mode)
    world.home.run("config", "backup-to", plain, status=2)


def test_who_removes_a_key_without_a_terminal_is_told_of_the_backups_that_hold_it(world, folder):
    names = fake(world, folder, 2)
    answer = world.home.run("remove", "dev", "--yes", passphrase=PASSPHRASE, status=0)
    assert "2 backups in ~/backups still hold the key." in answer.err
    assert set(names) <= set(os.listdir(folder))


def test_a_yes_to_a_new_passphrase_deletes_no_backup(world, folder):
    names = fake(world, folder, 1)
    fd = descriptor(NEW)
    answer = world.home.run("passwd", "--yes", "--new-passphrase-fd", str(fd), pass_fds=(fd,),
                            passphrase=PASSPHRASE, status=0)
    os.close(fd)
    assert "1 backup in ~/backups still open with the old passphrase." in answer.err
    assert os.listdir(folder) == names


def test_on_a_terminal_the_older_backups_are_deleted_when_that_is_wanted(world, folder):
    fake(world, folder, 3)
    with open(os.path.join(folder, "notes.txt"), "w") as f:
        f.write("x")
    with world.home.terminal("remove", "dev") as terminal:
        terminal.answer("Remove dev", "y").answer("Passphrase for", PASSPHRASE)
        terminal.answer("Delete them?", "y")
        assert terminal.wait() == 0
        assert "Deleted 3 of 3" in terminal.seen
    assert os.listdir(folder) == ["notes.txt"]


def test_status_says_how_old_the_newest_backup_is(world, folder):
    assert world.home.status()["backup"] == {"to": folder, "newest_at": None}
    assert ", no backup yet" in world.home.run("status", status=0).out
    (name,) = fake(world, folder, 1)
    assert world.home.status()["backup"] == {"to": folder, "newest_at": "2020-01-01T00:00:00Z"}
    text = " ".join(world.home.run("status", status=0).out.split())
    assert re.search(r"generation \d+, backup \d+d old", text)
    world.home.run("config", "backup-to", "none", status=0)
    assert world.home.status()["backup"] is None
    assert "backup" not in world.home.run("status", status=0).out
