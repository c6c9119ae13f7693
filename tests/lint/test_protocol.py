# SPDX-License-Identifier: MIT
"""docs/protocol.md says of every message what its table in vault/wire/tables/msg_*.c says, and no more."""

import functools
import glob
import os
import re
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KINDS = {"TEXT": "text", "CHARS": "text", "SECRET": "secret text", "HEX": "hex", "HEX_BUF": "hex",
         "FLAG": "true or false", "NUMBER": "number", "TIME": "time", "RAW": "any value"}
PRESENCES = {"NEEDED": "needed", "ALWAYS": "always", "NULLABLE": "or null", "OPTIONAL": "optional"}


def preprocessed():
    """The text of each file of tables, its macros written out."""
    for path in sorted(glob.glob(os.path.join(ROOT, "vault/wire/tables/msg_*.c"))):
        done = subprocess.run([os.environ.get("CC", "cc"), "-E", "-P", "-D_GNU_SOURCE", f"-I{ROOT}",
                               path], check=True, capture_output=True, text=True)
        yield done.stdout[done.stdout.index("enum field_kind {"):]


def title(name):
    return name.removeprefix("msg_").removesuffix("_table")


def kind_of(field, words):
    kind = re.search(r"\.kind = FIELD_(\w+)", field)[1]
    of = re.search(r"\.of = &\(?(\w+)", field)
    if kind == "WORD":
        return ", ".join(f'"{word}"' for word in words[re.search(r"\.words = \((\w+)", field)[1]])
    if kind == "OBJECT":
        return f"`{title(of[1])}`"
    if kind in ("ARRAY", "LIST"):
        return f"list of `{title(of[1])}`" if of else "list of texts"
    return KINDS[kind]


def words_in(text):
    return {name: re.findall(r'"([^"]*)"', body) for name, body in re.findall(
        r"const char \*const (\w+)\[\w*\] = \{(.*?)\};", text, re.DOTALL)}


def tables_in(text, words):
    """Message -> [(member, kind, presence)] of one file, with what is inside of messages."""
    words = {**words, **words_in(text)}
    fields = {name: re.findall(r"\{ *(\.name = .*?) *\}", body, re.DOTALL) for name, body in
              re.findall(r"const struct field (\w+)\[\] = \{(.*?)\};", text, re.DOTALL)}
    for name, at, count in re.findall(r"const struct fields (\w+) = \{ *\(?(\w+)\)?, *(.*?)\}", text,
                                      re.DOTALL):
        members = fields[at]
        less = re.search(r"- (\w+)$", count)
        if less:
            members = members[:-int(re.search(rf"\b{less[1]} = (\d+)", text)[1])]
        elif count.strip().isdigit():
            members = members[:int(count)]
        yield title(name), [(re.search(r'\.name = \(?"([\w-]+)"', field)[1],
                             kind_of(field, words),
                             PRESENCES[re.search(r"\.presence = FIELD_(\w+)", field)[1]])
                            for field in members]


@functools.lru_cache
def described():
    texts = list(preprocessed())
    words = {name: all_of for text in texts for name, all_of in words_in(text).items()}
    tables = {}
    for text in texts:
        for name, members in tables_in(text, words):
            assert name not in tables, f"two tables are called {name}"
            tables[name] = members
    return tables


@functools.lru_cache
def documented():
    """The same, as docs/protocol.md has it: `### NAME…` and the table below."""
    with open(os.path.join(ROOT, "docs/protocol.md"), encoding="utf-8") as page:
        text = page.read().partition("\n## Members\n")[2]
    tables = {}
    for name, body in re.findall(r"^### `(\w+)`[^\n]*\n(.*?)(?=^### |\Z)", text,
                                 re.DOTALL | re.MULTILINE):
        assert name not in tables, f"{name} stands there twice"
        rows = [[cell.strip() for cell in row.strip().strip("|").split("|")]
                for row in body.splitlines() if row.startswith("| `")]
        for row in rows:
            assert len(row) == 4 and row[3], f"{name}: {row[0]} is not explained"
        tables[name] = [(row[0].strip("`"), row[1], row[2]) for row in rows]
    return tables


def test_the_document_has_every_message_and_no_other():
    assert sorted(documented()) == sorted(described())


@pytest.mark.parametrize("name", sorted(described()))
def test_the_document_has_the_members_of(name):
    assert documented().get(name) == described()[name]
