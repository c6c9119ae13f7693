# SPDX-License-Identifier: MIT
"""`credvault log`: the record."""

import datetime
import os
import re
import subprocess

import pytest
from world import ROLE, fresh, world  # noqa: F401


pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


def entries(world, *options):
    return world.home.run("log", "--json", "-n", "10000", *options, status=0).json()["entries"]


def test_an_emission_is_on_record_with_who_asked(world):
    got = world.home.run("process", "ci", status=0).json()
    entry = entries(world)[-1]
    assert (entry["op"], entry["profile"], entry["result"]) == ("emit", "ci", "OK")
    assert entry["access_key_id"] == got["AccessKeyId"]
    assert entry["expires_at"] == got["Expiration"] and entry["mfa"] is False
    assert entry["peer"]["exe"] == "credvault" and entry["peer"]["pid"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["time"])


def test_numbers_run_without_gaps(world):
    world.home.run("process", "ci", status=0)
    numbers = [e["seq"] for e in entries(world)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_refusal_is_on_record(world):
    world.home.run("process", "nobody", status=3)
    assert [e["result"] for e in entries(world) if e["op"] == "denied"
            and e["profile"] == "nobody"][-1] == "NOT_FOUND"


def test_a_role_session_is_named_after_its_line(world):
    world.config("[profile reader]\nrole_arn = %sreader\nsource_profile = ci\n" % ROLE)
    world.home.run("process", "reader", status=0)
    name = world.standin.log(action="AssumeRole")[-1]["params"]["RoleSessionName"]
    number = int(re.fullmatch(r"cv-(\d+)", name).group(1))
    line = [e for e in entries(world) if e["seq"] == number]
    assert len(line) == 1 and line[0]["profile"] == "reader"


def test_last_profile_and_since_choose(world):
    for _ in range(3):
        world.home.run("process", "ci", status=0)
    assert len(world.home.run("log", "--json", "-n", "2").json()["entries"]) == 2
    assert {e["profile"] for e in entries(world, "--profile", "ci")} == {"ci"}
    assert entries(world, "--profile", "never") == []
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    assert entries(world, "--since", later.strftime("%Y-%m-%dT%H:%M:%SZ")) == []
    assert entries(world, "--since", "1h") == entries(world)
    for bad in (["--since", "soon"], ["-n", "-1"], ["-n", "x"], ["--profile", "a  b"], ["more"]):
        world.home.run("log", *bad, status=2)


def test_since_takes_a_day_and_a_time_as_the_log_shows_it(world):
    world.home.run("process", "ci", status=0)
    for zone in "UTC", "Etc/GMT+11", "Etc/GMT-11":
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
            hours={"Etc/GMT+11": -11, "Etc/GMT-11": 11}.get(zone, 0))
        tomorrow = now + datetime.timedelta(days=1)
        for since, all_of_them in ((now.strftime("%Y-%m-%d"), True), (tomorrow.strftime("%Y-%m-%d"), False),
                                   ((now + datetime.timedelta(minutes=2)).strftime("%Y-%m-%d %H:%M"), False),
                                   ((now - datetime.timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S"), True)):
            found = world.home.run("log", "--json", "--since", since, env={"TZ": zone}, status=0)
            assert bool(found.json()["entries"]) == all_of_them, (zone, since)
    for bad in "2026-11-31", "2026-13-01", "2026-11-30x", "2026-11", "30.11.2026":
        assert "a day like" in world.home.run("log", "--since", bad, status=2).err


def test_people_get_a_table(world):
    world.home.run("process", "ci", status=0)
    lines = world.home.run("log", "-n", "3", status=0).out.splitlines()
    assert lines[0].split() == ["SEQ", "TIME", "(local)", "OP", "PROFILE", "WHAT", "FOR"]
    assert len(lines) == 4
    assert re.search(r"emit +ci +ASIA….{4}, session, until \d\d:\d\d +\S.* \(credvault\[\d+\]\)",
                     lines[3])


def test_the_program_that_was_served_comes_first(world):
    asker = world.home.script("deployer", "%s process ci; exit $?\n" % world.home.program)
    subprocess.run([asker], env=world.home.env, check=True, capture_output=True)
    line = world.home.run("log", "-n", "1", status=0).out.splitlines()[-1]
    assert re.search(r"  deployer .*\(credvault\[\d+\]\)$", line)
    entry = entries(world)[-1]
    assert entry["peer"]["exe"] == "credvault"
    assert entry["peer"]["parents"].startswith("deployer,")


def test_the_chain_verifies(world):
    world.home.run("process", "ci", status=0)
    count = entries(world)[-1]["seq"]
    out = world.home.run("log", "--verify", status=0).out
    assert re.fullmatch(r"%d entries, unbroken\. Head [0-9a-f]{4}( [0-9a-f]{4}){3} "
                        r"\(matches the vault and this machine's mark\)\.\n" % count, out)
    verified = world.home.run("log", "--verify", "--json", status=0).json()
    assert verified["verified"] is True and verified["marked"] is True
    assert re.fullmatch("[0-9a-f]{64}", verified["head"])
    assert world.home.run("log", "--json").json()["verified"] is None
    # What is chosen for the eye does not change what was verified.
    for choice in (["--profile", "ci"], ["-n", "1"]):
        out = world.home.run("log", "--verify", *choice, status=0).out
        assert out.splitlines()[-1].startswith("%d entries, unbroken." % (count))
    few = world.home.run("log", "--json", "-n", "2", status=0).json()
    assert (len(few["entries"]), few["count"], few["log_entries"]) == (2, 2, count)


def test_a_mark_that_is_gone_is_not_called_one_that_matches(vault):
    os.rename(vault.state, vault.state + ".elsewhere")
    assert vault.run("log", "--verify", status=0).out.endswith(
        " (matches the vault; this machine has no mark of it).\n")
    assert vault.run("log", "--verify", "--json", status=0).json()["marked"] is False


def test_it_holds_no_secret(world):
    got = world.home.run("process", "ci", status=0).json()
    out = world.home.run("log", "--json", "-n", "10000").out
    for secret in (got["SecretAccessKey"], got["SessionToken"], world.key("ci")["SecretAccessKey"]):
        assert secret not in out


def test_locked_is_4(world):
    world.home.lock()
    assert world.home.run("log", status=4).out == ""
