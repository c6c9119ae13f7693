# SPDX-License-Identifier: MIT
"""`credvault import --scrub`: key lines become credential_process lines, on nobody's word."""

import os
import re
import shutil
import stat
import subprocess

import pytest
from home import PASSPHRASE, PROGRAMS
from test_import import names, section, user
from world import fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    pass


@pytest.fixture
def keys(world, request):
    """Two users of this test, by the names of their keys."""
    tag = "".join(c for c in request.node.name[5:] if c.isalnum())[-30:]
    return {n: user(world, (tag + n)[-40:]) for n in ("one" + tag[-20:], "two" + tag[-20:])}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def process(name):
    return "credential_process = %s process %s" % (os.path.join(PROGRAMS, "credvault"), name)


def scrub(world, *args, **options):
    return world.home.run("import", "--scrub", *args, passphrase=PASSPHRASE, **options)


def test_a_process_line_takes_the_place_of_the_key_lines_and_every_other_byte_stays(world, keys):
    one, two = keys
    text = ("\ufeff# mine\r\n\r\n[%s]  # first\r\naws_access_key_id = %s\r\n"
            "; between\r\naws_secret_access_key = %s\r\nregion = eu-west-3\r\n\r\n[dead]\r\naws_access_key_id = "
            "AKIANOBODYKNOWSTHIS0\r\naws_secret_access_key = %s\r\n[%s]\r\naws_access_key_id=%s\r\n"
            "aws_secret_access_key=%s" % (
                one, keys[one]["AccessKeyId"], keys[one]["SecretAccessKey"], "x" * 40, two,
                keys[two]["AccessKeyId"], keys[two]["SecretAccessKey"]))
    path = world.home.file(".aws/credentials", text, 0o640)
    before = read(path)
    answer = scrub(world, status=0)
    assert "The lines of 2 keys in ~/.aws/credentials are credential_process lines now." in answer.out
    assert "  next   credvault rotate --all " in answer.out
    assert "backups, swap files and git history may still hold" in answer.out
    assert read(path).decode() == (
        "\ufeff# mine\r\n\r\n[%s]  # first\r\n%s\r\n; between\r\nregion = eu-west-3\r\n\r\n[dead]\r\n"
        "aws_access_key_id = AKIANOBODYKNOWSTHIS0\r\naws_secret_access_key = %s\r\n[%s]\r\n%s" % (
            one, process(one), "x" * 40, two, process(two)))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640
    # The AWS CLI reads no file with a byte order mark.
    plain = world.home.file("plain", read(path).decode("utf-8-sig"))
    who = subprocess.run(["/usr/bin/aws", "--profile", two, "--endpoint-url", world.standin.url, "sts",
                          "get-caller-identity"],
                         env=dict(world.home.env, AWS_DEFAULT_REGION="eu-west-1",
                                  AWS_SHARED_CREDENTIALS_FILE=plain),
                         capture_output=True, text=True, timeout=120, check=False)
    assert ":user/" in who.stdout and two[-10:] in who.stdout, who.stderr
    world.home.run("setup", "--undo", "--yes", passphrase=PASSPHRASE, status=0)
    assert read(path) == before


def test_both_names_of_a_key_go_on(world, keys):
    one, _ = keys
    path = world.home.file("elsewhere", section(one, keys[one]) + section("alias", keys[one]))
    answer = scrub(world, path, "--json", status=0)
    assert answer.json()["scrubbed"] == [one, "alias"]
    assert read(path).decode() == "[%s]\n%s\n\n[alias]\n%s\n\n" % (one, process(one), process("alias"))


def test_a_key_that_came_in_earlier_is_scrubbed_and_another_of_that_name_is_not(world, keys):
    one, two = keys
    path = world.home.file("elsewhere", section(one, keys[one]) + section(two, keys[two]))
    world.home.run("import", path, status=0)
    path = world.home.file("elsewhere", section(one, keys[one]) + section(two, world.key("ci")))
    before = len(names(world))
    answer = scrub(world, path, status=0)
    assert "The lines of 1 key in" in answer.out and "credvault rotate %s " % one in answer.out
    assert world.key("ci")["SecretAccessKey"].encode() in read(path)
    assert keys[one]["SecretAccessKey"].encode() not in read(path)
    assert len(names(world)) == before


def test_what_the_file_holds_no_more_stays(world, keys):
    """Somebody edits the file while the question stands."""
    one, two = keys
    path = world.home.file("elsewhere", section(one, keys[one]) + section(two, keys[two]))
    with world.home.terminal("import", "--scrub", path) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.expect("Import 2 keys and take them out of the file? [Y/n]")
        other = section(one, world.key("ci")) + "# new\n" + section(two, keys[two])
        world.home.file("elsewhere", other)
        terminal.line("y")
        terminal.expect("The lines of 1 key in", "stays there: it changed meanwhile")
        assert terminal.wait() == 0
    assert read(path).decode() == section(one, world.key("ci")) + "# new\n[%s]\n%s\n\n" % (
        two, process(two))


