# SPDX-License-Identifier: MIT
"""What the lines of ~/.aws/config come to: in the request to STS, in the plan, and in what is refused."""

import json
import os
import re

import pytest
from home import ROOT
from world import ROLE, SERIAL, fresh, world  # noqa: F401

READER = "role_arn = %sreader\n" % ROLE


def steps(world, profile, *options, env=None):
    """The plan as JSON."""
    return world.home.run("exec", "--plan", "--json", *options, profile, env=env, status=0).json()


def asked(world, since, action):
    return [e for e in world.standin.log()[since:] if e["action"] == action]


def refused(world, text, profile="x", status=2, env=None):
    """The error of a profile in this config file, by `export`."""
    world.config(text)
    return world.home.run("export", profile, "--json", status=status, env=env).error()


# -- what goes to STS ------------------------------------------------------------------------------

TAGGED = ("[profile tf]\n" + READER + "source_profile = ci\nrole_session_name = me@corp\n"
          "external_id = x:1\nduration_seconds = 1800\nsession_tags = team = red, stage=prod\n"
          "transitive_session_tags = team\nsource_identity = dev.one\n")


def test_each_setting_of_a_role_reaches_the_request_and_the_plan(fresh):
    fresh.config(TAGGED)
    since = len(fresh.standin.log())
    fresh.home.run("process", "tf", status=0)
    (call,) = asked(fresh, since, "AssumeRole")
    sent = {"RoleArn": ROLE + "reader", "RoleSessionName": "me@corp", "ExternalId": "x:1",
            "DurationSeconds": "1800", "Tags.member.1.Key": "team", "Tags.member.1.Value": "red",
            "Tags.member.2.Key": "stage", "Tags.member.2.Value": "prod",
            "TransitiveTagKeys.member.1": "team", "SourceIdentity": "dev.one"}
    assert {k: call["params"].get(k) for k in sent} == sent
    for locked in (False, True):
        role = steps(fresh, "tf")["steps"][-1]
        assert {k: role[k] for k in ("session_name", "external_id", "session_tags",
                                     "transitive_session_tags", "source_identity")} == {
            "session_name": "me@corp", "external_id": "x:1", "session_tags": "team = red, stage=prod",
            "transitive_session_tags": "team", "source_identity": "dev.one"}
        shown = fresh.home.run("exec", "--plan", "tf", status=0).out
        for word in ("me@corp", "x:1", "team = red", "dev.one", fresh.standin.url):
            assert word in shown, (locked, shown)
        fresh.home.lock()
    fresh.home.unlock()


def test_other_tags_are_another_session(fresh):
    fresh.config(TAGGED)
    first = fresh.home.run("process", "tf", status=0).json()
    assert fresh.home.run("process", "tf", status=0).json() == first
    fresh.config(TAGGED.replace("team = red", "team = blue"))
    assert fresh.home.run("process", "tf", status=0).json() != first


def test_what_sts_refuses_of_tags_is_told_in_its_words(fresh):
    fresh.config(TAGGED.replace("transitive_session_tags = team", "transitive_session_tags = other"))
    told = fresh.home.run("export", "tf", status=8).err
    assert "transitive tag key must be included" in told


def test_include_profile_gives_what_the_profile_itself_does_not_say(fresh):
    fresh.config("[profile common]\nregion = eu-west-3\nmfa_serial = %s\nsource_profile = dev\n"
                 "role_session_name = shared\n"
                 "[profile dev]\ninclude_profile = common\n"
                 "[profile tf]\ninclude_profile = common\nrole_session_name = mine\n%s"
                 % (SERIAL, READER))
    plan = steps(fresh, "tf", env={"AWS_REGION": ""})
    assert [s["kind"] for s in plan["steps"]] == ["key", "session", "role"]
    assert plan["steps"][0]["what"] == "dev" and plan["steps"][1]["what"] == SERIAL
    assert plan["steps"][2]["session_name"] == "mine" and plan["region"] == "eu-west-3"


# -- one MFA session -------------------------------------------------------------------------------

def test_a_role_without_region_signs_in_its_sources_and_needs_no_second_code(fresh):
    fresh.config("[profile dev]\nregion = eu-west-3\n[profile tf]\n%ssource_profile = dev\n" % READER)
    env = {"AWS_REGION": ""}
    since = len(fresh.standin.log())
    fresh.home.run("process", "dev", "-t", fresh.code(), env=env, status=0)
    fresh.home.run("process", "tf", env=env, status=0)
    calls = [(e["action"], e["region"]) for e in fresh.standin.log()[since:]]
    assert calls == [("GetSessionToken", "eu-west-3"), ("AssumeRole", "eu-west-3")]


