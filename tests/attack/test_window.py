# SPDX-License-Identifier: MIT
"""Between a program's start and its first instructions: another program of the user polls for it."""

import os
import shutil
import subprocess
import tempfile

import pytest

from home import PASSPHRASE, PROGRAMS, Home

BUILD = os.path.dirname(PROGRAMS)
# Programs that look for their helpers beside themselves.
MOVABLE = os.path.join(BUILD, "leaky", "none")
WINDOW = os.path.join(BUILD, "tests", "attack_window")
NOBODY = 65534
AS_NOBODY = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
NEEDLE = "what only its owner knows and types"
TRIES, SECONDS = 100, {0o755: "30", 0o111: "8"}

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not os.path.exists(WINDOW) or not os.path.exists(MOVABLE),
    reason="needs root, to become another user, and a release build")


@pytest.fixture
def nobodys():
    """A vault of a user without privileges, and a folder for programs."""
    home = Home()
    home.init()
    home.lock()
    for folder, _, names in os.walk(home.path):
        for name in [folder] + [os.path.join(folder, name) for name in names]:
            os.chown(name, NOBODY, NOBODY)
    home.folder = tempfile.mkdtemp(prefix="cv-window-", dir="/tmp")
    shutil.copy(WINDOW, os.path.join(home.folder, "window"))
    os.chmod(home.folder, 0o755)
    yield home
    home.leave()
    shutil.rmtree(home.folder)


def attack(home, mode):
    """Whether the passphrase is read from a program of that mode in one of many starts."""
    for name in ("credvault", "credvault-agent", "credvault-courier"):
        path = shutil.copy(os.path.join(MOVABLE, name), home.folder)
        os.chown(path, NOBODY, NOBODY)
        os.chmod(path, mode)
    # The passphrase is wrong, so that every try derives, opens nothing and ends.
    script = 'i=0; while [ $i -lt %d ]; do i=$((i+1)); "$0" unlock --passphrase-fd 3 3<needle; done'
    needle = os.path.join(home.path, "needle")
    with open(needle, "w", encoding="ascii") as out:
        out.write(NEEDLE + "\n")
    os.chown(needle, NOBODY, NOBODY)
    shell = subprocess.Popen([*AS_NOBODY, "/bin/sh", "-c", script % TRIES,
                              os.path.join(home.folder, "credvault")], env=home.env,
                             cwd=home.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        # Not kept from its processor by what else runs here: that would only hide the window.
        done = subprocess.run(["/usr/bin/chrt", "-f", "1", *AS_NOBODY,
                               os.path.join(home.folder, "window"), str(shell.pid),
                               "credvault", NEEDLE, SECONDS[mode]], capture_output=True, text=True,
                              timeout=90, check=False)
    finally:
        shell.kill()
        shell.wait()
    assert done.returncode in (0, 1), done
    return done.returncode == 0


def test_a_file_that_its_user_can_read_loses_the_race(nobodys):
    """The control: where this attack does not win, the next test says nothing."""
    assert attack(nobodys, 0o755)


def test_a_file_that_nobody_can_read_is_closed_from_the_first_instruction(nobodys):
    assert not attack(nobodys, 0o111)
    # It does run.
    done = subprocess.run([*AS_NOBODY, "/bin/sh", "-c", 'exec "$0" "$@"',
                           os.path.join(nobodys.folder, "credvault"), "unlock",
                           "--passphrase-fd", "0"], env=nobodys.env, cwd=nobodys.path, check=False,
                          input=PASSPHRASE + "\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "can be read" not in done.stderr, done
