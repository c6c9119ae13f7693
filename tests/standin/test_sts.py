# SPDX-License-Identifier: MIT
"""STS operations, MFA and roles."""

import calendar
import re
import time

import pytest

from .wire import ROLE, Keys, call

DEVICE = "arn:aws:iam::111122223333:mfa/dev"
WRONG = "MultiFactorAuthentication failed with invalid MFA one time pass code."


def refused(reply, code, status=400):
    assert (reply.code, reply.status) == (code, status), reply.body
    return reply.message


def mfa_session(standin, keys, **params):
    reply = call(standin, keys, "GetSessionToken", SerialNumber=DEVICE,
                 TokenCode=standin.code(DEVICE), **params)
    return Keys.issued(reply)


def assume(standin, keys, role, **params):
    options = {"RoleArn": ROLE + role, "RoleSessionName": "cv-1"}
    options.update(params)
    return call(standin, keys, "AssumeRole", **options)


def expires_in(standin, reply):
    stamp = time.strptime(reply.text("Expiration"), "%Y-%m-%dT%H:%M:%SZ")
    return calendar.timegm(stamp) - standin.state()["now"]


# -- GetCallerIdentity, GetAccessKeyInfo -------------------------------------------------------
def test_caller_identity_needs_no_permission(standin, dev):
    standin.control("PUT", "users", {"account": "111122223333", "user": "dev", "allow": [],
                                     "deny": ["*"]})
    assert call(standin, dev, "GetCallerIdentity").text("Account") == "111122223333"


def test_caller_identity_of_a_role_names_role_and_session(standin, dev):
    keys = Keys.issued(assume(standin, dev, "reader"))
    reply = call(standin, keys, "GetCallerIdentity")
    assert reply.text("Arn") == "arn:aws:sts::111122223333:assumed-role/reader/cv-1"
    assert re.match(r"AROA[A-Z2-7]{17}:cv-1\Z", reply.text("UserId"))


def test_access_key_info_gives_the_account(standin, dev):
    other = standin.key("dev", "444455556666")["id"]
    assert call(standin, dev, "GetAccessKeyInfo", AccessKeyId=other).text("Account") == \
        "444455556666"
    refused(call(standin, dev, "GetAccessKeyInfo", AccessKeyId="short"), "ValidationError")


# -- GetSessionToken ---------------------------------------------------------------------------
def test_a_session_lasts_twelve_hours_unless_asked_otherwise(standin, dev):
    assert 43190 < expires_in(standin, call(standin, dev, "GetSessionToken")) <= 43200
    reply = call(standin, dev, "GetSessionToken", DurationSeconds=900)
    assert 890 < expires_in(standin, reply) <= 900


def test_session_tokens_are_long_and_never_the_same(standin, dev):
    tokens = {Keys.issued(call(standin, dev, "GetSessionToken")).token for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(t) >= 700 and re.match(r"[A-Za-z0-9+/=]+\Z", t) for t in tokens)


def test_keys_look_like_aws_keys(standin, dev):
    keys = Keys.issued(call(standin, dev, "GetSessionToken"))
    assert re.match(r"ASIA[A-Z2-7]{16}\Z", keys.id) and re.match(r"AKIA[A-Z2-7]{16}\Z", dev.id)
    assert re.match(r"[A-Za-z0-9+/]{40}\Z", keys.secret)
    assert re.match(r"[A-Za-z0-9+/]{40}\Z", dev.secret)


@pytest.mark.parametrize("params, text", [
    ({"DurationSeconds": 899}, "Value '899' at 'durationSeconds' failed to satisfy constraint: "
                               "Member must have value greater than or equal to 900"),
    ({"DurationSeconds": 129601}, "less than or equal to 129600"),
    ({"SerialNumber": "short", "TokenCode": "123456"}, "length greater than or equal to 9"),
    ({"SerialNumber": DEVICE + "!", "TokenCode": "123456"}, "regular expression pattern"),
    ({"SerialNumber": DEVICE, "TokenCode": "12345"}, "length greater than or equal to 6"),
    ({"SerialNumber": DEVICE, "TokenCode": "1234567"}, "length less than or equal to 6"),
    ({"SerialNumber": DEVICE, "TokenCode": "12345a"}, r"pattern: [\d]*"),
    ({"DurationSeconds": "x"}, "not a number"),
])
def test_session_parameters_have_limits(standin, dev, params, text):
    assert text in refused(call(standin, dev, "GetSessionToken", **params), "ValidationError")


