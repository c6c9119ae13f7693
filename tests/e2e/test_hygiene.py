# SPDX-License-Identifier: MIT
"""What other programs of the same user, and a hostile environment, get of ours: nothing."""

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import pytest
import wire
from home import PASSPHRASE, PROGRAMS, Home, wait_until
from world import World

HERE = os.path.dirname(os.path.abspath(__file__))
# Programs that look for their helpers beside themselves, so that they can be installed by this test.
MOVABLE = os.path.join(os.path.dirname(PROGRAMS), "leaky", "none")
NOBODY = 65534
as_nobody = pytest.mark.skipif(
    os.geteuid() != 0 or not os.access(os.path.join(MOVABLE, "credvault"), os.X_OK),
    reason="needs root, to become another user, and a release build")


class Nobodys(Home):
    """A home of a user without privileges. The programs are in a folder of his, or installed by root."""

    def __init__(self, installed, limits=""):
        super().__init__()
        self.programs = tempfile.mkdtemp(prefix="cv-bin-", dir="/tmp")
        for name in ("credvault", "credvault-agent", "credvault-courier"):
            path = shutil.copy(os.path.join(MOVABLE, name), self.programs)
            os.chmod(path, 0o711 if installed else 0o755)
            os.chown(path, *(0, 0) if installed else (NOBODY, NOBODY))
        os.chmod(self.programs, 0o755)
        self.as_nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        self.program = os.path.join(self.programs, "as-nobody")
        with open(self.program, "w", encoding="ascii") as out:
            # Behind another program: setpriv itself may read what it executes.
            out.write('#!/bin/sh\n%s\nexec %s /bin/sh -c \'exec "$0" "$@"\' %s/credvault "$@"\n'
                      % (limits, " ".join(self.as_nobody), self.programs))
        os.chmod(self.program, 0o755)
        for folder, _, names in os.walk(self.path):
            for name in [folder] + [os.path.join(folder, name) for name in names]:
                os.chown(name, NOBODY, NOBODY)

    def attack(self, *words):
        done = subprocess.run([*self.as_nobody, "/usr/bin/python3", os.path.join(self.path, "attack"),
                               *map(str, words)], capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def leave(self):
        super().leave()
        shutil.rmtree(self.programs, ignore_errors=True)


@pytest.fixture(params=["a build folder", "installed"])
def nobodys(request):
    home = Nobodys(request.param == "installed")
    home.installed = request.param == "installed"
    shutil.copy(os.path.join(HERE, "attack.py"), os.path.join(home.path, "attack"))
    os.chmod(os.path.join(home.path, "attack"), 0o755)
    yield home
    home.leave()


def running(program):
    """The processes whose program this is."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink("/proc/%s/exe" % pid) == program:
                found.append(int(pid))
        except OSError:
            pass
    return found


@as_nobody
def test_trap_24_no_program_of_the_same_user_looks_into_ours(nobodys):
    nobodys.init()
    reading, writing = os.pipe()
    waits = nobodys.popen("unlock", "--passphrase-fd", str(reading), pass_fds=[reading])
    cli = os.path.join(nobodys.programs, "credvault")
    wait_until(lambda: running(cli))
    targets = nobodys.agents() + running(cli)
    assert len(targets) == 3
    try:
        # The line is still being read: it has long begun by then.
        wait_until(lambda: os.stat("/proc/%d/mem" % targets[2]).st_uid == 0)
        for pid in targets:
            assert nobodys.attack(pid) == [], pid
    finally:
        os.close(writing)
        os.close(reading)
        waits.communicate(timeout=60)


@as_nobody
def test_nobody_looks_into_a_courier(nobodys, standin):
    standin.reset()
    key = standin.key("ci")
    nobodys.init()
    nobodys.env.update(CREDVAULT_ENDPOINT_URL=standin.url, AWS_REGION="eu-test-1")
    nobodys.run("add", "ci", "--stdin", "--no-check", status=0, stdin=json.dumps(
        {"AccessKeyId": key["id"], "SecretAccessKey": key["secret"]}))
    standin.fault("hold", action="GetSessionToken")
    asks = nobodys.popen("process", "ci", env={"SSLKEYLOGFILE": nobodys.path + "/keys", "LD_BIND_NOT":
                                               "1", "OPENSSL_CONF": nobodys.path + "/conf"})
    courier = os.path.join(nobodys.programs, "credvault-courier")
    wait_until(lambda: running(courier))
    (pid,) = running(courier)
    wait_until(lambda: os.stat("/proc/%d/mem" % pid).st_uid == 0)
    assert nobodys.attack(pid) == []
    # TRAP 26: nothing of the environment, whoever's it was.
    with open("/proc/%d/environ" % pid, "rb") as file:
        assert sorted(file.read().split(b"\0")) == [b"", b"LANG=C", b"PATH=/usr/bin:/bin"]
    standin.clear()
    standin.release()
    assert asks.communicate(timeout=60)[0]
    assert not os.path.exists(nobodys.path + "/keys")


@as_nobody
def test_installed_programs_are_closed_from_their_first_instruction(nobodys):
    for name in ("credvault", "credvault-agent", "credvault-courier"):
        program = os.path.join(nobodys.programs, name)
        found = nobodys.attack("--", program)
        assert found == [] if nobodys.installed else "peek" in found
        if not nobodys.installed:
            # As ./dev build leaves them.
            os.chmod(program, 0o111)
            assert nobodys.attack("--", program) == []


@as_nobody
def test_who_can_be_looked_into_at_its_start_says_so_once(nobodys):
    said = "warning: at the start of credvault, any program of yours can open its memory"
    for quiet in (["--quiet"], ["--json"], ["--no-input"]):
        assert said not in nobodys.run("init", "--low-memory", *quiet, passphrase=PASSPHRASE).err
        nobodys.lock()
        shutil.rmtree(os.path.dirname(nobodys.vault))
        shutil.rmtree(nobodys.state)
    first = nobodys.run("init", "--low-memory", passphrase=PASSPHRASE, status=0).err
    assert (said in first) == (not nobodys.installed)
    if not nobodys.installed:
        assert "chmod 0111 %s/credvault" % nobodys.programs in first
    nobodys.lock()
    assert said not in nobodys.run("unlock", passphrase=PASSPHRASE, status=0).err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_is_not_warned(home):
    assert "warning" not in home.run("init", "--low-memory", passphrase=PASSPHRASE, status=0).err


@as_nobody
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_no_passphrase_is_read_under_a_tracer(nobodys):
    if nobodys.installed:
        pytest.skip("another user's file runs without its tracer")
    nobodys.init()
    nobodys.lock()
    trace = [*nobodys.as_nobody, shutil.which("strace"), "-qq", "-o", "/dev/null",
             os.path.join(nobodys.programs, "credvault")]
    done = subprocess.run([*trace, "unlock", "--passphrase-fd", "0"], env=nobodys.env, text=True,
                          input=PASSPHRASE + "\n", capture_output=True, timeout=60, check=False)
    assert done.returncode == 1 and "traces this one: no passphrase is read" in done.stderr, done
    assert nobodys.status()["locked"] is True


@as_nobody
@pytest.mark.parametrize("kib, options, status", [(64, [], 0), (0, [], 1), (0, ["--insecure-memory"], 0)])
def test_trap_27_the_limit_on_locked_memory(kib, options, status):
    home = Nobodys(True, limits="ulimit -l %d" % kib)
    try:
        answer = home.run("init", "--low-memory", *options, passphrase=PASSPHRASE)
        assert (answer.status == 0) == (status == 0), answer
        if status:
            assert "--insecure-memory" in answer.err and not os.path.exists(home.vault)
            return
        for pid in home.agents():
            with open("/proc/%d/status" % pid, encoding="ascii") as file:
                text = file.read()
            if "Name:\tcredvault-agent" in text:
                locked = int(re.search(r"VmLck:\s+(\d+)", text).group(1))
                assert (locked >= 32) == (kib > 0)
    finally:
        home.leave()


# --- with any build -----------------------------------------------------------------------------


@pytest.fixture
def dev(standin):
    """A vault with a key whose sessions need a code."""
    home = Home()
    yield World(home, standin)
    home.leave()


def asked_by(dev, command, **options):
    """What `export dev` says, and the time it took, with that mfa_process."""
    dev.config("[profile dev]\nmfa_process = %s\n" % command)
    dev.standin.fresh_step()
    begun = time.monotonic()
    answer = dev.home.run("export", "dev", "--json", **options)
    return answer, time.monotonic() - begun


@pytest.mark.sanitize
def test_an_mfa_process_that_floods_is_cut_short(dev):
    answer, took = asked_by(dev, "head -c 1G /dev/zero")
    assert answer.status == 7 and "too long" in answer.err and took < 30


@pytest.mark.sanitize
def test_an_mfa_process_that_leaves_somebody_behind_is_not_waited_for(dev):
    pid = os.path.join(dev.home.path, "pid")
    answer, took = asked_by(dev, "sleep 600 & echo $! >%s; echo %s" % (pid, dev.code()))
    with open(pid, encoding="ascii") as file:
        os.kill(int(file.read()), signal.SIGKILL)
    assert answer.status == 0 and took < 30


@pytest.mark.sanitize
def test_an_mfa_process_gets_none_of_our_descriptors_and_environment(dev):
    with open(os.path.join(dev.home.path, "secret"), "w+", encoding="ascii") as file:
        answer, _ = asked_by(dev, "ls -l /proc/self/fd >$HOME/fds; env >$HOME/env; exit 1",
                             pass_fds=[file.fileno()], env={"AWS_SECRET_ACCESS_KEY": "leak"})
        assert answer.status == 7
    with open(os.path.join(dev.home.path, "fds"), encoding="ascii") as file:
        seen = file.read()
    assert "secret" not in seen and "socket" not in seen
    with open(os.path.join(dev.home.path, "env"), encoding="ascii") as file:
        assert "leak" not in file.read()


@pytest.mark.sanitize
def test_an_mfa_process_that_writes_to_the_terminal_forges_no_code(dev):
    dev.config("[profile dev]\nmfa_process = echo 'MFA code: 123456' >/dev/tty; exit 1\n")
    before = len(dev.standin.log(action="GetSessionToken"))
    with dev.home.terminal("exec", "dev", "--", "/bin/true") as t:
        assert t.wait() == 125
        assert "mfa_process ended with status 1" in t.seen
    assert len(dev.standin.log(action="GetSessionToken")) == before


@pytest.mark.sanitize
def test_a_leaked_descriptor_goes_no_further(home):
    with open(os.path.join(home.path, "leaked"), "w+", encoding="ascii") as file:
        high = [fcntl.fcntl(file, fcntl.F_DUPFD, at) for at in (3, 64, 300)]
        home.run("init", "--low-memory", passphrase=PASSPHRASE, pass_fds=high, status=0)
        seen = home.run("unlock", passphrase=PASSPHRASE, pass_fds=high, status=0)
        assert seen.status == 0
        for fd in high:
            os.close(fd)
    for pid in home.agents():
        folder = "/proc/%d/fd" % pid
        assert not [fd for fd in os.listdir(folder)
                    if "leaked" in os.readlink(os.path.join(folder, fd))]


HOSTILE = {"SSLKEYLOGFILE": "{}/tls", "OPENSSL_CONF": "{}/conf", "OPENSSL_MODULES": "{}",
           "SQLITE_TMPDIR": "{}", "MALLOC_PERTURB_": "7", "GLIBC_TUNABLES": "glibc.malloc.check=3",
           "LD_BIND_NOT": "1", "HOSTALIASES": "{}/hosts", "AWS_SECRET_ACCESS_KEY": "x",
           "CREDVAULT_ASKPASS": "/bin/false"}


def test_trap_26_the_agent_keeps_nothing_of_a_hostile_environment(home):
    env = {name: value.replace("{}", home.path) for name, value in HOSTILE.items()}
    os.mkfifo(home.path + "/conf")      # whoever opens it waits for ever
    home.run("init", "--low-memory", passphrase=PASSPHRASE, env=env, status=0)
    assert home.agents()
    for pid in home.agents():
        with open("/proc/%d/environ" % pid, "rb") as file:
            names = {word.split(b"=")[0].decode() for word in file.read().split(b"\0") if word}
        assert not names & set(HOSTILE)
    assert not os.path.exists(home.path + "/tls")


@pytest.mark.sanitize
def test_helpers_are_not_looked_for_along_path(dev):
    for name in ("credvault-agent", "credvault-courier"):
        dev.home.script(name, "touch $HOME/taken; exit 1\n")
    dev.home.lock()
    env = {"PATH": dev.home.path + ":.:/usr/bin:/bin"}
    dev.home.run("unlock", "ci", passphrase=PASSPHRASE, env=env, status=0)
    assert not os.path.exists(os.path.join(dev.home.path, "taken"))


@pytest.mark.sanitize
def test_the_broker_starts_the_courier_and_nothing_else(dev):
    """Whatever is said to it: it knows one request, and it has one program."""
    agents = dev.home.agents()
    (broker,) = [pid for pid in agents if pid != dev.home.status()["agent"]["pid"]]
    dev.standin.fault("hold", action="GetSessionToken")
    asks = dev.home.popen("process", "ci")
    children = "/proc/%d/task/%d/children" % (broker, broker)

    def programs():
        with open(children, encoding="ascii") as file:
            return {os.path.basename(os.readlink("/proc/%s/exe" % pid))
                    for pid in file.read().split()}

    # Between fork and exec a child is still a broker.
    wait_until(lambda: programs() - {"credvault-agent"})
    seen = programs()
    dev.standin.clear()
    dev.standin.release()
    asks.communicate(timeout=60)
    assert seen == {"credvault-courier"}


class Impostor(threading.Thread):
    """Somebody of the same user behind the agent's socket, who says yes to everything."""

    def __init__(self, path, header):
        super().__init__(daemon=True)
        self.heard, self.header = [], header
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        os.chmod(path, 0o600)
        self.socket.listen(8)
        self.start()

    def run(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client:
                self.talk(client)

    def talk(self, client):
        while True:
            head = client.recv(4, socket.MSG_WAITALL)
            if len(head) < 4:
                return
            frame = client.recv(struct.unpack(">I", head)[0], socket.MSG_WAITALL)
            self.heard.append(json.loads(frame))
            answer = json.dumps({"ok": {"header": self.header}}).encode()
            client.sendall(struct.pack(">I", len(answer)) + answer)


@pytest.mark.sanitize
def test_trap_33_a_fake_agent_behind_the_socket_gets_no_key(home):
    home.init()
    (name,) = [n for n in os.listdir(home.runtime + "/credvault") if n.endswith(".sock")]
    path = os.path.join(home.runtime, "credvault", name)
    header = wire.call(home, "public")["ok"]["header"]
    home.lock()
    impostor = Impostor(path, header)
    home.run("unlock", passphrase=PASSPHRASE)
    home.run("list")
    home.run("verify", passphrase=PASSPHRASE)
    impostor.socket.close()
    said = json.dumps(impostor.heard)
    assert {one["op"] for one in impostor.heard} >= {"public"}
    assert '"keys"' not in said and PASSPHRASE not in said
    assert not re.search("[0-9a-f]{64}", said)
    if os.path.exists(path) and not home.agents():
        os.unlink(path)
