# SPDX-License-Identifier: MIT
"""200 config files, each a good one with a mistake in it: an error with file and line, or the right answer. What is right
is read here a second time, by a reader of a few lines that knows nothing of the program's."""

import random
import re

import pytest
from home import ROOT  # noqa: F401
from world import ROLE, SERIAL, fresh, world  # noqa: F401

SEED, COUNT = 20261130, 200

GOOD = (
    # a role, with everything that goes with it
    "[default]\nregion = us-east-2\n\n[profile dev]\nregion = eu-west-3\nmfa_serial = %(serial)s\n\n"
    "[profile x]\nrole_arn = %(role)sreader\nsource_profile = dev\nexternal_id = x-1\n"
    "role_session_name = me\nduration_seconds = 1800\n",
    # a chain, one link of it in credvault's own section
    "[profile x]\nregion = eu-west-1\ncredential_process = credvault process x\n\n[credvault x]\n"
    "role_arn = %(role)schained\nsource_profile = mid\n\n[profile mid]\nrole_arn = %(role)sreader\n"
    "source_profile = ci\nsession_tags = team=red,stage=prod\nsource_identity = dev.one\n",
    # settings of another profile, comments, an indented block
    "# of the team\n[profile common]\nregion = eu-central-1\nsource_profile = ci\n\n[profile x]\n"
    "include_profile = common\nrole_arn = %(role)sreader\n; below it\ns3 =\n  max_concurrent_requests = 10\n",
    # a key, and neighbours that have nothing to do with it
    "[profile other]\nsso_session = corp\n[sso-session corp]\nsso_region = eu-west-1\n[profile x]\n"
    "role_arn = %(role)sreader\nsource_profile = ci\nregion = ap-south-1\n[profile ci]\nregion = eu-west-2\n",
)


# -- the second reader -----------------------------------------------------------------------------

def read(text):
    """{(word, name): {key: value}} of a file that is written plainly; None where it is not."""
    sections, at, block = {}, None, False
    for line in text.split("\n"):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        header = re.fullmatch(r"\[(?:(profile|credvault|services|sso-session) )?([\w.@+/:%-]+)\] *", line)
        setting = re.fullmatch(r"([a-z0-9_]+) ?= ?([^\s#;\"'](?:[^#;\t]*[^\s#;])?) *|([a-z0-9_]+) ?= *", line)
        if header:
            word, name = header.groups()
            if word is None and name != "default":
                word = "?"
            at = sections.setdefault((word or "profile", name), {})
            block = False
        elif setting and at is not None:
            at[setting[1] or setting[3]] = setting[2] or ""
            block = not setting[2]
        elif not (block and re.fullmatch(r"  [a-z0-9_]+ = \S+", line)):
            return None
    return sections


def value(sections, name, key):
    for _ in range(9):
        for word in ("credvault", "profile"):
            found = sections.get((word, name), {}).get(key)
            if found:
                return found
        name = value_of_include = sections.get(("profile", name), {}).get("include_profile")
        if not value_of_include:
            return None
    return None


def resolve(sections, name):
    """The plan: the origin, roles from the key outwards, and the region."""
    roles, region = [], None
    while len(roles) < 9:
        region = region or value(sections, name, "region")
        role = value(sections, name, "role_arn")
        if not role:
            break
        roles.insert(0, {field: value(sections, name, key) for field, key in (
            ("what", "role_arn"), ("external_id", "external_id"), ("session_name", "role_session_name"),
            ("session_tags", "session_tags"), ("source_identity", "source_identity"))})
        source = value(sections, name, "source_profile")
        if not source or source == name:
            break
        name = source
    return name, roles, region


# -- the mistakes ----------------------------------------------------------------------------------

