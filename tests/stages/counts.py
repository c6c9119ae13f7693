# SPDX-License-Identifier: MIT
"""How many tests passed, failed and were skipped, out of what ctest, pytest or the lint printed."""

import re

_CASES = re.compile(r"(\d+): \[  (PASSED|FAILED|SKIPPED) +\] (\d+) test\(s\)")
_PROGRAM = re.compile(r" *\d+/\d+ Test +#(\d+): ")
_SUMMARY = re.compile(r"=* ?\d+ (passed|failed|skipped|errors?|deselected|xfailed|xpassed)")
_PYTEST = {"passed": 0, "failed": 1, "error": 1, "errors": 1, "skipped": 2, "xfailed": 2}


def _ctest(lines):
    counts, reported, bad = [0, 0, 0], set(), set()
    for line in lines:
        cases = _CASES.match(line)
        if cases:
            program, verdict, number = cases.groups()
            counts[("PASSED", "FAILED", "SKIPPED").index(verdict)] += int(number)
            if int(number):
                reported.add(program)
                if verdict == "FAILED":
                    bad.add(program)
            continue
        # A program that crashed, timed out or is not there reports no cases of its own.
        program = _PROGRAM.match(line)
        if not program:
            continue
        if " Passed " in line:
            counts[0] += program[1] not in reported
        elif "***Skipped" in line:
            counts[2] += 1
        else:
            counts[1] += program[1] not in bad
    return counts


def _pytest(lines):
    counts = [0, 0, 0]
    for line in lines:
        if _SUMMARY.match(line):
            counts = [0, 0, 0]
            for number, word in re.findall(r"(\d+) (\w+)", line):
                if word in _PYTEST:
                    counts[_PYTEST[word]] += int(number)
    return counts


def _lint(lines):
    verdicts = [line.rsplit(" ", 1)[-1] for line in lines if line.startswith("lint: ")]
    return [verdicts.count("ok"), verdicts.count("FAILED"), 0]


_KINDS = {"ctest": _ctest, "pytest": _pytest, "lint": _lint, "step": lambda lines: [0, 0, 0]}


def count(kind, text, status):
    """[passed, failed, skipped] of a stage that ended so; one that ended badly has a failure."""
    counts = _KINDS[kind](text.splitlines())
    nothing_selected = kind == "pytest" and status == 5
    if status != 0 and not nothing_selected and counts[1] == 0:
        counts[1] = 1
    return counts


def reasons(text):
    """Which tests were skipped, and why (tests/support/skip.h; pytest says it itself)."""
    why, found = {}, set()
    for line in text.splitlines():
        if line.startswith("SKIPPED "):
            found.add(line[len("SKIPPED "):])
        said = re.match(r"(\d+): +skipped, (.*)", line)
        if said:
            why[said[1]] = said[2]
        name = re.match(r"(\d+): \[  SKIPPED \] ([a-z0-9_]+)$", line)
        if name:
            found.add("%s: %s" % (name[2], why.get(name[1], "")))
    return sorted(found)
