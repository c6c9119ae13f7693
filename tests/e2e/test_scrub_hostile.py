# SPDX-License-Identifier: MIT
"""`import --scrub` and `export --write`, killed at every call that changes a file, and on a disk that fails."""

import json
import os

import pytest
from setup_desk import desk, people, vault  # noqa: F401


def scrub(desk):
    return lambda **more: desk.home.run("import", "--scrub", "--yes", passphrase=None, **more)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["kill", "half", "ENOSPC", "EIO+"])
def test_a_scrub_leaves_the_old_bytes_or_the_new_ones(desk, how):
    act = scrub(desk)
    calls = desk.calls(act)
    before, after = desk.before(), desk.read()
    assert calls >= 3 and before["credentials"] != after["credentials"]
    assert desk.undo().status == 0 and desk.read() == before
    for at in range(1, calls + 1):
        answer = desk.faulty(act, at, how)
        now = desk.read()
        assert all(now[name] in (before[name], after[name]) for name in now), (at, now)
        assert answer.status or now == after, (at, answer)
        desk.no_key_is_lost()
        if now != before:
            answer = desk.undo()
        assert desk.read() == before, (at, answer)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["kill", "kill-after", "half", "ENOSPC", "EIO+"])
def test_a_written_file_is_whole_or_absent(desk, how):
    assert desk.setup("prod", "--apply", "--yes").status == 0
    path = os.path.join(desk.folder, "out.json")

    def write(**more):
        return desk.home.run("export", "prod", "--format", "sdk-json", "--write", path, **more)

    calls = desk.calls(write)
    assert calls >= 3, "it is written, flushed and renamed"
    with open(path, encoding="utf-8") as file:
        first = json.load(file)
    for at in range(1, calls + 1):
        answer = desk.faulty(write, at, how)
        with open(path, encoding="utf-8") as file:
            assert set(json.load(file)) == set(first), (at, answer)
        assert os.stat(path).st_mode & 0o777 == 0o600, at
        if how.startswith("E"):
            assert answer.status in (0, 1), (at, answer)
    os.remove(path)
    for at in range(1, calls + 1):
        desk.faulty(write, at, how)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                assert set(json.load(file)) == set(first), at
        answer = write()
        assert answer.status == 0 and os.path.exists(path), (at, answer)
        os.remove(path)
