# SPDX-License-Identifier: MIT
"""`credvault list`: what the vault holds."""

import json
import os
import re

import pytest
from home import Home
from world import ROLE, SERIAL, fresh, world  # noqa: F401

MEMBERS = {"name", "access_key_id", "account_id", "user_name", "arn", "root", "region", "mfa_serial",
           "mfa_required", "retire", "idle_s", "hooks", "created_at", "rotated_at", "age_days",
           "max_age_days", "due_at", "due", "overdue", "last_emitted_at", "session_expires_at",
           "rotating"}


pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


def test_json_has_every_member_in_order_of_names(world):
    keys = world.home.run("list", "--json", status=0).json()["keys"]
    assert [k["name"] for k in keys] == ["ci", "dev"]
    assert all(set(k) == MEMBERS for k in keys)
    assert keys[1]["mfa_serial"] == SERIAL and keys[0]["mfa_serial"] is None
    assert world.home.run("ls", "--json", status=0).json()["keys"] == keys


def test_a_table_without_colour_and_footer_where_it_is_piped(world):
    out = world.home.run("list", status=0).out
    lines = out.splitlines()
    assert lines[0].split() == ["NAME", "ACCOUNT", "IAM", "USER", "KEY", "AGE", "DUE", "MFA", "LAST",
                                "USED", "SESSION"]
    assert lines[1].startswith("ci ") and lines[2].startswith("dev ") and len(lines) == 3
    assert "\x1b" not in out and all(line == line.rstrip() for line in lines)


def test_a_terminal_gets_colour_and_a_footer(world):
    with world.home.terminal("list") as terminal:
        terminal.expect("2 keys")
        assert terminal.wait() == 0
        assert "\x1b[31m" in terminal.seen      # dev is overdue in the stand-in's world
    with world.home.terminal("list", env={"NO_COLOR": "1"}) as terminal:
        assert terminal.wait() == 0
        assert "\x1b[" not in terminal.seen


def test_sessions_and_uses_show(world):
    world.home.run("export", "ci", status=0)
    key = world.home.run("show", "ci", "--json", status=0).json()
    assert key["session_expires_at"] and key["last_emitted_at"]
    line = world.home.run("list", status=0).out.splitlines()[1]
    assert re.search(r" now +(59m|1h(0\dm)?)$", line), line


def test_due_is_10_when_one_is_overdue(world):
    answer = world.home.run("list", "--due", "--json", status=10)
    assert [k["name"] for k in answer.json()["keys"] if k["overdue"]] == ["dev"]
    assert "OVERDUE" in world.home.run("list", "--due", status=10).out
    home = Home()
    try:
        home.env["CREDVAULT_ENDPOINT_URL"] = world.standin.url
        home.init()
        home.run("list", "--due", status=0)
        assert home.run("list", "--due", "--json", status=0).json() == {"keys": []}
        assert home.run("list", status=0).out == ""
    finally:
        home.leave()


def test_names_as_arguments_choose_keys_and_an_unknown_one_is_3(world):
    run = world.home.run
    assert [k["name"] for k in run("list", "dev", "--json", status=0).json()["keys"]] == ["dev"]
    assert run("list", "dev", "ci", "dev", "--names", status=0).out == "ci\ndev\n"
    lines = run("list", "ci", status=0).out.splitlines()
    assert len(lines) == 2 and lines[1].startswith("ci ")
    answer = run("list", "ci", "nobody", "--json", status=3)
    error = json.loads(answer.err)["error"]
    assert answer.out == "" and error["code"] == "NOT_FOUND" and error["profile"] == "nobody"
    answer = run("list", "ci", "nobody", "none", status=3)
    assert answer.out == "" and "nobody, none" in answer.err
    # Only what was named counts: dev, which is overdue, is not asked about.
    assert run("list", "ci", "--due", "--json", status=0).json() == {"keys": []}
    assert run("list", "dev", "--due", "--names", status=10).out in ("", "dev\n")


def test_sort_puts_first_what_wants_attention(world):
    run = world.home.run

    def names(order, *more):
        keys = run("list", "--sort", order, "--json", *more, status=0).json()["keys"]
        return [k["name"] for k in keys], keys

    by_age, keys = names("age")
    assert [k["created_at"] for k in keys] == sorted(k["created_at"] for k in keys)
    assert by_age == ["dev", "ci"]          # dev's key is the older one
    assert names("due")[0] == ["dev", "ci"] and names("name")[0] == ["ci", "dev"]
    assert names("account")[0] == ["ci", "dev"]         # one account: by their names
    run("export", "ci", status=0)
    assert names("used")[0] == ["dev", "ci"]            # never used before used
    assert run("list", "--sort", "age", "--names", status=0).out == "dev\nci\n"
    lines = run("list", "--sort", "age", status=0).out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["dev", "ci"]


