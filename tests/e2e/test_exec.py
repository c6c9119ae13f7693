# SPDX-License-Identifier: MIT
"""`credvault exec`: a command with a profile's credentials."""

import json
import os
import resource
import signal

import pytest
from home import PASSPHRASE
from world import ROLE, fresh, world  # noqa: F401


pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


SHOW = """import json, os, resource, signal
print(json.dumps({"env": dict(os.environ), "pid": os.getpid(), "fds": sorted(
    int(f) for f in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + f)),
    "umask": os.umask(0), "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
    "pipe": signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL, "argv": __import__("sys").argv,
    "status": open("/proc/self/status").read()}))"""
PYTHON = ["/usr/bin/python3", "-I", "-c", SHOW]


def look(world, *options, env=None, **more):
    process = world.home.popen("exec", *options, "--", *PYTHON, env=env, **more)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out), process.pid


def test_the_child_has_the_session_and_our_process_id(world):
    seen, pid = look(world, "ci")
    assert seen["pid"] == pid
    assert world.whoami({k: v for k, v in seen["env"].items() if k.startswith("AWS_")}) \
        == "arn:aws:iam::111122223333:user/ci"
    assert seen["env"]["CREDVAULT_PROFILE"] == seen["env"]["AWS_VAULT"] == "ci"
    assert seen["env"]["AWS_REGION"] == seen["env"]["AWS_DEFAULT_REGION"]
    assert seen["env"]["AWS_ACCOUNT_ID"] == "111122223333"
    assert seen["env"]["AWS_CREDENTIAL_EXPIRATION"].endswith("Z")
    assert seen["env"]["HOME"] == world.home.path


def test_what_would_contradict_the_session_is_gone(world):
    gone = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN",
            "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AMAZON_REGION",
            "AWS_CREDENTIAL_SCOPE", "AWS_ACCESS_KEY", "CREDVAULT_NO_INPUT", "CREDENTIALS_DIRECTORY"]
    seen, _ = look(world, "ci", env={name: "1" for name in gone})
    assert [name for name in gone if name in seen["env"]] == []
    assert [n for n in seen["env"] if n.startswith("CREDVAULT_")] == ["CREDVAULT_PROFILE"]


def test_descriptors_limits_mask_and_signals_are_the_callers(world):
    reading, writing = os.pipe()

    def before():
        os.umask(0o037)
        resource.setrlimit(resource.RLIMIT_CORE, (0x100000, resource.getrlimit(
            resource.RLIMIT_CORE)[1]))
        signal.pthread_sigmask(signal.SIG_SETMASK, [])

    # The sanitizers' run time would lower the limit before we see it.
    seen, _ = look(world, "ci", preexec_fn=before, pass_fds=[reading],
                   env={"ASAN_OPTIONS": "disable_coredump=0"})
    os.close(reading)
    os.close(writing)
    assert [f for f in seen["fds"] if f > 2] == [reading]
    assert seen["umask"] == 0o037
    assert seen["core"] == 0x100000
    status = dict(line.split(":\t", 1) for line in seen["status"].splitlines() if ":\t" in line)
    assert int(status["SigBlk"], 16) == 0 and status["NoNewPrivs"] == "0"


def test_a_process_substitution_of_the_caller_reaches_the_command(world):
    with world.home.shell("credvault exec ci -- cat <(echo it came through)") as t:
        t.expect("it came through")
        assert t.wait() == 0


def test_makes_jobserver_reaches_a_make_behind_exec(world):
    world.home.file("Makefile", "all:\n\t+@'%s' exec ci -- $(MAKE) -s inner\n"
                    "inner:\n\t@echo made\n" % world.home.program)
    with world.home.shell("make -s -j2") as t:
        assert t.wait() == 0
    assert "made" in t.seen and "jobserver" not in t.seen


@pytest.mark.parametrize("unlocked", [True, False])
def test_a_descriptor_that_carried_a_secret_never_reaches_the_command(world, unlocked):
    if not unlocked:
        world.home.lock()
    seen, _ = look(world, "ci", passphrase=PASSPHRASE + "\nmore")
    assert [f for f in seen["fds"] if f > 2] == []
    world.home.unlock()
    reading, writing = os.pipe()
    os.write(writing, b"123456\n")
    seen, _ = look(world, "ci", "--mfa-code-fd", str(reading), pass_fds=[reading])
    assert [f for f in seen["fds"] if f > 2] == []
    os.close(reading)
    os.close(writing)


