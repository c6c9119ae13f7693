# SPDX-License-Identifier: MIT
"""credvault unlock: who is asked, how often, and what becomes of the terminal."""

import os
import signal
import struct

import pytest

from home import PASSPHRASE, PROGRAMS, seconds_between, wait_until

pytestmark = pytest.mark.sanitize

PROMPT = "Passphrase for ~/.local/share/credvault/vault.db: "


def test_it_says_until_when(locked):
    answer = locked.run("unlock", passphrase=PASSPHRASE, status=0)
    assert answer.out.startswith("Unlocked.")
    assert locked.status()["agent"]["how"] == "passphrase"


def test_limits_are_what_was_asked_for(locked):
    ok = locked.run("unlock", "--json", "--idle", "2m", "--for", "10m", passphrase=PASSPHRASE,
                    status=0).json()
    assert abs(seconds_between(ok["idle_at"], ok["lock_at"]) - 480) <= 1
    assert set(ok) >= {"vault", "vault_id", "idle_at", "lock_at"}
    agent = locked.status()["agent"]
    assert abs(seconds_between(agent["lock_at"], ok["lock_at"])) <= 1


@pytest.mark.parametrize("option", [["--idle", "0s"], ["--for", "soon"], ["--idle", "-5m"],
                                    ["--for", "99999999999d"]])
def test_a_limit_that_is_none_is_refused(locked, option):
    locked.run("unlock", *option, passphrase=PASSPHRASE, status=2)
    assert locked.status()["locked"] is True


def test_a_wrong_passphrase_is_exit_5_and_changes_nothing(locked):
    with open(locked.vault, "rb") as f:
        before = f.read()
    answer = locked.run("unlock", passphrase="not the passphrase", status=5)
    assert "wrong passphrase" in answer.err and "not the passphrase" not in answer.err
    with open(locked.vault, "rb") as f:
        assert f.read() == before
    locked.wait_no_agents()
    assert locked.run("unlock", "--json", passphrase="not the passphrase",
                      status=5).error()["code"] == "WRONG_PASSPHRASE"


def test_a_wrong_passphrase_leaves_the_agent_that_is_there(vault):
    agent = vault.status()["agent"]
    vault.run("unlock", passphrase="not the passphrase", status=5)
    assert vault.status()["agent"]["pid"] == agent["pid"]
    assert vault.status()["locked"] is False


def test_unlocking_anew_replaces_the_agent(vault):
    before = vault.status()["agent"]["pid"]
    vault.unlock()
    after = vault.status()["agent"]["pid"]
    assert before != after
    wait_until(lambda: before not in vault.agents())


def test_a_person_is_asked_three_times(locked):
    with locked.terminal("unlock") as t:
        for _ in range(3):
            t.answer(PROMPT, "wrong")
        assert t.wait() == 5
        assert t.seen.count("Passphrase for") == 3
    locked.wait_no_agents()


def test_the_third_try_may_be_right(locked):
    with locked.terminal("unlock") as t:
        t.answer(PROMPT, "wrong").answer(PROMPT, "wrong again").answer(PROMPT, PASSPHRASE)
        t.expect("Unlocked.")
        assert t.wait() == 0
        assert PASSPHRASE not in t.seen and "wrong again" not in t.seen
        assert t.echo()
    assert locked.status()["locked"] is False


def test_a_passphrase_that_is_too_long_is_an_error_and_not_cut(locked):
    with locked.terminal("unlock") as t:
        t.answer(PROMPT, PASSPHRASE + " " * 1100)
        assert t.wait() == 2
        assert "longer than" in t.seen
        assert t.echo()


@pytest.mark.parametrize("end", ["\x03", "\x04"])
def test_an_interrupted_prompt_is_exit_130_with_echo_restored(locked, end):
    with locked.terminal("unlock") as t:
        t.expect(PROMPT)
        assert not t.echo()
        t.send(end)
        assert t.wait() == 130
        assert t.echo()
    locked.wait_no_agents()


# Whatever ends a program by default and may come from outside.
DEADLY = ("TERM HUP QUIT ALRM USR1 USR2 XCPU VTALRM PROF SYS ABRT TRAP IO PWR STKFLT").split()


@pytest.mark.parametrize("number", [signal.Signals["SIG" + name] if "SIG" + name in
                                    signal.Signals.__members__ else 16 for name in DEADLY])
