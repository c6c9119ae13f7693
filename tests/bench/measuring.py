# SPDX-License-Identifier: MIT
"""How times are taken, on a vault with ten keys and one session; and on what machine."""

import json
import os
import platform
import statistics
import subprocess
import time

from scene import REGION, SERIAL, new_key
from table import Failed, must

KEYS = 10
KDF_BYTES, KDF_PASSES = 256 << 20, 3


def spawn_times(scene, rounds, commands):
    """Milliseconds of each run, a list for each command (lists of words)."""
    words = [os.path.join(scene.programs, "spawn_times"), str(rounds)]
    for command in commands:
        words += ["--"] + command
    done = subprocess.run(words, env=scene.env, cwd=os.path.join(scene.folder, "app"),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    return [[int(word) / 1e6 for word in line.split()] for line in done.stdout.splitlines()]


def program(scene, name, *arguments):
    return [os.path.join(scene.programs, name), *arguments]


def medians(times):
    return [statistics.median(one) for one in times]


def calm(times):
    """What a tenth of the runs stay below: how it looks when nothing else runs."""
    return [sorted(one)[len(one) // 10] for one in times]


def prepare(scene):
    """A vault with ten keys, unlocked, with one MFA session; the figures are about that one."""
    key = scene.keys["dev"]
    scene.write("home/.aws/config", "[profile prod]\nregion = %s\n" % REGION)
    must(scene.run(scene.with_passphrase("credvault init --kdf-memory %dMiB" % (KDF_BYTES >> 20))),
         "init")
    for number in range(KEYS):
        name, one = ("prod", key) if number == 0 else ("key-%d" % number, new_key())
        path = scene.write("app/key.json", json.dumps({
            "AccessKeyId": one["id"], "SecretAccessKey": one["secret"]}))
        serial = SERIAL if number == 0 else "none"
        must(scene.run(scene.with_passphrase("credvault add %s --stdin --no-check --mfa-serial %s <%s"
                                             % (name, serial, "key.json"))), "add")
        os.remove(path)
    must(scene.run(scene.with_passphrase(
        "credvault unlock prod --mfa-code %s" % scene.standin.code(SERIAL))), "unlock")


def one_unlock(scene, command=("unlock",)):
    """Milliseconds of a command that reads a passphrase from descriptor 3, and of its derivations."""
    words = program(scene, "credvault", *command, "--quiet", "--passphrase-fd", "3")
    clock = os.path.join(scene.folder, "pwhash_ns")
    if os.path.exists(clock):
        os.remove(clock)
    env = dict(scene.env, LD_PRELOAD=os.path.join(scene.programs, "pwhash_clock.so"),
               BENCH_PWHASH_CLOCK=clock)
    quiet = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
             (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
             (os.POSIX_SPAWN_OPEN, 3, os.path.join(scene.folder, "app/pass"), os.O_RDONLY, 0),
             (os.POSIX_SPAWN_OPEN, 4, os.path.join(scene.folder, "app/pass"), os.O_RDONLY, 0)]
    began = time.monotonic()
    pid = os.posix_spawn(words[0], words, env, file_actions=quiet)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    took = time.monotonic() - began
    if status != 0:
        raise Failed("%s: exit %d" % (command[0], status))
    with open(clock) as source:
        return took * 1e3, sum(map(int, source)) / 1e6


def machine(folder):
    model, cores = platform.machine(), os.cpu_count()
    with open("/proc/cpuinfo") as source:
        for line in source:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    kind = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True,
                          check=False).stdout.strip()
    return {"cpu": model, "cores": cores, "kernel": platform.release(), "file_system": kind}


def load_average():
    return " ".join("%.2f" % one for one in os.getloadavg())
