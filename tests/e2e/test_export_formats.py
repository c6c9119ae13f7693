# SPDX-License-Identifier: MIT
"""Each format of `credvault export`, read back by the program it is for."""

import json
import os
import shutil
import subprocess

import pytest
from world import ROLE, fresh, world  # noqa: F401

HERE = os.path.dirname(os.path.abspath(__file__))
JS = os.path.join(HERE, "js")
NODE = os.environ.get("CREDVAULT_NODE") or shutil.which("node")
NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
         "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCOUNT_ID")
# A name with what shells read: a blank, a percent sign, a plus, letters of another script.
ODD = "prod %PATH% ü+"


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    fresh.home.env["AWS_REGION"] = ""    # a region that the caller asks for has no mark
    fresh.config("[profile \"%s\"]\nrole_arn = %sreader\nsource_profile = ci\n" % (ODD, ROLE))


def wanted(world, profile="ci"):
    """The variables as the JSON form has them."""
    said = world.home.run("export", profile, "--json", status=0).json()
    values = [said[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration",
                                      "Region", "Region", "AccountId")]
    return dict(zip(NAMES, values))


def export(world, form, profile="ci", **more):
    return world.home.run("export", profile, "--format", form, status=0, **more).out


def node(world, script, *args, **env):
    if not NODE or not os.path.isdir(os.path.join(JS, "node_modules", "aws-sdk")):
        pytest.skip("node and the packages of tests/e2e/js are needed: npm ci there")
    done = subprocess.run([NODE, "-e", script, *args], cwd=JS, capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "HOME": world.home.path, "NODE_NO_WARNINGS": "1",
                               **env}, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("shell,form", [
    ("sh", "env"), ("dash", "env"), ("bash", "env"), ("zsh", "env"), ("bash", "export-env"),
    ("bash", "env-no-export"), ("zsh", "env-no-export"), ("fish", "fish")])
@pytest.mark.parametrize("profile", ["ci", ODD])
def test_lines_are_read_back_by_the_shell(world, shell, form, profile):
    if not shutil.which(shell):
        pytest.skip("there is no " + shell)
    lines = export(world, form, profile)
    script = {"fish": "source; env -0", "env-no-export": 'set -a; eval "$(cat)"; env -0'}.get(
        form, 'eval "$(cat)"; env -0')
    if shell == "fish":
        script = script.replace("env -0", "/usr/bin/env -0")
    done = subprocess.run([shutil.which(shell), "-c", script], input=lines.encode(), capture_output=True,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": world.home.path},
                          check=True)
    env = dict(v.split("=", 1) for v in done.stdout.decode().split("\0") if "=" in v)
    assert {name: env[name] for name in NAMES} == wanted(world, profile)
    assert env["CREDVAULT_PROFILE"] == profile


def test_env_no_export_leaves_the_variables_to_the_shell(world):
    lines = export(world, "env-no-export").splitlines()
    assert all(line.startswith(("AWS_", "CREDVAULT_")) for line in lines)
    assert lines[0] == "AWS_ACCESS_KEY_ID='%s'" % wanted(world)["AWS_ACCESS_KEY_ID"]


def test_powershell_and_cmd_get_their_own_lines(world):
    values = wanted(world)
    assert export(world, "powershell").splitlines()[:7] == [
        "$Env:%s='%s'" % item for item in values.items()]
    assert export(world, "windows-cmd").splitlines() == [
        'set "%s=%s"' % item for item in values.items()]
    # What cmd would read stands in no value of these: a profile's name is left out.
    assert "PATH" not in export(world, "windows-cmd", ODD)


def docker(lines):
    """--env-file as docker reads it: a value is what stands behind the first '=', as it is."""
    rows = [line.lstrip() for line in lines.splitlines()]
    return dict(row.split("=", 1) for row in rows if row and not row.startswith("#"))


def test_dotenv_is_read_back_by_docker(world):
    assert docker(export(world, "dotenv")) == wanted(world)


def test_dotenv_is_read_back_by_node(world):
    file = world.home.file("app/.env", export(world, "dotenv"))
    script = "const e = {}; require('dotenv').config({path: process.argv[1], processEnv: e, quiet: true});" \
             "console.log(JSON.stringify(e))"
    assert node(world, script, file) == wanted(world)


def test_json_process_and_sts_have_their_members(world):
    values = wanted(world)
    members = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
    four = dict(zip(members, (values[name] for name in NAMES)))
    assert json.loads(export(world, "sts")) == {"Credentials": four}
    assert json.loads(export(world, "process")) == {
        "Version": 1, "AccountId": values["AWS_ACCOUNT_ID"], **four}
    assert json.loads(export(world, "json")) == {
        "Version": 1, "AccountId": values["AWS_ACCOUNT_ID"], "Region": values["AWS_REGION"], **four}


