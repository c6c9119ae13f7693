# SPDX-License-Identifier: MIT
"""A home with two keys in clear and a role behind one of them: where the tests of `setup` against the odds begin."""

import os

import pytest
from home import PROGRAMS, Home
from setup_rig import EmptyVault
from world import ACCOUNT, ROLE

FAULT = os.path.join(os.path.dirname(PROGRAMS), "tests/file_fault.so")
CONFIG = """# the company's
[default]
region = eu-west-1

[profile tf]
role_arn = %sreader
source_profile = prod ; inline
region = eu-west-2
# behind it
""" % ROLE


class Desk:
    """A home with an unlocked vault and two keys in clear, of the stand-in's users ci and dev's sibling."""

    def __init__(self, standin, vault):
        self.standin, self.home = standin, Home()
        self.home.env["CREDVAULT_ENDPOINT_URL"] = standin.url
        vault.copy(self.home)
        self.folder = os.path.join(self.home.path, ".aws")
        self.keys = [[key for key in standin.user(name)["keys"] if key["status"] == "Active"][-1]
                     for name in ("ci", "other")]
        self.text = {"config": CONFIG, "credentials": "# keys\n" + "".join(
            "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n\n" % (name, key["id"], key["secret"])
            for name, key in zip(("default", "prod"), self.keys))}
        self.write()

    def write(self):
        for name, text in self.text.items():
            self.home.file(".aws/" + name, text)

    def read(self):
        found = {}
        for name in self.text:
            with open(os.path.join(self.folder, name), "rb") as file:
                found[name] = file.read()
        return found

    def before(self):
        return {name: text.encode() for name, text in self.text.items()}

    def setup(self, *args, **more):
        return self.home.run("setup", *args, **more)

    def apply(self, **more):
        return self.setup("--apply", "--yes", **more)

    def undo(self, **more):
        return self.setup("--undo", "--yes", **more)

    def faulty(self, act, at, how, count=None):
        """An act under the library that strikes its Nth change of a file."""
        env = {"LD_PRELOAD": FAULT, "FAULT_BELOW": self.folder, "FAULT_AT": str(at), "FAULT_AS": how}
        if count:
            env["FAULT_COUNT"] = count
        return act(env=env)

    def calls(self, act):
        """How many changes of files an act makes."""
        path = os.path.join(self.home.path, "count")
        answer = self.faulty(act, 0, "none", path)
        assert answer.status == 0, answer
        try:
            return os.path.getsize(path)
        finally:
            os.remove(path)

    def who(self, profile):
        answer = self.home.run("export", profile, "--json")
        return answer.json()["AccountId"] if answer.status == 0 else answer.err

    def no_key_is_lost(self, before=None):
        """Of those that were there before."""
        stored = {k["access_key_id"] for k in self.home.run("list", "--json", status=0).json()["keys"]}
        before = b"".join((before or self.before()).values())
        files = b"".join(self.read().values())
        for key in self.keys:
            assert key["id"] in stored or key["secret"].encode() in files or key["secret"].encode() not in before


@pytest.fixture(scope="module")
def people(standin):
    standin.reset()
    standin.add_user("other", keys=[{}])
    standin.add_role("reader", trust=[ACCOUNT])
    return standin


@pytest.fixture(scope="module")
def vault():
    vault = EmptyVault()
    yield vault
    vault.leave()


@pytest.fixture
def desk(people, vault):
    desk = Desk(people, vault)
    yield desk
    desk.home.leave()
