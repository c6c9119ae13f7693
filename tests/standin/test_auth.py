# SPDX-License-Identifier: MIT
"""What every request must pass before the action is looked at."""

import email.utils
import time
import urllib.parse

import pytest

from . import sigv4
from .wire import ROLE, Keys, as_bytes, call, raw, send, signed


def refused(reply, code, status=403):
    assert (reply.code, reply.status) == (code, status), reply.body
    return reply.message


def test_a_signed_request_is_answered_in_both_forms(standin, dev):
    for presign in (None, 60):
        reply = call(standin, dev, "GetCallerIdentity", presign=presign)
        assert reply.status == 200
        assert reply.text("Arn") == "arn:aws:iam::111122223333:user/dev"


def test_a_request_without_a_signature_is_refused(standin):
    message = ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"},
               b"Action=GetCallerIdentity&Version=2011-06-15")
    refused(send(standin.url, message), "MissingAuthenticationToken")


def test_a_signature_that_does_not_conform_is_refused(standin, dev):
    method, target, headers, body = signed(standin.url, dev, "GetCallerIdentity")
    headers["Authorization"] = headers["Authorization"].replace("Signature=", "Sig=")
    message = refused(send(standin.url, (method, target, headers, body)), "IncompleteSignature",
                      400)
    assert "requires 'Signature' parameter" in message


def test_a_missing_date_is_refused(standin, dev):
    method, target, headers, body = signed(standin.url, dev, "GetCallerIdentity")
    del headers["X-Amz-Date"]
    message = refused(send(standin.url, (method, target, headers, body)), "IncompleteSignature",
                      400)
    assert "'X-Amz-Date'" in message


def test_an_unknown_key_is_refused(standin, dev):
    reply = call(standin, Keys("AKIAEXAMPLEEXAMPLE22", dev.secret), "GetCallerIdentity")
    message = refused(reply, "InvalidClientTokenId")
    assert message == "The security token included in the request is invalid."


def test_an_inactive_key_is_refused(standin, dev):
    standin.set_key(dev.id, "Inactive")
    refused(call(standin, dev, "GetCallerIdentity"), "InvalidClientTokenId")


def test_a_wrong_secret_is_refused(standin, dev):
    message = refused(call(standin, Keys(dev.id, "x" * 40), "GetCallerIdentity"),
                      "SignatureDoesNotMatch")
    assert message.startswith("The request signature we calculated does not match")


@pytest.mark.parametrize("what", ["body", "header", "signature", "target"])
def test_whatever_was_signed_and_then_changed_is_refused(standin, dev, what):
    method, target, headers, body = signed(standin.url, dev, "GetCallerIdentity")
    if what == "body":
        body = body.replace(b"2011-06-15", b"2011-06-15&a=b")
        headers["Content-Length"] = str(len(body))
    elif what == "header":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    elif what == "signature":
        headers["Authorization"] = headers["Authorization"][:-1] + (
            "0" if headers["Authorization"][-1] != "0" else "1")
    else:
        target = "/?DurationSeconds=900"
    refused(send(standin.url, (method, target, headers, body)), "SignatureDoesNotMatch")


def test_the_log_says_what_should_have_been_signed(standin, dev):
    call(standin, Keys(dev.id, "x" * 40), "GetCallerIdentity")
    assert standin.log()[-1]["canonical_request_wanted"].startswith("POST\n/\n\ncontent-type:")


@pytest.mark.parametrize("form", ["header", "presigned"])
def test_a_signature_16_minutes_old_is_told_to_have_expired(standin, dev, form):
    at = time.time() - 960
    reply = call(standin, dev, "GetCallerIdentity", at=at,
                 presign=3600 if form == "presigned" else None)
    message = refused(reply, "SignatureDoesNotMatch")
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    assert message.startswith("Signature expired: %s is now earlier than 2" % stamp)
    assert message.endswith(" - 15 min.)")