def test_names_never_ask(world):
    assert world.home.run("list", "--names", status=0).out == "ci\ndev\n"
    assert world.home.run("list", "--names", "--json", status=0).json() == {"names": ["ci", "dev"]}
    assert set(world.home.run("list", "--names", "--due", "--json").json()["names"]) <= {"ci", "dev"}
    world.home.lock()
    with world.home.terminal("list", "--names") as terminal:
        assert terminal.wait() == 4
        assert "assphrase" not in terminal.seen


def test_profiles_say_where_they_get_credentials_from(world):
    path = world.config(
        "[profile reader]\nrole_arn = %sreader\nsource_profile = dev\n"
        "[profile chained]\nrole_arn = %schained\nsource_profile = reader\n"
        "[profile loop]\nrole_arn = %sx\nsource_profile = loop2\n"
        "[profile loop2]\nrole_arn = %sx\nsource_profile = loop\n"
        "[profile stray]\nrole_arn = %sx\nsource_profile = nobody\n"
        "[profile other]\nregion = eu-west-1\n[profile ci]\nregion = eu-west-1\n" % ((ROLE,) * 5))
    out = world.home.run("list", "--profiles", status=0).out
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert "dev > user dev > MFA > role 111122223333:reader" in rows["reader"]
    assert "role 111122223333:reader > role 111122223333:chained" in rows["chained"]
    assert "loop > loop2 > loop: a circle, %s:" % path in rows["loop"]
    assert "nobody (not in the vault)" in rows["stray"]
    assert "ci > user ci" in rows["ci"] and "other" not in rows
    profiles = world.home.run("list", "--profiles", "--json", status=0).json()["profiles"]
    assert [p["profile"] for p in profiles] == ["chained", "ci", "loop", "loop2", "reader", "stray"]
    assert profiles[4]["key"] == "dev" and profiles[4]["roles"] == [ROLE + "reader"]
    assert profiles[2]["problem"] and not profiles[4]["problem"]
    world.home.lock()
    assert "reader" in world.home.run("list", "--profiles", "--names", status=0).out
    assert "reader" in world.home.run("list", "--profiles", "--names", "--json", status=0).json()["names"]


def test_lines_that_cannot_be_read_are_named_once_and_end_their_own_profile(world):
    path = world.config("stray\n[profile reader]\n    role_arn = %sreader\n    # by night\n"
                        "    source_profile = ci\n[profile odd]\nwhat is this\n[profile twin]\n"
                        "role_arn = %sx\n[profile 'twin']\n[plugins]\nnor this\n" % (ROLE, ROLE))
    answer = world.home.run("list", "--profiles", status=0)
    for line, profile in ((7, "odd"), (8, "twin")):
        assert answer.out.count("%s:%d" % (path, line)) == 1, profile
    assert "role 111122223333:reader" in answer.out
    assert answer.err.count("%s:1: " % path) == answer.err.count("%s:12: " % path) == 1
    told = world.home.run("list", "--profiles", "--json", status=0).json()
    assert [p["profile"] for p in told["profiles"] if p["problem"]] == ["odd", "twin"]
    assert [p.split(":")[1] for p in told["problems"]] == ["1", "12"]
    world.home.run("process", "reader", status=0)
    world.home.run("export", "ci", status=0)
    world.home.run("rotate", "--due", "--dry-run", "--no-input", status=0)
    answer = world.home.run("export", "odd", status=1)
    assert "odd: %s:7: expected" % path in answer.err
    assert "twin: %s:8 and 10: two spellings" % path in world.home.run("export", "twin", status=1).err


def test_roles_of_the_credentials_file_and_a_tilde_in_its_path(world):
    world.home.file("aws/config", "[profile 'my reader']\nregion = eu-west-2\n")
    world.home.file(".aws/credentials", "[my reader]\nrole_arn = %sreader\nsource_profile = ci\n" %
                    ROLE)
    env = {"AWS_CONFIG_FILE": "~/aws/config", "AWS_REGION": ""}
    profiles = world.home.run("list", "--profiles", "--json", env=env, status=0).json()["profiles"]
    assert [(p["profile"], p["key"]) for p in profiles] == [("my reader", "ci")]
    made = world.home.run("export", "my reader", "--format", "json", env=env, status=0).json()
    assert made["Region"] == "eu-west-2"
    os.remove(os.path.join(world.home.path, ".aws/credentials"))


def test_a_profile_shows_its_session(world):
    world.config("[profile reader]\nrole_arn = %sreader\nsource_profile = ci\n" % ROLE)
    world.home.run("process", "reader", status=0)
    reader = world.home.run("list", "--profiles", "--json", status=0).json()["profiles"][0]
    assert reader["profile"] == "reader" and reader["session_expires_at"]


def test_locked_is_4_and_options_must_fit(world):
    world.home.run("list", "--profiles", "--due", status=2)
    world.home.run("list", "--profiles", "--sort", "age", status=2)
    world.home.run("list", "--profiles", "ci", status=2)
    world.home.run("list", "--sort", "size", status=2)
    world.home.lock()
    answer = world.home.run("list", status=4)
    assert answer.out == "" and "credvault unlock" in answer.err