def test_several_wrong_parameters_are_told_at_once(standin, dev):
    message = refused(call(standin, dev, "GetSessionToken", DurationSeconds=1, TokenCode="1",
                           SerialNumber=DEVICE), "ValidationError")
    assert message.startswith("2 validation errors detected: ")


@pytest.mark.parametrize("mfa", [False, True])
def test_a_session_cannot_make_another_session(standin, dev, mfa):
    keys = mfa_session(standin, dev) if mfa else Keys.issued(call(standin, dev, "GetSessionToken"))
    message = refused(call(standin, keys, "GetSessionToken"), "AccessDenied", 403)
    assert message == "Cannot call GetSessionToken with session credentials"


def test_a_session_may_call_only_two_sts_operations(standin, dev):
    keys = mfa_session(standin, dev)
    assert call(standin, keys, "GetCallerIdentity").status == 200
    assert assume(standin, keys, "reader").status == 200
    refused(call(standin, keys, "GetAccessKeyInfo", AccessKeyId=dev.id), "AccessDenied", 403)


def test_a_session_without_mfa_cannot_call_iam(standin, dev):
    keys = Keys.issued(call(standin, dev, "GetSessionToken"))
    refused(call(standin, keys, "ListAccessKeys", "iam", UserName="dev"), "InvalidClientTokenId",
            403)
    keys = mfa_session(standin, dev)
    assert call(standin, keys, "ListAccessKeys", "iam", UserName="dev").status == 200


def test_a_root_users_session_is_capped_at_an_hour(standin):
    made = standin.add_user("root", root=True, keys=[{}])
    keys = Keys.of(made["keys"][0])
    assert made["arn"] == "arn:aws:iam::111122223333:root"
    reply = call(standin, keys, "GetSessionToken", DurationSeconds=43200)
    assert expires_in(standin, reply) <= 3600


def test_expirations_may_have_fractions(standin, dev):
    standin.settings(fractions=True)
    assert re.search(r":\d\d\.\d{3}Z\Z", call(standin, dev, "GetSessionToken").text("Expiration"))


# -- MFA ---------------------------------------------------------------------------------------
def with_code(standin, keys, code, serial=DEVICE):
    return call(standin, keys, "GetSessionToken", SerialNumber=serial, TokenCode=code)


