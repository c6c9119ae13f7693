#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A stand-in for aws-vault, which is in no registry here: the commands that `import` runs, as its source has them.

Its store is the file keys.json in $AWS_VAULT_FILE_DIR, {name: {"id", "secret"}}; with `passphrase` beside it, it asks
for that on the terminal first. Like the original it refuses to work inside its own shell, makes a session unless told
not to, and assumes the role that the config file has for a name.
"""

import configparser
import getpass
import json
import os
import sys


def fail(what):
    sys.exit("aws-vault: error: %s" % what)


def config():
    path = os.environ.get("AWS_CONFIG_FILE") or os.path.expanduser("~/.aws/config")
    parser = configparser.ConfigParser(strict=False)
    parser.read(path)
    return parser


def keys():
    folder = os.environ["AWS_VAULT_FILE_DIR"]
    with open(os.path.join(folder, "keys.json"), encoding="utf-8") as file:
        found = json.load(file)
    if os.path.exists(os.path.join(folder, "passphrase")):
        with open(os.path.join(folder, "passphrase"), encoding="utf-8") as file:
            wanted = file.read()
        sys.stderr.write('Enter passphrase to unlock "%s": ' % folder)
        sys.stderr.flush()
        if getpass.getpass("", stream=open(os.devnull, "w", encoding="utf-8")) != wanted:
            fail("exec: aes.KeyUnwrap(): integrity check failed.")
        print()
    return found


def export(words):
    if os.environ.get("AWS_VAULT"):
        fail("exec: in an existing aws-vault subshell; 'exit' from the subshell or unset AWS_VAULT to force")
    name = words[-1]
    found = keys().get(name)
    if found is None:
        fail("exec: Failed to get credentials for %s: profile %s: credentials missing" % (name, name))
    key = {"Version": 1, "AccessKeyId": found["id"], "SecretAccessKey": found["secret"]}
    role = config().get("profile " + name, "role_arn", fallback=os.environ.get("AWS_ROLE_ARN"))
    if role or "--no-session" not in words or found.get("token"):
        key.update(AccessKeyId="ASIA" + found["id"][4:], SessionToken="FwoGZXIvYXdzEXAMPLE",
                   Expiration="2031-01-01T00:00:00Z")
    if words[:-1] not in (["--no-session", "--format", "json"], ["--format", "json"]):
        fail("unexpected %s" % words)
    print(json.dumps(key, indent=2))


def main(words):
    if words == ["list", "--credentials"]:
        for name in keys():
            print(name)
    elif words[:1] == ["export"]:
        export(words[1:])
    else:
        fail("expected command but got %r" % words)


if __name__ == "__main__":
    main(sys.argv[1:])
