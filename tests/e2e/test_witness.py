# SPDX-License-Identifier: MIT
"""The witness: an older copy of the vault, a lost mark and another vault are exit 6 until they are accepted."""

import glob
import json
import os
import re
import shutil
import signal

import pytest
import reader

from home import PASSPHRASE, Home, wait_until
from test_unlock import PROMPT
from world import World

NEW = "a new passphrase altogether"
SIDE = re.compile(r"generation (\d+), \d{4}-\d\d-\d\d \d\d:\d\d UTC")


def mark(home):
    (path,) = glob.glob(os.path.join(home.state, "*.hwm"))
    return path


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    """As `cp` would: into the same file where there is one."""
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, 0o600)


def write_whole(home, data):
    """Puts a closed vault back."""
    for name in glob.glob(home.vault + "-*"):
        os.unlink(name)
    write(home.vault, data)


def generation(home):
    return home.status()["generation"]


def grow(home):
    """Commits something; locked afterwards."""
    home.unlock()
    return home.lock()


def refused(home, *words):
    answer = home.run("unlock", passphrase=PASSPHRASE, status=6)
    for word in words:
        assert word in answer.err, answer
    assert home.status()["locked"] is True
    home.wait_no_agents()
    return answer


def accept(home, *args):
    return home.run("restore", "--accept-rollback", *args, "--yes", passphrase=PASSPHRASE, status=0)


def log(home):
    return home.run("log", "--json", status=0).json()["entries"]


@pytest.fixture
def old(home):
    """A home with a vault, locked, that was put back as it lay there before the last two unlocks."""
    home.init()
    home.lock()
    home.old = read(home.vault)
    grow(home)
    home.unlock()
    home.newest = generation(home)
    home.lock()
    home.new = read(home.vault)
    write(home.vault, home.old)
    return home


# -- what is refused -----------------------------------------------------------------------------

def test_an_older_copy_is_exit_6_with_both_generations(old):
    answer = refused(old, "vault.db is older than the one this machine used last (exit 6)",
                     "Nothing was opened.",
                     "You restored a backup:   credvault restore --accept-rollback",
                     "keep the file; credvault verify")
    this, last = (int(n) for n in SIDE.findall(answer.err))
    # The lock at the end was one more.
    assert this < last and last == old.newest + 1
    assert read(old.vault) == old.old


def test_an_older_copy_is_one_json_error(old):
    error = old.run("unlock", "--json", passphrase=PASSPHRASE, status=6).error()
    assert error["code"] == "TAMPERED" and error["status"] == 6
    assert error["hint"] == "credvault restore --accept-rollback"


def test_every_command_that_unlocks_refuses_it(old):
    for args in (["list"], ["log"], ["process", "prod"]):
        old.run(*args, passphrase=PASSPHRASE, status=6)


def test_the_newest_copy_put_back_opens(old):
    write(old.vault, old.new)
    old.unlock()


def test_a_machine_without_a_mark_is_exit_6_and_says_what_is_honest(home):
    home.init()
    home.lock()
    shutil.rmtree(home.state)
    refused(home, "this machine has no mark of vault.db", "the machine is new to it",
            "is lost", "credvault restore --accept-rollback")
    assert os.listdir(home.state) == ["run"]


@pytest.mark.parametrize("place", [0, 4, 60, 120, 200, 248, 260, 300, 400, 480, 511])
def test_a_mark_that_was_changed_is_not_believed(home, place):
    home.init()
    home.lock()
    path = mark(home)
    data = bytearray(read(path))
    for slot in (0, 4096):
        data[slot + place] ^= 1
    write(path, bytes(data))
    refused(home, "mark of vault.db cannot be verified")


def test_one_good_slot_is_enough(home):
    home.init()
    grow(home)
    path = mark(home)
    whole = read(path)
    sequences = [int.from_bytes(whole[slot:slot + 512].split(b"credvault/mark/v1", 1)[1][24:32],
                                "little") for slot in (0, 4096)]
    older = 0 if sequences[0] < sequences[1] else 4096
    data = bytearray(whole)
    data[older:older + 512] = bytes(512)
    write(path, bytes(data))
    home.unlock()


@pytest.mark.parametrize("kept", [0, 100, 600])
def test_a_mark_that_was_cut_off_is_not_believed(home, kept):
    home.init()
    home.lock()
    write(mark(home), read(mark(home))[:kept])
    # The first slot may still be whole, and then it is an older mark, or the newest.
    answer = home.run("unlock", passphrase=PASSPHRASE)
    assert answer.status == (6 if kept < 512 else answer.status) and answer.status in (0, 6)


