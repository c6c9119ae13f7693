# SPDX-License-Identifier: MIT
"""Keys on their way in: asked about in the region where they live, and waited for where they are new."""

import json

import pytest
from world import fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize


def new_user(world, name):
    made = world.standin.add_user(name, keys=[{}])["keys"][0]
    return {"AccessKeyId": made["id"], "SecretAccessKey": made["secret"]}


def regions(world, since):
    return {e["region"] for e in world.standin.log()[since:] if e["action"] == "GetCallerIdentity"}


@pytest.mark.parametrize("name, env, config, asked", [
    ("from-env", "eu-west-3", "", "eu-west-3"),
    ("from-profile", None, "[profile from-profile]\nregion = eu-north-1\n", "eu-north-1"),
    ("from-neither", None, "", "us-east-1")])
def test_add_asks_in_the_region_of_the_environment_or_the_profile_and_keeps_it(
        fresh, name, env, config, asked):
    fresh.config(config)
    fresh.home.env.pop("AWS_REGION")
    since = len(fresh.standin.log())
    fresh.home.run("add", name, "--stdin", stdin=json.dumps(new_user(fresh, name)),
                   env={"AWS_REGION": env} if env else None, status=0)
    assert regions(fresh, since) == {asked}
    key = fresh.home.run("show", name, "--json", status=0).json()
    assert key["region"] == (asked if env or config else None)


def test_a_key_of_another_partition_is_refused_with_both_named(fresh):
    answer = fresh.home.run("add", "gov", "--stdin", stdin=json.dumps(new_user(fresh, "gov")),
                            env={"AWS_REGION": "us-gov-west-1"}, status=2)
    assert "partition aws" in answer.err and "us-gov-west-1 of aws-us-gov" in answer.err


def test_a_key_that_was_made_just_now_is_waited_for_aloud(fresh):
    key = new_user(fresh, "newcomer")
    fresh.standin.fault("error", action="GetCallerIdentity", count=2, status=403,
                        code="InvalidClientTokenId",
                        message="The security token included in the request is invalid.")
    answer = fresh.home.run("add", "newcomer", "--stdin", stdin=json.dumps(key), status=0)
    assert "does not know this key yet" in answer.err


def test_a_key_that_stays_unknown_is_told_with_the_host_and_the_partition(fresh):
    key = {"AccessKeyId": "AKIA" + "X" * 16, "SecretAccessKey": "x" * 40}
    answer = fresh.home.run("add", "nobody", "--stdin", stdin=json.dumps(key), status=8)
    host = fresh.standin.url.split("//")[1].strip("/")
    assert "AWS knows no access key" in answer.err
    assert "%s was asked, of the partition aws" % host in answer.err
    assert answer.err.index("partition") < answer.err.index("mistyped")


def test_import_does_not_wait(fresh):
    key = new_user(fresh, "late")
    fresh.standin.fault("error", action="GetCallerIdentity", count=1, status=403,
                        code="InvalidClientTokenId", message="no")
    since = len(fresh.standin.log())
    path = fresh.home.file("late", "[late]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
                           % (key["AccessKeyId"], key["SecretAccessKey"]))
    fresh.home.run("import", path, "--yes")
    assert len(fresh.standin.log()) == since + 1
