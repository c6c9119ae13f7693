# SPDX-License-Identifier: MIT
"""`rotate` of many keys at a time: one pace for all, the screen, and what an interruption leaves."""

import fcntl
import json
import re
import signal
import struct
import termios

import pytest
from home import PASSPHRASE, Home, wait_until
from standin.client import StandIn

ACCOUNT = "111122223333"
COUNT = 24


class Many:
    """A home whose vault holds the keys of many users, one each."""

    def __init__(self, standin, count):
        standin.reset({"accounts": {ACCOUNT: {"users": {
            "service-%02d" % number: {"keys": [{"age_days": 101}]} for number in range(count)}}}})
        self.standin, self.home = standin, Home()
        self.home.env["CREDVAULT_ENDPOINT_URL"] = standin.url
        self.home.env["AWS_REGION"] = "us-east-1"
        self.home.init()
        text = "".join("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
                       % (user["name"], user["keys"][0]["id"], user["keys"][0]["secret"])
                       for user in standin.state()["users"])
        self.home.run("import", self.home.file("keys", text), status=0)
        standin.control("DELETE", "log")

    def active(self):
        """How many active keys each user has."""
        return [sum(key["status"] == "Active" for key in user["keys"])
                for user in self.standin.state()["users"]]


@pytest.fixture(scope="module")
def server():
    with StandIn() as standin:
        yield standin


@pytest.fixture
def many(server):
    vault = Many(server, COUNT)
    yield vault
    server.clear()
    server.release()
    vault.home.leave()


def throttled(standin):
    return len(standin.log(code="Throttling"))


def test_a_limit_that_one_call_meets_slows_all_down_and_all_finish(many):
    many.standin.settings(requests_per_second=20, requests_burst=20)
    done = many.home.run("rotate", "--due", "--jobs", "16", "--json", status=0).json()["rotations"]
    assert [one["state"] for one in done] == ["done"] * COUNT
    assert many.active() == [1] * COUNT
    calls = len(many.standin.log())
    assert 0 < throttled(many.standin) < calls / 8, calls
    assert not many.standin.log(action="CreateAccessKey", code="LimitExceeded")


def sizes(text):
    """The columns that the bar has taken each time it was drawn."""
    return [len(line) for line in re.findall(r"\r\x1b\[K( [▕\[][^\r\n]*)", text)]


def resize(terminal, columns):
    fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def test_on_a_terminal_a_bar_says_how_far_it_is(many):
    with many.home.terminal("rotate", "--due", "--jobs", "16") as terminal:
        resize(terminal, 40)
        terminal.expect("24 of 24 keys are due.  16 at a time.").answer("Go?", "y")
        terminal.expect("▏ 0 of 24", "▏ 1 of 24").expect("rotated.")
        assert terminal.wait() == 0
        assert terminal.seen.count("→") == COUNT
        assert 0 < max(sizes(terminal.seen)) < 40
        assert not terminal.seen.rstrip().endswith("▏")


def test_the_bar_is_ascii_where_the_locale_is_not_utf_8(many):
    with many.home.terminal("rotate", "service-00", "service-01", "-y",
                            env={"LC_ALL": "C"}) as terminal:
        terminal.expect("] 0 of 2   service-0").expect("2 rotated")
        assert terminal.wait() == 0 and "▕" not in terminal.seen


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_no_bar_is_drawn_where_nobody_wants_one(many, option):
    with many.home.terminal("rotate", "service-00", "service-01", "-y", option) as terminal:
        assert terminal.wait() == 0
        assert "▕" not in terminal.seen and "\x1b[K" not in terminal.seen


def test_one_that_waits_for_its_turn_is_told(many):
    many.standin.settings(requests_per_second=4, requests_burst=4)
    with many.home.terminal("rotate", "service-00", "service-01", "-y") as terminal:
        terminal.expect("waiting for IAM").expect("2 rotated")
        assert terminal.wait() == 0


def test_hooks_that_took_the_key_are_named(many):
    many.home.script("put-somewhere", "cat >/dev/null")
    answer = many.home.run("rotate", "service-00", "service-01", "--hook", "./put-somewhere now",
                           passphrase=PASSPHRASE, status=0)
    assert answer.out.count("put-somewhere ok") == 2 and "now" not in answer.out


def test_an_interruption_stops_in_order_and_says_how_to_go_on(many):
    with many.home.terminal("rotate", "--due", "--jobs", "16", "-y") as terminal:
        wait_until(lambda: many.standin.log(action="CreateAccessKey", done=True))
        terminal.send("\x03").expect("Stopping after the calls at hand")
        terminal.expect("   stopped")
        terminal.expect("16 stopped, 8 not begun (exit 130)")
        terminal.expect("To go on:   credvault rotate --due")
        assert terminal.wait() == 130
    resumed = many.home.run("rotate", "--resume", "--json", status=0).json()["rotations"]
    assert len(resumed) == terminal.seen.count("stopped at ") > 0
    many.home.run("rotate", "--due", status=0)
    assert many.active() == [1] * COUNT
    assert len(many.standin.log(action="CreateAccessKey", effect=True)) == COUNT


def test_an_interrupted_rotation_of_one_key_says_what_is_left(many):
    with many.home.terminal("rotate", "service-00", "-y") as terminal:
        terminal.expect("proving").send("\x03").expect("interrupted (exit 130)")
        terminal.expect("Nothing is lost").expect("credvault rotate service-00")
        assert terminal.wait() == 130
    many.home.run("rotate", "service-00", status=0)
    assert many.active() == [1] * COUNT
    assert len(many.standin.log(action="CreateAccessKey", effect=True)) == 1


def test_what_an_interruption_leaves_is_in_the_json(many):
    process = many.home.popen("rotate", "--due", "--jobs", "4", "--json")
    wait_until(lambda: many.standin.log(action="CreateAccessKey", done=True))
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    done = json.loads(out)["rotations"]
    assert len(done) == COUNT
    assert {one["error"]["code"] for one in done} == {"INTERRUPTED"}
    assert sum(one["step"] is not None for one in done) <= 4
