# SPDX-License-Identifier: MIT
"""Programs that leak on purpose, in one way each: every one must be caught."""

import os
import re
import shutil
import tempfile

import pytest
from home import PROGRAMS
from scenario import Life, cores
from standin.client import StandIn
from table import leaks
from watched import why_not

pytestmark = [pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
              pytest.mark.timeout(480)]
LEAKY = os.path.join(os.path.dirname(PROGRAMS), "leaky")

# The leak: the program that has it, how far its life must go, and a line that must be among the leaks.
LEAKS = {
    "wipe": ("credvault-agent", "create", r"live-add-dev\.\d+\.credvault-agent\.rest: long-term-dev "),
    "arena": ("credvault-agent", "create", r"live-add-dev\.\d+\.credvault-agent\.arena: long-term-dev "),
    "heap": ("credvault-agent", "create", r"live-add-dev\.\d+\.credvault-agent\.rest: long-term-dev "),
    "idle": ("credvault-agent", "idle", r"live-idle\.\d+\.credvault-agent\.arena: subkey-record "),
    "file": ("credvault-agent", "create", r"file:.*vault\.db\.tmp: long-term-ci "),
    # Not the answer of `add`: all of that goes through the channel, where nobody reads it.
    "answer": ("credvault-agent", "use",
               r"write\.\d+\.credvault-agent\.unix-credvault: long-term-dev "),
    "freed": ("credvault-courier", "use", r"exit\.\d+\.credvault-couri\.rest: session-dev-secret "),
    "end": ("credvault", "create", r"exit\.\d+\.credvault\.arena: vault-key "),
    "words": ("credvault", "create", r"exit\.\d+\.credvault\.words: subkey-proof "),
}


@pytest.fixture
def programs(request):
    """A folder of programs of which one leaks."""
    name, program = request.param
    folder = tempfile.mkdtemp(prefix="cv-leaky-", dir="/tmp")
    for one in ("credvault", "credvault-agent", "credvault-courier"):
        kind = name if one == program else "none"
        shutil.copy(os.path.join(LEAKY, kind, one), folder)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("programs, name", [((name, one[0]), name) for name, one in LEAKS.items()],
                         indirect=["programs"], ids=list(LEAKS))
def test_a_leak_is_caught(programs, name):
    _, until, line = LEAKS[name]
    with StandIn() as aws:
        life = Life(programs)
        try:
            aws.fresh_step()
            life.create(aws)
            if until == "use":
                life.use(aws)
            if until == "idle":
                life.idle()
            found = leaks(life.end())
        finally:
            life.home.leave()
    assert any(re.match(line, one) for one in found), found


@pytest.mark.parametrize("programs", [("core", "credvault")], indirect=True)
def test_a_core_file_is_caught(programs):
    left = cores(programs)
    assert "credvault" in left
