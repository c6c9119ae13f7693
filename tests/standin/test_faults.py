# SPDX-License-Identifier: MIT
"""Every way to misbehave, seen from the client's side."""

import base64
import gzip
import http.client
import socket
import threading
import time
import xml.etree.ElementTree

import pytest

from .client import StandInError
from .hostile import HOSTILE
from .wire import ROLE, Keys, as_bytes, call, raw, send, signed

GONE = (http.client.RemoteDisconnected, ConnectionError)


def whoami(standin, keys, **options):
    return call(standin, keys, "GetCallerIdentity", **options)


def wire(standin, keys, action="GetCallerIdentity", **options):
    """(head, body) as bytes."""
    answer = raw(standin, as_bytes(standin, signed(standin.url, keys, action, **options)))
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


# -- choosing ----------------------------------------------------------------------------------
def test_a_fault_strikes_the_next_few_and_then_no_more(standin, dev):
    standin.fault("throttle", count=2)
    assert [whoami(standin, dev).status for _ in range(4)] == [400, 400, 200, 200]


def test_a_fault_may_let_some_pass_first(standin, dev):
    standin.fault("throttle", skip=1, count=1)
    assert [whoami(standin, dev).status for _ in range(3)] == [200, 400, 200]


def test_a_fault_without_a_count_stays_until_cleared(standin, dev):
    number = standin.fault("throttle")
    assert [whoami(standin, dev).status for _ in range(5)] == [400] * 5
    assert standin.clear(number) == 1
    assert whoami(standin, dev).status == 200


def test_a_fault_may_be_for_one_action(standin, dev):
    standin.fault("throttle", action="GetSessionToken")
    assert whoami(standin, dev).status == 200
    assert call(standin, dev, "GetSessionToken").code == "Throttling"


def test_more_requests_than_the_limit_are_throttled(standin, dev, ci):
    standin.settings(requests_per_second=0.001, requests_burst=3)
    answers = [whoami(standin, keys) for keys in (dev, ci, dev, ci)]
    assert [a.status for a in answers] == [200, 200, 200, 400]
    assert (answers[3].code, answers[3].message) == ("Throttling", "Rate exceeded")
    assert not standin.log()[-1]["effect"]
    standin.settings(requests_per_second=0)
    assert whoami(standin, dev).status == 200


def test_a_fault_may_be_for_one_key(standin, dev, ci):
    standin.fault("throttle", key=dev.id)
    assert (whoami(standin, dev).status, whoami(standin, ci).status) == (400, 200)


@pytest.mark.parametrize("user", ["dev", "arn:aws:iam::111122223333:user/dev"])
def test_a_fault_may_be_for_one_user_and_all_that_is_theirs(standin, dev, ci, user):
    session = Keys.issued(call(standin, dev, "GetSessionToken"))
    standin.fault("throttle", user=user)
    assert (whoami(standin, session).status, whoami(standin, ci).status) == (400, 200)


def test_a_fault_may_be_for_one_service(standin, dev):
    standin.fault("throttle", service="iam")
    assert whoami(standin, dev).status == 200
    assert call(standin, dev, "ListAccessKeys", "iam").status == 400


@pytest.mark.parametrize("spec", [{"kind": "nonsense"}, {"kind": "delay", "bytes": 3},
                                  {"kind": "hostile", "case": "nonsense"}])
def test_a_fault_that_makes_no_sense_is_refused(standin, spec):
    with pytest.raises(StandInError):
        standin.control("POST", "faults", spec)


def test_faults_are_in_the_log_and_in_the_state(standin, dev):
    standin.fault("throttle", count=2)
    whoami(standin, dev)
    assert standin.log()[-1]["faults"] == ["throttle"]
    assert standin.log()[-1]["effect"] is False
    assert standin.state()["faults"][0]["left"] == 1


