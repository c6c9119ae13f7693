# SPDX-License-Identifier: MIT
"""`credvault process`: the credential_process contract."""

import datetime
import json
import os
import re

import pytest
from world import MEMBERS, ROLE, environment_of, fresh, world  # noqa: F401


pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


def test_one_json_object_and_nothing_else(world):
    world.session()
    answer = world.home.run("process", "dev", status=0)
    assert answer.err == ""
    object_ = json.loads(answer.out)
    assert set(object_) == MEMBERS
    assert object_["Version"] == 1
    assert object_["AccessKeyId"].startswith("ASIA")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", object_["Expiration"])
    assert answer.out.count("\n") == 1


def test_aws_knows_the_session_as_the_user(world):
    world.session()
    arn = world.whoami(environment_of(world.home.run("process", "dev", status=0).json()))
    assert arn == "arn:aws:iam::111122223333:user/dev"


def test_a_cached_session_is_handed_out_again_without_asking_aws(world):
    world.session()
    before = len(world.standin.log())
    first = world.home.run("process", "dev", status=0).json()
    assert first == world.home.run("process", "dev", status=0).json()
    assert len(world.standin.log()) == before


def test_a_role_is_assumed_from_the_session(world):
    world.config("[profile reader]\nrole_arn = %sreader\nsource_profile = dev\n" % ROLE)
    world.session()
    arn = world.whoami(environment_of(world.home.run("process", "reader", status=0).json()))
    assert arn.startswith("arn:aws:sts::111122223333:assumed-role/reader/cv-")


def test_a_role_that_wants_mfa_and_an_external_id(world):
    world.config("[profile admin]\nrole_arn = %sadmin\nsource_profile = dev\n"
                 "[profile external]\nrole_arn = %sexternal\nsource_profile = dev\n"
                 "external_id = example-external-id\n" % (ROLE, ROLE))
    world.session()
    for role in "admin", "external":
        arn = world.whoami(environment_of(world.home.run("process", role, status=0).json()))
        assert "assumed-role/%s/" % role in arn


