# SPDX-License-Identifier: MIT
"""The agent as its clients and the machine see it: one per vault, gone when it is locked, deaf to nonsense."""

import json
import os
import resource
import signal
import socket
import stat
import struct
import threading

import pytest
from channel import prove
from home import PASSPHRASE, PROGRAMS, wait_until
from wire import Wire, call, credentials, launch
from world import ROLE, SERIAL, World

pytestmark = pytest.mark.sanitize


@pytest.fixture(scope="module")
def world(shared_home, standin):
    standin.reset()
    standin.fresh_step()
    shared_home.env["CREDVAULT_ENDPOINT_URL"] = standin.url
    made = World.__new__(World)
    made.home, made.standin, made.regions = shared_home, standin, 0
    made.add("dev", "dev", "--mfa-serial", SERIAL)
    made.add("ci", "ci")
    return made


@pytest.fixture
def home(world):
    """The module's vault, unlocked."""
    if world.home.status()["locked"]:
        world.home.unlock()
    return world.home


def agent_pid(home):
    return home.status()["agent"]["pid"]


def status_of(pid, name):
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        return next(line.split()[1] for line in f if line.startswith(name + ":"))


def in_parallel(count, act):
    """What act(i) returns for each i, all begun at the same moment."""
    results, start = [None] * count, threading.Barrier(count)

    def run(i):
        start.wait()
        results[i] = act(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_fifty_clients_raise_one_question_and_one_session(world, home):
    call(home, "clear", {"profiles": []})
    world.standin.fresh_step()
    before = len(world.standin.log(action="GetSessionToken"))
    asked = []

    def answer(ask):
        asked.append(ask)
        return {"code": world.standin.code(SERIAL)}

    results = in_parallel(50, lambda _: credentials(home, "dev", world.standin.url, answer))
    assert all("ok" in result for result in results)
    assert len({result["ok"]["AccessKeyId"] for result in results}) == 1
    assert len(asked) == 1
    assert len(world.standin.log(action="GetSessionToken")) == before + 1


def test_the_session_name_is_the_line_of_the_log(world, home):
    call(home, "clear", {"profiles": []})
    steps = [{"kind": "session"},
             {"kind": "role", "profile": "reader", "role_arn": ROLE + "reader"}]
    assert "ok" in credentials(home, "ci", world.standin.url, profile="reader", steps=steps)
    name = world.standin.log(action="AssumeRole")[-1]["params"]["RoleSessionName"]
    line = next(row for row in call(home, "log")["rows"] if "cv-%d" % row["seq"] == name)
    assert (line["op"], line["profile"], line["result"]) == ("session", "reader", "ASKED")


def test_every_emission_is_on_record_before_it_is_answered(world, home):
    for _ in range(3):
        got = credentials(home, "ci", world.standin.url)["ok"]
        last = call(home, "log", {"last": 1, "verify": True})
        assert last["ok"]["verified"] is True
        (row,) = last["rows"]
        assert (row["op"], row["access_key_id"]) == ("emit", got["AccessKeyId"])
        assert row["peer"]["pid"] == os.getpid()
        assert row["peer"]["exe"]


def test_sessions_outlive_a_lock(world, home):
    first = credentials(home, "ci", world.standin.url)["ok"]
    home.lock()
    home.unlock()
    assert credentials(home, "ci", world.standin.url)["ok"] == first


FRAMES = {
    "empty": b"",
    "no object": b"[]",
    "no JSON": b"{",
    "two values": b"{}{}",
    "a name twice": b'{"v":1,"v":1,"op":"public","args":{}}',
    "not UTF-8": b'{"v":1,"op":"\xff","args":{}}',
    "a NUL": b'{"v":1,"op":"public\\u0000","args":{}}',
    "deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
}


@pytest.mark.parametrize("name", FRAMES)
def test_nonsense_ends_its_own_connection_only(home, name):
    with Wire(home) as other, Wire(home) as wire:
        wire.send(FRAMES[name])
        assert wire.receive() is None
        assert "ok" in other.call("public")


def test_a_frame_of_four_gibibytes_is_not_waited_for(home):
    with Wire(home) as wire:
        wire.socket.sendall(struct.pack(">I", 0xffffffff))
        assert wire.receive() is None


@pytest.mark.parametrize("request_", [
    {"v": 2, "op": "public", "args": {}, "more": 1},
    {"v": 3, "op": "list", "args": {}},
    {"v": "1", "op": "public", "args": {}},
    {"v": 2, "op": "publik", "args": {}},
    {"v": 2, "op": "public", "args": []},
    {"v": 2, "op": "public", "args": {"x": 1}},
    {"v": 2, "op": "unlock", "args": {}},
    {"v": 2, "op": "create", "args": {}},
    {"v": 2, "op": "open", "args": {}},
    {"v": 2, "op": "credentials", "args": {"profile": "a\nb", "purpose": "process", "plan": {}}},
    {"v": 2, "op": "credentials", "args": {"profile": "ci", "purpose": "theft", "plan": {}}},
    {"v": 2, "op": "credentials", "args": {"profile": "ci", "purpose": "process", "plan": {
        "origin": {"kind": "key", "name": "ci"}, "steps": [{"kind": "session"}],
        "endpoint": "file:///etc/passwd"}}},
    {"v": 2, "op": "lock", "args": {"why": "because"}},
], ids=lambda request_: json.dumps(request_)[:60])
def test_a_request_that_is_not_one_is_refused_and_the_connection_goes_on(home, request_):
    with Wire(home) as wire:
        wire.send(request_)
        assert wire.receive()["error"]["code"] in ("PROTOCOL", "USAGE")
        assert "ok" in wire.call("public")


def test_a_hundred_and_twenty_eight_connections_are_served_at_once(home):
    wires = [Wire(home) for _ in range(128)]
    try:
        assert all("ok" in wire.call("public") for wire in reversed(wires))
    finally:
        for wire in wires:
            wire.socket.close()


def test_silent_connections_keep_nobody_out(home):
    wires = []
    try:
        for _ in range(250):
            wires.append(Wire(home))
            wires[-1].send({"v": 2, "op": "public", "args": {}})
        assert "ok" in call(home, "public")
        home.lock()
    finally:
        for wire in wires:
            wire.socket.close()
    home.unlock()


def test_a_raw_client_cannot_replace_a_key(world, home):
    args = {"name": "ci", "access_key_id": "AKIAIOSFODNN7EXAMPLE", "replace": True,
            "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "endpoint": world.standin.url, "no_check": True}
    got = call(home, "add", args, lambda ask: {})
    assert got["error"]["code"] == "CHANNEL_NEEDED" and got["asks"] == []


def test_a_key_is_identified_and_then_asked_about(world, home):
    key = world.key("ci")
    args = {"name": "ci-again", "access_key_id": key["AccessKeyId"], "confirm": True,
            "secret_access_key": key["SecretAccessKey"], "endpoint": world.standin.url}
    assert prove(home, "add", args, lambda ask: {"go": False})["error"]["code"] == "DECLINED"
    assert prove(home, "add", args)["error"]["code"] == "INTERRUPTED"
    assert call(home, "show", {"name": "ci-again"})["error"]["code"] == "NOT_FOUND"
    got = prove(home, "add", args, lambda ask: {"go": True, "region": "eu-west-2"})
    (ask,) = got["asks"]
    assert (ask["kind"], ask["user_name"], ask["name"]) == ("add", "ci", "ci-again")
    assert (got["ok"]["user_name"], got["ok"]["region"]) == ("ci", "eu-west-2")
    assert key["SecretAccessKey"] not in json.dumps([got, call(home, "show", {"name": "ci-again"})])


def portions(keys, go=True, change=lambda why, keys: keys):
    """Answers what `import` asks, two keys at a time."""
    def answer(ask):
        if ask["kind"] == "import":
            return {"go": go}
        done = ask["done"]
        return {"keys": change(ask["why"], keys)[done:done + 2]}
    return answer


def row(world, name, user, **more):
    key = world.key(user)
    return dict({"name": name, "access_key_id": key["AccessKeyId"],
                 "secret_access_key": key["SecretAccessKey"]}, **more)


def test_an_import_asks_for_its_keys_in_portions_twice(world, home):
    keys = [row(world, "row-%d" % n, "ci") for n in range(5)]
    keys[3]["access_key_id"] = "AKIANOBODYKNOWSTHIS0"
    got = prove(home, "import", {"endpoint": world.standin.url},
               portions(keys, change=lambda why, all_: [k for k in all_ if why == "identify"
                                                        or k is not keys[3]]))
    assert [a.get("why") for a in got["asks"]] == ["identify"] * 4 + [None] + ["store"] * 3
    told = [r["identified"] for r in got["rows"] if "identified" in r]
    assert [(t["name"], t["code"]) for t in told] == [
        ("row-%d" % n, "DEAD_KEY" if n == 3 else None) for n in range(5)]
    assert [r["imported"]["name"] for r in got["rows"] if "imported" in r] == [
        "row-0", "row-1", "row-2", "row-4"]
    assert got["ok"] == {"identified": 4, "imported": 4}
    again = prove(home, "import", {"endpoint": world.standin.url}, portions(keys[:3]))
    assert [r["identified"]["code"] for r in again["rows"]] == ["EXISTS"] * 3
    assert keys[0]["secret_access_key"] not in json.dumps([got, again])


@pytest.mark.parametrize("why, change", [
    ("another secret", {"secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}),
    ("another name", {"name": "other"}),
    ("another device", {"mfa_serial": "arn:aws:iam::111122223333:mfa/other"})], ids=lambda v: str(v)[:14])
def test_an_import_stores_nothing_that_aws_was_not_asked_about(world, home, why, change):
    keys = [row(world, "swapped", "ci")]
    got = prove(home, "import", {"endpoint": world.standin.url}, portions(
        keys, change=lambda why, all_: [dict(k, **change) for k in all_] if why == "store" else all_))
    assert got["error"]["code"] == "USAGE"
    assert call(home, "show", {"name": "swapped"})["error"]["code"] == "NOT_FOUND"


def relaxed():
    """A sanitizers' build: its run time needs calls that the real filter refuses, and locks no memory."""
    with open(os.path.join(PROGRAMS, "credvault-agent"), "rb") as f:
        return b"__asan_init" in f.read()


def test_it_is_confined(home):
    pid = agent_pid(home)
    assert status_of(pid, "NoNewPrivs") == "1"
    assert status_of(pid, "Seccomp") == ("0" if relaxed() else "2")
    assert os.readlink("/proc/%d/cwd" % pid) == "/"
    assert relaxed() or int(status_of(pid, "VmLck")) > 0


def test_its_files_are_private(home):
    folder = os.path.join(home.runtime, "credvault")
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for name in os.listdir(folder):
        assert stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode) == 0o600


def test_it_takes_the_name_of_one_that_was_killed(home):
    pid = agent_pid(home)
    os.kill(pid, signal.SIGKILL)
    home.wait_no_agents()
    assert any(name.endswith(".sock")
               for name in os.listdir(os.path.join(home.runtime, "credvault")))
    home.unlock()
    assert agent_pid(home) != pid


def limits_of(pid):
    """Soft and hard limits of a process, by the kernel's names for them."""
    with open("/proc/%d/limits" % pid) as f:
        return {line[:26].strip(): line[26:].split()[:2] for line in list(f)[1:]}


def test_a_shells_soft_limits_do_not_end_it(home):
    home.lock()
    home.wait_no_agents()

    def ulimit():
        for which, soft in ((resource.RLIMIT_CPU, 100), (resource.RLIMIT_FSIZE, 1 << 30)):
            resource.setrlimit(which, (soft, resource.getrlimit(which)[1]))
    home.run("unlock", passphrase=PASSPHRASE, status=0, preexec_fn=ulimit)
    limits = limits_of(agent_pid(home))
    for name in ("Max cpu time", "Max file size", "Max open files", "Max address space",
                 "Max data size"):
        assert limits[name][0] == limits[name][1], name
    assert limits["Max core file size"] == ["0", "0"]


def test_a_termination_locks(home):
    os.kill(agent_pid(home), signal.SIGTERM)
    home.wait_no_agents()
    status = home.status()
    assert status["locked"] and status["locked_why"] == "terminated"
    home.unlock()
    assert "lock" in [row["op"] for row in call(home, "log", {"last": 2})["rows"]]


def test_without_its_broker_it_leaves(home):
    pid = agent_pid(home)
    (broker,) = [other for other in home.agents() if other != pid]
    os.kill(broker, signal.SIGKILL)
    home.wait_no_agents()
    assert home.status()["locked"]


def test_the_absolute_limit_ends_it(home):
    home.lock()
    home.unlock("--for", "1s")
    home.wait_no_agents()
    status = home.status()
    assert status["locked"] and status["locked_why"] == "limit"


def test_nothing_is_served_between_a_limit_and_the_end(world, home):
    home.lock()
    home.unlock("--for", "1s")
    with Wire(home) as wire:
        answers = []
        while True:
            answer = wire.call("public")
            if answer is None:
                break
            answers.append(answer)
            if len(answers) > 200:
                threading.Event().wait(0.01)
    home.wait_no_agents()
    assert answers and all("ok" in answer or answer["error"]["code"] == "PROTOCOL"
                           for answer in answers)


def test_what_was_refused_is_counted_and_outlives_the_lock(world, home):
    home.lock()
    home.unlock()
    call(home, "clear", {"profiles": []})
    for _ in range(3):
        got = credentials(home, "dev", world.standin.url, profile="app")
        assert got["error"]["code"] == "MFA_NEEDED"

    def refused():
        return [(one["profile"], one["count"], one["code"]) for one in home.status()["refused"]]

    assert refused() == [("app", 3, "MFA_NEEDED")]
    home.lock()
    assert refused() == [("app", 3, "MFA_NEEDED")]
    home.unlock()
    denied = [row for row in call(home, "log", {"profile": "app"})["rows"]]
    assert [row["result"] for row in denied] == ["MFA_NEEDED", "MFA_NEEDED"]
    assert denied[1]["what"] == "2 more like it"


def test_a_client_that_goes_silent_holds_nobody_up(home):
    with Wire(home) as silent:
        silent.socket.sendall(struct.pack(">I", 100) + b"{")
        assert "ok" in call(home, "public")
        home.lock()
        assert silent.receive() is None
    wait_until(lambda: not home.agents())


def test_a_lock_does_not_wait_for_a_person(world, home):
    call(home, "clear", {"profiles": []})
    asked, answered = threading.Event(), threading.Event()
    results = []

    def answer(_):
        asked.set()
        answered.wait(60)
        return {"code": world.standin.code(SERIAL)}

    def ask():
        try:
            results.append(credentials(home, "dev", world.standin.url, answer))
        except OSError:     # it answers, and nobody is there any more
            results.append(None)

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(60)
    home.lock()
    home.wait_no_agents()
    answered.set()
    thread.join()
    assert results == [None]


def in_flight(world, home, meanwhile):
    """What becomes of a request that AWS keeps waiting, with something done meanwhile."""
    call(home, "clear", {"profiles": []})
    world.standin.fresh_step()
    world.standin.fault("hold", action="GetSessionToken")
    results = []
    code = world.standin.code(SERIAL)
    thread = threading.Thread(target=lambda: results.append(
        credentials(home, "dev", world.standin.url, code=code)))
    thread.start()
    wait_until(lambda: couriers(home))
    meanwhile()
    thread.join()
    world.standin.clear()
    world.standin.release()
    return results[0]


def couriers(home):
    """The couriers that this home's broker has started."""
    brokers = set(home.agents())
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid, encoding="utf-8", errors="replace") as f:
                name, rest = f.read().rsplit(")", 1)
        except OSError:
            continue
        if name.endswith("(credvault-couri") and int(rest.split()[1]) in brokers:
            found.append(int(pid))
    return found


def test_a_lock_does_not_wait_for_aws(world, home):
    assert in_flight(world, home, home.lock) is None
    home.wait_no_agents()
    wait_until(lambda: not couriers(home))


def test_a_killed_courier_is_an_answer_that_never_came(world, home):
    def kill():
        for pid in couriers(home):
            os.kill(pid, signal.SIGKILL)

    got = in_flight(world, home, kill)
    assert got["error"]["code"] == "AWS_UNREACHABLE"
    assert not [one for one in call(home, "status")["ok"]["sessions"] if one["profile"] == "dev"]


KEYS = {name: "00" * 32 for name in ("record", "index", "manifest", "log", "mark", "root", "session",
                                     "proof")}


@pytest.fixture
def fresh(home):
    """An agent that nobody has unlocked, beside the one that has the vault."""
    home.lock()
    socket_path = os.path.join(home.runtime, "credvault", "fresh.sock")
    with launch(home, home.vault, socket_path) as wire:
        yield wire
    home.wait_no_agents()
    assert not os.path.exists(socket_path)


@pytest.mark.parametrize("op", ["public", "status", "lock", "credentials", "plan", "add", "import",
                                "list", "show", "clear", "log"])
def test_before_it_is_unlocked_it_does_nothing(fresh, op):
    assert fresh.call(op)["error"]["code"] == "LOCKED"


def test_before_it_is_unlocked_it_tells_the_header_alone(fresh):
    assert set(fresh.call("open")["ok"]) == {"header"}


@pytest.mark.parametrize("keys, code", [
    (None, "PROTOCOL"), ({}, "PROTOCOL"), (dict(KEYS, header="00" * 32), "PROTOCOL"),
    (dict(KEYS, record="00"), "PROTOCOL"), (dict(KEYS, record=7), "PROTOCOL"), (KEYS, "TAMPERED")],
    ids=["none", "empty", "one too many", "short", "a number", "wrong"])
def test_with_other_keys_it_stays_locked(fresh, keys, code):
    args = {"how": "passphrase", "resident": True}
    if keys is not None:
        args["keys"] = keys
    assert fresh.call("unlock", args)["error"]["code"] == code
    assert fresh.call("list")["error"]["code"] == "LOCKED"


def test_a_vault_that_is_not_there_is_not_made_by_opening_it(home):
    path = os.path.join(home.path, "none.db")
    with launch(home, path, os.path.join(home.runtime, "credvault", "none.sock")) as wire:
        assert wire.call("open")["error"]["code"] == "NOT_FOUND"
    assert not os.path.exists(path)


def test_two_agents_never_have_one_vault(home):
    with launch(home, home.vault, os.path.join(home.runtime, "credvault", "b.sock")) as wire:
        assert "error" in wire.call("open")
    assert not home.status()["locked"]


def test_another_kind_of_socket_is_not_listened_to(home):
    """The directory of the socket must be ours alone."""
    folder = os.path.join(home.path, "open")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    answer = home.run("unlock", passphrase=PASSPHRASE,
                      env={"CREDVAULT_SOCKET": os.path.join(folder, "a.sock")})
    assert answer.status == 1
    assert not os.path.exists(os.path.join(folder, "a.sock"))


def test_sockets_are_left_by_nobody(home):
    home.lock()
    assert not any(isinstance(name, str) and name.endswith(".sock")
                   for name in os.listdir(os.path.join(home.runtime, "credvault")))
    with pytest.raises((ValueError, OSError, socket.error)):
        Wire(home)
