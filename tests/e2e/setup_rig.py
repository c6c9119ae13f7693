# SPDX-License-Identifier: MIT
"""Homes made of setup_case.py, and the SDKs that judge them: each judge is one process over all homes."""

import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from home import PROGRAMS, Home
from setup_case import ACCOUNT, ROLES

HERE = os.path.dirname(os.path.abspath(__file__))
JS = os.path.join(HERE, "js")
NODE = os.environ.get("CREDVAULT_NODE") or shutil.which("node")
CREDVAULT = os.path.join(PROGRAMS, "credvault")
FILES = ("config", "credentials")
HANDS = 4    # homes at a time
DEAD = ("AKIANOBODYKNOWSTHIS0", "x" * 40)
# What may leave a profile's section: its key and its role.
KEY_LINES = {"aws_access_key_id", "aws_secret_access_key"}
ROLE_LINES = {"role_arn", "source_profile", "external_id", "mfa_serial", "mfa_process", "role_session_name",
              "duration_seconds"}
PROCESS = "credential_process"
JUDGES = {
    "botocore": (["/usr/bin/python3", os.path.join(HERE, "judge_botocore.py")], {}),
    "js-v2": ([NODE, os.path.join(JS, "judge_v2.js")], {"AWS_SDK_LOAD_CONFIG": "1"}),
    # Version 2 as most programs have it: it reads the credentials file alone.
    "js-v2-plain": ([NODE, os.path.join(JS, "judge_v2.js")], {}),
    "js-v3": ([NODE, os.path.join(JS, "judge_v3.mjs")], {}),
}


class People:
    """The stand-in's users of the cases, made as they are named."""

    def __init__(self, standin):
        self.standin, self.sessions = standin, {}
        standin.reset()
        for name, spec in ROLES.items():
            standin.add_role(name, **spec)

    def make(self, names):
        """All at once: a case may have hundreds."""
        there = {user["name"] for user in self.standin.state()["users"]}
        users = {name: {"keys": [{}], "mfa": [{}] if name.startswith("mfa") else []}
                 for name in names if name not in there}
        self.standin.control("POST", "world", {"accounts": {ACCOUNT: {"users": users}}})
        self.users = {user["name"]: user for user in self.standin.state()["users"] if user["account"] == ACCOUNT}

    def key(self, name):
        if name == "dead":
            return DEAD
        key = self.users[name]["keys"][0]
        return key["id"], key["secret"]

    def session(self, name):
        """A session of a user that lives, as AWS gives it."""
        if name not in self.sessions:
            env = dict(PATH="/usr/bin:/bin", HOME="/dev/null", AWS_ACCESS_KEY_ID=self.key(name)[0],
                       AWS_SECRET_ACCESS_KEY=self.key(name)[1])
            done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.standin.url, "--region", "eu-west-1",
                                   "--output", "json", "sts", "get-session-token"], env=env, capture_output=True,
                                  text=True, timeout=120, check=True)
            self.sessions[name] = json.loads(done.stdout)["Credentials"]
        return self.sessions[name]

    def word(self, word, home):
        """What stands for %word% in a case's text."""
        kind, _, name = word.partition(":")
        if word in ("home", "credvault"):
            return home if word == "home" else CREDVAULT
        if kind == "role":
            return "arn:aws:iam::%s:role/%s" % (ACCOUNT, name)
        if kind in ("session", "security"):
            session = self.session(name)
            return "aws_access_key_id = %s\naws_secret_access_key = %s\naws_%s_token = %s" % (
                session["AccessKeyId"], session["SecretAccessKey"], kind, session["SessionToken"])
        name, _, part = word.partition(".")
        if part == "serial":
            return self.users[name]["mfa"][0]["serial"]
        if part:
            return self.key(name)[part == "secret"]
        return "aws_access_key_id = %s\naws_secret_access_key = %s" % self.key(name)

    def fill(self, text, home, ends=None):
        filled = re.sub("%([a-z0-9.:-]+)%", lambda m: self.word(m[1], home), text)
        return re.sub("\r?\n", ends, filled) if ends else filled


def people_of(case):
    """The users that a case's texts name."""
    texts = "".join(filter(None, (case.text("config"), case.text("credentials"))))
    words = re.findall("%(?:session:|security:)?([a-z0-9-]+)(?:[.](?:id|secret|serial))?%", texts)
    return set(words) - {"dead", "home", "credvault"} | {who.lstrip("=~?") for who in case.want.values()
                                                        if re.fullmatch("[=~?]?[a-z0-9-]+", who)}