def test_a_deadly_signal_restores_echo_and_leaves_nothing_running(locked, number):
    with locked.terminal("unlock") as t:
        t.expect(PROMPT)
        t.kill(number)
        assert t.wait() == -number
        assert t.echo()
    locked.wait_no_agents()


def test_a_second_interrupt_restores_echo_too(locked):
    with locked.terminal("unlock") as t:
        t.expect(PROMPT)
        t.kill(signal.SIGINT).kill(signal.SIGINT).kill(signal.SIGTERM)
        assert t.wait() in (130, -signal.SIGINT, -signal.SIGTERM)
        assert t.echo()


def test_a_stop_gives_the_terminal_back_and_asks_again(locked):
    with locked.shell("set -m; credvault unlock; echo stopped=$?; stty -a | grep -ow -- '-\\?echo';"
                      " fg >/dev/null; echo done=$?") as t:
        t.expect(PROMPT).send("\x1a")
        t.expect("stopped=148")
        t.expect("\necho")
        t.answer(PROMPT, PASSPHRASE)
        t.expect("done=0")
        assert t.wait() == 0
        assert PASSPHRASE not in t.seen


def test_a_background_job_fails_at_once_and_is_not_stopped(locked):
    with locked.shell("set -m; credvault unlock & wait $!; echo rc=$?") as t:
        t.expect("rc=4")
        assert t.wait() == 0
        assert "there is no terminal to ask on" in t.seen


def test_without_a_terminal_it_fails_at_once(locked):
    answer = locked.run("unlock", status=4)
    assert answer.err.startswith("credvault: the vault is locked and there is no terminal")
    assert "(exit 4)" in answer.err and "credvault unlock" in answer.err
    locked.wait_no_agents()


def test_no_input_asks_nobody_even_on_a_terminal(locked):
    for env, args in (({"CREDVAULT_NO_INPUT": "1"}, []), ({}, ["--no-input"])):
        with locked.terminal("unlock", *args, env=env) as t:
            assert t.wait() == 4
            assert "Passphrase" not in t.seen


# -- programs that ask ---------------------------------------------------------------------------

def test_askpass_is_asked_where_there_is_no_terminal(locked):
    asker = locked.script("ask pass", 'printf "%%s" "$1" >"$HOME/prompt"; env >"$HOME/env"; '
                                      'echo "%s"' % PASSPHRASE)
    locked.run("unlock", env={"CREDVAULT_ASKPASS": asker, "SECRET_THING": "x", "DISPLAY": ":9"},
               status=0)
    with open(os.path.join(locked.path, "prompt")) as f:
        assert f.read() == PROMPT
    with open(os.path.join(locked.path, "env")) as f:
        env = f.read()
    assert "DISPLAY=:9" in env and "SECRET_THING" not in env and "CREDVAULT" not in env


@pytest.mark.parametrize("text, status", [("echo wrong", 5), ("exit 1", 130), ("exit 0", 130),
                                          ("head -c 9000 /dev/zero", 1), ("kill -9 $$", 130)])
def test_askpass_that_does_not_answer_well(locked, text, status):
    asker = locked.script("asker", text)
    locked.run("unlock", env={"CREDVAULT_ASKPASS": asker}, status=status)
    locked.wait_no_agents()


def test_askpass_must_be_an_absolute_path(locked):
    answer = locked.run("unlock", env={"CREDVAULT_ASKPASS": "asker; id"}, status=2)
    assert "absolute" in answer.err


def test_a_pinentry_is_spoken_to_in_assuan(locked):
    pinentry = locked.script("pinentry-test", r"""
echo "OK ready"
while read -r verb rest; do
	echo "$verb $rest" >>"$HOME/heard"
	case $verb in
	GETPIN) echo "D %s"; echo OK ;;
	BYE) exit ;;
	*) echo OK ;;
	esac
done
""" % PASSPHRASE.replace("c", "%63"))
    locked.run("unlock", env={"CREDVAULT_ASKPASS": pinentry}, status=0)
    with open(os.path.join(locked.path, "heard")) as f:
        assert "SETDESC Passphrase for" in f.read()


def test_a_cancelled_pinentry_is_an_interrupted_prompt(locked):
    pinentry = locked.script("pinentry-no", r"""
echo OK
while read -r verb rest; do
	case $verb in
	GETPIN) echo "ERR 83886179 Operation cancelled <Pinentry>" ;;
	*) echo OK ;;
	esac
done
""")
    locked.run("unlock", env={"CREDVAULT_ASKPASS": pinentry}, status=130)