# -- no answer ---------------------------------------------------------------------------------
def test_drop_closes_before_anything_happens(standin, dev):
    standin.fault("drop", count=1)
    with pytest.raises(GONE):
        call(standin, dev, "CreateAccessKey", "iam")
    assert len(standin.user()["keys"]) == 1


def test_drop_after_closes_when_it_has_happened(standin, dev):
    standin.fault("drop_after", count=1)
    with pytest.raises(GONE):
        call(standin, dev, "CreateAccessKey", "iam")
    assert len(standin.user()["keys"]) == 2
    entry = standin.log()[-1]
    assert entry["effect"] is True and entry["issued"] == standin.key(index=1)["id"]


def test_drop_midway_cuts_the_answer(standin, dev):
    standin.fault("drop_midway", bytes=300, count=1)
    answer = raw(standin, as_bytes(standin, signed(standin.url, dev, "GetSessionToken")))
    assert len(answer) == 300 and answer.startswith(b"HTTP/1.1 200")


def test_a_dropped_mfa_code_is_spent_only_if_it_arrived(standin, dev):
    serial, code = standin.serial(), standin.code()
    standin.fault("drop", count=1)
    with pytest.raises(GONE):
        call(standin, dev, "GetSessionToken", SerialNumber=serial, TokenCode=code)
    standin.fault("drop_after", count=1)
    with pytest.raises(GONE):
        call(standin, dev, "GetSessionToken", SerialNumber=serial, TokenCode=code)
    reply = call(standin, dev, "GetSessionToken", SerialNumber=serial, TokenCode=code)
    assert reply.code == "AccessDenied"


def test_hang_says_nothing_until_the_client_goes(standin, dev):
    standin.fault("hang", count=1)
    data = as_bytes(standin, signed(standin.url, dev, "GetCallerIdentity"))
    with socket.create_connection(("127.0.0.1", standin.port)) as connection:
        connection.sendall(data)
        standin.wait_log(1, done=True)
        connection.settimeout(0.2)
        with pytest.raises(socket.timeout):
            connection.recv(1)


# -- time --------------------------------------------------------------------------------------
def test_delay_answers_later(standin, dev):
    standin.fault("delay", ms=300, count=1)
    start = time.monotonic()
    assert whoami(standin, dev).status == 200
    assert time.monotonic() - start >= 0.3


def test_hold_keeps_requests_until_released(standin, dev):
    standin.fault("hold")
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(whoami(standin, dev)))
               for _ in range(3)]
    for thread in threads:
        thread.start()
    standin.wait_log(3)
    assert replies == [] and not any(e["done"] for e in standin.log())
    assert standin.release() == 1
    for thread in threads:
        thread.join()
    assert [r.status for r in replies] == [200] * 3


def test_skew_makes_one_request_meet_a_wrong_clock(standin, dev):
    standin.fault("skew", seconds=3600, count=1)
    reply = whoami(standin, dev)
    assert reply.message.startswith("Signature expired")
    assert whoami(standin, dev).status == 200


def test_drip_sends_so_many_bytes_a_second(standin, dev):
    standin.fault("drip", bytes_per_second=2000, count=1)
    start = time.monotonic()
    head, body = wire(standin, dev)
    took = time.monotonic() - start
    assert body.endswith(b"</GetCallerIdentityResponse>\n")
    assert took >= 0.8 * (len(head) + len(body) - 100) / 2000


# -- errors ------------------------------------------------------------------------------------
def test_throttling_may_say_when_to_come_back(standin, dev):
    standin.fault("throttle", retry_after_ms=1500, count=1)
    reply = whoami(standin, dev)
    assert (reply.code, reply.message) == ("Throttling", "Rate exceeded")
    assert reply.headers["x-amz-retry-after"] == "1500"


def test_error_says_anything_without_effect(standin, dev):
    standin.fault("error", code="OptInRequired", message="No.", status=403, count=1)
    reply = call(standin, dev, "CreateAccessKey", "iam")
    assert (reply.status, reply.code, reply.message) == (403, "OptInRequired", "No.")
    assert len(standin.user()["keys"]) == 1


