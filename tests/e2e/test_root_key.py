# SPDX-License-Identifier: MIT
"""The key of an account's root user: warned about, marked, an hour at most, and no roles."""

import json

import pytest
from home import PASSPHRASE
from test_import import section
from world import ROLE, fresh, world  # noqa: F401

ARN = "arn:aws:iam::111122223333:root"

pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


@pytest.fixture(scope="module")
def root(world):
    """A root user's key, which is in the vault as `root`."""
    made = world.standin.add_user("root", root=True, keys=[{}])
    key = {"AccessKeyId": made["keys"][0]["id"], "SecretAccessKey": made["keys"][0]["secret"]}
    world.told = world.home.run("add", "root", "--stdin", stdin=json.dumps(key), status=0)
    return key


def test_add_warns_and_says_what_to_do_instead(world, root):
    assert "root is the ROOT KEY of account 111122223333" in world.told.err
    assert "make an IAM user" in world.told.err and "delete this one in the console" in world.told.err
    assert "\x1b" not in world.told.err
    answer = world.home.run("add", "r2", "--stdin", "--quiet", stdin=json.dumps(root), status=0)
    assert "ROOT KEY" in answer.err
    answer = world.home.run("add", "r3", "--stdin", "--json", stdin=json.dumps(root), status=0)
    assert answer.err == "" and answer.json()["root"] is True
    for name in "r2", "r3":
        world.home.run("remove", name, "--yes", passphrase=PASSPHRASE, status=0)


def test_add_on_a_terminal_warns_in_red_before_it_asks(world, root):
    with world.home.terminal("add", "typed", size=(40, 80)) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Access key ID", root["AccessKeyId"])
        terminal.answer("Secret access key", root["SecretAccessKey"])
        terminal.expect("\x1b[31mtyped is the ROOT KEY of account 111122223333", "MFA device:")
        terminal.send("\x03")
        assert terminal.wait() == 130
    assert world.home.run("show", "typed").status == 3


def test_import_warns_marks_the_row_and_its_json_says_so(world, root):
    path = world.home.file("elsewhere", section("boss", root) + section("ci", world.key("ci")))
    answer = world.home.run("import", path, "--prefix", "i/", "--dry-run", status=0)
    row = [line for line in answer.out.splitlines() if line.startswith("i/boss")][0]
    assert row.split()[2] == "root" and "import (root key)" in row
    assert answer.err.count("ROOT KEY") == 1 and "i/boss is the ROOT KEY" in answer.err
    would = world.home.run("import", path, "--prefix", "i/", "--dry-run", "--json",
                           status=0).json()["would_import"]
    assert [k["root"] for k in would] == [True, False]


def test_list_and_show_mark_it(world, root):
    row = [line for line in world.home.run("list", status=0).out.splitlines()
           if line.startswith("root")][0]
    assert row.split()[2] == "root" and "ROOT KEY" in row
    keys = {k["name"]: k for k in world.home.run("list", "--json", status=0).json()["keys"]}
    assert (keys["root"]["root"], keys["root"]["arn"], keys["ci"]["root"]) == (True, ARN, False)
    assert "%s   (ROOT KEY: no policy limits it)" % ARN in world.home.run("show", "root", status=0).out
    assert world.home.run("show", "root", "--json", status=0).json()["root"] is True


def test_its_sessions_last_an_hour_at_most(world, root):
    credentials = world.home.run("export", "root", "--format", "json", status=0).json()
    assert credentials["SessionToken"]
    assert world.standin.log(action="GetSessionToken")[-1]["params"]["DurationSeconds"] == "3600"
    before = len(world.standin.log())
    answer = world.home.run("exec", "root", "-d", "2h", "--", "true")
    assert "a session of an account's root user lasts 1 hour at the most (AWS's limit)" in answer.err
    assert len(world.standin.log()) == before
    assert world.home.run("exec", "root", "-d", "1h", "--", "true").status == 0


def test_its_roles_are_refused_before_aws_is_asked(world, root):
    world.config("[profile boss]\nrole_arn = %sreader\nsource_profile = root\n" % ROLE)
    before = len(world.standin.log())
    answer = world.home.run("export", "boss", status=2)
    assert "boss: AWS lets an account's root user assume no role" in answer.err
    assert "Nothing was signed or sent" in answer.err
    assert "no role" in world.home.run("export", "boss", "--plan").err
    assert len(world.standin.log()) == before
