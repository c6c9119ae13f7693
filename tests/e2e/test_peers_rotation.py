# SPDX-License-Identifier: MIT
"""How aws-vault's rotate loses keys, each failure replayed against ours."""

import contextlib
import glob
import json
import os
import resource
import shutil
import subprocess

import pytest
from home import PASSPHRASE, wait_until
from peers import agent, finish, held_at, let_go, unlock_again, works
from rotating import current, keys, rotate
from rotating import world  # noqa: F401
from world import SERIAL


def test_aws_vault_rotate_forgets_a_key_whose_answer_was_lost__ours_names_it_until_it_is_gone(world):
    """aws-vault's next rotate fails with LimitExceeded and does not say why. Ours names the key,
    the second time too, and asks IAM for no other key before somebody has said what that one
    is."""
    old = world.key("ci")["AccessKeyId"]
    world.standin.fault("drop_after", action="CreateAccessKey", count=1)
    begun = len(world.standin.log())
    world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=8)
    (orphan,) = set(keys(world)) - {old}
    for _ in range(2):
        answer = world.home.run("rotate", "ci", passphrase=PASSPHRASE, status=8)
        assert "credvault rotate ci --delete-key %s" % orphan in answer.err
    assert len(world.standin.log(action="CreateAccessKey", since=begun)) == 1
    assert "rotation unfinished" in world.home.run("list", status=0).out
    works(world)
    (done,) = rotate(world, "ci", "--delete-key", orphan)
    assert keys(world) == {old: "Inactive", done["new_access_key_id"]: "Active"}


@contextlib.contextmanager
def traced(world, pid, call):
    """Kills the agent at its next such call on the vault's journal."""
    with subprocess.Popen([shutil.which("strace"), "-f", "-qq", "-o",
                           os.path.join(world.home.path, "trace"), "-P", world.home.vault + "-wal",
                           "-e", "trace=" + call, "-e", "inject=%s:signal=KILL:when=1" % call,
                           "-p", str(pid)]) as tracer:
        def attached():
            if tracer.poll() is not None:
                pytest.skip("no process can be traced here")
            states = glob.glob("/proc/%d/task/*/status" % pid)
            return all("TracerPid:\t%d\n" % tracer.pid in open(state, encoding="ascii").read()
                       for state in states)

        wait_until(attached)
        yield


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("strace"),
                    reason="needs strace, and root to attach it to an agent")
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_aws_vault_rotate_killed_in_its_store_write_loses_both_secrets__ours_keeps_one_that_works(
        world, call):
    """aws-vault's file is empty after that. Ours is killed at the first write, and at the first
    flush, of the store behind AWS's answer: the old key works, and the next run says what is to
    be done."""
    old = world.key("ci")["AccessKeyId"]
    process = held_at(world, "CreateAccessKey")
    pid = agent(world)
    with traced(world, pid, call):
        let_go(world)
        process.communicate()
    assert process.returncode == 1 and len(keys(world)) == 2
    assert os.path.getsize(world.home.vault) > 0
    unlock_again(world)
    assert current(world) == old
    works(world)
    finish(world, old)


@pytest.mark.parametrize("deletes", [True, False])
def test_aws_vault_rotate_on_a_full_disk_loses_both_secrets__ours_keeps_the_old_one(world, deletes):
    """As above. Ours cannot store the new key, so it deletes it at AWS at once; where AWS cannot
    be reached for that either, the new key stands in the file that was laid aside before it was
    asked for, and the next run takes it in."""
    old = world.key("ci")["AccessKeyId"]
    if not deletes:
        # The first one is the question whether it may.
        world.standin.fault("drop", action="DeleteAccessKey", skip=1)
    process = held_at(world, "CreateAccessKey")
    pid = agent(world)
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    # No file grows; of those that are there, none is written behind 16 KiB.
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (16384, hard))
    world.standin.release()
    out, _ = process.communicate()
    (failed,) = json.loads(out)["rotations"]
    assert process.returncode == 1 and failed["error"]["code"] == "IO"
    assert (len(keys(world)) == 1) == deletes
    said = failed["error"]["message"]
    assert "so it was deleted" in said if deletes else "it is in the recovery file" in said
    assert "works as before" in failed["error"]["detail"]
    world.standin.clear()
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    works(world)
    before = set(keys(world))
    done = finish(world, old)
    assert done["new_access_key_id"] in before or deletes
    assert not [name for name in os.listdir(os.path.dirname(world.home.vault)) if ".new-" in name]


def test_aws_vault_rotate_tries_a_refused_delete_eleven_times_and_leaves_both_keys_on__ours_tries_once(
        world):
    """aws-vault then has recorded nothing. Ours has: the old key is off, the run ends with 8, and
    a run after the permission was given deletes it."""
    old = world.key("ci")["AccessKeyId"]
    begun = len(world.standin.log())
    world.standin.fault("error", action="DeleteAccessKey", skip=1, code="AccessDenied", status=403,
                        message="not authorized to perform: iam:DeleteAccessKey")
    (failed,) = rotate(world, "ci", "--retire", "delete", status=8)
    tries = [e for e in world.standin.log(action="DeleteAccessKey", since=begun)
             if e["params"]["AccessKeyId"] == old]
    assert len(tries) == 1
    new = failed["new_access_key_id"]
    assert (failed["state"], failed["step"]) == ("failed", "delete") and current(world) == new
    assert keys(world) == {old: "Inactive", new: "Active"}
    assert "old key off" in world.home.run("list", status=0).out
    works(world)
    world.standin.clear()
    (done,) = rotate(world, "--resume")
    assert done["state"] == "done" and keys(world) == {new: "Active"}


def test_aws_vault_rotate_needs_two_codes_and_waits_for_a_new_window__ours_needs_one(world):
    """aws-vault issue 1110: a code for the old key's session and one for the new key's, of which
    the second cannot be had while the first one's window lasts. Ours asks once, and AWS sees
    one code in the whole rotation."""
    world.standin.control("PUT", "users", {"account": "111122223333", "user": "dev",
                                           "require_mfa": ["iam:*"]})
    begun, code = len(world.standin.log()), world.code()
    with world.home.terminal("rotate", "dev") as terminal:
        terminal.answer("MFA code for dev", code).answer("Go?", "y").expect("Done in")
        assert terminal.wait() == 0 and terminal.seen.count("MFA code for dev") == 1
    codes = [e["mfa"]["code"] for e in world.standin.log(since=begun) if e["mfa"]]
    assert codes == [code]
    assert sorted(keys(world, "dev").values()) == ["Active", "Inactive"]
    # The rule of one code for a window is in force.
    now = world.standin.control("GET", "code", serial=SERIAL)
    assert now["used"] or now["code"] != code
