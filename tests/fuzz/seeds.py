#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the seeds of fuzzing: `seeds.py [FOLDER]`, by default tests/fuzz/corpus beside it.

Small inputs that are good or nearly so, one folder for each target. Keys and secrets are those of AWS's
documentation and of tests/seal/vectors.h. Files named regression-* are no work of this script.
"""

import base64
import json
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

with open(os.path.join(HERE, "../seal/vectors.h"), encoding="ascii") as header:
    VECTORS = {name: "".join(re.findall(r'"([^"]*)"', text)) for name, text in re.findall(
        r"#define VECTOR_(\w+)\s((?:.*\\\n)*.*)\n", header.read())}

KEY, SECRET = b"AKIAIOSFODNN7EXAMPLE", b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
DEVICE, ROLE = b"arn:aws:iam::444455556666:mfa/dev", b"arn:aws:iam::444455556666:role/terraform"
WHEN = 1795165200


def vector(name):
    return bytes.fromhex(VECTORS[name])


def u64(number):
    return struct.pack("<Q", number)


def tlv(*fields):
    return b"".join(struct.pack("<HI", tag, len(value)) + value for tag, value in fields)


def pae(*items):
    return struct.pack("<I", len(items)) + b"".join(
        struct.pack("<I", len(item)) + item for item in items)


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def certificate(length):
    """Only the frame of one: nobody's key has signed it."""
    inside = b"\x30\x82" + struct.pack(">H", length) + bytes(i % 251 for i in range(length))
    inside += b"\x30\x02\x05\x00" + b"\x03\x03\x00\x01\x02"
    text = base64.b64encode(b"\x30\x82" + struct.pack(">H", len(inside)) + inside).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines,
                      "-----END CERTIFICATE-----", ""]).encode()


def frames(*bodies):
    return b"".join(struct.pack(">I", len(body)) + body for body in bodies)


CREDENTIALS = (b"[default]\naws_access_key_id = " + KEY + b"\naws_secret_access_key = " + SECRET +
               b"\n\n[prod]\naws_access_key_id=" + KEY + b"\naws_secret_access_key=" + SECRET +
               b" # old\naws_session_token = abc\nregion = eu-west-1\n")
CONFIG = (b"[default]\nregion = us-east-1\n; a comment\n[profile a]\nrole_arn = " + ROLE +
          b"\nsource_profile = b\nduration_seconds = 3600\nexternal_id = x-1\nmfa_serial = " +
          DEVICE + b"\n[profile b]\nregion = eu-west-1\ns3 =\n  max_concurrent_requests = 20\n"
          b"[sso-session s]\nsso_region = us-east-1\n[credvault a]\nrole_session_name = me\n"
          b"[profile c]\nsource_profile = a\nrole_arn = " + ROLE + b"\n")
TAGGED = (b"[credvault a]\ninclude_profile = b\nrole_arn = " + ROLE + b"\nsession_tags = k = v,x=\n"
          b"transitive_session_tags = k\nsource_identity = me\n[profile b]\nsource_profile = c\n"
          b"region = eu-west-1\n[profile c]\naws_access_key_id = x\naws_secret_access_key = y\n"
          b"role_arn = " + ROLE + b"\nsource_profile = a\n")
CIRCLE = (b"[profile a]\nrole_arn = " + ROLE + b"\nsource_profile = b\n[profile b]\nrole_arn = " +
          ROLE + b"\nsource_profile = a\n")
XML = (b'<?xml version="1.0"?><ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
       b"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>a &amp; &#x62;</Message>"
       b"</Error><RequestId>01234567</RequestId></ErrorResponse>")
ENTRY = tlv((1, u64(7)), (2, u64(1)), (3, u64(WHEN)), (4, u64(5)), (5, bytes(range(16))),
            (6, b"OK"), (7, b"prod"), (8, KEY), (9, b"role"), (10, u64(WHEN)), (12, b"\x01"),
            (13, b"\x01"), (14, u64(1000)), (15, u64(4242)), (16, b"/usr/bin/aws"), (17, b"bash"))
SEALED = vector("FILE")[-len(vector("ENTRY_SEALED")) - 28:]
REQUEST = {"method": "POST", "url": "https://sts.us-east-1.amazonaws.com/", "query": None,
           "headers": [["host", "sts.us-east-1.amazonaws.com"], ["x-amz-date", "20261130T000000Z"]],
           "body": "Action=GetCallerIdentity", "connect_ms": 5000, "total_ms": 9000,
           "proxy": None, "no_proxy": None, "once": True}
REPLY = {"status": 200, "date": "2026-11-30T00:00:00Z", "aged": False, "round_trip_ms": 12,
         "retry_after_ms": None, "body": "xml", "tree": {"A": [{"B": ["1"]}]},
         "error_type": "", "request_id": "0123", "sent": True}
