# SPDX-License-Identifier: MIT
"""Signature Version 4, the verifying side, from the public specification.

Pure functions over what came in on the wire. Nothing here knows keys, users or clocks, and
nothing is shared with the program under test: an agreement between the two means something.
"""

import calendar
import functools
import hashlib
import hmac
import re
import time

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
PRESIGN_MAXIMUM = 604800
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_ESCAPE = [chr(b) if b in _UNRESERVED else "%%%02X" % b for b in range(256)]
_ESCAPE_PATH = list(_ESCAPE)
_ESCAPE_PATH[ord("/")] = "/"
_AMZ_DATE = re.compile(r"\d{8}T\d{6}Z\Z", re.ASCII)
_PART = re.compile(r"\s*(\w+)\s*=\s*(\S+?)\s*\Z")


class Malformed(Exception):
    """The request carries something meant as a signature which does not conform."""


class NotSigned(Exception):
    """The request carries nothing meant as a signature."""


def percent_encode(data, keep_slash=False):
    """RFC 3986: everything but unreserved characters, upper-case hex."""
    table = _ESCAPE_PATH if keep_slash else _ESCAPE
    return "".join([table[b] for b in data])


def percent_decode(text, plus_is_space=False):
    """Bytes of an encoded component; text holds one character per byte (latin-1)."""
    raw = text.encode("latin-1")
    if plus_is_space:
        raw = raw.replace(b"+", b" ")
    if b"%" not in raw:
        return raw
    first, *rest = raw.split(b"%")
    out = [first]
    for part in rest:
        try:
            out.append(bytes([int(part[:2].decode("ascii"), 16)]) + part[2:])
        except (ValueError, UnicodeDecodeError):
            out.append(b"%" + part)
    return b"".join(out)


def split_query(raw, plus_is_space=False):
    """[(name, value)] as bytes, in wire order; empty components are dropped."""
    pairs = []
    for component in raw.split("&"):
        if component:
            name, _, value = component.partition("=")
            pairs.append((percent_decode(name, plus_is_space),
                          percent_decode(value, plus_is_space)))
    return pairs


def canonical_path(path, normalize=True):
    """The path as it stood on the request line, dot segments resolved, encoded once more."""
    if normalize:
        out = []
        for segment in path.split("/"):
            if segment == "..":
                if out:
                    out.pop()
            elif segment not in ("", "."):
                out.append(segment)
        closed = path.endswith(("/", "/.", "/..")) and out
        path = "/" + "/".join(out) + ("/" if closed else "")
    return percent_encode(path.encode("latin-1"), keep_slash=True)


def canonical_query(raw, leave_out=()):
    pairs = [(percent_encode(n), percent_encode(v)) for n, v in split_query(raw)
             if n not in leave_out]
    return "&".join(["%s=%s" % pair for pair in sorted(pairs)])


def canonical_headers(headers, signed):
    """headers: [(name, value)] in wire order. Repeated names join with a comma."""
    values = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(" ".join(value.split()))
    return "".join(["%s:%s\n" % (name, ",".join(values.get(name, [""]))) for name in signed])


def canonical_request(method, path, query, headers, signed, payload_hash, leave_out=(),
                      normalize=True):
    return "\n".join((method, canonical_path(path, normalize), canonical_query(query, leave_out),
                      canonical_headers(headers, signed), ";".join(signed), payload_hash))


def string_to_sign(amz_date, scope, canonical):
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    return "\n".join((ALGORITHM, amz_date, scope, digest))


@functools.lru_cache(maxsize=4096)
def signing_key(secret, date, region, service):
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.new(key, part.encode("latin-1"), hashlib.sha256).digest()
    return key


def sign(secret, scope, to_sign):
    date, region, service, _ = scope.split("/")
    key = signing_key(secret, date, region, service)
    return hmac.new(key, to_sign.encode("latin-1"), hashlib.sha256).hexdigest()


def parse_amz_date(text):
    """Seconds since 1970, or Malformed."""
    if not _AMZ_DATE.match(text):
        raise Malformed("Date must be in ISO-8601 'basic format'. Got '%s'. See "
                        "http://en.wikipedia.org/wiki/ISO_8601" % text)
    try:
        return calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise Malformed("Date must be in ISO-8601 'basic format'. Got '%s'." % text)


def format_amz_date(seconds):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


class Claim:
    """What a request says about its own signature, before anything of it is believed."""

    def __init__(self):
        self.access_key_id = self.scope = self.date = self.region = self.service = ""
        self.terminator = self.amz_date = self.signature = ""
        self.signed = []
        self.token = None
        self.presigned = False
        self.expires = None
        self.content_hash = None

    def set_credential(self, text):
        parts = text.split("/")
        if len(parts) < 5 or not all(parts):
            raise Malformed("Credential must have exactly 5 slash-delimited elements, e.g. "
                            "keyid/date/region/service/term, got '%s'" % text)
        self.access_key_id = "/".join(parts[:-4])
        self.date, self.region, self.service, self.terminator = parts[-4:]
        self.scope = "/".join(parts[-4:])


