# SPDX-License-Identifier: MIT
"""`--dry-run`: shows what would happen and changes nothing, whatever the command."""

import hashlib
import os
import re

import pytest
from test_command_line import command_names, run
from home import PASSPHRASE
from world import ROLE, fresh, world  # noqa: F401


pytestmark = pytest.mark.sanitize


def files(home):
    """Every file below the home directory but the vault's own and the agent's: name -> what is in it."""
    found = {}
    for folder, _, names in os.walk(home.path):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not path.startswith((home.runtime, home.vault, home.state)):
                with open(path, "rb") as file:
                    found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


def state(world):
    """All that a command could change: keys, settings, sessions, other files, and what AWS has."""
    found = {words: world.home.run(*words.split(), "--json", status=0).json()
             for words in ("list", "config", "slot list")}
    status = world.home.status()
    return dict(found, sessions=status["sessions"], files=files(world.home), users=[
        [(key["id"], key["status"]) for key in world.standin.user(name)["keys"]] for name in ("ci", "dev")])


def entries(world):
    return world.home.run("log", "-n", "1000", "--json", status=0).json()["entries"]


@pytest.fixture
def prepared(fresh):
    fresh.config("[profile reader]\nrole_arn = %sreader\nsource_profile = ci\n" % ROLE)
    key = fresh.key("ci")
    fresh.home.file(".aws/credentials", "[more]\naws_access_key_id = %s\naws_secret_access_key = %s\n" %
                    (key["AccessKeyId"], key["SecretAccessKey"]))
    return fresh


@pytest.mark.parametrize("words, shown", [
    (["rotate", "ci"], "ci"), (["rotate", "--all"], "dev"), (["rotate", "--due"], ""),
    (["import"], "more"), (["import", "--prefix", "x-"], "x-more"),
    (["restore"], "generation"), (["restore", "--accept-rollback"], "generation"),
    (["exec", "reader"], "role"), (["export", "reader"], "role"),
])
def test_it_shows_and_changes_nothing(prepared, words, shown):
    before, log = state(prepared), entries(prepared)
    # restore does not believe an agent and unlocks by itself.
    secret = {"passphrase": PASSPHRASE} if words[0] == "restore" else {}
    answer = prepared.home.run(words[0], "--dry-run", "--yes", *words[1:], status=0, **secret)
    assert shown in (answer.out + answer.err).lower()
    after = state(prepared)
    for what, was in before.items():
        assert after[what] == was, what
    # That a key was used to look stands in the log, as everything does.
    for entry in entries(prepared)[len(log):]:
        assert entry["op"] in ("check", "lock", "unlock") or entry["what"] == "asked AWS about this key"


def test_it_shows_what_would_be_taken_back_or_go_on(prepared):
    def dry(*words):
        before = state(prepared)
        plans = prepared.home.run("rotate", *words, "--dry-run", "--json", status=0).json()["plans"]
        shown = prepared.home.run("rotate", *words, "--dry-run", status=0)
        assert "Nothing was changed." in shown.err and state(prepared) == before
        return shown.out, plans

    assert "nothing to take back" in dry("ci", "--undo")[0]
    (first,) = prepared.home.run("rotate", "ci", "--json", passphrase=PASSPHRASE,
                                status=0).json()["rotations"]
    shown, (plan,) = dry("ci", "--undo")
    assert "is switched on and current again" in shown
    assert (plan["name"], plan["act"]) == ("ci", "undo")
    assert plan["old_access_key_id"] == first["old_access_key_id"]
    prepared.home.run("rotate", "ci", "--undo", passphrase=PASSPHRASE, status=0)
    prepared.standin.fault("drop", action="CreateAccessKey", count=1)
    prepared.home.run("rotate", "ci", passphrase=PASSPHRASE, status=9)
    assert "stays current" in dry("ci", "--abort")[0]
    for words in (["--resume"], ["ci", "--resume"], ["--due"]):
        shown, plans = dry(*words)
        assert re.search('(?m)^  ci +goes on at "create"', shown), words
        assert [(p["name"], p["step"]) for p in plans if p.get("act") == "resume"] == [("ci", "create")]
    prepared.home.run("rotate", "ci", "--abort", passphrase=PASSPHRASE, status=0)


def test_every_command_that_takes_it_is_tried_here():
    takers = {name for name in command_names()
              if re.search(r"(?m)^ +--dry-run\b", run("help", name).stdout)}
    assert takers == {"rotate", "import", "restore"}


def test_force_is_for_printing_secrets_alone():
    takers = {name for name in command_names()
              if re.search(r"(?m)^ +--force\b", run("help", name).stdout)}
    assert takers == {"export", "reveal"}
