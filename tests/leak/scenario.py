# SPDX-License-Identifier: MIT
"""A vault's life, told to programs that are watched."""

import glob
import json
import os
import resource
import signal
import time

from home import wait_until
from watched import PHRASE, Watched

SERIAL = "arn:aws:iam::111122223333:mfa/dev"
SECOND = "second-" + PHRASE[::-1]
IDLE_S = 8     # long enough for a limit of one second
REGION = "eu-leak-1"
ROLE = "arn:aws:iam::111122223333:role/reader"
CONFIG = "[profile reader]\nrole_arn = %s\nsource_profile = ci\nregion = %s\n" % (ROLE, REGION)


def pipe(text):
    """A descriptor to read a line from."""
    reading, writing = os.pipe()
    os.write(writing, text.encode() + b"\n")
    os.close(writing)
    return reading


class Life:
    """Each step's memory is kept under its name; found is what was found in all of it in the end."""

    def __init__(self, programs=None):
        self.home = Watched(programs) if programs else Watched()
        self.home.env.update(AWS_REGION=REGION, AWS_EC2_METADATA_DISABLED="true")
        self.home.file(".aws/config", CONFIG)
        self.codes = 0

    def run(self, *args, **options):
        return self.home.run(*args, **options)

    def code(self, aws):
        """A fresh MFA code on a descriptor, and the descriptor."""
        aws.fresh_step()
        code = aws.code(SERIAL)
        self.codes += 1
        self.home.know("mfa-code-%d" % self.codes, code)
        return pipe(code)

    def create(self, aws):
        home = self.home
        home.env["CREDVAULT_ENDPOINT_URL"] = aws.url
        made = self.run("init", "--low-memory", "--json", passphrase=PHRASE, status=0).json()
        self.recovery = made["recovery_code"]
        home.know_recovery(self.recovery)
        home.look("init")
        for user in ("dev", "ci"):
            key = aws.key(user)
            home.know_key("long-term-" + user, key["secret"], [REGION, "us-east-1"])
            given = json.dumps({"AccessKeyId": key["id"], "SecretAccessKey": key["secret"]})
            self.run("add", user, "--stdin", passphrase=PHRASE, stdin=given, status=0)
            home.look("add-" + user)

    def use(self, aws):
        home = self.home
        fd = self.code(aws)
        dev = self.run("export", "dev", "--json", "--mfa-code-fd", str(fd), pass_fds=[fd],
                       status=0).json()
        os.close(fd)
        home.know_session("session-dev", dev, [REGION])
        home.look("export")
        for profile in ("ci", "reader"):
            session = self.run("process", profile, status=0).json()
            home.know_session("session-" + profile, session, [REGION])
        home.look("process")
        self.run("exec", "ci", "--", "/bin/true", status=0)
        for words in (["list"], ["show", "ci"], ["status"], ["log"], ["export", "ci"],
                      ["process", "nobody"]):
            self.run(*words)
        home.look("list")

    def prove(self):
        self.run("reveal", "ci", passphrase=PHRASE, status=0)
        self.home.look("reveal")
        self.run("unlock", passphrase=PHRASE + "x", status=5)
        self.run("unlock", passphrase=self.recovery, status=0)
        with self.home.terminal("unlock") as terminal:
            terminal.answer("Passphrase for", PHRASE)
            assert terminal.wait() == 0
        self.home.look("unlock")
        self.run("verify", passphrase=PHRASE)
        self.run("remove", "dev", "--yes", passphrase=PHRASE, status=0)
        self.home.look("remove")

    def rekey(self):
        """A second passphrase and a new first one; the old vault's keys are looked for further on."""
        home = self.home
        home.lock()
        home.wait_no_agents()
        home.know_vault("old-")
        second, new = pipe(SECOND), pipe(PHRASE)
        home.know("passphrase-second", SECOND)
        self.run("unlock", passphrase=PHRASE, status=0)
        self.run("slot", "add", "passphrase", "--low-memory", "--new-passphrase-fd", str(second),
                 passphrase=PHRASE, pass_fds=[second], status=0)
        home.look("slot")
        added = self.run("slot", "list", "--json", status=0).json()["slots"][-1]["id"]
        self.run("passwd", "--low-memory", "--drop-slot", added, "--new-passphrase-fd", str(new),
                 passphrase=PHRASE, pass_fds=[new], status=0)
        home.look("passwd")
        for fd in (second, new):
            os.close(fd)

    def idle(self):
        """Lets the idle limit pass; whether the agent says that it has."""
        self.run("unlock", "--idle", "1s", passphrase=PHRASE, status=0)
        until = time.monotonic() + IDLE_S
        while time.monotonic() < until and not self.home.status_now()["keys_locked"]:
            time.sleep(0.2)
        self.home.look("idle")
        return self.home.status_now()["keys_locked"]

    def end(self):
        self.home.lock()
        self.home.wait_no_agents()
        self.home.know_vault()
        return self.home.found()


def cores(programs=None):
    """Which programs leave a core file when they are made to, where every limit would allow it."""
    life = Life(programs)
    home = life.home
    try:
        life.run("init", "--low-memory", passphrase=PHRASE, status=0, preexec_fn=without_limit)
        for pid in home.agents():
            os.kill(pid, signal.SIGABRT)
        home.wait_no_agents()
        reading, writing = os.pipe()
        process = home.popen("unlock", "--passphrase-fd", str(reading), pass_fds=[reading],
                             preexec_fn=without_limit)
        wait_until(lambda: running(home.real))
        time.sleep(1)   # behind its start, at the descriptor that nobody writes to
        for pid in running(home.real):
            os.kill(pid, signal.SIGABRT)
        process.wait(60)
        os.close(reading)
        os.close(writing)
        home.wait_no_agents()
        left = {path.split(".")[-2] for path in glob.glob(home.dumps + "/exit.*.core")}
        return left | {name for name in os.listdir(home.path) if name.startswith("core")}
    finally:
        home.leave()


def without_limit():
    """For a child: core files of any size."""
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def running(program):
    """The processes whose first word is this."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as words:
                if words.read().split(b"\0")[0] == program.encode():
                    found.append(int(pid))
        except OSError:
            pass
    return found
