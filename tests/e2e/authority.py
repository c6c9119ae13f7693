# SPDX-License-Identifier: MIT
"""A throw-away authority, certificates of it, and an https server before the stand-in."""

import contextlib
import os
import socket
import ssl
import subprocess
import threading


class Authority:
    """One made now in a folder of its own; `path` is its certificate."""

    def __init__(self, folder, name="Inspecting CA"):
        self.folder, self.path = str(folder), os.path.join(str(folder), "ca.pem")
        self.key = os.path.join(self.folder, "ca.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "30", "-subj", "/O=Example Ltd/CN=" + name, "-keyout", self.key,
                "-out", self.path)

    def issue(self, name, subject="IP:127.0.0.1", days=10):
        """A server's certificate and key in one file."""
        base = os.path.join(self.folder, name)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=" + name, "-keyout", base + ".key", "-out", base + ".csr")
        with open(base + ".ext", "w") as out:
            out.write("subjectAltName=%s\nbasicConstraints=critical,CA:FALSE\n" % subject)
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.path, "-CAkey", self.key,
                "-CAcreateserial", "-days", str(days), "-extfile", base + ".ext",
                "-out", base + ".pem")
        return joined(base)


def self_signed(folder, subject="IP:127.0.0.1"):
    base = os.path.join(str(folder), "self")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "10", "-subj", "/CN=alone.example", "-addext", "subjectAltName=" + subject,
            "-keyout", base + ".key", "-out", base + ".pem")
    return joined(base)


def joined(base):
    with open(base + ".both", "w") as out:
        for part in (".pem", ".key"):
            with open(base + part) as f:
                out.write(f.read())
    return base + ".both"


def openssl(*args):
    subprocess.run(["/usr/bin/openssl", *args], check=True, capture_output=True, timeout=60)


class Front:
    """An https server that passes on what it is sent to the stand-in, and the answer back."""

    def __init__(self, certificate, behind):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.behind = behind
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "https://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.met = 0        # connections, also those that ended in the handshake
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(20)

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                self.met += 1
                threading.Thread(target=self.speak, args=(connection,), daemon=True).start()

    def speak(self, connection):
        with connection, contextlib.suppress(OSError):
            inside = self.context.wrap_socket(connection, server_side=True)
            with socket.create_connection(self.behind) as beyond:
                back = threading.Thread(target=copy, args=(beyond, inside), daemon=True)
                back.start()
                copy(inside, beyond)
                back.join(20)


class InspectingProxy(Front):
    """A proxy that answers CONNECT, and then speaks TLS itself in the name of whoever was asked for."""

    def __init__(self, certificate, behind):
        self.asked = []
        super().__init__(certificate, behind)
        self.url = "http" + self.url[len("https"):]

    def speak(self, connection):
        head = b""
        with contextlib.suppress(OSError):
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096) or b"\r\n\r\n"
            self.asked.append(head.split()[1].decode())
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        super().speak(connection)


def copy(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
