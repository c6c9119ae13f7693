# SPDX-License-Identifier: MIT
"""`credvault scan`: keys in plaintext, wherever they lie."""

import base64
import json
import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.sanitize

SECRET = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ/bC+dF2hJ4lM6o"
DOCS = "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"


def key_id(account=444455556666, prefix="AKIA", tail=b"abcd"):
    """An id of that account as IAM makes them; nobody's."""
    bits = (1 << 47 | account << 7 | 0x55).to_bytes(6, "big")
    return prefix + base64.b32encode(bits + tail).decode()


def masked(key):
    return key[:4] + "…" + key[-4:]


ID = key_id()
INI = "[prod]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (ID, SECRET)


def git(home, *args, **options):
    env = dict(home.env, GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b",
               GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b")
    return subprocess.run(["git", "-C", os.path.join(home.path, "r"), *args], env=env, text=True,
                          capture_output=True, timeout=60, **options)


@pytest.fixture
def repository(home):
    os.mkdir(os.path.join(home.path, "r"))
    git(home, "init", "-q", check=True)
    return home


def findings(answer):
    return [(f["path"], f["line"], f["kind"]) for f in answer.json()["findings"]]


def test_keys_are_found_without_a_vault_and_no_secret_is_shown(home):
    home.file("w/a/credentials", "\n" + INI)
    home.file("w/.env.local", "AWS_SECRET_ACCESS_KEY=%s\n" % SECRET)
    home.file("w/main.tf", 'access_key = "%s"\nsecret_key = "%s"\n' % (key_id(prefix="ASIA"), SECRET))
    for args in ([], ["--json"], ["--format", "sarif"], ["-v"]):
        answer = home.run("scan", "w", *args, status=10)
        assert SECRET not in answer.out + answer.err and ID not in answer.out + answer.err
        assert "w/a/credentials" in answer.out and masked(ID) in answer.out
    answer = home.run("scan", "w", "--json", status=10)
    assert sorted(findings(answer)) == [("w/.env.local", 1, "secret"), ("w/a/credentials", 3, "key"),
                                        ("w/main.tf", 1, "key")]
    found = {f["path"]: f for f in answer.json()["findings"]}
    assert found["w/main.tf"]["temporary"] and found["w/main.tf"]["account_id"] == "444455556666"
    assert not os.path.exists(os.path.join(home.path, ".local"))


def test_without_path_it_looks_where_people_have_keys_and_here(home):
    for name in (".aws/credentials", ".aws/.credentials.swp", ".bashrc", ".env.prod",
                 ".docker/config.json", "elsewhere"):
        home.file(name, ("b0VIM\0\0" if name.endswith("swp") else "") + INI)
    env = {"AWS_SHARED_CREDENTIALS_FILE": os.path.join(home.path, "elsewhere")}
    os.mkdir(os.path.join(home.path, "here"))
    home.file("here/ci.yml", INI)
    process = subprocess.run([home.program, "scan", "--json"], env=dict(home.env, **env), text=True,
                             cwd=os.path.join(home.path, "here"), capture_output=True, timeout=60)
    paths = {f["path"][len(home.path) + 1:] for f in json.loads(process.stdout)["findings"]}
    assert process.returncode == 10
    assert paths == {".aws/credentials", ".aws/.credentials.swp", ".bashrc", ".env.prod",
                     ".docker/config.json", "elsewhere", "here/ci.yml"}


def test_the_documentations_keys_and_lone_ids_are_no_findings(home):
    home.file("w/README.md", DOCS + "an id: %s\n" % ID)
    assert "1 id of keys without a secret" in home.run("scan", "w", status=0).out
    assert findings(home.run("scan", "w", "--ids", "--json", status=0)) == [("w/README.md", 2, "id")]


def test_what_is_no_text_is_passed_over_and_counted(home):
    folder = os.path.dirname(home.file("w/x/binary", "\0" + INI))
    home.file("w/node_modules/p/k", INI)
    home.file("w/large", INI + " " * (16 * 1024 * 1024))
    os.mkfifo(os.path.join(folder, "fifo"))
    os.symlink("..", os.path.join(folder, "loop"))
    os.symlink("/dev/zero", os.path.join(folder, "zero"))
    answer = home.run("scan", "w", "/proc", "--json", status=0).json()
    assert answer["findings"] == [] and answer["complete"]
    assert answer["skipped"] == {"binary": 1, "large": 1, "links": 2, "special": 1, "folders": 1,
                                 "system": 1, "deep": 0, "unreadable": 0}
    told = home.run("scan", "w", "-v", status=0)
    assert "fifo (FIFO, socket or device)" in told.err and "Not looked at: 1 binary file" in told.out


def test_a_named_fifo_or_device_is_not_waited_for(home):
    os.mkfifo(os.path.join(home.path, "fifo"))
    assert home.run("scan", "fifo", "/dev/zero", "--json", status=0).json()["skipped"]["special"] == 2
    home.run("scan", "nowhere", status=3)


def test_text_of_a_windows_shell_is_read(home):
    with open(home.file("w/keys.ps1", ""), "wb") as out:
        out.write(b"\xff\xfe" + INI.replace("\n", "\r\n").encode("utf-16-le"))
    assert findings(home.run("scan", "w", "--json", status=10)) == [("w/keys.ps1", 2, "key")]


def test_the_allow_list_keeps_ids_and_paths_out_with_a_reason(home):
    other = key_id(111122223333)
    home.file("w/tests/a.env", INI)
    home.file("w/b.env", INI.replace(ID, other))
    home.file("w/c.env", INI)
    home.file("w/.credvault-allow", "# of this project\ntests/*   # made up\n%s # closed\n" % other)
    answer = home.run("scan", "w", "--json", status=10)
    assert findings(answer) == [("w/c.env", 2, "key")] and answer.json()["allowed"] == 2
    home.file("allow", "w/c.env  # asked for\n")
    assert home.run("scan", "w", "--allow", "allow", "--json", status=0).json()["allowed"] == 3
    home.file("w/.credvault-allow", "# fine\ntests\n")
    refused = home.run("scan", "w", status=1)
    assert "w/.credvault-allow:2: what is allowed has a reason" in refused.err


def test_sarif_has_rule_place_and_level(home):
    home.file("w/a b.env", INI)
    sarif = home.run("scan", "w", "--format", "sarif", status=10).json()
    assert sarif["version"] == "2.1.0"
    run = sarif["runs"][0]
    assert run["tool"]["driver"]["name"] == "credvault"
    result, = run["results"]
    assert result["ruleId"] in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert result["level"] == "error"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "w/a%20b.env" and place["region"]["startLine"] == 2


def test_the_history_of_git_is_searched_where_that_is_asked_for(repository):
    home = repository
    home.file("r/a.env", "x\n\n" + INI)
    git(home, "add", ".", check=True)
    git(home, "commit", "-qm", "one", check=True)
    first = git(home, "rev-parse", "HEAD").stdout.strip()
    home.file("r/a.env", "x\n")
    git(home, "commit", "-qam", "two", check=True)
    home.run("scan", "r", status=0)
    answer = home.run("scan", "--git", "r", "--json", status=10)
    found, = answer.json()["findings"]
    assert (found["path"], found["line"], found["commit"]) == ("a.env", 4, first)
    assert "commits keep them" in home.run("scan", "--git", "r", status=10).out
    home.run("scan", "--git", home.runtime, status=3)


def test_a_hook_refuses_the_commit_that_adds_a_key(repository):
    home = repository
    home.file("r/.git/hooks/pre-commit", "#!/bin/sh\nexec %s scan --staged\n" % home.program, 0o700)
    home.file("r/a.env", "x\n")
    git(home, "add", ".", check=True)
    git(home, "commit", "-qm", "one", check=True)
    home.file("r/a.env", "x\n" + INI)
    refused = git(home, "commit", "-qam", "two")
    assert refused.returncode != 0 and "a.env:3" in refused.stdout + refused.stderr
    # What lies in the folder and is not committed is not its matter; what goes is none either.
    git(home, "reset", "-q", "--hard", check=True)
    home.file("r/b.env", INI)
    home.file("r/a.env", "y\n")
    git(home, "commit", "-qam", "three", check=True)


def test_a_key_that_was_there_before_does_not_stop_a_commit_beside_it(repository):
    home = repository
    home.file("r/a.env", INI + "x\n")
    git(home, "add", ".", check=True)
    git(home, "commit", "-qm", "one", check=True)
    home.file("r/a.env", INI + "y\n")
    git(home, "add", ".", check=True)
    run = dict(cwd=os.path.join(home.path, "r"), env=home.env, capture_output=True, timeout=60, text=True)
    assert subprocess.run([home.program, "scan", "--staged"], **run).returncode == 0
    # A new secret for an id that stays is a key that this commit adds.
    home.file("r/a.env", INI.replace(SECRET, SECRET[::-1]))
    git(home, "add", ".", check=True)
    done = subprocess.run([home.program, "scan", "--staged", "--json"], **run)
    assert done.returncode == 10 and json.loads(done.stdout)["keys"] == 1, done


def test_git_runs_no_program_of_the_repositorys(repository):
    home = repository
    home.file("r/a.env", INI)
    git(home, "add", ".", check=True)
    git(home, "commit", "-qm", "one", check=True)
    trap = home.script("trap", "touch %s/sprung; exec cat\n" % home.path)
    for name in ("core.fsmonitor", "core.pager", "diff.external", "pager.log", "gpg.program",
                 "diff.d.textconv", "diff.d.command"):
        git(home, "config", name, trap, check=True)
    git(home, "config", "log.showSignature", "true", check=True)
    home.file("r/.git/info/attributes", "* diff=d\n")
    home.run("scan", "--git", "r", status=10)
    assert not os.path.exists(os.path.join(home.path, "sprung"))


def test_a_git_that_is_older_fetches_nothing_by_the_repositorys_program(repository):
    home = repository
    home.file("r/a.env", INI)
    git(home, "add", ".", check=True)
    git(home, "commit", "-qm", "one", check=True)
    blob = git(home, "rev-parse", "HEAD:a.env").stdout.strip()
    os.unlink(os.path.join(home.path, "r/.git/objects", blob[:2], blob[2:]))
    sprung = os.path.join(home.path, "sprung")
    for name, value in (("core.repositoryformatversion", "1"), ("protocol.ext.allow", "always"),
                        ("extensions.partialClone", "origin"), ("remote.origin.promisor", "true"),
                        ("remote.origin.url", "ext::sh -c touch% " + sprung)):
        git(home, "config", name, value, check=True)
    older = "#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nexec %s \"$@\"\n" % shutil.which("git")
    home.file("older/git", older, 0o700)
    home.run("scan", "--git", "r", status=1,
             env={"PATH": os.path.join(home.path, "older") + ":/usr/bin:/bin"})
    assert not os.path.exists(sprung)


def test_its_time_is_bounded(home):
    for i in range(8):
        home.file("w/%d" % i, (key_id(tail=b"%4d" % i) + "\n") * 200000)
    answer = home.run("scan", *["w"] * 40, "--limit", "1s", "--json", status=1)
    assert answer.json()["complete"] is False
    assert "its time was over" in answer.error()["message"]


def test_a_long_search_shows_how_far_it_is_and_ends_with_what_it_has(home):
    home.file("w/0", INI)
    for i in range(8):
        home.file("w/d/%d" % i, (key_id(tail=b"%4d" % i) + "\n") * 200000)
    with home.terminal("scan", "w/0", *["w/d"] * 100) as terminal:
        terminal.expect("Looking for keys:")
        terminal.kill(2)
        terminal.expect("w/0:2")
        assert terminal.wait() == 130


def test_scan_asks_nothing_and_reads_no_vault(home):
    home.file("w/x", "nothing\n")
    answer = home.run("scan", "w", "--vault", "/nonexistent/vault.db", status=0)
    assert answer.err == "" and "No key in plaintext: 1 file looked at" in answer.out
    home.run("scan", "--staged", "w", status=2)
