# SPDX-License-Identifier: MIT
"""What the guides of the SDKs for JavaScript tell people to write, as it stands there, under credvault."""

import json
import os
import shutil
import subprocess

import pytest
from home import PROGRAMS, ROOT, wait_until
from world import world  # noqa: F401

JS = os.path.join(ROOT, "tests/e2e/js")
NODE = os.environ.get("CREDVAULT_NODE") or shutil.which("node")
CREDVAULT = os.path.join(PROGRAMS, "credvault")
WHO = "arn:aws:iam::111122223333:user/ci"
ROLE_OF = "arn:aws:sts::111122223333:assumed-role/reader/cv-"

# "Loading Credentials in Node.js from the Shared Credentials File", version 2
SHARED_INI = """
var credentials = new AWS.SharedIniFileCredentials({profile: 'work-account'});
AWS.config.credentials = credentials;
"""
# "Loading Credentials in Node.js from a JSON File", version 2
FROM_PATH = "AWS.config.loadFromPath('./config.json');\n"
# "Setting Credentials in Node.js", version 2: environment, or whatever the default chain finds
GET_CREDENTIALS = """
AWS.config.getCredentials(function(err) {
  if (err) console.log(err.stack);
  // credentials not loaded
  else {
    console.log("Access key:", AWS.config.credentials.accessKeyId);
  }
});
"""
# "ProcessCredentials", version 2
PROCESS = """
var credentials = new AWS.ProcessCredentials({profile: 'work-account'});
AWS.config.credentials = credentials;
"""
ASK_V2 = """
new AWS.STS({region: 'eu-west-1'}).getCallerIdentity(function(err, data) {
  if (err) console.log(err, err.stack); // an error occurred
  else     console.log(data.Arn);       // successful response
});
"""
HEAD_V2 = "var AWS = require('aws-sdk');\n"
# "Set credentials", version 3: its default chain, and the providers by name
HEAD_V3 = """
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { fromEnv, fromIni, fromNodeProviderChain, fromProcess } from "@aws-sdk/credential-providers";
"""
ASK_V3 = "console.log((await client.send(new GetCallerIdentityCommand({}))).Arn);\n"
V3 = {
    "default": "const client = new STSClient({});\n",
    "chain": "const client = new STSClient({ credentials: fromNodeProviderChain() });\n",
    "env": "const client = new STSClient({ credentials: fromEnv() });\n",
    "ini": "const client = new STSClient({ credentials: fromIni({ profile: 'work-account' }) });\n",
    "process": "const client = new STSClient({ credentials: fromProcess({ profile: 'work-account' }) });\n",
}
# Version 2 takes an endpoint from its settings alone, and loadFromPath() begins by forgetting these.
SHIM = """
require('aws-sdk/lib/maintenance_mode_message').suppress = true;
const { config } = require('aws-sdk');
const { loadFromPath } = config;
const aim = () => config.update({ sts: { endpoint: process.env.AWS_ENDPOINT_URL_STS } });
config.loadFromPath = function (path) {
  loadFromPath.call(this, path);
  aim();
};
aim();
"""


@pytest.fixture(scope="module")
def desk(world):  # noqa: F811
    """A home with the key `work-account`, and `tf`, a role behind it; programs find the SDKs there."""
    if not NODE or not os.path.isdir(os.path.join(JS, "node_modules", "aws-sdk")):
        pytest.skip("the JavaScript SDKs are not installed: npm ci in tests/e2e/js")
    world.add("work-account", "ci", "--region", "eu-west-1")
    home = world.home
    os.symlink(os.path.join(JS, "node_modules"), os.path.join(home.path, "node_modules"))
    home.env.pop("AWS_REGION")
    home.env.update(AWS_ENDPOINT_URL_STS=world.standin.url, AWS_EC2_METADATA_DISABLED="true",
                    PATH=PROGRAMS + ":" + home.env["PATH"], NODE_NO_WARNINGS="1",
                    NODE_OPTIONS="--require " + home.file("shim.js", SHIM))
    world.config("[profile work-account]\nregion = eu-west-1\ncredential_process = %s process work-account\n\n"
                 "[profile tf]\nregion = eu-west-1\ncredential_process = %s process tf\n\n[credvault tf]\n"
                 "role_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = work-account\n"
                 % (CREDVAULT, CREDVAULT))
    return world


def node(desk, text, *around, env=None, name="program.js"):
    """The last line that a program prints, under the command in front of it."""
    desk.home.file(name, text)
    done = subprocess.run([*around, NODE, name], cwd=desk.home.path, env=dict(desk.home.env, **(env or {})),
                          capture_output=True, text=True, timeout=120, check=False, start_new_session=True)
    assert done.returncode == 0, done
    return done.stdout.strip().splitlines()[-1]


def exec_of(profile, *options):
    return [CREDVAULT, "exec", profile, *options, "--"]


@pytest.mark.parametrize("snippet", ["default", "chain", "env"])
def test_version_3_under_exec(desk, snippet):
    text = HEAD_V3 + V3[snippet] + ASK_V3
    assert node(desk, text, *exec_of("work-account"), name="program.mjs") == WHO
    assert node(desk, text, *exec_of("tf"), name="program.mjs").startswith(ROLE_OF)


@pytest.mark.parametrize("snippet", ["default", "chain", "ini", "process"])
def test_version_3_by_the_config_file(desk, snippet):
    env = {"AWS_PROFILE": "work-account"} if snippet in ("default", "chain") else {"AWS_REGION": "eu-west-1"}
    assert node(desk, HEAD_V3 + V3[snippet] + ASK_V3, env=env, name="program.mjs") == WHO


