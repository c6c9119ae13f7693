# SPDX-License-Identifier: MIT
"""What can go wrong on purpose: which requests a fault strikes, and what it does to the answer."""

import base64
import gzip
import itertools
import os
import threading

from . import answers
from .answers import AwsError, Members, Raw
from .hostile import HOSTILE

# kind: does the action still happen? (None: the kind changes the real answer, so it must)
KINDS = {
    "delay": None, "hold": None, "skew": None,
    "drop": False, "hang": False, "throttle": False, "error": False,
    "drop_after": None, "drop_midway": None, "error_after": True,
    "html": False, "empty": False, "garbage": False, "json": False, "bomb": False,
    "doctype": False, "entity": False, "huge": False, "deep": False, "raw": False,
    "redirect": False,
    "truncated": None, "fields": None, "hostile": None, "content_type": None, "gzip": None,
    "headers": None, "drip": None, "status": None, "framing": None, "date": None,
}
OPTIONS = {
    "delay": {"ms"}, "hold": set(), "skew": {"seconds"}, "drop": set(), "hang": set(),
    "throttle": {"retry_after_ms"}, "error": {"status", "code", "message"},
    "drop_after": set(), "drop_midway": {"bytes"}, "error_after": {"status", "code", "message"},
    "html": {"status"}, "empty": {"status"}, "garbage": {"bytes"}, "json": {"status"},
    "bomb": set(), "doctype": set(), "entity": set(), "huge": {"bytes", "framing", "head"},
    "deep": {"levels"}, "raw": {"base64"}, "redirect": {"status", "location"},
    "truncated": {"bytes"}, "fields": {"set", "remove", "raw", "duplicate"}, "hostile": {"case"},
    "content_type": {"value"}, "gzip": set(), "headers": {"count", "size", "set"},
    "drip": {"bytes_per_second", "from"}, "status": {"status"}, "framing": {"framing"},
    "date": {"value"},
}
MATCH = {"action", "key", "user", "service"}
COMMON = {"kind", "count", "skip", "effect"} | MATCH


class Fault:
    def __init__(self, number, spec):
        kind = spec.get("kind")
        if kind not in KINDS:
            raise ValueError("unknown kind %r; there are: %s" % (kind, ", ".join(sorted(KINDS))))
        unknown = set(spec) - COMMON - OPTIONS[kind]
        if unknown:
            raise ValueError("%s does not take: %s" % (kind, ", ".join(sorted(unknown))))
        if kind == "hostile" and spec.get("case") not in HOSTILE:
            raise ValueError("unknown case; there are: %s" % ", ".join(sorted(HOSTILE)))
        self.number, self.kind, self.spec = number, kind, spec
        self.count = spec.get("count")
        self.skip = spec.get("skip", 0)
        self.hits = 0
        self.released = threading.Event()
        default = KINDS[kind]
        self.effect = True if default is None else bool(spec.get("effect", default))

    def strikes(self, facts):
        for name in MATCH:
            wanted = self.spec.get(name)
            if wanted is not None and wanted not in facts[name]:
                return False
        return True

    def get(self, name, default):
        return self.spec.get(name, default)

    def show(self):
        return dict(self.spec, id=self.number, hits=self.hits, left=self.count)


class Faults:
    """The faults that are armed. Several may strike one request, in the order they were set."""

    def __init__(self):
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.armed = []

    def add(self, spec):
        with self.lock:
            fault = Fault(next(self.numbers), spec)
            self.armed.append(fault)
        return fault

    def clear(self, number=None):
        with self.lock:
            gone = [f for f in self.armed if number is None or f.number == number]
            self.armed = [f for f in self.armed if f not in gone]
        for fault in gone:
            fault.released.set()
        return len(gone)

    def release(self, number=None):
        """Lets requests that a "hold" keeps waiting go on; the hold itself is gone."""
        with self.lock:
            gone = [f for f in self.armed
                    if f.kind == "hold" and number in (None, f.number)]
            self.armed = [f for f in self.armed if f not in gone]
        for fault in gone:
            fault.released.set()
        return len(gone)

    def take(self, facts):
        """The faults that strike this request; counts go down."""
        if not self.armed:
            return []
        struck = []
        with self.lock:
            for fault in list(self.armed):
                if not fault.strikes(facts):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.count is not None and fault.count <= 0:
                    continue
                fault.hits += 1
                struck.append(fault)
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0 and fault.kind != "hold":
                        self.armed.remove(fault)
        return struck

    def show(self):
        with self.lock:
            return [f.show() for f in self.armed]


class Answer:
    """One HTTP answer on its way out; faults may change every part of it."""

    def __init__(self, status, body, content_type="text/xml"):
        self.status, self.body, self.content_type = status, body, content_type
        self.headers = []
        self.framing = "length"     # length, chunked, close, short (promises more than it sends)
        self.date = None
        self.stream = None          # (head, filler, total): sent instead of body
        self.drop = False           # close without a byte
        self.cut = None             # close after so many bytes
        self.drip = None            # (bytes per second, "start" or "body")
        self.raw = None             # these bytes, and close
        self.hang = False           # nothing, until the client goes away
        self.error = None           # the AwsError it tells


BOMB = ('<?xml version="1.0"?>\n<!DOCTYPE r [\n<!ENTITY a "%s">\n%s]>\n'
        '<ErrorResponse><Error><Code>&i;</Code></Error></ErrorResponse>' % (
            "a" * 1000, "".join('<!ENTITY %s "%s">\n' % (b, ("&%s;" % a) * 100)
                                for a, b in zip("abcdefgh", "bcdefghi"))))
