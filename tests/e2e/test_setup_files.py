# SPDX-License-Identifier: MIT
"""`credvault setup` over homes of every shape (setup_case.py): applied, judged by the SDKs, undone."""

import os

import pytest
import setup_case
import setup_cases  # noqa: F401
import setup_rig
import setup_role_cases  # noqa: F401
from setup_rig import FILES, JS, JUDGES, KEY_LINES, NODE, PROCESS, ROLE_LINES, by_vault, cannot, is_who

pytestmark = pytest.mark.timeout(900)
by_case = pytest.mark.parametrize("name", [case.name for case in setup_case.CASES])


@pytest.fixture(scope="module")
def corpus(request, standin):
    """All homes whose tests were chosen, from before setup to after its undoing."""
    if not NODE or not os.path.isdir(os.path.join(JS, "node_modules", "aws-sdk")):
        pytest.skip("the JavaScript SDKs are not installed: npm ci in tests/e2e/js")
    chosen = {item.callspec.params["name"] for item in request.session.items
              if item.module is request.module and hasattr(item, "callspec")}
    corpus = setup_rig.Corpus([c for c in setup_case.CASES if c.name in chosen], standin)
    corpus.run()
    yield corpus
    corpus.leave()


@pytest.fixture
def desk(corpus, name):
    return corpus.desks[name]


def test_there_are_enough_cases():
    assert len(setup_case.CASES) >= 60
    assert len([c for c in setup_case.CASES if c.cli]) >= 10


@by_case
def test_the_judges_see_who_stands_in_the_files(desk):
    """Ahead of setup: a judge that is wrong would say nothing of setup."""
    case = desk.case
    for profile, who in case.want.items():
        who = case.before.get(profile, who).lstrip("=~")
        for judge in JUDGES:
            seen = desk.seen["before", judge][profile]
            if cannot(case, judge, profile) or who.startswith("?") or judge == "js-v2-plain":
                continue
            if judge == "js-v2" and desk.case.text("config") is None:
                assert "error" in seen    # it wants that file
                continue
            assert is_who(seen, who), (judge, profile, seen)


@by_case
def test_every_profile_resolves_by_the_vault(desk):
    case = desk.case
    assert desk.answers["applied"].status in case.status, desk.answers["applied"]
    for (when, judge), profiles in desk.seen.items():
        for profile, seen in profiles.items() if when == "applied" else ():
            who = case.want[profile]
            before = desk.seen.get(("before", judge), {}).get(profile, {"error": ""})
            if judge == "js-v2-plain" and "arn" in before and who[0] != "?":
                # What it has read from the credentials file, it reads on.
                assert seen.get("arn") == before["arn"] or is_who(seen, who.lstrip("=~")), (profile, seen)
            if cannot(case, judge, profile) or who.startswith("?") or judge == "js-v2-plain":
                continue
            assert is_who(seen, who.lstrip("=~")), (judge, profile, seen, desk.answers)
            if who[0] not in "=~" and "/" not in who:
                assert by_vault(seen), (judge, profile, seen)


@by_case
def test_no_key_lies_in_clear(desk):
    case = desk.case
    if case.same:
        return
    for profile, who in case.want.items():
        if who[0] in "=~?" or ":" in who:
            continue
        secret = desk.people.key(who)[1]
        if who in {other.lstrip("=~?") for other in case.want.values() if other[0] in "=~?"}:
            continue    # it stays for another profile
        for which in FILES:
            assert secret.encode() not in (desk.bytes["applied"][which] or b""), (profile, which)


@by_case
def test_no_secret_is_printed(desk):
    secrets = [key["secret"] for user in desk.people.users.values() for key in user["keys"]]
    for answer in desk.answers.values():
        assert not [s for s in secrets if s in answer.out + answer.err]