def test_version_2_under_exec(desk):
    assert node(desk, HEAD_V2 + ASK_V2, *exec_of("work-account")) == WHO
    assert node(desk, HEAD_V2 + GET_CREDENTIALS, *exec_of("tf")).startswith("Access key: ASIA")


def test_version_2_by_the_config_file(desk):
    env = {"AWS_PROFILE": "work-account", "AWS_SDK_LOAD_CONFIG": "1"}
    assert node(desk, HEAD_V2 + ASK_V2, env=env) == WHO
    assert node(desk, HEAD_V2 + GET_CREDENTIALS, env=env).startswith("Access key: ASIA")
    assert node(desk, HEAD_V2 + PROCESS + ASK_V2, env={"AWS_SDK_LOAD_CONFIG": "1"}) == WHO


def test_version_2_with_keys_in_the_evaluated_environment(desk):
    script = 'eval "$(credvault export work-account)" && exec "$@"'
    assert node(desk, HEAD_V2 + ASK_V2, "/bin/sh", "-c", script, "sh") == WHO


def test_shared_ini_file_credentials_never_run_a_process(desk):
    """Why there is `exec --credentials-file`."""
    ask = HEAD_V2 + SHARED_INI + ASK_V2
    assert node(desk, ask, env={"AWS_SDK_LOAD_CONFIG": "1"}) != WHO


def test_shared_ini_file_credentials_under_a_credentials_file(desk):
    ask = HEAD_V2 + SHARED_INI + ASK_V2
    assert node(desk, ask, *exec_of("work-account", "--credentials-file")) == WHO
    assert node(desk, ask.replace("work-account", "tf"),
                *exec_of("tf", "--credentials-file")).startswith(ROLE_OF)
    # The words of whoever types it: the program's profile, and a shell that had said nothing of config files.
    assert node(desk, ask, *exec_of("work-account", "--credentials-file"),
                env={"AWS_PROFILE": "nobody", "AWS_SHARED_CREDENTIALS_FILE": desk.home.path + "/nowhere"}) == WHO


def test_the_credentials_file_is_there_while_its_command_runs(desk):
    look = 'stat -c "%a %F" "$AWS_SHARED_CREDENTIALS_FILE"; echo "$AWS_SDK_LOAD_CONFIG"; ' \
           'echo "$AWS_SHARED_CREDENTIALS_FILE"; cat "$AWS_SHARED_CREDENTIALS_FILE"; ' \
           'echo "keys=$AWS_ACCESS_KEY_ID$AWS_SECRET_ACCESS_KEY$AWS_SESSION_TOKEN"'
    done = subprocess.run([*exec_of("work-account", "--credentials-file"), "/bin/sh", "-c", look], cwd=desk.home.path,
                          env=desk.home.env, capture_output=True, text=True, timeout=120, check=True)
    kind, load, path, *text, keys = done.stdout.splitlines()
    assert (kind, load) == ("600 regular file", "1")
    assert path.startswith(desk.home.runtime + "/")
    wait_until(lambda: not os.path.exists(path))
    assert "[work-account]" in text and any("aws_session_token" in line for line in text)
    assert desk.key("ci")["SecretAccessKey"] not in done.stdout
    assert keys == "keys=", "keys in the environment come before the file and are never renewed"


def test_it_is_gone_however_the_command_ends(desk):
    for end in "exit 3", "kill -TERM $$", "kill -9 $$":
        script = 'echo "$AWS_SHARED_CREDENTIALS_FILE"; ' + end
        done = subprocess.run([*exec_of("work-account", "--credentials-file"), "/bin/sh", "-c", script],
                              cwd=desk.home.path, env=desk.home.env, capture_output=True, text=True, timeout=120,
                              check=False)
        path = done.stdout.strip()
        assert path and (done.returncode == 3 or end != "exit 3"), done
        wait_until(lambda: not os.path.exists(path))


def test_load_from_path(desk):
    done = desk.home.run("export", "work-account", "--format", "sdk-json", "--write",
                         os.path.join(desk.home.path, "config.json"), status=0)
    path = os.path.join(desk.home.path, "config.json")
    assert os.stat(path).st_mode & 0o777 == 0o600 and "ASIA" not in done.out
    with open(path, encoding="utf-8") as file:
        written = json.load(file)
    assert set(written) >= {"credentials", "region"} and written["region"] == "eu-west-1"
    assert node(desk, HEAD_V2 + FROM_PATH + ASK_V2.replace("{region: 'eu-west-1'}", "")) == WHO


def test_load_from_path_reads_it_again_when_aws_says_expired(desk):
    """The nested form: what was rewritten meanwhile is taken, without a restart."""
    path = os.path.join(desk.home.path, "config.json")
    write = ["export", "work-account", "--format", "sdk-json", "--write", path]
    desk.home.run(*write, status=0)
    again = """
const { execFileSync } = require('child_process');
const first = AWS.config.credentials.accessKeyId;
execFileSync('%s', ['clear']);
execFileSync('%s', %s);
AWS.config.credentials.expired = true;
new AWS.STS().getCallerIdentity(function(err, data) {
  if (err) throw err;
  console.log(data.Arn, AWS.config.credentials.accessKeyId !== first);
});
""" % (CREDVAULT, CREDVAULT, json.dumps(write))
    assert node(desk, HEAD_V2 + FROM_PATH + again) == WHO + " true"


def test_the_environment_of_docker(desk):
    text = desk.home.run("export", "work-account", "--format", "dotenv", status=0).out
    env = dict(line.split("=", 1) for line in text.splitlines() if line)
    assert node(desk, HEAD_V2 + ASK_V2, env=env) == WHO