def _one(headers, name):
    found = [value.strip() for key, value in headers if key.lower() == name]
    if len(found) > 1:
        raise Malformed("Header '%s' must appear once." % name)
    return found[0] if found else None


def _read_header_form(claim, authorization, headers):
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise Malformed("Unsupported AWS 'algorithm': '%s'." % algorithm[:40])
    parts = {}
    for piece in rest.split(","):
        match = _PART.match(piece)
        if not match:
            raise Malformed("'%s' not a valid key=value pair (missing equal-sign) in "
                            "Authorization header: '%s'." % (piece.strip()[:80], algorithm))
        if match.group(1) in parts:
            raise Malformed("Authorization header repeats '%s'." % match.group(1))
        parts[match.group(1)] = match.group(2)
    claim.amz_date = _one(headers, "x-amz-date") or ""
    lacking = ["Authorization header requires '%s' parameter." % name
               for name in ("Credential", "Signature", "SignedHeaders") if name not in parts]
    if not claim.amz_date:
        lacking.append("Authorization header requires existence of either a 'X-Amz-Date' or a "
                       "'Date' header.")
    if lacking:
        raise Malformed(" ".join(lacking) + " Authorization=" + algorithm)
    claim.set_credential(parts["Credential"])
    claim.signature = parts["Signature"]
    claim.signed = parts["SignedHeaders"].split(";")
    claim.token = _one(headers, "x-amz-security-token")


def _read_query_form(claim, pairs):
    values = {}
    for name, value in pairs:
        if name in values and name.startswith("X-Amz-"):
            raise Malformed("Query-string parameter '%s' must appear once." % name)
        values[name] = value
    if values["X-Amz-Algorithm"] != ALGORITHM:
        raise Malformed("AWS query-string parameter 'X-Amz-Algorithm' must be '%s'." % ALGORITHM)
    lacking = ["AWS query-string parameters must include '%s'." % name
               for name in ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders",
                            "X-Amz-Date", "X-Amz-Expires") if not values.get(name)]
    if lacking:
        raise Malformed(" ".join(lacking) + " Re-examine the query-string parameters.")
    claim.presigned = True
    claim.amz_date = values["X-Amz-Date"]
    claim.set_credential(values["X-Amz-Credential"])
    claim.signature = values["X-Amz-Signature"]
    claim.signed = values["X-Amz-SignedHeaders"].split(";")
    claim.token = values.get("X-Amz-Security-Token")
    if not re.match(r"[0-9]{1,7}\Z", values["X-Amz-Expires"], re.ASCII):
        raise Malformed("X-Amz-Expires should be a number")
    claim.expires = int(values["X-Amz-Expires"])
    if not 1 <= claim.expires <= PRESIGN_MAXIMUM:
        raise Malformed("X-Amz-Expires must be less than a week (in seconds); that is, the given "
                        "X-Amz-Expires must be less than 604800 seconds")


def read_claim(headers, query):
    """Parse the signature of a request in either form. Raises NotSigned or Malformed."""
    claim = Claim()
    authorization = _one(headers, "authorization")
    pairs = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in split_query(query)]
    in_query = any(name == "X-Amz-Algorithm" for name, _ in pairs)
    if authorization is not None and in_query:
        raise Malformed("Only one auth mechanism allowed; only the X-Amz-Algorithm query "
                        "parameter or the Authorization header should be specified")
    if authorization is not None:
        _read_header_form(claim, authorization, headers)
    elif in_query:
        _read_query_form(claim, pairs)
    else:
        raise NotSigned()
    if claim.signed != sorted(set(claim.signed)) or \
            any(name != name.lower() or not name for name in claim.signed):
        raise Malformed("SignedHeaders must be unique, lower-case and sorted.")
    claim.content_hash = _one(headers, "x-amz-content-sha256")
    return claim


def expected(claim, method, path, query, headers, body, secret, normalize=True,
             token_signed=True):
    """(canonical request, string to sign, signature) this request should carry.

    token_signed is false for signers that add the security token after signing; the
    specification lets a service accept that, so a verifier tries both.
    """
    leave_out = (b"X-Amz-Signature",) if claim.presigned else ()
    if claim.presigned and not token_signed:
        leave_out += (b"X-Amz-Security-Token",)
    payload = hashlib.sha256(body).hexdigest() if body else EMPTY_SHA256
    canonical = canonical_request(method, path, query, headers, claim.signed, payload, leave_out,
                                  normalize)
    to_sign = string_to_sign(claim.amz_date, claim.scope, canonical)
    return canonical, to_sign, sign(secret, claim.scope, to_sign)
