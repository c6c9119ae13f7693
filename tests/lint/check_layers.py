# SPDX-License-Identifier: MIT
"""Dependencies point downwards only, and one foreign header has one home."""

import re

# What a folder's files may include besides their own folder.
MAY_REACH = {
    "base": set(),
    "format": {"base"},
    "seal": {"base", "format"},
    "store": {"base", "format", "seal"},
    "aws": {"base", "format"},
    "wire": {"base", "format"},
    "creds": {"base", "format", "seal", "store", "aws"},
    "audit": {"base", "format", "seal", "store"},
    "rotate": {"base", "format", "seal", "store", "aws", "creds", "audit"},
    "agent": {"base", "format", "seal", "store", "aws", "creds", "audit", "rotate", "wire"},
    "courier": {"base", "format", "aws", "wire"},
    "endpoint": {"base", "format", "wire"},
    "cli": {"base", "format", "seal", "creds", "wire"},
}

# Of these layers only some files: (who, layer) -> nouns. The command line may neither open the vault
# file nor speak to AWS; the courier carries requests and must not know how to make one.
PARTS = {
    ("cli", "seal"): {"slot", "header", "header_edit", "key_file", "keys", "kdf", "recovery", "rekey",
                      "proof"},
    ("cli", "creds"): {"profile", "plan"},
    ("courier", "aws"): {"http", "relay", "endpoint"},
    ("courier", "wire"): {"frame"},
}

# Pattern of an angle-bracket header -> where it may stand.
HOMES = [
    (r"sodium(/.*)?\.h", r"vault/base/secret\.c|vault/format/digest\.c|vault/seal/.*"),
    (r"sqlite3\.h", r"vault/store/.*"),
    (r"curl/.*", r"vault/courier/.*"),
    (r"expat\.h", r"vault/courier/.*"),
    (r"openssl/.*", r"vault/(courier|format)/.*"),
    (r"microhttpd\.h", r"vault/endpoint/.*"),
    (r"seccomp\.h", r"vault/agent/.*"),
    (r"linux/(seccomp|landlock)\.h", r"vault/(base|agent|courier|endpoint)/.*"),
    (r"cmocka\.h", r"tests/.*"),
]

_INCLUDE = re.compile(r"^\s*#\s*include\s*([<\"])([^>\"]+)[>\"]")


def _includes(tree):
    for path in tree.c_files():
        for number, line in enumerate(tree.lines(path), 1):
            found = _INCLUDE.match(line)
            if found:
                yield path, number, found.group(1), found.group(2)


def _wrong(path, header):
    """Why this file may not include this project header, or None."""
    parts = path.split("/")
    if parts[0] == "tests":
        return None
    target = header.split("/")
    if target[0] in ("tests", "cli") and target[0] != parts[0]:
        return f"{target[0]}/ is nobody's library"
    if target[0] != "vault" or len(target) < 3 or parts[0] not in ("vault", "cli"):
        return None
    layer, noun = target[1], target[2].rsplit(".", 1)[0]
    who = "cli" if parts[0] == "cli" else parts[1]
    if layer == who:
        return None
    if who not in MAY_REACH:
        return f"{who} is no layer this lint knows"
    if layer not in MAY_REACH[who]:
        return f"{who} may not depend on {layer}"
    nouns = PARTS.get((who, layer))
    if nouns is not None and noun not in nouns:
        return f"{who} may use only {', '.join(sorted(nouns))} of {layer}"
    return None


def layers(tree):
    for path, number, kind, header in _includes(tree):
        if kind == '"':
            why = _wrong(path, header)
            if why:
                yield f'{path}:{number}: #include "{header}": {why}'


def foreign(tree):
    for path, number, kind, header in _includes(tree):
        if path.startswith("tests/") and header != "cmocka.h":
            continue
        for pattern, home in HOMES:
            if re.fullmatch(pattern, header) and not re.fullmatch(home, path):
                yield f"{path}:{number}: <{header}> has another home: {home}"