class EmptyVault:
    """A vault to be copied into each home: it opens by its key file, which costs no derivation."""

    def __init__(self):
        self.home = Home()
        self.home.init("--no-recovery", "--key-file", os.path.join(self.home.path, "key"))
        self.home.lock()

    def copy(self, home):
        for name in ".local", "st":
            shutil.copytree(os.path.join(self.home.path, name), os.path.join(home.path, name))
        shutil.copy2(os.path.join(self.home.path, "key"), os.path.join(home.path, "key"))
        home.env["CREDVAULT_KEY_FILE"] = os.path.join(home.path, "key")
        home.run("unlock", status=0)

    def leave(self):
        self.home.leave()


class Desk:
    """One case's home, and what was seen in it."""

    def __init__(self, case, people, standin):
        self.case, self.people = case, people
        self.home = Home()
        self.home.env["CREDVAULT_ENDPOINT_URL"] = standin.url
        self.home.env.update({k: people.fill(v, self.home.path) for k, v in case.env.items()})
        self.folders = {}
        self.seen, self.parsed, self.answers, self.bytes, self.modes = {}, {}, {}, {}, {}
        self.write()
        self.list_folders()

    def path(self, which):
        return os.path.join(self.home.path, self.case.path(which))

    def write(self):
        os.makedirs(os.path.join(self.home.path, ".aws") if ".aws" not in self.case.links else
                    os.path.join(self.home.path, self.case.links[".aws"]), mode=0o700)
        self.home.file("theirs.json", json.dumps(dict(zip(
            ("Version", "AccessKeyId", "SecretAccessKey"), (1, *self.people.key("two"))))))
        for which in FILES:
            text = self.case.text(which)
            if text is None:
                continue
            path = self.path(which)
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with open(path, "wb") as out:
                out.write(self.people.fill(text, self.home.path, self.case.ends).encode())
            os.chmod(path, self.case.modes.get(which, 0o600))
        for link, target in self.case.links.items():
            os.symlink(self.people.fill(target, self.home.path), os.path.join(self.home.path, link))
        for link, which in self.case.hard_links.items():
            os.link(self.path(which), os.path.join(self.home.path, link))

    def remember(self, when):
        """The files as they are now: bytes and modes, None where there is none."""
        self.bytes[when], self.modes[when] = {}, {}
        for which in FILES:
            path = self.path(which)
            self.bytes[when][which] = self.modes[when][which] = None
            if os.path.lexists(path):
                with open(path, "rb") as file:
                    self.bytes[when][which] = file.read()
                self.modes[when][which] = os.lstat(path).st_mode

    def list_folders(self):
        """What stands beside the files, to see what setup leaves there."""
        self.folders = {folder: os.listdir(folder) for folder in {os.path.dirname(self.path(which)) for which in FILES}
                        if os.path.isdir(folder)}

    def links(self):
        return {link: os.readlink(os.path.join(self.home.path, link)) for link in self.case.links}

    def setup(self, when, *args, **more):
        self.answers[when] = self.home.run("setup", *args, **more)
        self.remember(when)
        return self.answers[when]

    def setup_all(self, vault):
        """Once with a diff, once for good, once more; then the sessions that want a code."""
        vault.copy(self.home)
        self.setup("diff", "--diff")
        self.setup("applied", "--apply", "--yes", "--json")
        self.setup("again", "--apply", "--yes", "--json")
        for profile, who in self.case.codes.items():
            code = self.people.standin.code("arn:aws:iam::%s:mfa/%s" % (ACCOUNT, who))
            self.answers["code"] = self.home.run("unlock", profile, "-t", code)
        self.keys = self.home.run("list", "--json").json()["keys"]

    def undo(self):
        self.setup("undone", "--undo", "--yes")


