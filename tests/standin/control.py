# SPDX-License-Identifier: MIT
"""The control calls under /_standin/: JSON, unsigned, for loopback alone. README.md lists them."""

import ipaddress
import json
import urllib.parse

from .faults import KINDS, Answer
from .hostile import HOSTILE
from .world import STEP, default_config, iso_time, show_key


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def _loopback(request):
    if not ipaddress.ip_address(request.peer[0]).is_loopback:
        return False
    host = (request.header("host") or "").rsplit(":", 1)[0].strip("[]").lower()
    return host in ("127.0.0.1", "localhost", "::1") and request.header("origin") is None


def answer(server, request):
    try:
        if not _loopback(request):
            raise Refused(403, "loopback only")
        name = request.path[len("/_standin/"):]
        query = dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True))
        body = json.loads(request.body) if request.body else {}
        if not isinstance(body, dict):
            raise Refused(400, "a JSON object is wanted")
        function = CALLS.get((request.method, name))
        if function is None:
            raise Refused(404, "no such call; there are: " + ", ".join(
                sorted("%s %s" % call for call in CALLS)))
        result, status = function(server, query, body), 200
    except Refused as problem:
        result, status = {"error": str(problem)}, problem.status
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        result, status = {"error": "%s: %s" % (type(problem).__name__, problem)}, 400
    return Answer(status, (json.dumps(result, indent=1) + "\n").encode(), "application/json")


def read_log(server, query, _):
    return {"entries": server.log.read(int(query.get("since", 0)), float(query.get("wait", 0)),
                                       int(query.get("count", 1)), query.get("done") == "1")}


def clear_log(server, query, body):
    server.log.clear()
    return {}


def state(server, query, body):
    with server.world.lock:
        return dict(server.world.show(), faults=server.faults.show())


def _device(server, serial):
    device = server.world.devices.get(serial)
    if device is None:
        raise Refused(404, "no device %s" % serial)
    return device


def code(server, query, _):
    """What the device shows now (next=1: in the next step), and for how long."""
    now = server.world.now()
    step = int(now // STEP) + int(query.get("next", 0))
    device = _device(server, query.get("serial"))
    return {"code": device.code_at(step), "step": step, "seconds_left": STEP - now % STEP,
            "used": step <= device.last_step}


def advance(server, _, body):
    with server.world.lock:
        server.world.advanced += float(body["seconds"])
        return {"time": iso_time(server.world.now()), "advanced": server.world.advanced}


def clock(server, _, body):
    with server.world.lock:
        server.world.skew = float(body["skew"])
        return {"time": iso_time(server.world.now()), "skew": server.world.skew}


def settings(server, _, body):
    with server.world.lock:
        server.world.configure(body)
        return server.world.settings


def load(server, _, body):
    with server.world.lock:
        server.world.load(body)
    for spec in body.get("faults", []):
        server.faults.add(spec)
    return {}


def reset(server, _, body):
    """As after the start, or as this configuration says; the log and the faults are gone."""
    config = body or server.config
    server.faults.clear()
    with server.world.lock:
        server.world.clear()
        server.world.load(dict({"accounts": default_config()["accounts"]}, **config))
    for spec in config.get("faults", []):
        server.faults.add(spec)
    server.log.clear()
    return {}


def add_user(server, _, body):
    with server.world.lock:
        user = server.world.add_user(body.pop("account"), body.pop("name"), body)
        return {"arn": user.arn, "keys": [show_key(k) for k in user.keys],
                "mfa": [{"serial": d.serial, "seed": d.seed} for d in user.devices]}


def _user(server, body):
    user = server.world.users.get((body.pop("account"), body.pop("user")))
    if user is None:
        raise Refused(404, "no such user")
    return user


def edit_user(server, _, body):
    """Changes policies of a user that is there."""
    with server.world.lock:
        user = _user(server, body)
        for name, value in body.items():
            if name not in ("allow", "deny", "require_mfa"):
                raise Refused(400, "cannot change %s" % name)
            setattr(user, name, list(value))
        return {"arn": user.arn}


def add_key(server, _, body):
    """With "new": true the key propagates like one that CreateAccessKey made."""
    with server.world.lock:
        user = _user(server, body)
        if body.pop("new", False):
            return show_key(server.world.create_key(user))
        return show_key(server.world.add_key(user, body))


def edit_key(server, _, body):
    """With "used" somebody uses the key elsewhere, and that is all that IAM tells of from then on."""
    with server.world.lock:
        key = server.world.keys[body["id"]]
        if "used" in body:
            key.told = (server.world.now(), body["used"]["service"], body["used"]["region"])
        elif body.get("status") == "Deleted":
            server.world.delete_key(key)
        else:
            server.world.set_status(key, body["status"])
        return show_key(key)


def add_role(server, _, body):
    with server.world.lock:
        role = server.world.add_role(body.pop("account"), body.pop("name"), body)
        return {"arn": role.arn}


def add_mfa(server, _, body):
    with server.world.lock:
        device = server.world.add_device(_user(server, body), body)
        return {"serial": device.serial, "seed": device.seed}


def expire(server, _, body):
    """Ends sessions at once: all of them, or the one with this id."""
    with server.world.lock:
        gone = [s for s in server.world.sessions.values() if body.get("id") in (None, s.id)]
        for session in gone:
            session.expires = int(server.world.now()) - 1
        return {"expired": len(gone)}


def add_fault(server, _, body):
    return {"id": server.faults.add(body).number}


def list_faults(server, query, body):
    return {"faults": server.faults.show(), "kinds": sorted(KINDS), "hostile": sorted(HOSTILE)}


def clear_faults(server, query, _):
    return {"cleared": server.faults.clear(int(query["id"]) if "id" in query else None)}


def release(server, _, body):
    return {"released": server.faults.release(body.get("id"))}


def shutdown(server, query, body):
    server.ended.set()
    return {}


CALLS = {
    ("GET", "log"): read_log, ("DELETE", "log"): clear_log,
    ("GET", "state"): state, ("GET", "code"): code,
    ("POST", "advance-time"): advance, ("POST", "clock"): clock,
    ("POST", "settings"): settings, ("POST", "world"): load,
    ("POST", "reset"): reset,
    ("POST", "users"): add_user, ("PUT", "users"): edit_user,
    ("POST", "keys"): add_key, ("PUT", "keys"): edit_key,
    ("POST", "roles"): add_role, ("POST", "mfa"): add_mfa,
    ("POST", "expire"): expire,
    ("GET", "faults"): list_faults, ("POST", "faults"): add_fault,
    ("DELETE", "faults"): clear_faults, ("POST", "release"): release,
    ("POST", "shutdown"): shutdown,
}
