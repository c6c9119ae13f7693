#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Walks a throw-away vault through the main job, against a local stand-in for AWS.

Real commands, each with its real answer cut to a line (-v: all of it). The last line says `demo: ok`
or `demo: FAILED at`, whatever happens.
"""

import argparse
import os
import shlex
import shutil
import signal
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from parts import PARTS, Wrong, expect  # noqa: E402
from scene import ROOT, SERIAL, Scene  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMN, WIDTH = 46, 120


class Interrupted(BaseException):
    """A signal that wants us to end."""


class Show:
    """Runs a command and prints it with its answer."""

    def __init__(self, scene, verbose):
        self.scene, self.verbose, self.command = scene, verbose, ""

    def note(self, text):
        print("   " + text, flush=True)

    def __call__(self, command, judge, status=0, times=1):
        """judge(answer), or judge(answers) where it runs many times at once, gives the line to show."""
        label = "%d x %s" % (times, command) if times > 1 else command
        self.command = label
        children = [self.scene.start(command) for _ in range(times)]
        answers = [self.scene.finish(child) for child in children]
        allowed = status if isinstance(status, tuple) else (status,)
        try:
            for answer in answers:
                expect(answer.status in allowed, "exit %d instead of %s" % (
                    answer.status, " or ".join(map(str, allowed))))
            line = judge(answers if times > 1 else answers[0])
        except Exception:
            print("   $ %s" % label)
            self._whole(answers)
            raise
        self._line(label, line)
        if self.verbose:
            self._whole(answers)

    def _line(self, label, line):
        line = "".join(c if c.isprintable() else " " for c in line)
        if len(label) < COLUMN:
            line = "   $ %-*s%s" % (COLUMN, label, line)
        else:
            print("   $ " + label)
            line = " " * 9 + line
        print(line if len(line) <= WIDTH or self.verbose else line[:WIDTH - 1] + "…", flush=True)

    def _whole(self, answers):
        for answer in answers:
            for text in (answer.out + answer.err).splitlines():
                print("     | " + "".join(c if c.isprintable() else "?" for c in text))
        sys.stdout.flush()


def lay_out_apps(scene):
    """The scripts stand beside their node_modules, as an application's would."""
    app = os.path.join(scene.folder, "app")
    for name in ("v3.mjs", "v2.js"):
        shutil.copy(os.path.join(HERE, "js", name), app)
    modules = os.path.join(ROOT, "tests/e2e/js/node_modules")
    expect(os.path.isdir(modules), "the JavaScript SDKs are not there; ./dev demo installs them")
    os.symlink(modules, os.path.join(app, "node_modules"))


ENV = """\
# SPDX-License-Identifier: MIT
# For a shell:  . %(env)s
# The demonstration's vault, and a stand-in for AWS that ends with the shell that read this.
umask 077
for credvault_name in $(env | sed -n 's/^\\(AWS_[A-Za-z0-9_]*\\|CREDVAULT_[A-Za-z0-9_]*\\)=.*/\\1/p'); do
	unset "$credvault_name"
done
unset credvault_name
export PATH=%(path)s:"$PATH"
export CREDVAULT_FILE=%(vault)s XDG_STATE_HOME=%(home)s/.local/state
%(socket)sexport AWS_CONFIG_FILE=%(home)s/.aws/config AWS_SHARED_CREDENTIALS_FILE=%(home)s/.aws/credentials
export AWS_EC2_METADATA_DISABLED=true AWS_SDK_LOAD_CONFIG=1 AWS_PAGER=
rm -f %(ready)s
(/usr/bin/python3 %(standin)s --config %(config)s --ready-file %(ready)s --parent-pid $$ \\
	>/dev/null 2>&1 </dev/null &)
for credvault_try in 1 2 3 4 5 6 7 8 9 10; do
	[ -s %(ready)s ] || sleep 0.3
done
unset credvault_try
AWS_ENDPOINT_URL=$(cat %(ready)s)
export AWS_ENDPOINT_URL CREDVAULT_ENDPOINT_URL="$AWS_ENDPOINT_URL"
mfa_code() {
	/usr/bin/python3 %(standin)s code %(serial)s --url "$AWS_ENDPOINT_URL" "$@"
}
cat <<'CREDVAULT_END'
The vault of the demonstration, and a stand-in for AWS that ends with this shell.
  passphrase   %(passphrase)s
  MFA code     mfa_code
  try          credvault unlock prod -t $(mfa_code)
               aws sts get-caller-identity --profile prod --endpoint-url $AWS_ENDPOINT_URL
               credvault log; credvault lock
A later stand-in does not know the sessions of an earlier one: credvault clear
CREDVAULT_END
"""


def write_env(scene):
    quote = shlex.quote
    socket = scene.env.get("CREDVAULT_SOCKET")
    path = os.path.join(scene.folder, "env")
    scene.write("env", ENV % {
        "env": path, "path": quote(scene.programs), "vault": quote(scene.vault),
        "socket": "export CREDVAULT_SOCKET=%s\n" % quote(socket) if socket else "",
        "home": quote(scene.home), "ready": quote(os.path.join(scene.folder, "standin.url")),
        "standin": quote(os.path.join(ROOT, "tests/standin/standin.py")),
        "config": quote(scene.standin_config), "serial": quote(SERIAL),
        "passphrase": scene.passphrase})
    os.remove(os.path.join(scene.folder, "app/pass"))
    return os.path.relpath(path, ROOT) if path.startswith(ROOT + "/") else path


def play(scene, verbose, where):
    show = Show(scene, verbose)
    for number, part in enumerate(PARTS, 1):
        where[0] = str(number)
        print("%s%d  %s" % ("\n", number, part.__doc__), flush=True)
        try:
            part(show, scene)
        except Exception as problem:
            where[0] = "%d, %s: %s" % (number, show.command, problem or type(problem).__name__)
            raise


def run(options, where):
    """Returns the last line's end; raises what went wrong."""
    began = time.monotonic()
    with Scene(options.folder, options.bin) as scene:
        lay_out_apps(scene)
        play(scene, options.verbose, where)
        where[0] = "the end"
        left = scene.close()
        expect(not left, "agents that did not leave: %s" % left)
        env = write_env(scene)
    return "demo: ok, %d of %d in %.0f s.   Try it by hand:  . %s  &&  credvault status" % (
        len(PARTS), len(PARTS), time.monotonic() - began, env)


def end(number, _frame):
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    raise Interrupted(signal.Signals(number).name)


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__.split("\n")[0])
    parser.add_argument("--bin", required=True, help="folder of the programs")
    parser.add_argument("--folder", default=os.path.join(ROOT, "build/demo"),
                        help="where all of it takes place; emptied first (build/demo)")
    parser.add_argument("-v", "--verbose", action="store_true", help="show whole answers")
    options = parser.parse_args()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, end)
    where, status = ["set-up"], 1
    try:
        closing = run(options, where)
        status = 0
    except Interrupted as signalled:
        closing = "demo: FAILED at %s (%s)" % (where[0], signalled)
        status = 130
    except Wrong:
        closing = "demo: FAILED at %s" % where[0]
    except BaseException as problem:
        traceback.print_exc()
        if not isinstance(problem, Exception) or ":" not in where[0]:
            where[0] += ": %s" % (problem or type(problem).__name__)
        closing = "demo: FAILED at %s" % where[0]
    sys.stderr.flush()
    print("\n" + " ".join(closing.split("\n")), flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
