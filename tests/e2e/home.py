# SPDX-License-Identifier: MIT
"""A throw-away home directory and the real programs in it."""

import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from terminal import Terminal

PASSPHRASE = "correct horse battery staple"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.environ.get("CREDVAULT_BIN", os.path.join(ROOT, "build/release/bin"))
PATIENCE = 120
PROVED = ("add", "import")    # they give a secret away, and want the passphrase each time
OWNERS = "the owner's"


class Answer:
    """What a command said and how it ended."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return "status %d\n--- out\n%s\n--- err\n%s" % (self.status, self.out, self.err)

    def json(self):
        return json.loads(self.out)

    def error(self):
        return json.loads(self.err)["error"]


class Home:
    def __init__(self):
        # Short: the path of a UNIX socket has 107 bytes at most.
        self.path = tempfile.mkdtemp(prefix="cv-", dir="/tmp")
        self.runtime = os.path.join(self.path, "rt")
        os.mkdir(self.runtime, 0o700)
        self.env = {"HOME": self.path, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC",
                    "TERM": "xterm", "XDG_RUNTIME_DIR": self.runtime,
                    "XDG_STATE_HOME": os.path.join(self.path, "st")}
        self.state = os.path.join(self.path, "st/credvault")    # the witness
        self.program = os.path.join(PROGRAMS, "credvault")
        self.vault = os.path.join(self.path, ".local/share/credvault/vault.db")

    # -- files ---------------------------------------------------------------------------------
    def file(self, name, text, mode=0o600):
        """Writes a file below the home directory; its path."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w") as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def script(self, name, text):
        return self.file(name, "#!/bin/sh\n" + text, 0o700)

    # -- running -------------------------------------------------------------------------------
    def popen(self, *args, passphrase=OWNERS, env=None, **options):
        """Starts credvault without a terminal. With a passphrase, --passphrase-fd brings it; the
        commands that always want one get the owner's, unless it is None."""
        args, fds = list(args), []
        if passphrase is OWNERS:
            passphrase = PASSPHRASE if args and args[0] in PROVED else None
        if passphrase is not None:
            reading, writing = os.pipe()
            data = passphrase if isinstance(passphrase, bytes) else passphrase.encode() + b"\n"
            os.write(writing, data)
            os.close(writing)
            args += ["--passphrase-fd", str(reading)]
            fds.append(reading)
            if "--" in args:    # an option of ours, not of the command behind
                args = args[-2:] + args[:-2]
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        options["pass_fds"] = list(options.get("pass_fds", ())) + fds
        try:
            return subprocess.Popen([self.program, *args], env=dict(self.env, **(env or {})),
                                    cwd=self.path, start_new_session=True, text=True, **options)
        finally:
            for fd in fds:
                os.close(fd)

    def run(self, *args, passphrase=OWNERS, env=None, stdin=None, status=None, **options):
        """Runs credvault without a terminal; status: what it must end with."""
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        process = self.popen(*args, passphrase=passphrase, env=env, **options)
        out, err = process.communicate(stdin, timeout=PATIENCE)
        answer = Answer(process.returncode, out, err)
        assert status is None or answer.status == status, "%s: %r" % (args, answer)
        return answer

    def terminal(self, *args, env=None, program=None, **options):
        """credvault (or another program) on a terminal of its own."""
        return Terminal([program or self.program, *args], dict(self.env, **(env or {})),
                        cwd=self.path, **options)

    def shell(self, script, env=None):
        """A shell script on a terminal of its own; credvault is on its PATH."""
        path = PROGRAMS + ":" + self.env["PATH"]
        return self.terminal("-c", script, program="/bin/bash", env=dict(env or {}, PATH=path))

    # -- the vault -----------------------------------------------------------------------------
    def init(self, *args):
        """Makes a vault with the cheapest key derivation there is; unlocked."""
        return self.run("init", "--low-memory", *args, passphrase=PASSPHRASE, status=0)

    def unlock(self, *args):
        return self.run("unlock", *args, passphrase=PASSPHRASE, status=0)

    def lock(self):
        return self.run("lock", status=0)

    def status(self):
        return self.run("status", "--json", status=0).json()

    def agents(self):
        """The pids of the agents of this home's vaults, and of their brokers."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"/credvault-agent") and any(
                    w.startswith(self.path.encode() + b"/") for w in words):
                found.append(int(pid))
        return found

    def wait_no_agents(self):
        """Waits until none is left; those whose client hung up take a moment to see it."""
        wait_until(lambda: not self.agents())

    def leave(self):
        for name in os.listdir(os.path.join(self.runtime, "credvault")) \
                if os.path.isdir(os.path.join(self.runtime, "credvault")) else ():
            if name.endswith(".sock"):
                self.run("lock", env={"CREDVAULT_SOCKET":
                                      os.path.join(self.runtime, "credvault", name)})
        shutil.rmtree(self.path, ignore_errors=True)


def wait_until(true, seconds=PATIENCE):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it does not come to that"
        time.sleep(0.02)


def stop(pid):
    """Stops a process, and waits until each of its threads is: until then one of them may still answer."""
    def is_stopped(thread):
        with open("/proc/%d/task/%s/stat" % (pid, thread), encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] == "T"

    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: all(map(is_stopped, os.listdir("/proc/%d/task" % pid))))


def seconds_between(a, b):
    """From one RFC 3339 time to another. Those of the agent's limits may differ by one from call to call."""
    first, second = (datetime.datetime.strptime(t, "%Y-%m-%dT%H:%M:%SZ") for t in (a, b))
    return (second - first).total_seconds()


def recovery_code(text):
    """The recovery code in a command's output."""
    return re.search(r"CV(-[0-9A-Z]{4}){8}-[0-9A-Z]{2}", text).group()
