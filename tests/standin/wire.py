# SPDX-License-Identifier: MIT
"""What the tests here share: signing by botocore, then sending byte for byte what we like."""

import datetime
import http.client
import socket
import urllib.parse
import xml.etree.ElementTree

import botocore.auth
import botocore.awsrequest
import botocore.credentials

VERSION = {"sts": "2011-06-15", "iam": "2010-05-08"}
ROLE = "arn:aws:iam::111122223333:role/"


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def tree(self):
        return xml.etree.ElementTree.fromstring(self.body)

    def text(self, name):
        """The text of the first element of that name in any namespace, or None."""
        for element in self.tree.iter():
            if element.tag.rsplit("}", 1)[-1] == name:
                return element.text
        return None

    @property
    def code(self):
        return self.text("Code")

    @property
    def message(self):
        return self.text("Message")


class Keys:
    """Credentials to sign with; made from a key of the state, or from an answer's Credentials."""

    def __init__(self, key_id, secret, token=None):
        self.id, self.secret, self.token = key_id, secret, token

    @classmethod
    def of(cls, key):
        return cls(key["id"], key["secret"])

    @classmethod
    def issued(cls, reply):
        assert reply.status == 200, reply.body
        return cls(reply.text("AccessKeyId"), reply.text("SecretAccessKey"),
                   reply.text("SessionToken"))


class _Clock:
    """Stands for the datetime module inside botocore.auth, at a moment of our choice."""

    def __init__(self, at):
        class Fixed(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return datetime.datetime.utcfromtimestamp(at)
        self.datetime = Fixed

    def __getattr__(self, name):
        return getattr(datetime, name)


def signed(url, keys, action, service="sts", region="us-east-1", at=None, presign=None, extra=(),
           method="POST", path="/", body=None, headers=(), **params):
    """(method, target, headers dict, body) signed by botocore, at a moment of our choice."""
    fields = {"Action": action, "Version": VERSION[service], **params}
    text = urllib.parse.urlencode([(k, v) for k, v in fields.items() if v is not None]
                                  + list(extra), quote_via=urllib.parse.quote)
    credentials = botocore.credentials.Credentials(keys.id, keys.secret, keys.token)
    if presign is not None:
        request = botocore.awsrequest.AWSRequest("GET", url + path + "?" + text)
        signer = botocore.auth.SigV4QueryAuth(credentials, service, region, presign)
    else:
        data = text if body is None else body
        request = botocore.awsrequest.AWSRequest(
            method, url + path, data=data, headers=dict(
                {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, **dict(
                    headers)))
        signer = botocore.auth.SigV4Auth(credentials, service, region)
    real = botocore.auth.datetime
    try:
        if at is not None:
            botocore.auth.datetime = _Clock(at)
        signer.add_auth(request)
    finally:
        botocore.auth.datetime = real
    prepared = request.prepare()
    parts = urllib.parse.urlsplit(prepared.url)
    target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    payload = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
    return prepared.method, target, {k: v if isinstance(v, str) else v.decode()
                                     for k, v in prepared.headers.items()}, payload


def send(url, message):
    method, target, headers, body = message
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, target, body or None, headers)
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def call(standin, keys, action, service="sts", **options):
    return send(standin.url, signed(standin.url, keys, action, service, **options))


def raw(standin, data, limit=1 << 20, shut=False):
    """Bytes in, bytes out, until the other side closes."""
    with socket.create_connection(("127.0.0.1", standin.port), timeout=30) as connection:
        connection.sendall(data)
        if shut:
            connection.shutdown(socket.SHUT_WR)
        out = b""
        while len(out) < limit:
            piece = connection.recv(65536)
            if not piece:
                break
            out += piece
        return out


def as_bytes(standin, message, close=True):
    """A signed message as it goes over the wire."""
    method, target, headers, body = message
    lines = ["%s %s HTTP/1.1" % (method, target)]
    if not any(name.lower() == "host" for name in headers):
        lines.append("Host: 127.0.0.1:%d" % standin.port)
    lines += ["%s: %s" % pair for pair in headers.items()]
    if close:
        lines.append("Connection: close")
    if not any(name.lower() == "content-length" for name in headers):
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
