# SPDX-License-Identifier: MIT
"""`credvault setup` where something is against it: kills, full disks, editors, other setups, odd files."""

import json
import os
import random
import socket
import subprocess
import time

import pytest
from home import PASSPHRASE, Home
from setup_desk import CONFIG, FAULT, desk, people, vault  # noqa: F401
from world import ACCOUNT

SECONDS = 30    # what a refusal may take on a busy machine


def leftovers(desk):
    return set(os.listdir(desk.folder)) - set(desk.text)


# -- kills and disks ---------------------------------------------------------------------------------------------------

@pytest.mark.timeout(900)
@pytest.mark.parametrize("how", ["kill", "kill-after", "half"])
def test_killed_at_any_call_the_files_are_old_or_new_and_both_ways_stay_open(desk, how):
    calls = desk.calls(desk.apply)
    assert calls >= 4, "a file is written, flushed and renamed"
    before, after = desk.before(), desk.read()
    assert before["config"] != after["config"] and before["credentials"] != after["credentials"]
    assert desk.undo().status == 0 and desk.read() == before
    for at in range(1, calls + 1):
        desk.faulty(desk.apply, at, how)
        now = desk.read()
        assert all(now[name] in (before[name], after[name]) for name in now), (at, now)
        desk.no_key_is_lost()
        if at % 2:
            answer = desk.apply()
            assert answer.status == 0 and desk.read() == after, (at, answer)
        answer = desk.undo()
        assert desk.read() == before, (at, answer)
        assert answer.status == 0 or now == before, (at, answer)
        assert not leftovers(desk), at


@pytest.mark.timeout(900)
@pytest.mark.parametrize("how", ["kill", "kill-after", "half"])
def test_killed_in_its_undo_the_files_are_old_or_new_and_it_is_undone_again(desk, how):
    before = desk.before()
    assert desk.apply().status == 0
    after = desk.read()
    calls = desk.calls(desk.undo)
    assert desk.read() == before
    for at in range(1, calls + 1):
        assert desk.apply().status == 0 and desk.read() == after, at
        desk.faulty(desk.undo, at, how)
        now = desk.read()
        assert all(now[name] in (before[name], after[name]) for name in now), (at, now)
        answer = desk.undo()
        assert desk.read() == before, (at, answer)
        assert not leftovers(desk), at


@pytest.mark.timeout(900)
def test_what_a_killed_undo_left_beside_the_files_goes_with_the_next_setup(desk):
    """It has the keys in clear again."""
    assert desk.apply().status == 0
    calls = desk.calls(desk.undo)
    seen = False
    for at in range(1, calls + 1):
        assert desk.apply().status == 0
        desk.faulty(desk.undo, at, "kill")
        seen = seen or bool(leftovers(desk))
        answer = desk.apply()
        assert answer.status == 0 and not leftovers(desk), (at, answer)
        text = b"".join(desk.read().values())
        assert not [key for key in desk.keys if key["secret"].encode() in text], at
    assert seen, "nothing was ever left there"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("how", ["ENOSPC", "ENOSPC+", "EIO", "EIO+", "EROFS+"])
def test_a_disk_that_fails_leaves_old_or_new_and_is_told(desk, how):
    calls = desk.calls(desk.apply)
    before, after = desk.before(), desk.read()
    assert desk.undo().status == 0
    for at in range(1, calls + 1):
        answer = desk.faulty(desk.apply, at, how)
        now = desk.read()
        assert all(now[name] in (before[name], after[name]) for name in now), (at, now)
        assert answer.status in (0, 1), (at, answer)
        assert answer.status == 1 or now == after, "it must not say yes to half of it: %d %r" % (at, answer)
        if answer.status:
            assert answer.err.startswith("credvault: ") and ".aws" in answer.err, (at, answer)
        desk.no_key_is_lost()
        assert not leftovers(desk) or how.endswith("+"), (at, leftovers(desk))
        answer = desk.undo()
        assert desk.read() == before, (at, answer)


@pytest.mark.timeout(600)
def test_killed_at_any_time_no_key_is_lost(desk):
    before = desk.before()
    started = time.monotonic()
    assert desk.apply().status == 0
    took = time.monotonic() - started
    after = desk.read()
    desk.undo()
    dice = random.Random(12)
    for _ in range(25):
        process = desk.home.popen("setup", "--apply", "--yes")
        time.sleep(dice.uniform(0, took * 1.1))
        process.kill()
        process.communicate(timeout=60)
        now = desk.read()
        assert all(now[name] in (before[name], after[name]) for name in now), now
        desk.no_key_is_lost()
        if desk.home.status()["locked"]:
            desk.home.run("unlock", status=0)
        answer = desk.undo()
        assert desk.read() == before, answer


