# SPDX-License-Identifier: MIT
"""What people see on terminals of 80 and of 40 columns."""

import os
import re

import pytest

from home import PASSPHRASE, recovery_code
from world import SERIAL, fresh, world  # noqa: F401

WIDTHS = [80, 40]
OTHER = "arn:aws:iam::111122223333:role/reader"


def screen(home, *args, columns=80, status=0, env=None, proved=False):
    """The lines that credvault prints on a terminal, without colour; none is longer than it.
    proved: it asks for the passphrase first."""
    with home.terminal(*args, size=(24, columns), env=env) as terminal:
        if proved:
            terminal.answer("Passphrase for", PASSPHRASE)
        assert terminal.wait() == status, terminal.seen
        # A line of progress is taken away again.
        text = re.sub(r"[^\n]*\r\x1b\[K", "", terminal.seen)
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    # The prompt's own row is not of the screen that is looked at.
    return text.replace("\r", "").splitlines()[1 if proved else 0:]


def fits(rows, columns):
    assert [row for row in rows if len(row) > columns] == []
    assert not any("…" in row for row in re.findall(r"\S*…", " ".join(rows))
                   if not re.match(r"\(?A[KS]IA…|…:", row)), rows
    return " ".join(" ".join(rows).split())


@pytest.fixture
def busy(fresh):  # noqa: F811
    """A key with a session, one that is overdue, and a name as long as people make them."""
    home = fresh.home
    fresh.config("[profile app-dev]\nrole_arn = %s\nsource_profile = dev\nmfa_serial = %s\n"
                 "[profile loop]\nrole_arn = %s\nsource_profile = loop2\n"
                 "[profile loop2]\nrole_arn = %s\nsource_profile = loop\n"
                 % (OTHER, SERIAL, OTHER, OTHER))
    home.run("export", "app-dev", "-t", fresh.code(), status=0)
    home.run("export", "dev", status=0)
    return fresh


@pytest.mark.parametrize("columns", WIDTHS)
def test_list_keeps_key_due_and_session_and_moves_the_account_under_the_row(busy, columns):
    rows = screen(busy.home, "list", columns=columns)
    text = fits(rows, columns)
    dev = next(row for row in rows if row.startswith("dev"))
    assert re.search(r"AKIA…\w{4} .* [78]h", dev), rows
    assert "111122223333" in text and "OVERDUE" in text and "credvault rotate --due" in text
    assert ("111122223333" in dev) == (columns == 80)


@pytest.mark.parametrize("columns", WIDTHS)
def test_log_shortens_times_and_cuts_no_reason(busy, columns):
    home = busy.home
    busy.standin.fault("error", action="AssumeRole", code="AccessDenied", status=403, message=(
        "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: sts:AssumeRole"))
    home.run("clear", "app-dev", status=0)
    busy.elsewhere()
    home.run("export", "app-dev", "-t", busy.code(), status=8)
    rows = screen(home, "log", "-n", "6", columns=columns)
    text = fits(rows, columns)
    assert re.search(r"(?m)^\d+ +\d\d-\d\d \d\d:\d\d ", "\n".join(rows)), rows
    told = home.run("log", "-n", "6", "--json", status=0).json()["entries"]
    for entry in told:
        for word in (entry["result"] + " " + (entry["what"] or "")).split():
            assert word in ("OK", "ok") or word in "".join(rows).replace(" ", "") or word in text, word


def test_log_follows_in_columns_that_fit(busy):
    with busy.home.terminal("log", "-f", "-n", "3", size=(24, 80)) as terminal:
        terminal.expect("PROFILE")
        terminal.expect("python")
        terminal.send("\x03")
        terminal.wait()
    fits(terminal.seen.replace("\r", "").replace("^C", "").splitlines(), 80)


@pytest.mark.parametrize("columns", WIDTHS)
def test_config_says_all_of_what_each_setting_is(busy, columns):
    text = fits(screen(busy.home, "config", columns=columns), columns)
    assert "keys are locked again when nothing used them for so long" in text
    assert re.search(r"idle 15m", text) and "deactivate" in text


