# SPDX-License-Identifier: MIT
"""`config askpass`: a program that the vault names asks for MFA codes, and for nothing else."""

import os
import shutil
import tempfile

import pytest
from home import PASSPHRASE
from world import fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    yield
    if fresh.home.status()["locked"]:
        fresh.home.unlock()
    fresh.home.run("config", "askpass", "none", passphrase=PASSPHRASE, status=0)


@pytest.fixture
def program(world):
    """A program of root's that prints an MFA code and notes what it was asked."""
    if os.geteuid() != 0:
        pytest.skip("only root makes a program that root alone can change")
    folder = tempfile.mkdtemp(dir="/opt")
    os.chmod(folder, 0o755)
    path = os.path.join(folder, "askpass")
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nprintf '%%s\\n' \"$1\" >>%s/asked\necho %s\n" % (folder, world.code()))
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(folder)


def setting(world, value, status=0, passphrase=PASSPHRASE):
    return world.home.run("config", "askpass", value, passphrase=passphrase, status=status)


def asked(program):
    try:
        with open(os.path.join(os.path.dirname(program), "asked"), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def test_it_is_sealed_with_a_proof_shown_and_on_record(world):
    assert setting(world, "/bin/echo", passphrase=None, status=4).out == ""
    setting(world, "/bin/echo")
    assert world.home.run("config", "askpass", status=0).out == "/bin/echo\n"
    entry = world.home.run("log", "-n", "3", "--json", status=0).json()["entries"]
    assert "askpass /bin/echo" in [e["what"] for e in entry]
    setting(world, "default")
    assert world.home.run("config", "askpass", status=0).out == "none\n"


def test_a_program_that_others_could_change_is_refused(world):
    mine = world.home.script("mine", "echo 123456\n")       # below /tmp, where anybody writes
    assert "root alone" in setting(world, mine, status=1).err
    setting(world, "bin/echo", status=2)
    setting(world, "/no/such/program", status=3)
    setting(world, "/etc/passwd", status=1)
    setting(world, "/usr", status=1)
    assert world.home.run("config", "askpass", status=0).out == "none\n"


def test_it_asks_for_a_code_where_there_is_no_terminal(world, program):
    world.home.run("process", "dev", status=7)
    setting(world, program)
    world.home.run("process", "dev", "--no-input", status=7)
    assert asked(program) == ""
    world.elsewhere()
    world.home.run("process", "dev", status=0)
    assert asked(program).startswith("MFA code for dev (dev, 111122223333):")


def test_it_is_never_asked_for_a_passphrase(world, program):
    setting(world, program)
    world.home.lock()
    world.home.run("process", "dev", status=4)
    world.home.run("unlock", status=4)
    assert asked(program) == ""


def test_the_callers_own_program_comes_first(world, program):
    setting(world, program)
    own = world.home.script("own", "echo %s\n" % world.code())
    world.home.run("process", "dev", env={"CREDVAULT_ASKPASS": own}, status=0)
    assert asked(program) == ""


def test_a_program_that_was_opened_to_others_meanwhile_is_not_run(world, program):
    setting(world, program)
    os.chmod(program, 0o775)
    answer = world.home.run("process", "dev")
    assert answer.status and "root alone" in answer.err and asked(program) == ""