def mutate(text, dice):
    """One mistake of those that people, editors and merges make."""
    lines = text.split("\n")
    i = dice.randrange(len(lines))
    while not lines[i]:
        i = dice.randrange(len(lines))
    at = dice.randrange(len(lines[i]))
    kind = dice.randrange(12)
    if kind == 0:
        del lines[i]
    elif kind == 1:
        lines.insert(i, lines[dice.randrange(len(lines))])
    elif kind == 2:
        lines[i] = lines[i][:at]
    elif kind == 3:
        lines[i] = lines[i][:at] + lines[i][at + 1:]
    elif kind == 4:
        lines[i] = lines[i][:at] + dice.choice("=[]#; \t\"'\\x0\x00\r\x1bé:") + lines[i][at:]
    elif kind == 5:
        lines[i] = lines[i].swapcase()
    elif kind == 6:
        lines[i] = dice.choice(["  ", "\t"]) + lines[i]
    elif kind == 7:
        lines[i] = lines[i].replace("=", dice.choice(["", ":", "==", " ="]), 1)
    elif kind == 8:
        j = dice.randrange(len(lines))
        lines[i], lines[j] = lines[j], lines[i]
    elif kind == 9:
        lines[i:i] = ["<<<<<<< HEAD"]
    elif kind == 10:
        lines[i] += dice.choice([" # a note", "  ", "\r", " \\", ";x"])
    else:
        key, _, old = lines[i].partition("=")
        lines[i] = key + "= " + (dice.choice(["", "x", "x y", old.strip() * 40, "dev", "ci", "true"]))
    return "\n".join(lines)


def cases():
    dice = random.Random(SEED)
    found = []
    while len(found) < COUNT:
        good = GOOD[len(found) % len(GOOD)] % {"role": ROLE, "serial": SERIAL}
        bad = good
        for _ in range(1 + (len(found) % 5 == 0)):
            bad = mutate(bad, dice)
        if bad != good:
            found.append(bad)
    return found


def check(world, text):  # noqa: F811
    """What is wrong with the answer; None for nothing. The second is whether it was an error."""
    world.home.file(".aws/config", text)
    answer = world.home.run("export", "--plan", "--json", "x", env={"AWS_REGION": ""})
    if answer.status:
        error = answer.error()
        plain = {1: "FAILED", 2: "USAGE", 3: "NOT_FOUND"}
        if plain.get(answer.status) != error["code"]:
            return "an unexpected status", True
        told = re.search(r"/\.aws/config:\d+", error["message"]) is not None
        # A profile that the file does not have, or whose lines lead nowhere, is a key of the vault.
        if not told and not (answer.status == 3 and error["profile"] == "x"):
            return "no file and line", True
        return ("control characters", True) if re.search(r"[\x00-\x1f\x7f]", error["message"]) else (None, True)
    plan = answer.json()
    sections = read(text)
    if sections is None:
        return None, False
    origin, roles, region = resolve(sections, "x")
    ours = [{k: step.get(k) for k in ("what", "external_id", "session_name", "session_tags", "source_identity")}
            for step in plan["steps"] if step["kind"] == "role"]
    if (plan["steps"][0]["what"], ours) != (origin, roles):
        return "%r where %r is right" % ((plan["steps"][0]["what"], ours), (origin, roles)), False
    if region and plan["region"] != region:
        return "region %s where %s is right" % (plan["region"], region), False
    return None, False


def test_a_mistake_in_a_config_file_is_told_or_changes_nothing_that_it_should_not(fresh):
    wrong, errors, compared = [], 0, 0
    for number, text in enumerate(cases()):
        why, refused = check(fresh, text)
        errors += refused
        compared += not refused and read(text) is not None
        if why:
            wrong.append("case %d: %s\n%s" % (number, why, text))
    assert not wrong, "\n\n".join(wrong[:5]) + "\n(%d in all)" % len(wrong)
    # Both halves of the promise are looked at.
    assert errors >= 50 and compared >= 50, (errors, compared)


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_the_good_ones_resolve_as_the_second_reader_says(fresh, number):
    text = GOOD[number] % {"role": ROLE, "serial": SERIAL}
    assert read(text) is not None and check(fresh, text) == (None, False)