def test_trap_4_another_vault_under_the_same_passphrase_is_refused(home):
    home.init()
    home.lock()
    other = Home()
    try:
        other.init()
        other.lock()
        mine = read(home.vault)
        write(home.vault, read(other.vault))
        refused(home, "another vault lies in the place of vault.db")
        # Even with the mark that its maker can send along.
        shutil.copy(mark(other), home.state)
        refused(home, "another vault lies in the place of vault.db", "this file   vault ",
                "last used   vault ")
        write(home.vault, mine)
        home.unlock()
    finally:
        other.leave()


def test_an_older_vault_with_its_own_older_mark_is_what_nobody_can_see(home):
    """Where the protection ends: file and witness rolled back together."""
    home.init()
    home.lock()
    before, marked = read(home.vault), read(mark(home))
    grow(home)
    write(home.vault, before)
    write(mark(home), marked)
    home.unlock()


def test_a_state_directory_that_others_can_read_is_refused(home):
    home.init()
    home.lock()
    os.chmod(home.state, 0o755)
    answer = home.run("unlock", passphrase=PASSPHRASE)
    assert answer.status not in (0, 5, 6) and "chmod 700" in answer.err
    os.chmod(home.state, 0o700)
    home.unlock()


def test_a_state_directory_that_is_the_vaults_own_is_refused(home):
    vault = os.path.join(home.path, "fresh/credvault/v.db")
    answer = home.run("--vault", vault, "init", "--low-memory", passphrase=PASSPHRASE,
                      env={"XDG_STATE_HOME": os.path.join(home.path, "fresh")})
    assert answer.status != 0 and "its witness must lie elsewhere" in answer.err
    assert not os.path.exists(vault)


# -- what is not -----------------------------------------------------------------------------------

def test_init_makes_a_private_state_directory_with_a_mark_and_a_pin(home):
    home.init()
    files = os.listdir(home.state)      # run/ is where an agent's socket finds refuge
    assert {n.rsplit(".", 1)[-1] for n in files} == {"hwm", "pin", "run"} and len(files) == 3
    assert os.stat(home.state).st_mode & 0o7777 == 0o700
    for name in (n for n in files if n != "run"):
        assert os.stat(os.path.join(home.state, name)).st_mode & 0o7777 == 0o600


def test_without_xdg_state_home_it_is_below_the_home_directory(home):
    del home.env["XDG_STATE_HOME"]
    home.init()
    assert glob.glob(os.path.join(home.path, ".local/state/credvault/*.hwm"))


def test_a_vault_that_was_moved_opens(home):
    home.init()
    home.lock()
    moved = os.path.join(home.path, "elsewhere.db")
    os.rename(home.vault, moved)
    home.run("--vault", moved, "unlock", passphrase=PASSPHRASE, status=0)
    home.run("--vault", moved, "lock", status=0)


def test_a_new_vault_in_the_place_of_one_that_was_removed_opens(home):
    home.init()
    home.lock()
    os.unlink(home.vault)
    home.init()
    home.lock()
    home.unlock()


def test_trap_13_a_killed_agent_is_no_false_alarm(standin):
    """kill -9 right behind the answer to a commit, whatever it was."""
    home = Home()
    try:
        world = World(home, standin)
        commits = [lambda i: world.add("k%d" % i, "ci"),
                   lambda i: home.run("export", "ci", status=0),
                   lambda i: home.run("clear", status=0),
                   lambda i: home.run("export", "ci", status=0),
                   lambda i: home.unlock()]
        for i, commit in enumerate(commits):
            commit(i)
            for pid in home.agents():
                os.kill(pid, signal.SIGKILL)
            home.wait_no_agents()
            home.unlock()
        assert home.run("log", "--verify", "--json", status=0).json()["verified"] is True
    finally:
        home.leave()


def test_a_key_is_marked_before_the_answer(standin):
    """A vault from just before `add` is refused though the agent was killed right behind its answer."""
    home = Home()
    try:
        world = World(home, standin)
        home.lock()
        before = read(home.vault)
        home.unlock()
        world.add("another", "ci")
        for pid in home.agents():
            os.kill(pid, signal.SIGKILL)
        home.wait_no_agents()
        write_whole(home, before)
        refused(home, "is older than")
    finally:
        home.leave()


