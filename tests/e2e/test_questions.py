# SPDX-License-Identifier: MIT
"""What an unlocked agent asks for: MFA codes, the passphrase again, a proof of it."""

import json
import os
import re
import signal
import time

import pytest

from home import PASSPHRASE, wait_until
from world import SERIAL, fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize

PROMPT = "MFA code for dev (dev, 111122223333): "


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):  # noqa: F811
    pass


def calls(world, action="GetSessionToken"):  # noqa: F811
    return len(world.standin.log(action=action))


# -- codes ---------------------------------------------------------------------------------------

def test_unlock_with_a_profile_spends_one_code_early(world):  # noqa: F811
    before, code = calls(world), world.code()
    world.home.lock()
    with world.home.terminal("unlock", "dev") as t:
        t.answer("Passphrase for", PASSPHRASE)
        t.expect(PROMPT).line(code)
        t.expect("dev: session until ")
        assert t.wait() == 0
        assert "with MFA" in t.seen
    assert calls(world) == before + 1
    world.home.run("process", "dev", status=0)
    assert calls(world) == before + 1


def test_unlock_in_json_tells_of_the_sessions(world):  # noqa: F811
    ok = world.home.run("unlock", "dev", "ci", "--json", "-t", world.code(), passphrase=PASSPHRASE,
                        status=0).json()
    assert [(s["profile"], s["mfa"]) for s in ok["sessions"]] == [("dev", True), ("ci", False)]


def test_a_profile_that_fails_does_not_keep_the_others_from_their_sessions(world):  # noqa: F811
    answer = world.home.run("unlock", "nobody", "ci", passphrase=PASSPHRASE, status=3)
    assert "ci: session until" in answer.out and answer.err.startswith("credvault: nobody: ")
    assert world.home.status()["locked"] is False


def test_what_is_no_code_is_asked_for_again_and_not_sent(world):  # noqa: F811
    before, code = calls(world), world.code()
    with world.home.terminal("unlock", "dev") as t:
        t.expect(PROMPT).line("12345").expect("six digits")
        t.answer(PROMPT, " %s " % code)
        t.expect("dev: session until ")
        assert t.wait() == 0
    assert calls(world) == before + 1


def test_after_a_refused_code_the_prompt_stands_again_whole(world):  # noqa: F811
    before = calls(world)
    wrong = "%06d" % ((int(world.code()) + 1) % 1000000)
    with world.home.terminal("unlock", "dev") as t:
        t.expect(PROMPT).line(wrong)
        t.expect("AWS refused that code. The next code comes in ", "AWS refused that code.\r\n")
        t.expect("\n" + PROMPT)
        # Nothing is written over what is being typed.
        t.send("123")
        time.sleep(2.5)
        assert t.send("4").expect("1234").seen.endswith(": 1234")
        t.send("\x03")
        assert t.wait() in (7, 130)
        assert t.echo()
    assert calls(world) == before + 1


def test_when_the_next_code_comes_is_told_above_the_prompt(world):  # noqa: F811
    # Fresh agents, which know nothing yet of how far the stand-in's clock is ahead.
    world.home.unlock()
    world.session()
    world.home.run("clear", status=0)
    world.home.unlock()
    code = world.standin.code(SERIAL, next=1)
    with world.home.terminal("unlock", "dev") as t:
        t.expect("The next code comes in ")
        t.expect("\n" + PROMPT)
        world.standin.advance(30)
        t.line(code)
        t.expect("dev: session until ")
        assert t.wait() == 0


@pytest.mark.parametrize("end", ["\x03", signal.SIGTERM])
def test_an_interrupted_code_prompt_sends_nothing(world, end):  # noqa: F811
    before = calls(world)
    world.standin.fresh_step()
    with world.home.terminal("export", "dev", "--force") as t:
        t.expect(PROMPT)
        if isinstance(end, str):
            t.send(end)
            assert t.wait() == 130
        else:
            t.kill(end)
            assert t.wait() == -end
        assert t.echo()
    assert calls(world) == before
    # The agent lives on, and asks the next one.
    world.home.run("export", "dev", "-t", world.code(), status=0)


def test_a_background_job_that_needs_a_code_is_not_stopped(world):  # noqa: F811
    with world.home.shell("set -m; credvault process dev & wait $!; echo rc=$?") as t:
        t.expect("rc=7")
        assert t.wait() == 0


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "", "12 456"])
def test_a_given_code_that_is_none_is_a_usage_error(world, code):  # noqa: F811
    before = calls(world)
    world.home.run("export", "dev", "-t", code, status=2)
    assert calls(world) == before


