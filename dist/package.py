#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes what is published, in build/package: the .deb and the source tarball. `./dev package` calls it.

--check also builds a second time in another folder and compares the bytes, asks lintian, builds the
tarball on its own, and tries the package in fresh roots of Debian (tests/package). --arm64 makes the .deb
for arm64 with Debian's cross compiler, in a root of its own, and runs the unit tests there under qemu-user.
"""

import argparse
import filecmp
import glob
import gzip
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build")
sys.path.insert(0, os.path.join(ROOT, "tests/package"))

import check  # noqa: E402

ARM64_NEEDS = ["crossbuild-essential-arm64", "cmake", "ninja-build", "pkg-config", "scdoc", "python3", "file",
               "qemu-user-static", "dpkg-dev"] + [name + ":arm64" for name in (
                   "libsodium-dev", "libsqlite3-dev", "libcurl4-openssl-dev", "libssl-dev", "libjansson-dev",
                   "libexpat1-dev", "libseccomp-dev", "libcmocka-dev", "libzxcvbn0")] + ["ca-certificates"]


# What qemu-user is not: a kernel with seccomp, one that wipes a page in a child, one whose processes carry
# their own names. The last are right there and take too long.
ARM64_NOT_EMULATED = ("agent_sandbox", "agent_broker_sandbox", "courier_courier_sandbox", "agent_broker",
                      "base_secret", "cli_passphrase_strength", "agent_peer", "aws_pace", "store_tamper", "fault_[a-z]*")


class Failed(Exception):
    """A step that did not go."""


def run(name, *command, cwd=ROOT):
    """Runs a step; what it says is in build/log, and shown where it fails."""
    log = os.path.join(BUILD, "log", "package-%s.log" % name)
    os.makedirs(os.path.dirname(log), exist_ok=True)
    began = time.monotonic()
    with open(log, "w", encoding="utf-8") as out:
        done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False)
    if done.returncode != 0:
        with open(log, encoding="utf-8", errors="replace") as said:
            sys.stderr.write(said.read())
        raise Failed(name)
    print("%-82s%7.1f s" % ("package: " + name, time.monotonic() - began), flush=True)


def version():
    with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as lists:
        text = lists.read()
    number = re.search(r"project\(credvault VERSION (\S+)", text).group(1)
    return re.search(r'set\(CV_VERSION "([^"]+)"', text).group(1).replace("${PROJECT_VERSION}", number)


def commit_time():
    """When the source was committed; of a tarball, when its files were."""
    if os.path.exists(os.path.join(ROOT, ".git")):
        return int(subprocess.check_output(["git", "-C", ROOT, "log", "-1", "--format=%ct"]))
    return int(os.path.getmtime(os.path.join(ROOT, "CMakeLists.txt")))


def make_deb(folder):
    """The path of the .deb, built in this folder from nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    name = os.path.basename(folder)
    run(name + ": build", "sh", "-ec", "cmake --preset package -B \"$1\" && cmake --build \"$1\"", "sh", folder)
    run(name + ": cpack", "cpack", cwd=folder)
    (deb,) = glob.glob(folder + "/*.deb")
    return deb


def make_source(folder):
    """What the commit holds, as one tarball. Empty where this is no checkout."""
    if not os.path.exists(os.path.join(ROOT, ".git")):
        return ""
    name = "credvault-" + version()
    tar = subprocess.check_output(["git", "-C", ROOT, "archive", "--format=tar", "--prefix=%s/" % name, "HEAD"])
    path = os.path.join(folder, name + ".tar.gz")
    with open(path, "wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
        packed.write(tar)
    return path


def check_source(source):
    folder = os.path.join(BUILD, "package-source")
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(source) as tar:
        tar.extractall(folder)
    (tree,) = glob.glob(folder + "/*")
    run("source builds on its own", "sh", "-ec", "cmake --preset install && cmake --build --preset install && "
        "DESTDIR=\"$PWD/root\" cmake --install build/install", cwd=tree)
    shutil.rmtree(folder)


def check_deb(deb):
    again = make_deb(os.path.join(BUILD, "package-again"))
    if not filecmp.cmp(deb, again, shallow=False):
        raise Failed("two builds differ: %s %s" % (deb, again))
    print("package: the same bytes twice")
    shutil.rmtree(os.path.dirname(again))
    run("lintian", "lintian", "--fail-on", "error,warning", "--no-tag-display-limit", deb)


def make_arm64(source, folder):
    """The .deb for arm64, and how its unit tests went under qemu-user."""
    root = os.path.join(check.ROOTS, "bookworm.arm64")
    furnished = root + "/.furnished"
    if not os.path.exists(furnished) or open(furnished, encoding="utf-8").read().split() != ARM64_NEEDS:
        subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
        subprocess.run(["cp", "-a", check.make_root("bookworm"), root], check=True)
        shutil.copy("/etc/resolv.conf", os.path.join(root, "etc/resolv.conf"))
        if check.in_root(root, "sh", "-ec", "dpkg --add-architecture arm64; apt-get update -qq; "
                         "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "
                         "\"$@\"", "sh", *ARM64_NEEDS) != 0:
            raise Failed("arm64: packages")
        with open(furnished, "w", encoding="utf-8") as out:
            out.write("\n".join(ARM64_NEEDS))
    shutil.rmtree(root + "/build", ignore_errors=True)
    os.mkdir(root + "/build")
    with tarfile.open(source) as tar:
        tar.extractall(root + "/build")
    tree = "/build/credvault-" + version()
    script = ("export SOURCE_DATE_EPOCH=%d; cd %s; t=-DCMAKE_TOOLCHAIN_FILE=$PWD/cmake/aarch64.cmake; "
              "cmake --preset package $t && cmake --build --preset package && (cd build/package && cpack) && "
              "cmake --preset release -DCV_FLOORS=OFF $t && cmake --build --preset release --target all && "
              "ctest --test-dir build/release -j %d -LE memcheck -E '^test_(%s)$' >ctest.log 2>&1" % (
                  commit_time(), tree, len(os.sched_getaffinity(0)), "|".join(ARM64_NOT_EMULATED)))
    done = check.in_root(root, "sh", "-ec", script)
    for deb in glob.glob("%s%s/build/package/*.deb" % (root, tree)):
        print("package: " + os.path.relpath(shutil.copy(deb, folder), ROOT))
    if os.path.exists(root + tree + "/ctest.log"):
        with open(root + tree + "/ctest.log", encoding="utf-8", errors="replace") as log:
            print("".join(line for line in log if re.search(r"tests passed|\*\*\*|Not Run", line)), end="")
        print("package: not run under qemu-user: " + " ".join(ARM64_NOT_EMULATED))
    if done != 0:
        raise Failed("arm64")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--arm64", action="store_true")
    options = parser.parse_args()
    # CPack keeps the modes that folders are made with, and the times that this names.
    os.umask(0o022)
    os.environ["SOURCE_DATE_EPOCH"] = str(commit_time())
    folder = os.path.join(BUILD, "package")
    try:
        if (options.check or options.arm64) and os.geteuid() != 0:
            raise Failed("roots of Debian want root: sudo ./dev package")
        deb = make_deb(folder)
        source = make_source(folder)
        for path in filter(None, (deb, source)):
            print("package: " + os.path.relpath(path, ROOT))
        if options.arm64:
            make_arm64(source, folder)
        if options.check:
            check_deb(deb)
            check_source(source)
            return check.check(deb)
    except Failed as failed:
        print("package: FAILED at %s" % failed)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
