# SPDX-License-Identifier: MIT
"""Every target of fuzzing is in the table, has seeds, and is in the document; every message is tried."""

import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FUZZ = os.path.join(ROOT, "tests", "fuzz")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def targets():
    return re.findall(r"^\tX\((\w+),", read("tests", "fuzz", "fuzz.h"), re.M)


def test_the_table_names_each_file_of_a_target():
    files = [os.path.basename(path)[5:-2] for path in glob.glob(os.path.join(FUZZ, "fuzz_*.c"))]
    assert sorted(files) == targets()


def test_each_target_has_seeds_and_stands_in_the_document():
    document = read("docs", "testing.md")
    for name in targets():
        assert os.listdir(os.path.join(FUZZ, "corpus", name)), name
        assert "| %s |" % name in document, name


def test_the_seeds_are_what_the_script_writes(tmp_path):
    subprocess.run([sys.executable, os.path.join(FUZZ, "seeds.py"), str(tmp_path)], check=True)
    for folder, _, names in os.walk(os.path.join(FUZZ, "corpus")):
        for name in names:
            path = os.path.join(folder, name)
            made = os.path.join(tmp_path, os.path.relpath(path, os.path.join(FUZZ, "corpus")))
            if not name.startswith("regression-"):
                with open(path, "rb") as here, open(made, "rb") as there:
                    assert here.read() == there.read(), path


def test_each_table_of_a_message_is_tried():
    tried = set(re.findall(r"&(msg_\w+)", read("tests", "fuzz", "fuzz_message.c")))
    for path in glob.glob(os.path.join(ROOT, "vault", "wire", "tables", "*.h")):
        with open(path, encoding="utf-8") as header:
            for names in re.findall(r"^extern const struct fields ([^;]+);", header.read(), re.M):
                assert set(re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", names))) <= tried, path
