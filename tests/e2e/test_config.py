# SPDX-License-Identifier: MIT
"""`config`: the vault's settings, what wants the passphrase, and when they hold."""

import datetime

import pytest
from channel import Sealed, prove
from home import Home, PASSPHRASE
from wire import call
from world import World

KEYS = ["idle", "for", "lock-on-sleep", "max-age", "lead", "retire", "grace", "log-keep",
        "askpass", "ca-bundle", "backup-to"]
DEFAULTS = dict(zip(KEYS, ["15m", "8h", "on", "90d", "7d", "deactivate", "24h", "400d",
                           "none", "none", "none"]))

pytestmark = pytest.mark.sanitize


@pytest.fixture
def home():
    """One with a vault, unlocked."""
    home = Home()
    home.init()
    yield home
    home.leave()


def config(home, *args, status=0, **options):
    return home.run("config", *args, status=status, **options)


def proved(home, *args, **options):
    return config(home, *args, passphrase=PASSPHRASE, **options)


def values(home):
    return {key: one["value"] for key, one in config(home, "--json").json()["config"].items()}


def limits(home):
    """How long until the idle and the absolute limit, in seconds."""
    agent = home.status()["agent"]
    now = datetime.datetime.now(datetime.timezone.utc)
    return [(datetime.datetime.fromisoformat(agent[key].replace("Z", "+00:00")) - now)
            .total_seconds() for key in ("idle_at", "lock_at")]


def near(seconds, wanted):
    return wanted - 120 < seconds <= wanted + 2


def test_all_settings_are_a_table_with_their_defaults_marked(home):
    proved(home, "grace", "3d")
    lines = config(home).out.splitlines()
    assert lines[0].split()[:2] == ["KEY", "VALUE"]
    rows = {line.split()[0]: line.split()[1:3] for line in lines[1:]}
    assert list(rows) == KEYS
    assert rows["idle"] == ["15m", "default"] and rows["grace"][0] == "3d"
    assert rows["grace"][1] != "default"


def test_one_setting_is_its_value_alone(home):
    for key, value in DEFAULTS.items():
        assert config(home, key).out == value + "\n"
    config(home, "lead", "10d")
    assert config(home, "lead").out == "10d\n"


def test_json_has_text_and_seconds(home):
    all_of = config(home, "--json").json()["config"]
    assert set(all_of) == set(KEYS)
    assert all_of["idle"] == {"value": "15m", "default": True, "seconds": 900}
    assert all_of["retire"] == {"value": "deactivate", "default": True}
    assert config(home, "lead", "--json").json() == {"config": {"lead": all_of["lead"]}}
    one = proved(home, "max-age", "never", "--json").json()["config"]["max-age"]
    assert one == {"value": "never", "default": False, "seconds": None}


def test_what_is_set_is_there_after_an_unlock_and_on_record(home):
    for key, value in (("idle", "5m"), ("for", "2h"), ("max-age", "60d"), ("lead", "8d"),
                       ("retire", "when-idle=36h"), ("grace", "90m")):
        proved(home, key, value)
        assert config(home, key).out == value + "\n"
    home.lock()
    home.unlock()
    assert values(home) == dict(DEFAULTS, **{"idle": "5m", "for": "2h", "max-age": "60d",
                                             "lead": "8d", "retire": "when-idle=36h",
                                             "grace": "90m"})
    said = [entry["what"] for entry in home.run("log", "--json", status=0).json()["entries"]
            if entry["op"] == "config"]
    assert said[0] == "idle 15m to 5m" and "max-age 90d to 60d" in said
    assert "max-age 90d to 60d" in home.run("log", status=0).out
    home.run("verify", status=0)


def test_default_is_a_value(home):
    proved(home, "max-age", "60d")
    config(home, "max-age", "default", status=4)
    proved(home, "max-age", "default")
    assert values(home) == DEFAULTS


@pytest.mark.parametrize("args", [
    ["idel"], ["backup"], ["askpass", "bin/true"], ["idle", "10"], ["idle", "never"],
    ["idle", "5s"], ["for", "400d"], ["max-age", "1h"], ["lead", "1s"], ["grace", "2s"],
    ["log-keep", "89d"], ["log-keep", "never"],
    ["retire", "keep"], ["retire", "when-idle"], ["lock-on-sleep", "maybe"], ["idle", "1m", "2m"]])
