# SPDX-License-Identifier: MIT
"""The documents name tests that exist; docs/threat-model.md every trap, and every test that bears a trap's
number; docs/testing.md every test that replays another tool's failure."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tree import SKIPPED_FOLDERS  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TRAPS = 41
DEFINED = re.compile(r"^(?:static void|def) (\w+)\(", re.M)
NAMED = re.compile(r"`([a-z0-9_]+(?:/[a-z0-9_]+)+\.(?:c|py))::(\w+)`")


def text_of(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def defined():
    """(folder/file, name) of every test, in rooms of folders too."""
    tests = os.path.join(ROOT, "tests")
    for place, folders, names in os.walk(tests):
        folders[:] = sorted(folder for folder in folders if folder not in SKIPPED_FOLDERS)
        for name in sorted(names):
            if re.fullmatch(r"test_\w+\.(c|py)", name):
                path = os.path.relpath(os.path.join(place, name), tests)
                for test in DEFINED.findall(text_of("tests", path)):
                    yield path, test


def rows_of_traps():
    rows = re.findall(r"^\| (\d+) ([^|]*)\|([^|]*)\|([^|]*)\|$", text_of("docs/threat-model.md"), re.M)
    return [(int(number), where, tests) for number, _, where, tests in rows]


def test_every_test_that_is_named_exists():
    there, named = set(defined()), NAMED.findall(text_of("docs/threat-model.md"))
    assert len(named) > 80
    assert [one for one in named if one not in there] == []


def test_every_test_that_the_account_of_testing_names_exists():
    there, named = set(defined()), NAMED.findall(text_of("docs/testing.md"))
    assert len(named) > 30
    assert [one for one in named if one not in there] == []
    assert text_of("docs/testing.md").count("::") == len(named)


def test_every_replay_of_another_tools_failure_is_named():
    named = set(NAMED.findall(text_of("docs/testing.md")))
    replays = [one for one in defined() if "e2e/test_peers" in one[0] and "test_" in one[1]]
    assert len(replays) > 20
    assert [one for one in replays if one not in named] == []


def test_nothing_that_looks_like_a_test_is_written_otherwise():
    text = text_of("docs/threat-model.md")
    assert text.count("::") == len(NAMED.findall(text)) + 1     # the one that explains the form


def test_every_trap_has_its_row_and_a_test_of_its_name_or_says_why_not():
    rows = rows_of_traps()
    assert [number for number, _, _ in rows] == list(range(1, TRAPS + 1))
    for number, where, tests in rows:
        if not tests.strip():
            assert where.strip().startswith(("later: ", "not applicable: ")), number
        else:
            assert "trap_%d_" % number in tests, number


def test_every_test_that_bears_a_number_is_named():
    named = set(NAMED.findall(text_of("docs/threat-model.md")))
    assert [one for one in defined() if re.match(r"(test_)?trap_", one[1]) and one not in named] == []


def test_every_source_that_a_document_names_exists():
    named = [(name, path) for name in ("README.md", "docs/threat-model.md", "docs/testing.md",
                                       "docs/architecture.md", "docs/format.md", "docs/protocol.md")
             for path in re.findall(r"`((?:vault|cli|tests|schema)/[a-z0-9_/]+\.[a-z]+)`", text_of(name))]
    assert len(named) > 5
    made = {"vault/store/schema.h"}     # by cmake/schema.cmake
    assert [one for one in named
            if one[1] not in made and not os.path.exists(os.path.join(ROOT, one[1]))] == []
