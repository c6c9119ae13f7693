# SPDX-License-Identifier: MIT
"""A home whose programs are watched: all they write, and what each holds in memory as it ends."""

import glob
import hashlib
import hmac
import os
import secrets
import shutil
import subprocess
import tempfile
import time

import reader
from home import PROGRAMS, Home, wait_until

TOOLS = os.environ.get("CREDVAULT_TOOLS", os.path.join(os.path.dirname(PROGRAMS), "tests"))
WATCH, SEARCH = (os.path.join(TOOLS, name) for name in ("leak_watch", "leak_search"))
SUBKEYS = {1: "record", 2: "index", 3: "manifest", 4: "header", 5: "log", 7: "mark", 8: "root",
           9: "session", 10: "proof"}
TOKEN_HEAD = 16     # what every token begins with
PHRASE = "canary-" + secrets.token_urlsafe(24)


class Watched(Home):
    def __init__(self, programs=PROGRAMS):
        super().__init__()
        self.real = os.path.join(programs, "credvault")
        self.kept = tempfile.mkdtemp(prefix="cv-kept-", dir="/tmp")
        self.dumps = os.path.join(self.kept, "dumps")
        os.mkdir(self.dumps)
        self.program = os.path.join(self.kept, "credvault")
        with open(self.program, "w", encoding="utf-8") as out:
            out.write('#!/bin/sh\nexec "%s" "%s" "%s" "$@"\n' % (WATCH, self.dumps, self.real))
        os.chmod(self.program, 0o700)
        self.secrets = [("passphrase", PHRASE.encode())]

    def leave(self):
        super().leave()
        shutil.rmtree(self.kept, ignore_errors=True)

    # -- what must not be found ----------------------------------------------------------------
    def know(self, name, secret):
        if isinstance(secret, str):
            secret = secret.encode()
        self.secrets.append((name, secret))

    def know_recovery(self, text):
        self.know("recovery-code", text)
        self.know("recovery-code", text.replace("-", "")[2:])
        self.know("recovery-code-raw", reader.recovery_code(text.encode()))

    def know_key(self, name, secret, regions):
        """A key that signs, and what signing makes of it on its way, today and tomorrow."""
        self.know(name, secret)
        self.know(name + ":AWS4", b"AWS4" + secret[:7].encode())
        for day in {time.strftime("%Y%m%d", time.gmtime(time.time() + s)) for s in (-3600, 0, 3600)}:
            key = step(b"AWS4" + secret.encode(), day)
            self.know("%s:kDate:%s" % (name, day), key)
            for region in regions:
                inner = step(key, region)
                self.know("%s:kRegion:%s:%s" % (name, day, region), inner)
                for service in ("sts", "iam"):
                    last = step(inner, service)
                    label = "%s:%%s:%s:%s:%s" % (name, day, region, service)
                    self.know(label % "kService", last)
                    self.know(label % "kSigning", step(last, "aws4_request"))

    def know_session(self, name, found, regions):
        self.know(name + "-token", found["SessionToken"][TOKEN_HEAD:])
        self.know_key(name + "-secret", found["SecretAccessKey"], regions)

    def know_vault(self, which=""):
        """The vault's keys, by the second reader; the file must be closed."""
        head = reader.header_parse(reader.load(self.vault)["header"][0]["bytes"])
        slot = next(s for s in head["slots"] if s["type"] == reader.PASSPHRASE)
        self.know(which + "slot-key", reader.slot_key(head, slot, reader.PASSPHRASE, PHRASE.encode())[0])
        vault_key = reader.header_unlock(head, reader.PASSPHRASE, PHRASE.encode())
        self.know(which + "vault-key", vault_key)
        for number, name in SUBKEYS.items():
            self.know(which + "subkey-" + name, reader.kdf(vault_key, number, "cv_keys1"))
        session = reader.kdf(vault_key, 9, "cv_keys1")
        for number in (1, 2):
            self.know(which + "subkey-session-%d" % number, reader.kdf(session, number, "cv_sess1"))

    def status_now(self):
        """The status, by a program that is not watched."""
        watched, self.program = self.program, self.real
        try:
            return self.status()
        finally:
            self.program = watched

    # -- looking -------------------------------------------------------------------------------
    def look(self, label):
        """Keeps what this home's agent and its broker hold now, as LABEL."""
        for pid in self.agents():
            # An answer may be here before its request has been wiped there.
            wait_until(lambda pid=pid: asleep(pid))
            with open("/proc/%d/comm" % pid, encoding="ascii") as f:
                name = f.read().strip()
            done = subprocess.run([WATCH, "-p", str(pid), self.dumps,
                                   "live-%s.%d.%s" % (label, pid, name)], check=False)
            assert done.returncode == 0

    def found(self):
        """[(where, secret, encoding)] of everything there is to find: dumps, writes, files."""
        canaries = os.path.join(self.kept, "secrets")
        with open(canaries, "w", encoding="ascii") as out:
            for name, secret in self.secrets:
                out.write("%s %s\n" % (name, secret.hex()))
        files = [path for path in glob.glob(self.dumps + "/*")]
        for folder, _, names in os.walk(self.path):
            files += [os.path.join(folder, name) for name in names]
        files += glob.glob("/dev/shm/*credvault*") + glob.glob("/tmp/*credvault*")
        text = subprocess.run([SEARCH, canaries, *filter(os.path.isfile, files)], check=True,
                              capture_output=True, text=True, timeout=300).stdout
        return [tuple([os.path.relpath(path, self.dumps) if path.startswith(self.dumps)
                       else "file:" + os.path.relpath(path, self.path), name, encoding])
                for path, name, encoding, _ in (line.split("\t") for line in text.splitlines())]


def asleep(pid):
    """Whether every thread of it waits for something."""
    threads = "/proc/%d/task" % pid
    for thread in os.listdir(threads):
        try:
            with open(os.path.join(threads, thread, "stat"), encoding="ascii") as file:
                state = file.read().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):     # it has just ended
            return False
        if state != "S":
            return False
    return True


def step(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def why_not():
    """Why nothing can be watched here, or None."""
    if os.geteuid() != 0:
        return "only root may read the memory of programs that are not dumpable"
    with open(os.path.join(PROGRAMS, "credvault-agent"), "rb") as program:
        if b"__asan_init" in program.read():
            return "a sanitizer keeps freed memory"
    return None if os.access(WATCH, os.X_OK) else "there is no " + WATCH