def test_a_signature_16_minutes_ahead_is_told_to_be_early(standin, dev):
    at = time.time() + 960
    message = refused(call(standin, dev, "GetCallerIdentity", at=at), "SignatureDoesNotMatch")
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    assert message.startswith("Signature not yet current: %s is still later than 2" % stamp)
    assert message.endswith(" + 15 min.)")


@pytest.mark.parametrize("off", [-840, 840])
def test_14_minutes_off_is_still_accepted(standin, dev, off):
    assert call(standin, dev, "GetCallerIdentity", at=time.time() + off).status == 200


def test_a_presigned_request_ends_when_it_says(standin, dev):
    reply = call(standin, dev, "GetCallerIdentity", at=time.time() - 120, presign=60)
    assert refused(reply, "SignatureDoesNotMatch").endswith(" - 1 min.)")


@pytest.mark.parametrize("seconds", [-7200, 7200])
def test_a_stand_in_with_a_wrong_clock_refuses_and_shows_it_in_date(standin, dev, seconds):
    standin.skew(seconds)
    reply = call(standin, dev, "GetCallerIdentity")
    text = "Signature expired" if seconds > 0 else "Signature not yet current"
    assert refused(reply, "SignatureDoesNotMatch").startswith(text)
    date = email.utils.parsedate_to_datetime(reply.headers["Date"]).timestamp()
    assert abs(date - time.time() - seconds) < 60
    assert call(standin, dev, "GetCallerIdentity", at=date).status == 200


def test_the_scope_must_name_sts_or_iam(standin, dev):
    message = signed(standin.url, dev, "GetCallerIdentity")
    message[2]["Authorization"] = message[2]["Authorization"].replace("/sts/", "/s3/")
    assert "correct service" in refused(send(standin.url, message), "SignatureDoesNotMatch")


def test_iam_is_signed_for_its_one_region(standin, dev):
    assert call(standin, dev, "ListAccessKeys", "iam").status == 200
    text = refused(call(standin, dev, "ListAccessKeys", "iam", region="eu-west-1"),
                   "SignatureDoesNotMatch")
    assert "valid region, not 'eu-west-1'" in text


def test_sts_answers_in_every_region_unless_told_which(standin, dev):
    for region in ("eu-central-1", "us-gov-west-1", "ap-southeast-2"):
        assert call(standin, dev, "GetCallerIdentity", region=region).status == 200
    refused(call(standin, dev, "GetCallerIdentity", region="nowhere"), "SignatureDoesNotMatch")
    standin.settings(regions=["us-east-1"])
    refused(call(standin, dev, "GetCallerIdentity", region="eu-central-1"),
            "SignatureDoesNotMatch")


def test_a_disabled_region_says_so(standin, dev):
    standin.settings(disabled_regions=["eu-south-1"])
    refused(call(standin, dev, "GetCallerIdentity", region="eu-south-1"),
            "RegionDisabledException")


def test_the_scope_date_must_be_the_date_signed(standin, dev):
    message = signed(standin.url, dev, "GetCallerIdentity")
    day = message[2]["X-Amz-Date"][:8]
    message[2]["Authorization"] = message[2]["Authorization"].replace(
        "/%s/" % day, "/20150830/")
    assert "Date in Credential scope" in refused(send(standin.url, message),
                                                 "SignatureDoesNotMatch")


def test_host_must_be_signed(standin, dev):
    message = signed(standin.url, dev, "GetCallerIdentity")
    message[2]["Authorization"] = message[2]["Authorization"].replace("host;", "")
    assert "'Host'" in refused(send(standin.url, message), "SignatureDoesNotMatch")


def test_an_x_amz_header_that_was_not_signed_is_refused(standin, dev):
    message = signed(standin.url, dev, "GetCallerIdentity")
    message[2]["X-Amz-Extra"] = "1"
    assert "x-amz-extra" in refused(send(standin.url, message), "SignatureDoesNotMatch")