@pytest.mark.parametrize("columns", WIDTHS)
def test_profiles_say_all_of_where_credentials_come_from(busy, columns):
    text = fits(screen(busy.home, "list", "--profiles", columns=columns), columns)
    assert "dev > user dev > MFA > role 111122223333:reader" in text
    assert re.search(r"loop > loop2 > loop: a circle, \S+/config: ?\d", text)
    assert re.search(r"app-dev.* (1h|59m)", text)


@pytest.mark.parametrize("columns", WIDTHS)
def test_import_says_all_of_why_it_skips(busy, columns):
    home = busy.home
    key = busy.key("dev")
    path = home.file("keys", "[a-rather-long-profile-name]\naws_access_key_id = %s\n"
                     "aws_secret_access_key = %s\n[old]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                     "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
                     "[half]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                     % (key["AccessKeyId"], key["SecretAccessKey"]))
    whole = home.run("import", path, "--dry-run", status=0).out
    reasons = re.findall(r"skip: (.*)", whole)
    assert len(reasons) == 2
    text = fits(screen(home, "import", path, "--dry-run", columns=columns,
                       proved=True), columns)
    assert "AKIA…MPLE" in text and "111122223333" in text and "dev" in text
    for reason in reasons:
        assert "skip: " + reason.strip() in text, text


COMMANDS = [["help"], ["help", "edit"], ["list"], ["list", "--profiles"], ["log"], ["config"], ["status"],
            ["show", "dev"], ["slot", "list"], ["verify"], ["rotate", "ci", "--dry-run"],
            ["log", "--verify"], ["export", "app-dev", "--plan"]]


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("locale", [{"LANG": "C"}, {"LANG": "C.UTF-8", "LC_ALL": "POSIX"}], ids=str)
def test_under_the_locale_c_all_texts_are_ascii(busy, args, locale):
    for columns in WIDTHS:
        assert "\n".join(screen(busy.home, *args, columns=columns, env=locale)).isascii()
    assert busy.home.run(*args, env=locale, status=0).out.isascii()


def test_under_the_locale_c_questions_and_errors_are_ascii(busy):
    home = busy.home
    with home.terminal("remove", "ci", env={"LANG": "C"}, size=(24, 80)) as terminal:
        terminal.expect("?").line("n")
        assert terminal.wait() != 0
    assert terminal.seen.isascii() and "AKIA..." in terminal.seen
    with home.terminal("exec", "a b", "c", "--json", env={"LANG": "C"}) as terminal:
        terminal.wait()
    assert terminal.seen.isascii()
    home.lock()
    with home.terminal("unlock", env={"LANG": "C"}) as terminal:
        terminal.answer("Passphrase", PASSPHRASE)
        assert terminal.wait() == 0
    assert terminal.seen.isascii()


def rows_of(terminal):
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", terminal.seen).replace("\r", "\n").splitlines()


def test_init_that_is_interrupted_at_the_recovery_code_made_nothing_and_says_so(home):
    key = os.path.join(home.path, "key")
    with home.terminal("init", "--low-memory", "--key-file", key, size=(24, 80)) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("once more", PASSPHRASE)
        terminal.expect("last group to go on").send("\x03")
        assert terminal.wait() == 130
    assert "credvault: interrupted (exit 130)\n  Nothing was made." in "\n".join(
        row for row in rows_of(terminal) if row)
    assert not os.path.exists(home.vault) and not os.path.exists(key)
    assert home.run("status").status == 3


def test_a_slot_that_is_interrupted_at_its_recovery_code_is_not_added(busy):
    before = busy.home.run("slot", "list", status=0).out
    with busy.home.terminal("slot", "add", "recovery") as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.expect("last group to go on").send("\x03")
        assert terminal.wait() == 130
        assert "Nothing was changed." in terminal.seen
    assert busy.home.run("slot", "list", status=0).out == before


def test_init_ends_with_what_comes_next(home):
    with home.terminal("init", "--low-memory", size=(24, 80)) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("once more", PASSPHRASE)
        terminal.expect("last group to go on")
        terminal.line(recovery_code(terminal.seen)[-2:])
        assert terminal.wait() == 0
    assert [row for row in rows_of(terminal) if len(row) > 79] == []
    end = "\n".join(rows_of(terminal)).split("Made the vault; it is unlocked until ")[1]
    order = ["credvault add NAME", "credvault exec NAME -- ", "credvault setup NAME",
             "credvault rotate NAME"]
    assert sorted(order, key=end.index) == order
    assert all(len(row) < 80 for row in end.splitlines())


def test_import_ends_with_how_programs_get_at_the_keys_and_then_their_rotation(busy):
    home = busy.home
    key = busy.key("dev")
    home.file(".aws/credentials", "[work]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
              % (key["AccessKeyId"], key["SecretAccessKey"]), 0o644)
    with home.terminal("import", size=(24, 80)) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("[Y/n]", "y")
        assert terminal.wait() == 0
    end = "\n".join(rows_of(terminal)).split("Imported 1 key.")[1]
    order = ["credvault exec work -- ", "credvault setup work", "credvault rotate work", "can read it:   chmod 600 ~/.aws/credentials"]
    assert sorted(order, key=end.index) == order
    assert all(len(row) < 80 for row in end.splitlines())
    home.run("remove", "work", "--yes", passphrase=PASSPHRASE, status=0)
    os.unlink(os.path.join(home.path, ".aws/credentials"))


def test_results_stand_before_warnings(busy):
    busy.config("stray\n[profile app-dev]\nrole_arn = %s\nsource_profile = dev\n" % OTHER)
    text = "\n".join(screen(busy.home, "list", "--profiles"))
    assert text.index("app-dev") < text.index("config:1")
    with busy.home.terminal("passwd") as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("ew passphrase", PASSPHRASE)
        terminal.answer("once more", PASSPHRASE)
        assert terminal.wait() == 0
    assert terminal.seen.index("Changed the passphrase") < terminal.seen.index("A copy of the vault")


SCREENS = [["status"], ["show", "dev"], ["rotate", "ci", "--dry-run"], ["verify"], ["log", "--verify"],
           ["export", "app-dev", "--plan"], ["slot", "list"]]


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("args", SCREENS, ids=" ".join)
def test_other_screens_are_broken_at_words_and_not_by_the_terminal(busy, args, columns):
    rows = screen(busy.home, *args, columns=columns)
    # What is one word, such as an ARN, is left to the terminal.
    assert [row for row in rows if len(row) > columns and " " in row[12:].strip()] == []


def test_status_begins_with_sentences_and_goes_on_in_columns(busy):
    rows = screen(busy.home, "status", columns=40)
    sentences = rows[:next(i for i, row in enumerate(rows) if re.match("Sessions|Keys ", row))]
    assert sentences[0].startswith("Unlocked since ") and len(sentences) > 1
    assert not any(row.startswith(" ") for row in sentences)


def test_the_questions_of_add_fit_80_columns_and_are_ascii_under_the_locale_c(busy):
    key = busy.key("dev")
    with busy.home.terminal("add", "asked", size=(24, 80), env={"LANG": "C"}) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Access key ID:", "ASIAIOSFODNN7EXAMPLE")
        terminal.answer("Access key ID:", key["AccessKeyId"])
        terminal.answer("Secret access key:", key["SecretAccessKey"])
        terminal.answer("or another ARN]", "")
        terminal.answer("Region", "")
        assert terminal.wait() == 0
    rows = rows_of(terminal)
    assert "".join(rows).isascii() and [row for row in rows if len(row) > 79] == []
    busy.home.run("remove", "asked", "--yes", passphrase=PASSPHRASE, status=0)


def test_what_add_refuses_is_broken_at_words_and_the_command_behind_it_stands_whole(busy):
    key = busy.key("ci")
    with busy.home.terminal("add", "asked", size=(24, 80)) as terminal:
        terminal.answer("Passphrase for", PASSPHRASE)
        terminal.answer("Access key ID:", key["AccessKeyId"])
        terminal.answer("Secret access key:", key["SecretAccessKey"])
        terminal.answer("MFA device:", "my telephone")
        terminal.answer("MFA device:", "none")
        terminal.answer("Region", "Ireland")
        terminal.answer("Region", "")
        assert terminal.wait() == 0
    rows = rows_of(terminal)
    assert [row for row in rows if len(row) > 79] == []
    assert "  credvault exec asked -- aws sts get-caller-identity" in rows
    busy.home.run("remove", "asked", "--yes", passphrase=PASSPHRASE, status=0)
