# SPDX-License-Identifier: MIT
"""The real SDKs, each through credential_process and through exec."""

import os
import shutil
import subprocess

import pytest
from home import PROGRAMS
from world import ROLE, fresh, world  # noqa: F401

HERE = os.path.dirname(os.path.abspath(__file__))
JS = os.path.join(HERE, "js")
NODE = os.environ.get("CREDVAULT_NODE") or shutil.which("node")
CREDVAULT = os.path.join(PROGRAMS, "credvault")
BOTO3 = "import boto3, sys; print(boto3.client('sts', endpoint_url=sys.argv[1])" \
        ".get_caller_identity()['Arn'])"
SDKS = {
    "awscli": lambda url: ["/usr/bin/aws", "--endpoint-url", url, "sts", "get-caller-identity",
                           "--query", "Arn", "--output", "text"],
    "boto3": lambda url: ["/usr/bin/python3", "-c", BOTO3, url],
    "js-v2": lambda url: [NODE, os.path.join(JS, "whoami_v2.js"), url],
    "js-v3": lambda url: [NODE, os.path.join(JS, "whoami_v3.mjs"), url],
}


def command(name, world):
    if name.startswith("js"):
        if not NODE:
            pytest.skip("there is no node")
        if not os.path.isdir(os.path.join(JS, "node_modules", "aws-sdk")):
            pytest.skip("the JavaScript SDKs are not installed: npm ci in tests/e2e/js")
    return SDKS[name](world.standin.url)


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):
    fresh.config(
        "[profile dev]\nregion = eu-west-1\ncredential_process = %s process dev\n\n"
        "[profile reader]\nregion = eu-west-1\ncredential_process = %s process reader\n\n"
        "[credvault reader]\nrole_arn = %sreader\nsource_profile = dev\n" % (
            CREDVAULT, CREDVAULT, ROLE))


def environment(world, **more):
    return dict(world.home.env, AWS_SDK_LOAD_CONFIG="1", AWS_EC2_METADATA_DISABLED="true",
                NODE_NO_WARNINGS="1", **more)


@pytest.mark.parametrize("sdk", SDKS)
def test_through_credential_process(world, sdk):
    arguments = command(sdk, world)
    world.session()
    for profile, who in ("dev", ":user/dev"), ("reader", ":assumed-role/reader/cv-"):
        done = subprocess.run(arguments, env=environment(world, AWS_PROFILE=profile),
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0 and who in done.stdout, (profile, done)


@pytest.mark.parametrize("sdk", SDKS)
def test_through_exec(world, sdk):
    arguments = command(sdk, world)
    world.session()
    # What is around must not win: another profile, and keys of nobody.
    around = {"AWS_PROFILE": "nothing", "AWS_ACCESS_KEY_ID": "AKIANOBODYKNOWSTHIS0",
              "AWS_SECRET_ACCESS_KEY": "x" * 40, "AWS_SECURITY_TOKEN": "stale"}
    for profile, who in ("dev", ":user/dev"), ("reader", ":assumed-role/reader/cv-"):
        done = subprocess.run([CREDVAULT, "exec", profile, "--", *arguments],
                              env=environment(world, **around), capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0 and who in done.stdout, (profile, done)


@pytest.mark.parametrize("sdk", SDKS)
def test_through_export(world, sdk):
    arguments = command(sdk, world)
    world.session()
    script = 'eval "$("$0" export reader)" && shift && exec "$@"'
    done = subprocess.run(["/bin/sh", "-c", script, CREDVAULT, "-", *arguments],
                          env=environment(world), capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0 and ":assumed-role/reader/cv-" in done.stdout, done


@pytest.mark.parametrize("sdk", SDKS)
def test_a_refusal_fails_the_sdk_and_shows_on_the_terminal_once(world, sdk):
    arguments = command(sdk, world)
    folder = os.path.join(world.home.runtime, "credvault")
    for name in os.listdir(folder):
        if name.endswith(".told"):
            os.remove(os.path.join(folder, name))
    env = environment(world, AWS_PROFILE="reader", CREDVAULT_NO_INPUT="1")
    with world.home.terminal("-c", '"$@" 2>/dev/null; echo ended=$?', "sh", *arguments,
                             program="/bin/sh", env=env) as terminal:
        terminal.expect("ended=")
        terminal.wait()
    assert "ended=0" not in terminal.seen
    assert terminal.seen.count("an MFA code is needed") == 1, terminal.seen


@pytest.mark.parametrize("sdk", ["boto3", "js-v3"])
def test_a_code_typed_for_an_sdk(world, sdk):
    arguments = command(sdk, world)
    code = world.code()
    with world.home.terminal("-c", 'exec "$@"', "sh", *arguments, program="/bin/sh",
                             env=environment(world, AWS_PROFILE="reader")) as terminal:
        terminal.answer("ode", code)
        terminal.expect(":assumed-role/reader/cv-")
        assert terminal.wait() == 0


def test_many_programs_at_once_share_one_session(world):
    world.session()
    before = len(world.standin.log(action="AssumeRole"))
    arguments = command("boto3", world)
    env = environment(world, AWS_PROFILE="reader")
    running = [subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, text=True)
               for _ in range(8)]
    answers = {p.communicate(timeout=120)[0] for p in running}
    assert len(answers) == 1 and ":assumed-role/reader/cv-" in answers.pop()
    assert len(world.standin.log(action="AssumeRole")) == before + 1
