#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures credvault against programs that do the least possible, in one run, as a table.

Figures are ratios of medians (for long runs: of the best) over interleaved runs, so that noise hits every
side equally. Nothing here passes or fails: a figure that is not reached is printed as it is.
"""

import argparse
import json
import os
import shutil
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "demo"))

import against  # noqa: E402
import emission  # noqa: E402
import frames  # noqa: E402
import rotations  # noqa: E402
from measuring import (KDF_BYTES, KDF_PASSES, KEYS, calm, load_average, machine, medians,  # noqa: E402
                       one_unlock, prepare, program, spawn_times)
from scene import REGION, ROOT, Scene, new_key  # noqa: E402
from table import Failed, Table, must  # noqa: E402

SOME, MANY = 10000, 100000


# --- the measurements ------------------------------------------------------------------------------

def emissions(scene, table, rounds):
    """`process` and `version` against their floors, all in the same turns."""
    beside_the_vault = os.path.join(os.path.dirname(scene.vault), "floor")
    times = spawn_times(scene, rounds, [
        program(scene, "floor_empty"), program(scene, "floor_fsync", beside_the_vault),
        program(scene, "credvault", "process", "prod"), program(scene, "credvault", "version")])
    os.remove(beside_the_vault)
    empty, fsync, process, version = medians(times)
    calm_empty, calm_fsync, calm_process, calm_version = calm(times)
    table.add("process, cached, on record / append and flush 600 bytes", calm_process / calm_fsync,
              "x", "at most 1.5 x", most=1.5,
              note="best tenths of %d, in turns, %.2f ms / %.2f ms; medians %.2f x, %.2f ms / %.2f ms"
              % (rounds, calm_process, calm_fsync, process / fsync, process, fsync))
    table.add("process, cached, on record / empty program", process / empty, "x",
              "aim at 2.0 x", most=2.0, note="%.2f ms / %.2f ms; best tenth %.2f x" % (process, empty, calm_process / calm_empty))
    table.add("version / empty program", version / empty, "x", "at most 1.25 x", most=1.25,
              note="%.2f ms / %.2f ms; best tenth %.2f x" % (version, empty, calm_version / calm_empty))


def memory(scene, table):
    """Of the agent, which nobody may look into; what the kernel says of it to everybody is enough."""
    pid = scene.agent_pid()
    wanted = {"RssAnon": None, "VmLck": None}
    try:
        with open("/proc/%d/status" % pid) as source:
            for line in source:
                name, _, value = line.partition(":")
                if name in wanted:
                    wanted[name] = int(value.split()[0])
        why = ""
    except (OSError, TypeError) as problem:
        why = "cannot be read here: %s" % problem
    anonymous, pinned = wanted["RssAnon"], wanted["VmLck"]
    table.add("agent, idle, %d keys: RssAnon" % KEYS, anonymous and anonymous / 1024, "MiB",
              "at most 4 MiB", most=4.0, note=why or "VmRSS's anonymous part, /proc/PID/status")
    table.add("agent, idle, %d keys: VmLck" % KEYS, pinned, "KiB", "secrets locked", least=1,
              note=why)


def unlocks(scene, table, rounds):
    """The best of each: over most of a second something else always runs, and it only ever adds."""
    whole, bare, rest = [], [], []
    for _ in range(rounds):
        floor = must(scene.run("floor_pwhash %d %d" % (KDF_BYTES, KDF_PASSES)), "floor_pwhash")
        bare.append(int(floor.out) / 1e6)
        must(scene.run("credvault lock"), "lock")
        took, derived = one_unlock(scene)
        whole.append(took)
        rest.append(took - derived)
    unlock, derive = min(whole), min(bare)
    table.add("unlock / bare crypto_pwhash of the same cost", unlock / derive, "x",
              "at most 1.05 x + 15 ms", most=1.05 + 15 / derive,
              note="%.0f ms / %.0f ms, %d MiB, %d passes, best of %d, in turns"
              % (unlock, derive, KDF_BYTES >> 20, KDF_PASSES, rounds))
    table.add("  unlock without its own crypto_pwhash", statistics.median(rest), "ms", "15 ms",
              most=15.0, note="median of %d, best %.2f ms" % (rounds, min(rest)))


def long_log(scene, table):
    """What an unlock pays for a record as long as the load has made it."""
    must(scene.run("credvault lock"), "lock")
    took, derived = one_unlock(scene)
    entries = must(scene.run("credvault log --json -n 1"), "log").json()["entries"][-1]["seq"]
    table.add("unlock without its crypto_pwhash, %d lines on record" % entries, took - derived, "ms",
              note="one run; the vault's file is %.1f MiB" % (os.stat(scene.vault).st_size / 2 ** 20))


def peers(scene, table, rounds):
    """What others cost for the same act, where they are installed."""
    if not shutil.which("aws", path=scene.env["PATH"]):
        return
    key = new_key()
    scene.write("home/.aws/credentials", "[peer]\naws_access_key_id = %s\n"
                "aws_secret_access_key = %s\n" % (key["id"], key["secret"]))
    aws = shutil.which("aws", path=scene.env["PATH"])
    process, peer = medians(spawn_times(scene, rounds, [
        program(scene, "credvault", "process", "prod"),
        [aws, "configure", "export-credentials", "--profile", "peer", "--format", "process"]]))
    table.add("aws configure export-credentials, plaintext key / process", peer / process, "x",
              note="%.0f ms / %.2f ms, medians of %d" % (peer, process, rounds))


# --- very many keys ---------------------------------------------------------------------------------

def make_vault(scene, vault, keys):
    """A vault of that many keys, one of which AWS knows, unlocked, with a session of that one."""
    key = scene.keys["ci"]
    must(scene.run(scene.with_passphrase("credvault init --vault %s --no-recovery --kdf-memory %dMiB"
                                         % (vault, KDF_BYTES >> 20))), "init")
    path = scene.write("app/key.json", json.dumps({
        "AccessKeyId": key["id"], "SecretAccessKey": key["secret"]}))
    must(scene.run(scene.with_passphrase(
        "credvault add prod --vault %s --stdin --no-check --mfa-serial none <key.json" % vault)), "add")
    os.remove(path)
    must(scene.run("credvault lock --vault %s" % vault), "lock")
    must(scene.run("fill_vault %s %d <pass" % (vault, keys - 1), 300), "fill_vault")
    must(scene.run(scene.with_passphrase("credvault unlock --vault %s" % vault)), "unlock")
    must(scene.run("credvault process prod --vault %s" % vault), "process")


def agent_peak(scene, vault):
    """MiB that the agent of this vault has ever had in memory."""
    status = must(scene.run("credvault status --json --vault %s" % vault), "status").json()
    with open("/proc/%d/status" % status["agent"]["pid"]) as source:
        return next(int(line.split()[1]) for line in source if line.startswith("VmHWM")) / 1024


def one_among_many(scene, table, few, many, rounds):
    for what in ("process", "show"):
        times = spawn_times(scene, rounds, [
            program(scene, "credvault", what, "prod", "--vault", vault) for vault in (few, many)])
        among_few, among_many = medians(times)
        table.add("%s, one key among %d / among %d" % (what, MANY, KEYS), among_many / among_few, "x",
                  "at most 1.2 x", most=1.2, note="%.2f ms / %.2f ms, medians of %d, in turns; best "
                  "tenth %.2f x" % (among_many, among_few, rounds, calm(times)[1] / calm(times)[0]))


def list_of_many(scene, table, many, rounds):
    times = spawn_times(scene, rounds, [program(scene, "credvault", "list", "--json", "--vault", many)])
    found = must(scene.run("credvault list --json --vault %s" % many), "list").json()["keys"]
    if len(found) != MANY:
        raise Failed("list: %d keys" % len(found))
    table.add("list --json of %d keys" % MANY, statistics.median(times[0]), "ms", "at most 1500 ms",
              most=1500, note="median of %d, best %.0f ms" % (rounds, min(times[0])))
    table.add("  the agent's most memory, since its start", agent_peak(scene, many), "MiB",
              "at most 160 MiB", most=160, note="VmHWM, /proc/PID/status")
    table.add("  the vault's file", os.stat(many).st_size / 2 ** 20, "MiB", "at most 256 MiB",
              most=256)


def unlock_of_many(scene, table, many, rounds):
    rest = [took - derived for took, derived in
            (one_unlock(scene, ("unlock", "--vault", many)) for _ in range(rounds))]
    table.add("unlock of %d keys without its crypto_pwhash" % MANY, statistics.median(rest), "ms",
              "at most 500 ms", most=500, note="median of %d, best %.0f ms" % (rounds, min(rest)))


def rekey_of_some(scene, table, some, rounds):
    rest = [took - derived for took, derived in
            (one_unlock(scene, ("passwd", "--vault", some, "--new-passphrase-fd", "4",
                                "--kdf-memory", "%dMiB" % (KDF_BYTES >> 20)))
             for _ in range(rounds))]
    table.add("passwd of %d keys without its crypto_pwhash" % SOME, statistics.median(rest), "ms",
              "at most 1000 ms", most=1000, note="median of %d, best %.0f ms" % (rounds, min(rest)))


def scale(options, table):
    with Scene(options.folder, options.bin) as scene:
        box = dict(machine(scene.folder), load_before=load_average())
        scene.env.pop("CREDVAULT_SOCKET", None)
        scene.env["XDG_RUNTIME_DIR"] = os.path.join(scene.folder, "run")
        scene.write("home/.aws/config", "[profile prod]\nregion = %s\n" % REGION)
        folder = os.path.join(scene.folder, "vaults")
        os.mkdir(folder, 0o700)
        few, some, many = (os.path.join(folder, "%d/vault.db" % keys) for keys in (KEYS, SOME, MANY))
        try:
            for vault, keys in ((few, KEYS), (some, SOME), (many, MANY)):
                make_vault(scene, vault, keys)
            for step, arguments in (
                    (one_among_many, (few, many, options.rounds)), (list_of_many, (many, 5)),
                    (unlock_of_many, (many, 3)), (rekey_of_some, (some, 3))):
                try:
                    step(scene, table, *arguments)
                except Failed as problem:
                    table.add(step.__name__, None, "", note="not measured: %s" % problem)
        finally:
            for vault in (few, some, many):
                scene.run("credvault lock --no-input --vault %s" % vault, 30)
        box["load_after"] = load_average()
    shutil.rmtree(options.folder)
    return box


def rotate(options, table):
    with Scene(options.folder, options.bin) as scene:
        box = dict(machine(scene.folder), load_before=load_average())
        for keys, jobs in rotations.ROWS:
            try:
                rotations.measure(scene, table, keys, jobs)
            except Failed as problem:
                table.add("%d keys, %d at a time" % (keys, jobs), None, "",
                          note="not measured: %s" % problem)
        box["load_after"] = load_average()
    shutil.rmtree(options.folder)
    return box


def measure(options, table):
    with Scene(options.folder, options.bin) as scene:
        if "CREDVAULT_SOCKET" not in scene.env:
            raise Failed("the path of this folder is too long for a socket")
        box = dict(machine(scene.folder), load_before=load_average())
        prepare(scene)
        for step, arguments in ((emissions, (options.rounds,)), (memory, ()),
                                (unlocks, (options.unlocks,)),
                                (emission.load, (options.seconds,)), (long_log, ()),
                                (peers, (options.peer_rounds,)), (frames.memory, (options.frames,))):
            try:
                step(scene, table, *arguments)
            except Failed as problem:
                table.add(step.__name__, None, "", note="not measured: %s" % problem)
        box["load_after"] = load_average()
    shutil.rmtree(options.folder)
    return box


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n")[0])
    parser.add_argument("--bin", required=True, help="folder of the programs and floors")
    parser.add_argument("--folder", default=os.path.join(ROOT, "build/bench"),
                        help="where the vault is made, on the disk to be measured (build/bench)")
    parser.add_argument("--scale", action="store_true",
                        help="instead: one key among %d, and all of them" % MANY)
    parser.add_argument("--rotate", action="store_true",
                        help="instead: rotations of %d keys at a time" % rotations.ROWS[-1][0])
    parser.add_argument("--against", metavar="REV",
                        help="instead: that revision, built beside this one, and this one in turns")
    parser.add_argument("--pairs", type=int, default=12, help="turns of each with --against")
    parser.add_argument("--frames", type=int, default=frames.CLIENTS,
                        help="clients that send odd frames at once")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument("--rounds", type=int, default=400, help="runs of each short program")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of the load")
    parser.add_argument("--unlocks", type=int, default=9, help="unlocks and derivations")
    parser.add_argument("--peer-rounds", type=int, default=3, help="runs of other tools")
    options = parser.parse_args()
    table = Table()
    try:
        box = (against.measure if options.against else scale if options.scale else
               rotate if options.rotate else measure)(options, table)
    except Failed as problem:
        print("bench: %s" % problem, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"machine": box, "rows": table.rows}))
        return 0
    table.print()
    print("%s, %d cores, %s on Linux %s; load %s before, %s after" % (
        box["cpu"], box["cores"], box["file_system"], box["kernel"], box["load_before"],
        box["load_after"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
