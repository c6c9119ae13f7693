# SPDX-License-Identifier: MIT
"""`backup`: a copy that was opened and verified, and what is in it."""

import glob
import json
import os
import re
import resource
import shutil
import signal
import subprocess

import pytest
import reader

from home import PASSPHRASE, wait_until
from rotating import rotate, world  # noqa: F401

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def add(home, name, number=1):
    key = {"AccessKeyId": "AKIAIOSFODNN7EXAM%03d" % number, "SecretAccessKey": SECRET}
    return home.run("add", name, "--stdin", "--no-check", stdin=json.dumps(key), status=0)


def inside(path, passphrase=PASSPHRASE):
    """What the second reader finds in a backup."""
    done = subprocess.run(["/usr/bin/python3", reader.__file__, path, "--passphrase-fd", "0"],
                          input=passphrase + "\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def beside(home):
    """Files beside the vault that belong to a copy."""
    return glob.glob(home.vault + ".copy-*")


@pytest.fixture
def mine(home):
    home.init()
    add(home, "prod")
    return home


def test_a_backup_is_a_whole_vault_that_a_second_reader_opens(mine):
    target = os.path.join(mine.path, "b.cvb")
    said = mine.run("backup", target, "--json", status=0).json()
    assert said["file"] == target and said["keys"] == 1 and said["spares"] == 0
    assert said["bytes"] == os.stat(target).st_size and "copy" not in said
    assert os.stat(target).st_mode & 0o7777 == 0o600
    found = inside(target)
    assert [k["name"] for k in found["access_keys"]] == ["prod"]
    assert found["manifest"]["generation"] == said["generation"]
    assert found["log"][-1]["op"] == "backup"
    assert beside(mine) == []


def test_people_are_told_what_they_have(mine):
    answer = mine.run("backup", os.path.join(mine.path, "b.cvb"), status=0)
    assert re.search(r"Backed up to ~/b\.cvb: 1 key, generation \d+, opened and verified\.", answer.out)


def test_a_locked_vault_is_backed_up_by_who_brings_the_passphrase(mine):
    mine.lock()
    target = os.path.join(mine.path, "b.cvb")
    mine.run("backup", target, "--no-input", status=4)
    assert not os.path.exists(target)
    mine.run("backup", target, passphrase=PASSPHRASE, status=0)
    mine.wait_no_agents()
    assert os.path.exists(target)


def test_a_directory_gives_the_backup_a_name_with_the_date(mine):
    folder = os.path.join(mine.path, "backups")
    os.mkdir(folder)
    mine.run("backup", folder, status=0)
    (name,) = os.listdir(folder)
    assert re.fullmatch(r"credvault-[0-9a-f]{8}-\d{8}T\d{6}Z-g\d+\.cvb", name)


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(mine):
    target = mine.file("b.cvb", "something else")
    answer = mine.run("backup", target, status=1)
    assert "is there already" in answer.err and open(target).read() == "something else"
    mine.run("backup", target, "--replace", status=0)
    assert inside(target)["access_keys"]


def test_the_vault_itself_is_never_the_target(mine):
    before = open(mine.vault, "rb").read()
    for name in (mine.vault, mine.vault + "-wal", mine.vault + ".bak"):
        assert "belong to the vault itself" in mine.run("backup", name, "--replace", status=2).err
    link = os.path.join(mine.path, "link.cvb")
    os.symlink(mine.vault, link)
    assert mine.run("backup", link, "--replace", status=1)
    os.unlink(link)
    os.link(mine.vault, link)
    mine.run("backup", link, "--replace", status=1)
    os.unlink(link)
    assert open(mine.vault, "rb").read() == before


@pytest.mark.parametrize("kind", ["fifo", "missing folder", "folder of others"])
def test_a_place_that_cannot_hold_one_is_refused_and_nothing_hangs(mine, kind):
    target = os.path.join(mine.path, "place")
    if kind == "fifo":
        os.mkfifo(target)
        mine.run("backup", target, "--replace", status=1)
    elif kind == "missing folder":
        mine.run("backup", os.path.join(target, "b.cvb"), status=3)
    else:
        os.mkdir(target, 0o500)
        if os.geteuid() != 0:
            mine.run("backup", os.path.join(target, "b.cvb"), status=1)
    assert beside(mine) == []


def test_a_full_disk_leaves_no_backup_and_no_piece_of_one(mine):
    folder = os.path.join(mine.path, "backups")
    os.mkdir(folder)
    old = os.path.join(folder, "b.cvb")
    mine.run("backup", old, status=0)
    before = open(old, "rb").read()
    add(mine, "dev", 2)

    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    answer = mine.run("backup", old, "--replace", status=1, preexec_fn=small)
    assert "cannot write ~/backups/b.cvb" in answer.err
    assert os.listdir(folder) == ["b.cvb"] and open(old, "rb").read() == before
    assert beside(mine) == []


def test_the_sessions_of_the_vault_are_not_in_it(world):
    world.session()
    target = os.path.join(world.home.path, "b.cvb")
    world.home.run("backup", target, status=0)
    found = inside(target)
    assert found["sessions"] == [] and found["mfa_devices"] == []
    assert {k["name"] for k in found["access_keys"]} == {"dev", "ci"}


def test_a_rotation_that_is_not_over_is_inert_in_it(world):
    rotate(world, "ci")
    old = [i for i in world.standin.user("ci")["keys"]]
    target = os.path.join(world.home.path, "b.cvb")
    answer = world.home.run("backup", target, status=0)
    assert "1 rotation is not over" in answer.out
    found = inside(target)
    assert found["rotations"] == []
    (spare,) = [k for k in found["access_keys"] if "@" in k["name"]]
    assert spare["name"].startswith("ci@AKIA") and spare["access_key_id"] in [k["id"] for k in old]
    assert spare["ageless"]


def test_a_backup_in_the_vaults_place_is_refused(mine):
    target = os.path.join(mine.path, "b.cvb")
    mine.run("backup", target, status=0)
    mine.lock()
    for name in glob.glob(mine.vault + "-*"):
        os.unlink(name)
    shutil.copy(target, mine.vault)
    mine.run("unlock", passphrase=PASSPHRASE, status=6)


def test_a_copy_that_a_killed_client_left_is_taken_away_later(mine):
    left = mine.vault + ".copy-0123456789abcdef"
    with open(left, "w") as f:
        f.write("x")
    os.utime(left, (1, 1))
    mine.run("backup", os.path.join(mine.path, "b.cvb"), status=0)
    assert beside(mine) == []


def test_an_agent_killed_while_it_copies_harms_nothing(mine):
    for number in range(6):
        target = os.path.join(mine.path, "b%d.cvb" % number)
        process = mine.popen("backup", target)
        if number:
            wait_until(lambda: beside(mine) or process.poll() is not None)
        for pid in mine.agents():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.communicate(timeout=60)
        if os.path.exists(target):
            assert inside(target)["access_keys"]
        mine.unlock()
    mine.run("verify", status=0)
