# SPDX-License-Identifier: MIT
"""`credvault import` from where keys are besides ~/.aws/credentials: CSV, JSON, the environment, aws-vault."""

import json
import os
import shutil

import pytest
from home import PASSPHRASE
from test_import import names, prefix, section  # noqa: F401
from world import SERIAL, fresh, world  # noqa: F401

HERE = os.path.dirname(os.path.abspath(__file__))

pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


@pytest.fixture
def vaulted(world):
    """aws-vault's stand-in on PATH, with a key of dev, one of ci, and a session of somebody's."""
    place = os.path.join(world.home.path, "av")
    os.makedirs(os.path.join(place, "bin"), exist_ok=True)
    shutil.copy(os.path.join(HERE, "aws_vault.py"), os.path.join(place, "bin/aws-vault"))
    dev, ci = world.key("dev"), world.key("ci")
    world.home.file("av/keys.json", json.dumps({
        "home": {"id": dev["AccessKeyId"], "secret": dev["SecretAccessKey"]},
        "work two": {"id": ci["AccessKeyId"], "secret": ci["SecretAccessKey"]},
        "sso": {"id": ci["AccessKeyId"], "secret": ci["SecretAccessKey"], "token": True}}))
    before = dict(world.home.env)
    world.home.env.update(PATH="%s/bin:/usr/bin:/bin" % place, AWS_VAULT_FILE_DIR=place,
                          AWS_VAULT_BACKEND="file")
    yield world
    world.home.env.clear()
    world.home.env.update(before)
    shutil.rmtree(place)


def csv(world, name, text):
    return world.home.file(name, text.replace("\n", "\r\n"))


def skips(answer, prefix=""):
    return [(s["name"][len(prefix):], s["why"]) for s in answer.json()["skipped"]]


# --- CSV ------------------------------------------------------------------------------------------

def test_the_consoles_csv_of_a_key_is_called_by_its_file(world, prefix):
    key = world.key("ci")
    path = csv(world, "dev_accessKeys.csv", "\ufeffAccess key ID,Secret access key\n%s,%s" % (
        key["AccessKeyId"], key["SecretAccessKey"]))
    answer = world.home.run("import", path, "--prefix", prefix, status=0)
    assert "Imported 1 key." in answer.out
    assert "also   shred -u ~/dev_accessKeys.csv" in answer.out
    assert prefix + "dev" in names(world)
    other = csv(world, "accessKeys.csv", open(path, encoding="utf-8").read())
    answer = world.home.run("import", other, "--json", status=0)
    assert skips(answer) == [("?", "it has no name there: --name NAME")]
    world.home.run("import", other, "--name", prefix + "x", status=0)
    assert prefix + "x" in names(world)


def test_the_consoles_csv_of_a_user_is_called_by_the_user(world, prefix):
    dev, ci = world.key("dev"), world.key("ci")
    path = csv(world, "new_user_credentials.csv",
               "User name,Password,Access key ID,Secret access key,Console login link\n"
               "\"build, bot\",\"p\"\"w,\",%s,%s,https://x.signin.aws.amazon.com/console\n"
               "deploy,,%s,\"%s\",\nguest,pw,,,https://x\n" % (
                   ci["AccessKeyId"], ci["SecretAccessKey"], dev["AccessKeyId"],
                   dev["SecretAccessKey"]))
    answer = world.home.run("import", path, "--prefix", prefix, "--json", status=0)
    assert [k["name"] for k in answer.json()["imported"]] == [prefix + "deploy"]
    assert skips(answer, prefix) == [("build, bot", "its name cannot be one here"),
                                     ("guest", "Access key ID is empty")]
    shown = world.home.run("show", prefix + "deploy", "--json").json()
    assert shown["mfa_serial"] == SERIAL    # from ListMFADevices


def test_a_csv_from_standard_input_and_an_old_rootkey_csv(world, prefix):
    key = world.key("ci")
    world.home.run("import", "-", "--from", "csv", "--name", prefix + "in", status=0,
                   stdin="Secret Access Key,Access Key Id\n%s,%s\n" % (key["SecretAccessKey"],
                                                                        key["AccessKeyId"]))
    path = csv(world, "rootkey.csv", "AWSAccessKeyId=%s\nAWSSecretKey=%s\n" % (
        key["AccessKeyId"], key["SecretAccessKey"]))
    world.home.run("import", path, "--name", prefix + "root", status=0)
    assert {prefix + "in", prefix + "root"} <= set(names(world))


def test_a_csv_with_other_columns_is_refused_with_what_was_expected(world):
    secret = world.key("ci")["SecretAccessKey"]
    path = csv(world, "other.csv", "Name,Key\nx,%s\n" % secret)
    answer = world.home.run("import", path, status=1)
    assert 'other.csv:1: it names no columns "Access key ID" and "Secret access key"' in answer.err
    path = csv(world, "odd.csv", "Access key ID,Secret access key\nAKIA,\"%s\n" % secret)
    answer = world.home.run("import", path, status=1)
    assert "odd.csv:2: a quoted field does not end" in answer.err
    assert secret not in answer.err


