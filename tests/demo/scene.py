# SPDX-License-Identifier: MIT
"""A throw-away home, a stand-in for AWS, and an environment that knows of nothing else."""

import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))

from standin.client import StandIn  # noqa: E402
from standin.world import random_id, random_secret  # noqa: E402

ACCOUNT = "111122223333"
SERIAL = "arn:aws:iam::%s:mfa/dev" % ACCOUNT
REGION = "us-east-1"
SOCKET_PATH_MAX = 107
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def new_key():
    return {"id": random_id("AKIA"), "secret": random_secret(), "age_days": 101}


class Answer:
    """What a command said, and how it ended."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def lines(self):
        return [line for line in (self.out + self.err).splitlines() if line.strip()]

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as problem:
            raise ValueError("no JSON but: %s" % (self.out + self.err).strip()) from problem


class Scene:
    """Everything under `folder`; nothing is read or written elsewhere. For use in `with`."""

    def __init__(self, folder, programs):
        self.folder, self.programs = os.path.abspath(folder), os.path.abspath(programs)
        self.home = os.path.join(self.folder, "home")
        self.vault = os.path.join(self.home, ".local/share/credvault/vault.db")
        self.standin_config = os.path.join(self.folder, "standin.json")
        self.passphrase = "-".join(secrets.token_hex(2) for _ in range(6))
        self.env, self.running, self.standin = {}, set(), None
        self.config = {}

    def __enter__(self):
        try:
            self._clear()
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    # -- making it -------------------------------------------------------------------------------
    def _clear(self):
        """An agent that somebody left behind by hand owns files here: it goes first."""
        if os.path.exists(self.vault):
            self._environment()
            self.run("credvault lock --no-input", seconds=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _build(self):
        os.makedirs(self.folder, 0o700)
        for name in ("home/.aws", "run", "app", "tools"):
            os.makedirs(os.path.join(self.folder, name), 0o700)
        os.chmod(self.home, 0o700)
        self.keys = {"dev": new_key(), "ci": new_key()}
        role = "arn:aws:iam::%s:user/dev" % ACCOUNT
        config = {"accounts": {ACCOUNT: {
            "users": {"dev": {"keys": [self.keys["dev"]],
                              "mfa": [{"serial": SERIAL,
                                       "seed": base64.b32encode(os.urandom(20)).decode()}]},
                      "ci": {"keys": [self.keys["ci"]]}},
            "roles": {"reader": {"trust": [role], "mfa": True, "max_session": 43200}}}}}
        self.config = config
        self.write("standin.json", json.dumps(config))
        self.write("app/pass", self.passphrase + "\n")
        self.standin = StandIn(config)
        self.standin.start()
        self._environment()

    def _environment(self):
        node = os.environ.get("CREDVAULT_NODE") or shutil.which("node")
        tool = os.path.join(self.folder, "tools/node")
        if node and os.path.isdir(os.path.dirname(tool)) and not os.path.lexists(tool):
            os.symlink(node, tool)
        self.env = {
            "HOME": self.home,
            "PATH": ":".join([self.programs, os.path.join(self.folder, "tools"), SYSTEM_PATH]),
            "LANG": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        socket = os.path.join(self.folder, "run/agent.sock")
        if len(os.fsencode(socket)) <= SOCKET_PATH_MAX:
            self.env["CREDVAULT_SOCKET"] = socket
        if self.standin:
            self.env["CREDVAULT_ENDPOINT_URL"] = self.standin.url
            self.env["AWS_ENDPOINT_URL"] = self.standin.url

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as out:
            out.write(text)
        return path

    def keep_key(self, user, key_id):
        """A user's new key, also for the stand-in that somebody starts by hand later."""
        (key,) = [key for key in self.standin.user(user)["keys"] if key["id"] == key_id]
        self.keys[user] = {"id": key["id"], "secret": key["secret"]}
        self.config["accounts"][ACCOUNT]["users"][user]["keys"] = [self.keys[user]]
        self.write("standin.json", json.dumps(self.config))

    # -- using it --------------------------------------------------------------------------------
    def start(self, command, cwd=None, **env):
        """Starts a line of shell: no terminal, no input, a process group of its own."""
        child = subprocess.Popen(["/bin/sh", "-c", command], env=dict(self.env, **env),
                                 cwd=cwd or os.path.join(self.folder, "app"),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, start_new_session=True)
        self.running.add(child)
        return child

    def finish(self, child, seconds=180):
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self._kill(child)
            return Answer(-1, "", "nothing for %d s" % seconds)
        self.running.discard(child)
        return Answer(child.returncode, out.decode("utf-8", "replace"),
                      err.decode("utf-8", "replace"))

    def run(self, command, seconds=180, cwd=None, **env):
        return self.finish(self.start(command, cwd, **env), seconds)

    def with_passphrase(self, command):
        return command + " --passphrase-fd 3 3<pass"

    def agent_pid(self):
        """The agent's pid, or None when the vault is locked."""
        try:
            return self.run("credvault status --json --no-input", 30).json()["agent"]["pid"]
        except (ValueError, KeyError, TypeError):
            return None

    # -- ending it -------------------------------------------------------------------------------
    def _kill(self, child):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        for pipe in (child.stdout, child.stderr):
            pipe.close()
        child.wait()
        self.running.discard(child)

    def _agents(self):
        """Pids of this folder's agents, whatever state they are in: their vault is named in argv."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open("/proc/%s/cmdline" % name, "rb") as source:
                        words = source.read().split(b"\0")
                except OSError:
                    continue
                if os.fsencode(os.path.realpath(self.vault)) in words[1:] and \
                        words[0].endswith(b"credvault-agent"):
                    found.append(int(name))
        return found

    def close(self):
        """Nothing stays; returns what had to be killed for that (nothing, if all is well)."""
        for child in list(self.running):
            self._kill(child)
        left = []
        if self.env and os.path.exists(self.vault):
            self.run("credvault lock --no-input", seconds=30)
            end = time.monotonic() + 5
            while self._agents() and time.monotonic() < end:
                time.sleep(0.02)
            left = self._agents()
            for pid in left:
                os.kill(pid, signal.SIGKILL)
        if self.standin:
            self.standin.stop()
            self.standin = None
        return left
