# SPDX-License-Identifier: MIT
"""`credvault import`: a plaintext credentials file goes in."""

import json
import os

import pytest
from home import PASSPHRASE
from world import SERIAL, fresh, plaintext_files, world  # noqa: F401


pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


@pytest.fixture
def prefix(request):
    """Names of its own for each test."""
    return "".join(c for c in request.node.name[5:] if c.isalnum())[:40] + "/"


def section(name, key, extra=""):
    return "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n%s\n" % (
        name, key["AccessKeyId"], key["SecretAccessKey"], extra)


def credentials(world):
    return (section("default", world.key("dev")) + section("deploy", world.key("ci")) +
            section("dead", {"AccessKeyId": "AKIANOBODYKNOWSTHIS0", "SecretAccessKey": "x" * 40}) +
            section("tmp", dict(world.key("dev"), AccessKeyId="ASIAEXAMPLEEXAMPLE00"),
                    "aws_session_token = abc\n") +
            "[half]\naws_access_key_id = AKIAEXAMPLEEXAMPLE00\n[role]\nregion = eu-west-1\n")


def user(world, name):
    """The key of a new user."""
    key = world.standin.add_user(name, keys=[{}])["keys"][0]
    return {"AccessKeyId": key["id"], "SecretAccessKey": key["secret"]}


def names(world):
    return [k["name"] for k in world.home.run("list", "--json").json()["keys"]]


def test_good_keys_go_in_and_others_are_named(world, prefix):
    world.home.file(".aws/credentials", credentials(world))
    world.config("[default]\nregion = eu-west-3\n[profile deploy]\nmfa_serial = %s\n" % SERIAL)
    answer = world.home.run("import", "--prefix", prefix, status=0)
    lines = answer.out.splitlines()
    assert lines[0].split() == ["PROFILE", "ACCOUNT", "IAM", "USER", "KEY", "AGE", "MFA", "WILL"]
    rows = {line.split()[0]: line for line in lines[1:] if line.startswith(prefix)}
    assert rows[prefix + "default"].split()[1:3] == ["111122223333", "dev"]
    assert " import" in rows[prefix + "default"]
    assert rows[prefix + "dead"].endswith("skip: AWS says this key is dead")
    assert rows[prefix + "tmp"].endswith("skip: temporary")
    assert rows[prefix + "half"].endswith("skip: aws_secret_access_key is missing")
    assert prefix + "role" not in rows
    assert "Imported 2 keys." in answer.out and "1 is older than 90 days." in answer.out
    assert "then   credvault rotate --all " in answer.out
    shown = world.home.run("show", prefix + "default", "--json").json()
    assert (shown["region"], shown["mfa_serial"]) == ("eu-west-3", SERIAL)
    assert shown["user_name"] == "dev" and shown["age_days"] > 0
    shown = world.home.run("show", prefix + "deploy", "--json").json()
    assert (shown["region"], shown["mfa_serial"], shown["user_name"]) == (world.home.env["AWS_REGION"], SERIAL,
                                                                           "ci")


def test_aws_is_asked_once_for_each_key(world, prefix):
    world.home.file(".aws/credentials", section("one", world.key("dev")) +
                    section("two", world.key("ci")))
    before = len(world.standin.log(action="GetCallerIdentity"))
    world.home.run("import", "--prefix", prefix, "--yes", status=0)
    assert len(world.standin.log(action="GetCallerIdentity")) == before + 2
    shown = world.home.run("show", prefix + "two", "--json").json()
    assert shown["user_name"] == "ci" and shown["age_days"] > 0


def test_the_file_stays_and_no_other_holds_a_secret(world, prefix):
    path = world.home.file(".aws/credentials", credentials(world))
    before = open(path).read()
    out = world.home.run("import", "--prefix", prefix, status=0).out
    assert open(path).read() == before
    assert plaintext_files(world.home, world.key("dev")["SecretAccessKey"]) == [".aws/credentials"]
    assert world.key("dev")["SecretAccessKey"] not in out


