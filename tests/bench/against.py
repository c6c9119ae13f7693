# SPDX-License-Identifier: MIT
"""Another revision, built beside this one, and this one: measured in turns, pair by pair.

Each has a vault, an agent and a stand-in of its own. A ratio is new / old, so that below 1 is less
time, processor time or memory; for emissions per second above 1 is better. What disturbs a shared
machine hits both, and the best tenth of each hardly feels it.
"""

import contextlib
import os
import shutil
import statistics
import subprocess

import emission
import frames
from measuring import calm, load_average, machine, medians, one_unlock, prepare, program, spawn_times
from scene import ROOT, Scene
from table import Failed, must

SPAN_S = 0.5            # one turn of a load
MEMORY_TURNS = 3


def _say(command, log, cwd):
    with open(log, "ab") as out:
        if subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out,
                          stderr=subprocess.STDOUT, check=False).returncode != 0:
            raise Failed("%s failed; see %s" % (" ".join(command[:3]), log))


def build(revision):
    """(its short name, the folder of its programs)."""
    found = subprocess.run(["git", "rev-parse", "--verify", "--quiet", revision + "^{commit}"],
                           cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise Failed("no such revision: %s" % revision)
    name = found.stdout.strip()[:12]
    tree, log = os.path.join(ROOT, "build/against", name), os.path.join(ROOT, "build/log/against.log")
    os.makedirs(os.path.dirname(log), exist_ok=True)
    if not os.path.exists(os.path.join(tree, "CMakeLists.txt")):
        os.makedirs(tree, exist_ok=True)
        archive = subprocess.run(["git", "archive", "--format=tar", name], cwd=ROOT,
                                 stdout=subprocess.PIPE, check=True)
        subprocess.run(["tar", "-x", "-C", tree], input=archive.stdout, check=True)
    _say(["cmake", "--preset", "release"], log, tree)
    _say(["cmake", "--build", "--preset", "release", "--target", "programs", "floors"], log, tree)
    return name, os.path.join(tree, "build/release/bin")


def setting(scene):
    """Words before a command of spawn_times: what of the environment is each scene's own."""
    names = ("HOME", "CREDVAULT_SOCKET", "CREDVAULT_ENDPOINT_URL", "AWS_ENDPOINT_URL")
    return ["%s=%s" % (name, scene.env[name]) for name in names]


def compare(table, what, unit, new, old, more_is_better=False):
    """new and old: lists of figures, taken in turns."""
    best = calm([[-one for one in new], [-one for one in old]] if more_is_better else [new, old])
    best = [abs(one) for one in best]
    of_new, of_old = medians([new, old])
    pairs = statistics.median(a / b for a, b in zip(new, old) if b)
    table.add("%s: new / old" % what, pairs, "x",
              note="median of %d pairs; medians %.4g / %.4g %s; best tenth %.2f x, %.4g / %.4g %s"
              % (len(new), of_new, of_old, unit, best[0] / best[1], *best, unit))


def spawned(new, old, table, options):
    floor = os.path.join(os.path.dirname(new.vault), "floor")
    commands = [program(new, "floor_empty"), program(new, "floor_fsync", floor)]
    for what in ("process prod", "version"):
        for scene in (new, old):
            commands.append(setting(scene) + program(scene, "credvault", *what.split()))
    times = spawn_times(new, options.rounds, commands)
    os.remove(floor)
    empty, fsync, process_new, process_old, version_new, version_old = times
    compare(table, "process, cached", "ms", process_new, process_old)
    compare(table, "version", "ms", version_new, version_old)
    best = dict(zip(("empty", "fsync", "new", "old", "version new", "version old"), calm(times)))
    for whose, figures, version in (("new", process_new, version_new),
                                    ("old", process_old, version_old)):
        table.add("  process, cached / append and flush 600 bytes, %s" % whose,
                  statistics.median(figures) / statistics.median(fsync), "x",
                  note="best tenth %.2f x" % (best[whose] / best["fsync"]))
        table.add("  version / empty program, %s" % whose,
                  statistics.median(version) / statistics.median(empty), "x",
                  note="best tenth %.2f x" % (best["version " + whose] / best["empty"]))


def loads(new, old, table, options):
    requests = {scene: emission.request_file(scene) for scene in (new, old)}
    for clients in (1, emission.CLIENTS):
        rates, costs = {new: [], old: []}, {new: [], old: []}
        for turn in range(options.pairs):
            for scene in (new, old) if turn % 2 else (old, new):
                answered, failed, spent, busy, why = emission.emit(scene, clients, SPAN_S,
                                                                   requests[scene])
                if failed or not answered:
                    raise Failed("%d emissions, %d failed: %s" % (answered, failed, why))
                rates[scene].append(answered / spent)
                costs[scene].append(busy * 1e3 / answered)
        people = "%d client%s" % (clients, "s" if clients > 1 else "")
        compare(table, "emissions a second, %s" % people, "/s", rates[new], rates[old], True)
        compare(table, "agent's processor time for an emission, %s" % people, "us", costs[new],
                costs[old])


def unlocks(new, old, table, options):
    rest = {new: [], old: []}
    for turn in range(options.unlocks):
        for scene in (new, old) if turn % 2 else (old, new):
            must(scene.run("credvault lock"), "lock")
            took, derived = one_unlock(scene)
            rest[scene].append(took - derived)
    compare(table, "unlock without its crypto_pwhash", "ms", rest[new], rest[old])


def memories(new, old, table, _options):
    for what, figure in (("half-sent frames", frames.half_sent),
                         ("frames of small values", frames.hostile_frames)):
        seen = {new: [], old: []}
        for turn in range(MEMORY_TURNS):
            for scene in (new, old) if turn % 2 else (old, new):
                seen[scene].append(figure(scene))
        compare(table, "agent's private memory under %d %s" % (frames.CLIENTS, what), "MiB",
                seen[new], seen[old])


def measure(options, table):
    name, programs = build(options.against)
    os.makedirs(options.folder, exist_ok=True)
    with contextlib.ExitStack() as stack:
        new, old = (stack.enter_context(Scene(os.path.join(options.folder, folder), where))
                    for folder, where in (("n", options.bin), ("o", programs)))
        if "CREDVAULT_SOCKET" not in new.env:
            raise Failed("the path of this folder is too long for a socket")
        box = dict(machine(new.folder), against=name, load_before=load_average())
        for scene in (new, old):
            prepare(scene)
        for step in (spawned, loads, unlocks, memories):
            try:
                step(new, old, table, options)
            except Failed as problem:
                table.add(step.__name__, None, "", note="not measured: %s" % problem)
        box["load_after"] = load_average()
    shutil.rmtree(options.folder)
    return box
