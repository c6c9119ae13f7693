# SPDX-License-Identifier: MIT
"""`credvault export`: credentials for shells and programs."""

import json
import subprocess

import pytest
from world import MEMBERS, ROLE, environment_of, fresh, world  # noqa: F401


pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


def test_env_lines_can_be_evaluated(world):
    world.session()
    lines = world.home.run("export", "dev", status=0).out
    script = lines + "\nexec env -0"
    done = subprocess.run(["/bin/sh", "-c", script], env={"PATH": "/bin:/usr/bin"},
                          capture_output=True, check=True)
    env = dict(v.split("=", 1) for v in done.stdout.decode().split("\0") if "=" in v)
    wanted = world.home.run("export", "dev", "--json", status=0).json()
    assert env["AWS_ACCESS_KEY_ID"] == wanted["AccessKeyId"]
    assert env["AWS_SECRET_ACCESS_KEY"] == wanted["SecretAccessKey"]
    assert env["AWS_SESSION_TOKEN"] == wanted["SessionToken"]
    assert env["AWS_CREDENTIAL_EXPIRATION"] == wanted["Expiration"]
    assert env["AWS_REGION"] == env["AWS_DEFAULT_REGION"] == wanted["Region"]
    assert env["AWS_ACCOUNT_ID"] == wanted["AccountId"] == "111122223333"
    assert world.whoami(environment_of(wanted)) == "arn:aws:iam::111122223333:user/dev"


def test_json_and_process_have_their_members(world):
    world.session()
    assert set(world.home.run("export", "dev", "--format", "json").json()) == MEMBERS | {"Region"}
    assert set(world.home.run("export", "dev", "--format", "process").json()) == MEMBERS
    assert set(world.home.run("export", "dev", "--json").json()) == MEMBERS | {"Region"}
    assert world.home.run("export", "dev", "--format", "xml", status=2).out == ""


def test_a_terminal_is_refused_unless_forced(world):
    world.session()
    with world.home.terminal("export", "dev") as terminal:
        assert terminal.wait() == 2
        assert "ASIA" not in terminal.seen and "--force" in terminal.seen
    with world.home.terminal("export", "dev", "--force") as terminal:
        terminal.expect("export AWS_ACCESS_KEY_ID='ASIA")
        assert terminal.wait() == 0


def test_the_profile_may_come_from_the_environment(world):
    env = {"AWS_PROFILE": "ci"}
    assert world.home.run("export", "--json", env=env, status=0).json()["AccessKeyId"][:4] == "ASIA"
    assert world.home.run("export", status=2).err.startswith("credvault: which profile?")
    world.home.run("export", "", status=2)


def test_a_person_picks_a_profile(world):
    world.config("[profile reader]\nrole_arn = %sreader\nsource_profile = ci\n" % ROLE)
    with world.home.shell("credvault export --json | tr A-Z a-z") as terminal:
        terminal.expect("1  ci").expect("2  dev").expect("3  reader")
        terminal.answer("Profile (number", "nonsense")
        terminal.answer("Which one?", "rea")
        terminal.expect('"accesskeyid":"asia')
        assert terminal.wait() == 0


def test_durations_within_aws_limits(world):
    left = world.home.run("export", "ci", "-d", "15m", "--json", status=0).json()
    assert left["AccessKeyId"].startswith("ASIA")
    assert world.standin.log(action="GetSessionToken")[-1]["params"]["DurationSeconds"] == "900"
    for bad in "14m", "37h", "0s", "-1h", "1x", "":
        world.home.run("export", "ci", "-d", bad, status=2)


def test_no_session_goes_straight_to_the_role(world):
    world.config("[profile reader]\nrole_arn = %sreader\nsource_profile = ci\n" % ROLE)
    before = len(world.standin.log())
    world.home.run("export", "reader", "-n", status=0)
    assert [e["action"] for e in world.standin.log(since=before)] == ["AssumeRole"]
    answer = world.home.run("export", "ci", "-n", status=2)
    assert answer.out == ""


def test_a_chain_of_roles_lasts_an_hour_at_most(world):
    world.config("[profile reader]\nrole_arn = %sreader\nsource_profile = ci\n"
                 "[profile chained]\nrole_arn = %schained\nsource_profile = reader\n" % (ROLE, ROLE))
    arn = world.whoami(environment_of(world.home.run("export", "chained", "--json", status=0).json()))
    assert "assumed-role/chained/" in arn
    assert world.home.run("export", "chained", "-d", "2h", status=2).out == ""


def test_the_code_may_come_from_an_option_a_descriptor_and_a_program(world):
    code = world.code()
    world.home.run("export", "dev", "--mfa-token", code, status=0)
    world.home.run("clear", status=0)
    file = world.home.file("code", world.code() + "\n")
    with open(file) as source:
        world.home.run("export", "dev", "--mfa-code-fd", str(source.fileno()),
                       pass_fds=[source.fileno()], status=0)
    world.home.run("clear", status=0)
    program = world.home.script("mfa", "echo %s\n" % world.code())
    world.config("[profile dev]\nmfa_process = %s\n" % program)
    world.home.run("export", "dev", status=0)


