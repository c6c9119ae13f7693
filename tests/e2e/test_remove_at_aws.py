# SPDX-License-Identifier: MIT
"""`credvault remove --at-aws`: AWS deletes the key before the vault lets go of it."""

import os
import signal

import pytest
from home import PASSPHRASE
from world import fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


@pytest.fixture
def name(world, request):
    """A user and key of this test's own."""
    name = request.node.name.split("[")[0][5:60]
    world.standin.add_user(name, keys=[{}])
    world.add(name, name)
    return name


@pytest.fixture
def admin(world):
    """A key that may do anything to anybody's."""
    if "admin" not in world.home.run("list", "--names", status=0).out.split():
        world.standin.add_user("admin", keys=[{}])
        world.add("admin", "admin")
    return "admin"


def remove(world, name, *more, status=0):
    return world.home.run("remove", name, "--at-aws", "--yes", "--json", *more,
                          passphrase=PASSPHRASE, status=status)


def keys(world, user):
    return {key["id"]: key["status"] for key in world.standin.user(user)["keys"]}


def said(world, name):
    """What the log says of it, oldest first."""
    entries = world.home.run("log", "-n", "40", "--profile", name, "--json", status=0).json()["entries"]
    return [(e["what"], e["result"]) for e in sorted(entries, key=lambda e: e["seq"])
            if e["op"] == "remove"]


def test_another_key_makes_it_inactive_and_deletes_it(world, name, admin):
    id = world.key(name)["AccessKeyId"]
    answer = remove(world, name, "--with", admin).json()
    assert answer["at_aws"] == [{"access_key_id": id, "state": "inactive", "signer": admin},
                                {"access_key_id": id, "state": "deleted", "signer": admin}]
    assert keys(world, name) == {}
    actions = [call["action"] for call in world.standin.log() if call["action"].endswith("AccessKey")]
    assert actions[-2:] == ["UpdateAccessKey", "DeleteAccessKey"]
    assert said(world, name)[:3] == [("made inactive at AWS", "OK"), ("deletion at AWS", "ASKED"),
                                     ("deleted at AWS", "OK")]
    world.home.run("show", name, status=3)


def test_a_key_that_signs_for_itself_goes_in_one_step(world, name):
    id = world.key(name)["AccessKeyId"]
    answer = world.home.run("remove", name, "--at-aws", "--yes", passphrase=PASSPHRASE, status=0)
    assert answer.out.startswith("At AWS %s is deleted.\nRemoved %s (%s)" % (id, name, id))
    assert "aws iam delete" not in answer.err and keys(world, name) == {}
    world.home.run("show", name, status=3)


def test_another_key_of_the_same_user_signs_unasked(world, name):
    first = world.key(name)["AccessKeyId"]
    world.standin.add_key(name)
    second = next(key for key in world.standin.user(name)["keys"] if key["id"] != first)
    world.home.run("add", name + ".2", "--stdin", stdin='{"AccessKeyId":"%s","SecretAccessKey":"%s"}'
                   % (second["id"], second["secret"]), status=0)
    states = [(s["state"], s["signer"]) for s in remove(world, name).json()["at_aws"]]
    assert states == [("inactive", name + ".2"), ("deleted", name + ".2")]
    assert list(keys(world, name)) == [second["id"]]


def test_what_aws_refuses_stays_in_the_vault_and_is_named(world, name, admin):
    id = world.key(name)["AccessKeyId"]
    world.standin.control("PUT", "users", {"account": "111122223333", "user": admin,
                                           "deny": ["iam:DeleteAccessKey"]})
    try:
        answer = remove(world, name, "--with", admin, status=8)
        error = answer.error()
        assert error["profile"] == name and "%s is inactive at AWS and not deleted" % id in error["detail"]
        assert keys(world, name) == {id: "Inactive"}
        world.home.run("show", name, status=0)
        assert said(world, name) == [("made inactive at AWS", "OK"), ("deletion at AWS", "ASKED")]
    finally:
        world.standin.control("PUT", "users", {"account": "111122223333", "user": admin, "deny": []})
    # The same command goes on.
    remove(world, name, "--with", admin)
    assert keys(world, name) == {}


def test_what_is_gone_already_is_no_failure(world, name, admin):
    world.standin.set_key(world.key(name)["AccessKeyId"], "Deleted")
    assert [s["state"] for s in remove(world, name, "--with", admin).json()["at_aws"]] == ["gone"]
    world.home.run("show", name, status=3)


def test_a_dead_key_that_signs_for_itself_stays_until_a_person_says_so(world, name):
    world.standin.set_key(world.key(name)["AccessKeyId"], "Deleted")
    answer = remove(world, name, status=8)
    assert "credvault remove %s" % name in answer.error()["hint"]
    world.home.run("show", name, status=0)
    world.home.run("remove", name, "--yes", passphrase=PASSPHRASE, status=0)


def test_a_kill_between_the_two_leaves_it_inactive_in_the_vault(world, name, admin):
    """The agent is killed while AWS has the request to delete it, before AWS does so."""
    id = world.key(name)["AccessKeyId"]
    world.standin.fault("hold", action="DeleteAccessKey", count=1)
    since = len(world.standin.log())
    agent = world.home.status()["agent"]["pid"]
    client = world.home.popen("remove", name, "--at-aws", "--with", admin, "--yes", "--json",
                              passphrase=PASSPHRASE)
    world.standin.wait_log(2, since=since)
    os.kill(agent, signal.SIGKILL)
    client.communicate(timeout=60)
    assert client.returncode != 0
    world.standin.clear()
    world.standin.release()
    world.home.unlock()
    assert said(world, name) == [("made inactive at AWS", "OK"), ("deletion at AWS", "ASKED")]
    world.home.run("show", name, status=0)
    assert remove(world, name, "--with", admin).json()["at_aws"]
    assert id not in keys(world, name)


def test_the_old_key_of_its_last_rotation_goes_first(world, name):
    world.home.run("rotate", name, "--yes", passphrase=PASSPHRASE, status=0)
    old, new = sorted(keys(world, name), key=lambda id: keys(world, name)[id] == "Active")
    answer = remove(world, name).json()
    assert [s["access_key_id"] for s in answer["at_aws"]] == [old, new]
    assert answer["old_access_key_id"] is None and keys(world, name) == {}


def test_a_code_is_taken_where_the_policy_wants_one(world):
    world.standin.add_user("guarded", keys=[{}], mfa=[{}], require_mfa=["iam:*"])
    serial = world.standin.serial("guarded")
    world.add("guarded", "guarded", "--mfa-serial", serial)
    assert remove(world, "guarded", "--no-input", status=7).out == ""
    remove(world, "guarded", "-t", world.standin.code(serial))
    assert keys(world, "guarded") == {}


def test_a_key_of_two_names_is_refused_before_aws(world, name):
    world.add("twin-of-it", name)
    answer = remove(world, name, status=1)
    assert "twin-of-it" in answer.error()["message"] and keys(world, name)
    world.home.run("remove", "twin-of-it", "--yes", passphrase=PASSPHRASE, status=0)
    world.home.run("remove", name, "--with", "dev", "--yes", status=2)
    remove(world, name, "--with", "nobody", status=3)
    world.home.run("show", name, status=0)
