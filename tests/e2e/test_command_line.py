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
    return re.findall(r"(?m)^  ([a-z]+) {2,}\S", run().stdout.split("\n\n")[2])


def test_alone_it_shows_the_commands():
    answer = run()
    assert answer.returncode == 0
    assert {"init", "unlock", "lock", "status", "version", "help", "completion"} <= set(
        command_names())


@pytest.mark.parametrize("command", command_names() if os.access(
    os.path.join(PROGRAMS, "credvault"), os.X_OK) else [])
def test_every_command_has_help_with_usage_options_and_an_example(command):
    answer = run("help", command)
    assert answer.returncode == 0
    assert answer.stdout.startswith("credvault %s: " % command)
    assert "usage: credvault %s" % command in answer.stdout
    assert "--vault FILE" in answer.stdout
    example = answer.stdout.split("Examples:\n")[1]
    assert re.search(r"(?m)^  .*credvault", example)
    assert run(command, "--help").stdout == answer.stdout
    assert all(len(line) <= 120 for line in answer.stdout.splitlines())


@pytest.mark.parametrize("topic", ["exit-codes", "unattended", "aws-vault"])
def test_every_topic_has_a_page(topic):
    assert len(run("help", topic).stdout) > 200


def test_the_exit_codes_page_names_the_contracts_codes():
    text = run("help", "exit-codes").stdout
    for status, name in ((2, "USAGE"), (3, "NOT_FOUND"), (4, "LOCKED"), (5, "WRONG_PASSPHRASE"),
                         (6, "TAMPERED"), (7, "MFA_NEEDED"), (8, "AWS_REFUSED"),
                         (9, "AWS_UNREACHABLE"), (10, "OVERDUE"), (130, "INTERRUPTED")):
        assert re.search(r"(?m)^ +%d +%s" % (status, name), text)


@pytest.mark.parametrize("args, near", [
    (["statsu"], "status"), (["unlok"], "unlock"), (["status", "--chekc"], "--check"),
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


@pytest.mark.parametrize("name", ["", "a b", "a\x1b[31mb", "../x\n", "x" * 10000, "ä"])
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
    assert run("--version").stdout == run("version").stdout
    assert set(json.loads(run("version", "--json").stdout)) == {"version"}


def test_colour_is_for_terminals_alone():
    assert "\x1b[" not in run("help").stdout
    assert "\x1b[" not in run("nope").stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_the_shell_accepts(shell):
    script = run("completion", shell).stdout
    for command in command_names():
        assert command in script
    assert "--passphrase-fd" in script or "passphrase-fd" in script
    option = "--no-execute" if shell == "fish" else "-n"
    done = subprocess.run([shell, option], input=script, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def complete(*words):
    """What bash would offer for the last of these words."""
    script = run("completion", "bash").stdout + (
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _credvault; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["/bin/bash", "-c", script, "bash", "credvault", *words],
                          env=dict(ENV, PATH=PROGRAMS + ":" + ENV["PATH"]), capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_bash_completes_commands_options_and_topics():
    assert set(complete("un")) == {"unlock"}
    assert "--check" in complete("status", "--c")
    assert "--idle" in complete("--json", "unlock", "--i")
    assert "--idle" in complete("--vault", "status", "unlock", "--i")
    assert "exit-codes" in complete("help", "ex")
    assert complete("completion", "z") == ["zsh"]
    assert complete("config", "l") == ["lock-on-sleep", "lead"]
    assert complete("edit", "--no-h") == ["--no-hooks"]


@pytest.fixture
def two_profiles():
    home = Home()
    home.file(".aws/config", "[profile reader]\nrole_arn = arn:aws:iam::111122223333:role/reader\n"
                             "source_profile = prod\n[profile red]\nregion = eu-west-1\n")
    home.env["PATH"] = PROGRAMS + ":" + home.env["PATH"]
    home.init()
    home.run("add", "release", "--no-check", "--stdin", status=0, stdin=json.dumps({
        "AccessKeyId": "AKIAEXAMPLEEXAMPLE00", "SecretAccessKey": "x" * 40}))
    yield home
    home.leave()


def test_bash_completes_profiles_and_keys(two_profiles):
    script = run("completion", "bash").stdout
    for command, expected in (("exec", "reader release"), ("show", "release")):
        done = subprocess.run(
            ["/bin/bash", "-c", script + "COMP_WORDS=(credvault %s re) COMP_CWORD=2; _credvault; "
             'echo "${COMPREPLY[@]}"' % command], env=two_profiles.env, capture_output=True,
            text=True, timeout=60, check=True)
        assert done.stdout.split() == expected.split()


def test_fish_completes_what_bash_does(two_profiles):
    script = two_profiles.file("fish", run("completion", "fish").stdout)

    def complete(line):
        done = subprocess.run(["/usr/bin/fish", "--no-config", "-c", "source %s; complete -C '%s'" %
                               (script, line)], env=two_profiles.env, capture_output=True,
                              text=True, timeout=60, check=True)
        return dict((row.split("\t") + [""])[:2] for row in done.stdout.splitlines())

    assert set(complete("credvault unl")) == {"unlock"}
    assert complete("credvault status --ch")["--check"].startswith("exit 4")
    assert set(complete("credvault exec re")) == {"reader", "release"}
    assert set(complete("credvault show re")) == {"release"}


def test_zsh_completes_what_bash_does(two_profiles):
    script = two_profiles.file("zsh", run("completion", "zsh").stdout)
    with two_profiles.terminal("-f", program="/bin/zsh") as terminal:
        # ^T completes what was typed, shows it and takes it away.
        terminal.line("autoload -Uz compinit; compinit -u -D; source %s; show() { zle complete-word; "
                      "print -r -- \"<$BUFFER>\"; BUFFER= }; zle -N show; bindkey '^T' show; "
                      "echo rea''dy" % script)
        terminal.expect("ready\r")
        for typed, completed in (("unl", "unlock "), ("exec rea", "exec reader "),
                                 ("show re", "show release "), ("status --ch", "status --check ")):
            terminal.send("credvault %s\x14" % typed)
            terminal.expect("<credvault %s>" % completed)


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
    assert all(row.startswith("  ") for row in rows)