DOCTYPE = ('<?xml version="1.0"?>\n<!DOCTYPE GetCallerIdentityResponse [<!ENTITY acc '
           '"111122223333">]>\n<GetCallerIdentityResponse xmlns="%s"><GetCallerIdentityResult>'
           '<Arn>arn:aws:iam::&acc;:user/dev</Arn><UserId>AIDAEXAMPLE</UserId>'
           '<Account>&acc;</Account></GetCallerIdentityResult></GetCallerIdentityResponse>'
           % answers.NAMESPACES["sts"])
ENTITY = ('<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>\n'
          '<ErrorResponse><Error><Code>&x;</Code><Message>&x;</Message></Error></ErrorResponse>')
HTML = ("<!DOCTYPE html>\n<html><head><title>Sign in to the network</title></head>\n<body><p>"
        "Please <a href='/login?next=x&y=z'>sign in</a><br></body></html>\n")


def replacement(fault, request_id, service):
    """The Answer of a fault that says something of its own, or None."""
    kind, get = fault.kind, fault.get
    if kind == "throttle":
        answer = error_answer(service, AwsError("Throttling", "Rate exceeded"), request_id)
        if "retry_after_ms" in fault.spec:
            answer.headers.append(("x-amz-retry-after", str(fault.spec["retry_after_ms"])))
        return answer
    if kind in ("error", "error_after"):
        error = AwsError(get("code", "InternalFailure"), get("message", "The request processing "
                         "has failed because of an unknown error, exception or failure."),
                         get("status", None))
        if "code" not in fault.spec:
            error.status = get("status", 500)
        return error_answer(service, error, request_id)
    if kind == "html":
        return Answer(get("status", 200), HTML.encode(), "text/html; charset=utf-8")
    if kind == "json":
        return Answer(get("status", 200), b'{"Error":{"Code":"Nope"}}', "application/json")
    if kind == "empty":
        return Answer(get("status", 200), b"")
    if kind == "garbage":
        return Answer(200, os.urandom(get("bytes", 4096)), "application/octet-stream")
    if kind in ("bomb", "doctype", "entity"):
        return Answer(200, {"bomb": BOMB, "doctype": DOCTYPE, "entity": ENTITY}[kind].encode())
    if kind == "deep":
        levels = get("levels", 10000)
        return Answer(200, b"<a>" * levels + b"</a>" * levels)
    if kind == "huge":
        answer = Answer(200, b"")
        head = get("head", "<GetCallerIdentityResponse xmlns=\"%s\"><GetCallerIdentityResult><Arn>"
                   % answers.NAMESPACES["sts"])
        answer.stream = (head.encode(), b"x" * 65536, get("bytes", 100 * 1000 * 1000))
        answer.framing = get("framing", "length")
        return answer
    if kind == "redirect":
        answer = Answer(get("status", 302), b"")
        answer.headers.append(("Location", get("location", "http://127.0.0.1:9/")))
        return answer
    if kind == "raw":
        answer = Answer(200, b"")
        answer.raw = base64.b64decode(fault.spec["base64"])
        return answer
    if kind in ("drop", "drop_after", "hang"):
        answer = Answer(0, b"")
        answer.drop, answer.hang = kind != "hang", kind == "hang"
        return answer
    return None


def error_answer(service, error, request_id):
    answer = Answer(error.status, answers.failure(service, error, request_id).encode())
    answer.error = error
    return answer


def _edit(tree, change):
    """A copy of the tree; change(name, value) gives the list of pairs to put in its place."""
    out = []
    for name, value in tree:
        if isinstance(value, Members):
            value = Members([_edit(m, change) for m in value])
        elif isinstance(value, list):
            value = _edit(value, change)
        out.extend(change(name, value))
    return out


def edit_tree(fault, tree):
    """Faults that put other values into the real answer's fields."""
    if tree is None or fault.kind not in ("fields", "hostile"):
        return tree
    spec = HOSTILE[fault.spec["case"]] if fault.kind == "hostile" else fault.spec
    values, remove = spec.get("set", {}), set(spec.get("remove", ()))
    twice = set(spec.get("duplicate", ()))
    raw = spec.get("raw", False)

    def change(name, value):
        if name in remove:
            return []
        if name in values:
            value = Raw(values[name]) if raw else values[name]
        return [(name, value), (name, value)] if name in twice else [(name, value)]
    return _edit(tree, change)


def transform(fault, answer):
    """Faults that change how the answer travels."""
    kind, get = fault.kind, fault.get
    if kind == "truncated":
        answer.body = answer.body[:get("bytes", len(answer.body) * 2 // 3)]
    elif kind == "content_type":
        answer.content_type = get("value", "application/json")
    elif kind == "gzip":
        answer.body = gzip.compress(answer.body)
        answer.headers.append(("Content-Encoding", "gzip"))
    elif kind == "headers":
        for name, value in get("set", {}).items():
            answer.headers.append((name, value))
        if "set" not in fault.spec:
            for i in range(get("count", 1)):
                answer.headers.append(("X-Filler-%d" % i, "f" * get("size", 200000)))
    elif kind == "drip":
        answer.drip = (get("bytes_per_second", 1), get("from", "start"))
    elif kind == "status":
        answer.status = get("status", 200)
    elif kind == "framing":
        answer.framing = get("framing", "chunked")
    elif kind == "date":
        answer.date = get("value", "not a date")
    elif kind == "drop_midway":
        answer.cut = get("bytes", 200)
