# SPDX-License-Identifier: MIT
"""`credvault setup`: AWS's files move over, and back."""

import json
import os
import stat

import pytest
from home import PASSPHRASE
from world import plaintext_files

pytestmark = pytest.mark.sanitize

ROLE = "arn:aws:iam::111122223333:role/reader"


class Day:
    """A home with AWS's files and a stand-in that knows the keys in them; no vault yet."""

    def __init__(self, home, standin):
        self.home, self.standin = home, standin
        standin.reset()
        home.env.update(CREDVAULT_ENDPOINT_URL=standin.url, AWS_REGION="eu-west-1")
        self.texts = {}

    def lines(self, user):
        key = self.standin.key(user)
        return "aws_access_key_id = %s\naws_secret_access_key = %s\n" % (key["id"], key["secret"])

    def secret(self, user):
        return self.standin.key(user)["secret"]

    def path(self, which):
        return os.path.join(self.home.path, ".aws", which)

    def write(self, config=None, credentials=None):
        for which, text in (("config", config), ("credentials", credentials)):
            if text is not None:
                self.home.file(".aws/" + which, text)
                self.texts[which] = text

    def read(self, which):
        with open(self.path(which), encoding="utf-8", newline="") as f:
            return f.read()

    def is_as_before(self):
        return all(self.read(which) == text for which, text in self.texts.items())

    def process(self, name):
        return "credential_process = %s process %s\n" % (self.home.program, name)

    def setup(self, *args, status=0, passphrase=PASSPHRASE, **more):
        return self.home.run("setup", *args, passphrase=passphrase, status=status, **more)

    def apply(self, *args, **more):
        return self.setup(*args, "--low-memory", "--apply", "--yes", **more)


@pytest.fixture
def day(home, standin):
    return Day(home, standin)


def ordinary(day):
    day.write("# mine\n[default]\nregion = eu-west-1\n\n[profile reader]\nrole_arn = %s\nsource_profile = ci\n"
              "region = eu-west-2\n" % ROLE, "[ci]\n" + day.lines("ci"))


def test_one_command_makes_the_vault_takes_the_keys_and_rewrites_the_files(day):
    ordinary(day)
    answer = day.apply()
    assert "Made the vault" in answer.out and "Imported 1 key. Rewrote ~/.aws/credentials (2 lines)" in answer.out
    assert day.read("credentials") == "[ci]\n" + day.process("ci")
    assert day.read("config") == (
        "# mine\n[default]\nregion = eu-west-1\n\n[profile reader]\n%sregion = eu-west-2\n\n[credvault reader]\n"
        "role_arn = %s\nsource_profile = ci\n\n[profile ci]\n%s" % (
            day.process("reader"), ROLE, day.process("ci")))
    assert plaintext_files(day.home, day.secret("ci")) == []
    for profile in "ci", "reader":
        assert day.home.run("process", profile, status=0).json()["Version"] == 1


def test_undo_puts_every_byte_back_with_the_passphrase_and_on_record(day):
    ordinary(day)
    day.apply()
    answer = day.setup("--undo", "--yes")
    assert day.is_as_before()
    assert "1 key will lie in clear in your files then: ci" in answer.out
    entry = day.home.run("log", "-n", "1", "--json", status=0).json()["entries"][0]
    assert (entry["op"], entry["profile"]) == ("reveal", "ci")
    assert not os.path.exists(day.home.vault + ".setup")
    assert "nothing to undo" in day.setup("--undo", "--yes", status=3).err


def test_undo_wants_the_passphrase_where_a_key_comes_back(day):
    ordinary(day)
    day.apply()
    after = day.read("credentials"), day.read("config")
    assert day.setup("--undo", "--yes", passphrase=None, status=4)
    assert day.setup("--undo", "--yes", passphrase="wrong" * 4, status=5)
    assert (day.read("credentials"), day.read("config")) == after


def test_undo_of_roles_alone_wants_none(day):
    day.home.init()
    day.home.run("add", "ci", "--stdin", stdin=json.dumps({"AccessKeyId": day.standin.key("ci")["id"],
                                                           "SecretAccessKey": day.secret("ci")}), status=0)
    day.write("[profile reader]\nrole_arn = %s\nsource_profile = ci\n" % ROLE)
    day.apply(passphrase=None)
    day.setup("--undo", "--yes", passphrase=None)
    assert day.is_as_before()