# -- many at once --------------------------------------------------------------------------------

def test_fifty_cold_calls_raise_one_prompt_and_start_one_agent(locked):
    asker = locked.script("counter", 'echo asked >>"$HOME/asked"; echo "%s"' % PASSPHRASE)
    env = {"CREDVAULT_ASKPASS": asker}
    calls = [locked.popen("clear", env=env) for _ in range(50)]
    failed = [c.communicate(timeout=120) for c in calls]
    assert [c.returncode for c in calls] == [0] * 50, failed
    with open(os.path.join(locked.path, "asked")) as f:
        assert f.read().split() == ["asked"]
    assert locked.status()["agent"]["how"] == "passphrase"


def test_fifty_calls_on_one_terminal_show_one_prompt(locked):
    with locked.shell("for i in $(seq 50); do credvault clear || echo failed & done; wait;"
                      " echo all done") as t:
        t.answer(PROMPT, PASSPHRASE)
        t.expect("all done")
        assert t.wait() == 0
        assert t.seen.count("Passphrase for") == 1
        assert "failed" not in t.seen and PASSPHRASE not in t.seen


def test_the_question_moves_on_when_the_one_who_was_asked_fails(locked):
    asker = locked.script("once", 'if mkdir "$HOME/first" 2>/dev/null; then exit 1; fi; echo "%s"'
                          % PASSPHRASE)
    env = {"CREDVAULT_ASKPASS": asker}
    calls = [locked.popen("clear", env=env) for _ in range(4)]
    for call in calls:
        call.communicate(timeout=120)
    assert sorted(c.returncode for c in calls) == [0, 0, 0, 130]


# -- vaults that are not as they should be -------------------------------------------------------

def test_no_vault_is_exit_3(home):
    answer = home.run("unlock", status=3)
    assert "credvault init" in answer.err


@pytest.mark.parametrize("spoil, status", [
    (lambda p: os.chmod(p, 0o644), 1),
    (lambda p: os.link(p, p + ".other"), 1),
    (lambda p: (os.rename(p, p + ".real"), os.symlink(p + ".real", p)), 1),
    (lambda p: (os.unlink(p), os.mkfifo(p)), 1),
    (lambda p: (os.unlink(p), os.mkdir(p)), 1),
    (lambda p: os.truncate(p, 0), 6),
    (lambda p: os.truncate(p, 5000), 6),
    (lambda p: open(p, "w").write("this is no vault at all" * 1000), 6),
])
def test_a_vault_that_is_no_file_of_ours_is_refused_before_anybody_is_asked(home, spoil, status):
    home.init()
    home.lock()
    spoil(home.vault)
    with home.terminal("unlock") as t:
        assert t.wait() == status
        assert "Passphrase" not in t.seen
    home.wait_no_agents()


def test_a_helper_that_is_not_there_is_told(locked, tmp_path):
    copy = str(tmp_path / "credvault")
    with open(os.path.join(PROGRAMS, "credvault"), "rb") as f:
        data = f.read()
    place = os.path.join(PROGRAMS, "").encode()
    if place + b"credvault-agent" not in data:
        pytest.skip("the helpers' place is not in this binary")
    nowhere = b"/" + b"x" * (len(place) - 2) + b"/"
    with open(copy, "wb") as f:
        f.write(data.replace(place + b"credvault-agent", nowhere + b"credvault-agent"))
    os.chmod(copy, 0o755)
    with locked.terminal("unlock", program=copy) as t:
        assert t.wait() == 1
        assert "cannot run" in t.seen


@pytest.mark.parametrize("memory, passes", [(1 << 42, 6), (1 << 20, 6), (64 << 20, 1 << 31),
                                            (64 << 20, 1)])
def test_a_cost_outside_of_the_bounds_is_exit_6_before_any_work(home, memory, passes):
    home.init()
    home.lock()

    def cost(memory, passes):   # two neighbouring numbers of the header (docs/format.md)
        return b"".join(struct.pack("<IQ", 8, n) for n in (passes, memory))

    with open(home.vault, "rb") as f:
        data = f.read()
    assert cost(64 << 20, 6) in data, "the header is not where docs/format.md has it"
    with open(home.vault, "wb") as f:
        f.write(data.replace(cost(64 << 20, 6), cost(memory, passes)))
    with home.terminal("unlock") as t:
        assert t.wait() == 6
        assert "Passphrase" not in t.seen
    home.wait_no_agents()
