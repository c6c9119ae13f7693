# SPDX-License-Identifier: MIT
"""The courier as it is: hostile servers, hostile environments, hostile frames."""

import contextlib
import json
import os
import re
import select
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests"))

from standin.client import StandIn  # noqa: E402

BIN = os.environ.get("CREDVAULT_BIN", os.path.join(ROOT, "build", "release", "bin"))
COURIER = os.path.join(BIN, "credvault-courier")
NONE, XML, OTHER, TOO_LARGE, JSON = range(5)

pytestmark = pytest.mark.sanitize


class Courier:
    """One courier on a socketpair. It must never print, and end well when we hang up."""

    def __init__(self, **environment):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(60)
        self.process = subprocess.Popen(
            [COURIER], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(os.environ, **environment), pass_fds=(3,),
            preexec_fn=lambda: os.dup2(theirs.fileno(), 3) and None)
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.socket.close()
        printed = self.process.communicate(timeout=60)[0]
        if kind is None:
            assert printed == b""
            assert self.process.returncode == 0

    def put(self, body, length=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.socket.sendall(struct.pack(">I", len(body) if length is None else length) + body)

    def get(self):
        """The next answer; None when the courier hung up."""
        head = self._read(4)
        return json.loads(self._read(struct.unpack(">I", head)[0])) if head else None

    def _read(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                return b""
            data += more
        return data

    def ask(self, url, **more):
        self.put(dict({"method": "POST", "url": url, "headers": [["Host", host_of(url)]],
                       "body": "Action=GetCallerIdentity&Version=2011-06-15",
                       "connect_ms": 20000, "total_ms": 20000}, **more))
        return self.get()


def host_of(url):
    return re.match(r"[a-z]+://([^/]*)", url).group(1)


@pytest.fixture(scope="module")
def world():
    with StandIn() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(world):
    world.clear()
    yield world
    world.clear()


@contextlib.contextmanager
def server(handle):
    """A server on loopback that calls handle(connection), a thread for each connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen = []

    def one(connection):
        with connection, contextlib.suppress(OSError):
            handle(connection)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                seen.append(listener.accept()[0])
                threading.Thread(target=one, args=(seen[-1],), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(20)


def read_request(connection):
    """One request with its body, as bytes; b"" when there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    length = re.search(rb"content-length: *(\d+)", head, re.I)
    while length and len(body) < int(length.group(1)):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def send_xml(connection, xml=b"<R/>", headers=b"", status=b"200 OK"):
    connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n" % len(xml) + headers +
                       b"\r\n" + xml)


def test_awss_answer_becomes_a_tree(stand_in):
    with Courier() as courier:
        answer = courier.ask(stand_in.url + "/")
    assert answer["body"] == XML
    assert answer["status"] in (400, 403)
    error = answer["tree"]["ErrorResponse"][0]["Error"][0]
    assert re.fullmatch(r"\w+", error["Code"][0])
    assert answer["sent"] is True
    assert answer["request_id"]
    assert abs(answer["date"] - time.time()) < 60


@pytest.mark.parametrize("fault, kind", [
    ({"kind": "garbage"}, OTHER), ({"kind": "html"}, OTHER),
    ({"kind": "empty"}, NONE), ({"kind": "bomb"}, OTHER), ({"kind": "doctype"}, OTHER),
    ({"kind": "entity"}, OTHER), ({"kind": "deep"}, OTHER), ({"kind": "gzip"}, OTHER),
    ({"kind": "truncated"}, OTHER), ({"kind": "huge"}, TOO_LARGE),
    ({"kind": "huge", "framing": "chunked"}, TOO_LARGE),
    ({"kind": "huge", "framing": "close"}, TOO_LARGE),
], ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else None)
def test_what_is_no_document_never_leaves_the_courier(stand_in, fault, kind):
    stand_in.fault(count=1, **fault)
    with Courier() as courier:
        answer = courier.ask(stand_in.url + "/")
        assert answer["body"] == kind
        assert "tree" not in answer
        assert "x" * 20 not in json.dumps(answer)
        # And it is good for the next request.
        assert courier.ask(stand_in.url + "/")["body"] == XML


@pytest.mark.parametrize("fault", [{"kind": "hang"}, {"kind": "drip", "bytes_per_second": 1},
                                   {"kind": "drip", "bytes_per_second": 50, "from": "body"}])
def test_a_slow_server_is_left_in_time(stand_in, fault):
    stand_in.fault(count=1, **fault)
    with Courier() as courier:
        answer = courier.ask(stand_in.url + "/", total_ms=700)
    assert answer == {"error": "no whole answer in time", "sent": True}


@pytest.mark.parametrize("fault", [{"kind": "drop"}, {"kind": "drop_after"},
                                   {"kind": "drop_midway", "bytes": 150},
                                   {"kind": "framing", "framing": "short"}])
def test_a_connection_that_breaks_may_have_carried_the_request(stand_in, fault):
    stand_in.fault(count=1, **fault)
    with Courier() as courier:
        answer = courier.ask(stand_in.url + "/")
    assert answer["sent"] is True
    assert "closed the connection" in answer["error"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(stand_in, status):
    with server(read_request) as (port, seen), Courier() as courier:
        stand_in.fault("redirect", status=status, count=1,
                       location="http://127.0.0.1:%d/" % port)
        assert courier.ask(stand_in.url + "/")["status"] == status
        assert seen == []


def test_headers_without_end_are_no_answer(stand_in):
    stand_in.fault("headers", size=400000, count=1)
    with Courier() as courier:
        assert courier.ask(stand_in.url + "/")["error"] == "there is no room for its answer"


def test_no_http_is_no_answer():
    def speak(connection):
        read_request(connection)
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    with server(speak) as (port, _), Courier() as courier:
        answer = courier.ask("http://127.0.0.1:%d/" % port)
    assert answer["sent"] is True
    assert "SSH" not in answer["error"]


def test_nobody_there_means_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Courier() as courier:
        assert courier.ask("http://127.0.0.1:%d/" % port) == {
            "error": "the connection is refused", "cause": "connect", "sent": False}


def test_what_is_to_be_sent_once_is_not_repeated_on_a_stale_connection():
    codes = []

    def speak(connection):
        while True:
            request = read_request(connection)
            if b"code=1" in request:
                codes.append(request)
            if not request or b"code=1" in request:
                return              # closed without an answer
            send_xml(connection)

    with server(speak) as (port, seen), Courier() as courier:
        url = "http://127.0.0.1:%d/" % port
        assert courier.ask(url)["status"] == 200
        # On the connection that served before, curl would quietly send it again.
        answer = courier.ask(url, body="code=1", once=True)
        assert answer["sent"] is True and "error" in answer
        assert len(codes) == 1 and len(seen) == 2


def test_exactly_our_headers_are_sent():
    requests = []

    def speak(connection):
        requests.append(read_request(connection))
        send_xml(connection)

    with server(speak) as (port, _), Courier() as courier:
        host = "127.0.0.1:%d" % port
        courier.ask("http://%s/" % host, headers=[["Host", host], ["X-Amz-Date", "now"],
                                                  ["Content-Type", "a/b"]])
    lines = requests[0].split(b"\r\n\r\n")[0].split(b"\r\n")
    assert lines[0] == b"POST / HTTP/1.1"
    assert {line.split(b":")[0].lower() for line in lines[1:]} == {
        b"host", b"x-amz-date", b"content-type", b"content-length"}


def test_date_age_and_delay_are_passed_on():
    def speak(connection):
        read_request(connection)
        send_xml(connection, headers=b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nAge: 3\r\n"
                 b"x-amz-retry-after: 1500\r\nx-amzn-RequestId: ab-12\r\n")

    with server(speak) as (port, _), Courier() as courier:
        answer = courier.ask("http://127.0.0.1:%d/" % port)
    assert (answer["date"], answer["aged"]) == (784111777, True)
    assert (answer["retry_after_ms"], answer["request_id"]) == (1500, "ab-12")


def test_hostile_header_values_are_dropped():
    def speak(connection):
        read_request(connection)
        send_xml(connection, headers=b"Date: yesterday\r\nx-amz-retry-after: -1e9\r\n"
                 b"x-amzn-RequestId: a\x1b[31mb\r\n")

    with server(speak) as (port, _), Courier() as courier:
        answer = courier.ask("http://127.0.0.1:%d/" % port)
    assert (answer["date"], answer["retry_after_ms"], answer["request_id"]) == (0, -1, "")


@pytest.mark.parametrize("url", [
    "http://localhost:1/", "http://169.254.169.254/", "http://0.0.0.0:1/", "file:///etc/hostname",
    "https://a@127.0.0.1/", "https://127.0.0.1/?x", "gopher://127.0.0.1/", "http://127.1:1/"])
def test_a_place_we_do_not_go_to_is_refused_unsent(url):
    with Courier() as courier:
        answer = courier.ask(url, headers=[])
    assert answer["sent"] is False
    assert "URL" in answer["error"]


def test_proxies_of_the_environment_are_ignored(stand_in):
    with server(read_request) as (port, seen):
        proxy = "http://127.0.0.1:%d" % port
        names = {name: proxy for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY",
                                          "all_proxy")}
        with Courier(**names) as courier:
            assert courier.ask(stand_in.url + "/")["body"] == XML
            # A proxy that was asked for is not used for loopback either.
            assert courier.ask(stand_in.url + "/", proxy=proxy)["body"] == XML
        assert seen == []


def test_a_proxy_gets_a_tunnel_and_no_request():
    requests = []

    def speak(connection):
        requests.append(read_request(connection))
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with server(speak) as (port, _), Courier() as courier:
        answer = courier.ask("https://sts.eu-central-1.amazonaws.com/",
                             proxy="http://127.0.0.1:%d" % port)
        assert answer == {"error": "it refuses (HTTP 403)", "proxy": True, "sent": False}
        assert "error" in courier.ask("https://sts.eu-central-1.amazonaws.com/",
                                      proxy="socks5://127.0.0.1:%d" % port)
    assert len(requests) == 1
    assert requests[0].startswith(b"CONNECT sts.eu-central-1.amazonaws.com:443 ")
    assert b"Action" not in requests[0]


def test_what_no_proxy_names_is_reached_without_one():
    """A proxy that is asked for nothing: the addresses behind these names answer nobody."""
    for except_ in ("amazonaws.invalid", "*.amazonaws.invalid", "x, sts.amazonaws.invalid:443", "*,a",
                    ".amazonaws.invalid", None, "other.invalid,notamazonaws.invalid"):
        with server(read_request) as (port, seen), Courier() as courier:
            courier.ask("https://sts.amazonaws.invalid/", proxy="http://127.0.0.1:%d" % port,
                        no_proxy=except_, connect_ms=2000, total_ms=2000)
            asked = except_ is None or "other" in except_
            assert bool(seen) == asked, except_
    for except_, asked in (("192.0.2.0/24", False), ("192.0.3.0/24", True)):
        with server(read_request) as (port, seen), Courier() as courier:
            courier.ask("https://192.0.2.7/", proxy="127.0.0.1:%d" % port, no_proxy=except_,
                        connect_ms=500, total_ms=500)
            assert bool(seen) == asked, except_


def test_an_answer_in_json_becomes_the_tree_that_xml_would_be():
    def speak(connection):
        requests.append(read_request(connection))
        body = b'{"roleCredentials":{"accessKeyId":"A","expiration":1795000000123},"l":["x"]}'
        connection.sendall(b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\nx-amzn-ErrorType: "
                           b"InvalidGrantException:http://internal.amazon.com/\r\n\r\n"
                           % len(body) + body)

    requests = []
    with server(speak) as (port, _), Courier() as courier:
        answer = courier.ask("http://127.0.0.1:%d/federation/credentials" % port, method="GET",
                             query="role_name=a&account_id=1", body=None)
    assert requests[0].startswith(b"GET /federation/credentials?role_name=a&account_id=1 HTTP/1.1")
    assert (answer["body"], answer["error_type"]) == (JSON, "InvalidGrantException")
    assert answer["tree"] == {"roleCredentials": [{"accessKeyId": ["A"],
                                                   "expiration": ["1795000000123"]}], "l": ["x"]}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem",
                    "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder


@contextlib.contextmanager
def tls_server(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    requests = []

    def speak(connection):
        with context.wrap_socket(connection, server_side=True) as inside:
            requests.append(inside.recv(65536))

    with server(speak) as (port, _):
        yield "https://127.0.0.1:%d/" % port, requests


def test_a_certificate_nobody_vouches_for_is_refused_unsent(certificate):
    with tls_server(certificate) as (url, requests), Courier() as courier:
        assert courier.ask(url) == {"error": "its certificate is self-signed, by 127.0.0.1",
                                    "cause": "self-signed", "sent": False}
    assert b"".join(requests) == b""


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"])
def test_the_environment_names_no_authority(certificate, name):
    with tls_server(certificate) as (url, requests):
        with Courier(**{name: str(certificate / "cert.pem")}) as courier:
            assert courier.ask(url)["cause"] == "self-signed"
    assert b"".join(requests) == b""


def test_tls_secrets_are_not_written_where_the_environment_says(certificate, tmp_path):
    keys = tmp_path / "keys"
    with tls_server(certificate) as (url, _), Courier(SSLKEYLOGFILE=str(keys)) as courier:
        assert "error" in courier.ask(url)
    assert not keys.exists()


def test_openssl_configuration_is_not_read(certificate, tmp_path):
    # Whoever opens this pipe waits for ever.
    pipe = tmp_path / "openssl.cnf"
    os.mkfifo(pipe)
    with tls_server(certificate) as (url, _), Courier(OPENSSL_CONF=str(pipe)) as courier:
        assert "error" in courier.ask(url)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"method":"POST"}', b"\x00",
                                  b'{"url":"http://127.0.0.1/","method":"POST","headers":[],'
                                  b'"verbose":true}'])
