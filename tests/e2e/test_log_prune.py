# SPDX-License-Identifier: MIT
"""`log --prune`: whose act it is, and what is removed where nothing is old. Old parts: test_log_pruned.py."""

import pytest
from home import PASSPHRASE
from wire import call

pytestmark = pytest.mark.sanitize


def entries(home):
    return home.run("log", "--json", status=0).json()


def test_a_raw_client_prunes_nothing(vault):
    before = entries(vault)["log_entries"]
    assert call(vault, "prune", {})["error"]["code"] == "CHANNEL_NEEDED"
    assert [e for e in entries(vault)["entries"] if e["op"] == "prune"] == []
    assert entries(vault)["log_entries"] >= before


def test_the_owner_is_asked_and_told_that_nothing_is_old_enough(vault):
    vault.run("log", "--prune", status=4)
    answer = vault.run("log", "--prune", passphrase=PASSPHRASE, status=0)
    assert answer.out == "" and "older than 400d. Nothing was removed." in answer.err
    said = vault.run("log", "--prune", "--json", passphrase=PASSPHRASE, status=0).json()
    assert said == {"parts": 0, "from": None, "to": None, "until": None, "bytes": 0, "first": 1,
                    "keep_s": 400 * 86400}
    whole = entries(vault)
    assert whole["pruned"] is None and whole["entries"][0]["seq"] == 1
    assert vault.run("log", "--verify", "--json", status=0).json()["verified"] is True


@pytest.mark.parametrize("option", [["--verify"], ["-n", "5"], ["-f"], ["--json-lines"]])
def test_it_is_an_act_of_its_own(vault, option):
    assert "exclude each other" in vault.run("log", "--prune", *option, status=2).err


def test_status_tells_the_logs_size_and_what_may_be_handed_out(vault):
    status = vault.status()
    assert status["log"]["entries"] == entries(vault)["log_entries"] and status["log"]["first"] == 1
    assert status["log"]["bytes"] > 0
    assert status["emissions"] == {"left": 100000, "refused": 0}
