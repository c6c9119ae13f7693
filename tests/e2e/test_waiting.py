# SPDX-License-Identifier: MIT
"""Nothing hangs where nobody can be asked, and who waits for long is told for what."""

import fcntl
import os
import shutil
import subprocess
import threading
import time

import pytest

from home import PASSPHRASE, PROGRAMS, Home
from world import world  # noqa: F401

NODE = os.environ.get("CREDVAULT_NODE") or shutil.which("node")
TERRAFORM = shutil.which("terraform", path=os.environ.get("PATH", "") + ":/usr/local/bin:/usr/bin")
LONG_S = 30     # on a busy machine; what hangs, hangs for ever
LOCKED = "locked"


class Locked:
    """A home whose vault is locked, with a profile of ~/.aws/config that leads to it."""

    def __init__(self, home):
        self.home = home
        home.init()
        home.lock()
        home.file(".aws/config", "[profile prod]\nregion = eu-west-1\ncredential_process = %s "
                  "process prod\n" % home.program)

    def run(self, argv, env=None, **options):
        """Runs it in a session without a terminal, as its callers do; the time is bounded."""
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(argv, env=dict(self.home.env, **(env or {})), cwd=self.home.path,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              start_new_session=True, timeout=LONG_S, check=False, **options)


@pytest.fixture(scope="module")
def locked():
    home = Home()
    yield Locked(home)
    home.leave()


def test_under_node_that_gives_a_pipe_and_no_terminal(locked):
    if not NODE:
        pytest.skip("there is no node")
    # As the SDKs do: child_process.exec, whose stdin is a pipe that nobody closes.
    script = ("require('child_process').exec('%s process prod', (e, out, err) => "
              "console.log(e.code, JSON.stringify(out), err))" % locked.home.program)
    done = locked.run([NODE, "-e", script])
    assert done.stdout.startswith('4 "" credvault: prod: ') and LOCKED in done.stdout


def test_under_terraform_that_reads_a_profile(locked):
    if not TERRAFORM:
        pytest.skip("there is no terraform")
    home = locked.home
    home.file("tf/main.tf", """terraform {
  backend "s3" {
    bucket = "b"
    key = "k"
    region = "eu-west-1"
    profile = "prod"
    skip_metadata_api_check = true
    skip_requesting_account_id = true
    endpoints = { s3 = "http://127.0.0.1:1", sts = "http://127.0.0.1:1" }
  }
}
""")
    done = locked.run([TERRAFORM, "-chdir=" + os.path.join(home.path, "tf"), "init", "-input=false",
                       "-no-color"], env={"CHECKPOINT_DISABLE": "1"})
    assert done.returncode != 0 and LOCKED in done.stderr, done


def test_as_terraforms_process_with_pipes_that_stay_open(locked):
    """Wherever terraform is not: what it runs has no terminal, and pipes that nobody closes."""
    reading, writing = os.pipe()
    try:
        done = locked.run(["sh", "-c", locked.home.program + " process prod"], stdin=reading)
    finally:
        os.close(reading)
        os.close(writing)
    assert (done.returncode, done.stdout) == (4, "") and LOCKED in done.stderr


def test_under_make_with_jobs(locked):
    jobs = ["a%d" % i for i in range(8)]
    locked.home.file("Makefile", "all: %s\n%s:\n\t-%s export prod\n" % (
        " ".join(jobs), " ".join(jobs), locked.home.program))
    done = locked.run(["make", "-j4", "-k", "all"])
    assert done.returncode == 0 and done.stderr.count("is locked") == len(jobs), done


def test_under_make_the_jobservers_pipe_is_not_eaten_or_kept(locked):
    """A job that kept make's descriptors would keep make waiting for its token."""
    locked.home.file("Makefile", "all: a b\na b:\n\t+-%s unlock --passphrase-fd 0 <p >/dev/null\n"
                     % locked.home.program)
    locked.home.file("p", PASSPHRASE + "\n")
    done = locked.run(["make", "-j2", "all"])
    assert done.returncode == 0, done
    assert locked.home.status()["locked"] is False
    locked.home.lock()