def test_a_frame_that_is_no_request_is_answered_or_ends_it(body):
    with Courier() as courier:
        courier.put(body)
        answer = courier.get()
    assert answer is None or (answer["sent"] is False and answer["error"])


def test_a_frame_too_long_ends_the_courier_at_once():
    with Courier() as courier:
        courier.put(b"", length=1 << 31)
        assert courier.get() is None


def test_half_a_frame_and_a_hang_up_end_it():
    with Courier() as courier:
        courier.socket.sendall(b"\x00\x00\x01")


def status_of(pid, name):
    with open("/proc/%d/status" % pid) as lines:
        return next(line.split()[1] for line in lines if line.startswith(name + ":"))


def test_it_gives_up_core_files_dumps_and_privileges(stand_in):
    with Courier() as courier:
        courier.ask(stand_in.url + "/")
        pid = courier.process.pid
        with open("/proc/%d/limits" % pid) as lines:
            core = next(line for line in lines if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
        assert status_of(pid, "NoNewPrivs") == "1"
        # What is not dumpable belongs to root, whoever runs it.
        assert os.stat("/proc/%d/mem" % pid).st_uid == 0


def windows_found(pid, canary):
    """How many 8-byte windows of the canary lie anywhere in a process's writable memory."""
    windows = {canary[i:i + 8] for i in range(len(canary) - 7)}
    found = set()
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for line in maps:
            first, last, mode = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if "w" not in mode:
                continue
            memory.seek(int(first, 16))
            with contextlib.suppress(OSError):
                data = memory.read(int(last, 16) - int(first, 16))
                found |= {window for window in windows if window in data}
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read the courier's memory")
@pytest.mark.skipif("sanitize" in BIN, reason="the sanitizer keeps freed memory")
def test_nothing_of_request_and_answer_stays_in_memory():
    asked, told = b"Qx7TkM2pWv9LrB4zNc8HsD6y", b"Zj3FgU5eXa1VoK7iRw0YtC2m"

    def speak(connection):
        while read_request(connection):
            send_xml(connection, b"<R><Secret>" + told + b"</Secret></R>")

    with server(speak) as (port, _), Courier() as courier:
        answer = courier.ask("http://127.0.0.1:%d/" % port, body="x=" + asked.decode(),
                             headers=[["X-Amz-Security-Token", asked.decode()[::-1]]])
        assert answer["tree"] == {"R": [{"Secret": [told.decode()]}]}
        # It has gone on to wait for the next request once it sleeps in its read.
        select.select([], [], [], 0)
        while status_of(courier.process.pid, "State") != "S":
            pass
        assert windows_found(courier.process.pid, told) == set()
        assert windows_found(courier.process.pid, asked) == set()
        assert windows_found(courier.process.pid, asked[::-1]) == set()
