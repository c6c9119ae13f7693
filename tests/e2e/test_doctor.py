# SPDX-License-Identifier: MIT
"""`credvault doctor`: what commonly goes wrong, a line each."""

import os
import re
import shutil
import socket

import pytest

from home import PASSPHRASE, PROGRAMS
from test_scan import INI, SECRET
from world import world  # noqa: F401

pytestmark = pytest.mark.sanitize

PATH = PROGRAMS + ":/usr/bin:/bin"
PROCESS = "credential_process = %s/credvault process " % PROGRAMS


def rows(home, check, env=None, status=None):
    """(verdict, what, hint) of each row of a check."""
    answer = home.run("doctor", "--json", env=dict({"PATH": PATH}, **(env or {})), status=status)
    assert answer.err == ""
    return [(r["verdict"], r["what"], r["hint"]) for r in answer.json()["checks"]
            if r["check"] == check]


def only(home, check, **options):
    row, = rows(home, check, **options)
    return row


def test_each_check_has_a_line_without_a_vault_and_nothing_is_asked(home):
    answer = home.run("doctor", env={"PATH": PATH}, status=0)
    for check in ("clock", "kernel", "memory", "programs", "path", "environment", "files", "config",
                  "sdks", "vault", "agent", "keys", "backups", "plaintext"):
        assert " %s: " % check in answer.out, check
    assert "credvault init" in answer.out and answer.err == ""
    assert not os.path.exists(home.vault)


def test_a_locked_vault_is_not_opened_and_what_was_not_looked_at_is_said(home):
    home.init()
    home.lock()
    with home.terminal("doctor") as terminal:
        terminal.wait()
        assert "assphrase" not in terminal.seen
    assert only(home, "vault")[0] == "ok"
    assert only(home, "agent")[1] == "none: the vault is locked"
    assert only(home, "keys") == ("note", "not looked at: the vault is locked", "credvault unlock")
    assert home.status()["locked"]


def test_the_newest_backups_age_is_a_row_and_what_to_type_where_there_is_none(home):
    home.init()
    assert only(home, "backups") == ("note", "no folder for them is set",
                                     "credvault config backup-to DIR")
    folder = os.path.join(home.path, "kept")
    os.mkdir(folder, 0o700)
    home.run("config", "backup-to", folder, status=0)
    assert only(home, "backups") == ("warn", "there is none of this vault in ~/kept",
                                     "credvault backup ~/kept")
    vault_id = home.status()["vault_id"]
    home.file("kept/credvault-%s-20200101T000000Z-g1.cvb" % vault_id[:8], "x")
    verdict, what, _ = only(home, "backups")
    assert verdict == "warn" and re.fullmatch(r"the newest is \d+d old, in ~/kept", what)
    home.run("backup", folder, status=0)
    verdict, what, hint = only(home, "backups")
    assert verdict == "ok" and re.fullmatch(r"the newest is \d+m old, in ~/kept", what) and not hint
    home.lock()
    assert only(home, "backups") == ("note", "not looked at: the vault is locked",
                                     "credvault unlock")


def test_an_agent_that_this_environment_does_not_see_is_named(home):
    home.init()
    assert only(home, "agent")[0] == "ok"
    verdict, what, _ = only(home, "agent", env={"XDG_RUNTIME_DIR": "/nonexistent"})
    assert verdict == "note" and "has the vault unlocked and listens at" in what


def test_keys_that_are_overdue_are_10_and_other_faults_beside_them_1(world):
    home = world.home
    if home.status()["locked"]:
        home.unlock()
    status = home.status()
    assert status["overdue"]        # of the stand-in's keys some are old
    assert ("bad", "credvault rotate --due") in [(v, h) for v, _, h in rows(home, "keys")]
    kept = os.path.join(home.path, ".aws/credentials")
    if os.path.exists(kept):
        os.remove(kept)
    world.config("")
    assert home.run("doctor", env={"PATH": PATH}).status == 10
    assert home.run("doctor", env={"PATH": PATH, "AWS_PROFILE": "nobody"}).status == 1


def test_keys_in_plaintext_are_bad_and_not_printed(home):
    home.file(".aws/credentials", INI)
    answer = home.run("doctor", env={"PATH": PATH}, status=10)
    assert "1 key in plaintext, it is at ~/.aws/credentials:2" in answer.out
    assert "credvault scan" in answer.out and SECRET not in answer.out


def test_the_permissions_of_the_aws_files(home):
    path = home.file(".aws/credentials", "[a]\nregion = x\n", 0o644)
    assert only(home, "files") == ("warn", "others can read ~/.aws/credentials", "chmod go-rwx " + path)
    os.chmod(path, 0o600)
    os.chmod(os.path.dirname(path), 0o777)
    verdict, what, hint = only(home, "files", status=1)
    assert verdict == "bad" and "runs as you" in what and hint.startswith("chmod go-w ")


def test_odd_lines_of_the_config_are_named_with_file_and_line(home):
    home.file(".aws/config", "[default]\nregion = x\n[prod]\nregion = y\n[profile odd\nz\n")
    home.file(".aws/credentials", "[profile p]\naws_access_key_id = x\n[two words]\nregion = x\n")
    seen = [what for _, what, _ in rows(home, "config")]
    assert "~/.aws/config:3: [prod] is no profile there: [profile NAME]" in seen
    assert any(what.startswith("~/.aws/config:5: ") for what in seen)
    assert any(what.startswith("~/.aws/credentials:1: [profile p] is no profile") for what in seen)
    assert any("[two words] is a profile to the AWS CLI alone" in what for what in seen)


