# SPDX-License-Identifier: MIT
"""Every example of docs/javascript.md, run as it stands under node against the stand-in."""

import os
import re
import shutil

import pytest
from home import PASSPHRASE, PROGRAMS, ROOT
from world import world  # noqa: F401

JS = os.path.join(ROOT, "tests/e2e/js")
NODE = os.environ.get("CREDVAULT_NODE") or shutil.which("node")
PAGE = os.path.join(ROOT, "docs/javascript.md")
# Version 2 takes an endpoint from its settings alone.
SHIM = 'require("aws-sdk/lib/maintenance_mode_message").suppress = true;\n' \
       'require("aws-sdk").config.update({ sts: { endpoint: process.env.AWS_ENDPOINT_URL_STS } });\n'


def sections():
    """Title -> its blocks, each (language, text), in the order of the page."""
    with open(PAGE, encoding="utf-8") as page:
        parts = re.split(r"^## (.*)\n", page.read(), flags=re.MULTILINE)[1:]
    return {title: re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
            for title, text in zip(parts[::2], parts[1::2])}


def test_the_page_has_each_way():
    titles = " ".join(sections())
    for way in ("Version 3, its default chain", "fromIni", "fromProcess",
                "Version 2, its default chain", "ProcessCredentials", "Roles", "MFA",
                "SharedIniFileCredentials", "loadFromPath"):
        assert way in titles
    languages = {language for blocks in sections().values() for language, _ in blocks}
    assert languages == {"ini", "js", "sh"}


@pytest.fixture(scope="module")
def desk(world):  # noqa: F811
    """A home with a key `prod`, in which the page's files are written as the page goes on."""
    if not NODE:
        pytest.skip("there is no node")
    if not os.path.isdir(os.path.join(JS, "node_modules", "aws-sdk")):
        pytest.skip("the JavaScript SDKs are not installed: npm ci in tests/e2e/js")
    world.add("prod", "dev")
    home = world.home
    os.symlink(os.path.join(JS, "node_modules"), os.path.join(home.path, "node_modules"))
    os.symlink(NODE, os.path.join(home.path, "node"))
    home.env.pop("AWS_REGION")
    home.env.update(AWS_ENDPOINT_URL_STS=world.standin.url, AWS_EC2_METADATA_DISABLED="true",
                    PATH="%s:%s:%s" % (home.path, PROGRAMS, home.env["PATH"]),
                    NODE_OPTIONS="--require " + home.file("shim.js", SHIM), NODE_NO_WARNINGS="1")
    world.sections = {}
    yield world


def write(desk, text):
    """A file, which its first line names. Of the config file the sections are put beside the others."""
    name, text = re.match(r"(?:#|//) (?:~/)?(\S+)\n(.*)", text, re.DOTALL).groups()
    if name == ".aws/config":
        desk.sections.update(re.findall(r"^(\[.*\]\n)([^[]*)", text, re.MULTILINE))
        text = "".join(head + body for head, body in desk.sections.items())
    desk.home.file(name, text.replace("/usr/bin/credvault", os.path.join(PROGRAMS, "credvault")))


def run(desk, text):
    """A block of a shell: what is typed, and behind each command what it prints, as a comment."""
    commands = "".join(line for line in text.splitlines(True) if not line.startswith("#"))
    with desk.home.terminal("-ec", commands, program="/bin/sh") as terminal:
        if "unlock" in commands:
            terminal.answer("assphrase", PASSPHRASE).answer("ode", desk.code())
        status = terminal.wait()
        assert status == 0, terminal.seen
    expected = re.findall(r"^# (\S+)$", text, re.MULTILINE)
    seen = re.findall(r"arn:aws:(?:iam|sts)::\S+", terminal.seen.rpartition("ode")[2]
                      if "unlock" in commands else terminal.seen)
    assert len(seen) == len(expected), terminal.seen
    for got, wanted in zip(seen, expected):
        assert got == wanted or (wanted.endswith("cv-") and got.startswith(wanted)), terminal.seen


@pytest.mark.parametrize("title", sections())
def test_the_examples_of(desk, title):
    if title.startswith("MFA"):
        desk.home.lock()
    for language, text in sections()[title]:
        if language == "sh":
            run(desk, text)
        else:
            write(desk, text)


def test_one_code_served_all_of_the_page(desk):
    codes = [e for e in desk.standin.log() if e.get("mfa")]
    assert len(codes) == 1
