#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Tries a package in fresh roots of Debian: `check.py --deb FILE [--release NAME…]`.

Each root is made once by debootstrap from the mirror of this machine's apt sources, kept in build/roots,
and copied for each run. What happens inside tells in_root.sh; AWS is the stand-in of the tests, on
loopback, which the roots share with this machine. The last line counts passed and failed.
"""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests"))

from standin.client import StandIn  # noqa: E402

RELEASES = ("bookworm", "trixie")
ROOTS = os.path.join(ROOT, "build/roots")
PASSPHRASE = "otter maple siege crisp vantage plume"

# A namespace of its own for each run: what is mounted and whoever is left ends with it.
ENTER = """set -e
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
exec chroot "$0" "$@"
"""


def in_root(root, *command):
    return subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER,
                           root, *command], stdin=subprocess.DEVNULL, check=False).returncode


def apt_sources():
    """[(address, suites, components)] of Debian itself, from this machine's apt sources."""
    rows = []
    folder = "/etc/apt/sources.list.d"
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".sources"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as source:
            for block in re.split(r"\n\s*\n", source.read()):
                fields = dict(re.findall(r"(?m)^([A-Za-z-]+):\s*(.*)$", block))
                if fields.get("URIs", "").rstrip("/").endswith(("/debian", "/debian-security")):
                    rows.append((fields["URIs"], fields["Suites"].split(), fields["Components"]))
    if os.path.exists("/etc/apt/sources.list"):
        with open("/etc/apt/sources.list", encoding="utf-8") as source:
            rows += [(uri, [suite], rest) for uri, suite, rest in re.findall(
                r"(?m)^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$", source.read())]
    return rows


def release_of_this_machine():
    with open("/etc/os-release", encoding="utf-8") as release:
        return re.search(r"(?m)^VERSION_CODENAME=(\S+)", release.read()).group(1)


def make_root(release):
    """The pristine root of a release; made where it is not there yet."""
    pristine = os.path.join(ROOTS, release)
    if os.path.exists(os.path.join(pristine, ".made")):
        return pristine
    here = release_of_this_machine()
    sources = [row for row in apt_sources() if any(suite.startswith(here) for suite in row[1])]
    mirror = next(uri for uri, suites, _ in sources if here in suites)
    shutil.rmtree(pristine, ignore_errors=True)
    os.makedirs(ROOTS, exist_ok=True)
    print("root: debootstrap %s" % release, flush=True)
    log = os.path.join(ROOTS, release + ".log")
    with open(log, "w", encoding="utf-8") as out:
        made = subprocess.run(["debootstrap", "--variant=minbase", release, pristine, mirror],
                              stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False)
    if made.returncode != 0:
        sys.exit("check: debootstrap could not make %s; %s tells why" % (release, log))
    with open(os.path.join(pristine, "etc/apt/sources.list"), "w", encoding="utf-8") as out:
        for uri, suites, components in sources:
            for suite in suites:
                out.write("deb %s %s %s\n" % (uri, suite.replace(here, release), components))
    with open(os.path.join(pristine, ".made"), "w", encoding="utf-8"):
        pass
    return pristine


def newer(deb, folder):
    """The same package as of a later version."""
    tree = os.path.join(folder, "newer")
    subprocess.run(["dpkg-deb", "-R", deb, tree], check=True)
    control = os.path.join(tree, "DEBIAN/control")
    with open(control, encoding="utf-8") as text:
        changed = re.sub(r"(?m)^(Version: .*)$", r"\1+later", text.read())
    with open(control, "w", encoding="utf-8") as out:
        out.write(changed)
    out = os.path.join(folder, "newer.deb")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, out], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return out


def furnish(root, deb, key):
    """A user who has a key in clear, and both packages."""
    folder = os.path.join(root, "check")
    os.mkdir(folder)
    shutil.copy(deb, os.path.join(folder, "credvault.deb"))
    newer(deb, folder)
    shutil.copy(os.path.join(HERE, "in_root.sh"), folder)
    shutil.copy("/etc/resolv.conf", os.path.join(root, "etc/resolv.conf"))
    in_root(root, "useradd", "-m", "-s", "/bin/bash", "dev")
    home = os.path.join(root, "home/dev")
    os.mkdir(os.path.join(home, ".aws"), 0o700)
    for name, text in (("pass", PASSPHRASE + "\n"),
                       (".aws/credentials", "[prod]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (
                           key["id"], key["secret"])), (".aws/config", "[profile prod]\nregion = eu-west-1\n")):
        with open(os.path.join(home, name), "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(os.path.join(home, name), 0o600)
    # A vault of an earlier build, with its witness.
    earlier = os.path.join(home, "earlier")
    os.makedirs(os.path.join(earlier, "state/credvault"))
    for path in glob.glob(os.path.join(ROOT, "tests/data/vaults/*/plain/*")):
        place = earlier if path.endswith(".db") else os.path.join(earlier, "state/credvault")
        shutil.copy(path, place)
        os.chmod(os.path.join(place, os.path.basename(path)), 0o600)
    subprocess.run(["chmod", "-R", "go=", earlier], check=True)
    in_root(root, "chown", "-R", "dev:dev", "/home/dev")


def try_in(release, deb):
    """Prints each step; (passed, failed)."""
    root = os.path.join(ROOTS, release + ".try")
    subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
    subprocess.run(["cp", "-a", make_root(release), root], check=True)
    print("---- Debian %s ----" % release, flush=True)
    with StandIn({"accounts": {"111122223333": {"users": {"dev": {"keys": [{"age_days": 101}]}}}}}) as aws:
        furnish(root, deb, aws.key("dev"))
        in_root(root, "apt-get", "update", "-qq")
        script = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, root, "sh",
             "/check/in_root.sh", aws.url, "/check/credvault.deb", "/check/newer.deb"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    print(script.stdout, end="", flush=True)
    passed, failed = (len(re.findall(r"(?m)^%s - " % word, script.stdout)) for word in ("ok", "not ok"))
    if script.returncode == 0 and not failed:
        subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
    return passed, failed or int(script.returncode != 0)


def check(deb, releases=RELEASES):
    """Tries the package in each release; 0 where all went well."""
    sums = [try_in(release, deb) for release in releases]
    passed, failed = (sum(one) for one in zip(*sums))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deb", required=True)
    parser.add_argument("--release", nargs="*", default=RELEASES)
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("check: debootstrap, mount and chroot want root: sudo ./dev package --check")
    return check(options.deb, options.release)


if __name__ == "__main__":
    sys.exit(main())