def test_the_scope_must_end_as_the_specification_says(standin, dev):
    message = signed(standin.url, dev, "GetCallerIdentity")
    message[2]["Authorization"] = message[2]["Authorization"].replace("aws4_request", "aws5")
    assert "valid terminator" in refused(send(standin.url, message), "SignatureDoesNotMatch")


def test_a_signed_header_must_be_there(standin, dev):
    message = signed(standin.url, dev, "GetCallerIdentity")
    message[2]["Authorization"] = message[2]["Authorization"].replace("host;", "host;nowhere;")
    assert "'nowhere'" in refused(send(standin.url, message), "SignatureDoesNotMatch")


def test_a_wrong_content_hash_is_refused_however_well_it_is_signed(standin, dev):
    method, target, headers, body = signed(standin.url, dev, "GetCallerIdentity",
                                           headers={"X-Amz-Content-SHA256": "0" * 64})
    pairs = list(headers.items()) + [("Host", "127.0.0.1:%d" % standin.port)]
    claim = sigv4.read_claim(pairs, "")
    signature = sigv4.expected(claim, method, "/", "", pairs, body, dev.secret)[2]
    headers["Authorization"] = headers["Authorization"].replace(claim.signature, signature)
    assert "x-amz-content-sha256" in refused(send(standin.url, (method, target, headers, body)),
                                             "SignatureDoesNotMatch")


def session(standin, keys, **params):
    return Keys.issued(call(standin, keys, "GetSessionToken", **params))


def test_temporary_keys_need_their_own_token(standin, dev):
    one, two = session(standin, dev), session(standin, dev)
    assert call(standin, one, "GetCallerIdentity").status == 200
    for token in (None, two.token, one.token[:-4], "x"):
        refused(call(standin, Keys(one.id, one.secret, token), "GetCallerIdentity"),
                "InvalidClientTokenId")


def test_a_long_term_key_with_a_token_is_refused(standin, dev):
    token = session(standin, dev).token
    refused(call(standin, Keys(dev.id, dev.secret, token), "GetCallerIdentity"),
            "InvalidClientTokenId")


def test_a_session_expires(standin, dev):
    keys = session(standin, dev, DurationSeconds=900)
    standin.advance(880)
    assert call(standin, keys, "GetCallerIdentity", at=time.time() + 880).status == 200
    standin.advance(30)
    message = refused(call(standin, keys, "GetCallerIdentity", at=time.time() + 910),
                      "ExpiredToken")
    assert message == "The security token included in the request is expired"


@pytest.mark.parametrize("end", ["Inactive", "Deleted"])
def test_a_session_dies_with_its_key(standin, dev, end):
    keys = session(standin, dev)
    standin.set_key(dev.id, end)
    refused(call(standin, keys, "GetCallerIdentity"), "InvalidClientTokenId")


def test_a_session_outlives_its_key_when_told_so(standin, dev):
    standin.settings(sessions_die_with_key=False)
    keys = session(standin, dev)
    standin.set_key(dev.id, "Deleted")
    assert call(standin, keys, "GetCallerIdentity").status == 200


def test_a_role_session_outlives_the_key_it_came_from(standin, dev):
    keys = Keys.issued(call(standin, dev, "AssumeRole", RoleArn=ROLE + "reader",
                            RoleSessionName="cv-1"))
    standin.set_key(dev.id, "Deleted")
    assert call(standin, keys, "GetCallerIdentity").status == 200


def test_a_new_key_is_known_only_after_a_while(standin, dev):
    standin.settings(propagation_seconds=10, iam_extra_seconds=5)
    reply = call(standin, dev, "CreateAccessKey", "iam")
    new = Keys(reply.text("AccessKeyId"), reply.text("SecretAccessKey"))
    refused(call(standin, new, "GetCallerIdentity"), "InvalidClientTokenId")
    standin.advance(11)
    assert call(standin, new, "GetCallerIdentity").status == 200
    refused(call(standin, new, "ListAccessKeys", "iam"), "InvalidClientTokenId")
    standin.advance(5)
    assert call(standin, new, "ListAccessKeys", "iam").status == 200


