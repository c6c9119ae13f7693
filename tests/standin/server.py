# SPDX-License-Identifier: MIT
"""The HTTP side: reads requests off the wire, has them decided, and writes answers back.

HTTP is parsed here and not by http.server's handler, because a stand-in that is asked to be
strict must see what was really sent, and because the library's parser costs most of the time.
"""

import email.utils
import http
import http.server
import re
import select
import socket
import socketserver
import threading
import time
import uuid

from . import answers, auth, control, faults, iam, sigv4, sts
from .answers import AwsError
from .faults import Answer, Faults
from .log import Log
from .params import Params
from .world import World, iso_time

LINE_LIMIT = 65536
HEADERS_LIMIT = 200
BODY_LIMIT = 1 << 20
OPERATIONS = {"sts": sts.OPERATIONS, "iam": iam.OPERATIONS}
_REQUEST_LINE = re.compile(r"([A-Z]{1,16}) ([!-~\x80-\xff]{1,65000}) HTTP/1\.([01])\Z")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
HIDDEN = ("X-Amz-Signature", "X-Amz-Security-Token")


class BadRequest(Exception):
    pass


class Request:
    """One HTTP request; claim, params and action are filled in as they become known."""

    def __init__(self, method, target, minor, headers, body, peer):
        self.method, self.headers, self.body, self.peer = method, headers, body, peer
        self.path, _, self.query = target.partition("?")
        self.minor = minor
        self.claim = None
        self.wanted = None
        self.values = {}

    def header(self, name):
        for key, value in self.headers:
            if key.lower() == name:
                return value.strip()
        return None


class Call:
    """What an operation gets."""

    def __init__(self, world, caller, params, note):
        self.world, self.caller, self.params, self.note = world, caller, params, note


class StandInServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512
    allow_reuse_address = True

    def __init__(self, address, world=None, log=None):
        self.world = world or World()
        self.log = log or Log()
        self.faults = Faults()
        self.config = {}            # what POST /_standin/reset goes back to
        self.ended = threading.Event()
        super().__init__(address, Handler)

    def server_bind(self):
        """Without the parent's reverse lookup of the address."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        """Clients that go away are part of the job."""


class Handler(socketserver.StreamRequestHandler):
    rbufsize = 65536
    wbufsize = 0
    disable_nagle_algorithm = True

    def handle(self):
        try:
            while self.one():
                pass
        except (ConnectionError, TimeoutError):
            pass

    # -- reading -------------------------------------------------------------------------------
    def read_line(self):
        line = self.rfile.readline(LINE_LIMIT + 1)
        if len(line) > LINE_LIMIT:
            raise BadRequest("line too long")
        return line

    def read_request(self):
        line = self.read_line()
        if not line:
            return None
        match = _REQUEST_LINE.match(line.decode("latin-1").rstrip("\r\n"))
        if not match:
            raise BadRequest("request line")
        headers = []
        while True:
            line = self.read_line()
            if line in (b"\r\n", b"\n"):
                break
            if not line.endswith(b"\n"):
                raise BadRequest("headers end early")
            name, colon, value = line.decode("latin-1").rstrip("\r\n").partition(":")
            if not colon or not _NAME.match(name) or len(headers) >= HEADERS_LIMIT:
                raise BadRequest("header")
            headers.append((name, value))
        request = Request(match.group(1), match.group(2), int(match.group(3)), headers, b"",
                          self.client_address)
        if len([1 for n, _ in headers if n.lower() == "host"]) != 1:
            raise BadRequest("Host")
        request.body = self.read_body(request)
        return request

    def read_body(self, request):
        if request.header("transfer-encoding") is not None:
            raise BadRequest("transfer encoding")
        length = request.header("content-length")
        if length is None:
            return b""
        if not length.isdigit() or int(length) > BODY_LIMIT:
            raise BadRequest("content length")
        if (request.header("expect") or "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            raise BadRequest("body ends early")
        return body

    def one(self):
        """Serves one request; true when the connection can take another."""
        try:
            request = self.read_request()
        except BadRequest as problem:
            self.send(Answer(400, ("bad request: %s\n" % problem).encode(), "text/plain"), False)
            return False
        if request is None:
            return False
        stay = request.minor == 1 and (request.header("connection") or "").lower() != "close"
        if request.path.startswith("/_standin/"):
            return self.send(control.answer(self.server, request), stay)
        return self.send(self.serve(request), stay)

    # -- deciding ------------------------------------------------------------------------------
    def serve(self, request):
        server = self.server
        request_id = str(uuid.uuid4())
        problem = self.understand(request)
        claim = request.claim
        service = claim.service if claim else ""
        action = request.values.get("Action", "")
        key_id = claim.access_key_id if claim else ""
        user = self.claimed_user(key_id)
        entry = server.log.open(self.describe(request, request_id, service, action, key_id, user))
        struck = server.faults.take({
            "action": (action,), "key": (key_id,), "service": (service,),
            "user": (user.name, user.arn) if user else ()})
        if struck:
            entry["faults"] = [f.kind for f in struck]
            for fault in struck:
                if fault.kind == "delay":
                    time.sleep(fault.get("ms", 1000) / 1000.0)
                elif fault.kind == "hold":
                    fault.released.wait(60)
        skew = sum(f.get("seconds", 0) for f in struck if f.kind == "skew")
        tree = error = None
        effect = all(f.effect for f in struck)
        if effect:
            with server.world.lock:
                try:
                    if not server.world.admit():
                        raise AwsError("Throttling", "Rate exceeded")
                    tree = self.decide(request, problem, action, skew, entry)
                except AwsError as refused:
                    error = refused
        answer = None
        for fault in struck:
            tree = faults.edit_tree(fault, tree)
            if answer is None:
                answer = faults.replacement(fault, request_id, service)
        if answer is None and error is not None:
            answer = faults.error_answer(service, error, request_id)
        elif answer is None:
            body = answers.success(service, action, tree, request_id)
            answer = Answer(200, body.encode("utf-8"))
        for fault in struck:
            faults.transform(fault, answer)
        answer.headers.append(("x-amzn-RequestId", request_id))
        if answer.date is None and skew:
            answer.date = http_date(server.world.now() + skew)
        told = answer.error
        facts = {"status": answer.status, "effect": effect and error is None,
                 "code": told.code if told else None, "message": told.message if told else None}
        if request.wanted:
            facts["canonical_request_wanted"] = request.wanted
        server.log.close(entry, **facts)
        return answer

    def understand(self, request):
        """Fills in claim, params; an AwsError that must wait for its turn is returned."""
        problem = None
        try:
            request.claim = auth.read_claim(request)
        except AwsError as refused:
            problem = refused
        pairs = sigv4.split_query(request.query, True)
        kind = (request.header("content-type") or "").split(";")[0].strip().lower()
        if request.method == "POST" and kind == "application/x-www-form-urlencoded":
            pairs += sigv4.split_query(request.body.decode("latin-1"), True)
        for name, value in pairs:
            try:
                name, value = name.decode(), value.decode()
            except UnicodeDecodeError:
                problem = problem or AwsError("MalformedQueryString", "Not UTF-8.")
                continue
            if name in request.values:
                problem = problem or AwsError("MalformedQueryString",
                                              "Parameter %s appears twice." % name)
            request.values[name] = value
        return problem

    def claimed_user(self, key_id):
        world = self.server.world
        holder = world.keys.get(key_id) or world.sessions.get(key_id)
        return holder.user if holder else None

    def describe(self, request, request_id, service, action, key_id, user):
        now = self.server.world.now()
        session = self.server.world.sessions.get(key_id)
        claim = request.claim
        return {
            "time": iso_time(now), "at": now, "request_id": request_id, "service": service,
            "region": claim.region if claim else None, "action": action,
            "access_key_id": key_id or None, "user": user.arn if user else None,
            "method": request.method, "path": request.path,
            "params": {k: v for k, v in request.values.items() if k not in HIDDEN},
            "presigned": bool(claim and claim.presigned),
            "signed_headers": claim.signed if claim else None,
            "has_token": bool(claim and claim.token),
            "session": session and {"kind": session.kind, "mfa": session.mfa_at is not None,
                                    "chained": session.chained,
                                    "role": session.role.arn if session.role else None},
            "mfa": {"serial": request.values.get("SerialNumber"),
                    "code": request.values.get("TokenCode")}
            if "TokenCode" in request.values or "SerialNumber" in request.values else None,
            "headers": {n.lower(): v.strip() for n, v in request.headers
                        if n.lower() not in ("authorization", "x-amz-security-token")},
            "connection": "%s:%d" % request.peer[:2],
        }

    def decide(self, request, problem, action, skew, entry):
        """Runs under world.lock. Returns the result tree or raises AwsError."""
        world = self.server.world
        if request.path != "/" or request.method not in ("GET", "POST"):
            raise AwsError("UnknownOperationException", "", 404)
        if problem is not None:
            raise problem
        caller = auth.authenticate(world, request, world.now() + skew)
        entry.update(caller=caller.arn, account=caller.account)
        if not action:
            raise AwsError("MissingAction", "The request must contain the parameter Action.")
        version = request.values.get("Version")
        operation = OPERATIONS[caller.service].get(action)
        if operation is None or version != answers.VERSIONS[caller.service]:
            raise AwsError("InvalidAction", "Could not find operation %s for version %s"
                           % (action, version or "NO_VERSION_SPECIFIED"))
        return operation(Call(world, caller, Params(request.values), entry))

    # -- writing -------------------------------------------------------------------------------
    def send(self, answer, stay):
        """Writes the answer. False: the connection is over."""
        if answer.hang:
            select.select([self.connection], [], [], 600)
        if answer.drop or answer.hang:
            return False
        if answer.raw is not None:
            self.connection.sendall(answer.raw)
            return False
        stay = stay and answer.framing in ("length", "chunked") and answer.cut is None
        total = answer.stream[2] if answer.stream else len(answer.body)
        head = self.head(answer, stay, total)
        if answer.stream:
            return self.send_stream(answer, head) and stay
        body = answer.body
        if answer.framing == "chunked":
            body = b"".join([b"%x\r\n%s\r\n" % (len(body[i:i + 97]), body[i:i + 97])
                             for i in range(0, len(body), 97)]) + b"0\r\n\r\n"
        whole = head + body
        if answer.cut is not None:
            whole = whole[:answer.cut]
        if answer.drip:
            return self.send_drip(answer, head, whole) and stay
        self.connection.sendall(whole)
        return stay

    def head(self, answer, stay, total):
        try:
            reason = http.HTTPStatus(answer.status).phrase
        except ValueError:
            reason = "Status"
        lines = ["HTTP/1.1 %d %s" % (answer.status, reason),
                 "Date: " + (answer.date or http_date(self.server.world.now())),
                 "Content-Type: " + answer.content_type]
        if answer.framing == "chunked":
            lines.append("Transfer-Encoding: chunked")
        elif answer.framing == "short":
            lines.append("Content-Length: %d" % (total + 1000))
        elif answer.framing == "length":
            lines.append("Content-Length: %d" % total)
        lines.extend(["%s: %s" % pair for pair in answer.headers])
        if not stay:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def send_stream(self, answer, head):
        """A long answer, never held in memory as a whole."""
        first, filler, total = answer.stream
        first = first[:total]
        left = total - len(first)
        chunked = answer.framing == "chunked"
        self.connection.sendall(head + (b"%x\r\n%s\r\n" % (len(first), first)
                                        if chunked and first else first))
        while left > 0:
            piece = filler if left >= len(filler) else filler[:left]
            left -= len(piece)
            self.connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.connection.sendall(b"0\r\n\r\n")
        return True

    def send_drip(self, answer, head, whole):
        """So many bytes a second; stops as soon as the client has gone."""
        rate, start = answer.drip
        sent = len(head) if start == "body" else 0
        self.connection.sendall(whole[:sent])
        size = max(1, int(rate) // 20)
        while sent < len(whole):
            self.connection.sendall(whole[sent:sent + size])
            sent += size
            gone = select.select([self.connection], [], [], size / float(rate))[0]
            if gone and not self.connection.recv(1, socket.MSG_PEEK):
                return False
        return True


_dates = (0, "")


def http_date(seconds):
    """RFC 7231; the last one is kept, since most answers share a second."""
    global _dates
    last, text = _dates
    if int(seconds) != last:
        text = email.utils.formatdate(int(seconds), usegmt=True)
        _dates = (int(seconds), text)
    return text