def test_a_config_that_is_none_is_told_and_the_rest_looked_at(home):
    with open(home.file(".aws/config", ""), "wb") as out:
        out.write("[default]".encode("utf-16"))
    assert only(home, "config", status=1)[0] == "bad"
    assert only(home, "sdks")[1].startswith("not looked at")


@pytest.mark.parametrize("config, credentials, said", [
    (PROCESS + "p\n", "aws_access_key_id = x\n", "outranks the credential_process of p"),
    (PROCESS + "p\nrole_arn = arn:aws:iam::444455556666:role/r\n", "", "role_arn and credential_process"),
    ("credential_process = ~/x process p\n", "", "has a character for a shell"),
    ("credential_process = credvault process p\n", "", "found by each program's own $PATH"),
    ("credential_process = /nonexistent/x process p\n", "", "is not there, or cannot be executed"),
    ("", PROCESS + "p\n", "read credential_process from the config file alone"),
    (PROCESS + "p\n", "", "the SDK for JavaScript 2 sees none"),
])
def test_profiles_that_sdks_read_differently(home, config, credentials, said):
    home.file(".aws/config", "[profile p]\nregion = x\n" + config)
    home.file(".aws/credentials", "[p]\n" + credentials if credentials else "")
    assert any(said in what for _, what, _ in rows(home, "sdks"))
    if "sees none" in said:
        assert only(home, "sdks", env={"AWS_SDK_LOAD_CONFIG": "1"})[0] == "ok"


@pytest.mark.parametrize("env, said", [
    ({"AWS_ACCESS_KEY_ID": "AKIAWO645SY5KUJDIVTY", "AWS_SECRET_ACCESS_KEY": SECRET}, "a long-term key"),
    ({"AWS_ACCESS_KEY_ID": "ASIAWO645SY5KUJDIVTY", "AWS_PROFILE": "p"}, "JavaScript 3"),
    ({"AWS_SECURITY_TOKEN": "x"}, "prefer it to AWS_SESSION_TOKEN"),
    ({"AWS_SESSION_TOKEN": "x"}, "without a key"),
    ({"AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"}, "have ended"),
    ({"AWS_PROFILE": "nobody"}, "AWS_PROFILE names nobody"),
    ({"AWS_PROFILE": "p", "AWS_DEFAULT_PROFILE": "q"}, "differ"),
    ({"AWS_REGION": "x"}, "only one of AWS_REGION"),
    ({"CREDVAULT_PROFILE": "p"}, "started by credvault exec"),
    ({"AWS_ENDPOINT_URL": "http://x"}, "leads programs elsewhere"),
])
def test_variables_that_contradict_each_other(home, env, said):
    home.file(".aws/config", "[profile p]\nregion = x\n")
    assert any(said in what for _, what, _ in rows(home, "environment", env=env))


def test_another_credvault_before_this_one_and_aliases(home):
    other = os.path.dirname(home.script("bin/credvault", "exit 1\n"))
    home.file(".bashrc", "x=1\nalias aws-vault='credvault'\ncredvault() { false; }\n")
    seen = rows(home, "path", env={"PATH": other + ":" + PATH})
    assert any(v == "warn" and "is found before this one" in what for v, what, _ in seen)
    assert any("~/.bashrc:2 gives aws-vault another meaning" in what for _, what, _ in seen)
    assert any("~/.bashrc:3 gives credvault another meaning" in what for _, what, _ in seen)
    assert any("stands behind" in what for _, what, _ in rows(home, "path",
                                                              env={"PATH": PATH + ":" + other}))


def test_a_vault_that_others_reach_and_a_witness_that_is_gone(home):
    home.init()
    home.lock()
    os.chmod(home.vault, 0o644)
    assert ("bad", "chmod 600 " + home.vault) in [(v, h) for v, _, h in rows(home, "vault", status=1)]
    os.chmod(home.vault, 0o600)
    shutil.rmtree(home.state)
    verdict, what, _ = only(home, "vault")
    assert verdict == "warn" and "no witness" in what


def test_a_socket_that_answers_nothing_does_not_hold_it_up(home):
    home.init()
    home.lock()
    folder = os.path.join(home.runtime, "credvault")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.join(folder, "x.sock"))
        listener.listen()
        env = {"CREDVAULT_SOCKET": os.path.join(folder, "x.sock"), "PATH": PATH}
        answer = home.run("doctor", "--json", env=env)
    assert any(r["check"] == "keys" and "not looked at" in r["what"] for r in answer.json()["checks"])


def test_home_of_nobody(home):
    answer = home.run("doctor", env={"HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent/s",
                                     "PATH": PATH})
    assert answer.status in (0, 1) and " clock: " in answer.out


def test_the_passphrase_of_a_descriptor_is_not_read(home):
    home.init()
    home.lock()
    home.run("doctor", passphrase=PASSPHRASE, env={"PATH": PATH}, status=0)
    assert home.status()["locked"]