def test_error_after_answers_500_when_it_has_happened(standin, dev):
    standin.fault("error_after", count=1)
    reply = call(standin, dev, "CreateAccessKey", "iam")
    assert (reply.status, reply.code) == (500, "InternalFailure")
    assert reply.text("Type") == "Receiver"
    assert len(standin.user()["keys"]) == 2


# -- answers that are none ---------------------------------------------------------------------
def test_html_is_no_answer_and_has_no_effect_unless_asked(standin, dev):
    standin.fault("html", count=1)
    reply = call(standin, dev, "CreateAccessKey", "iam")
    assert reply.status == 200 and reply.headers["Content-Type"].startswith("text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>") and len(standin.user()["keys"]) == 1
    standin.fault("html", count=1, effect=True, status=502)
    assert call(standin, dev, "CreateAccessKey", "iam").status == 502
    assert len(standin.user()["keys"]) == 2


def test_empty_is_an_empty_body(standin, dev):
    standin.fault("empty", count=1)
    reply = whoami(standin, dev)
    assert (reply.status, reply.body) == (200, b"")


def test_garbage_is_random_bytes(standin, dev):
    standin.fault("garbage", bytes=1000, count=1)
    assert len(whoami(standin, dev).body) == 1000


def test_json_is_another_language(standin, dev):
    standin.fault("json", count=1)
    assert whoami(standin, dev).headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("kind", ["bomb", "doctype", "entity"])
def test_document_types_and_entities_are_sent(standin, dev, kind):
    standin.fault(kind, count=1)
    body = whoami(standin, dev).body
    assert b"<!DOCTYPE" in body and b"<!ENTITY" in body and len(body) < 5000


def test_deep_nests_as_far_as_asked(standin, dev):
    standin.fault("deep", levels=500, count=1)
    assert whoami(standin, dev).body.count(b"<a>") == 500


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_huge_is_streamed(standin, dev, framing):
    standin.fault("huge", bytes=3000000, framing=framing, count=1)
    reply = whoami(standin, dev)
    assert len(reply.body) == 3000000 and reply.body.startswith(b"<GetCallerIdentityResponse")


def test_huge_is_100_megabytes_unless_asked(standin, dev):
    standin.fault("huge", count=1)
    answer = raw(standin, as_bytes(standin, signed(standin.url, dev, "GetCallerIdentity")),
                 limit=200000)
    assert b"\r\nContent-Length: 100000000\r\n" in answer
    assert whoami(standin, dev).status == 200


def test_raw_is_sent_byte_for_byte(standin, dev):
    data = b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n\x00\x01"
    standin.fault("raw", base64=base64.b64encode(data).decode(), count=1)
    assert raw(standin, as_bytes(standin, signed(standin.url, dev, "GetCallerIdentity"))) == data


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_point_where_they_are_told(standin, dev, status):
    standin.fault("redirect", status=status, location="http://127.0.0.1:1/x", count=1)
    reply = whoami(standin, dev)
    assert (reply.status, reply.headers["Location"]) == (status, "http://127.0.0.1:1/x")


# -- real answers, travelling badly ------------------------------------------------------------
def test_truncated_ends_early_but_is_framed_well(standin, dev):
    standin.fault("truncated", count=1)
    reply = whoami(standin, dev)
    assert reply.status == 200
    with pytest.raises(xml.etree.ElementTree.ParseError):
        reply.tree
    standin.fault("truncated", bytes=10, count=1)
    assert len(whoami(standin, dev).body) == 10


def test_short_framing_promises_more_than_it_sends(standin, dev):
    standin.fault("framing", framing="short", count=1)
    with pytest.raises(http.client.IncompleteRead):
        whoami(standin, dev)


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_other_framings_carry_the_same_answer(standin, dev, framing):
    standin.fault("framing", framing=framing, count=1)
    assert whoami(standin, dev).text("Account") == "111122223333"


