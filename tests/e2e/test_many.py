# SPDX-License-Identifier: MIT
"""`rotate` of many keys at a time: one pace for all, the screen, and what an interruption leaves."""


import pytest
from home import Home
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
