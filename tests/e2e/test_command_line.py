# SPDX-License-Identifier: MIT
"""What holds for every command: help, usage, output, completion."""

import json
import os
import re
import subprocess

import pytest

from home import PASSPHRASE, PROGRAMS, Home
from test_hygiene import Impostor
from wire import Wire

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


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_the_shell_accepts(shell):
    script = run("completion", shell).stdout
    assert "credvault complete -- " in script
    option = "--no-execute" if shell == "fish" else "-n"
    done = subprocess.run([shell, option], input=script, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def offered(*words, env=None):
    """What `complete` says of these words: candidate -> what it means."""
    answer = run("complete", "--", *words, env=env)
    assert answer.returncode == 0 and answer.stderr == ""
    return dict((row.split("\t") + [""])[:2] for row in answer.stdout.splitlines())


def test_complete_knows_every_command_and_option():
    assert set(offered("")) == set(command_names()) == set(offered())
    assert {"--passphrase-fd", "--json"} < set(offered("-"))
    assert {"--passphrase-fd", "--json", "--idle"} < set(offered("unlock", "-"))
    assert "--idle" not in offered("show", "-")
    assert "complete" not in offered("comp") and run("help", "complete").returncode == 0


@pytest.mark.parametrize("words, expected", [
    (["export", "--format", "j"], {"json"}), (["export", "--format=j"], {"--format=json"}),
    (["--vault", ""], {"<FILE>"}), (["--vault=/tm"], {"<FILE>"}), (["import", ""], {"<FILE>"}),
    (["exec", "prod", "--", "m"], {"<FILE>"}), (["exec", "--", "--json"], {"<FILE>"}),
    (["completion", "bash", ""], set()), (["nope", ""], set()), (["list", "--nope", "--d"], set()),
    (["unlock", "--idle", ""], set()), (["--", "un"], {"unlock"}), (["lis", "--"], set()),
    (["config", "idle", ""], set()),
])
def test_complete_reads_a_line_as_the_program_does(words, expected):
    assert set(offered(*words)) == expected


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


def test_fish_completes_files_where_one_is_wanted(two_profiles):
    script = two_profiles.file("fish", run("completion", "fish").stdout)
    two_profiles.file("vaults/some.db", "")
    for line in ("credvault --vault vaults/s", "credvault --vault=vaults/s", "credvault import vaults/s"):
        done = subprocess.run(["/usr/bin/fish", "--no-config", "-c", "source %s; complete -C '%s'" %
                               (script, line)], env=two_profiles.env, capture_output=True,
                              text=True, timeout=60, check=True, cwd=two_profiles.path)
        assert done.stdout.split()[:1] == [line.split()[-1] + "ome.db"]


def test_profiles_are_completed_also_while_the_vault_is_locked(two_profiles):
    two_profiles.run("lock", status=0)
    assert set(offered("exec", "re", env=two_profiles.env)) == {"reader"}
    assert offered("show", "re", env=two_profiles.env) == {}
    assert two_profiles.run("status", "--json", status=0).json()["locked"]


def test_profile_is_completed_where_it_is_said_by_an_option(two_profiles):
    for words in (["exec", "--profile", "re"], ["log", "--profile", "re"]):
        assert set(offered(*words, env=two_profiles.env)) == {"reader", "release"}
    assert set(offered("exec", "--profile=re", env=two_profiles.env)) == {
        "--profile=reader", "--profile=release"}
    assert offered("exec", "--profile", "prod", "re", env=two_profiles.env) == {"<FILE>": ""}


def test_names_come_from_the_vault_that_the_line_names(two_profiles):
    other = os.path.join(two_profiles.path, "other.db")
    assert set(offered("show", "re", env=two_profiles.env)) == {"release"}
    assert offered("--vault", other, "show", "re", env=two_profiles.env) == {}


def test_a_hostile_profile_is_not_offered(two_profiles):
    two_profiles.file(".aws/config", "".join(
        "[profile %s]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = prod\n" %
        name for name in ("re$(touch pwned)", "re'd", "re`id`", "ready")))
    assert set(offered("exec", "re", env=two_profiles.env)) == {"ready", "release"}


class Asking(Impostor):
    """Somebody of the same user behind the agent's socket, who wants an MFA code."""

    def talk(self, client):
        talk = Wire(None, client)
        self.heard.append(talk.receive())
        talk.send({"ask": {"kind": "mfa", "profile": "release", "wait_s": 0}})
        self.heard.append(talk.receive())


def test_completion_asks_nobody_whatever_the_agent_wants(two_profiles):
    (name,) = [n for n in os.listdir(two_profiles.runtime + "/credvault") if n.endswith(".sock")]
    two_profiles.lock()
    impostor = Asking(os.path.join(two_profiles.runtime, "credvault", name), "")
    asked = os.path.join(two_profiles.path, "asked")
    asker = two_profiles.file("asker", "#!/bin/sh\ntouch '%s'\necho 123456\n" % asked)
    os.chmod(asker, 0o700)
    assert offered("show", "re", env=dict(two_profiles.env, CREDVAULT_ASKPASS=asker)) == {}
    impostor.socket.close()
    assert [one.get("op") for one in impostor.heard] == ["list", None]
    assert impostor.heard[1]["answer"] is None and not os.path.exists(asked)


# What a program of our name in PATH might say, and what no shell may run or split.
HOSTILE = ["re$(touch pwned)x", "re;touch pwned", "re`touch pwned`", "re 'd\"", "re&y", "re*"]


@pytest.fixture
def hostile(two_profiles):
    path = two_profiles.file("bin/credvault", "#!/bin/sh\ncat <<'END'\n%s\nEND\n" %
                             "\n".join(HOSTILE))
    os.chmod(path, 0o755)
    two_profiles.env["PATH"] = os.path.dirname(path) + ":" + two_profiles.env["PATH"]
    yield two_profiles
    assert not os.path.exists(os.path.join(two_profiles.path, "pwned"))


def test_bash_quotes_what_is_offered(hostile):
    script = run("completion", "bash").stdout
    done = subprocess.run(
        ["/bin/bash", "-c", script + "COMP_WORDS=(credvault exec re) COMP_CWORD=2; _credvault; "
         'eval "words=(${COMPREPLY[*]})"; printf "%s\\n" "${words[@]}"'], env=hostile.env,
        capture_output=True, text=True, timeout=60, check=True, cwd=hostile.path)
    assert done.stdout.splitlines() == HOSTILE


def test_bash_completes_behind_the_signs_at_which_it_parts_words(two_profiles):
    script = run("completion", "bash").stdout
    two_profiles.file(".aws/config", "[profile a:b@c]\nrole_arn = arn:aws:iam::111122223333:role/r\n"
                                     "source_profile = prod\n")
    for words, expected in (("exec a", "a:b@c"), ("exec a :", "b@c"), ("exec a : b", "b@c"),
                            ("exec a : b @", "c"), ("export --format = js", "json")):
        done = subprocess.run(
            ["/bin/bash", "-c", script + "COMP_WORDS=(credvault %s) COMP_CWORD=$((${#COMP_WORDS[@]} "
             '- 1)); _credvault; echo "${COMPREPLY[@]}"' % words], env=two_profiles.env,
            capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.split() == [expected], words


def test_fish_takes_what_is_offered_as_text(hostile):
    script = hostile.file("fish", run("completion", "fish").stdout)
    done = subprocess.run(["/usr/bin/fish", "--no-config", "-c", "source %s; complete -C "
                           "'credvault exec re'" % script], env=hostile.env, cwd=hostile.path,
                          capture_output=True, text=True, timeout=60, check=True)
    assert sorted(done.stdout.splitlines()) == sorted(HOSTILE)


def test_zsh_quotes_what_is_offered(hostile):
    script = hostile.file("zsh", run("completion", "zsh").stdout)
    with hostile.terminal("-f", program="/bin/zsh") as terminal:
        terminal.line("cd ~; autoload -Uz compinit; compinit -u -D; source %s; show() { zle "
                      "complete-word; print -r -- \"<$BUFFER>\"; BUFFER= }; zle -N show; "
                      "bindkey '^T' show; echo rea''dy" % script)
        terminal.expect("ready\r")
        terminal.send("credvault exec re\\;\x14")
        terminal.expect("<credvault exec re\\;touch\\ pwned >")


# Names that a vault takes, and of which a shell may neither run nor part any.
NAMES = ["re two words", "re%d@x:y/z+-.", "rebüro", "re東京"]


@pytest.fixture
def wide(two_profiles):
    two_profiles.file(".aws/config", "".join(
        "[profile '%s']\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = release\n" %
        name for name in NAMES + ["re$(touch pwned)", "re;touch pwned", "re\u202ex", "re\u0301"]))
    yield two_profiles
    assert not os.path.exists(os.path.join(two_profiles.path, "pwned"))


def test_names_of_any_script_and_of_words_are_one_word_in_bash(wide):
    script = run("completion", "bash").stdout
    done = subprocess.run(
        ["/bin/bash", "-c", script + "COMP_WORDS=(credvault exec re) COMP_CWORD=2; _credvault; "
         'eval "words=(${COMPREPLY[*]})"; printf "%s\n" "${words[@]}"'], env=wide.env,
        capture_output=True, text=True, timeout=60, check=True, cwd=wide.path)
    assert set(done.stdout.splitlines()) == set(NAMES + ["release"])
    # The command of a message is typed as it stands there.
    for name in NAMES:
        wide.lock()
        told = wide.run("export", name, status=4).err
        typed = [line for line in told.splitlines() if "credvault unlock" in line][-1]
        word = typed[typed.index("unlock ") + 7:]
        for shell in "/bin/bash", "/bin/zsh", "/usr/bin/fish":
            done = subprocess.run([shell, "-c", "printf '%%s\\n' %s" % word], cwd=wide.path,
                                  capture_output=True, text=True, timeout=60, check=True)
            assert done.stdout == name + "\n", (shell, word)


def test_names_of_any_script_and_of_words_are_one_word_in_fish(wide):
    script = wide.file("fish", run("completion", "fish").stdout)
    done = subprocess.run(["/usr/bin/fish", "--no-config", "-c", "source %s; complete -C "
                           "'credvault exec re'" % script], env=wide.env, cwd=wide.path,
                          capture_output=True, text=True, timeout=60, check=True)
    assert set(done.stdout.splitlines()) == set(NAMES + ["release"])


def test_names_of_words_are_one_word_in_zsh(wide):
    script = wide.file("zsh", run("completion", "zsh").stdout)
    with wide.terminal("-f", program="/bin/zsh") as terminal:
        terminal.line("cd ~; autoload -Uz compinit; compinit -u -D; source %s; show() { zle "
                      "complete-word; print -r -- \"<$BUFFER>\"; BUFFER= }; zle -N show; "
                      "bindkey '^T' show; echo rea''dy" % script)
        terminal.expect("ready\r")
        terminal.send("credvault exec re\\ t\x14")
        terminal.expect("<credvault exec re\\ two\\ words >")


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
