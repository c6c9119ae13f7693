# SPDX-License-Identifier: MIT
"""`credvault add`: a key on its way in."""

import json
import socket
import threading

import pytest
from home import PASSPHRASE
from world import SERIAL, fresh, plaintext_files, world  # noqa: F401


pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


@pytest.fixture
def name(request):
    return request.node.name[5:60]


def test_the_key_is_checked_and_described(world, name):
    key = world.add(name, "dev", "--json", "--note", "for tests", "--region", "eu-west-2",
                    "--max-age", "200d").json()
    assert key["name"] == name
    assert key["access_key_id"] == world.key("dev")["AccessKeyId"]
    assert key["account_id"] == "111122223333" and key["user_name"] == "dev"
    assert key["arn"] == "arn:aws:iam::111122223333:user/dev"
    assert key["mfa_serial"] == SERIAL and key["mfa_required"] is False
    assert key["region"] == "eu-west-2" and key["max_age_days"] == 200
    assert key["age_days"] > 0 and key["due"] is False
    shown = world.home.run("show", name, "--json", status=0).json()
    assert shown["note"] == "for tests" and shown["created_at"] == key["created_at"]


def test_no_secret_is_left_in_plaintext(world, name):
    world.add(name, "dev")
    secret = world.key("dev")["SecretAccessKey"]
    assert plaintext_files(world.home, secret) == []
    for command in ("list", "show " + name, "log"):
        assert secret not in world.home.run(*command.split(), "--json", status=0).out


def test_a_key_that_is_too_old_is_to_be_rotated_next(world, name):
    said = world.add(name, "dev").out       # 97 days
    assert "It is 97 days old:   credvault rotate %s\n" % name in said
    assert "credvault exec young/%s " % name in world.add("young/" + name, "ci").out
    said = world.add("patient/" + name, "dev", "--max-age", "200d").out
    assert "It is 97 days old.   credvault exec" in said


def test_typed_on_a_terminal_with_the_secret_hidden(world, name):
    key, code = world.key("dev"), None
    assert code is None
    with world.home.terminal("add", name) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Access key ID:", key["AccessKeyId"])
        terminal.expect("Secret access key:")
        assert not terminal.echo()
        terminal.line(key["SecretAccessKey"])
        terminal.expect("(%d characters)" % len(key["SecretAccessKey"]))
        terminal.expect("Asking AWS … arn:aws:iam::111122223333:user/dev\r\n             key made ")
        terminal.answer(SERIAL, "")
        terminal.answer("Region [eu-test", "ap-south-1")
        terminal.expect("Added %s." % name)
        assert terminal.wait() == 0
        assert key["SecretAccessKey"] not in terminal.seen
    shown = world.home.run("show", name, "--json", status=0).json()
    assert (shown["mfa_serial"], shown["region"]) == (SERIAL, "ap-south-1")


def test_mfa_can_be_declined_and_the_config_file_fills_in(world, name):
    world.config("[profile %s]\nregion = sa-east-1\n" % name)
    key = world.key("dev")
    with world.home.terminal("add", name, env={"AWS_REGION": ""}) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Access key ID:", key["AccessKeyId"])
        terminal.answer("Secret access key:", key["SecretAccessKey"])
        terminal.answer("MFA device:", "n")
        terminal.answer("Region [sa-east-1]", "")
        assert terminal.wait() == 0
    shown = world.home.run("show", name, "--json", status=0).json()
    assert (shown["mfa_serial"], shown["region"]) == (None, "sa-east-1")


def test_an_interrupted_prompt_is_130_and_stores_nothing(world, name):
    with world.home.terminal("add", name) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.expect("Access key ID:").send("\x03")
        assert terminal.wait() == 130
    world.home.run("show", name, status=3)


def test_from_the_environment(world, name):
    key = world.key("ci")
    env = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    answer = world.home.run("add", name, "--env", env=env, status=0)
    # It lies in clear there still, where it outranks what credvault hands out.
    assert "environment still holds" in answer.err
    assert answer.err.splitlines()[-1] == "  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"
    answer = world.home.run("add", name + "2", "--env", env=dict(env, AWS_SESSION_TOKEN="x"),
                            status=2)
    assert "temporary" in answer.err
    world.home.run("add", name + "3", "--env", status=2)


def test_a_taken_name_is_refused_and_kept(world, name):
    world.add(name, "dev")
    answer = world.add(name, "ci", status=1)
    assert "credvault add %s --replace" % name in answer.err
    assert world.home.run("show", name, "--json").json()["user_name"] == "dev"


def test_a_taken_name_is_told_before_anything_is_typed(world):
    with world.home.terminal("add", "dev") as terminal:
        assert terminal.wait() == 1
        assert "Access key ID" not in terminal.seen and "--replace" in terminal.seen