def test_a_diff_changes_nothing_and_shows_no_secret(day):
    ordinary(day)
    answer = day.setup("--diff", passphrase=None)
    assert day.is_as_before() and not os.path.exists(day.home.vault)
    assert day.secret("ci") not in answer.out
    assert "+++ ~/.aws/config\n@@ -2,7 +2,13 @@ # mine\n" not in answer.out
    assert "\n-aws_secret_access_key = ****\n+" + day.process("ci") in answer.out
    shown = json.loads(day.setup("--diff", "--json", passphrase=None).out)
    assert [f["changed"] for f in shown["files"]] == [True, True] and shown["applied"] is False
    assert shown["diff"] == answer.out
    assert [(p["name"], p["will"]) for p in shown["profiles"]] == [
        ("ci", "import"), ("default", "keep"), ("reader", "rewrite")]


def test_without_a_terminal_and_a_word_it_only_shows(day):
    ordinary(day)
    answer = day.setup(passphrase=None)
    assert "Would change ~/.aws/credentials (2 lines) and ~/.aws/config" in answer.out
    assert "nobody can be asked" in day.setup("--apply", "--low-memory", status=1).err
    assert day.is_as_before()


def test_a_second_run_finds_nothing_to_do(day):
    ordinary(day)
    day.apply()
    after = day.read("config"), day.read("credentials")
    answer = day.apply("--json").json()
    assert [f["changed"] for f in answer["files"]] == [False, False]
    assert {p["why"] for p in answer["profiles"] if p["name"] != "default"} == {"it is set up already"}
    assert (day.read("config"), day.read("credentials")) == after
    day.setup("--undo", "--yes")
    assert day.is_as_before()


def test_what_cannot_move_is_named_and_stays(day):
    dead = "[dead]\naws_access_key_id = AKIANOBODYKNOWSTHIS0\naws_secret_access_key = %s\n" % ("x" * 40)
    day.write("[profile sso]\nsso_start_url = https://x\n[profile mine]\ncredential_process = /bin/mine\n",
              dead + "[tmp]\naws_access_key_id = ASIAEXAMPLEEXAMPLE00\naws_secret_access_key = %s\n"
              "aws_session_token = abc\n[ci]\n%s" % ("x" * 40, day.lines("ci")))
    why = {p["name"]: (p["will"], p["why"]) for p in day.apply("--json").json()["profiles"]}
    assert why["dead"] == ("keep", "AWS says this key is dead")
    assert why["tmp"] == ("keep", "a temporary key: the vault keeps none")
    assert why["mine"] == ("keep", "another program gives its credentials")
    assert why["sso"][0] == "keep" and "config:2: " in why["sso"][1]
    assert why["ci"][0] == "rewrite"
    assert dead in day.read("credentials") and "[ci]\n" + day.process("ci") in day.read("credentials")


def test_what_stays_in_clear_is_named_at_the_end(day):
    day.write(credentials="[dead]\naws_access_key_id = AKIANOBODYKNOWSTHIS0\naws_secret_access_key = %s\n[ci]\n%s" % (
        "x" * 40, day.lines("ci")))
    end = day.apply().out.partition("Imported 1 key. ")[2]
    assert "Still in clear in the files" in end
    assert "\n  dead   AWS says this key is dead\n" in end and "\n  ci " not in end


def test_files_without_a_profile_end_in_what_to_type(day):
    answer = day.setup(passphrase=None)
    assert "neither ~/.aws/credentials nor ~/.aws/config has a profile" in answer.out
    assert "credvault add NAME" in answer.out and "WILL" not in answer.out


def test_a_file_that_changed_after_setup_is_not_undone(day):
    ordinary(day)
    day.apply()
    with open(day.path("config"), "a", encoding="utf-8") as f:
        f.write("output = json\n")
    after = day.read("config"), day.read("credentials")
    answer = day.setup("--undo", "--yes", status=1)
    assert "~/.aws/config is no longer as setup left it" in answer.err
    assert "No file was touched" in answer.err
    assert "  - role_arn = " in answer.out and "  + [credvault reader]\n" in answer.out
    assert "These lines came later:\n  > output = json\n" in answer.out
    assert (day.read("config"), day.read("credentials")) == after


