# SPDX-License-Identifier: MIT
"""Vaults that earlier builds made (tests/data/vaults) under the programs of today."""

import glob
import json
import os
import shutil
import time

import pytest
import reader
from home import PATIENCE, ROOT, Home
from rotating import current, keys, rotate
from standin.client import StandIn, StandInError
from world import World

DATA = os.path.join(ROOT, "tests/data/vaults")
BUILDS = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(DATA + "/*/"))
# What of a key does not hang on the day.
LASTING = ("name", "access_key_id", "account_id", "user_name", "arn", "region", "mfa_serial",
           "mfa_required", "created_at", "rotated_at", "max_age_days", "due_at", "retire", "idle_s",
           "hooks", "last_emitted_at")
# What these vaults were made with; builds of today would warn of it.
PASSPHRASE = "correct horse battery"
NEW_PASSPHRASE = "another battery altogether now"


class Earlier(World):
    """A copy of a vault in a home of its own, with its witness, and AWS as it was then."""

    def __init__(self, home, standin, folder):
        self.home, self.standin, self.regions = home, standin, 0
        with open(os.path.join(folder, "known.json")) as file:
            self.known = json.load(file)
        for name in ("vault", "state"):
            place = os.path.dirname(home.vault) if name == "vault" else home.state
            os.makedirs(place, mode=0o700)
            for path in glob.glob(os.path.join(folder, name + ".db*" if name == "vault"
                                               else "*.hwm")):
                shutil.copyfile(path, os.path.join(place, os.path.basename(path)))
                os.chmod(os.path.join(place, os.path.basename(path)), 0o600)
        standin.reset(self.known["standin"])
        home.env["CREDVAULT_ENDPOINT_URL"] = standin.url
        self.elsewhere()

    def read(self, passphrase=PASSPHRASE):
        """What the second reader finds; locked afterwards."""
        self.home.lock()
        self.home.wait_no_agents()
        return reader.read(self.home.vault, reader.PASSPHRASE, passphrase.encode())


@pytest.fixture
def earlier():
    """Makes a copy and starts its stand-in, on the port it had: a rotation goes on where it was begun."""
    made = []

    def make(build, name):
        with open(os.path.join(DATA, build, name, "known.json")) as file:
            standin = at_port(json.load(file)["port"])
        made.append(Earlier(Home(), standin, os.path.join(DATA, build, name)))
        return made[-1]

    yield make
    for world in made:
        world.home.leave()
        world.standin.stop()


def at_port(port):
    """A stand-in there, once whoever else tests on this machine leaves the port."""
    for _ in range(PATIENCE):
        try:
            return StandIn(port=port).start()
        except StandInError:
            time.sleep(1)
    raise StandInError("port %d is not to be had" % port)


@pytest.mark.parametrize("build", BUILDS)
def test_a_vault_made_by_an_earlier_build_opens(earlier, build):
    world = earlier(build, "plain")
    home = world.home
    home.run("unlock", passphrase=PASSPHRASE, status=0)
    listed = home.run("list", "--json", status=0).json()["keys"]
    assert [{name: key[name] for name in LASTING} for key in listed] == [
        {name: key[name] for name in LASTING} for key in world.known["keys"]]
    assert home.run("show", "dev", "--json", status=0).json()["note"] == "of the laptop"
    home.run("verify", status=0)
    home.run("log", "--verify", status=0)
    entries = home.run("log", "--json", "-n", "1000", status=0).json()["entries"]
    assert len(entries) > world.known["log_entries"] and entries[0]["op"] == "create"
    given = home.run("process", "ci", status=0).json()
    assert given["SessionToken"]
    world.session("dev")


@pytest.mark.parametrize("build", BUILDS)
def test_every_slot_of_an_earlier_build_opens_it(earlier, build):
    world = earlier(build, "plain")
    home = world.home
    path = home.file("key", world.known["key_file"])
    home.run("list", "--key-file", path, status=0)
    home.wait_no_agents()
    home.run("unlock", passphrase=world.known["recovery_code"], status=0)
    assert home.status()["agent"]["how"] == "recovery code"


@pytest.mark.parametrize("build", BUILDS)
def test_an_earlier_vault_is_sealed_under_new_keys(earlier, build):
    world = earlier(build, "plain")
    home = world.home
    reading, writing = os.pipe()
    os.write(writing, NEW_PASSPHRASE.encode() + b"\n")
    os.close(writing)
    home.run("passwd", "--low-memory", "--new-passphrase-fd", str(reading), passphrase=PASSPHRASE,
             pass_fds=[reading], status=0)
    os.close(reading)
    home.run("verify", passphrase=NEW_PASSPHRASE, status=0)
    found = world.read(NEW_PASSPHRASE)
    assert found["vault"]["epoch"] == 2
    assert [row["name"] for row in sorted(found["access_keys"], key=lambda row: row["name"])] == [
        key["name"] for key in world.known["keys"]]
    home.run("unlock", passphrase=NEW_PASSPHRASE, status=0)
    assert home.run("show", "dev", "--json", status=0).json()["note"] == "of the laptop"


@pytest.mark.parametrize("build", BUILDS)
def test_a_rotation_that_an_earlier_build_began_goes_on(earlier, build):
    world = earlier(build, "rotating")
    old, new = world.known["old"], world.known["new"]
    world.home.run("unlock", passphrase=PASSPHRASE, status=0)
    assert "rotation unfinished: " in world.home.run("list", status=0).out
    (done,) = rotate(world, "--resume")
    assert (done["state"], done["resumed"]) == ("done", True)
    assert keys(world) == {old: "Inactive", new: "Active"} and current(world) == new
    world.home.run("verify", status=0)
    world.home.run("export", "ci", "--force", status=0)


@pytest.mark.parametrize("name", ["intended", "killed"])
@pytest.mark.parametrize("build", BUILDS)
def test_an_orphan_of_an_earlier_build_is_named_and_replaced(earlier, build, name):
    """Killed: what was committed last stands in the journal, as that build wrote it."""
    world = earlier(build, name)
    assert os.path.exists(world.home.vault + "-wal") == (name == "killed")
    old, orphan = world.known["old"], world.known["new"]
    assert glob.glob(world.home.vault + ".new-*")
    world.home.run("unlock", passphrase=PASSPHRASE, status=0)
    (named,) = rotate(world, "--resume", status=8)
    assert named["error"]["hint"] == "credvault rotate ci --delete-key %s" % orphan
    (done,) = rotate(world, "ci", "--delete-key", orphan, passphrase=PASSPHRASE)
    assert (done["state"], done["resumed"]) == ("done", True)
    assert keys(world) == {old: "Inactive", done["new_access_key_id"]: "Active"}
    assert not glob.glob(world.home.vault + ".new-*")


@pytest.mark.parametrize("build", BUILDS)
def test_a_vault_used_by_this_build_opens_with_the_earlier_format(earlier, build):
    world = earlier(build, "plain")
    before = world.read()
    world.home.run("unlock", passphrase=PASSPHRASE, status=0)
    world.home.run("process", "ci", status=0)
    world.home.run("edit", "third", "--note", "used by two builds", passphrase=PASSPHRASE, status=0)
    after = world.read()
    assert after["vault"] == before["vault"]
    assert {row["name"]: row["note"] for row in after["access_keys"]}["third"] == "used by two builds"
    assert after["log"][:len(before["log"])] == before["log"]
