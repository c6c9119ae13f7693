# SPDX-License-Identifier: MIT
"""Every window of eight bytes of every secret, in memory, in files, in all that is written (TRAP 31)."""

import glob
import os
import re

import pytest
from scenario import Life, cores
from standin.client import StandIn
from table import MAY, leaks
from watched import why_not

pytestmark = [pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
              pytest.mark.xdist_group("life"), pytest.mark.timeout(480)]


@pytest.fixture(scope="module")
def life():
    """A whole life, and what was found of its secrets."""
    with StandIn() as aws:
        life = Life()
        try:
            aws.fresh_step()
            life.create(aws)
            life.use(aws)
            life.prove()
            life.rekey()
            assert life.idle()
            life.found = life.end()
            yield life
        finally:
            life.home.leave()


def test_trap_31_no_secret_is_where_it_may_not_be(life):
    assert leaks(life.found) == []


def test_the_search_is_not_blind(life):
    """Each line of the table was needed, so each place was looked at."""
    for place, secret, why in MAY:
        assert any(re.fullmatch(place, where) and re.fullmatch(secret, name)
                   for where, name, _ in life.found), why
    assert {encoding for _, _, encoding in life.found} >= {"raw", "hex"}


@pytest.mark.parametrize("program", ["credvault", "credvault-agent", "credvault-brokr",
                                     "credvault-couri"])
def test_every_program_was_seen_in_its_last_moment(life, program):
    dumps = glob.glob(life.home.dumps + "/exit.*." + program + ".rest")
    assert dumps and all(os.path.getsize(dump) for dump in dumps)


def test_secrets_of_every_kind_were_known(life):
    kinds = {re.sub(r"^.*:k|-(dev|ci|reader|\d+)", "", name) for name, _ in life.home.secrets}
    assert kinds >= {"passphrase", "recovery-code", "recovery-code-raw", "slot-key", "vault-key",
                     "subkey-record", "long-term", "long-term:AWS4", "session-secret",
                     "session-token", "mfa-code"}
    names = " ".join(name for name, _ in life.home.secrets)
    assert all(step in names for step in (":kDate:", ":kRegion:", ":kService:", ":kSigning:"))


def test_none_leaves_a_core_file(life):
    assert cores() == set()
