# SPDX-License-Identifier: MIT
"""What holds for every command: help, usage, output, completion."""

import json
import os
import re
import subprocess

import pytest

from home import PASSPHRASE, PROGRAMS, Home

ENV = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"}


def run(*args, env=None, **options):
    return subprocess.run([os.path.join(PROGRAMS, "credvault"), *args],
                          env=dict(ENV, **(env or {})), stdin=subprocess.DEVNULL,
                          capture_output="stdout" not in options, text=True, timeout=60, **options)


def command_names():
    return re.findall(r"(?m)^  ([a-z]+) {2,}\S", run().stdout)


def test_alone_it_shows_the_commands():
    answer = run()
    assert answer.returncode == 0
    assert {"init", "unlock", "lock", "status", "version", "help", "completion"} <= set(
        command_names())


def test_who_is_new_finds_setup_first_and_each_command_in_a_group():
    groups = re.findall(r"(?m)^(\S[^\n]*):\n((?:  .*\n)+)", run().stdout)
    assert groups[0][1].startswith("  setup ")
    assert [heading for heading, _ in groups] == ["Begin", "Use", "Keys", "The vault", "Look for trouble",
                                                  "About credvault"]
    assert len(re.findall(r"(?m)^  [a-z]+ {2,}\S", "".join(rows for _, rows in groups))) == len(command_names())


@pytest.mark.parametrize("command", command_names() if os.access(
    os.path.join(PROGRAMS, "credvault"), os.X_OK) else [])
def test_every_command_has_help_with_usage_options_and_an_example(command):
    answer = run("help", command)
    assert answer.returncode == 0
    assert answer.stdout.startswith("credvault %s: " % command)
    assert "usage: credvault %s" % command in answer.stdout
    example = answer.stdout.split("Examples:\n")[1]
    assert re.search(r"(?m)^  .*credvault", example)
    assert run(command, "--help").stdout == answer.stdout


@pytest.mark.parametrize("topic", ["options", "exit-codes", "unattended", "docker", "aws-vault",
                                   "javascript"])
def test_every_topic_has_a_page(topic):
    assert len(run("help", topic).stdout) > 200


@pytest.mark.parametrize("other, name", [
    ("emit", "export"), ("credential-process", "process"), ("ls", "list"), ("rm", "remove"),
])
def test_a_command_has_one_name_in_the_help_and_answers_to_the_other_too(other, name):
    assert name in command_names() and other not in command_names()
    assert run("help", other).stdout == run(other, "--help").stdout == run("help", name).stdout
    assert "also:  %s\n" % other in run("help", name).stdout


@pytest.mark.parametrize("word, ours", [
    ("run", "exec PROFILE -- COMMAND"), ("env", "export PROFILE"), ("get", "show NAME"),
    ("set", "add NAME"), ("configure", "add NAME"), ("whoami", "exec PROFILE -- aws sts get-"),
    ("assume", "exec PROFILE"), ("switch", "exec PROFILE"), ("delete", "remove NAME"),
])
def test_a_word_that_other_tools_have_is_answered_with_ours(word, ours):
    for words in ([word], [word, "prod"], ["help", word]):
        answer = run(*words)
        assert answer.returncode == 2 and answer.stdout == ""
        assert "there is no command %s (exit 2)" % word in answer.stderr
        assert "\n  credvault %s" % ours in answer.stderr and "Did you mean" not in answer.stderr
    assert run("help", ours.split()[0]).returncode == 0
    assert "credvault " + ours in json.loads(run("--json", word).stderr)["error"]["hint"]


def test_force_where_it_is_no_option_is_answered_with_yes():
    for words in (["remove", "prod", "--force"], ["rotate", "--force"], ["init", "--force"]):
        answer = run(*words)
        assert answer.returncode == 2 and "--yes answers questions" in answer.stderr
        assert "Did you mean" not in answer.stderr


@pytest.mark.parametrize("word", ["console", "login", "logout"])
def test_the_words_of_commands_to_come_are_kept_for_them(word):
    answer = run(word, "prod")
    assert answer.returncode == 2 and "The word is kept for " in answer.stderr