def test_codes_are_those_of_rfc_6238(standin, dev):
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    serial = standin.control("POST", "mfa", {"account": "111122223333", "user": "dev",
                                             "serial": DEVICE + "2", "seed": seed})["serial"]
    for moment, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        standin.skew(0)
        standin.skew(moment // 30 * 30 + 5 - standin.state()["now"])
        assert standin.code(serial) == code


def test_a_code_works_once(standin, dev):
    code = standin.code(DEVICE)
    assert with_code(standin, dev, code).status == 200
    message = refused(with_code(standin, dev, code), "AccessDenied", 403)
    assert message == WRONG


def test_the_neighbouring_steps_are_accepted_in_order(standin, dev):
    last = standin.code(DEVICE, next=-1)
    now = standin.code(DEVICE)
    assert with_code(standin, dev, last).status == 200
    assert with_code(standin, dev, now).status == 200
    assert with_code(standin, dev, standin.code(DEVICE, next=1)).status == 200


def test_a_step_older_than_a_used_one_is_refused(standin, dev):
    earlier = standin.code(DEVICE, next=-1)
    assert with_code(standin, dev, standin.code(DEVICE)).status == 200
    assert refused(with_code(standin, dev, earlier), "AccessDenied", 403) == WRONG


@pytest.mark.parametrize("steps", [-3, 3])
def test_codes_further_away_are_refused(standin, dev, steps):
    code = standin.code(DEVICE, next=steps)
    assert refused(with_code(standin, dev, code), "AccessDenied", 403) == WRONG


def test_time_that_moves_on_brings_a_new_code(standin, dev):
    assert with_code(standin, dev, standin.code(DEVICE)).status == 200
    standin.advance(30)
    assert with_code(standin, dev, standin.code(DEVICE)).status == 200


def test_a_code_used_for_a_role_is_used_for_sessions_too(standin, dev):
    code = standin.code(DEVICE)
    assert assume(standin, dev, "admin", SerialNumber=DEVICE, TokenCode=code).status == 200
    assert refused(with_code(standin, dev, code), "AccessDenied", 403) == WRONG


def test_a_wrong_code_spends_nothing(standin, dev):
    code = standin.code(DEVICE)
    wrong = "%06d" % ((int(code) + 1) % 1000000)
    assert refused(with_code(standin, dev, wrong), "AccessDenied", 403) == WRONG
    assert with_code(standin, dev, code).status == 200


def test_another_users_device_is_refused(standin, ci):
    message = refused(with_code(standin, ci, standin.code(DEVICE)), "AccessDenied", 403)
    assert "verify your MFA serial number" in message


@pytest.mark.parametrize("params", [{"SerialNumber": DEVICE}, {"TokenCode": "123456"}])
def test_serial_and_code_go_together(standin, dev, params):
    message = refused(call(standin, dev, "GetSessionToken", **params), "AccessDenied", 403)
    assert "must provide both MFA serial number and one time pass code" in message


# -- AssumeRole --------------------------------------------------------------------------------
def test_a_trusted_user_gets_a_role_for_an_hour(standin, ci):
    reply = assume(standin, ci, "reader")
    assert 3590 < expires_in(standin, reply) <= 3600
    assert reply.text("Arn") == "arn:aws:sts::111122223333:assumed-role/reader/cv-1"


@pytest.mark.parametrize("role", ["admin", "external", "chained", "nowhere"])
def test_whom_a_role_does_not_trust_is_denied(standin, ci, role):
    message = refused(assume(standin, ci, role), "AccessDenied", 403)
    assert message == ("User: arn:aws:iam::111122223333:user/ci is not authorized to perform: "
                       "sts:AssumeRole on resource: " + ROLE + role)


def test_a_role_that_requires_mfa_takes_a_code_or_an_mfa_session(standin, dev):
    refused(assume(standin, dev, "admin"), "AccessDenied", 403)
    refused(assume(standin, Keys.issued(call(standin, dev, "GetSessionToken")), "admin"),
            "AccessDenied", 403)
    assert assume(standin, mfa_session(standin, dev), "admin").status == 200
    standin.advance(30)
    assert assume(standin, dev, "admin", SerialNumber=DEVICE,
                  TokenCode=standin.code(DEVICE)).status == 200


def test_a_role_may_limit_the_age_of_mfa(standin, dev):
    standin.add_role("fresh", trust=["arn:aws:iam::111122223333:user/dev"], max_mfa_age=600)
    keys = mfa_session(standin, dev)
    assert assume(standin, keys, "fresh").status == 200
    standin.advance(700)
    refused(assume(standin, keys, "fresh"), "AccessDenied", 403)


def test_a_role_with_an_external_id_wants_that_one(standin, dev):
    refused(assume(standin, dev, "external"), "AccessDenied", 403)
    refused(assume(standin, dev, "external", ExternalId="another"), "AccessDenied", 403)
    assert assume(standin, dev, "external", ExternalId="example-external-id").status == 200


def test_a_role_chain_lasts_at_most_an_hour_and_is_not_clamped(standin, dev):
    first = Keys.issued(assume(standin, dev, "reader", DurationSeconds=43200))
    assert expires_in(standin, assume(standin, first, "chained")) <= 3600
    message = refused(assume(standin, first, "chained", DurationSeconds=3601), "ValidationError")
    assert message == ("The requested DurationSeconds exceeds the 1 hour session limit for roles "
                       "assumed by role chaining.")


def test_a_role_from_a_session_token_is_a_chained_one(standin, dev):
    keys = Keys.issued(call(standin, dev, "GetSessionToken"))
    assert assume(standin, keys, "reader", DurationSeconds=3600).status == 200
    message = refused(assume(standin, keys, "reader", DurationSeconds=3601), "ValidationError")
    assert "1 hour session limit" in message


def test_mfa_cannot_be_given_after_a_chained_hop(standin, dev):
    first = Keys.issued(assume(standin, dev, "reader"))
    message = refused(assume(standin, first, "chained", SerialNumber=DEVICE,
                             TokenCode=standin.code(DEVICE)), "AccessDenied", 403)
    assert "unable to validate MFA code" in message


def test_mfa_does_not_pass_through_a_chained_hop(standin, dev):
    standin.add_role("guarded", trust=[ROLE + "reader"], mfa=True)
    first = Keys.issued(assume(standin, mfa_session(standin, dev), "reader"))
    refused(assume(standin, first, "guarded"), "AccessDenied", 403)


def test_a_role_has_a_longest_session(standin, dev):
    message = refused(assume(standin, dev, "external", ExternalId="example-external-id",
                             DurationSeconds=3601), "ValidationError")
    assert message == ("The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                       "role.")


@pytest.mark.parametrize("params, text", [
    ({"RoleArn": None}, "Value null at 'roleArn' failed to satisfy constraint: Member must not be "
                        "null"),
    ({"RoleArn": "arn:aws:iam::1:x"}, "length greater than or equal to 20"),
    ({"RoleArn": "arn:aws:iam::111122223333:user/dev"}, "is invalid"),
    ({"RoleArn": ROLE + "x" * 2048}, "length less than or equal to 2048"),
    ({"RoleSessionName": None}, "'roleSessionName' failed to satisfy constraint: Member must not"),
    ({"RoleSessionName": "a b"}, "pattern: [\\w+=,.@-]*"),
    ({"RoleSessionName": "é" * 3}, "pattern: [\\w+=,.@-]*"),
    ({"RoleSessionName": "x"}, "length greater than or equal to 2"),
    ({"RoleSessionName": "x" * 65}, "length less than or equal to 64"),
    ({"DurationSeconds": 899}, "greater than or equal to 900"),
    ({"DurationSeconds": 43201}, "less than or equal to 43200"),
    ({"ExternalId": "x"}, "length greater than or equal to 2"),
    ({"ExternalId": "a b"}, "pattern:"),
    ({"SourceIdentity": "aws:me"}, "pattern:"),
    ({"Policy": '{"Version":"2012-10-17","Statement":[' + " " * 2048 + "]}"}, "equal to 2048"),
])
def test_role_parameters_have_limits(standin, dev, params, text):
    assert text in refused(assume(standin, dev, "reader", **params), "ValidationError")


def test_a_policy_must_be_a_policy(standin, dev):
    refused(assume(standin, dev, "reader", Policy="{"), "MalformedPolicyDocument")
    reply = assume(standin, dev, "reader", Policy='{"Version":"2012-10-17","Statement":[]}')
    assert reply.text("PackedPolicySize") == "1"


def test_the_account_as_principal_leaves_it_to_the_users_own_policy(standin):
    standin.add_role("open", trust=["arn:aws:iam::111122223333:root"])
    may = Keys.of(standin.add_user("may", allow=["sts:*"], keys=[{}])["keys"][0])
    may_not = Keys.of(standin.add_user("maynot", allow=["iam:*"], keys=[{}])["keys"][0])
    assert assume(standin, may, "open").status == 200
    refused(assume(standin, may_not, "open"), "AccessDenied", 403)


def test_a_policy_on_the_user_may_want_mfa_for_roles(standin):
    standin.add_role("open", trust=["arn:aws:iam::111122223333:root"])
    made = standin.add_user("careful", require_mfa=["sts:AssumeRole"], keys=[{}], mfa=[{}])
    keys, serial = Keys.of(made["keys"][0]), made["mfa"][0]["serial"]
    refused(assume(standin, keys, "open"), "AccessDenied", 403)
    assert assume(standin, keys, "open", SerialNumber=serial,
                  TokenCode=standin.code(serial)).status == 200


def test_a_role_is_known_by_its_whole_arn(standin, dev):
    arn = standin.add_role("pathed", path="/team/", trust=["arn:aws:iam::111122223333:user/dev"])
    assert arn == ROLE + "team/pathed"
    assert assume(standin, dev, "team/pathed").status == 200
    refused(assume(standin, dev, "pathed"), "AccessDenied", 403)


def test_a_root_user_cannot_take_a_role(standin):
    standin.add_role("open", trust=["*"])
    keys = Keys.of(standin.add_user("root", root=True, keys=[{}])["keys"][0])
    message = refused(assume(standin, keys, "open"), "AccessDenied", 403)
    assert message == "Roles may not be assumed by root accounts."


def test_tags_and_policies_must_fit_when_packed(standin, dev):
    tags = {"Tags.member.%d.%s" % (i, part): "%d" % i + "x" * 120
            for i in range(1, 51) for part in ("Key", "Value")}
    refused(assume(standin, dev, "reader", **tags), "PackedPolicyTooLarge")


def test_the_log_tells_sessions_and_mfa(standin, dev):
    keys = mfa_session(standin, dev)
    assume(standin, keys, "admin")
    first, second = standin.log()
    assert (first["issued"], first["issued_mfa"]) == (keys.id, True)
    assert first["mfa"]["serial"] == DEVICE and first["session"] is None
    assert second["session"] == {"kind": "session", "mfa": True, "chained": False, "role": None}
    assert second["access_key_id"] == keys.id and second["used_mfa"] is True
    assert second["user"] == "arn:aws:iam::111122223333:user/dev"