def test_the_region_and_other_profiles_of_the_environment_do_not_matter(world):
    world.session()
    first = world.home.run("process", "dev", status=0).json()
    again = world.home.run("process", "dev", env={
        "AWS_PROFILE": "other", "AWS_ACCESS_KEY_ID": "AKIAOTHEROTHEROTHER0",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"})
    assert (again.status, again.err) == (0, "")
    assert again.json() == first


def test_refusals_are_one_line_with_nothing_on_stdout(world):
    world.config("[profile a]\nrole_arn = %sa\nsource_profile = b\n"
                 "[profile b]\nrole_arn = %sb\nsource_profile = a\n" % (ROLE, ROLE))
    for arguments, status in ((["nobody"], 3), (["a"], 2), ([""], 2), (["x" * 10000], 2),
                              (["a\x01b"], 2), (["a  b"], 2)):
        answer = world.home.run("process", *arguments)
        assert (answer.status, answer.out) == (status, ""), (arguments, answer)
        assert answer.err.count("\n") == 1 and answer.err.startswith("credvault: ")
        assert "\x01" not in answer.err and len(answer.err) < 1000


def test_a_circle_names_everybody_on_it(world):
    path = world.config("[profile a]\nrole_arn = %sa\nsource_profile = b\n"
                        "[profile b]\nrole_arn = %sb\nsource_profile = a\n" % (ROLE, ROLE))
    assert "a > b > a: a circle, %s:" % path in world.home.run("process", "a").err


def test_locked_without_anybody_to_ask_is_4_at_once(world):
    world.home.lock()
    answer = world.home.run("process", "dev", status=4)
    assert answer.out == ""
    assert re.fullmatch(r"credvault: dev: locked since \d\d:\d\d \(exit 4\); run: credvault unlock "
                        r"dev\n", answer.err)
    refused = world.home.status()["refused"]
    assert ("dev", 1, "LOCKED") in [(r["profile"], r["count"], r["code"]) for r in refused]


def test_no_code_to_be_had_is_7_at_once(world):
    answer = world.home.run("process", "dev", status=7)
    assert answer.out == ""
    assert answer.err.endswith("; run: credvault unlock dev\n")


def test_a_dead_key_and_an_aws_that_does_not_answer(world):
    key = world.standin.key("ci")["id"]
    world.standin.set_key(key, "Inactive")
    answer = world.home.run("process", "ci", status=8)
    world.standin.set_key(key, "Active")
    assert answer.out == "" and answer.err.count("\n") == 1
    # The next few seconds answer alike without asking AWS.
    before = len(world.standin.log())
    assert world.home.run("process", "ci", status=8).err == answer.err
    assert len(world.standin.log()) == before
    world.elsewhere()
    assert world.home.run("process", "ci", env={"CREDVAULT_ENDPOINT_URL": "http://127.0.0.1:1"},
                          status=9).out == ""
    assert world.home.run("process", "ci", status=0).json()["AccessKeyId"].startswith("ASIA")


def test_a_refusal_is_told_on_the_terminal_once_in_a_while(world):
    script = ("for i in 1 2 3; do credvault process dev --no-input 2>/dev/null; done; echo done=$?")
    told = os.path.join(world.home.runtime, "credvault")
    for name in os.listdir(told):
        if name.endswith(".told"):
            os.remove(os.path.join(told, name))
    with world.home.shell(script) as terminal:
        terminal.expect("done=7")
        terminal.wait()
    assert terminal.seen.count("an MFA code is needed") == 1, terminal.seen


def test_an_sdk_in_the_foreground_lets_a_person_type_the_code(world):
    code = world.code()
    with world.home.shell("credvault process dev </dev/null 2>/dev/null | tr A-Z a-z") as terminal:
        terminal.answer("ode", code)     # of "MFA code …" or "Next code in …"
        terminal.expect('"accesskeyid":"asia')
        assert terminal.wait() == 0


def test_a_locked_vault_asks_on_the_terminal(world, passphrase):
    world.home.lock()
    with world.home.shell("credvault process ci </dev/null 2>/dev/null | tr A-Z a-z") as terminal:
        terminal.expect("Passphrase for ")
        assert not terminal.echo()
        terminal.line("not this one at all")
        terminal.answer("Passphrase for ", passphrase)
        terminal.expect('"accesskeyid":"asia')
        assert terminal.wait() == 0
    assert world.home.status()["locked"] is False
    world.home.lock()
    answer = world.home.run("process", "ci", passphrase="not this one at all", status=5)
    assert answer.out == "" and answer.err.count("\n") == 1
    answer = world.home.run("process", "ci", passphrase=passphrase, status=0)
    assert answer.err == "" and json.loads(answer.out)
    assert world.home.status()["locked"] is True


def test_twenty_at_once_make_one_session(world):
    before = len(world.standin.log(action="GetSessionToken"))
    processes = [world.home.popen("process", "ci") for _ in range(20)]
    answers = [p.communicate(timeout=120)[0] for p in processes]
    assert {p.returncode for p in processes} == {0}
    assert len(set(answers)) == 1
    assert len(world.standin.log(action="GetSessionToken")) == before + 1


def test_a_closed_standard_output_is_told(world):
    world.session()
    answer = world.home.run("process", "dev", stdout=open("/dev/full", "w"))
    assert answer.status == 1
    assert "cannot write to standard output" in answer.err


GARBAGE = [("html", {}), ("empty", {}), ("garbage", {}), ("deep", {}), ("bomb", {}),
           ("truncated", {}), ("huge", {"bytes": 3000000}), ("redirect", {})] + [
    ("hostile", {"case": case}) for case in (
        "control", "expiration-past", "expiration-words", "key-empty", "key-newline", "key-shell",
        "secret-newline", "token-missing", "token-long", "nul-bytes", "wrong-types")]


@pytest.mark.parametrize("kind, options", GARBAGE, ids=lambda v: v if isinstance(v, str) else
                         v.get("case", "-"))
def test_garbage_from_sts_is_not_handed_on(world, kind, options):
    world.standin.fault(kind, action="GetSessionToken", **options)
    answer = world.home.run("process", "ci")
    assert answer.status in (8, 9) and answer.out == "", answer
    assert answer.err.count("\n") == 1 and "\x1b" not in answer.err and "\0" not in answer.err
    world.standin.clear()
    world.elsewhere()
    world.home.run("process", "ci", status=0)


def test_the_expiry_lies_as_far_off_as_sts_said(world):
    object_ = world.home.run("process", "ci", status=0).json()
    expires = datetime.datetime.strptime(object_["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
    left = expires.replace(tzinfo=datetime.timezone.utc) - datetime.datetime.now(
        datetime.timezone.utc)
    assert datetime.timedelta(minutes=55) < left < datetime.timedelta(minutes=65)


def test_a_reader_that_left_ends_it(world):
    world.session()
    reading, writing = os.pipe()
    os.close(reading)
    process = world.home.popen("process", "dev", stdout=writing)
    os.close(writing)
    assert process.communicate(timeout=60)[1] != ""
    assert process.returncode == 1


def test_what_a_replaced_agent_left_undone_the_next_one_does(fresh):
    before = len(fresh.standin.log())
    fresh.standin.fault("hold", action="GetSessionToken", count=1)
    waiting = [fresh.home.popen("process", "ci") for _ in range(5)]
    fresh.standin.wait_log(1, since=before)
    fresh.home.unlock()
    for process in waiting:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0 and "AccessKeyId" in out, err
    fresh.standin.clear()


def test_a_session_of_fifteen_minutes_is_not_made_at_each_use(fresh):
    fresh.config("[profile brief]\nrole_arn = %sreader\nsource_profile = ci\n"
                 "duration_seconds = 900\n" % ROLE)
    first = fresh.home.run("process", "brief", status=0)
    assert fresh.home.run("process", "brief", status=0).out == first.out