def test_replace_wants_the_passphrase(world, name, passphrase):
    world.add(name, "dev")
    assert world.add(name, "ci", "--replace", passphrase=None, status=4)
    assert world.home.run("show", name, "--json").json()["user_name"] == "dev"
    key = json.dumps(world.key("ci"))
    assert world.home.run("add", name, "--stdin", "--replace", stdin=key,
                          passphrase="not this one at all").status == 5
    assert world.home.run("show", name, "--json").json()["user_name"] == "dev"
    world.home.run("add", name, "--stdin", "--replace", stdin=key, passphrase=passphrase, status=0)
    assert world.home.run("show", name, "--json").json()["user_name"] == "ci"


def test_unchecked_keys_have_no_known_age(world, name):
    before = len(world.standin.log())
    key = world.add(name, "dev", "--no-check", "--json").json()
    assert len(world.standin.log()) == before
    assert key["created_at"] is None and key["account_id"] is None and key["due"] is True


def test_require_mfa_needs_a_device(world, name):
    assert world.add(name, "ci", "--require-mfa", status=2).err != ""
    assert world.add(name, "dev", "--require-mfa", "--mfa-serial", "none", status=2).err != ""
    assert world.add(name, "dev", "--require-mfa", "--json").json()["mfa_required"] is True


def test_aws_that_says_no_or_nothing_stores_nothing(world, name):
    key = dict(world.key("dev"), SecretAccessKey="wrong/wrong/wrong/wrong/wrong/wrong/1234")
    answer = world.home.run("add", name, "--stdin", stdin=json.dumps(key), status=8)
    assert key["SecretAccessKey"] not in answer.err + answer.out
    dead = json.dumps({"AccessKeyId": "AKIANOBODYKNOWSTHIS0", "SecretAccessKey": "x" * 40})
    world.home.run("add", name, "--stdin", stdin=dead, status=8)
    world.home.run("add", name, "--stdin", "--endpoint-url", "http://127.0.0.1:1",
                   stdin=json.dumps(world.key("dev")), status=9)
    world.home.run("show", name, status=3)


GOOD = {"AccessKeyId": "AKIAEXAMPLEEXAMPLE00", "SecretAccessKey": "x" * 40}
BAD_STDIN = ["", "{", "[]", "null", json.dumps(GOOD) + "x", json.dumps(dict(GOOD, More=1)),
             json.dumps(dict(GOOD, AccessKeyId=1)), json.dumps(dict(GOOD, AccessKeyId="short")),
             json.dumps(dict(GOOD, AccessKeyId="ASIAEXAMPLEEXAMPLE00")),
             json.dumps(dict(GOOD, SecretAccessKey="with space in it, not one")),
             json.dumps(dict(GOOD, SecretAccessKey="")), json.dumps(dict(GOOD, MfaSerial="x\n")),
             '{"AccessKeyId":"AKIAEXAMPLEEXAMPLE00","AccessKeyId":"AKIAEXAMPLEEXAMPLE01",'
             '"SecretAccessKey":"%s"}' % ("x" * 40), "x" * 100000]


@pytest.mark.parametrize("text", BAD_STDIN, ids=range(len(BAD_STDIN)))
def test_bad_input_is_a_usage_error_that_quotes_no_secret(world, text):
    answer = world.home.run("add", "bad", "--stdin", "--no-check", stdin=text, status=2)
    assert answer.out == "" and "x" * 40 not in answer.err and "with space in it" not in answer.err


def test_a_temporary_key_is_called_so(world):
    text = json.dumps(dict(GOOD, AccessKeyId="ASIAEXAMPLEEXAMPLE00"))
    answer = world.home.run("add", "bad", "--stdin", stdin=text, status=2)
    assert "(standard input) is a temporary one" in answer.err


@pytest.mark.parametrize("bad", ["", "a  b", "a ", "a\x1b[2J", "a\nb", "a" * 129, "x" * 10000, "a\u0308", "a*"])
def test_names_that_are_none(world, bad):
    answer = world.home.run("add", bad, "--stdin", "--no-check", stdin=json.dumps(GOOD), status=2)
    assert "\x1b" not in answer.err and len(answer.err) < 2000


@pytest.mark.parametrize("options", [
    ["--mfa-serial", "x"], ["--mfa-serial", "a b c d e f g h"], ["--region", "EU WEST"],
    ["--max-age", "0d"], ["--max-age", "soon"], ["--note", "a\x07b"], ["--note", "n" * 1100],
    ["--endpoint-url", "http://169.254.169.254"], ["--endpoint-url", "ftp://127.0.0.1"],
    ["--env"], ["--nonsense"]], ids=lambda o: " ".join(o)[:30])
def test_options_that_make_no_sense(world, options):
    world.home.run("add", "bad", "--stdin", *options, stdin=json.dumps(GOOD), status=2)
    world.home.run("show", "bad", status=3)


def test_without_a_terminal_the_way_is_named(world):
    answer = world.home.run("add", "someone", status=2)
    assert "--stdin" in answer.err