def test_the_exit_codes_page_names_the_contracts_codes():
    text = run("help", "exit-codes").stdout
    for status, name in ((2, "USAGE"), (3, "NOT_FOUND"), (4, "LOCKED"), (5, "WRONG_PASSPHRASE"),
                         (6, "TAMPERED"), (7, "MFA_NEEDED"), (8, "AWS_REFUSED"),
                         (9, "AWS_UNREACHABLE"), (10, "OVERDUE"), (130, "INTERRUPTED")):
        assert re.search(r"(?m)^ +%d +%s" % (status, name), text)


@pytest.mark.parametrize("args, near", [
    (["statsu"], "status"), (["unlok"], "unlock"), (["lsit"], "list"), (["status", "--chekc"], "--check"),
    (["--jsn", "status"], "--json"), (["help", "unattende"], "unattended"),
])
def test_what_is_misspelt_is_exit_2_and_the_nearest_is_named(args, near):
    answer = run(*args)
    assert answer.returncode == 2 and answer.stdout == ""
    assert "Did you mean %s?" % near in answer.stderr


@pytest.mark.parametrize("args", [
    ["status", "extra"], ["status", "--che"], ["status", "--check=1"], ["unlock", "--idle"],
    ["completion"], ["completion", "csh"], ["--vault"], ["unlock", "--passphrase-fd", "x"],
    ["unlock", "--passphrase-fd", "700"], ["unlock", "--passphrase-fd", "-1"], ["-Z"], ["--=x"],
])
def test_what_is_not_understood_is_exit_2(args):
    answer = run(*args, env={"HOME": "/tmp"})
    assert answer.returncode == 2, answer
    assert answer.stderr.startswith("credvault: ") and "(exit 2)" in answer.stderr


@pytest.mark.parametrize("name", ["", "a  b", "a\x1b[31mb", "../x\n", "x" * 10000, "a\u0308"])
def test_a_name_that_is_none_is_a_usage_error_and_not_printed_raw(name):
    home = Home()
    try:
        home.file("v/vault.db", "")
        answer = home.run("--vault", home.path + "/v/vault.db", "unlock", name, status=2)
        assert "\x1b" not in answer.err and len(answer.err) < 2000
    finally:
        home.leave()


def test_an_error_is_one_json_object_where_json_is_wanted():
    for args in (["--json", "nope"], ["nope", "--json"], ["status", "--nope", "--json"]):
        answer = run(*args)
        error = json.loads(answer.stderr)["error"]
        assert set(error) >= {"code", "status", "message", "profile", "hint"}
        assert (error["code"], error["status"], answer.returncode) == ("USAGE", 2, 2)


def test_global_options_stand_before_or_behind_the_command():
    for args in (["--vault", "/nonexistent/v", "--json", "status"],
                 ["status", "--vault=/nonexistent/v", "--json"]):
        answer = run(*args)
        assert json.loads(answer.stderr)["error"]["code"] == "NOT_FOUND"
        assert answer.returncode == 3


def test_output_that_cannot_be_written_is_an_error_and_no_crash():
    with open("/dev/full", "w") as full:
        assert run("help", stdout=full, stderr=subprocess.PIPE).returncode == 1
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as broken:
        answer = run("version", stdout=broken, stderr=subprocess.PIPE)
    assert answer.returncode == 1 and "Broken pipe" in answer.stderr
    closed = subprocess.run(["/bin/sh", "-c", '"$0" version >&-; echo rc=$?',
                             os.path.join(PROGRAMS, "credvault")], env=ENV, capture_output=True,
                            text=True, timeout=60, check=False)
    assert "rc=1" in closed.stdout


def test_closed_standard_descriptors_harm_nothing():
    home = Home()
    try:
        home.init("--once")
        answer = subprocess.run(["/bin/sh", "-c", '"$0" status <&- 2>&-', home.program],
                                env=home.env, capture_output=True, text=True, timeout=60,
                                check=False)
        assert answer.returncode == 0 and answer.stdout.startswith("Locked")
    finally:
        home.leave()


def test_version_says_which():
    assert re.fullmatch(r"credvault \d+\.\d+\.\d+\S*\n", run("version").stdout)
    for said in (["--version"], ["-V"], ["-V", "rotate"], ["show", "x", "y", "--version"]):
        assert run(*said).stdout == run("version").stdout and run(*said).returncode == 0
    assert run("-V", "--json").stdout == run("version", "--json").stdout
    assert set(json.loads(run("version", "--json").stdout)) == {"version"}


def test_colour_is_for_terminals_alone():
    assert "\x1b[" not in run("help").stdout
    assert "\x1b[" not in run("nope").stderr