# -- others at the same files ------------------------------------------------------------------------------------------

def test_setups_at_once_come_to_what_one_does(desk):
    before = desk.before()
    assert desk.apply().status == 0
    after = desk.read()
    assert desk.undo().status == 0
    for _ in range(3):
        running = [desk.home.popen("setup", "--apply", "--yes") for _ in range(4)]
        done = [(p.communicate(timeout=120), p.returncode) for p in running]
        assert 0 in [status for _, status in done] and {status for _, status in done} <= {0, 1, 11}, done
        assert desk.read() == after and not leftovers(desk)
        answer = desk.undo()
        assert desk.read() == before, answer


def test_an_undo_beside_a_setup_leaves_one_of_both(desk):
    before = desk.before()
    assert desk.apply().status == 0
    after = desk.read()
    for _ in range(4):
        running = [desk.home.popen("setup", what, "--yes") for what in ("--undo", "--apply")]
        done = [(p.communicate(timeout=120), p.returncode) for p in running]
        assert desk.read() in (before, after), done
        desk.no_key_is_lost()
    desk.undo()
    assert desk.read() == before


def test_an_editor_between_setup_and_undo_is_shown_and_kept(desk):
    assert desk.apply().status == 0
    edited = desk.read()["config"] + b"[profile later]\nregion = eu-central-1\n"
    desk.home.file(".aws/config", edited.decode())
    written = desk.read()
    answer = desk.undo()
    assert answer.status == 1, answer
    assert desk.read() == written, answer
    assert "config" in answer.out + answer.err and "later" in answer.out + answer.err, answer


def test_a_secret_typed_in_after_setup_does_not_go_with_the_undo(desk):
    assert desk.apply().status == 0
    mine = desk.read()["credentials"] + b"[later]\naws_access_key_id = AKIALATERLATERLATER0\naws_secret_access_key = " + \
        b"z" * 40 + b"\n"
    desk.home.file(".aws/credentials", mine.decode())
    answer = desk.undo()
    assert answer.status == 1 and desk.read()["credentials"] == mine, answer
    assert "z" * 40 not in answer.out + answer.err


def test_an_editor_while_it_asks_is_noticed(desk):
    with desk.home.terminal("setup", "--apply", env={"CREDVAULT_KEY_FILE": ""}) as terminal:
        terminal.answer("assphrase", PASSPHRASE)
        terminal.expect("[")
        terminal.expect("]")
        desk.home.file(".aws/credentials", desk.text["credentials"] + "# by an editor\n")
        written = desk.read()
        terminal.send("y\r")
        assert terminal.wait() == 1, terminal.seen
    assert desk.read() == written, terminal.seen
    assert "changed" in terminal.seen, terminal.seen


def test_a_person_says_no(desk):
    before = desk.read()
    with desk.home.terminal("setup", "--apply", env={"CREDVAULT_KEY_FILE": ""}) as terminal:
        terminal.answer("assphrase", PASSPHRASE)
        terminal.expect("[")
        terminal.expect("]")
        terminal.send("n\r")
        terminal.wait()
    assert desk.read() == before


def test_after_a_rotation_an_undo_brings_the_key_that_works(desk):
    assert desk.apply().status == 0
    desk.home.run("rotate", "prod", "--yes", status=0)
    answer = desk.undo()
    assert answer.status == 0, answer
    text = desk.read()["credentials"].decode()
    user = desk.standin.user("other")
    current = [key for key in user["keys"] if key["status"] == "Active"]
    assert len(current) == 1 and current[0]["secret"] in text and desk.keys[1]["secret"] not in text
    assert text.replace(current[0]["secret"], desk.keys[1]["secret"]).replace(
        current[0]["id"], desk.keys[1]["id"]) == desk.text["credentials"]