def test_a_role_or_another_process_in_the_section_stays_and_is_told(world, keys):
    one, two = keys
    text = section(one, keys[one], "credential_process = /bin/other\n") + section(
        two, keys[two], "role_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = %s\n" % two)
    path = world.home.file("elsewhere", text)
    answer = scrub(world, path, status=0)
    assert answer.out.count("stays there:") == 2
    assert read(path).decode() == text


def test_a_link_is_written_at_its_target_and_a_hard_link_is_refused_before_aws_is_asked(world, keys):
    one, _ = keys
    target = world.home.file("deep/target", section(one, keys[one]))
    link = os.path.join(world.home.path, "link")
    os.symlink("deep/target", link)
    scrub(world, link, status=0)
    assert os.path.islink(link) and process(one).encode() in read(target)
    hard = os.path.join(world.home.path, "hard")
    world.home.file("deep/target", section(one, keys[one]))
    os.link(target, hard)
    before = len(world.standin.log())
    assert "hard link" in scrub(world, hard, status=1).err
    assert len(world.standin.log()) == before
    os.remove(link)
    os.remove(hard)


def test_scrub_is_for_a_credentials_file(world):
    for args in ("-",), ("--from", "csv", "x.csv"), ("--from", "env", "--name", "x"):
        assert "--scrub is for a credentials file" in scrub(world, *args, status=2).err


def test_the_agent_stays_if_it_was_there_and_the_vault_is_locked_if_it_was_not(world, keys):
    one, two = keys
    pid = world.home.status()["agent"]["pid"]
    scrub(world, world.home.file("elsewhere", section(one, keys[one])), status=0)
    assert world.home.status()["agent"]["pid"] not in (pid, None)
    world.home.lock()
    scrub(world, world.home.file("elsewhere", section(two, keys[two])), status=0)
    world.home.wait_no_agents()
    assert world.home.status()["locked"]


CALLS = "openat,write,fsync,fdatasync,fchmod,fchown,rename,renameat,renameat2,ftruncate"


class Traced:
    """Runs of `import --scrub` of one file under strace, which sees the command line alone and which
    the sanitizer for leaks cannot work under."""

    def __init__(self, world, key, name):
        self.world, self.trace = world, os.path.join(world.home.path, "trace")
        self.path = world.home.file("fault/credentials", section(name, key))
        self.old = read(self.path)

    def run(self, *options):
        world = self.world
        world.home.file("fault/credentials", self.old.decode())
        reading, writing = os.pipe()
        os.write(writing, PASSPHRASE.encode() + b"\n")
        os.close(writing)
        done = subprocess.run(
            ["strace", "-qq", "-y", "-s", "0", "-o", self.trace, "-e", "trace=" + CALLS, *options,
             world.home.program, "import", "--scrub", "--yes", self.path, "--passphrase-fd",
             str(reading)], env=dict(world.home.env, ASAN_OPTIONS="detect_leaks=0"),
            pass_fds=[reading], cwd=world.home.path, capture_output=True, text=True, timeout=120, check=False)
        os.close(reading)
        return done

    def places(self):
        """(call, n): the n-th of its kind, of all that have to do with the file or its journal."""
        seen, found = {}, []
        with open(self.trace, encoding="utf-8", errors="replace") as file:
            for line in file:
                call = re.match(r"(\w+)\(", line)
                if call:
                    seen[call[1]] = seen.get(call[1], 0) + 1
                    if ("/fault" in line or ".setup" in line) and "O_RDONLY" not in line:
                        found.append((call[1], seen[call[1]]))
        return found


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("strace"),
                    reason="needs strace, and root, whose programs read passphrases under it")
@pytest.mark.parametrize("fault", ["signal=KILL", "error=ENOSPC"])
def test_at_any_call_on_the_file_it_is_the_old_or_the_new_one_and_the_vault_has_the_key(world, keys, fault):
    one, _ = keys
    traced = Traced(world, keys[one], one)
    done = traced.run()
    assert done.returncode == 0, done.stderr
    new, places = read(traced.path), traced.places()
    assert keys[one]["SecretAccessKey"].encode() not in new
    assert {"write", "fsync", "rename"} <= {call for call, _ in places}
    for call, number in places:
        done = traced.run("-e", "inject=%s:%s:when=%d" % (call, fault, number))
        assert read(traced.path) in (traced.old, new), (call, number)
        if read(traced.path) == traced.old:
            assert done.returncode != 0, (call, number)
        assert one in names(world)
        if fault != "signal=KILL":
            assert sorted(os.listdir(os.path.dirname(traced.path))) == ["credentials"], (call, number)
        world.home.wait_no_agents() if world.home.status()["locked"] else None
    assert traced.run().returncode == 0 and read(traced.path) == new