def test_json_tells_what_was_done(world, prefix):
    path = world.home.file("elsewhere", credentials(world))
    result = world.home.run("import", path, "--prefix", prefix, "--json", status=0).json()
    assert [k["name"] for k in result["imported"]] == [prefix + "default", prefix + "deploy"]
    assert [(s["name"], s["why"]) for s in result["skipped"]] == [
        (prefix + "dead", "AWS says this key is dead"), (prefix + "tmp", "temporary"),
        (prefix + "half", "aws_secret_access_key is missing")]
    again = world.home.run("import", path, "--prefix", prefix, "--json", status=0).json()
    assert again["imported"] == [] and len(again["skipped"]) == 5


def test_a_dry_run_stores_nothing(world, prefix):
    path = world.home.file("elsewhere", credentials(world))
    before = names(world)
    answer = world.home.run("import", path, "--prefix", prefix, "--dry-run", status=0)
    assert "import" in answer.out and "Imported" not in answer.out
    assert names(world) == before


def test_a_person_may_say_no(world, prefix):
    path = world.home.file("elsewhere", credentials(world))
    before = names(world)
    with world.home.terminal("import", path, "--prefix", prefix) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Import 2 keys? [Y/n]", "n")
        assert terminal.wait() == 1
    assert names(world) == before
    with world.home.terminal("import", path, "--prefix", prefix) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Import 2 keys? [Y/n]", "")
        terminal.expect("Imported 2 keys.")
        assert terminal.wait() == 0


def test_one_profile_alone_and_from_standard_input(world, prefix):
    name = prefix[:-1]
    text = section("only", world.key("ci"))
    world.home.run("import", "-", "--name", name, stdin=text, status=0)
    assert name in names(world)
    both = text + section(name + "2", world.key("dev"))
    world.home.run("import", "-", "--name", name + "2", stdin=both, status=0)
    assert name + "2" in names(world) and "only" not in names(world)
    world.home.run("import", "-", "--name", "neither", stdin=both, status=2)


def test_replace_wants_the_passphrase(world, prefix, passphrase):
    name = prefix[:-1]
    world.home.run("import", "-", "--name", name, stdin=section("x", world.key("ci")), status=0)
    text = section("x", world.key("dev"))
    answer = world.home.run("import", "-", "--name", name, stdin=text, status=0)
    assert "the vault has it already" in answer.out
    assert world.home.run("import", "-", "--name", name, "--replace", stdin=text,
                          passphrase=None).status == 4
    world.home.run("import", "-", "--name", name, "--replace", stdin=text, passphrase=passphrase,
                   status=0)
    assert world.home.run("show", name, "--json").json()["user_name"] == "dev"


def test_a_file_others_can_read_is_warned_about(world, prefix):
    path = world.home.file("elsewhere", section("x", world.key("ci")), 0o644)
    answer = world.home.run("import", path, "--prefix", prefix, status=0)
    assert "Others on this machine can read" in answer.err and "chmod 600" in answer.err


def test_files_that_are_none(world):
    world.home.run("import", os.path.join(world.home.path, "absent"), status=3)
    world.home.run("import", world.home.file("empty", ""), status=3)
    world.home.run("import", world.home.file("no-keys", "[a]\nregion = x\n"), status=3)
    fifo = os.path.join(world.home.path, "fifo")
    if not os.path.exists(fifo):
        os.mkfifo(fifo)
    for path in fifo, world.home.path, "/dev/zero":
        assert world.home.run("import", path).status == 1, path
    secret = world.key("dev")["SecretAccessKey"]
    answer = world.home.run("import", world.home.file("bad", "[a\nx = %s\n" % secret), status=1)
    assert secret not in answer.err and "bad:1" in answer.err
    big = world.home.file("big", "#" * 2000000)
    assert world.home.run("import", big).status == 1


def test_when_aws_cannot_be_asked_nothing_is_imported(world, prefix):
    path = world.home.file("elsewhere", credentials(world))
    before = names(world)
    world.home.run("import", path, "--prefix", prefix, "--endpoint-url", "http://127.0.0.1:1",
                   status=9)
    assert names(world) == before
    world.home.run("import", path, "--prefix", "a  b", status=2)
    world.home.run("import", path, "--from", "xml", status=2)


def test_hostile_names_never_reach_the_terminal(world):
    text = section("a\x1b[2Jb", world.key("ci")) + section("n" * 300, world.key("dev"))
    answer = world.home.run("import", "-", "--json", stdin=text)
    assert "\x1b" not in answer.out + answer.err
    assert not json.loads(answer.out)["imported"] if answer.out else answer.status in (1, 3)


