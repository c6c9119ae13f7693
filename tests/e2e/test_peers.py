# SPDX-License-Identifier: MIT
"""What aws-vault does badly every day, replayed against ours. Rotation has files of its own."""

import json
import os
import stat

import pytest
from home import PASSPHRASE, Home
from world import ROLE, SERIAL, fresh, world  # noqa: F401


@pytest.fixture(autouse=True)
def _each_begins_afresh(fresh):  # noqa: F811
    pass


def minted(world, action):  # noqa: F811
    return [e["params"] for e in world.standin.log(action=action) if e["effect"]]


def process(world, profile):  # noqa: F811
    return world.home.run("process", profile, status=0).json()


def test_aws_vaults_file_is_guessed_at_in_2_ms__ours_costs_256_mib_a_guess(home):
    """Its file backend derives with 8192 rounds of PBKDF2, 1.8 ms a guess. Ours, made without options."""
    home.run("init", "--no-recovery", passphrase=PASSPHRASE, status=0)
    (slot,) = home.run("slot", "list", "--json", status=0).json()["slots"]
    assert slot["memory"] >= 256 << 20 and slot["passes"] >= 3


def test_aws_vault_shows_names_and_devices_in_file_names__ours_shows_none_in_any_byte(world):  # noqa: F811
    """Its files are named after profiles and the ARNs of MFA devices, and one renamed over another
    is taken for it (rows that change places: tests/store, tests/fault)."""
    world.add("payroll-prod", "dev", "--mfa-serial", SERIAL, "--no-check")
    world.session("payroll-prod")
    words = [b"payroll-prod", SERIAL.encode(), world.key("dev")["AccessKeyId"].encode(),
             b"111122223333"]
    found = []
    for top in (os.path.dirname(world.home.vault), world.home.state, world.home.runtime):
        for folder, folders, names in os.walk(top):
            found += [name for name in names + folders
                      if any(word in name.encode() for word in words)]
            for name in names:
                path = os.path.join(folder, name)
                if stat.S_ISREG(os.stat(path).st_mode):
                    with open(path, "rb") as file:
                        data = file.read()
                    found += [(name, word) for word in words if word in data]
    assert found == []


def test_aws_vault_leaves_its_passphrase_in_every_childs_environment__ours_leaves_nothing(
        world, tmp_path):  # noqa: F811
    """AWS_VAULT_FILE_PASSPHRASE is inherited. Ours was opened by a descriptor and knows of a key file."""
    night = str(tmp_path / "night")
    world.home.run("slot", "add", "key-file", night, passphrase=PASSPHRASE, status=0)
    world.home.lock()
    shows = "env; ls -l /proc/self/fd; cat /proc/$PPID/cmdline"
    for options in ({"passphrase": PASSPHRASE}, {"env": {"CREDVAULT_KEY_FILE": night}}):
        out = world.home.run("exec", "ci", "--", "/bin/sh", "-c", shows, status=0, **options).out
        assert "AWS_SESSION_TOKEN=" in out
        assert PASSPHRASE not in out and night not in out and "CREDVAULT_KEY_FILE" not in out
        # 0, 1, 2 and the one that ls itself opened.
        assert len([line for line in out.splitlines() if " -> " in line]) == 4, out
    world.home.wait_no_agents()
    world.home.unlock()


def test_aws_vault_does_not_start_on_a_headless_machine__ours_does(world):  # noqa: F811
    """Its default backend wants a session bus. Ours gets a home directory, a PATH and nothing else."""
    home = Home()
    try:
        home.env = {"HOME": home.path, "PATH": "/usr/bin:/bin",
                    "CREDVAULT_ENDPOINT_URL": world.standin.url}
        home.init()
        home.run("add", "ci", "--stdin", stdin=json.dumps(world.key("ci")), status=0)
        assert home.run("process", "ci", status=0).json()["AccessKeyId"].startswith("ASIA")
        home.lock()
    finally:
        home.leave()


def test_aws_vault_serves_admin_after_the_role_was_edited_to_read_only__ours_asks_for_the_new_role(
        world):  # noqa: F811
    """Its cache key holds neither role nor duration. Ours holds all of the step."""
    text = "[profile job]\nsource_profile = ci\nrole_arn = %s\n"
    world.standin.control("POST", "roles", {"account": "111122223333", "name": "power",
                                            "trust": ["arn:aws:iam::111122223333:user/ci"]})
    world.config(text % (ROLE + "power"))
    power = process(world, "job")
    assert process(world, "job") == power
    world.config(text % (ROLE + "reader"))
    reader = process(world, "job")
    assert reader["AccessKeyId"] != power["AccessKeyId"]
    assert minted(world, "AssumeRole")[-1]["RoleArn"] == ROLE + "reader"
    world.config(text % (ROLE + "reader") + "duration_seconds = 1800\n")
    assert process(world, "job")["AccessKeyId"] != reader["AccessKeyId"]
    assert minted(world, "AssumeRole")[-1]["DurationSeconds"] == "1800"