# --- JSON -----------------------------------------------------------------------------------------

def test_json_of_one_key_of_many_and_of_iam_is_read(world, prefix):
    dev, ci = world.key("dev"), world.key("ci")
    one = world.home.file("one.json", json.dumps(dict(ci, Name="one", Region="eu-west-3",
                                                      MfaSerial=SERIAL)))
    world.home.run("import", one, "--prefix", prefix, status=0)
    shown = world.home.run("show", prefix + "one", "--json").json()
    assert (shown["region"], shown["mfa_serial"]) == ("eu-west-3", SERIAL)
    created = {"AccessKey": dict(dev, UserName="maker", Status="Active",
                                 CreateDate="2026-11-30T00:00:00Z")}
    many = world.home.file("many.json", json.dumps([dict(ci, UserName="first"), created]))
    world.home.run("import", many, "--prefix", prefix, status=0)
    world.home.run("import", "-", "--from", "json", "--prefix", prefix + "a", status=0,
                   stdin=json.dumps({"named": ci, "other": dev}))
    world.home.run("import", "-", "--from", "json", "--prefix", prefix + "b", status=0,
                   stdin=json.dumps(created))
    assert {prefix + n for n in ("one", "first", "maker", "anamed", "aother", "bmaker")} <= \
        set(names(world))


def test_json_that_is_temporary_or_no_key_is_named(world):
    session = {"Credentials": dict(world.key("ci"), AccessKeyId="ASIAEXAMPLEEXAMPLE00",
                                   SessionToken="x", Expiration="2026-03-02T00:00:00Z")}
    answer = world.home.run("import", "-", "--from", "json", "--name", "s", "--json",
                            stdin=json.dumps(session), status=0)
    assert skips(answer) == [("s", "temporary, expired 2026-03-02")]
    secret = world.key("ci")["SecretAccessKey"]
    for text in '{"a": 1}', '[1]', '"x"', "{", '{"AccessKey": "%s"}' % secret, "\0":
        answer = world.home.run("import", "-", "--from", "json", stdin=text, status=1)
        assert secret not in answer.err and "standard input" in answer.err, text
    world.home.run("import", "-", "--from", "json", stdin="[]", status=3)


# --- the environment ------------------------------------------------------------------------------

def test_the_key_of_the_environment_is_taken_by_the_name_that_is_given(world, prefix):
    key = world.key("ci")
    env = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"],
           "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    answer = world.home.run("import", "--from", "env", env=env, status=2)
    assert "--name NAME" in answer.err
    answer = world.home.run("import", "--from", "env", "--name", prefix + "e", env=env, status=0)
    assert "It was in the environment, so treat it as copied" in answer.out
    assert prefix + "e" in names(world)
    answer = world.home.run("import", "--from", "env", "--name", "x", "--json",
                            env=dict(env, AWS_SESSION_TOKEN="t"), status=0)
    assert skips(answer) == [("x", "temporary")]
    world.home.run("import", "--from", "env", "--name", "x", status=3)
    world.home.run("import", "file", "--from", "env", "--name", "x", status=2)


# --- aws-vault (its stand-in) ---------------------------------------------------------------------

def test_aws_vaults_keys_come_over_whole_and_its_sessions_are_named(vaulted, prefix):
    """Inside a shell of aws-vault, with a role of the same name in the config file: neither counts."""
    vaulted.config("[profile home]\nregion = eu-west-3\nmfa_serial = %s\n"
                   "role_arn = arn:aws:iam::111122223333:role/reader\n" % SERIAL)
    answer = vaulted.home.run("import", "--from", "aws-vault", "--prefix", prefix, "--json",
                              env={"AWS_VAULT": "home", "AWS_ROLE_ARN": "arn:aws:iam::1:role/x"},
                              status=0)
    assert [k["name"] for k in answer.json()["imported"]] == [prefix + "home", prefix + "work two"]
    assert skips(answer, prefix) == [("sso", "temporary, until 2031-01-01")]
    shown = vaulted.home.run("show", prefix + "home", "--json").json()
    assert (shown["region"], shown["mfa_serial"]) == ("eu-west-3", SERIAL)
    assert shown["access_key_id"] == vaulted.key("dev")["AccessKeyId"]


def test_aws_vault_may_ask_a_person(vaulted, prefix):
    vaulted.home.file("av/passphrase", "open sesame")
    with vaulted.home.terminal("import", "--from", "aws-vault", "--prefix", prefix) as terminal:
        for _ in range(4):
            terminal.answer("Enter passphrase to unlock", "open sesame")
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Import 2 keys? [Y/n]", "y")
        terminal.expect("aws-vault has them still")
        assert terminal.wait() == 0
    assert prefix + "home" in names(vaulted)


