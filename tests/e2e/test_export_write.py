# SPDX-License-Identifier: MIT
"""`credvault export --write FILE`, and --refresh, which keeps the file fresh."""

import datetime
import json
import os
import signal
import stat
import subprocess
import time

import pytest
from home import PASSPHRASE, stop, wait_until
from world import fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    """AWS's clock is this machine's, so that ends can be waited for."""
    fresh.standin.advance(time.time() - fresh.standin.state()["now"])
    fresh.home.env["AWS_REGION"] = ""


@pytest.fixture
def path(world):
    """A file that is not there."""
    path = os.path.join(world.home.path, "job/aws.json")
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    yield path
    world.home.run("lock")
    if os.path.lexists(path):
        os.remove(path)


def write(world, path, *more, status=0, **options):
    return world.home.run("export", "ci", "--format", "sts", "--write", path, *more, status=status,
                          **options)


def key_id(path):
    """The id in the file; None where there is none. Whatever is there is whole."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)["Credentials"]["AccessKeyId"]
    except FileNotFoundError:
        return None


def soon(seconds):
    at = datetime.datetime.fromtimestamp(time.time() + seconds, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def ends_in(world, seconds, count=1):
    """The next sessions that are made have so few seconds."""
    world.standin.fault("fields", set={"Expiration": soon(seconds)}, action="GetSessionToken", count=count)


class Kept:
    """An export that keeps its file fresh."""

    def __init__(self, world, path, *more, **options):
        self.path = path
        self.process = world.home.popen("export", "ci", "--format", "sts", "--write", path,
                                        "--refresh", *more, **options)
        wait_until(lambda: key_id(path) or self.process.poll() is not None)
        assert self.process.poll() is None, self.process.communicate()

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


def test_a_file_is_written_for_its_owner_alone(world, path):
    answer = write(world, path)
    assert answer.out == "" and "Wrote ~/job/aws.json" in answer.err and "lock" in answer.err
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert key_id(path).startswith("ASIA")
    assert os.listdir(os.path.dirname(path)) == ["aws.json"]


def test_json_says_which_file_and_when_it_ends(world, path):
    said = write(world, path, "--json").json()
    assert (said["file"], said["format"]) == (path, "sts") and said["expires_at"].endswith("Z")
    # Without --format the file is JSON as well.
    world.home.run("export", "ci", "--write", path, "--json", status=0)
    with open(path, encoding="utf-8") as file:
        assert json.load(file)["Version"] == 1


def test_a_terminal_may_write_a_file_without_force(world, path):
    with world.home.terminal("export", "ci", "--format", "sts", "--write", path) as terminal:
        assert terminal.wait() == 0
    assert "ASIA" not in terminal.seen and key_id(path)


def test_lock_removes_what_was_written_and_says_so(world, path):
    write(world, path)
    answer = world.home.lock()
    assert not os.path.exists(path) and "Removed ~/job/aws.json.\n" in answer.out
    assert os.listdir(os.path.join(world.home.state, "written")) == []
    # Also of a vault that was locked before.
    world.home.unlock()
    write(world, path)
    for pid in world.home.agents():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not world.home.agents())
    assert os.path.exists(path)
    answer = world.home.lock()
    assert not os.path.exists(path) and "It was locked already." in answer.err


def test_a_file_that_is_written_again_and_again_stays_ours(world, path):
    write(world, path)
    (name,) = os.listdir(os.path.join(world.home.state, "written"))
    record = os.path.join(world.home.state, "written", name)
    with open(record, "a", encoding="utf-8") as file:
        file.write("".join("wrote %064x\n" % i for i in range(14000)))
    write(world, path)
    assert os.path.getsize(record) < 4096
    write(world, path)
    answer = world.home.lock()
    assert "Removed ~/job/aws.json.\n" in answer.out and not os.path.exists(path)
    world.home.unlock()


def test_only_what_is_absent_or_ours_is_written_over(world, path):
    write(world, path)
    write(world, path)
    with open(path, "a", encoding="utf-8") as file:
        file.write("theirs\n")
    answer = write(world, path, status=1)
    assert "was changed since" in answer.err
    answer = world.home.lock()
    assert "changed since" in answer.err and os.path.exists(path)
    world.home.unlock()
    with open(path, "w", encoding="utf-8") as file:
        file.write("theirs\n")
    write(world, path, status=1)
    with open(path, encoding="utf-8") as file:
        assert file.read() == "theirs\n"


def test_no_symbolic_link_is_written_through(world, path):
    target = world.home.file("job/target", "theirs\n")
    os.symlink(target, path)
    assert "symbolic link" in write(world, path, status=1).err
    os.remove(path)
    os.symlink("/nonexistent/dangling", path)
    assert "symbolic link" in write(world, path, status=1).err
    with open(target, encoding="utf-8") as file:
        assert file.read() == "theirs\n"
    # A link on the way is followed, and what it leads to is judged.
    os.remove(path)
    link = os.path.join(world.home.path, "way")
    os.symlink("/tmp", link)
    assert "others can write" in write(world, os.path.join(link, "cv-x.json"), status=1).err
    os.remove(link)


def test_a_directory_that_others_may_change_gets_nothing(world):
    folder = os.path.join(world.home.path, "open")
    os.makedirs(os.path.join(folder, "below"))
    os.chmod(os.path.join(folder, "below"), 0o700)
    for mode, names in ((0o777, ("x.json", "below/x.json")), (0o770, ("x.json", "below/x.json")),
                        (0o1777, ("x.json",))):
        os.chmod(folder, mode)
        for name in names:
            assert "others can write" in write(world, os.path.join(folder, name), status=1).err
    assert os.listdir(os.path.join(folder, "below")) == []
    assert write(world, "/tmp/cv-x.json", status=1) and not os.path.exists("/tmp/cv-x.json")


def test_the_files_that_sdks_read_are_never_written_over(world):
    own = world.home.file(".aws/credentials", "[x]\n")
    named = world.home.file("elsewhere/creds", "[x]\n")
    os.symlink(own, os.path.join(world.home.path, "elsewhere/link"))
    env = {"AWS_SHARED_CREDENTIALS_FILE": named, "AWS_CONFIG_FILE": named + "-not-there"}
    before = len(world.standin.log())
    for file in (own, os.path.join(world.home.path, ".aws/config"), named, named + "-not-there",
                 os.path.join(world.home.path, "elsewhere/../.aws/credentials"),
                 os.path.join(world.home.path, "elsewhere/link")):
        answer = world.home.run("export", "ci", "--format", "ini", "--write", file, env=env)
        assert answer.status in (1, 2) and "every SDK reads" in answer.err, file
    os.remove(own)
    assert "every SDK reads" in world.home.run("export", "ci", "--write", own, status=2).err
    assert not os.path.exists(own) and len(world.standin.log()) == before
    assert "vault's own folder" in write(world, world.home.vault + ".x", status=2).err


def test_a_git_work_tree_wants_yes(world):
    tree = os.path.join(world.home.path, "repo")
    os.makedirs(os.path.join(tree, "deep/er"), mode=0o700)
    subprocess.run(["git", "init", "-q", tree], check=True, env=dict(world.home.env))
    world.home.file("repo/.gitignore", "*.json\n")
    file = os.path.join(tree, "deep/er/aws.json")
    answer = write(world, file, status=2)
    assert "git work tree ~/repo" in answer.err and "check-ignore" in answer.err and "--yes" in answer.err
    assert not os.path.exists(file)
    write(world, file, "--yes")
    assert key_id(file)
    world.home.lock()
    assert not os.path.exists(file)


def test_refresh_wants_a_file(world):
    assert "--write" in world.home.run("export", "ci", "--refresh", status=2).err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_file_goes_at_the_end_of_refresh(world, path, number):
    kept = Kept(world, path)
    status, _, err = kept.end(number)
    assert status == 0 and not os.path.exists(path) and "kept fresh" in err
    assert os.listdir(os.path.join(world.home.state, "written")) == []


def test_the_first_line_of_json_comes_at_once(world, path):
    kept = Kept(world, path, "--json")
    assert json.loads(kept.process.stdout.readline())["file"] == path
    assert kept.end()[0] == 0


def test_refresh_keeps_the_file_fresh(world, path):
    ends_in(world, 8)
    kept = Kept(world, path)
    first, inode = key_id(path), os.stat(path).st_ino
    wait_until(lambda: key_id(path) != first, 8)
    assert key_id(path) is not None and os.stat(path).st_ino != inode
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert kept.end()[0] == 0


def test_one_failed_refresh_is_survived(world, path):
    ends_in(world, 12)
    kept = Kept(world, path)
    first = key_id(path)
    world.config("[profile ci]\nrole_arn = nonsense\nsource_profile = ci\n")
    said = kept.process.stderr.readline()
    while "is not refreshed" not in said:
        said = kept.process.stderr.readline()
    assert key_id(path) == first
    world.config("")
    wait_until(lambda: key_id(path) != first, 30)
    assert key_id(path)
    status, _, err = kept.end()
    err = said + err
    assert status == 0 and err.count("is not refreshed") == 1


def test_credentials_that_have_ended_do_not_stay_in_the_file(world, path):
    ends_in(world, 5)
    world.standin.fault("error", status=403, code="AccessDenied", message="no more",
                        action="GetSessionToken", skip=1)
    kept = Kept(world, path)
    wait_until(lambda: key_id(path) is None, 30)
    # It comes back when AWS gives again.
    world.standin.clear()
    wait_until(lambda: key_id(path), 90)
    status, _, err = kept.end()
    assert status == 0 and "have ended" in err and not os.path.exists(path)


def test_a_lock_ends_refresh_and_takes_the_file(world, path):
    kept = Kept(world, path)
    world.home.lock()
    _, err = kept.process.communicate(timeout=30)
    assert kept.process.returncode == 4 and not os.path.exists(path)
    assert "ci: the vault was locked (exit 4)" in err and "~/job/aws.json is gone" in err


def test_who_is_stopped_while_the_vault_is_locked_writes_no_more(world, path):
    ends_in(world, 8)
    kept = Kept(world, path)
    stop(kept.process.pid)
    world.home.lock()
    assert not os.path.exists(path)
    world.home.unlock()
    os.kill(kept.process.pid, signal.SIGCONT)
    kept.process.communicate(timeout=60)
    assert kept.process.returncode == 4 and not os.path.exists(path)


def test_a_file_that_a_killed_refresh_left_is_written_over_and_goes_with_a_lock(world, path):
    kept = Kept(world, path)
    kept.process.kill()
    kept.process.communicate()
    assert key_id(path)
    write(world, path)
    world.home.lock()
    assert not os.path.exists(path)


def test_one_export_keeps_a_file_at_a_time(world, path):
    kept = Kept(world, path)
    assert "another export keeps" in write(world, path, status=1).err
    assert key_id(path) and kept.end()[0] == 0


def test_a_file_that_somebody_put_in_its_place_stays(world, path):
    ends_in(world, 8)
    kept = Kept(world, path)
    os.remove(path)
    with open(path, "w", encoding="utf-8") as file:
        file.write("theirs\n")
    _, err = kept.process.communicate(timeout=60)
    assert kept.process.returncode == 1 and "was changed since" in err
    with open(path, encoding="utf-8") as file:
        assert file.read() == "theirs\n"


def test_an_agent_that_refresh_started_stays_for_it_and_leaves_with_it(world, path):
    world.home.lock()
    world.home.wait_no_agents()
    kept = Kept(world, path, passphrase=PASSPHRASE)
    assert world.home.agents() and not world.home.status()["locked"]
    assert kept.end()[0] == 0
    world.home.wait_no_agents()


def test_nothing_is_written_where_nothing_is_given(world, path):
    world.home.run("export", "nobody", "--write", path, status=3)
    assert not os.path.exists(path)
    write(world, path)
    first = key_id(path)
    world.home.run("clear", status=0)
    world.standin.fault("error", status=403, code="AccessDenied", message="no", action="GetSessionToken")
    write(world, path, status=8)
    assert key_id(path) == first
