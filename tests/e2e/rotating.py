# SPDX-License-Identifier: MIT
"""What tests of rotations begin with: a world for each test, and what the stand-in and the vault hold."""

import pytest
from home import PASSPHRASE, Home
from world import World


@pytest.fixture
def world(standin):
    """One for the test, whose calls are let go at its end. Imported by the modules that want it."""
    home = Home()
    yield World(home, standin)
    standin.clear()
    standin.release()
    home.leave()


@pytest.fixture
def due(world):
    """The key ci, which is 12 days old, is due: its ordinary rotation wants no passphrase."""
    world.home.run("edit", "ci", "--max-age", "10d", passphrase=PASSPHRASE, status=0)


def keys(world, user="ci"):
    """The user's keys at IAM: id and status."""
    return {key["id"]: key["status"] for key in world.standin.user(user)["keys"]}


def current(world, name="ci"):
    """The key's id in the vault."""
    return world.home.run("show", name, "--json", status=0).json()["access_key_id"]


def rotate(world, *args, status=0, **options):
    """The elements of --json's rotations, which are printed whatever the status.

    The passphrase is there where a person would be: most tests rotate keys that are not due."""
    if not {"--due", "--resume", "--no-input"} & set(args):
        options.setdefault("passphrase", PASSPHRASE)
    return world.home.run("rotate", *args, "--json", status=status, **options).json()["rotations"]