def test_an_undo_is_proved_and_on_record(desk):
    assert desk.apply().status == 0
    after = desk.read()
    del desk.home.env["CREDVAULT_KEY_FILE"]
    answer = desk.undo()
    assert answer.status in (4, 5) and desk.read() == after, answer
    assert desk.undo(passphrase="not it").status == 5 and desk.read() == after
    assert desk.undo(passphrase=PASSPHRASE).status == 0
    entries = desk.home.run("log", "--json", status=0).json()["entries"]
    assert [e for e in entries if e["op"] == "reveal" and e["profile"] in ("default", "prod")], entries[-5:]


# -- what is no file of ours -------------------------------------------------------------------------------------------

def swap(desk, which, make):
    path = os.path.join(desk.folder, which)
    os.rename(path, path + ".aside")
    make(path)
    return path


@pytest.mark.parametrize("which", ["config", "credentials"])
@pytest.mark.parametrize("kind", ["directory", "fifo", "socket", "device", "loop"])
def test_what_is_no_file_is_refused_at_once(desk, which, kind):
    sockets = []

    def bind(path):
        sockets.append(socket.socket(socket.AF_UNIX))
        sockets[0].bind(path)

    make = {"directory": os.mkdir, "fifo": os.mkfifo, "socket": bind,
            "device": lambda path: os.symlink("/dev/zero", path), "loop": lambda path: os.symlink(path, path)}[kind]
    path = swap(desk, which, make)
    other = os.path.join(desk.folder, "credentials" if which == "config" else "config")
    with open(other, "rb") as file:
        before = file.read()
    started = time.monotonic()
    for act in ("--diff",), ("--apply", "--yes"), ("--apply", "--yes", "--json"):
        answer = desk.setup(*act)
        assert answer.status in (1, 2), answer
        assert (which if kind != "device" else "/dev/zero") in answer.err, answer
    assert time.monotonic() - started < SECONDS
    with open(other, "rb") as file:
        assert file.read() == before
    assert os.path.lexists(path)


@pytest.mark.parametrize("which", ["config", "credentials"])
def test_binary_junk_is_refused_or_kept_to_the_byte(desk, which):
    dice = random.Random(7)
    for junk in (bytes(dice.randrange(256) for _ in range(5000)), b"\0" * 1000,
                 b"\xff\xfe" + desk.text[which].encode("utf-16-le"), b"\x7fELF" + b"\x01" * 500,
                 b"[default]\0\naws_access_key_id = \xff\n", b"\r" * 50 + b"[default]\rregion = x\r"):
        path = os.path.join(desk.folder, which)
        with open(path, "wb") as file:
            file.write(junk)
        answer = desk.apply()
        assert answer.status in (0, 1, 2), answer
        with open(path, "rb") as file:
            now = file.read()
        if now != junk:
            answer = desk.undo()
        with open(path, "rb") as file:
            assert file.read() == junk, answer
        if desk.read() != dict(desk.before(), **{which: junk}):
            desk.undo()
        desk.write()


