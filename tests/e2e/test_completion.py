# SPDX-License-Identifier: MIT
"""What Tab offers, in bash, zsh and fish."""

import json
import os
import signal
import subprocess
import time

import pytest

from home import PROGRAMS, Home, seconds_between, stop
from test_command_line import ENV, command_names, run
from test_hygiene import Impostor
from wire import Wire


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
    (["exec", "prod", "--", "m"], {"<COMMAND>"}), (["exec", "--", "--json"], {"<COMMAND>"}),
    (["exec", "prod", ""], {"<COMMAND>"}), (["exec", "prod", "--duration", "1h", "m"], {"<COMMAND>"}),
    (["exec", "prod", "--du"], {"--duration"}), (["exec", "-n", "prod", "--pl"], {"--plan"}),
    (["emi"], {"emit"}), (["ls", "--du"], {"--due"}), (["credential"], {"credential-process"}),
    (["slot", ""], {"list", "add", "remove"}), (["slot", "add", ""], {"passphrase", "recovery", "key-file"}),
    (["slot", "add", "key-file", ""], {"<FILE>"}), (["slot", "add", "recovery", ""], set()),
    (["slot", "list", ""], set()), (["config", "lock-on-sleep", "o"], {"on", "off"}),
    (["show", ""], set()), (["unlock", ""], set()),
    (["completion", "bash", ""], set()), (["nope", ""], set()), (["list", "--nope", "--d"], set()),
    (["unlock", "--idle", ""], set()), (["--", "un"], {"unlock"}), (["lis", "--"], set()),
    (["config", "idle", ""], {"default"}),
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
    assert complete("config", "l") == ["lock-on-sleep", "lead", "log-keep"]
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
    assert offered("exec", "--profile", "prod", "re", env=two_profiles.env) == {"<COMMAND>": "4"}


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
    assert [one.get("op") for one in impostor.heard] == ["names", None]
    assert impostor.heard[1]["answer"] is None and not os.path.exists(asked)


def test_the_word_that_begins_a_command_is_told_by_its_place():
    assert offered("exec", "prod", "--", "m") == {"<COMMAND>": "4"}
    assert offered("exec", "-d", "1h", "prod", "m", "-x", "y") == {"<COMMAND>": "5"}
    assert offered("--json", "exec", "prod", "-n", "--", "") == {"<COMMAND>": "6"}


def test_options_are_offered_behind_a_dash_alone(two_profiles):
    for words in ([""], ["show", ""], ["exec", ""], ["rotate", ""], ["list", ""]):
        assert not [one for one in offered(*words, env=two_profiles.env) if one.startswith("-")]


def test_slots_are_completed_by_their_ids(two_profiles):
    slots = two_profiles.run("slot", "list", "--json", status=0).json()["slots"]
    assert offered("slot", "remove", "", env=two_profiles.env) == {
        slot["id"][:8]: slot["type"] for slot in slots}
    two_profiles.lock()
    assert offered("slot", "remove", "", env=two_profiles.env) == {}


def test_completion_does_not_wait_for_an_agent_that_hangs(two_profiles):
    agents = two_profiles.agents()
    for pid in agents:
        stop(pid)
    try:
        begun = time.monotonic()
        assert set(offered("exec", "re", env=two_profiles.env)) == {"reader"}
        assert offered("slot", "remove", "", env=two_profiles.env) == {}
        assert time.monotonic() - begun < 20
    finally:
        for pid in agents:
            os.kill(pid, signal.SIGCONT)


def test_completion_does_not_put_off_the_idle_limit(two_profiles):
    before = two_profiles.status()["agent"]["idle_at"]
    time.sleep(2.1)
    assert set(offered("exec", "re", env=two_profiles.env)) == {"reader", "release"}
    assert offered("slot", "remove", "", env=two_profiles.env)
    assert seconds_between(before, two_profiles.status()["agent"]["idle_at"]) <= 1
    two_profiles.run("list", status=0)
    assert seconds_between(before, two_profiles.status()["agent"]["idle_at"]) >= 2


@pytest.fixture
def frob(two_profiles):
    """A command with a completion of its own, which a hostile name must not turn into code."""
    os.chmod(two_profiles.file("bin/frobtool", "#!/bin/sh\n"), 0o755)
    two_profiles.env["PATH"] = os.path.join(two_profiles.path, "bin") + ":" + two_profiles.env["PATH"]
    return two_profiles


