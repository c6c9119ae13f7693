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
    "wire": {"base", "format", "seal"},
    "confine": {"base"},
    "creds": {"base", "format", "seal", "store", "aws"},
    "audit": {"base", "format", "seal", "store"},
    "rotate": {"base", "format", "seal", "store", "aws", "creds", "audit"},
    "agent": {"base", "format", "seal", "store", "aws", "creds", "audit", "rotate", "wire",
              "confine"},
    "courier": {"base", "format", "aws", "wire", "confine"},
    "cli": {"base", "format", "seal", "store", "creds", "wire"},
}

# Of these layers only some files: (who, layer) -> nouns. The command line may neither open the vault
# file nor speak to AWS; the courier carries requests and must not know how to make one.
PARTS = {
    ("cli", "seal"): {"slot", "header", "header_edit", "key_file", "keys", "kdf", "recovery_code",
                      "rekeyed_header", "rotation_terms"},
    ("cli", "store"): {"pin"},
    ("cli", "creds"): {"profile", "profile_files", "plan"},
    ("wire", "seal"): {"channel"},
    ("courier", "aws"): {"http", "courier_message", "endpoint"},
    ("courier", "wire"): {"frame"},
}

# Layers with rooms: from the left, each entry may include itself and what stands to its left. An
# entry names folders (one rank: they know nothing of each other) or files of the layer's own folder,
# NOUN.* or one of the two where a layer's header stands below what its source stands upon; "." is
# every other file there. A layer is held to its row as soon as one room exists.
ROOMS = {
    "cli": ["ui", "files", "show", "vault", "profile", "rotate", "setup", "scan", "doctor", "cmd",
            "commands.*", "main.*"],
    "agent": ["core", "view", "mint", "rotate", "keys", "vault", "serve", "unlock", "ops.*", "main.*"],
    "store": ["schema.h", "store.h", "txn.h", "file", "verified", "witness", "handle.*", "rows", "log",
              "inspect", "change", "backup", "."],
    "seal": [".", "header", "record"],
    "wire": ["tables", "."],
}

# Pattern of an angle-bracket header -> where it may stand.
HOMES = [
    (r"sodium(/.*)?\.h", r"vault/base/secret\.c|vault/format/digest\.c|vault/seal/.*"),
    (r"sqlite3\.h", r"vault/store/.*"),
    (r"curl/.*", r"vault/courier/.*"),
    (r"expat\.h", r"vault/courier/.*"),
    (r"openssl/.*", r"vault/(courier|format)/.*"),
    (r"seccomp\.h", r"vault/confine/.*"),
    (r"linux/(seccomp|landlock)\.h", r"vault/confine/.*"),
    (r"cmocka\.h", r"tests/.*"),
]

_INCLUDE = re.compile(r"^\s*#\s*include\s*([<\"])([^>\"]+)[>\"]")


def includes(tree):
    """Every #include of the tree: (path, line number, `"` or `<`, header)."""
    for path in tree.c_files():
        for number, line in enumerate(tree.lines(path), 1):
            found = _INCLUDE.match(line)
            if found:
                yield path, number, found.group(1), found.group(2)


def layer_of(path):
    """Whose file this is: cli, the folder below vault/, or None."""
    parts = path.split("/")
    if parts[0] == "cli":
        return "cli"
    return parts[1] if parts[0] == "vault" and len(parts) > 2 else None


def _wrong(path, header):
    """Why this file may not include this project header, or None."""
    parts = path.split("/")
    if parts[0] == "tests":
        return None
    target = header.split("/")
    if target[0] in ("tests", "cli") and target[0] != parts[0]:
        return f"{target[0]}/ is nobody's library"
    who, layer = layer_of(path), layer_of(header)
    if who is None or layer is None or layer == who:
        return None
    if who not in MAY_REACH:
        return f"{who} is no layer this lint knows"
    if layer not in MAY_REACH[who]:
        return f"{who} may not depend on {layer}"
    nouns = PARTS.get((who, layer))
    if nouns is not None and target[-1].rsplit(".", 1)[0] not in nouns:
        return f"{who} may use only {', '.join(sorted(nouns))} of {layer}"
    return None


def layers(tree):
    for path, number, kind, header in includes(tree):
        if kind == '"':
            why = _wrong(path, header)
            if why:
                yield f'{path}:{number}: #include "{header}": {why}'


def _place(path):
    """The place of the file as ROOMS names it: a folder, one file, NOUN.* or `.`."""
    who, parts = layer_of(path), path.split("/")
    inside = parts[1:] if who == "cli" else parts[2:]
    if len(inside) > 1:
        return inside[0]
    names = (inside[0], inside[0].rsplit(".", 1)[0] + ".*")
    return next((name for name in names if _rank(who, name) is not None), ".")


def _rank(who, place):
    return next((rank for rank, entry in enumerate(ROOMS[who]) if place in entry.split()), None)


def noun_of(path):
    """A header and its source are one, but where ROOMS gives them two places."""
    if layer_of(path) in ROOMS and _place(path) == path.rsplit("/", 1)[1]:
        return path
    return path.rsplit(".", 1)[0]


def rooms(tree):
    """Inside a layer, an #include goes to the own room or to one on its left."""
    files = [path for path in tree.c_files() if layer_of(path) in ROOMS]
    furnished = {layer_of(path) for path in files
                 if _place(path) in " ".join(ROOMS[layer_of(path)]).split()
                 and "." not in _place(path)}
    for path in files:
        who, place = layer_of(path), _place(path)
        if who in furnished and _rank(who, place) is None:
            yield f"{path}:1: stands in no room of {who}: {' <- '.join(ROOMS[who])}"
    for path, number, kind, header in includes(tree):
        who = layer_of(path)
        if kind != '"' or who not in furnished or layer_of(header) != who:
            continue
        here, there = _place(path), _place(header)
        mine, theirs = _rank(who, here), _rank(who, there)
        if here != there and None not in (mine, theirs) and theirs >= mine:
            yield (f'{path}:{number}: #include "{header}": {here} may reach only what stands '
                   f"to its left: {' <- '.join(ROOMS[who])}")


def foreign(tree):
    for path, number, kind, header in includes(tree):
        if path.startswith("tests/") and header != "cmocka.h":
            continue
        for pattern, home in HOMES:
            if re.fullmatch(pattern, header) and not re.fullmatch(home, path):
                yield f"{path}:{number}: <{header}> has another home: {home}"