def test_under_cron_with_next_to_no_environment(locked):
    home = locked.home
    env = {"HOME": home.path, "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "x"}
    done = subprocess.run(["sh", "-c", home.program + " rotate --due --json"], env=env, text=True,
                          cwd=home.path, stdin=subprocess.DEVNULL, capture_output=True,
                          start_new_session=True, timeout=LONG_S, check=False)
    assert done.returncode == 4 and '"code":"LOCKED"' in done.stderr, done


def test_by_ssh_without_a_terminal(locked):
    """sshd without -t gives pipes for all three, and the first stays open."""
    reading, writing = os.pipe()
    try:
        done = locked.run(["sh", "-c", "%s exec prod -- true; echo status=$?" % locked.home.program],
                          stdin=reading, env={"SSH_CONNECTION": "127.0.0.1 1 127.0.0.1 22"})
    finally:
        os.close(reading)
        os.close(writing)
    assert done.stdout == "status=125\n" and LOCKED in done.stderr


@pytest.mark.parametrize("runtime", [None, "", "/nonexistent", "relative"])
def test_in_a_container_without_a_runtime_directory(locked, runtime):
    env = {key: value for key, value in locked.home.env.items() if key != "XDG_RUNTIME_DIR"}
    if runtime is not None:
        env["XDG_RUNTIME_DIR"] = runtime
    for command, status in (["process", "prod"], 4), (["status", "--check"], 4), (["list"], 4):
        done = subprocess.run([locked.home.program, *command], env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, start_new_session=True,
                              timeout=LONG_S, check=False)
        assert done.returncode == status, (command, done)


def read_only(path):
    """What to put before a command so that it finds `path` read-only; None where that cannot be had."""
    if os.geteuid() != 0:
        return ["sh", "-c", 'chmod -R a-w "$0"; "$@"; r=$?; chmod -R u+w "$0"; exit $r', path]
    before = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" '
              '&& exec "$@"', path]
    done = subprocess.run(before + ["true"], capture_output=True, check=False)
    return before if done.returncode == 0 else None


@pytest.mark.parametrize("runtime", [True, False])
def test_in_a_home_that_is_read_only(locked, runtime):
    home = locked.home
    before = read_only(home.path)
    if not before:
        pytest.skip("nothing can be mounted here")
    env = {} if runtime else {"XDG_RUNTIME_DIR": "/nonexistent"}
    for command in (["process", "prod"], ["list"], ["status"], ["exec", "prod", "true"],
                    ["doctor"], ["scan"], ["unlock", "--passphrase-fd", "0"]):
        with open(os.devnull if command[0] != "unlock" else home.file("p", PASSPHRASE + "\n")) as p:
            done = locked.run(before + [home.program, *command], stdin=p, env=env)
        allowed = {"status": (0, 1), "doctor": (0, 1), "scan": (0,), "exec": (125,),
                   "unlock": (1,)}.get(command[0], (1, 4))
        assert done.returncode in allowed, (command, done)
        if done.returncode not in (0, 1) or command[0] not in ("doctor", "status"):
            assert done.stderr.startswith("credvault: ") or done.returncode == 0, (command, done)
    assert home.status()["locked"]


# -- what is waited for ---------------------------------------------------------------------------

WAITING = "Waiting for AWS, or for a code"


def held(world):
    world.standin.clear()
    world.elsewhere()
    if world.home.status()["locked"]:
        world.home.unlock()
    world.home.run("clear", status=0)
    world.standin.fault("hold", action="GetSessionToken", count=1)


def released(world, seconds):
    """Lets AWS answer after that time."""
    timer = threading.Timer(seconds, world.standin.release)
    timer.start()
    return timer


def test_who_waits_for_aws_is_told_so_on_a_terminal(world):
    held(world)
    with world.home.terminal("exec", "ci", "--", "/bin/echo", "done") as terminal:
        terminal.expect(WAITING)
        timer = released(world, 0)
        terminal.expect("\r\033[K", "done")     # the line goes before the command begins
        assert terminal.wait() == 0
        timer.join()
    assert terminal.seen.index(WAITING) < terminal.seen.rindex("\r\033[K") < terminal.seen.index("done")


@pytest.mark.parametrize("option, told", [("", True), ("--quiet", False), ("--json", False)])
def test_the_wait_is_not_told_where_quiet_or_json_is_wanted(world, option, told):
    held(world)
    timer = released(world, 4)
    with world.home.shell("credvault export ci --force %s | wc -c" % option) as terminal:
        assert terminal.wait() == 0
    timer.join()
    assert (WAITING in terminal.seen) == told, terminal.seen


def test_the_wait_is_not_told_on_a_pipe_that_an_sdk_reads(world):
    held(world)
    timer = released(world, 3)
    answer = world.home.run("process", "ci", status=0)
    timer.join()
    assert answer.err == "" and answer.json()["Version"] == 1


def test_who_waits_for_another_that_unlocks_the_vault_is_told_so(locked):
    home = locked.home
    with open(home.vault + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with home.shell("credvault unlock --passphrase-fd 3 3<p") as terminal:
            home.file("p", PASSPHRASE + "\n")
            terminal.expect("Waiting for another credvault, which unlocks the vault")
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert terminal.wait() == 0
    home.lock()


def test_a_short_wait_is_not_told(world):
    world.standin.clear()
    world.home.run("clear", status=0)
    began = time.monotonic()
    with world.home.terminal("exec", "ci", "--", "/bin/echo", "done") as terminal:
        assert terminal.wait() == 0
    if time.monotonic() - began < 1:
        assert "Waiting" not in terminal.seen
    assert PROGRAMS