def test_a_file_with_the_passphrase_on_standard_input_is_not_read_again_by_the_command(world):
    world.home.lock()
    with open(world.home.file("pass", PASSPHRASE + "\n"), encoding="ascii") as file:
        process = world.home.popen("exec", "--passphrase-fd", "0", "ci", "--", "/usr/bin/python3", "-c",
                                   "import os; os.lseek(0, 0, 0); print(os.read(0, 99))", stdin=file)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (0, "b''\n"), err
    world.home.unlock()


@pytest.mark.parametrize("args", [["ci", "--duration", "1h", "--"], ["--duration", "1h", "ci", "--"],
                                  ["-q", "ci", "-d1h", "-v", "--"]])
def test_options_on_both_sides_of_the_profile_are_ours_where_two_dashes_stand(world, args):
    answer = world.home.run("exec", *args, "/bin/sh", "-c", 'echo "$0 $*"', "-d", "2h", status=0)
    assert answer.out == "-d 2h\n"


def test_without_two_dashes_options_end_at_the_profile(world):
    assert world.home.run("exec", "ci", "/bin/echo", "-d", "--", "x", status=0).out == "-d -- x\n"
    answer = world.home.run("exec", "ci", "--duration", "1h", status=125)
    assert "credvault exec PROFILE --duration… -- COMMAND" in answer.err


def test_arguments_and_the_exit_status_are_the_commands(world):
    answer = world.home.run("exec", "ci", "--", "/bin/sh", "-c", 'printf "%s|" "$@"; exit 42', "sh",
                            "-d", "--json", "a b", "", status=42)
    assert answer.out == "-d|--json|a b||"
    assert world.home.run("exec", "ci", "printf", "%s", "-n", status=0).out == "-n"
    process = world.home.popen("exec", "ci", "--", "/bin/sh", "-c", "kill -TERM $$")
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM


def test_failures_of_ours_are_125_126_127(world):
    plain = world.home.file("plain", "x")
    assert "\ncredvault: " in "\n" + world.home.run("exec", "ci", "--", plain, status=126).err
    assert world.home.run("exec", "ci", "--", world.home.path, status=126).out == ""
    assert "(exit 127)" in world.home.run("exec", "ci", "--", "no-such-program", status=127).err
    world.home.run("exec", "ci", "--", "/no/such", status=127)
    world.home.run("exec", "ci", "--", "", status=127)
    world.home.run("exec", "nobody", "--", "true", status=125)
    world.home.run("exec", "a\x01b", "--", "true", status=125)
    world.home.run("exec", "ci", "-d", "1h", "true", status=125)
    error = world.home.run("exec", "--json", "nobody", "--", "true", status=125).error()
    assert (error["code"], error["status"]) == ("NOT_FOUND", 125)
    assert error["real_status"] == 3
    error = world.home.run("exec", "--json", "ci", "--", "no-such-program", status=127).error()
    assert error["status"] == 127 and "real_status" not in error
    world.home.lock()
    assert world.home.run("exec", "ci", "--", "true", status=125).out == ""
    assert world.home.run("exec", "--json", "ci", "--", "true").error()["real_status"] == 4
    assert "real_status" not in world.home.run("export", "--json", "ci").error()


def test_it_does_not_nest(world):
    answer = world.home.run("exec", "ci", "--", "echo", "ran", env={"AWS_VAULT": "other\x1b[2J"},
                            status=125)
    assert answer.out == "" and "inside exec other" in answer.err and "\x1b" not in answer.err
    # `export` has marked its region: that is no nesting.
    world.home.run("exec", "ci", "--", "true", env={"CREDVAULT_PROFILE": "other"}, status=0)


def test_the_profile_may_come_from_the_environment(world):
    answer = world.home.run("exec", "--", "/bin/sh", "-c", "echo $AWS_VAULT-$AWS_PROFILE",
                            env={"AWS_PROFILE": "ci"}, status=0)
    assert answer.out == "ci-\n"
    world.home.run("exec", "--", "true", status=125)


def test_the_profile_may_be_said_by_an_option_wherever_it_stands(world):
    for words in (["--profile", "ci", "--"], ["--profile=ci"], ["-d", "20m", "--profile", "ci", "--"]):
        answer = world.home.run("exec", *words, "/bin/sh", "-c", "echo $AWS_VAULT", env={
            "AWS_PROFILE": "dev"}, status=0)
        assert answer.out == "ci\n"
    assert world.home.run("export", "--profile", "ci", "--json", status=0).json()["SessionToken"]
    assert world.home.run("process", "--profile=ci", status=0).json()["SessionToken"]
    world.home.run("process", "--profile", "ci", "dev", status=2)
    assert "Dropped 2" in world.home.run("clear", "--profile", "ci", status=0).out
    made = world.home.run("unlock", "--profile", "ci", "--json", passphrase=PASSPHRASE, status=0)
    assert [s["profile"] for s in made.json()["sessions"]] == ["ci"]


