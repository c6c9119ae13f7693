# SPDX-License-Identifier: MIT
"""A machine whose clock is wrong: what AWS has just made is used, by AWS's time."""

import json

import pytest
from world import ROLE, fresh, world  # noqa: F401

pytestmark = pytest.mark.sanitize


# The larger one first: an MFA device does not go back in time.
@pytest.fixture(params=[7200, 2700])
def ahead(fresh, request):
    """This machine's clock is so many seconds ahead of AWS's."""
    fresh.standin.skew(-request.param)
    yield request.param
    fresh.standin.skew(0)


def expires(world, key_id):
    return next(s["expires"] for s in world.standin.state()["sessions"] if s["id"] == key_id)


def test_a_session_just_made_is_handed_out_with_its_true_end_and_kept(fresh, ahead):
    before = len(fresh.standin.log())
    first = fresh.home.run("process", "ci", status=0)
    assert first.err == ""
    object_ = json.loads(first.out)
    assert object_["Expiration"] == expires(fresh, object_["AccessKeyId"])
    asked = len(fresh.standin.log()) - before
    assert fresh.home.run("process", "ci", status=0).out == first.out
    assert len(fresh.standin.log()) - before == asked


def test_exec_says_once_how_far_the_clock_is_off(fresh, ahead):
    run = fresh.home.run("exec", "ci", "--", "/usr/bin/env", status=0)
    off = {2700: "45m", 7200: "2h"}[ahead]
    assert run.err.count("clock") == 1 and off in run.err and "ahead of AWS's" in run.err
    seen = dict(line.split("=", 1) for line in run.out.splitlines())
    assert seen["AWS_CREDENTIAL_EXPIRATION"] == expires(fresh, seen["AWS_ACCESS_KEY_ID"])
    assert fresh.home.run("exec", "ci", "--", "/bin/true", status=0).err == ""
    assert "ci" in [s["profile"] for s in fresh.home.status()["sessions"]]


def test_one_code_makes_the_mfa_session_that_roles_are_made_from(fresh, ahead):
    fresh.config("[profile tf]\nrole_arn = %sadmin\nsource_profile = dev\n" % ROLE)
    fresh.home.run("export", "dev", "-t", fresh.code(), status=0)
    fresh.home.run("process", "dev", status=0)
    fresh.home.run("process", "tf", status=0)