def test_what_is_only_in_the_log_is_marked_soon(vault):
    path = mark(vault)
    vault.run("clear", status=0)
    vault.run("clear", status=0)
    last = read(path)
    vault.run("clear", status=0)
    wait_until(lambda: read(path) != last, 20)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("strace"),
                    reason="needs strace, and root, whose programs read passphrases under it")
@pytest.mark.parametrize("write", [1, 2])
def test_a_crash_inside_passwd_is_no_false_alarm(home, write):
    """Agents are killed at their first, or second, writing of a mark under the new vault key."""
    home.init()
    home.lock()
    before, path = read(home.vault), mark(home)
    marked = read(path)
    reading, writing = os.pipe()
    os.write(writing, NEW.encode() + b"\n")
    os.close(writing)
    program, home.program = home.program, shutil.which("strace")
    try:
        home.run("-f", "-qq", "-o", os.path.join(home.path, "trace"), "-P", path,
                 "-e", "trace=pwrite64", "-e", "inject=pwrite64:signal=KILL:when=%d" % write,
                 program, "passwd", "--new-passphrase-fd", str(reading), pass_fds=[reading],
                 passphrase=PASSPHRASE)
    finally:
        home.program = program
        os.close(reading)
    home.wait_no_agents()
    assert "pwrite64(" in read(os.path.join(home.path, "trace")).decode()
    # The re-key was committed, and no mark of it written, or one in one slot at a time. (The agent
    # that passwd starts instead is killed at the same place.)
    assert (read(path) == marked) == (write == 1)
    home.run("unlock", passphrase=PASSPHRASE, status=5)
    home.run("unlock", passphrase=NEW, status=0)
    home.lock()
    # The vault from before it does not pass for the newest, with whatever mark there is now.
    write_whole(home, before)
    assert "copy from before a passwd" in refused(home, "another vault lies in the place of").err


def test_the_vault_from_before_a_passwd_is_refused_until_it_is_accepted(home):
    home.init()
    home.lock()
    before = read(home.vault)
    reading, writing = os.pipe()
    os.write(writing, NEW.encode() + b"\n")
    os.close(writing)
    home.run("passwd", "--new-passphrase-fd", str(reading), pass_fds=[reading],
             passphrase=PASSPHRASE, status=0)
    os.close(reading)
    home.run("lock", status=0)
    after = read(home.vault)
    write_whole(home, before)
    refused(home, "copy from before a passwd")
    accept(home)
    home.wait_no_agents()
    home.unlock()
    home.lock()
    write_whole(home, after)
    home.run("unlock", passphrase=NEW, status=6)


# -- accepting -------------------------------------------------------------------------------------

def test_accepting_shows_both_and_the_fingerprint_and_is_on_record(old):
    answer = accept(old)
    this, last = (int(n) for n in SIDE.findall(answer.out))
    assert this < last
    assert len(re.findall(r"(?m)^ +([0-9a-f]{4}( [0-9a-f]{4}){7})$", answer.out)) == 2
    old.unlock()
    assert generation(old) > last
    (entry,) = [e for e in log(old) if e["op"] == "restore"]
    assert entry["what"] == "older: generation %d accepted over generation %d" % (this, last)
    assert old.run("log", "--verify", "--json", status=0).json()["verified"] is True


def test_behind_an_acceptance_the_newer_file_is_refused_in_its_turn(old):
    accept(old)
    mine = read(old.vault)
    write(old.vault, old.new)
    refused(old, "vault.db is older than")
    write(old.vault, old.old)
    refused(old, "vault.db is older than")
    write(old.vault, mine)
    old.unlock()


def test_a_person_is_asked_and_may_say_no(old):
    with old.terminal("restore", "--accept-rollback") as t:
        t.answer(PROMPT, PASSPHRASE)
        t.answer("Go on with the older one? [y/N] ", "")
        assert t.wait() == 1
        assert "the vault was not accepted" in t.seen and "--yes" not in t.seen
    old.wait_no_agents()
    assert read(old.vault) == old.old
    refused(old)


def test_a_person_who_says_yes_has_it_unlocked(old):
    with old.terminal("restore", "--accept-rollback") as t:
        t.answer(PROMPT, PASSPHRASE)
        t.answer("Go on with the older one? [y/N] ", "y")
        assert t.wait() == 0
    assert old.status()["locked"] is False


def test_without_anybody_to_ask_it_takes_yes(old):
    answer = old.run("restore", "--accept-rollback", passphrase=PASSPHRASE, status=1)
    assert "--yes" in answer.err
    refused(old)


