# SPDX-License-Identifier: MIT
"""What nothing of the product uses goes: functions, constants, fields of structs."""

import collections
import re

import objects
from tree import code_only, line_of

_WORD = re.compile(r"\b[A-Za-z_]\w*\b")


def _product(tree):
    return {path: code_only(tree.text(path)) for path in tree.c_files()
            if path.startswith(("vault/", "cli/"))}


def _elsewhere(tree):
    """The words of tests and of the build's own files, which may replace a function by name."""
    words = set()
    for path in tree.paths:
        if path.startswith("tests/") and path.endswith((".c", ".h")) or path.endswith(".cmake"):
            words.update(_WORD.findall(tree.text(path)))
    return words


def _functions(tree, codes):
    """Global symbols that no other object of a program wants."""
    files = objects.product(tree)
    wanted = collections.defaultdict(set)
    for item in files:
        for name in item.wanted:
            wanted[name].add(item.source)
    tested = _elsewhere(tree)
    for item in files:
        code = codes.get(item.source)
        if code is None:
            continue
        for name in sorted(item.defined - {"main"}):
            if wanted[name] - {item.source}:
                continue
            places = [found.start() for found in re.finditer(rf"\b{name}\b", code)]
            place = f"{item.source}:{line_of(code, places[0]) if places else 1}"
            if len(places) < 2:
                yield f"{place}: nothing of the product uses {name}"
            elif name not in tested:
                yield f"{place}: only its own file uses {name}: make it static"


_ENUM = re.compile(r"\benum\b[^;{}()]*\{([^}]*)\}")
_ENUMERATOR = re.compile(r"(?:^|,)\s*([A-Z]\w*)\s*(?==|,|$)")
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
_STATIC = re.compile(r"^static const [^;=(){}]*?\b(\w+)(?:\[[^\]]*\])*\s*=", re.MULTILINE)
_PASTED = re.compile(r"(\w+)\s*##|##\s*(\w+)")


def _constants(codes):
    """Names declared and never read. What ## makes (X-macros) has no name of its own to look for."""
    count, glued = collections.Counter(), set()
    for code in codes.values():
        count.update(_WORD.findall(code))
        glued.update(word for pair in _PASTED.findall(code) for word in pair if len(word) > 2)
    for path, code in codes.items():
        declared = [(found.start(1), found.group(1)) for found in _DEFINE.finditer(code)
                    if not re.fullmatch(r"CV_\w+_H|X|_\w+", found.group(1))]
        declared += [(found.start(1), found.group(1)) for found in _STATIC.finditer(code)]
        for body in _ENUM.finditer(code):
            inner = re.sub(r"^[ \t]*#.*$", lambda line: " " * len(line.group(0)), body.group(1),
                           flags=re.MULTILINE)
            declared += [(body.start(1) + found.start(1), found.group(1))
                         for found in _ENUMERATOR.finditer(inner)]
        for offset, name in declared:
            pasted = any(name.startswith(word) or name.endswith(word) for word in glued)
            if count[name] < 2 and not pasted:
                yield f"{path}:{line_of(code, offset)}: nothing reads {name}"


_STRUCT = re.compile(r"\b(?:struct|union)\s+(\w+)\s*\{")
_ACCESS = re.compile(r"(?:->|(?<![.\d])\.)\s*([A-Za-z_]\w*)(?=((?:\s*\[[^\]]*\])*)\s*"
                     r"(=(?!=)|[-+|&^*/]=|<<=|>>=|\+\+|--)?)")
_POSITIONAL = re.compile(r"\bstruct\s+(\w+)\b(?:[^;{}()=]*=\s*|(?:\[\d*\])?\)\s*)\{[\s{]*(?![\s.{}0\[])")
_MACRO_CALL = re.compile(r"\b[A-Z][A-Z0-9_]+\(([^;{}]*?)\)|\boffsetof\(([^;]*?)\)")


def _body(code, start):
    depth = 1
    for place in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[place], 0)
        if depth == 0:
            return code[start:place]
    return ""