def test_what_cannot_be_is_exit_2_and_changes_nothing(home, args):
    answer = config(home, *args, status=2)
    assert answer.out == "" and answer.err
    assert values(home) == DEFAULTS


def test_what_loosens_or_rules_rotations_wants_the_passphrase_and_what_tightens_does_not(home):
    loose = [("idle", "16m"), ("for", "9h"), ("max-age", "91d"), ("max-age", "89d"),
             ("max-age", "never"), ("lead", "6d"), ("lock-on-sleep", "off"), ("retire", "delete"),
             ("retire", "when-idle=36h"), ("grace", "10d"), ("grace", "1h"),
             ("log-keep", "399d"), ("askpass", "/bin/echo")]
    for args in loose:
        config(home, *args, status=4)
        config(home, *args, passphrase="wrong one", status=5)
    assert values(home) == DEFAULTS
    for args in loose:
        proved(home, *args)
        assert config(home, args[0]).out == args[1] + "\n"
    for args in (("idle", "14m"), ("for", "7h"), ("lead", "9d"), ("lock-on-sleep", "on"),
                 ("log-keep", "500d")):
        config(home, *args)


def test_a_raw_client_is_refused_without_the_proof_of_this_very_act(home):
    for args in ({"idle_s": 86400}, {"limit_s": 864000}, {"max_age_s": 0}, {"lead_s": 3600},
                 {"lock_on_sleep": False}, {"grace_s": 60}, {"grace_s": 864000}, {"max_age_s": 86400},
                 {"retire": "delete"}, {"retire": "when-idle", "retire_idle_s": 86400},
                 {"askpass": "/bin/true"}):
        assert call(home, "config", args)["error"]["code"] == "CHANNEL_NEEDED"
        with Sealed(home, "config", {"idle_s": 1000}) as sealed:
            sealed.go().push({"v": 2, "op": "config", "args": args})
            assert sealed.finish() is None
        assert values(home) == DEFAULTS
    args = {"idle_s": 7200}
    assert "ok" in prove(home, "config", args)
    assert config(home, "idle").out == "2h\n"


def test_the_limits_of_the_running_agent_follow_at_once(home):
    assert near(limits(home)[0], 900) and near(limits(home)[1], 28800)
    config(home, "idle", "10m")
    config(home, "for", "1h")
    assert near(limits(home)[0], 600) and near(limits(home)[1], 3600)


def test_what_unlock_said_stands(home):
    home.unlock("--idle", "20m", "--for", "3h")
    config(home, "idle", "5m")
    config(home, "for", "1h")
    assert near(limits(home)[0], 1200) and near(limits(home)[1], 10800)
    home.unlock()
    assert near(limits(home)[0], 300) and near(limits(home)[1], 3600)


def test_people_are_told_whether_sleep_locks(home):
    assert "or on sleep" in home.run("status", status=0).out
    assert "or on sleep" in home.unlock().out
    proved(home, "lock-on-sleep", "off")
    assert home.status()["agent"]["lock_on_sleep"] is False
    assert "on sleep" not in home.run("status", status=0).out
    assert "on sleep" not in home.unlock().out


def test_the_lead_says_when_keys_are_due(standin):
    home = Home()
    world = World(home, standin)

    def due():
        key = home.run("show", "dev", "--json", status=0).json()
        return key["due"], key["overdue"]

    # dev is 97 days old.
    assert due() == (True, True)
    proved(home, "max-age", "100d")
    assert due() == (True, False) and home.status()["due"] == ["dev"]
    proved(home, "lead", "2d")
    assert due() == (False, False) and home.status()["due"] == []
    config(home, "lead", "30d")     # of which a tenth of the age counts
    assert due() == (True, False)
    proved(home, "max-age", "109d")
    assert due() == (False, False)
    proved(home, "max-age", "107d")
    assert due() == (True, False)
    home.run("list", "--due", status=0)
    proved(home, "max-age", "80d")
    assert due() == (True, True) and home.status()["overdue"] == ["dev"]
    home.run("list", "--due", status=10)
    proved(home, "max-age", "never")
    assert due() == (False, False)
    world.standin.clear()
    home.leave()