def test_a_wrong_passphrase_accepts_nothing(old):
    old.run("restore", "--accept-rollback", "--yes", passphrase="not the passphrase", status=5)
    old.run("restore", "--accept-rollback", "--yes", status=4)
    refused(old)


def test_a_dry_run_says_what_it_found_and_changes_nothing(old):
    marks = read(mark(old))
    answer = old.run("restore", "--dry-run", passphrase=PASSPHRASE, status=0)
    assert "is older than the one this machine used last" in answer.out
    assert "Nothing was changed." in answer.out
    found = old.run("restore", "--dry-run", "--json", passphrase=PASSPHRASE, status=0).json()
    assert found["verdict"] == "older" and found["trusted"] is False
    assert found["accepted"] is False and found["last_used"]["verified"] is True
    assert found["this_file"]["generation"] < found["last_used"]["generation"]
    assert found["this_file"]["fingerprint"] != found["last_used"]["fingerprint"]
    old.wait_no_agents()
    assert read(old.vault) == old.old and read(mark(old)) == marks


def test_json_tells_what_was_accepted(old):
    answer = old.run("restore", "--accept-rollback", "--yes", "--json", passphrase=PASSPHRASE,
                     status=0).json()
    assert answer["accepted"] is True and answer["verdict"] == "older"


def test_where_there_is_nothing_to_accept_nothing_happens(home):
    home.init()
    answer = home.run("restore", "--accept-rollback", passphrase=PASSPHRASE, status=0)
    assert "There is nothing to accept." in answer.out
    assert home.status()["locked"] is False
    assert not [e for e in log(home) if e["op"] == "restore"]


def test_restore_alone_is_a_usage_error(home):
    home.init()
    home.run("restore", passphrase=PASSPHRASE, status=2)


def test_a_changed_vault_is_not_accepted(old):
    data = bytearray(old.old)
    at = data.index(b"credvault-agent") if b"credvault-agent" in data else len(data) - 100
    data[at] ^= 1
    write(old.vault, bytes(data))
    answer = old.run("restore", "--accept-rollback", "--yes", passphrase=PASSPHRASE)
    if answer.status != 0:      # a byte that nothing stands on may be any
        assert answer.status in (5, 6)


def test_two_machines_compare_fingerprints(home):
    home.init()
    home.lock()
    here = home.run("restore", "--dry-run", "--json", passphrase=PASSPHRASE, status=0).json()
    home.env["XDG_STATE_HOME"] = os.path.join(home.path, "another-machine")
    home.state = os.path.join(home.path, "another-machine/credvault")
    there = home.run("restore", "--dry-run", "--json", passphrase=PASSPHRASE, status=0).json()
    assert there["verdict"] == "absent" and there["last_used"] is None
    assert there["this_file"]["fingerprint"] == here["this_file"]["fingerprint"]


def test_the_fingerprint_is_what_the_format_says(home):
    home.init()
    home.lock()
    side = home.run("restore", "--dry-run", "--json", passphrase=PASSPHRASE,
                    status=0).json()["this_file"]
    manifest = reader.read(home.vault, reader.PASSPHRASE, PASSPHRASE.encode())["manifest"]
    digest = reader.blake("cv.fingerprint.1", None,
                          reader.pae("credvault/fingerprint/v1", manifest["generation"],
                                     manifest["root"], manifest["head"])).hex()
    assert side["generation"] == manifest["generation"]
    assert side["fingerprint"] == " ".join(digest[i:i + 4] for i in range(0, 32, 4))


def test_two_state_directories_have_their_own_witness(home):
    home.init()
    home.lock()
    mine, second = home.env["XDG_STATE_HOME"], os.path.join(home.path, "second")
    home.env["XDG_STATE_HOME"] = second
    refused(home, "has no mark")
    accept(home)
    home.wait_no_agents()
    home.unlock()
    home.lock()
    # The first sees a vault that went on without it.
    home.env["XDG_STATE_HOME"] = mine
    home.unlock()
    home.lock()
    before = read(home.vault)
    home.env["XDG_STATE_HOME"] = second
    grow(home)
    write(home.vault, before)
    refused(home, "is older than")
    home.env["XDG_STATE_HOME"] = mine
    home.unlock()


def test_no_agent_that_runs_takes_an_acceptance(vault):
    from wire import call
    answer = call(vault, "unlock", {"accept_rollback": True})
    assert answer["error"]["code"] == "PROTOCOL"
    assert json.dumps(answer)
    assert call(vault, "compare", {})["error"]["code"] == "PROTOCOL"
