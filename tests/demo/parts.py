# SPDX-License-Identifier: MIT
"""What the demonstration shows, part by part. Every step asserts its real result."""

import json
import os
import re
import signal
import sqlite3
import time

from scene import ACCOUNT, REGION, SERIAL

PROGRAMS = 20
PATIENCE = 60
USER = "arn:aws:iam::%s:user/dev" % ACCOUNT
READER = "arn:aws:sts::%s:assumed-role/reader/" % ACCOUNT


class Wrong(Exception):
    """A step's result is not what it must be."""


def expect(condition, what):
    if not condition:
        raise Wrong(what)


def line_with(answer, text):
    """The line that says this, which must be there."""
    for line in answer.lines():
        if text in line:
            return line.strip()
    raise Wrong("nothing says: %s" % text)


def last(answer):
    lines = answer.lines()
    return lines[-1].strip() if lines else "(says nothing)"


def first(answer):
    lines = answer.lines()
    return lines[0].strip() if lines else "(says nothing)"


def sealed(show, scene):
    """One command moves ~/.aws over: keys in, sealed, and no key in clear"""
    dev, ci = scene.keys["dev"], scene.keys["ci"]
    scene.write("home/.aws/credentials", "".join(
        "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (name, key["id"],
                                                                      key["secret"])
        for name, key in (("prod", dev), ("ci", ci))))
    scene.write("home/.aws/config", "".join((
        "[profile prod]\nregion = %s\nmfa_serial = %s\n\n" % (REGION, SERIAL),
        "[profile ci]\nregion = %s\n\n" % REGION,
        "[profile reader]\nregion = %s\nrole_arn = arn:aws:iam::%s:role/reader\n" % (REGION, ACCOUNT),
        "source_profile = prod\nmfa_serial = %s\n" % SERIAL)))
    needles = [dev["id"], dev["secret"], ci["id"], ci["secret"]]

    def in_clear(answer):
        expect(all(needle in answer.out for needle in needles), "the secrets are not there")
        return "(%d profiles, secrets in clear)" % answer.out.count("[")

    show("cat ~/.aws/credentials", in_clear)
    show("credvault setup --diff", lambda a: "(%d lines go, %d come; nothing is changed yet)" % (
        len(re.findall(r"(?m)^-(?!--)", a.out)), len(re.findall(r"(?m)^\+(?!\+\+)", a.out))))
    show(scene.with_passphrase("credvault setup --apply --yes"),
         lambda a: line_with(a, "Made the vault") and line_with(a, "Imported 2 keys. Rewrote "))
    expect(os.stat(scene.vault).st_mode & 0o777 == 0o600, "vault.db is not 0600")
    listed = scene.run("credvault list --json").json()["keys"]
    expect(sorted(k["access_key_id"] for k in listed) == sorted([dev["id"], ci["id"]]),
           "the vault does not list both keys: %s" % listed)
    scene.write("app/needles", "".join(needle + "\n" for needle in needles))

    def none_found(answer):
        counts = re.findall(r"(?m)(?:^|:)(\d+)$", answer.out)
        expect(len(counts) > 2 and set(counts) == {"0"}, "something lies there in clear")
        return "none in %d files" % len(counts)

    show("grep -caFf needles ~/.local/share/credvault/vault.db* ~/.aws/*", none_found, status=1)
    os.remove(os.path.join(scene.folder, "app/needles"))
    show("grep -c credential_process ~/.aws/config", lambda a: "%s profiles" % a.out.strip())


def one_code(show, scene):
    """One MFA code, twenty programs"""
    code = scene.standin.code(SERIAL)
    show(scene.with_passphrase("credvault unlock prod --mfa-code %s" % code),
         lambda a: line_with(a, "prod: session") + "  (code from the stand-in's device)")

    def all_answered(answers):
        for answer in answers:
            expect(answer.json()["Arn"] == USER, "another caller: %s" % answer.out)
        sessions = scene.standin.log(action="GetSessionToken")
        codes = {e["mfa"]["code"] for e in scene.standin.log() if e.get("mfa")}
        expect(len(sessions) == 1, "%d GetSessionToken were sent" % len(sessions))
        expect(codes == {code}, "codes that were sent: %s" % sorted(codes))
        return "%d answers, %d code, %d GetSessionToken" % (len(answers), len(codes),
                                                            len(sessions))

    show("aws sts get-caller-identity --profile prod --endpoint-url $AWS_ENDPOINT_URL",
         all_answered, times=PROGRAMS)

    def is_reader(answer):
        expect(READER + "cv-" in answer.out, "another caller: %s" % answer.out)
        return answer.out.strip().strip('"')

    show("AWS_PROFILE=reader node v3.mjs", is_reader)
    show("AWS_PROFILE=reader AWS_SDK_LOAD_CONFIG=1 node v2.js", is_reader)
    show("credvault exec reader -- aws sts get-caller-identity --query Arn "
         "--endpoint-url $AWS_ENDPOINT_URL", is_reader)
    roles = scene.standin.log(action="AssumeRole")
    expect(len(roles) == 1, "%d AssumeRole were sent for one session" % len(roles))