def test_aws_vault_assumes_a_role_without_mfa_at_every_exec__ours_once(world):  # noqa: F811
    """It caches no role's credentials that were made without MFA."""
    world.config("[profile job]\nsource_profile = ci\nrole_arn = %sreader\n" % ROLE)
    before = len(minted(world, "AssumeRole"))
    for _ in range(3):
        world.home.run("exec", "job", "--", "/bin/true", status=0)
    assert len(minted(world, "AssumeRole")) == before + 1


def test_six_aws_vaults_ask_for_six_codes__six_of_ours_for_one(world):  # noqa: F811
    """Six at once, each in need of MFA: one question, one call of STS."""
    asked = os.path.join(world.home.path, "asked")
    code = world.home.script("code", "echo x >>%s\nsleep 0.2\necho %s\n" % (asked, world.code()))
    world.config("[profile dev]\nmfa_process = %s\n" % code)
    before = len(minted(world, "GetSessionToken"))
    six = [world.home.popen("exec", "dev", "--", "/usr/bin/printenv", "AWS_ACCESS_KEY_ID")
           for _ in range(6)]
    ids = {child.communicate(timeout=120)[0] for child in six}
    assert {child.returncode for child in six} == {0} and len(ids) == 1
    with open(asked, encoding="ascii") as file:
        assert file.read() == "x\n"
    assert len(minted(world, "GetSessionToken")) == before + 1


@pytest.mark.parametrize("command", [["exec", "a", "--", "/bin/true"], ["process", "a"]])
def test_aws_vault_hangs_on_a_circle_of_source_profiles__ours_names_it(world, command):  # noqa: F811
    world.config("[profile a]\nsource_profile = b\nrole_arn = %sx\n"
                 "[profile b]\nsource_profile = a\nrole_arn = %sx\n" % (ROLE, ROLE))
    assert "a > b > a: a circle" in world.home.run(*command).err


def test_aws_vault_add_rewrites_the_config_file_and_drops_comments__ours_does_not_touch_it(world):  # noqa: F811
    text = "# mine\n\n[default]\nregion=eu-west-1   # here\n[profile x]\n; and here\noutput =json\n"
    path = world.config(text)
    world.add("another", "ci")
    world.home.run("rotate", "another", "--dry-run", status=0)
    process(world, "another")
    world.home.run("remove", "another", "--yes", passphrase=PASSPHRASE, status=0)
    with open(path, encoding="ascii") as file:
        assert file.read() == text


def test_aws_vault_remove_leaves_sessions_and_add_overwrites_unasked__ours_neither(world):  # noqa: F811
    world.add("another", "ci")
    good = process(world, "another")["AccessKeyId"]
    answer = world.add("another", "dev", status=None)
    assert answer.status != 0
    assert process(world, "another")["AccessKeyId"] == good
    world.home.run("remove", "another", "--yes", passphrase=PASSPHRASE, status=0)
    world.home.run("process", "another", status=3)
    world.add("another", "ci")
    assert process(world, "another")["AccessKeyId"] != good


def test_every_failure_of_aws_vault_is_exit_1__each_kind_of_ours_has_its_own(world):  # noqa: F811
    """And an object to read, on request."""
    world.config("[profile no]\nsource_profile = ci\nrole_arn = %sadmin\n" % ROLE)

    def fails(status, *args, **options):
        answer = world.home.run(*args, "--json", status=status, **options)
        error = answer.error()
        assert error["status"] == status and error["message"]
        return error["code"]

    codes = [fails(2, "list", "--no-such"), fails(3, "show", "nobody"), fails(7, "export", "dev"),
             fails(8, "export", "no"), fails(5, "unlock", passphrase="not this one at all")]
    world.elsewhere()
    world.standin.fault("drop", action="GetSessionToken")
    codes.append(fails(9, "export", "ci"))
    world.standin.clear()
    world.home.lock()
    codes.append(fails(4, "export", "ci"))
    world.home.unlock()
    assert len(set(codes)) == len(codes)


def test_aws_vault_lists_neither_json_nor_the_age_of_a_key__ours_both_and_exit_10(world):  # noqa: F811
    world.standin.add_user("old", keys=[{"age_days": 200}])
    world.add("old", "old")
    rows = {row["name"]: row for row in world.home.run("list", "--json", status=0).json()["keys"]}
    assert rows["old"]["age_days"] in (199, 200) and rows["old"]["overdue"] and not rows["ci"]["due"]
    late = world.home.run("list", "--due", "--json", status=10).json()["keys"]
    assert "old" in [row["name"] for row in late]
    world.home.run("remove", "old", "--yes", passphrase=PASSPHRASE, status=0)