class Proxy(threading.Thread):
    """Takes the first line of every connection and refuses."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.lines = []

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            with connection, connection.makefile("rb") as stream:
                self.lines.append(stream.readline().decode())
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


def test_aws_is_asked_through_the_proxy_of_the_environment(world, name):
    proxy = Proxy()
    proxy.start()
    away = {"https_proxy": proxy.url, "AWS_REGION": "eu-west-3"}
    answer = world.add(name, "dev", "--endpoint-url", "https://sts.example.test", env=away,
                       status=9)
    assert "sts.example.test" in proxy.lines[0] and proxy.lines[0].startswith("CONNECT ")
    assert "proxy" in answer.err
    del proxy.lines[:]
    # Loopback is never asked through one.
    world.add(name, "dev", env=away)
    assert proxy.lines == []


@pytest.mark.parametrize("proxy", ["socks5://u:hush@127.0.0.1:9", "http://u:hush@:3128",
                                   "http://u:hush@127.0.0.1:99999"])
def test_a_proxy_that_is_none_is_a_usage_error_without_its_password(world, name, proxy):
    answer = world.add(name, "dev", "--endpoint-url", "https://sts.example.test",
                       env={"https_proxy": proxy}, status=2)
    assert "HTTPS_PROXY" in answer.err and "hush" not in answer.err


def test_a_secret_in_the_place_of_the_id_is_sent_nowhere(world, name):
    key = world.key("dev")
    calls = len(world.standin.log())
    with world.home.terminal("add", name) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Access key ID:", key["SecretAccessKey"])
        terminal.expect("it stands on the screen")
        assert len(world.standin.log()) == calls
        terminal.answer("Access key ID:", "AKIA")
        terminal.answer("Access key ID:", key["AccessKeyId"])
        terminal.answer("Secret access key:", key["SecretAccessKey"])
        terminal.answer("MFA device", "none")
        terminal.answer("Region", "")
        assert terminal.wait() == 0


def test_a_temporary_id_is_refused_as_it_is_typed_and_blanks_around_a_paste_are_dropped(world, name):
    key = world.key("dev")
    with world.home.terminal("add", name) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Access key ID:", "ASIAEXAMPLEEXAMPLE00").expect("temporary credentials")
        terminal.answer("Access key ID:", "  %s\t " % key["AccessKeyId"])
        terminal.answer("Secret access key:", "too short").expect("(9 characters)").expect("this has 9")
        terminal.answer("Secret access key:", "").expect("this has 0")
        terminal.answer("Secret access key:", " %s " % key["SecretAccessKey"]).expect("(40 characters)")
        terminal.answer("MFA device:", " %s " % SERIAL)
        terminal.answer("Region", " AP-South-1 ")
        terminal.expect("Added %s." % name)
        assert terminal.wait() == 0
    shown = world.home.run("show", name, "--json", status=0).json()
    assert (shown["access_key_id"], shown["region"]) == (key["AccessKeyId"], "ap-south-1")


@pytest.mark.parametrize("user,answers,serial", [
    ("dev", ["y"], SERIAL), ("dev", ["none"], None), ("dev", ["N"], None), ("dev", [SERIAL[-3:]], SERIAL),
    ("dev", ["my phone", "arn:aws:iam::111122223333:user/dev", "arn:aws:iam::444455556666:mfa/dev",
             "arn:aws:iam::111122223333:u2f/user/dev/key", "yes"], SERIAL),
    ("ci", ["y", "myphonename", "GAHT12345678"], "GAHT12345678")])
def test_answers_at_the_mfa_question_are_understood_or_asked_again(world, name, user, answers, serial):
    key = world.key(user)
    with world.home.terminal("add", name) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Access key ID:", key["AccessKeyId"])
        terminal.answer("Secret access key:", key["SecretAccessKey"])
        for answer in answers[:-1]:
            terminal.answer("MFA device:", answer).expect('"%s" is ' % answer)
        terminal.answer("MFA device:", answers[-1])
        terminal.answer("Region", "")
        assert terminal.wait() == 0
    assert world.home.run("show", name, "--json", status=0).json()["mfa_serial"] == serial
    world.home.run("remove", name, "--yes", passphrase=PASSPHRASE, status=0)


def test_answers_at_the_region_question_are_understood_or_asked_again(world, name):
    key = world.key("ci")
    with world.home.terminal("add", name, env={"AWS_REGION": "eu-west-3"}) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Access key ID:", key["AccessKeyId"])
        terminal.answer("Secret access key:", key["SecretAccessKey"])
        terminal.answer("MFA device:", "")
        for answer in ("none", "n", "Ireland", "eu-west"):
            terminal.answer("Region [eu-west-3]:", answer).expect("is not a region")
        terminal.answer("Region [eu-west-3]:", "y")
        assert terminal.wait() == 0
    assert world.home.run("show", name, "--json", status=0).json()["region"] == "eu-west-3"


def test_a_key_that_aws_never_knew_is_not_called_one_it_forgot(world, name):
    answer = world.home.run("add", name, "--stdin", stdin=json.dumps(
        {"AccessKeyId": "AKIAEXAMPLEEXAMPLE99", "SecretAccessKey": "x" * 40}), status=8)
    assert "AWS knows no access key AKIAEXAMPLEEXAMPLE99" in answer.err
    assert "Nothing was added" in answer.err
