# SPDX-License-Identifier: MIT
"""The program itself: HTTP, the control calls, the log, and how it starts and ends."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from .client import HERE, StandIn, StandInError
from .wire import Keys, as_bytes, call, raw, signed

PROGRAM = os.path.join(HERE, "standin.py")


def start(*arguments):
    process = subprocess.Popen([sys.executable, PROGRAM] + list(arguments),
                               stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


def stop(process):
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()


# -- HTTP --------------------------------------------------------------------------------------
def test_a_connection_serves_many_requests(standin, dev):
    data = as_bytes(standin, signed(standin.url, dev, "GetCallerIdentity"), close=False)
    last = as_bytes(standin, signed(standin.url, dev, "GetCallerIdentity"))
    assert raw(standin, data * 20 + last).count(b"HTTP/1.1 200 OK") == 21
    assert len({e["connection"] for e in standin.log()}) == 1


def test_many_connections_at_once_are_served(standin, dev):
    message = as_bytes(standin, signed(standin.url, dev, "GetSessionToken"))
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(raw(standin, message)))
               for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(a.startswith(b"HTTP/1.1 200") for a in answers) == 100
    assert [e["index"] for e in standin.log()] == list(range(100))


@pytest.mark.parametrize("data", [
    b"nonsense\r\n\r\n", b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n",
], ids=range(12))
def test_http_that_does_not_conform_is_answered_400(standin, data):
    assert raw(standin, data, shut=True).startswith(b"HTTP/1.1 400 ")


def test_a_client_that_waits_for_continue_gets_it(standin, dev):
    message = signed(standin.url, dev, "GetCallerIdentity")
    message[2]["Expect"] = "100-continue"
    answer = raw(standin, as_bytes(standin, message))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


# -- control -----------------------------------------------------------------------------------
@pytest.mark.parametrize("header", ["Origin: http://evil.example", "Host: evil.example"])
def test_control_is_refused_to_web_pages(standin, header):
    host = "" if header.startswith("Host") else "Host: 127.0.0.1\r\n"
    answer = raw(standin, ("GET /_standin/state HTTP/1.1\r\n%s%s\r\nConnection: close\r\n\r\n"
                           % (host, header)).encode())
    assert answer.startswith(b"HTTP/1.1 403 ") and b"secret" not in answer


def test_an_unknown_control_call_lists_those_there_are(standin):
    with pytest.raises(StandInError, match="POST faults"):
        standin.control("GET", "nonsense")


@pytest.mark.parametrize("method, name, body", [
    ("POST", "settings", {"nonsense": 1}), ("POST", "advance-time", {}),
    ("POST", "users", {"account": "111122223333", "name": "dev"}), ("PUT", "keys", {"id": "x"}),
    ("POST", "faults", {}), ("POST", "keys", {"account": "1", "user": "x"})])
def test_a_control_call_that_makes_no_sense_is_refused(standin, method, name, body):
    with pytest.raises(StandInError):
        standin.control(method, name, body)


def test_users_keys_devices_and_roles_are_added_while_it_runs(standin):
    made = standin.add_user("late", account="999988887777", path="/team/", mfa=[{}],
                            keys=[{"status": "Inactive", "age_days": 3}, {}])
    assert made["arn"] == "arn:aws:iam::999988887777:user/team/late"
    off, on = (Keys.of(k) for k in made["keys"])
    assert call(standin, off, "GetCallerIdentity").status == 403
    assert call(standin, on, "GetCallerIdentity").status == 200
    arn = standin.add_role("late", trust=[made["arn"]], mfa=True)
    reply = call(standin, on, "AssumeRole", RoleArn=arn, RoleSessionName="cv-1",
                 SerialNumber=made["mfa"][0]["serial"],
                 TokenCode=standin.code(made["mfa"][0]["serial"]))
    assert reply.status == 200


def test_a_key_added_as_new_propagates_like_one(standin):
    standin.settings(propagation_calls=1)
    keys = Keys.of(standin.add_key("ci", new=True))
    assert [call(standin, keys, "GetCallerIdentity").status for _ in range(2)] == [403, 200]


def test_sessions_can_be_ended(standin, dev):
    keys = Keys.issued(call(standin, dev, "GetSessionToken"))
    other = Keys.issued(call(standin, dev, "GetSessionToken"))
    assert standin.expire(keys.id) == 1
    assert call(standin, keys, "GetCallerIdentity").code == "ExpiredToken"
    assert call(standin, other, "GetCallerIdentity").status == 200


def test_reset_brings_the_first_state_back(standin, dev):
    standin.fault("throttle")
    standin.advance(100)
    standin.settings(list_seconds=5)
    call(standin, dev, "GetCallerIdentity")
    standin.reset()
    state = standin.state()
    assert standin.log() == [] and state["faults"] == [] and state["advanced"] == 0
    assert state["settings"]["list_seconds"] == 0 and standin.key()["id"] != dev.id


def test_the_log_is_in_order_and_can_be_read_from_an_index(standin, dev):
    for action in ("GetCallerIdentity", "GetSessionToken", "Nonsense"):
        call(standin, dev, action, region="eu-west-1")
    entries = standin.log(since=1)
    assert [(e["index"], e["action"], e["status"], e["code"]) for e in entries] == [
        (1, "GetSessionToken", 200, None), (2, "Nonsense", 400, "InvalidAction")]
    entry = entries[0]
    assert (entry["service"], entry["region"]) == ("sts", "eu-west-1")
    assert entry["access_key_id"] == dev.id
    assert entry["user"] == "arn:aws:iam::111122223333:user/dev"
    assert entry["params"] == {"Action": "GetSessionToken", "Version": "2011-06-15"}
    assert len(standin.log(action="Nonsense")) == 1


def test_one_can_wait_for_requests_to_come(standin, dev):
    timer = threading.Timer(0.1, lambda: call(standin, dev, "GetCallerIdentity"))
    timer.start()
    assert standin.wait_log(1, done=True)[0]["action"] == "GetCallerIdentity"
    with pytest.raises(StandInError):
        standin.wait_log(9, seconds=0.01)


# -- starting and ending -----------------------------------------------------------------------
def test_the_default_world_is_there():
    with StandIn() as standin:
        state = standin.state()
    assert [(u["account"], u["name"], len(u["keys"]), len(u["mfa"])) for u in state["users"]] == [
        ("111122223333", "dev", 1, 1), ("111122223333", "ci", 1, 0), ("444455556666", "dev", 1, 1)]
    assert [r["name"] for r in state["roles"]] == ["reader", "admin", "external", "chained"]


def test_a_configuration_makes_another_world(tmp_path):
    key = {"id": "AKIAEXAMPLEEXAMPLE22", "secret": "e" * 40}
    config = {"accounts": {"123456789012": {"users": {"eve": {"keys": [key]}}}},
              "settings": {"fractions": True}, "faults": [{"kind": "throttle", "count": 1}]}
    log = tmp_path / "log"
    with StandIn(config, log_file=log) as standin:
        assert [u["name"] for u in standin.state()["users"]] == ["eve"]
        keys = Keys.of(standin.key("eve", "123456789012"))
        assert keys.id == key["id"]
        assert call(standin, keys, "GetCallerIdentity").code == "Throttling"
        assert call(standin, keys, "GetCallerIdentity").status == 200
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [e["code"] for e in lines] == ["Throttling", None]


def test_it_starts_by_hand_says_where_and_ends_on_a_signal(tmp_path):
    ready = tmp_path / "ready"
    process, line = start("--port", "0", "--ready-file", str(ready))
    assert re.match(r"listening on http://127\.0\.0\.1:\d+\Z", line)
    deadline = time.monotonic() + 10
    while not ready.exists() and time.monotonic() < deadline:
        select.select([], [], [], 0.01)
    assert ready.read_text().strip() == line.split()[-1]
    stop(process)


def test_a_port_in_use_is_told(standin):
    done = subprocess.run([sys.executable, PROGRAM, "--port", str(standin.port)],
                          capture_output=True, text=True)
    assert done.returncode == 1 and "in use" in done.stderr


def test_the_code_command_prints_what_the_device_shows(standin):
    command = [sys.executable, PROGRAM, "code", standin.serial(), "--url", standin.url]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert shown in (standin.code(), standin.code(next=-1))
    shown = subprocess.run(command + ["--next"], capture_output=True, text=True, check=True).stdout
    assert shown.strip() in (standin.code(next=1), standin.code())
    command[3] = "arn:aws:iam::111122223333:mfa/nobody"
    assert subprocess.run(command, capture_output=True).returncode == 1


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_when_its_parent_dies(end):
    parent = subprocess.Popen(
        [sys.executable, "-c", "import sys, time; sys.path.insert(0, sys.argv[1]);"
         "from client import StandIn; s = StandIn().start(); print(s.port, flush=True);"
         "time.sleep(600)", HERE], stdout=subprocess.PIPE, text=True)
    port = int(parent.stdout.readline())
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        parent.send_signal(end)
        parent.wait(10)
        try:
            assert connection.recv(1) == b""
        except ConnectionResetError:
            pass            # it ended before it had taken the connection
    parent.stdout.close()


def test_it_can_be_shut_down_by_a_call():
    process, line = start()
    standin = StandIn()
    standin.port = int(line.rsplit(":", 1)[1])
    standin.control("POST", "shutdown", {})
    assert process.wait(10) == 0
    process.stdout.close()


def test_only_the_standard_library_is_used():
    allowed = set(sys.stdlib_module_names) if hasattr(sys, "stdlib_module_names") else None
    if allowed is None:
        pytest.skip("needs Python 3.10 to know its own modules")
    for name in os.listdir(HERE):
        if not name.endswith(".py") or name.startswith("test_") or \
                name in ("wire.py", "conftest.py"):
            continue
        with open(os.path.join(HERE, name)) as source:
            text = source.read()
        for module in re.findall(r"^(?:import|from) ([a-z_0-9]+)", text, re.M):
            assert module in allowed | {"standin"}, (name, module)
