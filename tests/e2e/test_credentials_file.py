# SPDX-License-Identifier: MIT
"""`credvault exec --credentials-file`: a file that stays fresh beside a command, and is gone with it."""

import datetime
import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from home import PASSPHRASE, wait_until
from world import ROLE, fresh, world  # noqa: F401

HERE = os.path.dirname(os.path.abspath(__file__))
JS = os.path.join(HERE, "js")
NODE = os.environ.get("CREDVAULT_NODE") or shutil.which("node")
HIDE = "require('aws-sdk/lib/maintenance_mode_message').suppress = true; const AWS = require('aws-sdk');"


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    fresh.standin.advance(time.time() - fresh.standin.state()["now"])
    fresh.home.env["AWS_REGION"] = ""


def exec_(world, *command, profile="ci", **options):
    return world.home.run("exec", "-q", "--credentials-file", profile, "--", *command, **options)


def folders(world):
    """The folders of such commands that are there."""
    folder = os.path.join(world.home.runtime, "credvault")
    return [os.path.join(folder, name) for name in os.listdir(folder) if name.startswith("exec-")]


def gone(world):
    wait_until(lambda: not folders(world), 20)
    return True


def keepers(world):
    """The processes beside the commands."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                words = f.read().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"credvault", b"keep"] and any(
                world.home.path.encode() in word for word in words):
            found.append(int(pid))
    return found


def ends_in(world, seconds):
    at = datetime.datetime.fromtimestamp(time.time() + seconds, datetime.timezone.utc)
    world.standin.fault("fields", set={"Expiration": at.strftime("%Y-%m-%dT%H:%M:%SZ")},
                        action="GetSessionToken", count=1)


def sleeping(world, *more, seconds=60, **options):
    """A command that sleeps; it and the path of its file."""
    process = world.home.popen("exec", "-q", "--credentials-file", "ci", *more, "--", "/bin/sh", "-c",
                               "echo $AWS_SHARED_CREDENTIALS_FILE; exec sleep %d" % seconds, **options)
    return process, process.stdout.readline().strip()


def key_id(path):
    with open(path, encoding="utf-8") as file:
        return file.read().split("aws_access_key_id=")[1].split("\n")[0]


def test_the_command_has_a_file_and_no_credentials_in_its_variables(world):
    out = exec_(world, "/bin/sh", "-c", "env; stat -c %a $AWS_SHARED_CREDENTIALS_FILE "
                "$(dirname $AWS_SHARED_CREDENTIALS_FILE); cat $AWS_SHARED_CREDENTIALS_FILE", status=0,
                env={"AWS_ACCESS_KEY_ID": "AKIAEXAMPLEEXAMPLE00", "AWS_SECRET_ACCESS_KEY": "x" * 40,
                     "AWS_PROFILE": "other", "AWS_SECURITY_TOKEN": "stale",
                     "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/",
                     "AWS_SHARED_CREDENTIALS_FILE": "/elsewhere", "AWS_CONFIG_FILE": "/elsewhere"}).out
    env = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
    assert "\n600\n700\n[ci]\n" in out and env["aws_access_key_id"].startswith("ASIA")
    assert env["AWS_SDK_LOAD_CONFIG"] == "1" and env["AWS_CONFIG_FILE"] == "/dev/null"
    assert env["AWS_PROFILE"] == env["AWS_VAULT"] == env["CREDVAULT_PROFILE"] == "ci"
    assert env["AWS_SHARED_CREDENTIALS_FILE"].startswith(world.home.runtime + "/credvault/exec-")
    assert env["AWS_REGION"] == env["AWS_DEFAULT_REGION"] == env["region"]
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI"} & set(env)
    assert gone(world)


def test_it_is_a_real_exec(world):
    process = world.home.popen("exec", "-q", "--credentials-file", "ci", "--", "/bin/sh", "-c",
                               "trap 'exit 42' TERM; echo $$; while :; do sleep 0.1; done")
    assert int(process.stdout.readline()) == process.pid
    process.terminate()
    assert process.wait(60) == 42
    assert exec_(world, "/bin/sh", "-c", "exit 7").status == 7
    assert exec_(world, "/no/such/program").status == 127
    # Its children are its own: nobody else's end reaches its wait().
    assert exec_(world, "/usr/bin/python3", "-c",
                 "import os\ntry: os.wait()\nexcept ChildProcessError: print('none')").out == "none\n"
    assert gone(world)


def test_nobody_waits_for_the_other_process(world):
    began = time.monotonic()
    done = subprocess.run(["/bin/sh", "-c", '"$0" exec -q --credentials-file ci -- true 2>&1 | cat',
                           world.home.program], env=world.home.env, timeout=60, check=False)
    assert done.returncode == 0 and time.monotonic() - began < 20
    assert gone(world)


def test_a_terminal_is_the_commands(world):
    with world.home.terminal("exec", "-q", "--credentials-file", "ci", "--", "/bin/sh", "-c",
                             "tty -s && echo on; read x; echo got $x") as terminal:
        terminal.expect("on").send("words\n")
        terminal.expect("got words")
        assert terminal.wait() == 0
    assert gone(world)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_file_is_gone_with_the_command_however_it_ends(world, number):
    process, path = sleeping(world)
    assert os.path.exists(path) and len(keepers(world)) == 1
    process.send_signal(number)
    assert process.wait(60) == -number
    assert gone(world)
    wait_until(lambda: not keepers(world), 20)


def test_the_file_is_refreshed_by_rename_while_the_command_lives(world):
    ends_in(world, 8)
    process, path = sleeping(world)
    first, inode = key_id(path), os.stat(path).st_ino
    wait_until(lambda: key_id(path) != first, 8)
    assert os.stat(path).st_ino != inode and os.listdir(os.path.dirname(path)) == ["credentials"]
    process.kill()
    process.wait(60)
    assert gone(world)


def test_credentials_that_have_ended_do_not_stay(world):
    ends_in(world, 5)
    process, path = sleeping(world, seconds=300)
    world.standin.fault("error", status=403, code="AccessDenied", message="no more",
                        action="GetSessionToken")
    wait_until(lambda: not os.path.exists(path), 30)
    assert process.poll() is None
    world.standin.clear()
    wait_until(lambda: os.path.exists(path), 90)
    process.kill()
    process.wait(60)
    assert gone(world)


def test_it_outlives_a_lock_and_is_fresh_again_behind_the_next_unlock(world):
    ends_in(world, 14)
    process, path = sleeping(world)
    first = key_id(path)
    world.home.lock()
    assert key_id(path) == first    # as what stands in variables: it lives until it ends
    world.home.unlock()
    wait_until(lambda: os.path.exists(path) and key_id(path) != first, 60)
    process.kill()
    process.wait(60)
    assert gone(world)


def test_an_agent_that_exec_started_stays_for_the_command_and_leaves_with_it(world):
    world.home.lock()
    world.home.wait_no_agents()
    ends_in(world, 8)
    process, path = sleeping(world, passphrase=PASSPHRASE)
    first = key_id(path)
    wait_until(lambda: key_id(path) != first, 20)
    assert world.home.agents()
    process.kill()
    process.wait(60)
    assert gone(world)
    world.home.wait_no_agents()


def test_what_a_crash_has_left_is_removed_by_the_next_one_and_by_lock(world):
    for remove in (lambda: exec_(world, "true", status=0), world.home.lock):
        process, path = sleeping(world)
        for pid in keepers(world):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not keepers(world), 20)
        process.kill()
        process.wait(60)
        assert os.path.exists(path)
        remove()
        assert not os.path.exists(path) and gone(world)


def test_what_another_command_uses_is_left_alone(world):
    process, path = sleeping(world)
    exec_(world, "true", status=0)
    assert os.path.exists(path) and process.poll() is None
    process.kill()
    process.wait(60)
    assert gone(world)


def test_a_refused_profile_leaves_nothing(world):
    assert exec_(world, "true", profile="nobody").status == 125
    assert folders(world) == [] and keepers(world) == []


def node(world, profile, script):
    if not NODE or not os.path.isdir(os.path.join(JS, "node_modules", "aws-sdk")):
        pytest.skip("node and the packages of tests/e2e/js are needed: npm ci there")
    done = subprocess.run([world.home.program, "exec", "-q", "--credentials-file", profile, "--", NODE, "-e",
                           script, profile, world.standin.url], cwd=JS, capture_output=True, text=True,
                          env=dict(world.home.env, NODE_NO_WARNINGS="1", AWS_EC2_METADATA_DISABLED="true"),
                          timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("script", [
    HIDE + "const [profile, url] = process.argv.slice(1);"
    "const credentials = new AWS.SharedIniFileCredentials({ profile });"
    "new AWS.STS({ endpoint: url, credentials }).getCallerIdentity((e, a) => {"
    "if (e) throw e; console.log(JSON.stringify(a.Arn)); });",
    HIDE + "const url = process.argv[2];"
    "new AWS.STS({ endpoint: url }).getCallerIdentity((e, a) => {"
    "if (e) throw e; console.log(JSON.stringify(a.Arn)); });",
    "const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');"
    "const { fromIni } = require('@aws-sdk/credential-providers');"
    "const [profile, endpoint] = process.argv.slice(1);"
    "new STSClient({ endpoint, credentials: fromIni({ profile }) }).send(new GetCallerIdentityCommand({}))"
    ".then(a => console.log(JSON.stringify(a.Arn)));",
    "const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');"
    "const endpoint = process.argv[2];"
    "new STSClient({ endpoint }).send(new GetCallerIdentityCommand({}))"
    ".then(a => console.log(JSON.stringify(a.Arn)));",
], ids=["v2-shared-ini", "v2-chain", "v3-from-ini", "v3-chain"])
def test_both_sdks_for_javascript_read_it(world, script):
    # What stands in the config file for this profile would come before the file, or in its place.
    world.config("[profile ci]\ncredential_process = /bin/false\n\n[profile reader]\nrole_arn = %sother\n"
                 "source_profile = nobody\n\n[credvault reader]\nrole_arn = %sreader\n"
                 "source_profile = ci\n" % (ROLE, ROLE))
    assert node(world, "ci", script).endswith(":user/ci")
    assert ":assumed-role/reader/" in node(world, "reader", script)


def test_shared_ini_file_credentials_read_the_next_file_when_theirs_have_ended(world):
    ends_in(world, 8)
    script = HIDE + """
const c = new AWS.SharedIniFileCredentials({ profile: process.argv[1] }), first = c.accessKeyId;
const timer = setInterval(() => {
	c.expired = true;    // as the SDK says itself when AWS answers ExpiredToken
	c.get(() => {
		if (c.accessKeyId !== first) {
			clearInterval(timer);
			console.log(JSON.stringify([first, c.accessKeyId]));
		}
	});
}, 500);
"""
    first, second = node(world, "ci", script)
    assert first != second and second.startswith("ASIA")


@pytest.mark.parametrize("program", [
    ["/usr/bin/aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text", "--endpoint-url"],
    ["/usr/bin/python3", "-c", "import boto3, sys; print(boto3.client('sts', endpoint_url=sys.argv[1])"
     ".get_caller_identity()['Arn'])"]], ids=["awscli", "boto3"])
def test_botocore_reads_it(world, program):
    done = exec_(world, *program, world.standin.url, env={"AWS_EC2_METADATA_DISABLED": "true"})
    assert done.status == 0 and done.out.strip().endswith(":user/ci"), done
