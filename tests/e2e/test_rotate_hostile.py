# SPDX-License-Identifier: MIT
"""`rotate` where IAM and STS lie: what a terminal is shown, and what is left at IAM."""

import re

import pytest
from home import PASSPHRASE
from rotating import current, keys, rotate
from rotating import world  # noqa: F401
from standin.hostile import BIDI, ESCAPES

OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
LIES = {
    "ListAccessKeys": [
        {"AccessKeyId": ESCAPES},
        {"AccessKeyId": "AKIAEXAMPLEEXAMPTT4B"},
        {"Status": ""},
        {"Status": "A" * 300},
        {"Status": BIDI},
        {"UserName": BIDI},
        {"CreateDate": "0001-01-01T00:00:00Z"},
        {"IsTruncated": "true", "Marker": "more"},
    ],
    "GetCallerIdentity": [
        {"Arn": "arn:aws:iam::999988887777:user/ci", "Account": "999988887777"},
        {"Arn": "arn:aws:sts::111122223333:assumed-role/admin/ci"},
        {"Arn": "arn:aws:iam::111122223333:user/"},
        {"Arn": "arn:aws:iam::111122223333:user/ci;id"},
        {"Arn": "arn:aws:iam::111122223333:user/" + ESCAPES},
        {"Arn": "arn:aws:iam::111122223333:user/a\nb"},
    ],
}
ODD = {
    "ListAccessKeys": [
        {"Status": "Expired"},
        {"CreateDate": "9999-12-31T23:59:59Z"},
        {"CreateDate": "1970-01-01T00:00:00Z"},
    ],
    "GetAccessKeyLastUsed": [
        {"LastUsedDate": "2099-01-01T00:00:00Z"},
        {"LastUsedDate": "-001-01-01T00:00:00Z"},
        {"ServiceName": "s" * 500},
        {"ServiceName": ESCAPES, "Region": ESCAPES},
        {"Region": BIDI},
    ],
}


def shown(result):
    text = result.out + result.err
    assert not OBEYED.search(text), ascii(text)
    return text


@pytest.mark.parametrize("action", ["ListAccessKeys", "GetCallerIdentity"])
def test_a_lie_in_the_preflight_is_told_and_changes_nothing(world, action):
    before = keys(world)
    for lie in LIES[action]:
        world.standin.fault("fields", action=action, set=lie)
        for options in (["--yes"], ["--yes", "--json"]):
            result = world.home.run("rotate", "ci", *options, passphrase=PASSPHRASE)
            assert result.status in (1, 8, 9) and shown(result), ascii(lie)
        world.standin.clear()
        assert keys(world) == before and list(before) == [current(world)], ascii(lie)
    assert rotate(world, "ci")[0]["state"] == "done"


@pytest.mark.parametrize("action", ["ListAccessKeys", "GetAccessKeyLastUsed"])
def test_what_is_merely_odd_gives_a_plan_that_a_terminal_can_show(world, action):
    for odd in ODD[action]:
        world.standin.clear()
        world.standin.fault("fields", action=action, set=odd)
        text = shown(world.home.run("rotate", "ci", "--dry-run", status=0))
        assert "create a key" in text and "somebody has a copy" not in text, ascii(odd)
    assert rotate(world, "ci")[0]["state"] == "done"


@pytest.mark.parametrize("date, due", [("2099-01-01T00:00:00Z", False),
                                       ("1971-01-01T00:00:00Z", True)])
def test_a_new_key_with_an_odd_date_is_proved_and_its_age_is_known(world, date, due):
    world.standin.fault("fields", action="CreateAccessKey", count=1,
                        set={"CreateDate": date, "UserName": "mallory", "Status": "Inactive"})
    (done,) = rotate(world, "ci")
    key = world.home.run("show", "ci", "--json", status=0).json()
    assert key["access_key_id"] == done["new_access_key_id"]
    assert key["due"] is due and key["age_days"] >= 0
    shown(world.home.run("list", status=0))
    assert not key["created_at"].startswith("2099")
    assert rotate(world, "ci", "--undo")[0]["state"] == "aborted"