def test_without_a_command_it_is_the_shell(world):
    world.session()
    shell = world.home.script("shell", 'echo "shell of $AWS_VAULT, $#"\n')
    answer = world.home.run("exec", "dev", env={"SHELL": shell}, status=0)
    assert answer.out == "shell of dev, 0\n"


def test_the_code_is_typed_and_the_child_has_the_terminal(world):
    code = world.code()
    with world.home.terminal("exec", "dev", "--", "/bin/sh", "-c",
                             "test -t 0 && test -t 1 && echo on a terminal; read x; echo got $x"
                             ) as terminal:
        terminal.answer("ode", code)
        terminal.expect("on a terminal")
        terminal.line("this")
        terminal.expect("got this")
        assert terminal.wait() == 0


def test_an_interrupted_prompt_is_130(world):
    with world.home.terminal("exec", "dev", "--", "echo", "ran") as terminal:
        terminal.expect("ode").send("\x03")
        assert terminal.wait() == 130
        assert "\nran" not in terminal.seen


def test_a_second_try_after_a_refused_code(world):
    wrong = "%06d" % ((int(world.code()) + 500000) % 1000000)
    with world.home.terminal("exec", "dev", "--", "echo", "it", "ran") as terminal:
        terminal.answer("ode", wrong)
        # What is typed while it counts down to the next code is taken at once.
        terminal.expect("AWS refused that code").line(world.code())
        terminal.expect("it ran")
        assert terminal.wait() == 0


def test_the_plan_shows_the_steps_and_asks_nothing(world):
    world.config("[profile reader]\nrole_arn = %sreader\nsource_profile = dev\n" % ROLE)
    before = len(world.standin.log())
    plan = world.home.run("exec", "--json", "--plan", "reader", status=0).json()
    assert [step["kind"] for step in plan["steps"]] == ["key", "session", "role"]
    shown = world.home.run("exec", "--plan", "reader", status=0).out
    assert "dev" in shown and "arn:aws:iam::111122223333:mfa/dev" in shown and ROLE in shown
    world.home.lock()
    assert ROLE in world.home.run("exec", "--plan", "reader", status=0).out
    assert len(world.standin.log()) == before


def test_a_session_that_iam_refuses_is_told_of_once_with_the_way_out(world):
    world.home.run("process", "ci", status=0)
    told = world.home.run("exec", "ci", "--", "aws", "--region", "us-east-1", "--endpoint-url",
                          world.standin.url, "iam", "list-access-keys")
    assert told.status and "(InvalidClientTokenId) when calling the ListAccessKeys" in told.err
    told.err = told.err.split("\n\n")[0]
    assert "InvalidClientTokenId" in told.err and "credvault edit ci --mfa-serial ARN" in told.err
    assert all(len(line) < 80 for line in told.err.splitlines()) and told.out == ""
    assert world.home.run("exec", "ci", "--", "true", status=0).err == ""
    for words in ("exec", "export"):
        plan = world.home.run(words, "--plan", "ci", status=0)
        assert "  2  session  without MFA" in plan.out
        assert "InvalidClientTokenId" in plan.out and "credvault edit ci --mfa-serial ARN" in plan.out
    # The next session is told of again, but not where nobody is to be told, nor where IAM takes it.
    world.home.run("clear", status=0)
    for words in (["-q", "ci"], ["--json", "ci"]):
        assert world.home.run("exec", *words, "--", "true", status=0).err == ""
        world.home.run("clear", status=0)
    assert "no MFA" in world.home.run("exec", "ci", "--", "true", status=0).err
    world.config("[profile reader]\nrole_arn = %sreader\nsource_profile = ci\n" % ROLE)
    assert world.home.run("exec", "reader", "--", "true", status=0).err == ""
    assert "InvalidClientTokenId" not in world.home.run("exec", "--plan", "reader", status=0).out
    world.session()
    assert world.home.run("exec", "dev", "--", "true", status=0).err == ""
    assert "InvalidClientTokenId" not in world.home.run("exec", "--plan", "dev", status=0).out


def test_output_of_the_child_is_not_held_back(world):
    process = world.home.popen("exec", "ci", "--", "/bin/sh", "-c", "echo first; read x; echo $x",
                               stdin=-1)
    assert process.stdout.readline() == "first\n"
    out, _ = process.communicate("second\n", timeout=60)
    assert out == "second\n"