@pytest.mark.parametrize("profile", ["ci", ODD])
def test_ini_is_a_section_that_botocore_reads(world, profile):
    file = world.home.file("section", export(world, "ini", profile))
    script = "import botocore.session, json, sys; s = botocore.session.Session(profile=sys.argv[1]); " \
             "c = s.get_credentials(); " \
             "print(json.dumps([c.access_key, c.secret_key, c.token, s.get_config_variable('region')]))"
    done = subprocess.run(["/usr/bin/python3", "-c", script, profile], capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "HOME": world.home.path, "LC_ALL": "C.UTF-8",
                               "AWS_SHARED_CREDENTIALS_FILE": file, "AWS_CONFIG_FILE": "/dev/null",
                               "AWS_EC2_METADATA_DISABLED": "true"}, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [wanted(world, profile)[name] for name in NAMES[:3] + NAMES[4:5]]


@pytest.mark.parametrize("profile", ["ci", ODD])
def test_ini_is_a_section_that_both_sdks_for_javascript_read(world, profile):
    file = world.home.file("section", export(world, "ini", profile))
    env = {"AWS_SHARED_CREDENTIALS_FILE": file, "AWS_CONFIG_FILE": "/dev/null", "AWS_SDK_LOAD_CONFIG": "1"}
    second = "require('aws-sdk/lib/maintenance_mode_message').suppress = true;" \
             "const c = new (require('aws-sdk').SharedIniFileCredentials)({profile: process.argv[1]});" \
             "console.log(JSON.stringify([c.accessKeyId, c.secretAccessKey, c.sessionToken]))"
    third = "require('@aws-sdk/credential-providers').fromIni({profile: process.argv[1]})().then(c => " \
            "console.log(JSON.stringify([c.accessKeyId, c.secretAccessKey, c.sessionToken])))"
    for script in second, third:
        assert node(world, script, profile, **env) == [wanted(world, profile)[n] for n in NAMES[:3]]


def test_a_name_that_is_another_kind_of_section_is_no_section(world):
    world.config("[profile \"profile x\"]\nrole_arn = %sreader\nsource_profile = ci\n" % ROLE)
    answer = world.home.run("export", "profile x", "--format", "ini", status=2)
    assert answer.out == "" and "section" in answer.err


LOAD = """
require("aws-sdk/lib/maintenance_mode_message").suppress = true;
const AWS = require("aws-sdk"), fs = require("fs"), [file, url, next] = process.argv.slice(1);
AWS.config.loadFromPath(file);
const sts = new AWS.STS({ endpoint: url });
const seen = [[AWS.config.credentials.accessKeyId, AWS.config.region]];
if (next) {
	fs.renameSync(next, file);
	AWS.config.credentials.expired = true;
}
sts.getCallerIdentity((error, answer) => {
	if (error) throw error;
	console.log(JSON.stringify([...seen, [AWS.config.credentials.accessKeyId, answer.Arn]]));
});
"""


def test_sdk_json_is_loaded_from_its_path_and_read_again_when_it_has_ended(world):
    first = world.home.file("first.json", export(world, "sdk-json"))
    said = wanted(world)
    url = world.standin.url
    assert node(world, LOAD, first, url)[0] == [said["AWS_ACCESS_KEY_ID"], said["AWS_REGION"]]
    world.home.run("clear", status=0)
    second = world.home.file("second.json", export(world, "sdk-json"))
    later = wanted(world)["AWS_ACCESS_KEY_ID"]
    assert later != said["AWS_ACCESS_KEY_ID"]
    assert node(world, LOAD, first, url, second)[1][0] == later


def test_the_flat_form_freezes_which_the_page_says(world):
    said = json.loads(export(world, "sdk-json"))
    flat = dict(said["credentials"], region=said["region"])
    first = world.home.file("first.json", json.dumps(flat))
    other = world.home.file("second.json", json.dumps(dict(flat, accessKeyId="ASIAEXAMPLEEXAMPLE00")))
    assert node(world, LOAD, first, world.standin.url, other)[1][0] == flat["accessKeyId"]


def test_an_unknown_format_names_those_there_are(world):
    answer = world.home.run("export", "ci", "--format", "xml", status=2)
    assert answer.out == "" and all(word in answer.err for word in ("fish", "sdk-json", "dotenv"))
