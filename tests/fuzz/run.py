#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fuzzes under libFuzzer: `run.py --build FOLDER [TARGET] [SECONDS]`; all targets without TARGET.

Prints executions and the edges of the program that were reached, one line for each target. What is found
stays in FOLDER/corpus/TARGET and begins the next run; what breaks a target is left beside it.
"""

import argparse
import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
VECTORS = os.path.join(os.path.dirname(ROOT), "shared", "vectors")
SECONDS = 10


def targets():
    """The rows of the table in fuzz.h: {name: (longest input, folder of vectors or None)}."""
    with open(os.path.join(HERE, "fuzz.h"), encoding="utf-8") as header:
        rows = re.findall(r'^\tX\((\w+), (\d+), \d+, (?:NULL|"([^"]*)")\)', header.read(), re.M)
    return {name: (int(longest), vectors or None) for name, longest, vectors in rows}


def fuzz(build, name, longest, vectors, seconds):
    """Whether nothing broke."""
    found = os.path.join(build, "corpus", name)
    os.makedirs(found, exist_ok=True)
    seeds = [os.path.join(HERE, "corpus", name)]
    if vectors and os.path.isdir(os.path.join(VECTORS, vectors)):
        seeds.append(os.path.join(VECTORS, vectors))
    done = subprocess.run(
        [os.path.join(build, "tests", "fuzz_clang"), found, *seeds, f"-max_total_time={seconds}",
         f"-max_len={longest}", "-print_final_stats=1", "-timeout=20", "-rss_limit_mb=2048",
         f"-artifact_prefix={build}/{name}-"],
        env=dict(os.environ, CREDVAULT_FUZZ=name), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    runs = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    edges = re.findall(r"\bcov: (\d+)", done.stdout)
    print("%-20s%12s executions%8s edges  %s" % (
        name, runs[1] if runs else "?", edges[-1] if edges else "?",
        "ok" if done.returncode == 0 else "FAILED"), flush=True)
    if done.returncode != 0:
        print(done.stdout[-6000:])
        print("\n".join(glob.glob(f"{build}/{name}-*")))
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(prog="./dev fuzz")
    parser.add_argument("--build", required=True)
    parser.add_argument("words", nargs="*", metavar="[TARGET] [SECONDS]")
    options = parser.parse_args()
    table, words = targets(), options.words
    seconds = int(words.pop()) if words and words[-1].isdigit() else SECONDS
    unknown = [word for word in words if word not in table]
    if unknown or len(words) > 1:
        print("dev: no such target: %s; there are: %s" % (" ".join(words), " ".join(table)),
              file=sys.stderr)
        return 2
    chosen = words or list(table)
    broken = [name for name in chosen if not fuzz(options.build, name, *table[name], seconds)]
    print("%d targets, %d broken" % (len(chosen), len(broken)))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