def test_what_setup_put_in_and_somebody_took_out_is_marked(day):
    ordinary(day)
    day.apply()
    text = day.read("config").replace("[credvault reader]\n", "")
    day.home.file(".aws/config", text)
    assert "  ! [credvault reader]\n" in day.setup("--undo", "--yes", status=1).out
    assert day.read("config") == text


def test_a_key_and_a_role_that_another_profile_begins_at_stay(day):
    day.write("[profile both]\nrole_arn = %s\nsource_profile = ci\n[profile top]\nrole_arn = %s\nsource_profile = both\n"
              % (ROLE, ROLE), "[ci]\n%s[both]\n%s" % (day.lines("ci"), day.lines("dev")))
    why = {p["name"]: (p["will"], p["why"]) for p in day.apply("--json").json()["profiles"]}
    assert why["both"] == ("keep", "a key and a role, and top begins at it: tools disagree")
    assert why["top"] == ("keep", "its source both has a key and a role: tools disagree")
    assert why["ci"][0] == "rewrite" and day.secret("dev") in day.read("credentials")


def test_a_key_whose_halves_stand_in_two_files_comes_in(day):
    key = day.standin.key("ci")
    day.write("[profile ci]\naws_access_key_id = %s\n" % key["id"],
              "[ci]\naws_secret_access_key = %s\n" % key["secret"])
    day.apply()
    assert (day.read("config"), day.read("credentials")) == (
        "[profile ci]\n" + day.process("ci"), "[ci]\n" + day.process("ci"))
    day.setup("--undo", "--yes")
    assert day.is_as_before()


def test_a_key_that_was_rotated_comes_back_as_it_is_now(day):
    ordinary(day)
    day.apply()
    old = day.lines("ci")
    day.home.run("rotate", "ci", "--yes", passphrase=PASSPHRASE, status=0)
    day.setup("--undo", "--yes")
    text = day.read("credentials")
    revealed = day.home.run("reveal", "ci", "--json", passphrase=PASSPHRASE, status=0).json()
    assert text != "[ci]\n" + old
    assert text == "[ci]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (
        revealed["access_key_id"], revealed["secret_access_key"])


def test_the_journal_holds_no_secret(day):
    ordinary(day)
    day.apply()
    path = day.home.vault + ".setup"
    text = open(path, encoding="utf-8").read()
    secret = day.secret("ci")
    assert secret not in text and secret.encode().hex() not in text
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_named_profiles_alone_are_moved(day):
    day.write("[default]\nregion = eu-west-1\n", "[ci]\n" + day.lines("ci") + "[dev]\n" + day.lines("dev"))
    day.apply("ci")
    assert day.secret("dev") in day.read("credentials") and day.secret("ci") not in day.read("credentials")
    assert [k["name"] for k in day.home.run("list", "--json", status=0).json()["keys"]] == ["ci"]


def test_two_runs_are_undone_together(day):
    day.write("[default]\nregion = eu-west-1\n", "[ci]\n" + day.lines("ci") + "[dev]\n" + day.lines("dev"))
    day.apply("ci")
    day.apply("dev")
    day.setup("--undo", "--yes")
    assert day.is_as_before()


def test_the_conversation_of_the_first_day(day):
    ordinary(day)
    with day.home.terminal("setup", "--low-memory", "--no-recovery") as t:
        t.answer("Passphrase for the new vault (Enter to have one made): ", PASSPHRASE)
        t.answer("Type it once more: ", PASSPHRASE)
        t.expect("Made the vault")
        t.expect("WILL")
        t.expect("See the diff: d    Go: y    Import but leave the files alone: n")
        t.answer("[d/y/n] ", "d")
        t.expect("+++ ~/.aws/config")
        t.answer("[d/y/n] ", "y")
        t.expect("Imported 1 key. Rewrote ")
        assert t.wait() == 0
        assert day.secret("ci") not in t.seen
    assert day.secret("ci") not in day.read("credentials")


def test_keys_come_in_and_the_files_stay_where_that_is_wanted(day):
    ordinary(day)
    day.home.init()
    with day.home.terminal("setup") as t:
        t.answer("vault.db: ", PASSPHRASE)
        t.answer("[d/y/n] ", "n")
        t.expect("Imported 1 key. The files stay as they are.")
        assert t.wait() == 0
    assert day.is_as_before()
    assert [k["name"] for k in day.home.run("list", "--json", status=0).json()["keys"]] == ["ci"]
