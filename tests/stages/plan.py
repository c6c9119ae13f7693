#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What `./dev test` runs, and what of it beside what: `plan.py [NAME…]`.

Tests of the real programs wait much of their time, so what only computes (lint, the build with
sanitizers and the unit tests) runs beside them, with less right to the processors.
"""

import glob
import os
import signal
import sys
import time

from runner import Interrupted, Stage, line, raise_on_signals, run

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PYTHON = "/usr/bin/python3"
CORES = len(os.sched_getaffinity(0))
BESIDE = max(1, CORES // 2)     # processors for what runs beside the tests of the real programs
YIELD = 5                       # its niceness


def compiling(preset, jobs):
    return {"kind": "step", "name": "build: " + preset,
            "command": [os.path.join(ROOT, "dev"), "compile", preset, "all"],
            "env": {"CMAKE_BUILD_PARALLEL_LEVEL": str(jobs)}}


def ctest(name, preset, names, jobs, *options):
    command = ["ctest", "--test-dir", "build/" + preset, "-V", "-j", str(jobs),
               "--no-tests=ignore", *options]
    if names:
        command += ["-R", "|".join(names)]
    return {"kind": "ctest", "name": name, "command": command}


def pytest(name, folders, names, *options, programs=None):
    """None where no folder has tests."""
    folders = [folder for folder in folders
               if glob.glob(os.path.join(ROOT, folder, "**/test_*.py"), recursive=True)]
    if not folders:
        return None
    command = [PYTHON, "-m", "pytest", *folders, "-q", "-rs", "--color=no", *options]
    if names:
        command += ["-k", " or ".join(names)]
    env = {"CREDVAULT_BIN": os.path.join(ROOT, "build", programs, "bin")} if programs else {}
    return {"kind": "pytest", "name": name, "command": command, "env": env}


def plan(names):
    """In the order in which they are reported."""
    release, sanitize = "build: release", "build: sanitize"
    behind = {"nice": YIELD}
    many = ("--dist", "loadfile")
    rows = [
        (compiling("release", CORES), (), {}),
        # Some checks look at the objects of the release build.
        (None if names else {"kind": "lint", "name": "lint",
                             "command": [PYTHON, "tests/lint/run.py"]}, (release,), behind),
        (ctest("unit tests: release", "release", names, CORES), (release,), {}),
        (pytest("self-tests of lints and stages", ["tests/lint", "tests/stages"], names),
         (), {}),
        (pytest("the stand-in", ["tests/standin"], names, "-n", "3"),
         ("self-tests of lints and stages",), {}),
        (compiling("sanitize", BESIDE), ("lint", release), behind),
        (ctest("unit tests: sanitize", "sanitize", names, BESIDE), (sanitize,), {}),
        (ctest("unit tests: valgrind", "release", names, BESIDE, "-C", "Memcheck",
               "-L", "memcheck"), ("unit tests: sanitize", release), {}),
        # More than there are cores: a rotation waits most of its time.
        (pytest("end to end: release", ["tests/e2e"], names, "-n", str(min(3 * CORES, 12)), *many,
                programs="release"), (release, "unit tests: release"), {}),
        (pytest("attacks by programs of the same user", ["tests/attack"], names, "-n",
                str(min(2 * CORES, 8)), *many, programs="release"),
         (release, "end to end: release"), {}),
        (pytest("end to end: sanitize", ["tests/e2e"], names, "-n", str(min(2 * CORES, 8)), *many,
                "-m", "sanitize", programs="sanitize"),
         (sanitize, "attacks by programs of the same user"), {}),
        (pytest("leaks, and leaks on purpose", ["tests/leak"], names, "-n", "3",
                "--dist", "loadgroup", programs="release"), (release, "end to end: sanitize"), {}),
    ]
    return [Stage(**stage, after=after, **more) for stage, after, more in rows if stage]


def main(names):
    os.chdir(ROOT)
    folder = os.path.join(ROOT, "build/log")
    os.makedirs(folder, exist_ok=True)
    began = time.monotonic()
    raise_on_signals()
    try:
        passed, failed, skipped = run(plan(names), folder)
    except Interrupted as stopped:
        print("dev: ended by %s" % signal.Signals(stopped.args[0]).name, file=sys.stderr)
        return 128 + stopped.args[0]
    line("all, side by side", time.monotonic() - began, sys.stdout)
    if passed + failed + skipped == 0:
        print("dev: no test matches: %s" % " ".join(names), file=sys.stderr)
        failed = 1
    print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
