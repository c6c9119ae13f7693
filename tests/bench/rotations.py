# SPDX-License-Identifier: MIT
"""Very many rotations at a time against a stand-in that takes its time to answer."""

import math
import os
import resource
import threading
import time

from scene import ACCOUNT, new_key
from table import Failed, must

ROWS = ((100, 8), (1000, 64))           # keys, jobs
LATENCY_MS = 50
PROOF_WAITS_S = 2 * 3.0                 # what the procedure itself waits for IAM
RATIO = 1.5
GROWTH_MIB = 4.0
BATCH = 200                             # keys that one import takes
FIRST = 100                             # rotations after which memory has its size
TICKS = os.sysconf("SC_CLK_TCK")


def field(pid, name):
    """A size in MiB out of /proc/PID/status; None once the process is gone."""
    try:
        with open("/proc/%d/status" % pid) as source:
            for line in source:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) / 1024
    except (OSError, TypeError):
        pass
    return None


def cpu(pid, children=False):
    """Seconds of processor time so far, of a process or of those it has waited for."""
    with open("/proc/%d/stat" % pid) as source:
        words = source.read().rsplit(")", 1)[1].split()
    return sum(map(int, words[13:15] if children else words[11:13])) / TICKS


def child_named(parent, name):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as source:
                head, _, tail = source.read().rpartition(")")
        except OSError:
            continue
        if int(tail.split()[1]) == parent and head.partition("(")[2].startswith(name):
            return int(pid)
    return None


class Watch(threading.Thread):
    """Looks at the memory of some processes, twice a second."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.pids, self.seen, self.over = pids, [], threading.Event()

    def run(self):
        while not self.over.wait(0.5):
            self.seen.append((time.time(), {n: field(p, "VmRSS") for n, p in self.pids.items()}))

    def after(self, name, at):
        """The largest from that moment on, and the one of the moment itself."""
        sizes = [sizes[name] for when, sizes in self.seen if when >= at and sizes[name]]
        return (sizes[0], max(sizes)) if sizes else (None, None)


def fill(scene, count):
    """Users with one key each, known to the stand-in and to a vault of their own."""
    vault = os.path.join(scene.folder, "many-%d/vault.db" % count)
    keys = {"service-%04d" % number: new_key() for number in range(count)}
    scene.standin.reset({"accounts": {ACCOUNT: {"users": {
        name: {"keys": [key]} for name, key in keys.items()}}}})
    must(scene.run(scene.with_passphrase("credvault init --vault %s --no-recovery --low-memory"
                                         % vault)), "init")
    pairs = list(keys.items())
    for first in range(0, count, BATCH):
        path = scene.write("app/keys", "".join(
            "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
            % (name, key["id"], key["secret"]) for name, key in pairs[first:first + BATCH]))
        must(scene.run(scene.with_passphrase("credvault import keys --vault %s" % vault), 600),
             "import")
        os.remove(path)
    scene.standin.control("DELETE", "log")
    return vault


def check(scene, answer, count):
    """All rotated, one active key each."""
    try:
        done = answer.json()["rotations"]
    except (ValueError, KeyError):
        raise Failed("rotate: exit %d: %s" % (answer.status, answer.err.strip()))
    errors = [one["error"] for one in done if one["error"]]
    finished = sum(one["state"] == "done" for one in done)
    active = [sum(key["status"] == "Active" for key in user["keys"])
              for user in scene.standin.state()["users"]]
    if finished != count or active != [1] * count:
        raise Failed("exit %d: %d of %d are done, %d users have one active key; %s" % (
            answer.status, finished, count, active.count(1),
            errors[0]["message"] if errors else "no error"))


def measure(scene, table, count, jobs):
    what = "%d keys, %d at a time" % (count, jobs)
    vault = fill(scene, count)
    try:
        agent = must(scene.run("credvault status --json --vault %s" % vault),
                     "status").json()["agent"]["pid"]
        broker = child_named(agent, "credvault-brokr")
        scene.standin.fault("delay", ms=LATENCY_MS)
        before = {"stand-in": cpu(scene.standin.process.pid), "agent": cpu(agent),
                  "couriers": cpu(broker, True)}
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        child = scene.start("exec credvault rotate --all --yes --jobs %d --json --vault %s"
                            % (jobs, vault))
        watch = Watch({"agent": agent, "command": child.pid})
        watch.start()
        done = scene.finish(child, 3600)
        took = time.monotonic() - began
        watch.over.set()
        command = resource.getrusage(resource.RUSAGE_CHILDREN)
        after = {"stand-in": cpu(scene.standin.process.pid), "agent": cpu(agent),
                 "couriers": cpu(broker, True)}
        scene.standin.clear()
        log = scene.standin.log()
        check(scene, done, count)
    finally:
        scene.standin.clear()
        scene.run("credvault lock --no-input --vault %s" % vault, 60)
    spent = {name: after[name] - before[name] for name in after}
    spent["command"] = (command.ru_utime + command.ru_stime - used.ru_utime - used.ru_stime)
    report(table, what, count, jobs, took, log, watch, spent)


def report(table, what, count, jobs, took, log, watch, spent):
    calls = len(log) / count
    one = PROOF_WAITS_S + calls * LATENCY_MS / 1000
    ideal = math.ceil(count / jobs) * one
    table.add("%s: wall time / ideal" % what, took / ideal, "x", "at most %.1f x" % RATIO, most=RATIO,
              note="%.1f s / %.1f s" % (took, ideal))
    table.add("  the ideal: rounds of one key's waits and calls", ideal, "s",
              note="%d x (%.0f s + %.1f calls x %d ms)" % (
                  math.ceil(count / jobs), PROOF_WAITS_S, calls, LATENCY_MS))
    table.add("  calls that the stand-in answered", len(log), "", note="of them throttled: %d"
              % sum(entry["code"] == "Throttling" for entry in log))
    table.add("  rotated, one active key each", count, "", note="no failure")
    ends = sorted(entry["at"] for entry in log if entry["action"] == "UpdateAccessKey" and
                  entry["effect"])
    for name in ("agent", "command"):
        first, most = watch.after(name, ends[min(FIRST, count // 2) - 1])
        if first:
            table.add("  the %s's memory, growth from %d keys on" % (name, min(FIRST, count // 2)),
                      most - first, "MiB", "at most %.0f MiB" % GROWTH_MIB, most=GROWTH_MIB,
                      note="VmRSS %.1f MiB, then at most %.1f MiB" % (first, most))
    table.add("  processor time of all", sum(spent.values()), "s", note=", ".join(
        "%s %.1f s" % item for item in sorted(spent.items())))
