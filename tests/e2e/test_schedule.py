# SPDX-License-Identifier: MIT
"""What `cmake --install` lays out, and its schedules, run as systemd and cron run them: nobody there."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile

import pytest
from home import PASSPHRASE, ROOT, Answer, Home
from world import World

# It builds and installs all of it.
pytestmark = pytest.mark.timeout(900)

UNITS = "lib/systemd/user"
EXAMPLES = "share/doc/credvault/examples"
NIGHT = ".config/credvault-night/key"


def run(*command, **env):
    return subprocess.run(command, capture_output=True, text=True, timeout=400, check=False,
                          env=dict(os.environ, **env))


@pytest.fixture(scope="module")
def build():
    """A build of its own, of which nothing is said but the prefix; installed below DESTDIR, then moved in place."""
    top = tempfile.mkdtemp(prefix="cv-dist-", dir="/tmp")
    prefix, build, root = (os.path.join(top, name) for name in ("usr", "build", "root"))
    for command in (["cmake", "-G", "Ninja", "-S", ROOT, "-B", build, "-DCMAKE_BUILD_TYPE=Release",
                     "-DCV_TESTS=OFF", "-DCMAKE_INSTALL_PREFIX=" + prefix + "/"],
                    ["cmake", "--build", build], ["cmake", "--install", build]):
        done = run(*command, DESTDIR=root)
        assert done.returncode == 0, done.stdout + done.stderr
    assert not os.path.exists(prefix) and os.listdir(root) == ["tmp"]
    os.rename(root + prefix, prefix)
    yield build
    shutil.rmtree(top)


@pytest.fixture(scope="module")
def prefix(build):
    return os.path.join(os.path.dirname(build), "usr")


class Nightly(World):
    """A locked vault of night, which is overdue, and ci, which is not; its key file lies apart."""

    def __init__(self, standin, prefix):
        home = Home()
        # Where a bare environment leads to.
        del home.env["XDG_STATE_HOME"]
        home.program = os.path.join(prefix, "bin/credvault")
        super().__init__(home, standin)
        standin.add_user("night", keys=[{"age_days": 100}])
        self.add("night", "night")
        home.run("remove", "dev", "--yes", passphrase=PASSPHRASE, status=0)
        self.prefix, self.key_file = prefix, os.path.join(home.path, NIGHT)
        os.makedirs(os.path.dirname(self.key_file), 0o700)
        home.run("slot", "add", "key-file", self.key_file, passphrase=PASSPHRASE, status=0)
        home.lock()

    def run(self, words, **env):
        """Runs it as a service manager does: no terminal, and no environment but what it makes."""
        env = dict({"HOME": self.home.path, "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh",
                    "CREDVAULT_ENDPOINT_URL": self.standin.url}, **env)
        done = subprocess.run(words, env=env, cwd=self.home.path, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False,
                              start_new_session=True)
        self.home.wait_no_agents()
        return Answer(done.returncode, done.stdout, done.stderr)

    def service(self):
        """ExecStart= with what LoadCredential=credvault-key:… lays out."""
        laid_out = os.path.join(self.home.runtime, "credentials/credvault-rotate.service")
        if not os.path.isdir(laid_out):
            os.makedirs(laid_out, 0o700)
            shutil.copy(self.key_file, os.path.join(laid_out, "credvault-key"))
            os.chmod(os.path.join(laid_out, "credvault-key"), 0o400)
        return self.run(shlex.split(unit(self.prefix)["Service"]["ExecStart"]),
                        CREDENTIALS_DIRECTORY=laid_out, XDG_RUNTIME_DIR=self.home.runtime,
                        INVOCATION_ID="0" * 32, SYSTEMD_EXEC_PID="1")


@pytest.fixture
def nightly(standin, prefix):
    nightly = Nightly(standin, prefix)
    yield nightly
    nightly.home.leave()


def unit(prefix, name="credvault-rotate.service", folder=UNITS):
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(os.path.join(prefix, folder, name))
    return parser


def lines_of_cron(prefix):
    """The commands of the example, as cron hands them to /bin/sh."""
    with open(os.path.join(prefix, EXAMPLES, "crontab"), encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip() and line[0] != "#"]
    # A bare % would be a line's end to cron.
    assert not [line for line in lines if "%" in line]
    return [re.fullmatch(r"(?:[\d*/,-]+ +){5}(.*)", line).group(1) for line in lines]


def forbid(nightly, *actions):
    nightly.standin.control("PUT", "users", {"account": "111122223333", "user": "night",
                                             "deny": list(actions)})


def keys(nightly, user="night"):
    return sorted(key["status"] for key in nightly.standin.user(user)["keys"])


def test_the_installed_program_runs_with_its_helpers_from_the_prefix(prefix):
    home = Home()
    home.program = os.path.join(prefix, "bin/credvault")
    try:
        home.init()
        agents = {os.readlink("/proc/%d/exe" % pid) for pid in home.agents()}
        assert agents == {os.path.join(prefix, "libexec/credvault/credvault-agent")}
        key = json.dumps({"AccessKeyId": "AKIAEXAMPLEEXAMPLE00", "SecretAccessKey": "x" * 40})
        home.run("add", "prod", "--no-check", "--stdin", stdin=key, status=0)
        assert home.run("list", "--names", status=0).out == "prod\n"
    finally:
        home.leave()


def test_all_that_is_installed_is_in_the_manifest_by_which_it_is_uninstalled(build, prefix):
    with open(os.path.join(build, "install_manifest.txt"), encoding="utf-8") as file:
        manifest = file.read().split("\n")
    there = [os.path.join(folder, name) for folder, _, names in os.walk(prefix) for name in names]
    assert sorted(manifest) == sorted(there)
    names = {os.path.relpath(path, prefix) for path in there}
    assert {"bin/credvault", "libexec/credvault/credvault-agent", "libexec/credvault/credvault-courier",
            "share/doc/credvault/README.md", "share/doc/credvault/docs/rotation.md", "share/doc/credvault/LICENSE",
            "share/man/man1/credvault.1", "share/man/man1/credvault-exec.1"} <= names


@pytest.mark.parametrize("shell, path", [
    ("bash", "share/bash-completion/completions/credvault"),
    ("zsh", "share/zsh/site-functions/_credvault"),
    ("fish", "share/fish/vendor_completions.d/credvault.fish")])
def test_completion_is_installed_where_the_shells_look(prefix, shell, path):
    with open(os.path.join(prefix, path), encoding="utf-8") as file:
        assert file.read() == run(os.path.join(prefix, "bin/credvault"), "completion", shell).stdout


def test_another_prefix_at_install_time_is_refused(build, prefix, tmp_path):
    done = run("cmake", "--install", build, "--prefix", str(tmp_path / "other"))
    assert done.returncode != 0 and list(tmp_path.iterdir()) == []
    said = " ".join(done.stderr.split())
    assert "the programs look for their helpers below %s, which was configured" % prefix in said


def test_a_tree_for_which_no_prefix_was_named_is_not_installed(tmp_path):
    tree = str(tmp_path / "tree")
    for _ in range(2):      # A second run of cmake knows what the first one was told.
        done = run("cmake", "-G", "Ninja", "-S", ROOT, "-B", tree, "-DCV_TESTS=OFF")
        assert done.returncode == 0, done.stderr
        done = run("cmake", "--install", tree, DESTDIR=str(tmp_path / "root"))
        assert done.returncode != 0 and not os.path.exists(tmp_path / "root")
        assert "configure one with -DCMAKE_INSTALL_PREFIX=PREFIX" in " ".join(done.stderr.split())


def test_man_reads_the_pages_of_a_build(build):
    pages = os.listdir(os.path.join(build, "man/man1"))
    assert {"credvault.1", "credvault-export.1"} < set(pages) and os.listdir(build + "/man") == ["man1"]
    if shutil.which("man"):
        found = run("man", "-w", "credvault-export", MANPATH=os.path.join(build, "man"))
        assert found.stdout == os.path.join(build, "man/man1/credvault-export.1\n")


def test_the_readme_installs_by_a_preset(tmp_path):
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        lines = re.findall(r"(?m)^    ((?:sudo )?cmake .*)$", file.read())
    assert [line.split(" --")[0] for line in lines[:3]] == ["cmake", "cmake", "sudo cmake"]
    done = subprocess.run(shlex.split(lines[0]) + ["-B", str(tmp_path)], cwd=ROOT, timeout=400,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cache = (tmp_path / "CMakeCache.txt").read_text()
    assert "CV_INSTALL_LAYOUT:UNINITIALIZED=ON" in cache or "CV_INSTALL_LAYOUT:BOOL=ON" in cache


def test_what_the_unit_runs_is_in_the_prefix_and_the_timer_starts_it(prefix):
    words = shlex.split(unit(prefix)["Service"]["ExecStart"])
    assert words[0] == os.path.join(prefix, "bin/credvault") and os.access(words[0], os.X_OK)
    assert {"--due", "--no-input", "--json"} <= set(words)
    timer = unit(prefix, "credvault-rotate.timer")
    assert timer["Timer"]["Persistent"] == "true" and timer["Install"]["WantedBy"] == "timers.target"
    system = unit(prefix, "credvault-rotate@.service", EXAMPLES)
    assert system["Service"]["ExecStart"] == unit(prefix)["Service"]["ExecStart"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
@pytest.mark.parametrize("who, folder, names", [
    ("--user", UNITS, ["credvault-rotate.service", "credvault-rotate.timer"]),
    ("--system", EXAMPLES, ["credvault-rotate@.service", "credvault-rotate@.timer"])])
def test_systemd_finds_nothing_wrong_with_the_units(prefix, tmp_path, who, folder, names):
    done = subprocess.run(["systemd-analyze", "verify", who, "--man=no", "--recursive-errors=no",
                           *(os.path.join(prefix, folder, name) for name in names)],
                          env={"PATH": os.environ["PATH"], "HOME": str(tmp_path),
                               "XDG_RUNTIME_DIR": str(tmp_path)},
                          capture_output=True, text=True, timeout=60, check=False)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "credvault" in line]
    assert (done.returncode, ours) == (0, [])


def test_the_service_rotates_what_is_due_and_nothing_a_second_time(nightly):
    before = keys(nightly, "ci")
    answer = nightly.service()
    assert answer.status == 0, answer
    (done,) = answer.json()["rotations"]
    assert (done["name"], done["state"]) == ("night", "done")
    assert keys(nightly) == ["Active", "Inactive"] and keys(nightly, "ci") == before
    again = nightly.service()
    assert (again.status, again.json()) == (0, {"rotations": []}), again


def test_the_service_says_what_aws_refused_in_json_and_by_its_status(nightly):
    forbid(nightly, "iam:CreateAccessKey")
    answer = nightly.service()
    assert answer.status == 8
    (failed,) = answer.json()["rotations"]
    assert failed["state"] == "failed" and failed["error"]["status"] == 8 and failed["error"]["hint"]
    assert keys(nightly) == ["Active"]


def test_what_a_night_could_not_finish_the_next_one_does(nightly):
    nightly.standin.fault("drop", action="UpdateAccessKey", skip=1)
    failed = nightly.service()
    assert failed.status == 9, failed
    nightly.standin.clear()
    answer = nightly.service()
    assert answer.status == 0, answer
    (done,) = answer.json()["rotations"]
    assert (done["state"], done["resumed"]) == ("done", True)


def test_the_service_without_a_way_in_ends_with_4_and_asks_nobody(nightly):
    answer = nightly.run(shlex.split(unit(nightly.prefix)["Service"]["ExecStart"]),
                         XDG_RUNTIME_DIR=nightly.home.runtime)
    assert (answer.status, answer.out) == (4, "")
    assert json.loads(answer.err)["error"]["code"] == "LOCKED"


def test_a_line_of_cron_rotates_and_prints_nothing_unless_it_failed(nightly):
    rotate, overdue = lines_of_cron(nightly.prefix)
    late = nightly.run(["/bin/sh", "-c", overdue])
    assert late.status == 0 and late.out.startswith("exit 10: "), late
    assert json.loads(late.out.split(": ", 1)[1])["keys"][0]["name"] == "night"
    forbid(nightly, "iam:DeleteAccessKey")
    failed = nightly.run(["/bin/sh", "-c", rotate])
    assert failed.out.startswith("exit 8: ") and "DeleteAccessKey" in failed.out
    forbid(nightly)
    for line in (rotate, rotate, overdue):
        answer = nightly.run(["/bin/sh", "-c", line])
        assert (answer.status, answer.out, answer.err) == (0, "", "")
    assert keys(nightly) == ["Active", "Inactive"]


def test_the_document_prints_the_policy_that_the_program_prints(prefix):
    with open(os.path.join(prefix, "share/doc/credvault/docs/rotation.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```json\n(.*?)^```", file.read(), re.M | re.S)
    # On a machine without a vault.
    printed = subprocess.run([os.path.join(prefix, "bin/credvault"), "rotate", "--print-policy"],
                             capture_output=True, text=True, timeout=60, check=True,
                             env={"HOME": "/nonexistent"}).stdout
    assert printed in blocks


def test_the_document_names_what_is_installed(prefix):
    with open(os.path.join(prefix, "share/doc/credvault/docs/rotation.md"), encoding="utf-8") as file:
        text = file.read()
    for name in os.listdir(os.path.join(prefix, UNITS)) + os.listdir(os.path.join(prefix, EXAMPLES)):
        assert name in text, name
    for setting in re.findall(r"systemctl --user \S+(?: --now)? (credvault\S+\.(?:service|timer))", text):
        assert os.path.exists(os.path.join(prefix, UNITS, setting)), setting


def test_the_help_on_it_tells_the_same(prefix):
    text = subprocess.run([os.path.join(prefix, "bin/credvault"), "help", "unattended"],
                          capture_output=True, text=True, timeout=60, check=True,
                          env={"HOME": "/nonexistent"}).stdout
    text = " ".join(text.split())
    words = shlex.split(unit(prefix)["Service"]["ExecStart"])
    assert "credvault " + " ".join(words[1:]) in text
    assert "LoadCredential=credvault-key:" in text and "--key-file" in text
    assert "credvault-rotate.timer" in text and "credvault-rotate.service" in text
    for status in ("exit 4", "exits 0", "8 when", "9 when", "11 while", "exit 10"):
        assert status in text, status