MESSAGES = [
    {"name": "prod"}, {"code": "123456"}, {"vault_id": "40" * 16, "commitment": "41" * 32},
    {"v": 2, "op": "list", "args": {}},
    {"code": "TAMPERED", "status": 6, "message": "m", "profile": "p", "hint": "h", "detail": None},
    {"client_nonce": "00" * 32, "client_key": "11" * 32, "request": "22" * 32}, {"mac": "33" * 32},
    {"name": "prod", "access_key_id": KEY.decode(), "secret_access_key": SECRET.decode(),
     "region": "eu-west-1", "note": "n"},
    {"idle_s": 900, "limit_s": 28800, "max_age_s": 0, "retire": "delete"}]
ANSWERS = [b'{"event":{"kind":"waiting"}}', b'{"row":{"name":"prod","n":[1,2]}}',
           b'{"ask":{"kind":"mfa","device":"d"}}',
           b'{"error":{"code":"MFA_NEEDED","status":4,"message":"m"}}', b'{"ok":{"a":"\\u00e9"}}']

SEEDS = {
    "arn": [ROLE, DEVICE, KEY, SECRET, b"arn:aws:iam::444455556666:u2f/user/me/key", b"eu-west-1"],
    "audit_entry": [ENTRY, ENTRY[:-10], tlv((1, u64(1)), (2, u64(2)), (3, u64(3)), (4, u64(4)),
                                            (5, bytes(16)), (6, b"LOCKED"))],
    "canonical": [b"/a/./b/../c//d?b=2&a=1&a=%20x", b"/", b"b=%7e&a=+&=&&a", b"/%41%zz/\xc3\xa9"],
    "channel": [b"", b"\0" * 400, b"\1", bytes(96) + b"\1", bytes(272) + b"\1",
                bytes(304) + bytes(range(255))],
    "client": [bytes([how]) + b"\n".join(ANSWERS) for how in (0, 2, 4, 8, 14, 24)] +
              [b"\x0f" + frames(*ANSWERS), b"\x28" + b"\n".join(
                  [compact({"ok": {"vault_id": "40" * 16, "commitment": "41" * 32,
                                   "header_digest": "42" * 32, "agent_nonce": "43" * 32,
                                   "agent_key": "44" * 32, "mac": "45" * 32}}), ANSWERS[4]])],
    "courier_message": [compact(REQUEST), compact(REPLY), compact(
        {"error": "no", "cause": "no-name", "proxy": False, "sent": False})],
    "credentials_file": [CREDENTIALS, CONFIG],
    "credjson": [b"\n".join((KEY, SECRET)), b"\n".join((
        b"ASIAIOSFODNN7EXAMPLE", SECRET, b"token+/==", b"eu-west-1", b"444455556666"))],
    "endpoint": [b"eu-west-1\n", b"cn-north-1\nhttps://sts.cn-north-1.amazonaws.com.cn/",
                 b"\nhttp://127.0.0.1:8080/a", b"\nhttp://[::1]:1/", b"\nhttps://a.example:444"],
    "fields": [compact({"h": "00010203", "f": True, "n": 5, "a": "2026-11-30T00:00:00Z", "c": "a",
                        "o": {"w": "x", "n": 1}, "p": [{"w": "y", "n": None}], "l": ["a", "b"],
                        "m": [{"w": "z", "n": -9}], "r": [1], "t": "x", "s": "y", "b": "00ff"}),
               compact({"h": "ffffffff"})],
    "frame": [frames(b"{}"), frames(*ANSWERS), b"\0\0\0\5ab", b"\0\0\0\0", b"\xff\xff\xff\xff"],
    "header": [vector("HEADER")],
    "ini": [b"\0" + CONFIG, b"\1" + CREDENTIALS, b"\0[profile 'x y'] ; c\n a = 1\n\tb\n=\n[",
            b"\1\xef\xbb\xbf[default]\r\na=b\r\n", b"\0" + CIRCLE],
    "json": [b'{"a":[1,-2.5e3,true,null,"\\ud83d\\ude00"],"b":{"c":{}}}', b"[]", compact(REQUEST)],
    "json_answer": [b'{"R":{"A":1,"L":["x","y"],"N":null,"B":true,"O":[{"c":"d"}]}}',
                    b'{"__type":"a#B","message":"m"}'],
    "key_csv": [b"\xef\xbb\xbfAccess key ID,Secret access key\r\n" + KEY + b"," + SECRET,
                b"User name,Password,Access key ID,Secret access key,Console login link\n\"me\",,"
                + KEY + b",\"" + SECRET + b"\",\n\"a,\"\"b\"\"\",," + KEY + b"," + SECRET + b",",
                b"AWSAccessKeyId=" + KEY + b"\nAWSSecretKey=" + SECRET],
    "key_file": [VECTORS["KEY_FILE_TEXT"].encode(), VECTORS["KEY_FILE_TEXT"].encode() + b"\n"],
    "key_pattern": [b"[a]\naws_access_key_id = AKIAR" + b"TZLBKTLS5K3M6AQ"[:15] +
                    b"\naws_secret_access_key = " + b"aB3dE5gH7jK9mN1pQ3sT5vW7yZ/bC+dF2hJ4lM6o"
                    + b"\n", b'{"SecretAccessKey": "' + SECRET + b'"} ' + KEY, b"AKIAIOSFODNN7EXAMPL"],
    "manifest": [tlv((2, u64(9)), (3, u64(2)), (4, bytes(32)), (5, bytes(32)), (6, u64(2)),
                     (7, bytes(32)), (8, bytes(32)), (9, u64(WHEN)), (10, b"vectors"))],
    "mark": [pae(b"credvault/mark/v1", vector("VAULT"), u64(4), u64(9), u64(1), bytes(32),
                 bytes(32), u64(2), bytes(32), bytes(32), u64(WHEN)), b""],
    "message": [bytes([table * 8 % 64 + i]) + compact(message)
                for i, message in enumerate(MESSAGES) for table in (0, 3, 6)] +
               [bytes([i]) + b"{}" for i in range(0, 64, 7)],
    "pem": [b"a company\n" + certificate(300) + b"more\n" + certificate(256), certificate(300),
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    "pin": [pae(b"credvault/pin/v1", b"/v/vault.db", bytes(16), bytes(32))],
    "profile": [CONFIG, CIRCLE, b"[profile a]\ncredential_source = Ec2InstanceMetadata\nrole_arn = "
                + ROLE + b"\n[profile a]\nmfa_process = x\n", TAGGED],
    "record_access_key": [vector("KEY_PLAIN"), vector("KEY_PLAIN") + tlv(
        (13, u64(1)), (14, u64(2)), (15, u64(3)), (17, b"note"), (18, u64(2)), (19, u64(60)),
        (20, b'["/bin/true"]'), (21, b"\1"))],
    "record_ca_bundle": [tlv((1, b"ca-bundle"), (2, b"/etc/a.pem"), (3, certificate(300)))],
    "record_log_anchor": [tlv(
        (1, b"log"), (2, u64(2)), (3, u64(8193)), (4, b"\7" * 32), (5, u64(9000)), (6, u64(WHEN)),
        (7, u64(9001)), (8, u64(WHEN)), (9, KEY + b" 1 2"), (10, KEY + b" 3"))],
    "record_mfa_step": [tlv((1, DEVICE), (2, u64(59838840)), (3, b"\1" * 32))],
    "record_rotation": [tlv(
        (1, KEY), (2, u64(1)), (3, b"prod"), (4, b"me"), (5, b"arn:aws:iam::444455556666:user/me"),
        (6, b"eu-west-1"), (8, KEY), (9, KEY), (10, SECRET), (11, u64(WHEN)), (14, u64(1)),
        (16, u64(86400)), (17, u64(WHEN)), (18, u64(WHEN)), (20, bytes(range(16))), (22, u64(1)))],
    "record_session": [tlv(
        (1, b"ab" * 32), (2, b"\xab" * 32), (3, b"app"), (4, b"prod"), (5, b"ASIAIOSFODNN7EXAMPLE"),
        (6, SECRET), (7, b"token" * 20), (8, u64(WHEN)), (9, b"\1"), (10, u64(5)), (11, ROLE),
        (12, b"444455556666"), (13, u64(WHEN)), (14, b"key"))],
    "record_settings": [tlv((1, b"settings"), (2, u64(900)), (3, u64(28800)), (4, u64(7776000)),
                            (5, b"\0"), (6, u64(604800)), (7, u64(1)), (9, u64(86400)), (10, b"\1"))],
    "record_usage": [vector("USE_PLAIN")],
    "recovery_code": [VECTORS["CODE_TEXT"].encode(), VECTORS["CODE_TEXT"].lower().replace(
        "-", " ").encode()],
    "segment": [SEALED, SEALED + struct.pack("<I", len(ENTRY)) + bytes(24) + ENTRY],
    "slot": [b"", b"\0" * 100, b"\1", bytes(200) + b"\1", bytes(300) + b"\2"],
    "subkeys": [compact({name: bytes([i] * 32).hex() for i, name in enumerate(
        ("record", "index", "manifest", "log", "mark", "root", "session", "proof"))})],
    "time": [b"2026-11-30T07:00:00Z", b"20261130T070000Z", b"2026-11-30T07:00:00.5+01:00",
             b"Mon, 30 Nov 2026 07:00:00 GMT", b"Monday, 30-Nov-26 07:00:00 GMT"],
    "words": [b"1h30m", b"90d", b"24h", b"256MiB", b"4096", b"a\x1b[31m\xc2\x9b\xe2\x80\xaex",
              "\u00e9\u6f22\U0001f600".encode()],
    "xml": [XML, b"<R><A>1</A><L><member>x</member><member/></L></R>",
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a><![CDATA[x]]></a>"],
}


def main(folder):
    for target, seeds in SEEDS.items():
        place = os.path.join(folder, target)
        os.makedirs(place, exist_ok=True)
        for number, seed in enumerate(seeds, 1):
            with open(os.path.join(place, "%02d.bin" % number), "wb") as out:
                out.write(seed)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "corpus"))