def test_a_config_file_of_a_megabyte(desk):
    more = "".join("[profile big%05d]\nregion = eu-west-1\noutput = json\n# %s\n\n" % (n, "x" * 30)
                   for n in range(1000))
    big = CONFIG + more * (1040000 // len(more))
    big += "# " + "y" * (1048570 - len(big) - 3) + "\n"
    desk.home.file(".aws/config", big)
    started = time.monotonic()
    answer = desk.apply()
    assert answer.status in (0, 1), answer
    assert time.monotonic() - started < SECONDS
    if answer.status == 0:
        assert desk.undo().status == 0
    assert desk.read()["config"] == big.encode()


def test_a_config_file_beyond_the_bound_is_refused_with_its_name(desk):
    big = CONFIG + "# " + "y" * 1048576 + "\n"
    desk.home.file(".aws/config", big)
    before = desk.read()
    answer = desk.apply()
    assert answer.status in (1, 2) and "config" in answer.err, answer
    assert desk.read() == before


def test_a_file_that_would_grow_beyond_the_bound_is_refused_before_anything_is_written(desk):
    """What setup writes, it must be able to read."""
    big = CONFIG + "# " + "y" * (1048576 - len(CONFIG) - 4) + "\n"
    desk.home.file(".aws/config", big)
    before = desk.read()
    answer = desk.apply()
    now = desk.read()
    assert now == before if answer.status else len(now["config"]) <= 1048576, answer.err
    desk.home.run("exec", "--plan", "tf")
    if answer.status == 0:
        assert desk.undo().status == 0 and desk.read() == before


@pytest.mark.timeout(300)
def test_ten_thousand_sections(desk):
    for count in (9000, 10001):
        many = CONFIG + "".join("[profile s%d]\nregion = eu-west-1\n" % n for n in range(count))
        desk.home.file(".aws/config", many)
        started = time.monotonic()
        answer = desk.apply()
        assert time.monotonic() - started < SECONDS
        assert answer.status in (0, 1) and (answer.status == 0 or "config" in answer.err), answer.err[:500]
        if answer.status == 0:
            assert desk.undo().status == 0
        assert desk.read()["config"] == many.encode()


def test_a_folder_that_others_may_change(desk):
    """Who can rename in it could have setup write elsewhere."""
    os.chmod(desk.folder, 0o777)
    answer = desk.apply()
    assert answer.status in (0, 1, 2)
    if answer.status:
        assert desk.read() == desk.before()


# -- mutated files -----------------------------------------------------------------------------------------------------

def mutate(dice, data):
    data = bytearray(data)
    for _ in range(dice.randrange(1, 4)):
        at, what = dice.randrange(len(data) + 1), dice.randrange(6)
        if what == 0 and data:
            data[at % len(data)] = dice.randrange(256)
        elif what == 1:
            data[at:at] = dice.choice([b"[", b"]", b"=", b"\n", b"\r", b"\0", b"#", b";", b" ", b"\t", b"\n[profile ",
                                       b"\xff", b"\xe2\x80\xae", b"%s%n", b"\n  x = y\n", b"\nrole_arn = x\n"])
        elif what == 2:
            del data[at:at + dice.randrange(1, 30)]
        elif what == 3:
            data[at:at] = data[at:at + dice.randrange(1, 60)]
        elif what == 4:
            data = data[:at] or bytearray(b"\n")
        else:
            lines = data.splitlines(True)
            dice.shuffle(lines)
            data = bytearray(b"".join(lines))
    return bytes(data)


@pytest.mark.timeout(900)
def test_two_hundred_mutated_pairs_end_in_an_answer_and_come_back_to_the_byte(desk):
    dice = random.Random(2026)
    secrets = [key["secret"] for key in desk.keys]
    for number in range(200):
        made = {}
        for name, data in desk.before().items():
            made[name] = mutate(dice, data) if dice.random() < 0.7 else data
            with open(os.path.join(desk.folder, name), "wb") as file:
                file.write(made[name])
        answer = desk.setup("--diff")
        assert answer.status in (0, 1, 2, 3), (number, made, answer)
        assert not [s for s in secrets if s in answer.out + answer.err], (number, made, answer)
        assert desk.read() == made, number
        if number % 4:
            continue
        answer = desk.setup("--apply", "--yes", "--json")
        assert answer.status in (0, 1, 2, 3), (number, made, answer)
        if answer.status == 0:
            json.loads(answer.out)
        desk.no_key_is_lost(made)
        if desk.read() != made:
            answer = desk.undo()
            assert desk.read() == made, (number, answer)


def test_the_shim_strikes():
    """The library itself: a test that sees no faults would prove nothing."""
    home = Home()
    folder = os.path.join(home.path, "f")
    os.mkdir(folder)
    script = "import os,sys; fd=os.open(sys.argv[1]+'/a', os.O_CREAT|os.O_WRONLY, 0o600); os.write(fd, b'0123456789'); " \
             "os.fsync(fd); os.rename(sys.argv[1]+'/a', sys.argv[1]+'/b'); print('done')"

    def run(at, how):
        return subprocess.run(["/usr/bin/python3", "-c", script, folder], capture_output=True, text=True, check=False,
                              timeout=60, env={"LD_PRELOAD": FAULT, "FAULT_BELOW": folder, "FAULT_AT": str(at),
                                               "FAULT_AS": how})
    assert run(0, "kill").stdout == "done\n" and os.listdir(folder) == ["b"]
    assert run(2, "half").returncode == -9 and os.path.getsize(folder + "/a") == 5
    assert "Errno 28" in run(2, "ENOSPC").stderr
    assert run(4, "kill").returncode == -9 and os.path.exists(folder + "/a")
    assert run(4, "kill-after").returncode == -9 and not os.path.exists(folder + "/a")
    home.leave()


def test_the_account_is_the_stand_ins(desk):
    assert desk.apply().status == 0
    assert desk.who("prod") == desk.who("tf") == ACCOUNT
