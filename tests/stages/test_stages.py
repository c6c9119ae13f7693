# SPDX-License-Identifier: MIT
"""Stages run side by side, are reported in order, and leave nothing behind."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import plan  # noqa: E402
from counts import count, reasons  # noqa: E402
from runner import Stage, run  # noqa: E402


def shell(name, text, kind="step", **more):
    return Stage(kind, name, ["/bin/sh", "-c", text], **more)


def ran(tmp_path, *stages, **more):
    out = io.StringIO()
    return run(stages, str(tmp_path), out, **more), out.getvalue()


CTEST_GOOD = """1: [==========] Running 2 test(s).
1: [  PASSED  ] 2 test(s).
1/3 Test #1: test_base_buf ....   Passed    0.01 sec
2: [  SKIPPED ] one_that_needs_more
2: [  PASSED  ] 3 test(s).
2: [  SKIPPED ] 1 test(s), listed below:
2/3 Test #2: test_base_file ...   Passed    0.01 sec
3/3 Test #3: test_fault_without_tag ...   Passed    0.01 sec
"""
CTEST_BAD = """1: [  PASSED  ] 2 test(s).
1: [  FAILED  ] 1 test(s), listed below:
1/3 Test #1: test_base_buf ....***Failed    0.01 sec
2/3 Test #2: test_base_file ...***Exception: SegFault  0.01 sec
3/3 Test #3: test_base_more ...***Timeout 120.01 sec
"""


@pytest.mark.parametrize("kind, text, status, counts", [
    ("ctest", CTEST_GOOD, 0, [6, 0, 1]),
    ("ctest", CTEST_BAD, 8, [2, 3, 0]),
    ("pytest", "..s\n2 passed, 1 skipped, 1 warning in 3.21s\n", 0, [2, 0, 1]),
    ("pytest", "F.E\n1 failed, 1 passed, 1 error in 63.21s (0:01:03)\n", 1, [1, 2, 0]),
    ("pytest", "3 deselected in 0.01s\n", 5, [0, 0, 0]),
    ("pytest", "INTERNALERROR\n", 3, [0, 1, 0]),
    ("lint", "lint: layers ok\ndev:3: bad\nlint: shell FAILED\n", 1, [1, 1, 0]),
    ("step", "FAILED: a.o\n", 1, [0, 1, 0]),
    ("step", "", 0, [0, 0, 0]),
])
def test_what_the_tools_print_is_counted(kind, text, status, counts):
    assert count(kind, text, status) == counts


def test_each_skipped_test_has_its_reason():
    assert reasons("2: skipped, no vectors here\n2: [  SKIPPED ] with_vectors\n"
                   "2: [  SKIPPED ] with_vectors\nSKIPPED [1] a.py:3: no zsh\n"
                   ) == ["[1] a.py:3: no zsh", "with_vectors: no vectors here"]


def test_two_run_at_once_and_the_third_after_both(tmp_path):
    meet = "touch %s; while [ ! -e %s ]; do sleep 0.01; done"
    a, b = tmp_path / "a", tmp_path / "b"
    totals, out = ran(
        tmp_path, shell("first", meet % (a, b)), shell("second", meet % (b, a)),
        shell("third", "test -e %s -a -e %s" % (a, b), after=("first", "second")))
    assert totals == [0, 0, 0] and "FAILED" not in out


def test_reports_come_whole_and_in_order(tmp_path):
    totals, out = ran(
        tmp_path, shell("slow", "sleep 0.3; echo one; exit 3"),
        shell("quick", "echo two; echo three >&2; exit 4"), shell("good", "echo unseen"))
    assert totals == [0, 2, 0]
    heads = [line for line in out.splitlines() if not line.endswith(" s")]
    assert heads == ["---- slow: all it said ----", "one", "---- end of slow ----",
                     "---- quick: all it said ----", "two", "three", "---- end of quick ----"]


@pytest.mark.parametrize("command", [["/bin/sh", "-c", "kill -SEGV $$"], ["/no/such/program"]])
def test_a_crash_is_a_failure(tmp_path, command):
    totals, out = ran(tmp_path, Stage("pytest", "crash", command))
    assert totals == [0, 1, 0] and "crash" in out and "FAILED" in out


def test_what_waits_for_a_failed_stage_runs_all_the_same(tmp_path):
    totals, _ = ran(tmp_path, shell("bad", "false"),
                    shell("next", "echo '1 passed in 1s'", "pytest", after=("bad",)))
    assert totals == [1, 1, 0]


def test_a_stage_that_says_nothing_is_ended(tmp_path):
    began = time.monotonic()
    totals, out = ran(tmp_path, shell("hangs", "echo here; exec sleep 60"), silence=0.3)
    assert totals == [0, 1, 0] and "here" in out and "said nothing" in out
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_child(tmp_path, number):
    program = ("import sys; sys.path.insert(0, %r)\n"
               "from runner import Interrupted, Stage, raise_on_signals, run\n"
               "raise_on_signals()\n"
               "word = 'sleep 321 & echo $! >%s/pid; echo >%s/ready; wait'\n"
               "try:\n    run([Stage('step', 'one', ['/bin/sh', '-c', word])], %r)\n"
               "except Interrupted:\n    sys.exit(9)\n"
               % (HERE, tmp_path, tmp_path, str(tmp_path)))
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.DEVNULL)
    while not (tmp_path / "ready").exists():
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(number)
    assert child.wait(60) == 9
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        for _ in range(1000):           # nobody's child: until init has seen it end
            os.kill(pid, 0)
            time.sleep(0.02)


def test_every_stage_waits_for_stages_that_there_are():
    for names in ([], ["buf"]):
        known = set()
        for stage in plan.plan(names):
            assert stage.kind in ("lint", "step", "ctest", "pytest")
            known.add(stage.name)
        assert {name for stage in plan.plan([]) for name in stage.after} <= known | {"lint"}
