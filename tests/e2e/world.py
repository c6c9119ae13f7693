# SPDX-License-Identifier: MIT
"""A vault that knows the stand-in's keys: what the tests of commands about credentials begin with."""

import json
import os
import subprocess

import pytest
from home import Home

ACCOUNT = "111122223333"
SERIAL = "arn:aws:iam::%s:mfa/dev" % ACCOUNT
ROLE = "arn:aws:iam::%s:role/" % ACCOUNT
# A session's members as credential_process has them.
MEMBERS = {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "AccountId"}


class World:
    """One home, one stand-in, and the keys of users dev (with MFA) and ci (without) as `dev` and `ci`."""

    def __init__(self, home, standin):
        self.home, self.standin = home, standin
        standin.reset()
        standin.fresh_step()
        home.env["CREDVAULT_ENDPOINT_URL"] = standin.url
        self.regions = 0
        self.elsewhere()
        home.init()
        self.add("dev", "dev")
        self.add("ci", "ci")

    def key(self, user):
        key = self.standin.key(user)
        return {"AccessKeyId": key["id"], "SecretAccessKey": key["secret"]}

    def add(self, name, user, *options, status=0, **more):
        return self.home.run("add", name, "--stdin", *options, stdin=json.dumps(self.key(user)),
                             status=status, **more)

    def code(self):
        """A code that was not used yet."""
        self.standin.fresh_step()
        return self.standin.code(SERIAL)

    def elsewhere(self):
        """Goes to a region of its own, whose failures nobody remembers, and leaves the sessions behind, which
        would serve there too."""
        self.regions += 1
        self.home.env["AWS_REGION"] = "eu-test-%d" % self.regions
        if os.path.exists(self.home.vault) and not self.home.status()["locked"]:
            self.home.run("clear", status=0)

    def session(self, profile="dev"):
        """Makes the MFA session of dev, unless it is there."""
        self.home.run("export", profile, "-t", self.code(), status=0)

    def config(self, text):
        return self.home.file(".aws/config", text)

    def whoami(self, environment):
        """Whose credentials these are, as AWS says (by Debian's awscli)."""
        env = dict({"PATH": "/usr/bin:/bin", "HOME": self.home.path, "AWS_CONFIG_FILE": "/dev/null",
                    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_DEFAULT_REGION": "eu-west-1",
                    "AWS_EC2_METADATA_DISABLED": "true"}, **environment)
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.standin.url, "sts",
                               "get-caller-identity"], env=env, capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["Arn"]


@pytest.fixture(scope="module")
def world(standin):
    """One for the module. Imported by the modules that want it."""
    home = Home()
    yield World(home, standin)
    home.leave()


@pytest.fixture
def fresh(world):
    """The module's world with an empty config file, no faults, no sessions, unlocked."""
    world.config("")
    world.standin.clear()
    if world.home.status()["locked"]:
        world.home.unlock()
    world.home.run("clear", status=0)
    world.elsewhere()
    return world


def environment_of(credentials):
    return {"AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"]}


def plaintext_files(home, secret):
    """Files below the home directory that hold the secret."""
    found = []
    for folder, _, names in os.walk(home.path):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and secret.encode() in open(path, "rb").read():
                found.append(os.path.relpath(path, home.path))
    return found
