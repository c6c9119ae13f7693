#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes tests/seal/vectors.h: a second writer of the vault's format that shares no code with the C.

Run by hand when the format gets a new version, then format with clang-format:
  tests/seal/vectors.py > tests/seal/vectors.h
Everything random is fixed here, so that the bytes are the same on every run.
"""
import hashlib
import struct

from nacl import bindings as sodium

B32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def u64(n):
    return struct.pack("<Q", n)


def pae(*items):
    return struct.pack("<I", len(items)) + b"".join(
        struct.pack("<I", len(i)) + i for i in items)


def b2(personal, message, key=b"", size=32):
    return hashlib.blake2b(message, key=key, person=personal.encode(), digest_size=size).digest()


def kdf(master, number, context):
    return hashlib.blake2b(b"", key=master, salt=u64(number) + bytes(8),
                           person=context + bytes(8), digest_size=32).digest()


def seal(key, nonce, ad, plain):
    return sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, ad, nonce, key)


def pad(plain):
    n = 512 - len(plain) % 512
    return plain + b"\x80" + bytes(n - 1)


def tlv(*fields):
    return b"".join(struct.pack("<HI", tag, len(value)) + value for tag, value in fields)


def fixed(start, n):
    return bytes((start + i) & 0xff for i in range(n))


VK = fixed(0x00, 32)
VAULT = fixed(0x40, 16)
EPOCH = u64(1)
CREATED = 1795165200
K = {i: kdf(VK, i, b"cv_keys1") for i in (1, 2, 3, 4, 5, 7, 8, 9, 10)}
SES = {i: kdf(K[9], i, b"cv_sess1") for i in (1, 2)}
COMMIT = b2("cv.vk.commit.v1", pae(b"credvault/vk/v1", VAULT, EPOCH), VK)
PASSPHRASE = b"correct horse battery staple"
CODE = fixed(0xa0, 20)
KEY_FILE = fixed(0x70, 32)


def code_text(code):
    bits = "".join(f"{b:08b}" for b in code)
    chars = [B32[int(bits[i:i + 5], 2)] for i in range(0, 160, 5)]
    check = b2("cv.code.check.v1", pae(b"credvault/recovery-check/v1", code))
    sum_bits = "".join(f"{b:08b}" for b in check[:2])
    groups = ["".join(chars[i:i + 4]) for i in range(0, 32, 4)]
    groups.append("".join(B32[int(sum_bits[i:i + 5], 2)] for i in (0, 5)))
    return "CV-" + "-".join(groups)


def key_file_text(key):
    check = b2("cv.file.check.v1", pae(b"credvault/key-file-check/v1", key))
    return f"credvault-key-v1 {key.hex()} {check[:8].hex()}"


def slot(number, kind, ikm_of, kdf_id=0, passes=0, memory=0, salt=bytes(16), rpk=None, epk=None):
    slot_id = fixed(0xb0 + number, 16)
    fields = [VAULT, EPOCH, slot_id, u64(kind), u64(kdf_id), u64(passes), u64(memory), salt,
              u64(CREATED)]
    if rpk:
        fields += [rpk, epk]
    ctx = pae(b"credvault/slot/v1", *fields)
    out = b2("cv.slot.kek.v1", ctx, ikm_of(), 64)
    nonce = fixed(0xc0 + number, 24)
    return pae(slot_id, u64(kind), u64(kdf_id), u64(passes), u64(memory), salt, u64(CREATED),
               rpk or bytes(32), epk or bytes(32), out[32:], nonce, seal(out[:32], nonce, ctx, VK))


def passphrase_slot(number):
    salt = fixed(0x90, 16)
    return slot(number, 1, lambda: sodium.crypto_pwhash_alg(
        32, PASSPHRASE, salt, 3, 64 << 20, sodium.crypto_pwhash_ALG_ARGON2ID13),
        1, 3, 64 << 20, salt)


def x25519_slot(number, kind, private):
    ephemeral = fixed(0xd0 + number, 32)
    rpk = sodium.crypto_scalarmult_base(private)
    epk = sodium.crypto_scalarmult_base(ephemeral)
    shared = sodium.crypto_scalarmult(ephemeral, rpk)
    return slot(number, kind, lambda: b2("cv.slot.x25519",
                                         pae(b"credvault/x25519/v1", shared, epk, rpk)),
                rpk=rpk, epk=epk)


RECOVERY_KEY = b2("cv.recovery.v1", pae(b"credvault/recovery/v1", VAULT, CODE))
BODY = pae(b"credvault/header/v1", u64(1), u64(1), VAULT, EPOCH, u64(CREATED), COMMIT,
           passphrase_slot(0), x25519_slot(1, 3, RECOVERY_KEY), x25519_slot(2, 6, KEY_FILE))
HEADER = BODY + b2("cv.header.v1", BODY, K[4])
HEADER_DIGEST = b2("cv.hdr.digest.v1", pae(b"credvault/header-digest/v1", HEADER))


def row(table, name, plain, seal_key, index_key, row_id, version, nonce):
    index = b2("cv.name.v1", pae(b"credvault/name/v1", u64(table), name), index_key)
    ad = pae(b"credvault/record/v1", VAULT, EPOCH, u64(table), row_id, u64(version), index)
    sealed = seal(seal_key, nonce, ad, pad(plain))
    digest = b2("cv.row.v1", pae(b"credvault/row/v1", u64(table), row_id, u64(version), EPOCH,
                                 index, nonce, sealed), K[8])
    return index, sealed, digest


KEY_ID = fixed(0x21, 16)
KEY_PLAIN = tlv((1, b"prod"), (2, b"AKIAIOSFODNN7EXAMPLE"),
                (3, b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                (4, b"arn:aws:iam::444455556666:mfa/dev"), (5, b"\x01"), (6, b"eu-west-1"),
                (10, u64(1)), (12, u64(CREATED)))
KEY_NONCE = fixed(0xe0, 24)
KEY_INDEX, KEY_SEALED, KEY_DIGEST = row(1, b"prod", KEY_PLAIN, K[1], K[2], KEY_ID, 7, KEY_NONCE)
USE_ID = fixed(0x21, 15) + b"\xff"
USE_NAME = KEY_ID.hex().encode()
USE_PLAIN = tlv((1, USE_NAME), (2, u64(CREATED)))
USE_NONCE = fixed(0xe8, 24)
USE_INDEX, USE_SEALED, USE_DIGEST = row(3, USE_NAME, USE_PLAIN, SES[1], SES[2], USE_ID, 1,
                                        USE_NONCE)

BUCKETS = [b2("cv.bucket.v1", KEY_DIGEST + USE_DIGEST if i == 0x21 else b"", K[8])
           for i in range(256)]
ROOT = b2("cv.root.v1", b"".join(BUCKETS), K[8])

SEG_HEAD = bytes(32)
PAYLOAD, CHAIN = fixed(0x11, 32), fixed(0x33, 32)
SEG_NONCE = fixed(0xf0, 24)
SEG_ID = fixed(0x44, 16)
WRAPPED = seal(K[5], SEG_NONCE, pae(b"credvault/segment/v1", VAULT, EPOCH, u64(1), u64(1),
                                    SEG_HEAD, SEG_ID, bytes(32)), PAYLOAD + CHAIN)


def head(number, before, entry):
    return b2("cv.chain.v1", pae(b"credvault/audit/v1", VAULT, u64(number), before,
                                 b2("cv.entry.v1", entry)), CHAIN)


ENTRY = b"an unlock"
ENTRY_NONCE = fixed(0xf8, 24)
ENTRY_SEALED = seal(PAYLOAD, ENTRY_NONCE, pae(b"credvault/entry/v1", VAULT, u64(1), u64(1)),
                    pad(ENTRY))
HEAD_1 = head(1, SEG_HEAD, ENTRY)
HEAD_2 = head(2, HEAD_1, b"an emission")
FILE = (pae(b"credvault/log-file/v1", VAULT, u64(1), u64(1), SEG_HEAD, SEG_ID)
        + struct.pack("<I", len(ENTRY_SEALED)) + ENTRY_NONCE + ENTRY_SEALED)
FILE_DIGEST = b2("cv.log.file.v1", FILE)

MAN_NONCE = fixed(0xd8, 24)
MANIFEST = seal(K[3], MAN_NONCE, pae(b"credvault/manifest/v1", VAULT, EPOCH), pad(tlv(
    (2, u64(9)), (3, u64(2)), (4, ROOT), (5, HEADER_DIGEST), (6, u64(2)), (7, HEAD_2),
    (8, bytes(32)), (9, u64(CREATED)), (10, b"vectors"))))


def emit(name, data):
    lines = [data.hex()[i:i + 80] for i in range(0, len(data.hex()), 80)]
    body = "\n    ".join(f'"{line}"' for line in lines)
    print(f"#define VECTOR_{name} \\\n    " + body.replace("\n", " \\\n"))


print("/* SPDX-License-Identifier: MIT */")
print("/* Made by tests/seal/vectors.py. Frozen: what is here must open for as long as format 1 is read. */")
print("#ifndef CV_TESTS_SEAL_VECTORS_H\n#define CV_TESTS_SEAL_VECTORS_H\n")
print(f'#define VECTOR_PASSPHRASE "{PASSPHRASE.decode()}"')
print(f'#define VECTOR_CODE_TEXT "{code_text(CODE)}"')
print(f'#define VECTOR_KEY_FILE_TEXT "{key_file_text(KEY_FILE)}"')
print(f"#define VECTOR_CREATED {CREATED}")
emit("PAE", pae(b"a", b"", b"bc", u64(0x0102030405060708)))
for n in ("VK", "VAULT", "COMMIT", "CODE", "KEY_FILE", "RECOVERY_KEY", "HEADER", "HEADER_DIGEST",
          "KEY_ID", "KEY_PLAIN", "KEY_NONCE", "KEY_INDEX", "KEY_SEALED", "KEY_DIGEST", "USE_ID",
          "USE_PLAIN", "USE_NONCE", "USE_INDEX", "USE_SEALED", "USE_DIGEST", "ROOT", "PAYLOAD",
          "CHAIN", "SEG_NONCE", "SEG_ID", "WRAPPED", "FILE", "FILE_DIGEST",
          "ENTRY_NONCE", "ENTRY_SEALED", "HEAD_1", "HEAD_2", "MAN_NONCE", "MANIFEST"):
    emit(n, globals()[n])
for number, key in K.items():
    emit(f"K{number}", key)
emit("BUCKET_21", BUCKETS[0x21])
emit("BUCKET_00", BUCKETS[0])
print("\n#endif")
