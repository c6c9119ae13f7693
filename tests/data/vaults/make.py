#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the vaults of one build, for the builds that come after it: make.py FOLDER.

CREDVAULT_BIN names the folder of the build's programs. What they leave is written below FOLDER."""

import glob
import json
import os
import shutil
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../.."), os.path.join(HERE, "../../e2e")]

from home import PASSPHRASE, Home, recovery_code, wait_until  # noqa: E402
from standin.client import StandIn  # noqa: E402
from world import World  # noqa: E402

PORT = 18977

def keep(world, folder, **known):
    """The vault at rest with what lies beside it, its mark, and all that a test must know of it."""
    home = world.home
    home.lock()
    os.makedirs(folder)
    for path in glob.glob(home.vault + "*") + glob.glob(os.path.join(home.state, "*.hwm")):
        if not path.endswith(".reserve"):
            shutil.copyfile(path, os.path.join(folder, os.path.basename(path)))
    users = {}
    for user in world.standin.state()["users"]:
        if user["account"] == "111122223333":
            users[user["name"]] = {
                "keys": [{name: key[name] for name in ("id", "secret", "status")}
                         for key in user["keys"]],
                "mfa": [{name: device[name] for name in ("serial", "seed")}
                        for device in user["mfa"]]}
    known = dict(known, passphrase=PASSPHRASE, port=PORT,
                 standin={"accounts": {"111122223333": {"users": users}}})
    with open(os.path.join(folder, "known.json"), "w") as out:
        out.write(json.dumps(known, indent=1) + "\n")


def plain(standin, folder):
    """Three keys with all that can be said of one, sessions, and each kind of slot."""
    home = Home()
    try:
        world = World(home, standin)
        code = recovery_code(home.recovery)
        world.add("third", "ci", "--no-check", "--region", "eu-west-3", "--max-age", "never")
        home.run("edit", "dev", "--note", "of the laptop", "--retire", "when-idle=7d",
                 passphrase=PASSPHRASE, status=0)
        home.run("edit", "ci", "--max-age", "30d", "--hook", "put-ci-secret --key",
                 "--hook", "restart-ci", "--retire", "delete", passphrase=PASSPHRASE, status=0)
        home.run("config", "lead", "3d", passphrase=PASSPHRASE, status=0)
        home.run("config", "grace", "2d", passphrase=PASSPHRASE, status=0)
        key_file = os.path.join(home.path, "key")
        home.run("slot", "add", "key-file", key_file, passphrase=PASSPHRASE, status=0)
        world.session()
        home.run("process", "ci", status=0)
        home.run("process", "nobody", status=3)
        listed = home.run("list", "--json", status=0).json()["keys"]
        with open(key_file) as file:
            keep(world, folder, recovery_code=code, key_file=file.read(), keys=listed,
                 log_entries=home.run("log", "--json", status=0).json()["log_entries"])
    finally:
        home.leave()


def rotating(standin, folder):
    """A key that AWS has made, and refuses when it is to prove itself."""
    home = Home()
    try:
        world = World(home, standin)
        begun = len(standin.log())
        home.run("rotate", "ci", "--dry-run", status=0)
        before = len(standin.log(since=begun, action="GetCallerIdentity"))
        standin.fault("error", action="GetCallerIdentity", skip=before, code="AccessDenied",
                      status=403)
        half(world, folder)
    finally:
        home.leave()


def intended(standin, folder):
    """A key that AWS has made, and whose answer is lost: the row says no more than was intended."""
    home = Home()
    try:
        world = World(home, standin)
        standin.fault("drop_after", action="CreateAccessKey", count=1)
        half(world, folder)
    finally:
        home.leave()


def killed(standin, folder):
    """A rotation whose agent is killed while AWS makes the key: the journal lies beside the file."""
    home = Home()
    try:
        world = World(home, standin)
        standin.fault("hold", action="CreateAccessKey", count=1)
        begun = len(standin.log())
        process = home.popen("rotate", "ci")
        wait_until(lambda: standin.log(action="CreateAccessKey", since=begun))
        os.kill(home.status()["agent"]["pid"], signal.SIGKILL)
        process.communicate()
        standin.clear()
        standin.release()
        wait_until(lambda: len(standin.user("ci")["keys"]) == 2)
        home.wait_no_agents()
        old = world.key("ci")["AccessKeyId"]
        (new,) = [key["id"] for key in standin.user("ci")["keys"] if key["id"] != old]
        keep(world, folder, old=old, new=new)
    finally:
        home.leave()


def half(world, folder):
    old = world.key("ci")["AccessKeyId"]
    world.home.run("rotate", "ci")
    world.standin.clear()
    (new,) = [key["id"] for key in world.standin.user("ci")["keys"] if key["id"] != old]
    keep(world, folder, old=old, new=new)


def main(folder):
    real = Home.init

    def init(self, *args):
        answer = real(self, *args)
        self.recovery = answer.out + answer.err
        return answer

    Home.init = init
    # A rotation goes on where it was begun: the tests take the same port.
    with StandIn(port=PORT) as standin:
        plain(standin, os.path.join(folder, "plain"))
        rotating(standin, os.path.join(folder, "rotating"))
        intended(standin, os.path.join(folder, "intended"))
        killed(standin, os.path.join(folder, "killed"))


if __name__ == "__main__":
    main(*sys.argv[1:])
