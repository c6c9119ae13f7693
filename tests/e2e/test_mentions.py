# SPDX-License-Identifier: MIT
"""Whatever a message, a help, a manual page or the documentation tells somebody to type is there."""

import glob
import os
import re
import subprocess

import pytest
from home import PROGRAMS, ROOT

# A command as it is told: up to the end of the line, or what closes it. `[credvault NAME]` is a section.
MENTION = re.compile(r"(?<![\w./~[-])credvault((?: +(?:--vault FILE|-q|-v|--json))*) +([a-z][a-z-]*)\b"
                     r"([^\n;|`\"]*)")
# Sentences and drawings in which the program's name is followed by another word.
PROSE = {"keeps", "is", "completion for", "wrote", "itself", "does not", "credvault-agent"}
# Made by the build, and where what tests share would go.
ELSEWHERE = {"vault/store/schema.h", "tests/support/"}
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"(?:\s*(?:PRI\w+\s*)?"((?:[^"\\\n]|\\.)*)")*')


def credvault(*args):
    return subprocess.run([os.path.join(PROGRAMS, "credvault"), *args], capture_output=True,
                          text=True, timeout=60, check=True, env={"HOME": "/nonexistent"}).stdout


def command_names():
    """The commands that the help lists, and those that are for scripts and for our own programs."""
    return re.findall(r"^  ([a-z]+)  ", credvault("help"), re.M) + ["complete", "keep"]


def options_of(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) | set(
        re.findall(r"(?<![\w-])-[a-zA-Z]\b", text))


@pytest.fixture(scope="module")
def commands():
    """Name or alias -> its own options and those of every command."""
    names = command_names()
    assert len(names) > 15
    found = {name: options_of(credvault("help", name)) for name in names}
    everywhere = options_of(credvault("help", "options"))
    for name in names:
        found[name] |= everywhere
        for alias in re.findall(r"\b(?:also|alias(?:es)?): (.*)", credvault("help", name)):
            for word in re.findall(r"[a-z-]+", alias):
                found[word] = found[name]
    for old, name in (("emit", "export"), ("ls", "list"), ("rm", "remove")):
        found.setdefault(old, found[name])
    return found


def texts():
    """(where, text) of everything in which somebody may be told what to type."""
    for folder in ("cli", "vault"):
        for path in glob.glob(os.path.join(ROOT, folder, "**/*.c"), recursive=True):
            with open(path) as f:
                for found in LITERAL.finditer(f.read()):
                    text = "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', found.group()))
                    for line in text.split("\\n"):
                        yield os.path.relpath(path, ROOT), line.replace('\\"', '"')
    for path in [os.path.join(ROOT, "README.md"), *glob.glob(os.path.join(ROOT, "docs/*.md")),
                 *glob.glob(os.path.join(ROOT, "docs/man/*.scd"))]:
        with open(path) as f:
            text = f.read()
        where = os.path.relpath(path, ROOT)
        for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S):
            yield where, block
        for span in re.findall(r"`([^`\n]+)`", text):
            yield where, span
        for line in re.findall(r"^(?:    |\t)(.*)", text, re.M):
            yield where, line


def mentions():
    for where, text in texts():
        for before, word, rest in MENTION.findall(text):
            if not any(("%s%s" % (word, rest)).startswith(start) for start in PROSE):
                # Behind `--` stands somebody else's command.
                rest = re.split(r" -- |\$\(|&&|\)|   ", rest)[0]
                yield where, word, before + rest


def test_every_command_and_option_that_is_mentioned_exists(commands):
    seen, wrong = set(), []
    for where, word, rest in mentions():
        seen.add(word)
        if word not in commands:
            wrong.append("%s: credvault %s%s" % (where, word, rest))
            continue
        for option in options_of(rest):
            if option not in commands[word] and "%" not in rest.split(option)[0][-2:]:
                wrong.append("%s: credvault %s has no %s" % (where, word, option))
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert {"unlock", "exec", "restore", "verify", "slot", "add"} <= seen


def test_every_help_topic_that_is_mentioned_exists():
    topics = set()
    for _, text in texts():
        topics |= set(re.findall(r"credvault help ([a-z][a-z-]+)", text))
    assert "unattended" in topics
    for topic in topics:
        assert credvault("help", topic)


def test_every_command_has_a_page_and_every_page_a_command(commands):
    pages = {os.path.basename(path)[len("credvault-"):-len(".1.scd")]
             for path in glob.glob(os.path.join(ROOT, "docs/man/credvault-*.1.scd"))}
    assert pages == set(command_names())


def test_the_documents_that_are_named_are_there():
    wrong = []
    for path in [os.path.join(ROOT, "README.md"), *glob.glob(os.path.join(ROOT, "docs/*.md"))]:
        with open(path) as f:
            for name in re.findall(r"`((?:docs|tests|cli|vault|schema|cmake)/[\w./-]*)`", f.read()):
                known = name in ELSEWHERE or re.search("[A-Z]{3}", name)
                if not known and not os.path.exists(os.path.join(ROOT, name)):
                    wrong.append("%s: %s" % (os.path.relpath(path, ROOT), name))
    assert not wrong, "\n".join(wrong)