def test_a_new_key_is_known_after_some_calls_and_may_flicker(standin, dev):
    standin.settings(propagation_calls=2, propagation_flicker=[1, 0, 1, 0])
    reply = call(standin, dev, "CreateAccessKey", "iam")
    new = Keys(reply.text("AccessKeyId"), reply.text("SecretAccessKey"))
    seen = [call(standin, new, "GetCallerIdentity").status for _ in range(8)]
    assert seen == [403, 403, 200, 403, 200, 403, 200, 200]


def test_a_deactivated_key_may_work_a_little_longer(standin, dev):
    standin.settings(deactivation_seconds=20)
    standin.set_key(dev.id, "Inactive")
    assert call(standin, dev, "GetCallerIdentity").status == 200
    standin.advance(21)
    refused(call(standin, dev, "GetCallerIdentity"), "InvalidClientTokenId")


@pytest.mark.parametrize("service, action, version", [
    ("sts", "NoSuchAction", "2011-06-15"), ("sts", "GetCallerIdentity", "2010-05-08"),
    ("iam", "GetCallerIdentity", "2010-05-08"), ("sts", "ListAccessKeys", "2011-06-15")])
def test_an_action_must_belong_to_its_service_and_version(standin, dev, service, action, version):
    reply = call(standin, dev, action, service, Version=version)
    message = refused(reply, "InvalidAction", 400)
    assert message == "Could not find operation %s for version %s" % (action, version)


def test_a_request_without_an_action_is_refused(standin, dev):
    refused(send(standin.url, signed(standin.url, dev, "", body="Version=2011-06-15")),
            "MissingAction", 400)


def test_a_body_of_another_content_type_is_not_read(standin, dev):
    reply = send(standin.url, signed(standin.url, dev, "GetCallerIdentity",
                                     headers={"Content-Type": "text/plain"}))
    refused(reply, "MissingAction", 400)


def test_a_parameter_given_twice_is_refused(standin, dev):
    message = signed(standin.url, dev, "GetCallerIdentity",
                     extra=[("Action", "GetCallerIdentity")])
    refused(send(standin.url, message), "MalformedQueryString", 400)


def test_another_path_is_not_served(standin, dev):
    assert call(standin, dev, "GetCallerIdentity", path="/x").status == 404


def test_answers_carry_namespace_request_id_and_date(standin, dev):
    reply = call(standin, dev, "GetCallerIdentity")
    space = "{https://sts.amazonaws.com/doc/2011-06-15/}"
    request_id = reply.tree.find("%sResponseMetadata/%sRequestId" % (space, space)).text
    assert reply.tree.tag == space + "GetCallerIdentityResponse"
    assert request_id == reply.headers["x-amzn-RequestId"] == standin.log()[-1]["request_id"]
    assert reply.headers["Content-Type"] == "text/xml" and reply.headers["Date"]
    reply = call(standin, dev, "NoSuchAction", "iam")
    space = "{https://iam.amazonaws.com/doc/2010-05-08/}"
    assert reply.tree.tag == space + "ErrorResponse"
    assert reply.tree.find(space + "RequestId").text == reply.headers["x-amzn-RequestId"]
    assert reply.tree.find("%sError/%sType" % (space, space)).text == "Sender"


def test_the_log_never_holds_a_signature_or_a_token(standin, dev):
    keys = session(standin, dev)
    call(standin, keys, "GetCallerIdentity")
    call(standin, keys, "GetCallerIdentity", presign=60)
    call(standin, Keys(keys.id, "x" * 40, keys.token), "GetCallerIdentity")
    text = str(standin.log())
    assert keys.token not in text and urllib.parse.quote(keys.token, "") not in text
    assert "Signature=" not in text and dev.secret not in text


def test_a_raw_socket_gets_the_same_answer(standin, dev):
    answer = raw(standin, as_bytes(standin, signed(standin.url, dev, "GetCallerIdentity")))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and b"user/dev</Arn>" in answer
