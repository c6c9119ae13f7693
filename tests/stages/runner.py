# SPDX-License-Identifier: MIT
"""Runs stages side by side, each when those before it have ended, and reports them in their order.

What a stage prints goes to a file of its own. Its line is printed once the lines of all stages
above it are, and all that it said above its line if a test of it failed. Each stage is a process
group: whatever ends the runner ends them too.
"""

import os
import re
import signal
import subprocess
import sys
import time

from counts import count, reasons

LINE = 90               # columns before the seconds
LOOK_S = 0.05
# A stage limits each of its tests; this is for one that hangs between them.
SILENCE_S = 900


class Interrupted(Exception):
    """A signal asked the runner to stop; its number is the argument."""


class Stage:
    """One command. kind says how its tests are counted (counts.py), after which stages it waits
    for by name; nice is added to its niceness."""

    def __init__(self, kind, name, command, after=(), env=None, nice=0):
        self.kind, self.name, self.command = kind, name, command
        self.after, self.env, self.nice = after, env or {}, nice
        self.child = self.log = self.status = self.began = self.ended = None

    def start(self, folder):
        self.log = os.path.join(folder, re.sub("[^a-z0-9]", "-", self.name) + ".log")
        self.began = time.monotonic()
        with open(self.log, "wb") as out:
            try:
                self.child = subprocess.Popen(
                    ["nice", "-n", str(self.nice), *self.command] if self.nice else self.command,
                    stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                    env=dict(os.environ, **self.env), process_group=0)
            except OSError as problem:
                out.write(b"%s\n" % os.fsencode(str(problem)))
                self.status, self.ended = 127, time.monotonic()

    def look(self, silence):
        """Whether it has ended; one that has long said nothing is ended."""
        if self.ended is None and self.child.poll() is not None:
            self.status, self.ended = self.child.returncode, time.monotonic()
        elif self.ended is None and time.time() - os.stat(self.log).st_mtime > silence:
            self.stop()
            with open(self.log, "ab") as out:
                out.write(b"\nended: it had said nothing for %d s\n" % silence)
        return self.ended is not None

    def signal(self, number):
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass

    def running(self):
        return self.child is not None and self.child.poll() is None

    def stop(self):
        stop([self])
        self.status, self.ended = self.child.returncode, time.monotonic()


def stop(stages):
    """Asks as Ctrl-C does, so that tests clear up behind themselves; then less kindly."""
    groups = [stage for stage in stages if stage.running()]
    for number, patience in ((signal.SIGINT, 15), (signal.SIGTERM, 5)):
        for stage in groups:
            if stage.running():
                stage.signal(number)
        end = time.monotonic() + patience
        while any(stage.running() for stage in groups) and time.monotonic() < end:
            time.sleep(LOOK_S)
    for stage in groups:
        stage.signal(signal.SIGKILL)    # whoever is left in its group
        stage.child.wait()


def line(text, seconds, out):
    print("%-*s%7.1f s" % (LINE, text, seconds), file=out, flush=True)


def report(stage, out):
    """Prints the stage's line and what belongs to it; returns its counts."""
    with open(stage.log, encoding="utf-8", errors="replace") as source:
        text = source.read()
    passed, failed, skipped = counts = count(stage.kind, text, stage.status)
    if failed:
        print("---- %s: all it said ----\n%s%s---- end of %s ----" % (
            stage.name, text, "" if text.endswith("\n") or not text else "\n", stage.name), file=out)
    words = "%-34s%s" % (stage.name, "FAILED  " if failed else "")
    if stage.kind != "step":
        words += "%d passed, %d failed" % (passed, failed)
    if skipped:
        words += ", %d skipped" % skipped
    line(words, stage.ended - stage.began, out)
    for reason in reasons(text) if skipped else ():
        print("    skipped: " + reason, file=out, flush=True)
    return counts


def run(stages, folder, out=sys.stdout, silence=SILENCE_S):
    """[passed, failed, skipped] of all of them."""
    names, ended, reported, totals = {stage.name for stage in stages}, set(), 0, [0, 0, 0]
    waiting, running = list(stages), []
    try:
        while reported < len(stages):
            for stage in list(waiting):
                if all(name in ended for name in stage.after if name in names):
                    waiting.remove(stage)
                    running.append(stage)
                    stage.start(folder)
            for stage in list(running):
                if stage.look(silence):
                    running.remove(stage)
                    ended.add(stage.name)
            while reported < len(stages) and stages[reported].ended is not None:
                totals = [a + b for a, b in zip(totals, report(stages[reported], out))]
                reported += 1
            if not running and waiting and not any(
                    all(name in ended for name in stage.after if name in names)
                    for stage in waiting):
                raise ValueError("stages wait for each other: %s" % [s.name for s in waiting])
            if running:
                time.sleep(LOOK_S)
    finally:
        stop(running)
    return totals


def raise_on_signals():
    def interrupted(number, _frame):
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(number)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, interrupted)