def test_a_wrong_code_is_7_and_is_not_sent_twice(world):
    wrong = "%06d" % ((int(world.code()) + 500000) % 1000000)
    assert world.home.run("export", "dev", "-t", wrong).status == 7
    sent = [e for e in world.standin.log(action="GetSessionToken")
            if e["params"].get("TokenCode") == wrong]
    world.home.run("export", "dev", "-t", wrong, status=7)
    again = [e for e in world.standin.log(action="GetSessionToken")
             if e["params"].get("TokenCode") == wrong]
    assert len(sent) == len(again) == 1
    world.home.run("export", "dev", "-t", world.code(), status=0)
    for bad in "12345", "1234567", "abcdef", "":
        assert world.home.run("export", "dev", "-t", bad, status=None).status in (0, 2)


def test_a_refused_role_names_the_way_to_its_plan(world):
    world.config("[profile external]\nrole_arn = %sexternal\nsource_profile = ci\n" % ROLE)
    answer = world.home.run("export", "external", status=8)
    assert "credvault export external --plan" in answer.err
    plan = world.home.run("export", "external", "--plan", "--json", status=0).json()
    assert [step["kind"] for step in plan["steps"]] == ["key", "session", "role"]
    with world.home.terminal("export", "external", "--plan") as terminal:
        terminal.expect(ROLE + "external")
        assert terminal.wait() == 0


def test_errors_are_json_on_request(world):
    error = world.home.run("export", "nobody", "--json", status=3).error()
    assert (error["code"], error["status"], error["profile"]) == ("NOT_FOUND", 3, "nobody")


def test_an_endpoint_outside_of_the_keys_class_is_refused_before_anything_is_sent(world):
    for url in "https://sts.example.com", "https://sts.us-east-1.amazonaws.com":
        answer = world.home.run("export", "ci", "--endpoint-url", url)
        assert answer.status not in (0, 9), answer
        assert answer.out == ""
    assert world.home.run("export", "ci", "--endpoint-url", "http://10.0.0.1/", status=2).out == ""
    assert json.loads(world.home.run("export", "ci", "--json", status=0).out)


def test_a_region_that_aws_does_not_know_is_called_so(world):
    answer = world.home.run("export", "ci", env={"AWS_REGION": "eu-test-1000"}, status=8)
    assert "region eu-test-1000" in answer.err and "secret" not in answer.err


def exported(world, env, *args):
    """The environment of a shell that has evaluated an export, as names and values."""
    lines = world.home.run("export", *args, env=env, status=0).out.splitlines()
    return dict(env, **dict(line[len("export "):].replace("'", "").split("=", 1) for line in lines))


def test_an_exported_region_does_not_outrank_the_next_profiles_own(world):
    world.config("[profile one]\nsource_profile = ci\nrole_arn = %sreader\nregion = eu-west-1\n"
                 "[profile two]\nsource_profile = ci\nrole_arn = %sreader\nregion = ap-south-1\n"
                 % (ROLE, ROLE))
    env = exported(world, {"AWS_REGION": ""}, "one")
    assert (env["AWS_REGION"], env["CREDVAULT_PROFILE"]) == ("eu-west-1", "one")
    env = exported(world, env, "two")
    assert (env["AWS_REGION"], env["CREDVAULT_PROFILE"]) == ("ap-south-1", "two")
    assert world.home.run("exec", "one", "--", "/bin/sh", "-c", "echo $AWS_REGION", env=env,
                          status=0).out == "eu-west-1\n"
    # What a person has set since is that person's, and so is the option.
    theirs = dict(env, AWS_REGION="us-west-2")
    assert exported(world, theirs, "one")["AWS_REGION"] == "us-west-2"
    assert exported(world, env, "one", "--region", "sa-east-1")["AWS_REGION"] == "sa-east-1"


def test_a_region_that_the_caller_has_set_stays_the_callers_after_an_export(world):
    world.config("[profile one]\nsource_profile = ci\nrole_arn = %sreader\n" % ROLE)
    env = exported(world, {"AWS_REGION": "eu-west-2"}, "one")
    assert "CREDVAULT_PROFILE" not in env
    assert exported(world, env, "one")["AWS_REGION"] == "eu-west-2"
    # An older mark goes, so that the caller's region counts from then on.
    env = exported(world, {"AWS_REGION": "eu-west-2", "CREDVAULT_PROFILE": "two"}, "one")
    assert env["CREDVAULT_PROFILE"] == ""
    assert exported(world, env, "one")["AWS_REGION"] == "eu-west-2"
