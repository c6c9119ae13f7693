# SPDX-License-Identifier: MIT
"""`backup` over a file that is there, struck at every call that changes one: the old bytes or the new ones."""

import fcntl
import os

import pytest

from home import PROGRAMS
from test_backup import add, beside, inside

FAULT = os.path.join(os.path.dirname(PROGRAMS), "tests/file_fault.so")


@pytest.fixture(scope="module")
def desk(shared_home):
    add(shared_home, "prod")
    shared_home.folder = os.path.join(shared_home.path, "backups")
    os.mkdir(shared_home.folder)
    shared_home.target = os.path.join(shared_home.folder, "b.cvb")
    shared_home.run("backup", shared_home.target, status=0)
    return shared_home


def faulty(home, at, how, count=None):
    env = {"LD_PRELOAD": FAULT, "FAULT_BELOW": home.folder, "FAULT_AT": str(at), "FAULT_AS": how}
    if count:
        env["FAULT_COUNT"] = count
    return home.run("backup", home.target, "--replace", env=env)


def calls(home):
    path = os.path.join(home.path, "count")
    assert faulty(home, 0, "none", path).status == 0
    try:
        return os.path.getsize(path)
    finally:
        os.remove(path)


def read(path):
    with open(path, "rb") as f:
        return f.read()


@pytest.mark.parametrize("how", ["kill", "kill-after", "half", "ENOSPC", "EIO", "EIO+", "EROFS"])
def test_every_call_of_a_backup_that_is_struck_leaves_the_old_bytes_or_the_new_ones(desk, how):
    count = calls(desk)
    assert count >= 4    # the file is made, written, renamed
    for at in range(1, count + 1):
        old = read(desk.target)
        answer = faulty(desk, at, how)
        now = read(desk.target)
        if now == old:
            assert answer.status != 0, (at, answer)
        else:
            assert [k["name"] for k in inside(desk.target)["access_keys"]] == ["prod"]
        # Where all later calls fail, so does the one that takes the piece away.
        if how in ("ENOSPC", "EIO", "EROFS"):
            assert answer.status in (0, 1) and os.listdir(desk.folder) == ["b.cvb"], (at, answer)
        for piece in os.listdir(desk.folder):
            if piece != "b.cvb":
                os.unlink(os.path.join(desk.folder, piece))
        assert beside(desk) == []
    desk.run("verify", status=0)


def pieces(desk):
    return sorted(set(os.listdir(desk.folder)) - {"b.cvb"})


def test_the_next_backup_to_a_folder_removes_what_a_killed_one_left_and_nothing_else(desk):
    assert faulty(desk, 2, "kill").status != 0
    (left,) = pieces(desk)
    others = [left[:-5] + ".new", left + "x", "b.cvb.new-0123abcd", ".credvault-backup-0123abcd.old",
              ".credvault-backup-00000001.new", ".credvault-backup-00000002.new"]
    for name in others[:-1]:
        with open(os.path.join(desk.folder, name), "w", encoding="utf-8") as f:
            f.write("x")
    os.symlink("b.cvb", os.path.join(desk.folder, others[-1]))
    # Another backup that is being written: its program lives.
    with open(os.path.join(desk.folder, others[-2]), "r+", encoding="utf-8") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        desk.run("backup", os.path.join(desk.folder, "b.cvb"), "--replace", status=0)
        assert pieces(desk) == sorted(others)
    desk.run("backup", os.path.join(desk.folder, "b.cvb"), "--replace", status=0)
    assert pieces(desk) == sorted(set(others) - {others[-2]})
    for name in pieces(desk):
        os.unlink(os.path.join(desk.folder, name))
