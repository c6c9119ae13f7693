# SPDX-License-Identifier: MIT
"""Calls that have no place here, each with what to use instead."""

import re

from tree import code_only, line_of

EVERYWHERE = {
    "strcpy": "struct buf or memcpy with a checked length",
    "strcat": "struct buf",
    "strncat": "struct buf",
    "sprintf": "snprintf",
    "vsprintf": "vsnprintf",
    "gets": "getline",
    "strtok": "strchr or strcspn",
    "atoi": "a parser that can fail",
    "atol": "a parser that can fail",
    "atoll": "a parser that can fail",
    "atof": "a parser that can fail",
    "alloca": "a bounded array or the heap",
    "system": "posix_spawn or execve with a fixed path",
    "popen": "posix_spawn or execve with a fixed path",
    "tmpnam": "mkostemp or O_TMPFILE",
    "tempnam": "mkostemp or O_TMPFILE",
    "mktemp": "mkostemp or O_TMPFILE",
    "rand": "libsodium's randombytes",
    "srand": "libsodium's randombytes",
    "random": "libsodium's randombytes",
    "drand48": "libsodium's randombytes",
}
PRINTING = ["printf", "fprintf", "vprintf", "vfprintf", "dprintf", "vdprintf", "asprintf",
            "vasprintf", "puts", "fputs", "putchar", "fputc", "perror"]
ENVIRONMENT = ["getenv", "secure_getenv", "setenv", "putenv", "unsetenv", "clearenv"]
ENDING = ["exit", "abort", "quick_exit", "err", "errx"]


def _rules(path):
    """name -> what to do instead, for this file."""
    rules = dict(EVERYWHERE)
    if path.startswith("vault/"):
        is_main = path.endswith("/main.c")
        rules.update({name: "the library never prints" for name in PRINTING if not is_main})
        rules.update({name: "the library never reads the environment" for name in ENVIRONMENT})
        rules.update({name: "the library never exits; return an error"
                      for name in ENDING if not is_main})
    return rules


def banned(tree):
    for path in tree.c_files():
        code = code_only(tree.text(path))
        rules = _rules(path)
        names = "|".join(sorted(rules, key=len, reverse=True))
        for found in re.finditer(rf"(?<![\w.>])({names})\s*\(", code):
            name = found.group(1)
            yield f"{path}:{line_of(code, found.start())}: {name}(): {rules[name]}"


_SECRET_NAME = re.compile(r"(?:^|_|->|\.)(secret|key|keys|pass|passphrase|seed|token|code)(?:$|_|\b)")
_MEMSET = re.compile(r"\bmemset\s*\(\s*([^,;]+?)\s*,\s*0\s*,[^;]*;([^;]*;)?")


def wiping(tree):
    """memset() before free() or on a secret is what compilers delete."""
    for path in tree.c_files():
        if not path.startswith(("vault/", "cli/")):
            continue
        code = code_only(tree.text(path))
        for found in _MEMSET.finditer(code):
            target, following = found.group(1), found.group(2) or ""
            name = re.sub(r"^\(.*?\)|[&*()\s]|\[.*", "", target)
            freed = re.search(r"\bfree\s*\(\s*" + re.escape(name) + r"\s*\)", following)
            if freed or _SECRET_NAME.search(name):
                yield (f"{path}:{line_of(code, found.start())}: memset({target}, 0, …) does not "
                       "wipe; use secret_wipe() or explicit_bzero()")
