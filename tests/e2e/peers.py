# SPDX-License-Identifier: MIT
"""Rotations stopped where a test wants it, and what is left: for replaying what other tools do."""

import datetime

from home import PASSPHRASE, wait_until
from rotating import current, keys


def works(world, name="ci"):
    """Asks STS for a session anew, with what the vault holds."""
    world.home.run("clear", status=0)
    return world.home.run("export", name, "--force", status=0)


def agent(world):
    return world.home.status()["agent"]["pid"]


def unlock_again(world):
    world.home.wait_no_agents()
    world.home.unlock()


def held_at(world, action, *args, skip=0, **options):
    """`rotate ci`, running, with this call at the stand-in and unanswered."""
    begun = len(world.standin.log())
    world.standin.fault("hold", action=action, skip=skip, count=1)
    process = world.home.popen("rotate", "ci", *args, "--json",
                               **dict({"passphrase": PASSPHRASE}, **options))
    wait_until(lambda: len(world.standin.log(action=action, since=begun)) == skip + 1)
    return process


def let_go(world):
    world.standin.clear()
    world.standin.release()


def finish(world, old):
    """Runs it again as the messages say, until one key works and the other is off or gone."""
    answer = world.home.run("rotate", "ci", "--json", passphrase=PASSPHRASE)
    if answer.status == 8:
        answer = world.home.run(*answer.error()["hint"].split()[1:], "--json",
                                passphrase=PASSPHRASE)
    assert answer.status == 0, answer
    (done,) = answer.json()["rotations"]
    left = keys(world)
    assert done["state"] == "done" and left.pop(done["new_access_key_id"]) == "Active"
    assert left in ({}, {old: "Inactive"})
    assert current(world) == done["new_access_key_id"]
    works(world)
    world.home.run("verify", status=0)
    return done


def soon(seconds):
    """A time so far off, as STS writes it."""
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")
