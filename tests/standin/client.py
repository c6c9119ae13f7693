# SPDX-License-Identifier: MIT
"""Runs a stand-in as a child and talks to its control calls; for tests and demonstrations.

	with StandIn() as s:
		key = s.key("dev")
		s.fault("throttle", action="GetSessionToken", count=2)
		... AWS calls to s.url, signed with key["id"] and key["secret"] ...
		assert [e["action"] for e in s.log()] == ["GetSessionToken"] * 3
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
DEV, CI = ("111122223333", "dev"), ("111122223333", "ci")


class StandInError(Exception):
    """The stand-in refused a control call."""


class StandIn:
    def __init__(self, config=None, log_file=None, python=None, port=0):
        self.config, self.log_file, self.port = config, log_file, port
        self.python = python or sys.executable
        self.process = self.url = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        with tempfile.TemporaryDirectory(prefix="standin-") as folder:
            command = [self.python, os.path.join(HERE, "standin.py"), "--port", str(self.port),
                       "--parent-pid", str(os.getpid())]
            if self.config is not None:
                path = os.path.join(folder, "config.json")
                with open(path, "w") as out:
                    json.dump(self.config, out)
                command += ["--config", path]
            if self.log_file:
                command += ["--log-file", str(self.log_file)]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, text=True)
            line = self.process.stdout.readline()
        prefix = "listening on "
        if not line.startswith(prefix):
            self.stop()
            raise StandInError("the stand-in did not start: %r" % line)
        self.url = line[len(prefix):].strip()
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()
            self.process = None

    def control(self, method, call, body=None, **query):
        """One control call; returns its JSON."""
        path = "/_standin/" + call
        if query:
            path += "?" + urllib.parse.urlencode(query)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            result = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise StandInError(result["error"])
        return result

    # -- reading -------------------------------------------------------------------------------
    def log(self, since=0, **match):
        """Requests in order; log(action="AssumeRole") keeps those whose fields equal these."""
        entries = self.control("GET", "log", since=since)["entries"]
        return [e for e in entries if all(e.get(k) == v for k, v in match.items())]

    def wait_log(self, count, since=0, seconds=30, done=False):
        """Waits until count requests have come in (done: have been decided) since an index."""
        entries = self.control("GET", "log", since=since, wait=seconds, count=count,
                               done=int(done))["entries"]
        if len([e for e in entries if e["done"] or not done]) < count:
            raise StandInError("%d of %d requests came" % (len(entries), count))
        return entries

    def state(self):
        return self.control("GET", "state")

    def user(self, name="dev", account="111122223333"):
        for user in self.state()["users"]:
            if (user["account"], user["name"]) == (account, name):
                return user
        raise StandInError("no user %s in %s" % (name, account))

    def key(self, name="dev", account="111122223333", index=0):
        """{"id", "secret", "status", …} of a user's access key."""
        return self.user(name, account)["keys"][index]

    def serial(self, name="dev", account="111122223333"):
        return self.user(name, account)["mfa"][0]["serial"]

    def code(self, serial=None, next=0):
        """The six digits the device shows now, or next steps later."""
        return self.control("GET", "code", serial=serial or self.serial(), next=next)["code"]

    # -- steering ------------------------------------------------------------------------------
    def fault(self, kind, **options):
        """Arms a fault (see README.md); returns its number for clear()."""
        return self.control("POST", "faults", dict(options, kind=kind))["id"]

    def clear(self, number=None):
        query = {} if number is None else {"id": number}
        return self.control("DELETE", "faults", **query)["cleared"]

    def release(self):
        return self.control("POST", "release", {})["released"]

    def advance(self, seconds):
        """Moves the stand-in's clock: sessions age, MFA devices show later codes."""
        return self.control("POST", "advance-time", {"seconds": seconds})["time"]

    def fresh_step(self):
        """Moves the clock to where an MFA code has just changed, so the next 30 s are quiet."""
        return self.advance(30.0 - self.state()["now"] % 30 + 0.01)

    def skew(self, seconds):
        """Sets how far the stand-in's clock is off (0: right)."""
        return self.control("POST", "clock", {"skew": seconds})["time"]

    def reset(self, config=None):
        """As after the start (or as another configuration says): new keys, no log, no faults."""
        return self.control("POST", "reset", config or {})

    def settings(self, **values):
        return self.control("POST", "settings", values)

    def add_user(self, name, account="111122223333", **spec):
        return self.control("POST", "users", dict(spec, name=name, account=account))

    def add_key(self, user="dev", account="111122223333", **spec):
        return self.control("POST", "keys", dict(spec, user=user, account=account))

    def set_key(self, key_id, status):
        """Active, Inactive or Deleted."""
        return self.control("PUT", "keys", {"id": key_id, "status": status})

    def add_role(self, name, account="111122223333", **spec):
        return self.control("POST", "roles", dict(spec, name=name, account=account))["arn"]

    def expire(self, key_id=None):
        return self.control("POST", "expire", {"id": key_id} if key_id else {})["expired"]