def test_an_aws_vault_that_fails_is_quoted_escaped(vaulted):
    vaulted.home.file("av/passphrase", "open sesame")
    answer = vaulted.home.run("import", "--from", "aws-vault", status=1)
    assert "aws-vault list failed (its status 1)" in answer.err
    vaulted.home.file("av/bin/aws-vault", "#!/bin/sh\nprintf 'a\\033[2Jb\\n' >&2\nexit 3\n", 0o755)
    answer = vaulted.home.run("import", "--from", "aws-vault", status=1)
    assert "aws-vault list failed (its status 3)" in answer.err
    assert "It says: a\\x1b[2Jb" in answer.err and "\x1b" not in answer.err


@pytest.mark.parametrize("lists, exports, said", [
    ("printf 'a\\033[2Jb\\n'", "", "what aws-vault lists is no name"),
    ("head -c 3000000 /dev/urandom", "", "aws-vault"),
    ("echo prod", "echo AWS_SECRET_ACCESS_KEY=verysecretverysecret1",
     "what aws-vault exported is no access key"),
    ("echo prod", "echo '{\"Version\": 1}'", "what aws-vault exported is no access key"),
    ("echo prod", "kill -9 $$", "aws-vault export was ended by signal 9"),
])
def test_an_aws_vault_that_prints_junk_is_refused_and_no_secret_shown(vaulted, lists, exports, said):
    vaulted.home.file("av/bin/aws-vault", "#!/bin/sh\ncase $1 in list) %s ;; *) %s ;; esac\n" % (
        lists, exports or "exit 9"), 0o755)
    answer = vaulted.home.run("import", "--from", "aws-vault", status=1)
    assert said in answer.err
    assert "\x1b" not in answer.err and "verysecret" not in answer.err


def test_a_machine_without_aws_vault_is_told_so(world):
    answer = world.home.run("import", "--from", "aws-vault", status=3)
    assert "there is no aws-vault on PATH" in answer.err


# --- keys that are there twice, and many ----------------------------------------------------------

def test_one_key_under_two_names_and_one_name_with_two_keys_are_named(world, prefix):
    dev, ci = world.key("dev"), world.key("ci")
    text = (section("default", dev) + section("dev", dev) + section("both", ci) +
            section("both", dict(ci, AccessKeyId="AKIAEXAMPLEEXAMPLE07")))
    path = world.home.file("twice", text)
    would = world.home.run("import", path, "--prefix", prefix, "--dry-run", "--json",
                           status=0).json()["would_import"]
    assert would[0]["same_as"] in names(world) and would[1]["same_as"] == prefix + "default"
    answer = world.home.run("import", path, "--prefix", prefix, "--dry-run", status=0)
    assert "import: the same key as %sdefault" % prefix in " ".join(answer.out.split())
    answer = world.home.run("import", path, "--prefix", prefix, "--json", status=0)
    assert [k["name"] for k in answer.json()["imported"]] == [prefix + "default", prefix + "dev"]
    assert skips(answer, prefix) == [("both", "it has two keys: lines 10 and 14")]
    rows = "".join("u,%s,%s\n" % (k["AccessKeyId"], k["SecretAccessKey"]) for k in (dev, ci))
    answer = world.home.run("import", csv(world, "u.csv",
                                          "User name,Access key ID,Secret access key\n" + rows),
                            "--json", status=0)
    assert skips(answer) == [("u", "two keys have this name: lines 2 and 3")] * 2


def test_ten_thousand_keys_are_read_and_one_more_is_refused(world):
    head = "User name,Access key ID,Secret access key\n"
    row = "u%d,ASIAEXAMPLEEXAMPLE00," + "s" * 40 + "\n"
    path = world.home.file("many.csv", head + "".join(row % i for i in range(10000)))
    answer = world.home.run("import", path, "--json", status=0)
    assert len(answer.json()["skipped"]) == 10000
    path = world.home.file("more.csv", head + "".join(row % i for i in range(10001)))
    answer = world.home.run("import", path, status=1)
    assert "there are more than 10000 keys" in answer.err


@pytest.mark.parametrize("ending", [".csv", ".json", ""])
def test_junk_a_directory_and_a_fifo_end_at_once_with_a_clear_word(world, ending):
    path = os.path.join(world.home.path, "junk" + ending)
    with open(path, "wb") as file:
        file.write(os.urandom(4096))
    answer = world.home.run("import", path)
    assert answer.status in (1, 3) and "\x1b" not in answer.err
    os.remove(path)
    os.mkfifo(path)
    assert "is not a plain file" in world.home.run("import", path, status=1).err
    os.remove(path)
    os.mkdir(path)
    assert world.home.run("import", path, status=1).err
    os.rmdir(path)
