# SPDX-License-Identifier: MIT
"""The demonstration and the measurements run to their end, and say so when they cannot."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from home import PROGRAMS

pytestmark = pytest.mark.timeout(400)

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODULES = os.path.join(TESTS, "e2e/js/node_modules")
NODE = os.environ.get("CREDVAULT_NODE") or shutil.which("node")
FLOORS = ("floor_empty", "floor_fsync", "floor_pwhash", "spawn_times", "load_emit",
          "pwhash_clock.so")

needs_demo = pytest.mark.skipif(
    not (NODE and os.path.isdir(MODULES) and os.path.exists("/usr/bin/aws")),
    reason="node, the JavaScript SDKs or Debian's awscli are not there")
needs_floors = pytest.mark.skipif(
    not all(os.path.exists(os.path.join(PROGRAMS, name)) for name in FLOORS),
    reason="the floor programs are not built")


def start(script, folder, *arguments, programs=PROGRAMS):
    return subprocess.Popen(
        [sys.executable, os.path.join(TESTS, script), "--bin", programs, "--folder", str(folder),
         *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)


def finish(child):
    out, err = child.communicate(timeout=240)
    return child.returncode, out, err


def left_behind(folder):
    """Command lines that name the folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as source:
                words = source.read()
        except OSError:
            continue
        if os.fsencode(str(folder)) in words and int(pid) != os.getpid():
            found.append(words)
    return found


@needs_demo
def test_the_demonstration_ends_well_and_its_environment_works(tmp_path):
    folder = tmp_path / "demo"
    status, out, err = finish(start("demo/demo.py", folder))
    lines = out.rstrip("\n").split("\n")
    assert status == 0, out + err
    assert lines[-1].startswith("demo: ok, 6 of 6 in ")
    assert "\033" not in out
    assert any(line.endswith("20 answers, 1 code, 1 GetSessionToken") for line in lines)
    assert any(line.strip().startswith("Done in ") and "ci uses" in line for line in lines)
    assert left_behind(folder) == []
    by_hand = subprocess.run(
        ["/bin/sh", "-c", '. "$0" && credvault status && passphrase=$(sed -n "s/^  passphrase  *//p" "$0")'
                          ' && credvault show ci --passphrase-fd 0 <<END && mfa_code\n'
                          '$passphrase\nEND', str(folder / "env")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert by_hand.returncode == 0, by_hand.stderr
    assert "Locked" in by_hand.stdout
    assert "user/ci" in by_hand.stdout
    assert by_hand.stdout.split()[-1].isdigit()


@needs_demo
def test_a_command_that_answers_wrong_fails_the_demonstration(tmp_path):
    programs, folder = tmp_path / "bin", tmp_path / "demo"
    programs.mkdir()
    liar = programs / "credvault"
    liar.write_text('#!/bin/sh\n[ "$1" != setup ] || exit 3\nexec "%s/credvault" "$@"\n' % PROGRAMS)
    liar.chmod(0o755)
    status, out, _ = finish(start("demo/demo.py", folder, programs=str(programs)))
    assert status == 1
    assert out.rstrip("\n").split("\n")[-1] == \
        "demo: FAILED at 1, credvault setup --diff: exit 3 instead of 0"
    assert left_behind(folder) == []


@needs_demo
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demonstration_leaves_nothing_running(tmp_path, number):
    folder = tmp_path / "demo"
    child = start("demo/demo.py", folder)
    for line in child.stdout:
        if "credvault setup" in line:
            break
    child.send_signal(number)
    status, out, _ = finish(child)
    assert status == 130
    assert out.rstrip("\n").split("\n")[-1].startswith("demo: FAILED at ")
    assert left_behind(folder) == []


def test_a_demonstration_without_programs_says_where_it_failed(tmp_path):
    status, out, _ = finish(start("demo/demo.py", tmp_path / "demo", programs=str(tmp_path)))
    assert status == 1
    assert out.rstrip("\n").split("\n")[-1].startswith("demo: FAILED at ")


@needs_floors
def test_the_measurements_print_every_row_whatever_the_figures(tmp_path):
    folder = tmp_path / "bench"
    status, out, err = finish(start("bench/bench.py", folder, "--json", "--rounds", "3",
                                    "--seconds", "0.2", "--unlocks", "1", "--peer-rounds", "1",
                                    "--frames", "2"))
    assert status == 0, err
    rows = json.loads(out)["rows"]
    for what in ("process, cached, on record / append and flush", "process, cached, on record / empty",
                 "version / empty", "RssAnon", "VmLck", "emissions over the socket", "failed",
                 "unlock / bare crypto_pwhash", "64 clients / 1 client", "half-sent frames",
                 "frames of small values"):
        row = next(row for row in rows if what in row["what"])
        assert row["figure"] is not None, row
        assert isinstance(row["ok"], bool)
    assert next(row for row in rows if "failed" in row["what"])["figure"] == 0
    assert left_behind(folder) == []
