#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Entry: serve, or ask a running stand-in for the code an MFA device shows."""

import argparse
import json
import os
import select
import signal
import sys
import threading
import time
import urllib.parse
import urllib.request

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from standin.log import Log  # noqa: E402
from standin.server import StandInServer  # noqa: E402
from standin.world import World, default_config  # noqa: E402


def end_with(pid, ended):
    """Sets ended when that process is gone; a pid that is gone already counts."""
    try:
        descriptor = os.pidfd_open(pid)
        select.select([descriptor], [], [])
    except ProcessLookupError:
        pass
    except (AttributeError, OSError):
        while os.path.exists("/proc/%d" % pid):
            time.sleep(1)
    ended.set()


def write_ready(path, text):
    """Appears whole or not at all: whoever waits for the file may read it at once."""
    temporary = "%s.%d" % (path, os.getpid())
    with open(temporary, "w") as out:
        out.write(text)
    os.rename(temporary, path)


def serve(options):
    if options.config:
        with open(options.config) as source:
            config = json.load(source)
    else:
        config = {}
    world = World()
    world.load(dict({"accounts": default_config()["accounts"]}, **config))
    try:
        server = StandInServer(("127.0.0.1", options.port), world, Log(options.log_file))
    except OSError as problem:
        sys.exit("standin: 127.0.0.1:%d: %s" % (options.port, problem.strerror))
    server.config = config
    for spec in config.get("faults", []):
        server.faults.add(spec)
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda *_: server.ended.set())
    if options.parent_pid:
        threading.Thread(target=end_with, args=(options.parent_pid, server.ended),
                         daemon=True).start()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 3600},
                     daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_port
    print("listening on " + url, flush=True)
    if options.ready_file:
        write_ready(options.ready_file, url + "\n")
    server.ended.wait()
    return 0


def show_code(options):
    query = {"serial": options.serial}
    if options.next:
        query["next"] = "1"
    address = options.url.rstrip("/") + "/_standin/code?" + urllib.parse.urlencode(query)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=10) as answer:
            print(json.load(answer)["code"])
    except (OSError, ValueError) as problem:
        sys.exit("standin: %s" % problem)
    return 0


def main(arguments):
    if arguments[:1] == ["code"]:
        parser = argparse.ArgumentParser(prog="standin.py code",
                                         description="print the code an MFA device shows now")
        parser.add_argument("serial", help="the device's ARN")
        parser.add_argument("--url", default=os.environ.get("STANDIN_URL"),
                            help="of the stand-in (or STANDIN_URL)")
        parser.add_argument("--next", action="store_true", help="the next step's code instead")
        options = parser.parse_args(arguments[1:])
        if not options.url:
            parser.error("--url is needed")
        return show_code(options)
    parser = argparse.ArgumentParser(prog="standin.py", description=(
        "A strict local AWS STS and IAM. `standin.py code SERIAL --url URL` asks a running one "
        "for an MFA code."))
    parser.add_argument("--port", type=int, default=0, help="0 (the default): any free one")
    parser.add_argument("--config", help="JSON: accounts, settings, faults")
    parser.add_argument("--ready-file", help="gets the URL once connections are taken")
    parser.add_argument("--log-file", help="gets one JSON line per request")
    parser.add_argument("--parent-pid", type=int, help="end when this process ends")
    return serve(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
