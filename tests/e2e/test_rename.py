# SPDX-License-Identifier: MIT
"""`credvault rename`: a key has another name, and nothing else of it changes."""

import pytest
from home import PASSPHRASE
from wire import call, credentials
from world import ROLE, fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


@pytest.fixture
def name(world, request):
    """A key of this test's own."""
    name = request.node.name.split("[")[0][5:60]
    world.add(name, "ci")
    return name


def rename(world, old, new, status=0, **more):
    return world.home.run("rename", old, new, "--json", passphrase=PASSPHRASE, status=status, **more)


def test_it_is_found_by_the_new_name_alone_and_on_record(world, name):
    key = world.home.run("show", name, "--json", status=0).json()
    answer = rename(world, name, "renamed-1").json()
    assert answer == {"name": "renamed-1", "old_name": name, "sessions": 0, "mentions": [],
                      "access_key_id": key["access_key_id"]}
    assert world.home.run("show", "renamed-1", "--json", status=0).json() == dict(key, name="renamed-1")
    world.home.run("show", name, status=3)
    world.home.run("process", name, status=3)
    entry = [e for e in world.home.run("log", "-n", "4", "--json", status=0).json()["entries"]
             if e["op"] == "rename"][-1]
    assert (entry["profile"], entry["result"]) == (name, "OK")
    assert entry["access_key_id"] == key["access_key_id"]
    world.home.run("verify", status=0)


def test_sessions_follow_in_memory_and_in_the_vault(world):
    """Also one that cost an MFA code, and through a lock."""
    world.session("dev")
    first = world.home.run("process", "dev", status=0).json()
    world.config("[profile by-role]\nrole_arn = %sreader\nsource_profile = dev\n" % ROLE)
    role = world.home.run("process", "by-role", status=0).json()
    try:
        assert rename(world, "dev", "dev-2").json()["sessions"] >= 2
        assert world.home.run("process", "dev-2", status=0).json() == first
        world.config("[profile by-role]\nrole_arn = %sreader\nsource_profile = dev-2\n" % ROLE)
        assert world.home.run("process", "by-role", status=0).json() == role
        world.home.lock()
        world.home.unlock()
        assert world.home.run("process", "dev-2", status=0).json() == first
        assert world.home.run("show", "dev-2", "--json", status=0).json()["session_expires_at"]
        sessions = [s["profile"] for s in world.home.status()["sessions"]]
        assert "dev-2" in sessions and "dev" not in sessions and "by-role" in sessions
        world.home.run("remove", "dev-2", "--yes", passphrase=PASSPHRASE, status=0)
        assert not {"dev-2", "by-role"} & {s["profile"] for s in world.home.status()["sessions"]}
        world.add("dev", "dev")
    finally:
        world.home.run("rename", "dev-2", "dev", passphrase=PASSPHRASE)


def test_nothing_is_served_from_memory_by_the_old_name(world, name):
    first = credentials(world.home, name, world.standin.url)["ok"]
    assert credentials(world.home, name, world.standin.url)["ok"] == first
    rename(world, name, "renamed-2")
    assert credentials(world.home, name, world.standin.url)["error"]["code"] == "NOT_FOUND"
    assert credentials(world.home, "renamed-2", world.standin.url)["ok"] == first
    # Another key that takes the old name has none of its sessions, nor does the way back lose them.
    world.add(name, "ci")
    assert credentials(world.home, name, world.standin.url)["ok"] != first
    rename(world, name, "renamed-3")
    rename(world, "renamed-2", name)
    assert credentials(world.home, name, world.standin.url)["ok"] == first


def test_a_change_of_a_renamed_key_voids_its_sessions_as_ever(world, name):
    first = credentials(world.home, name, world.standin.url)["ok"]
    rename(world, name, "renamed-4")
    world.home.run("edit", "renamed-4", "--region", "eu-north-1", status=0)
    assert credentials(world.home, "renamed-4", world.standin.url)["ok"] != first


def test_hooks_and_attributes_follow(world, name):
    world.home.run("edit", name, "--note", "a note", "--hook", "/bin/true", passphrase=PASSPHRASE,
                   status=0)
    rename(world, name, "renamed-5")
    key = world.home.run("show", "renamed-5", "--json", status=0).json()
    assert (key["note"], key["hooks"]) == ("a note", ["/bin/true"])


def test_a_taken_name_is_refused_and_both_keys_stay(world, name):
    answer = rename(world, name, "ci", status=1)
    assert "EXISTS" in answer.err and "Nothing was changed" in answer.err
    world.home.run("show", name, status=0)
    world.home.run("show", "ci", status=0)
    world.home.run("rename", name, name, passphrase=PASSPHRASE, status=2)
    world.home.run("rename", name, "a\tb", status=2)
    world.home.run("rename", name, status=2)
    assert rename(world, "nobody", "somebody", status=3).out == ""


def test_an_unlocked_vault_is_not_enough(world, name):
    world.home.run("rename", name, "renamed-6", status=4)
    world.home.run("rename", name, "renamed-6", passphrase="wrong one", status=5)
    args = {"name": name, "new_name": "renamed-6"}
    assert call(world.home, "rename", args)["error"]["code"] == "CHANNEL_NEEDED"
    world.home.run("show", name, status=0)


def test_an_old_key_that_waits_to_be_deleted_follows_and_a_rotation_under_way_refuses(world):
    world.standin.add_user("turner", keys=[{}])
    world.add("turner", "turner")
    world.home.run("rotate", "turner", "--yes", passphrase=PASSPHRASE, status=0)
    rename(world, "turner", "turner-2")
    (pending,) = call(world.home, "rotations")["rows"]
    assert (pending["name"], pending["names"]) == ("turner-2", ["turner-2"])
    world.home.run("rotate", "turner-2", "--undo", passphrase=PASSPHRASE, status=0)
    # A rotation that AWS has stopped in the middle.
    world.standin.fault("drop_after", action="CreateAccessKey", count=1)
    assert world.home.run("rotate", "turner-2", "--yes", passphrase=PASSPHRASE).status
    world.standin.clear()
    answer = rename(world, "turner-2", "turner-3", status=1)
    assert "not finished" in answer.err and "Nothing was changed" in answer.err
    world.home.run("show", "turner-2", status=0)


def test_lines_of_awss_files_that_name_it_are_named(world, name):
    world.config("[profile a]\nrole_arn = %sreader\nsource_profile = %s\n\n"
                 "[profile %s]\ncredential_process = credvault process %s\n"
                 "[profile b]\ncredential_process = /usr/bin/credvault --vault x process '%s'\n"
                 "[profile c]\ncredential_process = credvault process %s-not\n"
                 "[profile d]\nsource_profile = ci\n[credvault %s]\nmax_age = 1\n"
                 % (ROLE, name, name, name, name, name, name))
    answer = world.home.run("rename", name, "renamed-7", passphrase=PASSPHRASE, status=0)
    assert answer.out.startswith("Renamed %s to renamed-7 (AKIA" % name)
    lines = [line.split() for line in answer.err.splitlines() if ".aws/config:" in line]
    assert [(line[0].rsplit(":", 1)[1], line[1]) for line in lines] == [
        ("3", "source_profile"), ("6", "credential_process"), ("8", "credential_process"),
        ("13", "profile")]
    again = rename(world, "renamed-7", name).json()
    assert again["mentions"] == []
