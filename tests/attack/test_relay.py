# SPDX-License-Identifier: MIT
"""A program of the same user stands between a command and the agent, and passes on what it likes."""

import json
import os

import pytest
from home import PASSPHRASE
from impostor import Relay
from wire import Wire

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KEY = json.dumps({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": SECRET})
TO_AGENT, TO_CLIENT = True, False
# The frames of a channel, by their number in a direction.
OFFER, GO, STREAM, REQUEST = 0, 1, 2, 3
REPLY, STREAM_BACK, ANSWER = 0, 1, 2


@pytest.fixture
def keyed(home):
    home.run("add", "ci", "--stdin", "--no-check", stdin=KEY, status=0)
    return home


def reveal(home, **options):
    return home.run("reveal", "ci", passphrase=PASSPHRASE, **options)


def at(direction, number, do):
    """A relay's rule: this frame becomes what `do` makes of it."""
    return lambda to_agent, count, data: (
        do(data) if (to_agent, count) == (direction, number) else [data])


def revealed(home):
    entries = home.run("log", "--json", status=0).json()["entries"]
    return sum(1 for entry in entries if entry["op"] == "reveal")


def test_a_relay_reads_neither_what_is_added_nor_what_is_revealed(home):
    with Relay(home) as relay:
        home.run("add", "ci", "--stdin", "--no-check", stdin=KEY, status=0)
        assert reveal(home, status=0).out.strip() == SECRET
        said = b"".join(relay.heard)
    for text in (SECRET, SECRET[8:16], PASSPHRASE, "reveal", '"op":"add"'):
        assert text.encode() not in said


@pytest.mark.parametrize("number, member", [
    (OFFER, "client_nonce"), (OFFER, "client_key"), (OFFER, "request"), (GO, "mac")])
def test_one_bit_of_what_the_client_says_is_noticed(keyed, number, member):
    def flip(data):
        message = json.loads(data)
        message["args"][member] = "%02x" % (int(message["args"][member][:2], 16) ^ 1) + \
            message["args"][member][2:]
        return [json.dumps(message).encode()]
    before = revealed(keyed)
    with Relay(keyed, at(TO_AGENT, number, flip)):
        answer = reveal(keyed)
    assert answer.status == (4 if number == OFFER else 1) and SECRET not in str(answer)
    assert revealed(keyed) == before


@pytest.mark.parametrize("member", ["vault_id", "commitment", "header_digest", "agent_nonce",
                                    "agent_key", "mac"])
def test_one_bit_of_what_the_agent_says_is_noticed(keyed, member):
    def flip(data):
        message = json.loads(data)
        message["ok"][member] = "%02x" % (int(message["ok"][member][:2], 16) ^ 1) + \
            message["ok"][member][2:]
        return [json.dumps(message).encode()]
    with Relay(keyed, at(TO_CLIENT, REPLY, flip)) as relay:
        reveal(keyed, status=4)
        assert b"channel_go" not in b"".join(relay.heard)


def test_an_answer_of_an_earlier_handshake_is_worth_nothing(keyed):
    kept = []

    def replay(data):
        kept.append(data)
        return [kept[0]]
    with Relay(keyed, at(TO_CLIENT, REPLY, replay)):
        assert reveal(keyed, status=0).out.strip() == SECRET
        reveal(keyed, status=4)


def test_what_a_client_said_once_is_worth_nothing_later(keyed):
    with Relay(keyed) as relay:
        said = []
        relay.change = lambda to_agent, number, data: (said.append(data) if to_agent else None,
                                                       [data])[1]
        reveal(keyed, status=0)
    before = revealed(keyed)
    with Wire(keyed) as wire:
        wire.send(said[OFFER])
        assert "ok" in wire.receive()
        for data in said[GO:]:
            wire.send(data)
        assert wire.receive()["error"]["code"] == "WRONG_PASSPHRASE"
        assert wire.receive() is None
    assert revealed(keyed) == before


def test_the_agents_proof_sent_back_is_not_the_clients(keyed):
    """The client's proof in the place of which the agent's own comes back."""
    macs = []

    def change(to_agent, number, data):
        if (to_agent, number) == (TO_CLIENT, REPLY):
            macs.append(json.loads(data)["ok"]["mac"])
        if (to_agent, number) == (TO_AGENT, GO):
            return [json.dumps({"v": 2, "op": "channel_go", "args": {"mac": macs[0]}}).encode()]
        return [data]
    before = revealed(keyed)
    with Relay(keyed, change):
        assert reveal(keyed).status == 1
    assert revealed(keyed) == before


# -- records -------------------------------------------------------------------------------------

def cut(data):
    return [data[:-1]]


def doubled(data):
    return [data, data]


def flipped(data):
    return [bytes([data[0] ^ 1]) + data[1:]]


@pytest.mark.parametrize("number", [STREAM, REQUEST])
@pytest.mark.parametrize("do", [cut, flipped, lambda data: None, lambda data: []],
                         ids=["cut", "flipped", "hung up", "dropped"])
def test_a_request_that_does_not_come_as_it_was_sent_does_nothing(keyed, number, do):
    before = revealed(keyed)
    with Relay(keyed, at(TO_AGENT, number, do)):
        answer = reveal(keyed)
        assert answer.status == 1 and SECRET not in str(answer)
    assert revealed(keyed) == before


@pytest.mark.parametrize("number", [STREAM_BACK, ANSWER])
@pytest.mark.parametrize("do", [cut, flipped, lambda data: None], ids=["cut", "flipped", "hung up"])
def test_an_answer_that_does_not_come_as_it_was_sent_is_none(keyed, number, do):
    with Relay(keyed, at(TO_CLIENT, number, do)):
        answer = reveal(keyed)
    assert answer.status == 1 and SECRET not in str(answer)


def test_an_answer_that_is_kept_back_is_never_a_success(keyed):
    """The act was done, and the command cannot know: it neither says so nor sends it again."""
    with Relay(keyed, at(TO_CLIENT, ANSWER, lambda data: None)):
        answer = keyed.run("remove", "ci", "--yes", passphrase=PASSPHRASE, status=1)
    assert "What it did is not known" in answer.err
    keyed.run("show", "ci", status=3)
    removed = [entry for entry in keyed.run("log", "--json", status=0).json()["entries"]
               if entry["op"] == "remove"]
    assert len(removed) == 1


def test_an_answer_of_the_relays_own_making_is_not_taken(keyed):
    """A plain frame behind the handshake, in either direction."""
    feigned = json.dumps({"ok": {"name": "ci", "secret_access_key": "x" * 40}}).encode()
    for number in (STREAM_BACK, ANSWER):
        with Relay(keyed, at(TO_CLIENT, number, lambda data: [feigned])):
            answer = reveal(keyed, status=1)
            assert "x" * 40 not in answer.out
    request = json.dumps({"v": 2, "op": "remove", "args": {"name": "ci"}}).encode()
    for number in (STREAM, REQUEST):
        with Relay(keyed, at(TO_AGENT, number, lambda data: [request])):
            reveal(keyed, status=1)
    keyed.run("show", "ci", status=0)


def test_records_in_another_order_or_twice_end_the_call(keyed):
    """What goes one way is played back the same way."""
    to_agent = []

    def back(way, number, data):
        if way == TO_AGENT:
            to_agent.append(data)
        # What the client sealed, in the place of what the agent did.
        if (way, number) == (TO_CLIENT, STREAM_BACK):
            return [to_agent[STREAM]]
        if (way, number) == (TO_CLIENT, ANSWER):
            return [to_agent[REQUEST]]
        return [data]
    with Relay(keyed, back):
        assert reveal(keyed).status == 1
    with Relay(keyed, at(TO_AGENT, STREAM, doubled)):
        assert reveal(keyed).status == 1


def test_an_old_agent_is_told_to_be_locked(home):
    """One that knows no channel yet answers as it always did."""
    refusal = json.dumps({"error": {"code": "PROTOCOL", "status": 1, "message":
                                    "the agent knows no such operation"}}).encode()
    with Relay(home, at(TO_CLIENT, REPLY, lambda data: [refusal])):
        answer = home.run("add", "ci", "--stdin", "--no-check", stdin=KEY, status=1)
    assert "credvault lock" in answer.err


def test_an_old_client_is_told_to_lock(home):
    with Wire(home) as wire:
        for version in (1, 3):
            wire.send({"v": version, "op": "channel", "args": {}})
            error = wire.receive()["error"]
            assert error["code"] == "PROTOCOL" and error["hint"] == "credvault lock"


# -- what the system calls carry -----------------------------------------------------------------

@pytest.mark.skipif(not os.path.exists("/usr/bin/strace"), reason="strace is not installed")
def test_no_system_call_of_the_command_sends_a_secret_to_the_socket(home):
    out = os.path.join(home.path, "trace")
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE.encode() + b"\n")
    os.close(writing)
    import subprocess
    done = subprocess.run(
        ["/usr/bin/strace", "-f", "-xx", "-s", "65536", "-e",
         "trace=sendmsg,sendto,write,writev", "-o", out, home.program, "add", "ci", "--stdin",
         "--no-check", "--passphrase-fd", str(reading)], input=KEY, env=home.env, text=True,
        pass_fds=[reading], cwd=home.path, capture_output=True, timeout=120, check=False)
    os.close(reading)
    if "ptrace" in done.stderr.lower() or "TracerPid" in done.stderr or "traced" in done.stderr:
        pytest.skip("a traced command takes no secret")
    assert done.returncode == 0, done.stderr
    trace = open(out).read()
    assert "sendmsg(" in trace
    assert "".join("\\x%02x" % c for c in SECRET[:8].encode()) not in trace