def test_profiles_that_differ_in_their_region_alone_share_their_sessions(fresh):
    fresh.config("".join("[profile %s]\n%ssource_profile = dev\nregion = %s\n" % (name, READER, region)
                         for name, region in (("one", "eu-west-1"), ("two", "ap-south-1"))))
    env = {"AWS_REGION": ""}
    since = len(fresh.standin.log())
    fresh.home.run("process", "one", "-t", fresh.code(), env=env, status=0)
    assert "AWS_REGION='ap-south-1'" in fresh.home.run("export", "two", env=env, status=0).out
    calls = [(e["action"], e["region"]) for e in fresh.standin.log()[since:]]
    assert calls == [("GetSessionToken", "eu-west-1"), ("AssumeRole", "eu-west-1")]


def test_an_edit_that_changes_no_answer_of_aws_needs_no_new_code(fresh):
    fresh.session()
    since = len(fresh.standin.log())
    fresh.home.run("edit", "dev", "--note", "of the team", status=0)
    fresh.home.run("process", "dev", status=0)
    assert asked(fresh, since, "GetSessionToken") == []


# -- where STS is asked ----------------------------------------------------------------------------

@pytest.mark.parametrize("lines, env, flag", [
    ("use_fips_endpoint = true\n", {}, "fips"),
    ("use_fips_endpoint = false\n", {"AWS_USE_FIPS_ENDPOINT": "true"}, "fips"),
    ("use_fips_endpoint = true\n", {"AWS_USE_FIPS_ENDPOINT": "false"}, None),
    ("use_dualstack_endpoint = TRUE\n", {}, "dualstack"),
    ("", {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "dualstack")])
def test_a_variant_and_an_endpoint_of_ones_own_exclude_each_other(fresh, lines, env, flag):
    """That the stand-in's URL is refused says that the setting has arrived."""
    fresh.config("[profile x]\n%ssource_profile = ci\n%s" % (READER, lines))
    answer = fresh.home.run("export", "x", env=env)
    assert answer.status == (2 if flag else 0), answer
    assert not flag or "use_%s_endpoint and an endpoint of one's own" % flag in answer.err


def test_endpoints_of_the_profile_come_in_their_order(fresh):
    url = fresh.standin.url
    elsewhere = "https://sts.corp.example/"
    text = ("[profile x]\n%ssource_profile = ci\nservices = mine\nendpoint_url = %s\n"
            "[services mine]\niam =\n  endpoint_url = https://iam.corp.example\nsts =\n  endpoint_url = %s\n")
    none = {"CREDVAULT_ENDPOINT_URL": ""}
    fresh.config(text % (READER, elsewhere, url))
    assert steps(fresh, "x", env=none)["endpoint"].rstrip("/") == url.rstrip("/")
    fresh.config((text % (READER, url, elsewhere)).replace("services = mine\n", ""))
    assert steps(fresh, "x", env=none)["endpoint"].rstrip("/") == url.rstrip("/")
    # One that leads away from where the key was added for is refused before anything is sent.
    fresh.config(text % (READER, url, elsewhere))
    assert "not used with the endpoint" in fresh.home.run("export", "x", env=none, status=1).err
    assert steps(fresh, "x")["endpoint"].rstrip("/") == url.rstrip("/")
    ignored = dict(none, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")
    assert "not used with the endpoint sts." in fresh.home.run("export", "x", env=ignored, status=1).err


@pytest.mark.parametrize("line, rule", [
    ("use_fips_endpoint = maybe", "false or true"), ("use_dualstack_endpoint = 1", "false or true"),
    ("sts_regional_endpoints = local", "regional or legacy"),
    ("endpoint_url = http://sts.example.com", "https://HOST"),
    ("endpoint_url = https://me@sts.example.com", "https://HOST"),
    ("services = nowhere", "is not there"), ("session_tags = team", "KEY=VALUE"),
    ("transitive_session_tags = a=b", "keys of tags"), ("source_identity = x", "2 to 64")])
def test_a_value_that_is_not_valid_is_told_with_file_line_and_rule(fresh, line, rule):
    error = refused(fresh, "[profile x]\n%ssource_profile = ci\n%s\n" % (READER, line), status=None,
                    env={"CREDVAULT_ENDPOINT_URL": ""})
    assert error["status"] in (1, 2)
    assert "/.aws/config:4: " in error["message"] and rule in error["message"], error


def test_a_variable_that_is_not_valid_is_named(fresh):
    error = refused(fresh, "", "ci", env={"AWS_USE_FIPS_ENDPOINT": "perhaps"})
    assert "$AWS_USE_FIPS_ENDPOINT" in error["message"] and "false or true" in error["message"]


# -- sources that are not built --------------------------------------------------------------------

@pytest.mark.parametrize("lines, kind, hint", [
    ("sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = r\n", "IAM Identity Center",
     "aws sso login --profile x"),
    ("sso_start_url = https://corp.awsapps.com/start\n", "IAM Identity Center", "aws sso login"),
    (READER + "web_identity_token_file = /var/token\n", "a web identity's token", "--profile x"),
    (READER + "web_identity_token_process = get-token\n", "a web identity's token", "aws-vault exec x"),
    ("login_session = arn:aws:sts::111122223333:assumed-role/a/b\n", "a sign-in to the console",
     "aws login --profile x"),
    (READER + "credential_source = Environment\n", "the environment", "source_profile = NAME"),
    (READER + "credential_source = Ec2InstanceMetadata\n", "an EC2 instance's role", "source_profile"),
    (READER + "credential_source = EcsContainer\n", "a container's role", "source_profile"),
    (READER + "credential_source = Moon\n", "what nobody knows", "Ec2InstanceMetadata")])
def test_a_source_that_is_not_built_is_named_with_file_line_and_what_to_do(fresh, lines, kind, hint):
    error = refused(fresh, "[profile x]\n" + lines)
    assert re.search(r"/\.aws/config:[23]: credvault does not take credentials from %s \(" % kind,
                     error["message"]), error
    assert hint in error["hint"] and error["profile"] == "x"


def test_another_tools_process_counts_where_the_vault_has_no_key_of_the_name(fresh):
    error = refused(fresh, "[profile x]\ncredential_process = /opt/sso-thing x\n", status=3)
    assert "/.aws/config:2: " in error["message"] and "credential_process" in error["message"]
    fresh.config("[profile ci]\ncredential_process = /opt/sso-thing ci\n")
    assert fresh.home.run("process", "ci", status=0).json()["AccessKeyId"].startswith("ASIA")


def test_a_key_that_is_missing_is_told_with_the_line_that_names_it(fresh):
    error = refused(fresh, "[profile x]\n%ssource_profile = gone\n" % READER, status=3)
    assert "/.aws/config:3: source_profile = gone: no key" in error["message"]
    fresh.home.file(".aws/credentials", "[gone]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
    error = refused(fresh, "[profile x]\n%ssource_profile = gone\n" % READER, status=3)
    os.remove(os.path.join(fresh.home.path, ".aws/credentials"))
    assert "/.aws/credentials:2: the key of gone stands in clear" in error["message"]
    assert error["hint"] == "credvault import"


# -- [credvault NAME] ------------------------------------------------------------------------------

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize("key", ["aws_secret_access_key", "aws_session_token", "AWS_Access_Key_Id",
                                 "password", "mfa_seed"])
def test_a_secret_in_the_section_that_is_shared_is_refused_by_name(fresh, key):
    error = refused(fresh, "[credvault x]\n%ssource_profile = ci\n%s = %s\n" % (READER, key, SECRET),
                    status=1)
    assert "/.aws/config:4: [credvault x] holds %s" % key.lower() in error["message"]
    assert SECRET not in json.dumps(error)


def test_a_setting_that_credvault_does_not_know_is_refused_in_its_own_section(fresh):
    error = refused(fresh, "[credvault x]\n%ssorce_profile = ci\n" % READER, status=1)
    assert "/.aws/config:3: [credvault x]: no setting is called sorce_profile" in error["message"]


# -- precedence ------------------------------------------------------------------------------------

with open(os.path.join(ROOT, "docs/profiles.md"), encoding="utf-8") as page:
    TABLE = re.search(r"\| setting \|.*?\n\n", page.read(), re.S).group().strip().splitlines()
ROWS = [[cell.strip() for cell in row.strip("|").split("|")] for row in TABLE[2:]]
PLACES = [cell.strip() for cell in TABLE[0].strip("|").split("|")][1:]

# For each setting a value of its own in each place, and how the plan shows what holds; `...` where the
# plan does not show it.
VALUES = {
    "region": (["ap-south-1", "sa-east-1", "eu-west-1", "eu-west-2", "eu-west-3", "us-east-1"],
               lambda plan: plan["region"]),
    "duration": (["900s", None, "1200", "1500", None, 3600], lambda plan: plan["steps"][-1]["duration_s"]),
    "MFA device": ([None, None, SERIAL + "-one", SERIAL + "-two", SERIAL, None],
                   lambda plan: plan["steps"][1]["what"]),
    "role session name": ([None, None, "one-one", "two-two", None, ...],
                          lambda plan: plan["steps"][-1].get("session_name")),
    "FIPS": ([None, "true", "false", "true", None, "false"],
             lambda plan: str("//sts-fips." in plan["endpoint"]).lower()),
    "dual-stack": ([None, "true", "false", "true", None, "false"],
                   lambda plan: str(plan["endpoint"].endswith(".api.aws/")).lower()),
    "STS's endpoint": ([None, "legacy", "regional", "legacy", None, "regional"],
                       lambda plan: "legacy" if plan["endpoint"] == "https://sts.amazonaws.com/" else "regional"),
    "endpoint": (["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3", "http://127.0.0.1:4",
                  None, ...], lambda plan: plan.get("endpoint", "").rstrip("/") or None),
}
LINES = {"region": "region", "duration": "duration_seconds", "MFA device": "mfa_serial",
         "role session name": "role_session_name", "endpoint": "endpoint_url", "FIPS": "use_fips_endpoint",
         "dual-stack": "use_dualstack_endpoint", "STS's endpoint": "sts_regional_endpoints"}
OPTIONS = {"region": "--region", "duration": "--duration", "endpoint": "--endpoint-url"}
VARIABLES = {"region": "AWS_REGION", "endpoint": "CREDVAULT_ENDPOINT_URL", "FIPS": "AWS_USE_FIPS_ENDPOINT",
             "dual-stack": "AWS_USE_DUALSTACK_ENDPOINT", "STS's endpoint": "AWS_STS_REGIONAL_ENDPOINTS"}
AT_AWS = ("FIPS", "dual-stack", "STS's endpoint")    # asked of a key that is not the stand-in's


@pytest.fixture(scope="module")
def keyed(world):  # noqa: F811
    """A key that brings what the profiles leave out, one that does not, and one that belongs to AWS."""
    world.standin.add_user("keyed", keys=[{}])
    world.add("at-aws", "keyed", "--no-check", env={"CREDVAULT_ENDPOINT_URL": "", "AWS_REGION": ""})
    world.add("keyed", "keyed", "--mfa-serial", SERIAL, "--region", "eu-west-3")
    world.add("bare", "keyed", env={"AWS_REGION": ""})
    return world


def test_the_table_has_each_setting_once(keyed):
    assert PLACES == ["option", "environment", "`[credvault NAME]`", "`[profile NAME]`", "the key's",
                      "built in"]
    assert sorted(row[0] for row in ROWS) == sorted([*VALUES, "profile"])


@pytest.mark.parametrize("setting", VALUES)
def test_a_place_further_left_in_the_table_wins(keyed, setting):
    values, read = VALUES[setting]
    row = next(r for r in ROWS if r[0] == setting)
    for first, wanted in enumerate(values):
        # What the documents leave open has no value here, and the other way round.
        assert (row[1 + first] in ("", "–")) == (wanted is None), (setting, PLACES[first])
        if wanted in (None, ...):
            continue
        there = [v if i >= first and v is not ... else None for i, v in enumerate(values)]
        options = [OPTIONS[setting], there[0]] if there[0] else []
        env = {"AWS_REGION": "", "AWS_DEFAULT_REGION": "", "CREDVAULT_ENDPOINT_URL": keyed.standin.url}
        if setting == "endpoint" or setting in AT_AWS:
            env["CREDVAULT_ENDPOINT_URL"] = ""
        if there[1]:
            env[VARIABLES[setting]] = there[1]
        origin = "at-aws" if setting in AT_AWS else "bare" if first == 5 else "keyed"
        line = "%s = %%s\n" % LINES[setting]
        keyed.config("[credvault x]\n%ssource_profile = %s\n%s[profile x]\noutput = json\n%s" % (
            READER, origin, line % there[2] if there[2] else "", line % there[3] if there[3] else ""))
        plan = steps(keyed, "x", *options, env=env)
        value = int(wanted.rstrip("s")) if setting == "duration" and isinstance(wanted, str) else wanted
        assert read(plan) == value, (setting, PLACES[first])


def test_the_profile_is_the_operand_before_the_variable(keyed):
    for options, variable, meant in ((["ci"], "keyed", "ci"), (["--profile", "ci"], "keyed", "ci"),
                                     ([], "keyed", "keyed")):
        plan = keyed.home.run("exec", "--plan", "--json", *options, env={"AWS_PROFILE": variable}, status=0)
        assert plan.json()["profile"] == meant
