# SPDX-License-Identifier: MIT
"""What AWS says reaches whoever asked: on the one line of `process`, on screens, in JSON and in the log."""

import json
import re
import socket

import pytest
from home import PASSPHRASE
from world import ROLE, SERIAL, fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize

OTHER = "arn:aws:iam::444455556666:mfa/dev"
KEY = "arn:aws:iam::111122223333:u2f/user/dev/yubi-ABCDEF"


def refuse(world, message):
    world.standin.fault("error", action="GetSessionToken", count=1, status=400,
                        code="ValidationError", message=message)


def test_process_says_on_its_one_line_what_aws_says(fresh):
    refuse(fresh, "The requested Duration\u202e is\nnot valid")
    answer = fresh.home.run("process", "ci", status=8)
    assert answer.err.count("\n") == 1 and "\u202e" not in answer.err
    assert "ValidationError (exit 8); AWS says: The requested Duration" in answer.err
    assert "not valid" in answer.err


def test_so_do_the_log_and_json(fresh):
    refuse(fresh, "The requested DurationSeconds is too long")
    answer = fresh.home.run("export", "dev", "--json", "-t", fresh.code(), status=8)
    assert "DurationSeconds is too long" in answer.error()["detail"]
    (entry,) = fresh.home.run("log", "-n", "1", "--json", status=0).json()["entries"]
    assert "DurationSeconds is too long" in entry["what"]


def test_a_role_that_is_denied_keeps_the_sentence(fresh):
    fresh.config("[profile no]\nrole_arn = %snobody\nsource_profile = ci\n" % ROLE)
    answer = fresh.home.run("process", "no", status=8)
    assert "AWS says: User: arn:aws:iam::111122223333:user/ci is not authorized" in answer.err
    assert "; run: credvault export no --plan" in answer.err


def test_what_is_no_command_does_not_stand_behind_run(fresh):
    answer = fresh.home.run("process", "dev", "-t", "000000", status=7)
    assert "AWS refused the MFA code" in answer.err and "run:" not in answer.err
    assert "AWS says: MultiFactorAuthentication failed" in answer.err


def test_another_users_device_is_told_as_such_with_those_that_there_are(fresh):
    fresh.config("[profile dev]\nmfa_serial = %s\n" % OTHER)
    since = len(fresh.standin.log())
    answer = fresh.home.run("export", "dev", "-t", "123456", status=7)
    assert "does not know MFA device %s of dev" % OTHER in answer.err
    assert "AWS says: MultiFactorAuthentication failed, unable to validate" in answer.err
    assert "The user has %s." % SERIAL in answer.err and "mfa_serial in ~/.aws/config" in answer.err
    asked = [e["action"] for e in fresh.standin.log()[since:]]
    assert asked == ["GetSessionToken", "ListMFADevices"]


def test_a_network_that_fails_is_told_on_one_line_with_host_port_cause_and_a_command(fresh):
    answer = fresh.home.run("process", "ci", status=9,
                            env={"CREDVAULT_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert "cannot reach 127.0.0.1:9: the connection is refused (exit 9); run: " \
        "curl -sS -o /dev/null http://127.0.0.1:9/\n" in answer.err


def add_through(world, status=9, **env):
    """What `add` says of a network like that: a new key may go to any host."""
    key = json.dumps({"AccessKeyId": "AKIA" + "X" * 16, "SecretAccessKey": "x" * 40})
    return world.home.run("add", "new", "--stdin", stdin=key, status=status, env=env).err


@pytest.mark.parametrize("url, proxy, says, run", [
    ("https://nobody.invalid:8443", "", "cannot reach nobody.invalid:8443: no such name (exit 9)",
     "getent hosts nobody.invalid"),
    ("https://nobody.invalid", "http://127.0.0.1:9",
     "cannot reach nobody.invalid:443 through the proxy 127.0.0.1:9: the connection is refused",
     "curl -sS -o /dev/null https://nobody.invalid/"),
    ("https://nobody.invalid", "http://u:p@no.invalid:3",
     "cannot reach nobody.invalid:443 through the proxy no.invalid:3: no such name",
     "getent hosts no.invalid"),
    ("", "", "cannot reach sts.us-east-1a.amazonaws.com:443: no such name; is the region right?",
     "getent hosts sts.us-east-1a.amazonaws.com")])
def test_so_are_names_that_nobody_has_and_proxies(fresh, url, proxy, says, run):
    told = add_through(fresh, CREDVAULT_ENDPOINT_URL=url, HTTPS_PROXY=proxy,
                       AWS_REGION="us-east-1a")
    assert says in told and "\n  %s\n" % run in told and "u:p" not in told


def test_a_server_that_takes_no_connection_is_told_with_the_time(fresh):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        # The queue of connections is full with this one.
        with socket.create_connection(silent.getsockname()):
            url = "http://127.0.0.1:%d" % silent.getsockname()[1]
            answer = fresh.home.run("process", "ci", status=9, env={"CREDVAULT_ENDPOINT_URL": url})
    assert "no connection in time" in answer.err


def test_verbose_shows_each_try_with_its_request_id(fresh):
    fresh.standin.fault("error", action="GetSessionToken", count=1, status=500,
                        code="InternalFailure", message="once more")
    since = len(fresh.standin.log())
    answer = fresh.home.run("exec", "-v", "ci", "--", "/bin/true", status=0)
    tries = re.findall(r"sts:GetSessionToken at (\S+), try (\d), \d+ ms: "
                       r"HTTP (\d+)(?: (\w+))?, request (\S+)", answer.err)
    host = fresh.standin.url.split("//")[1].strip("/")
    ids = [e["request_id"] for e in fresh.standin.log()[since:]]
    assert tries == [(host, "1", "500", "InternalFailure", ids[0]), (host, "2", "200", "", ids[1])]


def test_verbose_shows_tries_that_reached_nobody_and_those_of_a_rotation(fresh):
    answer = fresh.home.run("process", "ci", "-v", status=9,
                            env={"CREDVAULT_ENDPOINT_URL": "http://127.0.0.1:9"})
    tries = re.findall(r"at 127.0.0.1:9, try (\d), \d+ ms: no answer: cannot reach", answer.err)
    assert tries == ["1", "2", "3"]
    answer = fresh.home.run("rotate", "ci", "-v", "--yes", status=0, passphrase=PASSPHRASE)
    assert "iam:CreateAccessKey at " in answer.err and "HTTP 200, request " in answer.err
    assert ", try " not in fresh.home.run("exec", "ci", "--", "/bin/true", status=0).err


def test_a_security_key_is_refused_before_a_code_is_asked_for(fresh):
    fresh.config("[profile dev]\nmfa_serial = %s\n" % KEY)
    since = len(fresh.standin.log())
    with fresh.home.terminal("exec", "dev", "--", "/bin/true") as t:
        t.expect("STS takes no codes of a security key")
        assert t.wait() == 125 and "Code" not in t.seen
    assert len(fresh.standin.log()) == since


def test_a_rotation_that_may_not_list_keys_names_the_policy_it_needs(fresh):
    fresh.standin.control("PUT", "users", {"account": "111122223333", "user": "ci",
                                           "deny": ["iam:ListAccessKeys"]})
    answer = fresh.home.run("rotate", "ci", "--yes", passphrase=PASSPHRASE)
    assert answer.status == 8 and "credvault rotate --print-policy" in answer.err + answer.out