class Corpus:
    """The homes of all chosen cases, taken through setup side by side."""

    def __init__(self, cases, standin):
        self.standin, self.people = standin, People(standin)
        self.people.make({"ci", "two"}.union(*map(people_of, cases)))
        self.vault = EmptyVault()
        self.desks = {case.name: Desk(case, self.people, standin) for case in cases}

    def each(self, act):
        with ThreadPoolExecutor(HANDS) as hands:
            list(hands.map(act, self.desks.values()))

    def judge(self, when):
        """Every judge over every home, each a process of its own, side by side."""
        def ask(judge):
            command, env = JUDGES[judge]
            homes = [{"name": name, "env": dict(desk.home.env, AWS_EC2_METADATA_DISABLED="true",
                                                CREDVAULT_NO_INPUT="1", CREDVAULT_KEY_FILE="", **env),
                      "profiles": [p for p in desk.case.want if "%s:%s" % (judge, p) not in desk.case.hangs]}
                     for name, desk in self.desks.items()]
            done = subprocess.run([*command, self.standin.url], input=json.dumps(homes), capture_output=True,
                                  text=True, timeout=400, check=False, start_new_session=True)
            assert done.returncode == 0, done.stderr
            return judge, json.loads(done.stdout)
        with ThreadPoolExecutor(len(JUDGES)) as hands:
            for judge, answer in hands.map(ask, JUDGES):
                for name, desk in self.desks.items():
                    desk.seen[when, judge] = {p: answer[name]["profiles"].get(p, {"error": "not asked"})
                                              for p in desk.case.want}
                    desk.parsed[when, judge] = answer[name]["parsed"]

    def ask_cli(self):
        """The AWS CLI about the cases that name it, one profile each."""
        def ask(desk):
            if not desk.case.cli:
                return
            profile = list(desk.case.want)[-1]
            done = subprocess.run(
                ["/usr/bin/aws", "--endpoint-url", self.standin.url, "--profile", profile, "--region", "eu-west-1",
                 "--output", "json", "sts", "get-caller-identity"], env=dict(desk.home.env, CREDVAULT_NO_INPUT="1", CREDVAULT_KEY_FILE=""),
                capture_output=True, text=True, timeout=120, check=False)
            desk.seen["applied", "cli"] = {profile: {"arn": json.loads(done.stdout)["Arn"]} if done.returncode == 0
                                           else {"error": done.stderr}}
        self.each(ask)

    def run(self):
        self.each(lambda desk: desk.remember("before"))
        self.judge("before")
        self.each(lambda desk: desk.setup_all(self.vault))
        self.judge("applied")
        self.ask_cli()
        self.each(Desk.undo)

    def leave(self):
        self.vault.leave()
        self.each(lambda desk: desk.home.leave())


# -- what must be ------------------------------------------------------------------------------------------------------

def arn(who):
    kind, _, role = who.partition(":")
    if kind == "role":
        return "arn:aws:sts::%s:assumed-role/%s" % (ACCOUNT, role if "/" in role else role + "/")
    return "arn:aws:iam::%s:user/%s" % (ACCOUNT, who)


def is_who(seen, who):
    """Whether a judge saw this user or role; who "": nobody."""
    if not who:
        return "error" in seen
    return "arn" in seen and (seen["arn"] == arn(who) or "role:" in who and "/" not in who and
                              seen["arn"].startswith(arn(who)))


def by_vault(seen):
    """Whether what a judge has comes from a session; and a role's from the vault's, by its name."""
    return seen.get("id", "ASIA").startswith("ASIA") and (
        ":assumed-role/" not in seen["arn"] or "/cv-" in seen["arn"])


def cannot(case, judge, profile):
    return bool({judge, "%s:%s" % (judge, profile)} & case.cannot)


def section_of(line, before):
    """The profile that a line of either file belongs to, after the one of the line before."""
    header = re.match(rb"^(?:\xef\xbb\xbf)?\[\s*(?:profile\s+)?(.*?)\s*\]", line)
    return header[1].decode("utf-8", "replace").strip("\"'") if header else before


def option_of(line):
    return line.partition(b"=")[0].decode("utf-8", "replace").strip().lower() if b"=" in line else None


def lines_that_stay(data, case):
    """The lines of a file that setup has no reason to touch, in order, without their ends."""
    section, stay = None, []
    for line in data.splitlines(True):
        section = section_of(line, section)
        moved = KEY_LINES | ROLE_LINES | {PROCESS} if not case.want.get(section, "=").startswith("=") else set()
        if option_of(line) not in moved or line.lstrip()[:1] in (b"#", b";"):
            stay.append(line.rstrip(b"\r\n"))
    return stay


def is_subsequence(some, of):
    rest = iter(of)
    return all(line in rest for line in some)