def wait_for(true, what):
    end = time.monotonic() + PATIENCE
    while not true():
        expect(time.monotonic() < end, what)
        time.sleep(0.02)


def killed(show, scene):
    """A rotation that is killed half-way"""
    standin, old = scene.standin, scene.keys["ci"]["id"]

    def at_iam():
        return {key["id"]: key["status"] for key in standin.user("ci")["keys"]}

    pid = scene.agent_pid()
    expect(pid, "there is no agent to kill")
    standin.fault("hold", action="CreateAccessKey", count=1)
    child = scene.start(scene.with_passphrase("credvault rotate ci"))
    wait_for(lambda: standin.log(action="CreateAccessKey"), "no key was asked for")
    os.kill(pid, signal.SIGKILL)
    answer = scene.finish(child)
    expect(answer.status == 1, "exit %d: %s" % (answer.status, last(answer)))
    standin.clear()
    standin.release()
    wait_for(lambda: len(at_iam()) == 2, "IAM made no key")
    show.note("(credvault rotate ci; kill -9 of the agent while IAM makes the key: the answer is lost)")
    (orphan,) = set(at_iam()) - {old}
    show(scene.with_passphrase("credvault unlock"), last)
    show("credvault rotate ci", lambda a: "exit %d: %s" % (a.status, first(a)), status=8)
    expect(at_iam()[old] == "Active", "the old key does not work any more")
    show(scene.with_passphrase("credvault rotate ci --delete-key %s" % orphan),
         lambda a: line_with(a, "Done in"))
    (new,) = set(at_iam()) - {old, orphan}
    expect(at_iam() == {old: "Inactive", new: "Active"}, "at IAM: %s" % at_iam())
    scene.keep_key("ci", new)


def on_record(show, scene):
    """Who was given what"""
    def shown(answer):
        lines = [line for line in answer.lines() if re.match(r"\s*\d+\s", line)]
        expect(len(lines) > PROGRAMS, "%d lines" % len(lines))
        emitted = [line for line in lines if " emit " in line]
        return "%d lines; the last emission: %s" % (len(lines), " ".join(emitted[-1].split()))

    show("credvault log -n 100", shown)
    entries = scene.run("credvault log --json -n 100").json()["entries"]
    given = [e["profile"] for e in entries if e["op"] == "emit"]
    expect(given.count("prod") == PROGRAMS, "%d emissions of prod" % given.count("prod"))
    expect(given.count("reader") == 3, "%d emissions of reader" % given.count("reader"))
    show("credvault log --verify", last)


def sealed_record(path):
    """The middle of a sealed record, as a place in the file, which nobody has open."""
    with open(path, "rb") as source:
        whole = source.read()
    database = sqlite3.connect("file:%s?mode=ro&immutable=1" % path, uri=True)
    try:
        records = [row[0] for row in database.execute("SELECT sealed FROM rec")]
    finally:
        database.close()
    found = [record for record in records if record in whole]
    expect(found, "no sealed record was found in the file")
    return whole.index(found[0]) + len(found[0]) // 2


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def one_bit(show, scene):
    """Somebody changes one bit"""
    show("credvault lock", last)
    at = sealed_record(scene.vault)
    flip(scene.vault, at)
    show.note("(one bit of byte %d of vault.db is flipped)" % at)
    show(scene.with_passphrase("credvault list"), lambda a: "exit %d: %s" % (a.status, first(a)),
         status=(6, 5))
    show(scene.with_passphrase("credvault process prod"),
         lambda a: "exit %d, nothing on stdout" % a.status if not a.out else a.out, status=(6, 5))
    flip(scene.vault, at)
    show.note("(and back)")
    sent = len(scene.standin.log())
    show(scene.with_passphrase("credvault unlock"), last)
    show("credvault list", lambda a: "%d keys" % sum(key["id"][-4:] in a.out for key in
                                                   scene.keys.values()))
    expect(len(scene.standin.log()) == sent, "something was asked of AWS for that")


def locked(show, scene):
    """Locked again"""
    show("credvault clear", last)
    show("credvault lock", last)

    def refused(answer):
        expect(answer.out == "", "something on stdout: %s" % answer.out)
        expect(len(answer.err.splitlines()) == 1, "not one line on stderr")
        return "exit %d: %s" % (answer.status, first(answer))

    show("credvault process prod", refused, status=4)
    status = scene.run("credvault status --json").json()
    expect(status["locked"] is True, "status says unlocked: %s" % json.dumps(status))


PARTS = [sealed, one_code, killed, on_record, one_bit, locked]