def test_gzip_comes_unasked(standin, dev):
    standin.fault("gzip", count=1)
    reply = whoami(standin, dev)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert b"user/dev" in gzip.decompress(reply.body)


def test_the_content_type_may_be_wrong(standin, dev):
    standin.fault("content_type", value="image/png", count=1)
    assert whoami(standin, dev).headers["Content-Type"] == "image/png"


def test_headers_may_be_huge_or_ours(standin, dev):
    standin.fault("headers", size=150000)
    assert len(wire(standin, dev)[0]) > 150000
    standin.clear()
    standin.fault("headers", set={"Age": "9000"}, count=1)
    assert whoami(standin, dev).headers["Age"] == "9000"


def test_the_date_header_may_be_nonsense(standin, dev):
    standin.fault("date", value="yesterday", count=1)
    assert whoami(standin, dev).headers["Date"] == "yesterday"


def test_the_status_may_contradict_the_body(standin, dev):
    standin.fault("status", status=503, count=1)
    reply = whoami(standin, dev)
    assert reply.status == 503 and reply.text("Account") == "111122223333"


def test_faults_combine_in_the_order_they_were_set(standin, dev):
    standin.fault("hostile", case="arn-words", count=1)
    standin.fault("gzip", count=1)
    assert b"<Arn>not an arn</Arn>" in gzip.decompress(whoami(standin, dev).body)


# -- real answers, with other values -----------------------------------------------------------
def test_fields_are_set_removed_and_repeated(standin, dev):
    standin.fault("fields", set={"Arn": "a<b>&\u009b"}, remove=["UserId"], duplicate=["Account"],
                  count=1)
    reply = whoami(standin, dev)
    assert reply.text("Arn") == "a<b>&\u009b" and reply.text("UserId") is None
    assert reply.body.count(b"<Account>") == 2


def test_raw_fields_are_not_escaped(standin, dev):
    standin.fault("fields", raw=True, set={"Arn": "<a>&#x27;</a>"}, count=1)
    assert b"<Arn><a>&#x27;</a></Arn>" in whoami(standin, dev).body


def test_fields_inside_lists_are_reached(standin, dev):
    standin.fault("fields", set={"Status": "Expired"}, count=1)
    assert call(standin, dev, "ListAccessKeys", "iam").text("Status") == "Expired"


ILL_FORMED = {"control-ill-formed", "nul-bytes"}


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_a_hostile_case_changes_some_answer(standin, dev, case):
    struck = 0
    for action, service, params in (
            ("GetSessionToken", "sts", {}), ("GetCallerIdentity", "sts", {}),
            ("AssumeRole", "sts", {"RoleArn": ROLE + "reader", "RoleSessionName": "cv-1"}),
            ("ListAccessKeys", "iam", {}), ("CreateAccessKey", "iam", {})):
        plain = signed(standin.url, dev, action, service, **params)
        number = standin.fault("hostile", case=case, count=1)
        reply = send(standin.url, plain)
        standin.clear(number)
        assert reply.status == 200
        spec = HOSTILE[case]
        try:
            reply.tree
            formed = True
        except xml.etree.ElementTree.ParseError:
            formed = False
        if not formed:
            assert case in ILL_FORMED
            struck += 1
            continue
        for name, value in spec.get("set", {}).items():
            if "<%s>" % name in reply.body.decode() and not spec.get("raw"):
                assert reply.text(name) == (value or None)
                struck += 1
            elif "<%s>" % name in reply.body.decode():
                struck += 1
        struck += sum(1 for name in spec.get("remove", ()) if reply.text(name) is None)
        struck += sum(1 for name in spec.get("duplicate", ())
                      if reply.body.decode().count("<%s>" % name) >= 2)
    assert struck