def test_the_system_must_lock_memory_or_be_overruled():
    home = Home()
    try:
        limited = "ulimit -l 16; exec \"$0\" \"$@\""
        args = ["/bin/bash", "-c", limited, home.program, "unlock", "--json"]
        if os.geteuid() == 0:
            pytest.skip("root may lock what it likes")
        done = subprocess.run(args, env=home.env, capture_output=True, text=True, check=False)
        assert json.loads(done.stderr)["error"]["code"] == "MEMORY"
    finally:
        home.leave()


def test_hints_name_another_vault(home):
    other = os.path.join(home.path, "other/vault.db")
    made = home.run("init", "--low-memory", "--vault", other, passphrase=PASSPHRASE, status=0)
    assert "lock: credvault lock --vault ~/other/vault.db)" in made.out
    assert "credvault add --vault ~/other/vault.db NAME" in home.run("list", "--vault", other).err
    assert home.run("lock", "--vault", other).status == 0
    assert "credvault unlock --vault ~/other/vault.db\n" in home.run("status", "--vault", other).out
    locked = home.run("list", "--vault", other, status=4)
    assert "credvault unlock --vault ~/other/vault.db" in locked.err
    line = home.run("process", "prod", "--vault", other, status=4).err
    assert line.endswith("; run: credvault unlock --vault ~/other/vault.db prod\n") or \
        line.endswith("; run: credvault unlock --vault ~/other/vault.db\n")
    hint = home.run("list", "--json", "--vault", other, status=4).error()["hint"]
    assert hint == "credvault unlock --vault ~/other/vault.db"
    # What a shell would take apart is quoted.
    spaced = os.path.join(home.path, "a b's.db")
    refused = home.run("status", "--vault", spaced, status=3)
    assert "credvault init --vault '" + home.path + "/a b'\\''s.db'" in refused.err
    # Who says nothing, or says it in the environment, is told nothing more.
    plain = home.run("list", env={"CREDVAULT_FILE": other}, status=4)
    assert "--vault" not in plain.err


def test_too_few_operands_show_every_form():
    done = run("slot")
    assert done.returncode == 2
    assert "usage: credvault slot list" in done.stderr
    assert "\n         credvault slot remove " in done.stderr


def test_the_help_is_broken_at_words_where_the_terminal_is_narrow(home):
    with home.shell("stty cols 50; credvault help; credvault help unlock; echo en''d") as terminal:
        terminal.expect("end")
    listed = terminal.seen.split("COMMAND [ARGUMENT")[1].split("One command")[0]
    rows = [row.rstrip("\r") for row in listed.splitlines()[1:] if row.strip()]
    assert rows and all(len(row) <= 50 for row in rows)
    assert all(row.startswith("  ") for row in rows if not row.endswith(":"))


def help_pages():
    return command_names() + ["complete", "options", "exit-codes", "unattended", "aws-vault"]


@pytest.mark.parametrize("page", ["", *help_pages()])
def test_no_line_of_a_help_is_longer_than_79_columns(page):
    text = run("help", *page.split()).stdout
    assert text and [line for line in text.splitlines() if len(line) > 79] == []


def test_a_help_shows_its_commands_own_options_and_names_the_page_of_the_global_ones():
    every = run("help", "options").stdout
    for option in "--vault FILE", "--json", "-t, --mfa-code C", "[$CREDVAULT_NO_INPUT]":
        assert option in every
    for command in command_names():
        text = run("help", command).stdout
        assert "credvault help options" in text
        assert "--passphrase-fd N" not in text and "--insecure-memory" not in text, command


def test_at_40_columns_nothing_of_a_help_but_commands_to_copy_is_broken_by_the_terminal(home):
    for page in ["", *help_pages()]:
        with home.terminal("help", *page.split(), size=(24, 40)) as terminal:
            assert terminal.wait() == 0
            rows = [row.rstrip("\r") for row in terminal.seen.splitlines()]
        # Commands, and pairs of them in columns, stand as they are typed, and paths are one word.
        prose = [row for row in rows if not re.match(r"  (\S.*)?(credvault|systemctl|aws-vault) ", row)
                 and not re.match(r"  (LoadCredential|export )", row) and "credvault help" not in row
                 and not re.fullmatch(r" +\S+", row)]
        assert [row for row in prose if len(row) > 40] == [], page
