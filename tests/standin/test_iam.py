# SPDX-License-Identifier: MIT
"""IAM operations, and boto3 as a judge of the answers' shape."""

import datetime
import time
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import pytest

from .wire import Keys, call

NOW = datetime.datetime.now(datetime.timezone.utc)


def boto(standin, service, keys):
    return boto3.client(
        service, region_name="us-east-1", endpoint_url=standin.url, aws_access_key_id=keys.id,
        aws_secret_access_key=keys.secret, aws_session_token=keys.token,
        config=botocore.config.Config(retries={"max_attempts": 0}, proxies={}))


@pytest.fixture
def iam(standin, dev):
    return boto(standin, "iam", dev)


def code_of(function, **params):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        function(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_boto3_makes_a_session_and_a_role(standin, dev):
    sts = boto(standin, "sts", dev)
    made = sts.get_session_token(SerialNumber=standin.serial(), TokenCode=standin.code(),
                                 DurationSeconds=3600)["Credentials"]
    assert 3500 < (made["Expiration"] - NOW).total_seconds() < 7200
    keys = Keys(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    role = boto(standin, "sts", keys).assume_role(
        RoleArn="arn:aws:iam::111122223333:role/admin", RoleSessionName="cv-1",
        Tags=[{"Key": "a", "Value": "b"}], PolicyArns=[{"arn": "arn:aws:iam::aws:policy/X"}])
    assert role["AssumedRoleUser"]["Arn"].endswith(":assumed-role/admin/cv-1")
    assert role["PackedPolicySize"] == 1


def test_boto3_reads_a_presigned_url(standin, dev):
    url = boto(standin, "sts", dev).generate_presigned_url("get_caller_identity", ExpiresIn=60,
                                                           HttpMethod="GET")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as answer:
        assert b"user/dev" in answer.read()


def test_a_whole_rotation(standin, dev, iam):
    new = iam.create_access_key()["AccessKey"]
    assert (new["UserName"], new["Status"]) == ("dev", "Active")
    with_new = boto(standin, "iam", Keys(new["AccessKeyId"], new["SecretAccessKey"]))
    listed = with_new.list_access_keys()["AccessKeyMetadata"]
    assert [k["AccessKeyId"] for k in listed] == [dev.id, new["AccessKeyId"]]
    with_new.update_access_key(AccessKeyId=dev.id, Status="Inactive")
    assert with_new.list_access_keys()["AccessKeyMetadata"][0]["Status"] == "Inactive"
    with_new.delete_access_key(AccessKeyId=dev.id)
    assert len(with_new.list_access_keys()["AccessKeyMetadata"]) == 1
    assert code_of(iam.list_access_keys) == ("InvalidClientTokenId", 403)


@pytest.mark.parametrize("status", ["Active", "Inactive"])
def test_a_user_has_two_keys_at_most_active_or_not(standin, iam, status):
    standin.add_key("dev", status=status)
    assert code_of(iam.create_access_key) == ("LimitExceeded", 409)


def test_a_key_or_user_that_is_not_there_is_told(standin, iam):
    absent = "AKIAEXAMPLEEXAMPLE22"
    assert code_of(iam.delete_access_key, AccessKeyId=absent) == ("NoSuchEntity", 404)
    assert code_of(iam.update_access_key, AccessKeyId=absent, Status="Inactive") == \
        ("NoSuchEntity", 404)
    assert code_of(iam.list_access_keys, UserName="nobody") == ("NoSuchEntity", 404)
    assert code_of(iam.get_access_key_last_used, AccessKeyId=absent) == ("AccessDenied", 403)


def test_another_users_key_is_not_found_under_this_user(standin, iam):
    other = standin.key("ci")["id"]
    assert code_of(iam.delete_access_key, AccessKeyId=other) == ("NoSuchEntity", 404)
    iam.delete_access_key(AccessKeyId=other, UserName="ci")


def test_a_wrong_status_is_refused(standin, dev):
    reply = call(standin, dev, "UpdateAccessKey", "iam", AccessKeyId=dev.id, Status="Off")
    assert reply.code == "ValidationError" and "enum value set" in reply.message


def test_keys_come_in_pages(standin, dev, iam):
    standin.add_key("dev")
    first = iam.list_access_keys(MaxItems=1)
    assert first["IsTruncated"] and len(first["AccessKeyMetadata"]) == 1
    second = iam.list_access_keys(MaxItems=1, Marker=first["Marker"])
    assert not second["IsTruncated"] and "Marker" not in second
    assert {k["AccessKeyId"] for k in first["AccessKeyMetadata"] + second["AccessKeyMetadata"]} \
        == {k["id"] for k in standin.user("dev")["keys"]}
    assert code_of(iam.list_access_keys, Marker="made-up") == ("ValidationError", 400)
    standin.settings(page_size=1)
    assert iam.list_access_keys()["IsTruncated"]


def test_keys_have_the_age_they_were_given(standin, iam):
    created = iam.list_access_keys()["AccessKeyMetadata"][0]["CreateDate"]
    assert 96.9 < (datetime.datetime.now(datetime.timezone.utc) - created).total_seconds() / 86400 \
        < 97.1


def test_a_new_key_may_be_listed_late(standin, iam):
    standin.settings(list_seconds=60)
    iam.create_access_key()
    assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1
    standin.advance(61)
    assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 2


def test_last_use_names_service_and_region(standin, dev, iam):
    other = standin.key("ci")
    used = iam.get_access_key_last_used(AccessKeyId=other["id"])
    assert used["UserName"] == "ci"
    assert used["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    call(standin, Keys.of(other), "GetCallerIdentity", region="eu-central-1")
    used = iam.get_access_key_last_used(AccessKeyId=other["id"])["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("sts", "eu-central-1")
    assert abs(used["LastUsedDate"].timestamp() - time.time()) < 120


def test_last_use_is_told_of_ones_own_accounts_keys_alone(standin, iam, ci):
    other = standin.key("dev", "444455556666")["id"]
    assert code_of(iam.get_access_key_last_used, AccessKeyId=other) == ("AccessDenied", 403)
    standin.set_key(ci.id, "Deleted")
    assert code_of(iam.get_access_key_last_used, AccessKeyId=ci.id) == ("AccessDenied", 403)


def test_last_use_may_lag(standin, iam, ci):
    standin.settings(last_used_seconds=600)
    call(standin, ci, "GetCallerIdentity")
    used = iam.get_access_key_last_used(AccessKeyId=ci.id)["AccessKeyLastUsed"]
    assert used["ServiceName"] == "N/A"
    standin.advance(700)
    used = iam.get_access_key_last_used(AccessKeyId=ci.id)["AccessKeyLastUsed"]
    assert used["ServiceName"] == "sts"


def test_a_session_counts_as_use_of_its_key(standin, dev, iam, ci):
    keys = Keys.issued(call(standin, ci, "GetSessionToken", region="eu-west-1"))
    standin.advance(10)
    call(standin, keys, "GetCallerIdentity", region="eu-west-2")
    used = iam.get_access_key_last_used(AccessKeyId=ci.id)["AccessKeyLastUsed"]
    assert used["Region"] == "eu-west-2"


def test_get_user_says_who_one_is(standin, iam):
    user = iam.get_user()["User"]
    assert (user["UserName"], user["Path"]) == ("dev", "/")
    assert user["Arn"] == "arn:aws:iam::111122223333:user/dev"
    assert user["UserId"].startswith("AIDA")


def test_devices_are_listed(standin, iam):
    devices = iam.list_mfa_devices()["MFADevices"]
    assert [d["SerialNumber"] for d in devices] == ["arn:aws:iam::111122223333:mfa/dev"]
    assert iam.list_mfa_devices(UserName="ci")["MFADevices"] == []


@pytest.mark.parametrize("kind", ["session", "role"])
def test_temporary_keys_must_name_the_user(standin, dev, kind):
    if kind == "session":
        made = call(standin, dev, "GetSessionToken", SerialNumber=standin.serial(),
                    TokenCode=standin.code())
    else:
        made = call(standin, dev, "AssumeRole", RoleSessionName="cv-1",
                    RoleArn="arn:aws:iam::111122223333:role/reader")
    keys = Keys.issued(made)
    reply = call(standin, keys, "ListAccessKeys", "iam")
    assert reply.code == "ValidationError"
    assert reply.message == "Must specify userName when calling with non-User credentials"
    assert call(standin, keys, "ListAccessKeys", "iam", UserName="dev").status == 200


def test_a_user_may_do_only_what_is_allowed(standin):
    made = standin.add_user("small", allow=["iam:List*"], deny=["iam:ListMFADevices"], keys=[{}])
    keys = Keys.of(made["keys"][0])
    assert call(standin, keys, "ListAccessKeys", "iam").status == 200
    reply = call(standin, keys, "CreateAccessKey", "iam")
    assert (reply.code, reply.status) == ("AccessDenied", 403)
    assert reply.message == (
        "User: arn:aws:iam::111122223333:user/small is not authorized to perform: "
        "iam:CreateAccessKey on resource: arn:aws:iam::111122223333:user/small because no "
        "identity-based policy allows the iam:CreateAccessKey action")
    assert "explicit deny" in call(standin, keys, "ListMFADevices", "iam").message


def test_an_action_may_require_mfa(standin, dev):
    standin.control("PUT", "users", {"account": "111122223333", "user": "dev",
                                     "require_mfa": ["iam:*"]})
    assert call(standin, dev, "ListAccessKeys", "iam").code == "AccessDenied"
    keys = Keys.issued(call(standin, dev, "GetSessionToken", SerialNumber=standin.serial(),
                            TokenCode=standin.code()))
    assert call(standin, keys, "ListAccessKeys", "iam", UserName="dev").status == 200


def test_users_of_another_account_are_not_there(standin):
    other = Keys.of(standin.key("dev", "444455556666"))
    assert call(standin, other, "ListAccessKeys", "iam", UserName="ci").code == "NoSuchEntity"


def test_a_policy_can_be_simulated(standin, iam):
    standin.add_user("small", allow=["iam:List*"], keys=[])
    results = iam.simulate_principal_policy(
        PolicySourceArn="arn:aws:iam::111122223333:user/small",
        ActionNames=["iam:ListAccessKeys", "iam:CreateAccessKey"])["EvaluationResults"]
    assert [r["EvalDecision"] for r in results] == ["allowed", "implicitDeny"]
