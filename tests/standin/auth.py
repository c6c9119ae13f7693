# SPDX-License-Identifier: MIT
"""From a request on the wire to a Caller: every check AWS makes before it looks at the action."""

import hmac
import re

from . import sigv4
from .answers import AwsError
from .world import EXPIRED_TOKEN, INVALID_TOKEN, Caller

WINDOW = 900
IAM_REGIONS = ("us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}\Z", re.ASCII)
MISMATCH = ("The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details.")


def refuse(message):
    return AwsError("SignatureDoesNotMatch", message)


def read_claim(request):
    try:
        return sigv4.read_claim(request.headers, request.query)
    except sigv4.NotSigned:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token")
    except sigv4.Malformed as problem:
        raise AwsError("IncompleteSignature", str(problem))


def check_scope(claim, settings):
    if claim.terminator != sigv4.TERMINATOR:
        raise refuse("Credential should be scoped with a valid terminator: 'aws4_request', not "
                     "'%s'." % claim.terminator)
    if claim.service not in ("sts", "iam"):
        raise refuse("Credential should be scoped to correct service: 'sts'. ")
    known = settings["regions"]
    if claim.service == "iam":
        valid = claim.region in IAM_REGIONS
    else:
        valid = claim.region in known if known else _REGION.match(claim.region)
    if not valid:
        raise refuse("Credential should be scoped to a valid region, not '%s'. " % claim.region)
    if claim.amz_date[:8] != claim.date:
        raise refuse("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                     "date from HTTP: '%s' != '%s', from '%s'."
                     % (claim.date, claim.amz_date[:8], claim.amz_date))


def check_signed_headers(claim, request):
    """host always; in the header form also the date and every other x-amz header."""
    if "host" not in claim.signed:
        raise refuse("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    present = {name.lower() for name, _ in request.headers}
    for name in claim.signed:
        if name not in present:
            raise refuse("SignedHeaders names '%s', which the request does not have." % name)
    unsigned = sorted(name for name in present if name.startswith("x-amz-")
                      and name not in claim.signed and name != "x-amz-security-token")
    if unsigned:
        raise refuse("There were headers present in the request which were not signed: "
                     + ", ".join(unsigned))


def check_time(claim, now):
    """AWS's two sentences; a client learns from them which way its clock is wrong."""
    try:
        signed_at = sigv4.parse_amz_date(claim.amz_date)
    except sigv4.Malformed as problem:
        raise AwsError("IncompleteSignature", str(problem))
    window = min(claim.expires, WINDOW) if claim.presigned else WINDOW
    at = sigv4.format_amz_date
    unit = "%d min." % (window // 60) if window % 60 == 0 else "%d sec." % window
    if signed_at < now - window:
        raise refuse("Signature expired: %s is now earlier than %s (%s - %s)"
                     % (claim.amz_date, at(now - window), at(now), unit))
    if signed_at > now + WINDOW:
        raise refuse("Signature not yet current: %s is still later than %s (%s + 15 min.)"
                     % (claim.amz_date, at(now + WINDOW), at(now)))


def check_signature(claim, request, secret):
    wanted = None
    for token_signed in (True, False) if claim.presigned and claim.token else (True,):
        canonical, _, signature = sigv4.expected(
            claim, request.method, request.path, request.query, request.headers, request.body,
            secret, token_signed=token_signed)
        wanted = wanted or canonical
        if hmac.compare_digest(signature, claim.signature.encode("ascii", "replace").decode()):
            break
    else:
        request.wanted = wanted.replace(claim.token, "<token>") if claim.token else wanted
        raise refuse(MISMATCH)
    if claim.content_hash is not None and not claim.presigned:
        real = sigv4.hashlib.sha256(request.body).hexdigest()
        if claim.content_hash != real:
            raise refuse("The value of x-amz-content-sha256 does not match the payload.")


def authenticate(world, request, now):
    """Returns a Caller or raises AwsError. The caller holds world.lock."""
    claim = request.claim
    check_scope(claim, world.settings)
    check_signed_headers(claim, request)
    invalid = AwsError("InvalidClientTokenId", INVALID_TOKEN)
    session = world.sessions.get(claim.access_key_id)
    key = None if session else world.keys.get(claim.access_key_id)
    if session is None and (key is None or claim.token is not None):
        raise invalid
    if session is not None:
        if claim.token is None or not hmac.compare_digest(
                claim.token.encode("latin-1"), session.token.encode()):
            raise invalid
    elif not world.key_known(key, claim.service):
        raise invalid
    check_time(claim, now)
    check_signature(claim, request, session.secret if session else key.secret)
    if session is not None:
        if now >= session.expires:
            raise AwsError("ExpiredToken", EXPIRED_TOKEN)
        if not world.session_alive(session):
            raise invalid
        if claim.service == "iam" and session.kind == "session" and session.mfa_at is None:
            raise invalid
    caller = Caller(key, session, claim.service, claim.region)
    if claim.region in world.settings["disabled_regions"]:
        raise AwsError("RegionDisabledException",
                       "STS is not activated in this region for account:%s. Your account "
                       "administrator can activate STS in this region using the IAM Console."
                       % caller.account)
    if key is not None or session.kind == "session":
        world.note_use(key or session.key, claim.service, claim.region, now)
    return caller