def test_mfa_process_answers_first_and_knows_none_of_our_secrets(world):  # noqa: F811
    code = world.code()
    world.config("[profile dev]\nmfa_process = env >$HOME/env; printf '%%s\\n' %s\n" % code)
    world.home.run("export", "dev", env={"AWS_SECRET_ACCESS_KEY": "leak"}, status=0)
    with open(os.path.join(world.home.path, "env")) as f:
        env = f.read()
    assert "AWS_" not in env and "CREDVAULT" not in env and "HOME=" in env


@pytest.mark.parametrize("command", ["exit 3", "echo nonsense", "head -c 9000 /dev/zero", "true"])
def test_an_mfa_process_that_gives_no_code(world, command):  # noqa: F811
    world.config("[profile dev]\nmfa_process = %s\n" % command)
    world.standin.fresh_step()
    before = calls(world)
    answer = world.home.run("export", "dev")
    assert answer.status in (2, 7) and "mfa_process" in answer.err
    assert calls(world) == before


def test_askpass_is_asked_for_codes_too(world):  # noqa: F811
    asker = world.home.script("asker", 'echo "$1" >"$HOME/prompt"; echo %s' % world.code())
    world.home.run("export", "dev", env={"CREDVAULT_ASKPASS": asker}, status=0)
    with open(os.path.join(world.home.path, "prompt")) as f:
        assert f.read().startswith("MFA code for dev")


# -- the keys to the records, locked after a while unused ----------------------------------------

def idle(world):  # noqa: F811
    world.home.unlock("--idle", "1s")
    wait_until(lambda: world.home.status()["keys_locked"])


def test_idle_keys_are_unlocked_again_by_whoever_can_be_asked(world):  # noqa: F811
    idle(world)
    with world.home.terminal("list") as t:
        t.answer("Passphrase for", PASSPHRASE)
        t.expect("ci")
        assert t.wait() == 0
    status = world.home.status()
    assert status["locked"] is False and status["keys_locked"] is False


def test_idle_keys_without_anybody_to_ask_are_exit_4_and_the_agent_stays(world):  # noqa: F811
    idle(world)
    pid = world.home.status()["agent"]["pid"]
    answer = world.home.run("list", "--json", status=4)
    assert answer.error()["code"] == "LOCKED"
    assert world.home.status()["agent"]["pid"] == pid


def test_many_who_meet_idle_keys_raise_one_prompt(world):  # noqa: F811
    idle(world)
    asked = os.path.join(world.home.path, "asked")
    asker = world.home.script("counter", 'echo asked >>"$HOME/asked"; echo "%s"' % PASSPHRASE)
    several = [world.home.popen("list", env={"CREDVAULT_ASKPASS": asker}) for _ in range(10)]
    for one in several:
        one.communicate(timeout=120)
    assert [one.returncode for one in several] == [0] * 10
    with open(asked) as f:
        assert f.read().split() == ["asked"]


# -- proofs --------------------------------------------------------------------------------------

def test_a_replacement_takes_the_passphrase_once_more(world):  # noqa: F811
    key = json.dumps(world.key("ci"))
    home = world.home
    assert home.run("add", "ci", "--stdin", "--replace", "--json", stdin=key,
                    passphrase="wrong passphrase", status=5).error()["code"] == "WRONG_PASSPHRASE"
    home.run("add", "ci", "--stdin", "--replace", "--json", stdin=key, passphrase=None, status=4)
    home.run("add", "ci", "--stdin", "--replace", "--json", stdin=key, passphrase=PASSPHRASE,
             status=0)


def test_an_unlock_in_the_same_command_counts_as_a_proof(world):  # noqa: F811
    world.home.lock()
    world.home.run("add", "ci", "--stdin", "--replace", stdin=json.dumps(world.key("ci")),
                   passphrase=PASSPHRASE, status=0)


# -- how long an agent stays ---------------------------------------------------------------------

def test_an_agent_that_a_descriptor_opened_leaves_with_its_command(world):  # noqa: F811
    world.home.lock()
    world.home.run("list", passphrase=PASSPHRASE, status=0)
    assert world.home.status()["locked"] is True
    wal = world.home.vault + "-wal"
    assert not os.path.exists(wal) or os.path.getsize(wal) == 0


def test_an_agent_that_a_person_opened_stays_unless_once(world):  # noqa: F811
    world.home.lock()
    for args, locked in (([], False), (["--once"], True)):
        with world.home.terminal("list", *args) as t:
            t.answer("Passphrase for", PASSPHRASE)
            assert t.wait() == 0
        assert world.home.status()["locked"] is locked
        world.home.lock()


def test_exec_with_once_leaves_no_agent_while_the_command_runs(world):  # noqa: F811
    world.home.lock()
    with world.home.terminal("exec", "--once", "ci", "--", "/bin/sh", "-c",
                             "'%s' status | head -1" % world.home.program) as t:
        t.answer("Passphrase for", PASSPHRASE)
        t.expect("Locked")
        assert t.wait() == 0