def test_bash_completes_the_command_behind_the_dashes_and_what_it_completes(frob):
    script = run("completion", "bash").stdout + (
        '_frob() { [[ $1 == frobtool && ${COMP_WORDS[0]} == frobtool ]] && COMPREPLY=($(compgen -W '
        '"--flag --from alpha" -- "$2")); }; complete -F _frob frobtool; ')
    for words, expected in (("exec reader -- frobt", ["frobtool"]), ("exec reader frobt", ["frobtool"]),
                            ("exec reader -- frobtool --f", ["--flag", "--from"]),
                            ("exec -d 1h reader -- frobtool --flag al", ["alpha"]),
                            ("exec a : b@c -- frobtool al", ["alpha"])):
        done = subprocess.run(
            ["/bin/bash", "-c", script + "COMP_WORDS=(credvault %s) COMP_CWORD=$((${#COMP_WORDS[@]} "
             '- 1)); _credvault; echo "${COMPREPLY[@]}"' % words], env=frob.env,
            capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.split() == expected and done.stderr == "", (words, done.stderr)


def test_fish_completes_the_command_behind_the_dashes_and_what_it_completes(frob):
    script = frob.file("fish", run("completion", "fish").stdout +
                       "complete -c frobtool -f -a alpha\ncomplete -c frobtool -l flag\n")
    for line, expected in (("exec reader -- frobt", "frobtool"), ("exec reader -- frobtool al", "alpha"),
                           ("exec reader frobtool --fl", "--flag"), ("exec -n reader -- frobtool al", "alpha")):
        done = subprocess.run(["/usr/bin/fish", "--no-config", "-c", "source %s; complete -C 'credvault %s'" %
                               (script, line)], env=frob.env, capture_output=True, text=True,
                              timeout=60, check=True)
        assert [row.split("\t")[0] for row in done.stdout.splitlines()] == [expected], line


def test_zsh_completes_the_command_behind_the_dashes_and_what_it_completes(frob):
    script = frob.file("zsh", run("completion", "zsh").stdout)
    with frob.terminal("-f", program="/bin/zsh") as terminal:
        terminal.line("autoload -Uz compinit; compinit -u -D; source %s; _frob() { compadd -- --flag alpha }; "
                      "compdef _frob frobtool; show() { zle complete-word; print -r -- \"<$BUFFER>\"; "
                      "BUFFER= }; zle -N show; bindkey '^T' show; echo rea''dy" % script)
        terminal.expect("ready\r")
        for typed, completed in (("exec reader -- frobt", "exec reader -- frobtool "),
                                 ("exec reader frobtool al", "exec reader frobtool alpha "),
                                 ("exec -n reader -- frobtool alpha --f",
                                  "exec -n reader -- frobtool alpha --flag ")):
            terminal.send("credvault %s\x14" % typed)
            terminal.expect("<credvault %s>" % completed)


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


@pytest.mark.parametrize("place", ["a[$(touch pwned)]", "$(touch pwned)", "-1", "99999999999999999999", ""])
def test_a_hostile_place_of_a_command_is_no_code_in_any_shell(hostile, place):
    path = hostile.file("bin/credvault", "#!/bin/sh\nprintf '<COMMAND>\\t%%s\\n' '%s'\n" % place)
    os.chmod(path, 0o755)
    for shell, script in (("bash", "COMP_WORDS=(credvault exec re) COMP_CWORD=2; _credvault"),
                          ("fish", "complete -C 'credvault exec re'")):
        subprocess.run([shell, "-c", run("completion", shell).stdout + script], env=hostile.env,
                       cwd=hostile.path, capture_output=True, timeout=60, check=False)
    with hostile.terminal("-f", program="/bin/zsh") as terminal:
        terminal.line("cd ~; autoload -Uz compinit; compinit -u -D; source %s; show() { zle "
                      "complete-word; print -r -- \"<$BUFFER>\"; BUFFER= }; zle -N show; bindkey '^T' "
                      "show; echo rea''dy" % hostile.file("zsh", run("completion", "zsh").stdout))
        terminal.expect("ready\r")
        terminal.send("credvault exec re\x14")
        terminal.expect("<credvault exec ")
