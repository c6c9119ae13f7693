#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A second reader of vaults at rest, written from docs/format.md alone: no code is the C's.

It opens one with a passphrase, a recovery code or a key file, checks all that the document asks
for, and prints what is inside as JSON. Exit 0, 1 (unreadable, or a later program wrote it), 2
(usage), 5 (shut), 6 (changed)."""

import argparse
import getpass
import hashlib
import hmac
import json
import os
import re
import sqlite3
import struct
import sys

from nacl import bindings, exceptions

FORMAT, APPLICATION, SCHEMAS, ZERO = 1, 0x63766c74, 1, bytes(32)
# BLAKE2b-256 of section 2's five statements, each with a zero byte instead of its semicolon.
SCHEMA = "2ad6353efb9a0299c93ea391cce060c3f638c84acc75c83ebd4a114faa2f47da"
# Table: columns, numbers from 1 or blobs of least to greatest length.
LAYOUT = {
    "header": "one; bytes 1 8192", "manifest": "one; nonce 24 24; sealed 528 2064",
    "rec": "id 16 16; tbl; ver; epoch; name_idx 32 32; nonce 24 24; sealed 528 32784",
    "segment": "no; first; epoch; head 32 32; id 16 16; digest 32 32; nonce 24 24; wrapped 80 80",
    "log": "seq; nonce 24 24; sealed 528 16400"}
HEADER, SLOT = ([(x.split()[0], int(x.split()[1])) for x in text.split(",")] for text in (
    "format 8, min_reader 8, vault_id 16, epoch 8, created 8, commitment 32",
    """id 16, type 8, kdf 8, passes 8, memory 8, salt 16, created 8, recipient 32, ephemeral 32,
    commitment 32, nonce 24, wrapped 48"""))
PASSPHRASE, RECOVERY, KEY_FILE = 1, 3, 6
TYPES = {PASSPHRASE: "passphrase", RECOVERY: "recovery code", 4: "public key", KEY_FILE: "key file"}
# Fields in the order of their tags: name, ? where it is optional, kind, greatest length or value.
MANIFEST = """generation number, rows number, root bytes 32, header_digest bytes 32, last number,
    head bytes 32, witness bytes 32, time time, writer text 63"""   # from tag 2 on
ENTRY = """seq number, op number, time time, boot_ms time, boot_id bytes 16, result text 31,
    profile? text 131, access_key_id? text 131, what? text 255, expires? time, policy? text 131,
    mfa? flag, peer_known? flag, uid? u32, pid? u32, exe? text 63, parents? text 255"""
OPS = """create unlock lock idle session emit denied add import replace edit remove clear check
    reveal config slot passwd rotate restore export verify clock gap prune backup rename""".split()
TABLES = {
    1: ("access_keys", """name text 128, access_key_id text 128, secret_access_key secret 128,
        mfa_serial? text 256, mfa_required flag, region? text 63, account? text 12, user? text 64,
        user_arn? text 1024, endpoint_class number 3, endpoint_host? text 255, created? time, added?
        time, rotated? time, max_age? time, policy? text 128, note? text 256, retire? number 3,
        idle? time, hooks? text 4096, ageless? flag"""),
    2: ("sessions", """name text 64, step bytes 32, profile? text 128, root text 128, access_key_id
        text 128, secret_access_key secret 128, session_token secret 16384, expires time, mfa flag,
        mfa_until? time, role_arn? text 1024, account? text 12, minted time,
        root_kind? text 16"""),
    3: ("last_use", "name text 32, emitted time"),
    4: ("mfa_devices", "name text 256, last_step number, last_code? bytes 32"),
    5: ("settings", """name text 256, idle time, limit time, max_age time, low_memory flag, lead?
        time, retire? number 3, retire_idle? time, grace? time, through_sleep? flag, log_keep? time,
        askpass? text 1023, backup_to? text 1024"""),
    7: ("ca_bundle", "name text 256, path text 1024, pem secret 24576"),
    6: ("rotations", """name text 128, done number 9, key text 128, user? text 64, user_arn text
        1024, region? text 63, endpoint? text 255, seen text 2200, new_access_key_id? text 128,
        secret_access_key? secret 128, new_created? time, old_created? time, old_rotated? time,
        retire number 3, idle? time, grace time, begun time, promoted? time, off? time, recovery
        bytes 16, hooks? text 4096, hooks_done? number"""),
    8: ("log_anchor", """name text 256, parts number, first number, head bytes 32, count number,
        pruned time, entry number, until time, uses? text 2047, given? text 4095""")}


class Wrong(Exception):
    """No slot opens with what was given."""


class Tampered(Exception):
    """What the file says is not what was written."""


class Newer(Exception):
    """What a later program wrote, well sealed: docs/format.md has no such field, table or operation."""


def need(condition, what):
    if not condition:
        raise Tampered(what)


def pae(*items):
    raw = [struct.pack("<Q", x) if isinstance(x, int) else x.encode() if isinstance(x, str) else x
           for x in items]
    return struct.pack("<I", len(raw)) + b"".join(struct.pack("<I", len(x)) + x for x in raw)


def take(data, at, form, what):
    end = at + struct.calcsize(form)
    need(end <= len(data), f"{what} is cut short")
    return (*struct.unpack_from(form, data, at), end)


def unpae(data, what):
    """The items of the PAE that data begins with, and where it ends."""
    (count, at), items = take(data, 0, "<I", what), []
    while len(items) < count:
        size, at = take(data, at, "<I", what)
        *raw, at = take(data, at, f"{size}s", what)
        items += raw
    return items, at


def blake(person, key, message, size=32, salt=b""):
    return hashlib.blake2b(message, digest_size=size, key=key or b"", salt=salt,
                           person=person.encode().ljust(16, b"\0")).digest()


def kdf(key, number, context):
    return blake(context, key, b"", salt=struct.pack("<QQ", number, 0))


def unseal(key, nonce, ad, sealed, what):
    try:
        return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, ad, nonce, key)
    except exceptions.CryptoError:
        raise Tampered(f"{what} does not open") from None


def unseal_padded(key, row, ad, what):
    plain = unseal(key, row["nonce"], ad, row["sealed"], what)
    body = plain.rstrip(b"\0")
    need(len(plain) % 512 == 0 and len(plain) - len(body) < 512 and body[-1:] == b"\x80",
         f"the padding of {what}")
    return body[:-1]


def value_of(kind, top, raw):
    """The value of a field, or None where it is not one of that kind."""
    if kind in ("number", "time", "u32"):
        number = int.from_bytes(raw, "little")
        top = top or {"time": 2**63, "u32": 2**32}.get(kind, 2**64) - 1
        return number if len(raw) == 8 and number <= top else None
    if kind == "flag":
        return {b"\0": False, b"\1": True}.get(raw)
    if (not 1 <= len(raw) <= top or kind == "bytes" and len(raw) != top
            or kind == "text" and re.search(rb"[\0-\x1f\x7f]", raw)):
        return None
    return raw.decode("utf-8", "surrogateescape") if kind == "text" else raw


def untlv(plain, fields, what, first=1):
    """A dictionary of all fields; None where an optional one was left out."""
    spec = dict(enumerate(((*field.split(), "0")[:3] for field in fields.split(",")), first))
    found, at, last = dict.fromkeys(name.rstrip("?") for name, *_ in spec.values()), 0, 0
    unknown = []
    while at < len(plain):
        tag, size, at = take(plain, at, "<HI", what)
        raw, at = take(plain, at, f"{size}s", what)
        need(tag > last, f"field {tag} of {what} is out of order")
        last = tag
        if tag not in spec:
            unknown.append(tag)
            continue
        name, kind, top = spec[tag]
        value = found[name.rstrip("?")] = value_of(kind, int(top), raw)
        need(value is not None and (name[-1] != "?" or any(raw)), f"field {name} of {what}")
    need(None not in (found.get(name, 0) for name, *_ in spec.values()), f"{what} lacks a field")
    if unknown:
        raise Newer(f"fields {unknown} of {what} were written by a newer program")
    return found


def load(path):
    """All rows of all tables, from a copy in memory: the vault is never written to."""
    beside = filter(os.path.exists, (path + "-wal", path + "-journal"))
    if any(any(open(one, "rb").read()) for one in beside):   # zeros are an empty journal
        raise OSError("the vault is in use, or was left in haste: unlock and lock it first")
    data, db = open(path, "rb").read(), sqlite3.connect(":memory:")
    try:
        db.deserialize(data[:18] + b"\1\1" + data[20:])   # a copy in memory has no WAL
        db.executescript("PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1")
        made = dict(db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"))
        text = "".join(f"{made.get(table)}\0" for table in LAYOUT)
        others = db.execute("SELECT name, tbl_name FROM sqlite_schema WHERE type != 'table' "
                            "OR name != tbl_name OR sql IS NULL").fetchall()
        need(hashlib.blake2b(text.encode(), digest_size=32).hexdigest() == SCHEMA
             and len(made) == 5 and others == [("sqlite_autoindex_rec_2", "rec")], "the schema")
        for pragma, value in (("application_id", APPLICATION), ("user_version", SCHEMAS),
                              ("integrity_check", "ok")):
            need(db.execute(f"PRAGMA {pragma}").fetchone() == (value,), f"{pragma} is another")
        return {table: load_table(db, table, columns) for table, columns in LAYOUT.items()}
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        raise Tampered(f"the database: {error}") from None


def load_table(db, table, columns):
    rules = [(*column.split(), None, None)[:3] for column in columns.split(";")]
    names = [name for name, _, _ in rules]
    rows = db.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
    for (name, low, high), value in (pair for row in rows for pair in zip(rules, row)):
        need(isinstance(value, bytes) and int(low) <= len(value) <= int(high) if low
             else isinstance(value, int) and value >= 1, f"{table}.{name} is another kind")
    need("one" not in names or [row[0] for row in rows] == [1], f"{table}'s rows")
    return [dict(zip(names, row)) for row in rows]


def named(items, widths, what):
    need([len(x) for x in items] == [width for _, width in widths], f"{what} has another shape")
    return {name: struct.unpack("<Q", x)[0] if width == 8 else x
            for (name, width), x in zip(widths, items)}


def header_parse(data):
    items, end = unpae(data, "the header")
    need(len(items) >= 3 and items[0] == b"credvault/header/v1", "the header is none")
    need(int.from_bytes(items[2], "little") <= FORMAT, "the vault is newer")
    need(8 <= len(items) <= 15 and len(data) - end == 32, "not 1 to 8 slots and a MAC")
    head, slots = named(items[1:7], HEADER, "the header"), [slot_parse(x) for x in items[7:]]
    need(head["format"] >= head["min_reader"] == FORMAT and head["epoch"] >= 1
         and head["created"] < 2**63, "a field of the header")
    need(len({s["id"] for s in slots}) == len(slots) and sum(s["type"] == 1 for s in slots) <= 4,
         "two slots with one id, or more than 4 passphrases")
    return dict(head, body=data[:end], mac=data[end:], slots=slots)


def slot_parse(data):
    items, end = unpae(data, "a slot")
    slot = named(items, SLOT, "a slot")
    need(end == len(data) and slot["type"] in TYPES and slot["created"] < 2**63, "a slot")
    if slot["type"] == PASSPHRASE:
        memory, passes = slot["memory"], slot["passes"]
        need(2**26 <= memory <= 2**32 and memory % 1024 == 0 and 3 <= passes <= 32
             and memory * passes <= 2**35, "the cost of a slot is out of bounds")
        good = slot["kdf"] == 1 and slot["recipient"] == slot["ephemeral"] == ZERO
    else:
        good = slot["kdf"] == slot["passes"] == slot["memory"] == 0 and slot["salt"] == bytes(16)
    need(good, "a slot has fields of another type")
    return slot


def key_file(text):
    found = re.fullmatch(rb"credvault-key-v1 ([0-9a-f]{64}) ([0-9a-f]{16})\n?", text) or [b""] * 3
    key, pae_of = bytes.fromhex(found[1].decode()), "credvault/key-file-check/v1"
    if blake("cv.file.check.v1", None, pae(pae_of, key))[:8].hex().encode() != found[2]:
        raise Wrong("that is no key file")
    return key


def recovery_code(text):
    text = re.sub(r"[ \t\r\n-]", "", text.decode("ascii", "replace")).upper()
    text = text.translate(str.maketrans("OIL", "011"))
    found = re.fullmatch("(CV)?([0-9A-HJKMNP-TV-Z]{34})", text)
    if not found:
        raise Wrong("that is not a recovery code")
    whole = int(found[2].translate(str.maketrans("JKMNPQRSTVWXYZ", "IJKLMNOPQRSTUV")), 32)
    code = (whole >> 10).to_bytes(20, "big")
    check = blake("cv.code.check.v1", None, pae("credvault/recovery-check/v1", code))
    if whole & 1023 != int.from_bytes(check[:2], "big") >> 6:
        raise Wrong("there is a typing mistake in the recovery code")
    return code


def slot_key(head, slot, kind, given):
    """KEK and what it is bound to; None where the slot is not for what was given."""
    bound = [head["vault_id"], head["epoch"]] + [slot[name] for name, _ in SLOT[:7]]
    if kind == PASSPHRASE:
        ikm = bindings.crypto_pwhash_alg(32, given, slot["salt"], slot["passes"], slot["memory"],
                                         bindings.crypto_pwhash_ALG_ARGON2ID13)
    else:
        public, bound = slot["recipient"], bound + [slot["recipient"], slot["ephemeral"]]
        private = given if kind == KEY_FILE else blake("cv.recovery.v1", None, pae(
            "credvault/recovery/v1", head["vault_id"], given))
        try:
            shared = bindings.crypto_scalarmult(private, slot["ephemeral"])
        except exceptions.CryptoError:   # an all-zero result
            return None
        if bindings.crypto_scalarmult_base(private) != public:
            return None
        ikm = blake("cv.slot.x25519", None, pae("credvault/x25519/v1", shared, bound[-1], public))
    ctx = pae("credvault/slot/v1", *bound)
    both = blake("cv.slot.kek.v1", ikm, ctx, 64)
    return (both[:32], ctx) if hmac.compare_digest(both[32:], slot["commitment"]) else None


def header_unlock(head, kind, given):
    """VK, by the first slot of that kind which given fits."""
    tried = ((s, slot_key(head, s, kind, given)) for s in head["slots"] if s["type"] == kind)
    slot, found = next((x for x in tried if x[1]), (None, None))
    if not found:
        raise Wrong("no slot opens with this: wrong, or the header was changed")
    vk = unseal(found[0], slot["nonce"], found[1], slot["wrapped"], "the key slot")
    message = pae("credvault/vk/v1", head["vault_id"], head["epoch"])
    need(head["commitment"] == blake("cv.vk.commit.v1", vk, message), "the key's commitment")
    mac = blake("cv.header.v1", kdf(vk, 4, "cv_keys1"), head["body"])
    need(hmac.compare_digest(head["mac"], mac), "the header's MAC")
    return vk


def manifest_check(tables, head, keys):
    ad = pae("credvault/manifest/v1", head["vault_id"], head["epoch"])
    plain = unseal_padded(keys[3], tables["manifest"][0], ad, "the manifest")
    manifest = untlv(plain, MANIFEST, "the manifest", first=2)
    digest = blake("cv.hdr.digest.v1", None, pae("credvault/header-digest/v1",
                                                 head["body"] + head["mac"]))
    need(manifest["generation"] >= 1 and manifest["header_digest"] == digest, "the header's digest")
    rows, buckets = tables["rec"], [b""] * 256
    need(len({r["id"] for r in rows}) == len({r["name_idx"] for r in rows}) == len(rows)
         == manifest["rows"], "the number of records is not the manifest's")
    for r in sorted(rows, key=lambda r: (r["tbl"], r["id"])):
        buckets[r["id"][0]] += blake("cv.row.v1", keys[8], pae("credvault/row/v1", *(
            r[x] for x in ("tbl", "id", "ver", "epoch", "name_idx", "nonce", "sealed"))))
    all_256 = b"".join(blake("cv.bucket.v1", keys[8], b) for b in buckets)
    need(blake("cv.root.v1", keys[8], all_256) == manifest["root"], "the records are others")
    return manifest


def segment_rows(path, head, seg, bound):
    """The entries of a closed segment: those of its file."""
    what, rows = f"log-{seg['id'].hex()}", []
    data = open(f"{path}.{what}", "rb").read() if os.path.isfile(f"{path}.{what}") else b""
    begin = pae("credvault/log-file/v1", head["vault_id"], *bound[1:5])
    need(data.startswith(begin) and blake("cv.log.file.v1", None, data) == seg["digest"]
         and len(data) > len(begin), f"{what} is missing or another file")
    at = len(begin)
    while at < len(data):
        size, nonce, at = take(data, at, "<I24s", what)
        sealed, at = take(data, at, f"{size}s", what)
        rows.append({"seq": seg["first"] + len(rows), "nonce": nonce, "sealed": sealed})
    return rows


def log_read(path, tables, head, keys, manifest, anchor=None):
    chain, entries, log = ZERO, [], sorted(tables["log"], key=lambda r: r["seq"])
    parts, count = sorted(tables["segment"], key=lambda s: s["no"]), 0
    for no, seg in enumerate(parts, 1):
        bound = [seg[x] for x in ("epoch", "no", "first", "head", "id", "digest")]
        last, what = no == len(tables["segment"]), f"segment {no} of the log"
        need(bound[:4] == [head["epoch"], no, count + 1, chain]
             and last == (seg["digest"] == ZERO), what)
        ad = pae("credvault/segment/v1", head["vault_id"], *bound)
        both = unseal(keys[5], seg["nonce"], ad, seg["wrapped"], what)
        if anchor and no <= anchor["parts"] and not last:   # its owner has pruned this part
            count, chain = parts[no]["first"] - 1, parts[no]["head"]
            need(no < anchor["parts"] or (count + 1, chain) == (anchor["first"], anchor["head"]),
                 "the log's anchor does not fit its parts")
            continue
        rows = log if last else segment_rows(path, head, seg, bound)
        for seq, row in enumerate(rows, seg["first"]):
            what = f"log entry {seq}"
            need(row["seq"] == seq, f"{what} is missing")
            ad = pae("credvault/entry/v1", head["vault_id"], no, seq)
            plain = unseal_padded(both[:32], row, ad, what)
            entry = untlv(plain, ENTRY, what)
            need(entry["seq"] == seq and entry["op"] >= 1, f"{what} is another")
            if entry["op"] > len(OPS):
                raise Newer(f"operation {entry['op']} of {what} is a newer program's")
            entries.append(dict(entry, op=OPS[entry["op"] - 1]))
            count = seq
            chain = blake("cv.chain.v1", both[32:], pae("credvault/audit/v1", head["vault_id"], seq,
                                                        chain, blake("cv.entry.v1", None, plain)))
    need(parts and (not anchor or anchor["parts"] < len(parts)) and
         (count, chain) == (manifest["last"], manifest["head"]),
         "the log is not the manifest's")
    return entries


def record_read(row, head, keys):
    what = f"record {row['id'].hex()}"
    need(row["epoch"] == head["epoch"], f"{what}: no such epoch")
    if row["tbl"] not in TABLES:
        raise Newer(f"{what} is of table {row['tbl']}, a newer program's")
    seal, index = (keys[1], keys[2]) if row["tbl"] in (1, 5, 6, 7) else (keys["S1"], keys["S2"])
    bound = (row[x] for x in ("epoch", "tbl", "id", "ver", "name_idx"))
    ad = pae("credvault/record/v1", head["vault_id"], *bound)
    table, fields = TABLES[row["tbl"]]
    record = untlv(unseal_padded(seal, row, ad, what), fields, what)
    name = record["name"]
    message = pae("credvault/name/v1", row["tbl"], name.encode("utf-8", "surrogateescape"))
    need(row["name_idx"] == blake("cv.name.v1", index, message), f"the name of {what}")
    classes = record.get("endpoint_class"), record.get("endpoint_host") is not None
    wait = record.get("retire_idle" if row["tbl"] == 5 else "idle") is not None
    need((row["tbl"] not in (1, 5, 6) or wait == (record["retire"] == 3)) and {
        1: re.fullmatch(r"[A-Za-z0-9_.@+/:%-]+", name) and classes in ((1, 0), (2, 1), (3, 0))
           and None in (record.get("max_age"), record.get("ageless")),
        2: name == record.get("step", b"").hex(), 3: re.fullmatch(r"[0-9a-f]{32}", name), 4: True,
        7: name == "ca-bundle",
        5: name == "settings" and record.get("idle") and record.get("limit"),
        6: (record.get("new_access_key_id") is None) == (record.get("secret_access_key") is None),
        8: name == "log" and 0 < record.get("parts", 0) < record.get("first", 0),
    }[row["tbl"]], f"the fields of {what} do not fit together")
    return table, dict(record, id=row["id"], ver=row["ver"])


def read(path, kind, given):
    """Everything in the vault, as dictionaries; Tampered or Wrong."""
    tables = load(path)
    head = header_parse(tables["header"][0]["bytes"])
    vk = header_unlock(head, kind, given)
    keys = {n: kdf(vk, n, "cv_keys1") for n in (1, 2, 3, 5, 8, 9)}
    keys.update({f"S{n}": kdf(keys[9], n, "cv_sess1") for n in (1, 2)})
    manifest = manifest_check(tables, head, keys)
    vault = {x: head[x] for x in ("vault_id", "format", "epoch", "created")}
    vault["slots"] = [dict({x: slot[x] for x in ("id", "passes", "memory", "created")},
                           type=TYPES[slot["type"]]) for slot in head["slots"]]
    found = [record_read(row, head, keys) for row in tables["rec"]]
    out = {table: [x for of, x in found if of == table] for table, _ in TABLES.values()}
    return {"vault": vault, "manifest": manifest, **out,
            "log": log_read(path, tables, head, keys, manifest, *out["log_anchor"][:1] or [None])}


def shown(value, secrets, name=""):
    if isinstance(value, (dict, list)):
        return ([shown(v, secrets) for v in value] if isinstance(value, list) else
                {k: shown(v, secrets, k) for k, v in value.items() if v is not None})
    if name in ("secret_access_key", "session_token"):
        return value.decode("utf-8", "surrogateescape") if secrets else "(hidden)"
    return value.hex() if isinstance(value, bytes) else value


def given_by(a):
    for kind, fd, of in ((KEY_FILE, a.key_fd, key_file), (RECOVERY, a.recovery_fd, recovery_code),
                         (PASSPHRASE, a.passphrase_fd, lambda x: x.split(b"\n")[0])):
        if fd is not None:
            return kind, of(open(fd, "rb").read(1026))
    return PASSPHRASE, getpass.getpass("Passphrase: ").encode("utf-8", "surrogateescape")


def main():
    parser = argparse.ArgumentParser(description="Read a vault by its documented format.")
    parser.add_argument("vault")
    for what in ("passphrase", "recovery", "key"):
        parser.add_argument(f"--{what}-fd", type=int, metavar="N")
    parser.add_argument("--secrets", action="store_true", help="show secrets too")
    args = parser.parse_args()
    try:
        print(json.dumps(shown(read(args.vault, *given_by(args)), args.secrets), indent=2))
    except (Wrong, Tampered, Newer, OSError, exceptions.CryptoError, MemoryError) as error:
        print(f"reader: {error}", file=sys.stderr)
        return {Wrong: 5, Tampered: 6}.get(type(error), 1)


if __name__ == "__main__":
    sys.exit(main())