def test_init_offers_what_lies_in_plaintext(world, passphrase):
    from home import Home
    home = Home()
    try:
        home.env["CREDVAULT_ENDPOINT_URL"] = world.standin.url
        home.file(".aws/credentials", section("prod", world.key("ci")))
        with home.terminal("init", "--low-memory", "--no-recovery") as terminal:
            terminal.answer("Passphrase", passphrase)
            terminal.answer("nce more", passphrase)
            terminal.answer("Import it now? [Y/n]", "y")
            terminal.answer("Import 1 key? [Y/n]", "y")
            terminal.expect("Imported 1 key.")
            assert terminal.wait() == 0
        assert home.run("list", "--names", status=0).out == "prod\n"
    finally:
        home.leave()


def test_every_section_with_a_key_line_is_told_of(world, prefix):
    key = world.key("ci")
    second, third = (user(world, name) for name in ("eve", "mallory"))
    text = ("region = stray\n" + section("good", key) + section("profile wrong", key) +
            section("a!b", key) + "[empty]\naws_access_key_id =\naws_secret_access_key =\n" +
            "[quoted]\naws_access_key_id = \"%s\"\naws_secret_access_key = '%s'\n" %
            (key["AccessKeyId"], key["SecretAccessKey"]) +
            "[odd]\nwhat is this\n" + section("odd", key) +
            section("two words", second) + section("b\u00fcro", third) + "[role]\nregion = x\n")
    path = world.home.file("elsewhere", text)
    would = world.home.run("import", path, "--prefix", prefix, "--dry-run", "--json",
                           status=0).json()
    assert would["dry_run"] and would["imported"] == []
    assert [k["name"] for k in would["would_import"]] == [
        prefix + n for n in ("good", "two words", "b\u00fcro")]
    assert would["would_import"][0].pop("same_as")    # the vault has it by another name
    assert would["would_import"][0] == {
        "name": prefix + "good", "access_key_id": key["AccessKeyId"], "replaces": False,
        "account_id": "111122223333", "user_name": "ci", "mfa_serial": None,
        "region": world.home.env["AWS_REGION"], "root": False}
    assert [(s["name"][len(prefix):], s["why"]) for s in would["skipped"]] == [
        ("profile wrong", 'in this file a header has no "profile"'),
        ("a!b", "its name cannot be one here"), ("empty", "aws_access_key_id is empty"),
        ("quoted", "its values stand in quotes: take them off"),
        ("odd", "line 21: expected \"key = value\", found no '='")]
    answer = world.home.run("import", path, "--prefix", prefix, status=0)
    assert "Imported 3 keys. Skipped 5: see above." in answer.out
    assert "elsewhere:1: expected a section's header" in answer.err
    assert {prefix + "two words", prefix + "b\u00fcro"} <= set(names(world))
    assert "credvault exec %sgood -- aws" % prefix in answer.out


def test_init_says_where_no_key_of_a_file_can_be_imported(world, passphrase):
    from home import Home
    home = Home()
    try:
        home.file(".aws/credentials", '[default]\naws_access_key_id = "AKIAIOSFODNN7EXAMPLE"\n')
        with home.terminal("init", "--low-memory", "--no-recovery") as terminal:
            terminal.answer("Passphrase", passphrase)
            terminal.answer("nce more", passphrase)
            terminal.expect("can be imported; this says why:").expect("credvault import --dry-run")
            assert terminal.wait() == 0
    finally:
        home.leave()


def test_init_says_what_it_could_not_read(world, passphrase):
    from home import Home
    home = Home()
    try:
        home.file(".aws/credentials", "")
        with open(os.path.join(home.path, ".aws/credentials"), "wb") as file:
            file.write(section("prod", world.key("ci")).encode("utf-16"))
        with home.terminal("init", "--low-memory", "--no-recovery") as terminal:
            terminal.answer("Passphrase", passphrase)
            terminal.answer("nce more", passphrase)
            terminal.expect("not looked for")
            terminal.expect("this is UTF-16")
            assert terminal.wait() == 0
        answer = home.run("import", status=1)
        assert ".aws/credentials: this is UTF-16" in answer.err
        assert "iconv -f UTF-16 -t UTF-8 %s/.aws/credentials > NEW" % home.path in answer.err
    finally:
        home.leave()