def _fields(body):
    """(offset, name) of what a struct's body declares, inner structs included."""
    flat = re.sub(r"\b(?:struct|union|enum)\b[^;{}]*\{|\}", lambda part: " " * (len(part.group(0)) - 1) +
                  (";" if "{" in part.group(0) else " "), body)
    offset = 0
    for declaration in flat.split(";"):
        pointer = re.search(r"\(\s*\*\s*(?:const\s+)?(\w+)\s*(?:\[[^\]]*\])*\)", declaration)
        if pointer:
            yield offset + pointer.start(1), pointer.group(1)
        else:
            for found in re.finditer(r"\b([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*(?::\s*\w+\s*)?(?=,|$)",
                                     declaration.rstrip()):
                yield offset + found.start(1), found.group(1)
        offset += len(declaration) + 1


def _field_uses(codes, tests):
    """Names read, names written, and structs filled by position or by the kernel, all by name only.
    x->f = y->f reads nothing; a sealed record's table, which does both, counts as neither; and a seam
    is a field that tests alone write.
    """
    read, written, whole = set(), set(), set()
    for path, code in codes.items():
        for statement in re.finditer(r"[^;{}]+[;{}]?", code):
            _accesses(statement.group(0), read, written)
        if not path.startswith(("vault/seal/", "vault/audit/")):
            for found in _MACRO_CALL.finditer(code):
                read.update(_WORD.findall(found.group(0)))
                written.update(_WORD.findall(found.group(0)))
        whole.update(_POSITIONAL.findall(code))
        for found in re.finditer(r"\bsyscall\([^;]*?&(\w+)", code):
            whole.update(re.findall(rf"\bstruct (\w+) {found.group(1)}\b", code))
    for code in tests:
        for statement in re.finditer(r"[^;{}]+[;{}]?", code):
            _accesses(statement.group(0), set(), written)
    return read, written, whole


def _accesses(statement, read, written):
    reads, assigned = [], {}
    for found in _ACCESS.finditer(statement):
        name, how = found.group(1), found.group(3) or ""
        end = found.end(3) if how else found.end(2)
        before = statement[max(0, found.start() - 80):found.start()]
        after = statement[end:end + 40].lstrip()[:1]
        counted = how in ("++", "--") or re.search(r"(\+\+|--)[\w.>\[\]-]*$", before)
        passed = re.search(r"&[\w.>\[\]-]*$", before) or (after and after in ",).}")
        if how or counted or passed:
            written.add(name)
        if how == "=":
            assigned.setdefault(name, found.start())
        alone = after == ";" and re.search(r"(^|\)|\belse)\s*(\+\+|--)?[\w.>\[\]-]*$", before.lstrip())
        if not how or counted and not alone:
            reads.append((name, found.start()))
    # What stands before an assignment is its condition: `if (x->f) x->f = false` reads.
    read.update(name for name, place in reads if place < assigned.get(name, len(statement)))


def _members(tree, codes):
    """Fields by name: one that only another struct's namesake uses is not found."""
    tests = [code_only(tree.text(path)) for path in tree.c_files() if path.startswith("tests/")]
    read, written, whole = _field_uses(codes, tests)
    for path, code in codes.items():
        for found in _STRUCT.finditer(code):
            for offset, name in _fields(_body(code, found.end())):
                place = f"{path}:{line_of(code, found.end() + offset)}"
                field = f"{found.group(1)}.{name}"
                if name not in read and name not in written:
                    yield f"{place}: nothing uses the field {field}"
                elif name not in read and found.group(1) not in whole:
                    yield f"{place}: the field {field} is written and never read"
                elif name not in written and found.group(1) not in whole:
                    yield f"{place}: the field {field} is read and never written"


def dead(tree):
    codes = _product(tree)
    try:
        yield from _functions(tree, codes)
    except objects.Stale as stale:
        yield from str(stale).split("\n")
    yield from _constants(codes)
    yield from _members(tree, codes)
