# SPDX-License-Identifier: MIT
"""The verifier against the public vectors and against botocore's signer."""

import json
import os
import pathlib

import pytest

from . import sigv4
from .wire import Keys, as_bytes, signed

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACES = [os.environ.get("CREDVAULT_VECTORS"), ROOT.parent / "shared" / "vectors"]
FOUND = [pathlib.Path(p) / "sigv4-aws-c-auth" / "v4" for p in PLACES
         if p and (pathlib.Path(p) / "sigv4-aws-c-auth" / "v4").is_dir()]
CASES = sorted(p.name for p in FOUND[0].iterdir() if p.is_dir()) if FOUND else []


def parse(text):
    """(method, path, query, headers, body) of a request as the vectors write it."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.split("\n")
    method, rest = first.split(" ", 1)
    target = rest[:rest.rindex(" HTTP/")]
    headers = []
    for line in lines:
        if line[:1] in (" ", "\t"):
            headers[-1] = (headers[-1][0], headers[-1][1] + "\n" + line)
        elif line:
            headers.append(tuple(line.split(":", 1)))
    path, _, query = target.partition("?")
    return method, path, query, headers, body.encode("latin-1")


def test_the_vectors_are_all_there():
    if not FOUND:
        pytest.skip("no vectors: set CREDVAULT_VECTORS to their folder")
    assert len(CASES) == 38


@pytest.mark.parametrize("form", ["header", "query"])
@pytest.mark.parametrize("case", CASES)
def test_every_stage_of_a_public_vector_is_recomputed(case, form):
    folder = FOUND[0] / case
    context = json.loads((folder / "context.json").read_text())

    def stage(name):
        return (folder / ("%s-%s.txt" % (form, name))).read_bytes().decode("latin-1")
    method, path, query, headers, body = parse(stage("signed-request"))
    claim = sigv4.read_claim(headers, query)
    assert claim.presigned == (form == "query")
    assert claim.access_key_id == context["credentials"]["access_key_id"]
    assert (claim.region, claim.service) == (context["region"], context["service"])
    canonical, to_sign, signature = sigv4.expected(
        claim, method, path, query, headers, body, context["credentials"]["secret_access_key"],
        normalize=context["normalize"], token_signed=not context.get("omit_session_token"))
    assert canonical == stage("canonical-request")
    assert to_sign == stage("string-to-sign")
    assert signature == stage("signature").strip() == claim.signature


def verify(message, secret):
    method, target, headers, body = message
    path, _, query = target.partition("?")
    pairs = list(headers.items()) + [("Host", "127.0.0.1:1")]
    claim = sigv4.read_claim(pairs, query)
    return sigv4.expected(claim, method, path, query, pairs, body, secret)[2] == claim.signature


URL = "http://127.0.0.1:1"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
LONG = Keys("AKIAEXAMPLE", SECRET)
SHORT = Keys("ASIAEXAMPLE", SECRET, "token+/with==signs")


@pytest.mark.parametrize("keys", [LONG, SHORT], ids=["long-term", "temporary"])
@pytest.mark.parametrize("presign", [None, 60], ids=["header", "presigned"])
@pytest.mark.parametrize("params", [
    {}, {"RoleSessionName": "a b+c%20=&~*'()!"}, {"ExternalId": "é中\U0001f511"},
    {"Empty": ""}, {"a": "1", "B": "2", "A": "3", "aa": "4"},
], ids=["plain", "punctuation", "unicode", "empty", "order"])
def test_botocores_own_signatures_verify(keys, presign, params):
    message = signed(URL, keys, "GetCallerIdentity", presign=presign, **params)
    assert verify(message, SECRET)
    assert not verify(message, SECRET[:-1] + "X")


def test_a_changed_body_no_longer_verifies():
    method, target, headers, body = signed(URL, LONG, "GetCallerIdentity")
    assert not verify((method, target, headers, body + b"&x=y"), SECRET)


def test_a_changed_query_no_longer_verifies():
    method, target, headers, body = signed(URL, LONG, "GetCallerIdentity", presign=60)
    assert not verify((method, target.replace("GetCallerIdentity", "GetSessionToken"), headers,
                       body), SECRET)


def test_a_changed_signed_header_no_longer_verifies():
    method, target, headers, body = signed(URL, LONG, "GetCallerIdentity")
    assert not verify((method, target, dict(headers, **{"Content-Type": "text/plain"}), body),
                      SECRET)


@pytest.mark.parametrize("authorization", [
    "AWS4-HMAC-SHA256", "Basic abc", "AWS4-HMAC-SHA256 Credential=a/20260101/r/s/aws4_request",
    "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
    "AWS4-HMAC-SHA256 Credential=a/20260101/r/s/aws4_request, SignedHeaders=host;a, Signature=0",
    "AWS4-HMAC-SHA256 Credential=a/20260101/r/s/aws4_request, SignedHeaders=Host, Signature=0",
    "AWS4-HMAC-SHA256 Credential=a/1/r/s/t, Credential=a/1/r/s/t, SignedHeaders=host, Signature=0",
    "AWS4-HMAC-SHA256 nonsense", "AWS4-HMAC-SHA512 Credential=a/1/r/s/t",
])
def test_what_does_not_conform_is_malformed(authorization):
    with pytest.raises(sigv4.Malformed):
        sigv4.read_claim([("Authorization", authorization), ("X-Amz-Date", "20260101T000000Z")],
                         "")


def test_two_authorization_headers_are_malformed():
    method, target, headers, body = signed(URL, LONG, "GetCallerIdentity")
    with pytest.raises(sigv4.Malformed):
        sigv4.read_claim(list(headers.items()) + [("authorization", headers["Authorization"])], "")


def test_both_forms_at_once_are_malformed():
    _, target, _, _ = signed(URL, LONG, "GetCallerIdentity", presign=60)
    _, _, headers, _ = signed(URL, LONG, "GetCallerIdentity")
    with pytest.raises(sigv4.Malformed):
        sigv4.read_claim(list(headers.items()), target.partition("?")[2])


def test_a_repeated_query_parameter_of_the_signature_is_malformed():
    _, target, _, _ = signed(URL, LONG, "GetCallerIdentity", presign=60)
    with pytest.raises(sigv4.Malformed):
        sigv4.read_claim([], target.partition("?")[2] + "&X-Amz-Expires=900")


def test_a_presigned_request_may_not_last_longer_than_a_week():
    _, target, _, _ = signed(URL, LONG, "GetCallerIdentity", presign=604801)
    with pytest.raises(sigv4.Malformed):
        sigv4.read_claim([], target.partition("?")[2])


def test_no_signature_at_all_is_told_apart():
    with pytest.raises(sigv4.NotSigned):
        sigv4.read_claim([("Host", "x")], "Action=GetCallerIdentity")


@pytest.mark.parametrize("text", ["20260101T000000", "2026-01-01T00:00:00Z", "20261301T000000Z",
                                  "", "２0260101T000000Z"])
def test_a_date_in_another_form_is_malformed(text):
    with pytest.raises(sigv4.Malformed):
        sigv4.parse_amz_date(text)


def test_the_helper_keeps_a_signed_message_intact(standin, dev):
    message = signed(standin.url, dev, "GetCallerIdentity")
    assert as_bytes(standin, message).endswith(message[3])