@by_case
def test_no_key_is_lost(desk):
    """What is gone from the files is in the vault."""
    stored = {key["access_key_id"] for key in desk.keys}
    for user in desk.people.users.values():
        for key in user["keys"]:
            secret = key["secret"].encode()
            there = [which for which in FILES if secret in (desk.bytes["before"][which] or b"")]
            still = [which for which in FILES if secret in (desk.bytes["applied"][which] or b"")]
            assert not there or still or key["id"] in stored, (user["name"], there)


@by_case
def test_all_other_lines_stay_as_they_are(desk):
    case = desk.case
    for which in FILES:
        before, after = desk.bytes["before"][which], desk.bytes["applied"][which]
        if which in case.same:
            assert before == after
        stay = setup_rig.lines_that_stay(before or b"", case)
        now = [line.rstrip(b"\r\n") for line in (after or b"").splitlines(True)]
        assert setup_rig.is_subsequence(stay, now), (stay, now)
        if before and before.count(b"\n") == before.count(b"\r\n"):
            assert after.count(b"\n") == after.count(b"\r\n"), after
        elif before and b"\r" not in before:
            assert b"\r" not in after, after


@by_case
def test_the_sdks_read_all_other_settings_as_before(desk):
    for judge in JUDGES:
        before, after = desk.parsed["before", judge], desk.parsed["applied", judge]
        if "error" in before or judge in desk.case.cannot:
            continue
        moved = KEY_LINES | ROLE_LINES | {PROCESS}
        for profile, settings in before.items():
            if not isinstance(settings, dict):
                continue
            kept = {k: v for k, v in settings.items() if k.lower() not in moved}
            now = {k: v for k, v in after.get(profile, {}).items() if k.lower() not in moved}
            assert now == kept, (judge, profile)


@by_case
def test_a_diff_changes_nothing(desk):
    answer = desk.answers["diff"]
    assert desk.bytes["diff"] == desk.bytes["before"] and desk.modes["diff"] == desk.modes["before"]
    changes = desk.bytes["before"] != desk.bytes["applied"]
    if changes and answer.status == 0:
        lines = answer.out.splitlines()
        assert [line[:4] for line in lines if line.startswith("---")], answer
        assert [line for line in lines if line.startswith("+") and PROCESS in line], answer


@by_case
def test_a_second_time_changes_nothing(desk):
    assert desk.bytes["again"] == desk.bytes["applied"], desk.answers["again"]
    assert desk.modes["again"] == desk.modes["applied"]


@by_case
def test_json_names_the_files_and_the_profiles(desk):
    answer = desk.answers["applied"]
    if answer.status:
        return
    result = answer.json()
    changed = {os.path.realpath(f["path"]): f["changed"] for f in result["files"]}
    for which in FILES:
        differs = desk.bytes["before"][which] != desk.bytes["applied"][which]
        assert changed.get(os.path.realpath(desk.path(which)), False) == differs, (which, result)
    rows = {p["name"]: p for p in result["profiles"]}
    for profile, who in desk.case.want.items():
        if who[0] not in "=?~":
            assert profile in rows, (profile, result)
    for row in rows.values():
        assert row["will"] and set(row) >= {"name", "will", "why"}, row


@by_case
def test_modes_and_links_stay(desk):
    for which in FILES:
        mode, now = desk.modes["before"][which], desk.modes["applied"][which]
        assert now == mode if mode else now in (None, 0o100600), (which, mode, now)
    assert desk.links() == {link: desk.people.fill(target, desk.home.path)
                            for link, target in desk.case.links.items()}


@by_case
def test_an_undo_puts_back_every_byte(desk):
    answer = desk.answers["undone"]
    if desk.bytes["applied"] != desk.bytes["before"]:
        assert answer.status == 0, answer
    assert desk.bytes["undone"] == desk.bytes["before"], answer
    assert desk.modes["undone"] == desk.modes["before"]
    for folder in {os.path.dirname(desk.path(which)) for which in FILES} - {desk.home.path}:
        if os.path.isdir(folder) and folder in desk.folders:
            assert sorted(os.listdir(folder)) == sorted(desk.folders[folder]), "something was left behind"
