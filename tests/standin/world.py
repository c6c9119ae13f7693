# SPDX-License-Identifier: MIT
"""The model: accounts, users, access keys, MFA devices, roles, sessions, and one clock.

Everything lives in memory and is guarded by World.lock, which the server holds while it
decides one request. Times are seconds since 1970 on the world's own clock.
"""

import base64
import fnmatch
import hashlib
import hmac
import os
import re
import struct
import threading
import time

from .answers import AwsError, iso_time

KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
STEP = 30
WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code."
WRONG_DEVICE = ("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify "
                "your MFA serial number is valid and associated with this user.")
INVALID_TOKEN = "The security token included in the request is invalid."
EXPIRED_TOKEN = "The security token included in the request is expired"

SETTINGS = {
    "sessions_die_with_key": True,   # GetSessionToken sessions end with their key
    "propagation_seconds": 0,        # a new key is unknown for so long
    "propagation_calls": 0,          # and for so many calls signed with it
    "propagation_flicker": [],       # then known (1) and unknown (0) in this order, then known
    "iam_extra_seconds": 0,          # IAM learns of a new key so much later than STS
    "list_seconds": 0,               # ListAccessKeys shows a new key after so long
    "deactivation_seconds": 0,       # a key that was switched off or deleted works for so long
    "last_used_seconds": 0,          # GetAccessKeyLastUsed lags by so much
    "fractions": False,              # Expiration with milliseconds
    "regions": [],                   # STS regions; empty: every name that looks like one
    "disabled_regions": [],          # RegionDisabledException
    "page_size": 100,                # IAM's MaxItems when none is asked for
    "requests_per_second": 0,        # more than these are throttled; 0: none are
    "requests_burst": 1,             # so many at once are borne after a pause
}


def random_id(prefix, length=16):
    return prefix + "".join([KEY_ALPHABET[b & 31] for b in os.urandom(length)])


def random_secret():
    return base64.b64encode(os.urandom(30)).decode()


def random_token():
    """Opaque, 740 characters or a few more; the head is what real ones start with."""
    raw = os.urandom(540 + os.urandom(1)[0] % 48)
    return "IQoJb3JpZ2luX2Vj" + base64.b64encode(raw).decode()


class Key:
    def __init__(self, user, key_id, secret, status, created):
        self.user, self.id, self.secret = user, key_id, secret
        self.status, self.created = status, created
        self.visible = {"sts": created, "iam": created}
        self.listed = created
        self.hidden_calls = 0
        self.flicker = []
        self.off_since = None
        self.deleted = False
        self.used = []          # [(when, service, region)], newest last, at most 8
        self.told = None        # the last use that GetAccessKeyLastUsed knows, whatever came later

    def usable(self):
        return self.status == "Active" and not self.deleted


class Device:
    def __init__(self, user, serial, seed, enabled):
        self.user, self.serial, self.seed, self.enabled = user, serial, seed, enabled
        self.last_step = -1

    def code_at(self, step):
        key = base64.b32decode(self.seed + "=" * (-len(self.seed) % 8), casefold=True)
        digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
        offset = digest[-1] & 15
        number = struct.unpack(">I", digest[offset:offset + 4])[0] & 0x7FFFFFFF
        return "%06d" % (number % 1000000)

    def accept(self, code, now):
        """True once per time-step, for this step or a neighbour, never for an older one."""
        step = int(now // STEP)
        for candidate in (step - 1, step, step + 1):
            if candidate > self.last_step and hmac.compare_digest(self.code_at(candidate), code):
                self.last_step = candidate
                return True
        return False


class User:
    kind = "user"

    def __init__(self, account, name, spec):
        self.account, self.name = account, name
        self.path = spec.get("path", "/")
        self.id = spec.get("user_id") or random_id("AIDA", 17)
        self.arn = "arn:aws:iam::%s:user%s%s" % (account, self.path, name)
        self.root = bool(spec.get("root"))
        if self.root:
            self.arn, self.id = "arn:aws:iam::%s:root" % account, account
        self.allow = list(spec.get("allow", ["*"]))
        self.deny = list(spec.get("deny", []))
        self.require_mfa = list(spec.get("require_mfa", []))
        self.created = 0
        self.keys, self.devices = [], []


class Role:
    kind = "role"

    def __init__(self, account, name, spec):
        self.account, self.name = account, name
        self.path = spec.get("path", "/")
        self.id = random_id("AROA", 17)
        self.arn = "arn:aws:iam::%s:role%s%s" % (account, self.path, name)
        self.trust = list(spec.get("trust", []))
        self.require_mfa_age = spec.get("max_mfa_age")
        self.max_session = int(spec.get("max_session", 3600))
        self.mfa = bool(spec.get("mfa"))
        self.external_id = spec.get("external_id")
        self.allow = list(spec.get("allow", ["*"]))
        self.deny = list(spec.get("deny", []))
        self.require_mfa = []


class Session:
    def __init__(self, kind, key_id, expires):
        self.kind = kind                     # "session" (GetSessionToken) or "role" (AssumeRole)
        self.id, self.secret, self.token = key_id, random_secret(), random_token()
        self.expires = expires
        self.user = self.role = self.name = self.key = None
        self.mfa_at = None
        self.chained = False
        self.issued = 0


class Caller:
    """Who signed a request, after the signature was verified."""

    def __init__(self, key, session, service, region):
        self.key, self.session = key, session
        self.service, self.region = service, region
        self.user = key.user if key else session.user
        self.role = session.role if session else None
        owner = self.role or self.user
        self.account, self.owner = owner.account, owner
        if self.role:
            self.arn = "arn:aws:sts::%s:assumed-role/%s/%s" % (self.account, self.role.name,
                                                              session.name)
            self.id = "%s:%s" % (self.role.id, session.name)
        else:
            self.arn, self.id = owner.arn, owner.id
        self.mfa_at = session.mfa_at if session else None

    @property
    def temporary(self):
        return self.session is not None

    @property
    def access_key_id(self):
        return self.session.id if self.session else self.key.id


def matches(patterns, action):
    return any(fnmatch.fnmatchcase(action.lower(), p.lower()) for p in patterns)


class World:
    def __init__(self):
        self.lock = threading.RLock()
        self.clear()

    def clear(self):
        """Empty, with a right clock; load() fills it."""
        self.advanced = 0.0
        self.skew = 0.0
        self.settings = dict(SETTINGS)
        self.users, self.roles = {}, {}          # by (account, name)
        self.keys, self.sessions, self.devices = {}, {}, {}
        self.accounts = []
        # Requests that may come now; when that was counted: so long ago that all may.
        self.tokens, self.filled = 0.0, float("-inf")

    # -- clock ---------------------------------------------------------------------------------
    def now(self):
        return time.time() + self.advanced + self.skew

    # -- building ------------------------------------------------------------------------------
    def load(self, config):
        self.configure(config.get("settings", {}))
        for account, parts in config.get("accounts", {}).items():
            if not re.match(r"\d{12}\Z", account):
                raise ValueError("account %r is not 12 digits" % account)
            self.accounts.append(account)
            for name, spec in parts.get("users", {}).items():
                self.add_user(account, name, spec)
            for name, spec in parts.get("roles", {}).items():
                self.add_role(account, name, spec)

    def configure(self, settings):
        unknown = set(settings) - set(SETTINGS)
        if unknown:
            raise ValueError("unknown settings: %s" % ", ".join(sorted(unknown)))
        self.settings.update(settings)

    def add_user(self, account, name, spec):
        if (account, name) in self.users:
            raise ValueError("user %s is there already" % name)
        user = User(account, name, spec)
        user.created = self.now() - 86400.0 * float(spec.get("age_days", 400))
        self.users[account, name] = user
        for key in spec.get("keys", []):
            self.add_key(user, key)
        for device in spec.get("mfa", []):
            self.add_device(user, device)
        return user

    def add_role(self, account, name, spec):
        role = self.roles[account, name] = Role(account, name, spec)
        return role

    def add_device(self, user, spec):
        serial = spec.get("serial") or "arn:aws:iam::%s:mfa/%s" % (user.account, user.name)
        if serial in self.devices:
            raise ValueError("device %s is there already" % serial)
        seed = spec.get("seed") or base64.b32encode(os.urandom(40)).decode()
        device = Device(user, serial, seed, self.now())
        device.code_at(0)
        self.devices[serial] = device
        user.devices.append(device)
        return device

    def add_key(self, user, spec):
        """A key that has been there for age_days (or since create_date); known everywhere."""
        created = spec.get("create_date")
        if created is None:
            created = self.now() - 86400.0 * float(spec.get("age_days", 30))
        key = Key(user, spec.get("id") or random_id("AKIA"), spec.get("secret") or random_secret(),
                  spec.get("status", "Active"), float(created))
        if key.id in self.keys:
            raise ValueError("key %s is there already" % key.id)
        self.keys[key.id] = key
        user.keys.append(key)
        return key

    def create_key(self, user):
        """CreateAccessKey: from now on, and as late as the settings say."""
        now, settings = self.now(), self.settings
        key = self.add_key(user, {"create_date": now})
        seen = now + settings["propagation_seconds"]
        key.visible = {"sts": seen, "iam": seen + settings["iam_extra_seconds"]}
        key.listed = now + settings["list_seconds"]
        key.hidden_calls = settings["propagation_calls"]
        key.flicker = list(settings["propagation_flicker"])
        return key

    def set_status(self, key, status):
        if status == "Active":
            key.off_since = None
        elif key.status == "Active":
            key.off_since = self.now()
        key.status = status

    def delete_key(self, key):
        if key.off_since is None:
            key.off_since = self.now()
        key.deleted = True
        key.user.keys.remove(key)

    def admit(self):
        """Takes one request's token out of the bucket; False when it is empty."""
        rate, burst = self.settings["requests_per_second"], self.settings["requests_burst"]
        if not rate:
            return True
        now = time.monotonic()
        self.tokens = min(float(burst), self.tokens + (now - self.filled) * rate)
        self.filled = now
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True

    # -- looking up ----------------------------------------------------------------------------
    def user_named(self, account, name):
        user = self.users.get((account, name))
        if user is None or user.root:
            raise AwsError("NoSuchEntity", "The user with name %s cannot be found." % name)
        return user

    def key_known(self, key, service):
        """Does this service know the key, now? Counts as one call signed with it."""
        now = self.now()
        if not key.usable():
            lag = self.settings["deactivation_seconds"]
            if key.off_since is None or now >= key.off_since + lag:
                return False
        if now < key.visible.get(service, key.created):
            return False
        if key.hidden_calls > 0:
            key.hidden_calls -= 1
            return False
        if key.flicker:
            return bool(key.flicker.pop(0))
        return True

    def session_alive(self, session):
        """Expiry is told apart by the caller; this is about its key and its owner."""
        if session.kind != "session" or not self.settings["sessions_die_with_key"]:
            return True
        if session.key.usable():
            return True
        lag = self.settings["deactivation_seconds"]
        return session.key.off_since is not None and self.now() < session.key.off_since + lag

    def note_use(self, key, service, region, now):
        if key.used and now - key.used[-1][0] < 1.0 and key.used[-1][1:] == (service, region):
            return
        key.used.append((now, service, region))
        del key.used[:-8]

    # -- deciding ------------------------------------------------------------------------------
    def check_mfa(self, caller, serial, code):
        """None without MFA; the time it was proved otherwise. Consumes the code."""
        if not serial and not code:
            return None
        if not serial or not code:
            raise AwsError("AccessDenied", "MultiFactorAuthentication failed, must provide both "
                                           "MFA serial number and one time pass code.")
        device = self.devices.get(serial)
        if caller.role or device is None or device.user is not caller.user:
            raise AwsError("AccessDenied", WRONG_DEVICE)
        if not device.accept(code, self.now()):
            raise AwsError("AccessDenied", WRONG_CODE)
        return self.now()

    def decide(self, caller, action, resource):
        """Identity policies. Raises AccessDenied with AWS's kind of sentence."""
        owner = caller.owner
        text = "User: %s is not authorized to perform: %s on resource: %s" % (
            caller.arn, action, resource)
        if getattr(owner, "root", False):
            return
        if matches(owner.deny, action) or \
                (caller.mfa_at is None and matches(owner.require_mfa, action)):
            raise AwsError("AccessDenied", text + " with an explicit deny in an identity-based "
                                                  "policy")
        if not matches(owner.allow, action):
            raise AwsError("AccessDenied", text + " because no identity-based policy allows the "
                                           "%s action" % action)

    def trusts(self, role, caller, external_id, mfa_at):
        """Does the role let this caller in?"""
        if role.mfa and mfa_at is None:
            return False
        if role.require_mfa_age is not None and \
                (mfa_at is None or self.now() - mfa_at > role.require_mfa_age):
            return False
        if role.external_id is not None and external_id != role.external_id:
            return False
        names = {caller.arn, caller.owner.arn}
        for principal in role.trust:
            if principal in names:
                return not matches(caller.owner.deny, "sts:AssumeRole") and \
                    (mfa_at is not None or
                     not matches(caller.owner.require_mfa, "sts:AssumeRole"))
            if principal in ("*", caller.account, "arn:aws:iam::%s:root" % caller.account):
                try:
                    probe = caller if mfa_at is None else _with_mfa(caller, mfa_at)
                    self.decide(probe, "sts:AssumeRole", role.arn)
                    return True
                except AwsError:
                    continue
        return False

    def mint(self, kind, seconds, caller):
        session = Session(kind, random_id("ASIA"), int(self.now()) + seconds)
        session.issued = self.now()
        session.user = caller.user
        session.key = caller.key or (caller.session.key if caller.session else None)
        self.sessions[session.id] = session
        return session

    # -- showing -------------------------------------------------------------------------------
    def show(self):
        """Everything, for tests: these secrets protect nothing."""
        return {
            "now": self.now(), "time": iso_time(self.now()), "advanced": self.advanced,
            "skew": self.skew, "settings": self.settings,
            "users": [{
                "account": u.account, "name": u.name, "arn": u.arn, "user_id": u.id,
                "allow": u.allow, "deny": u.deny, "require_mfa": u.require_mfa,
                "keys": [show_key(k) for k in u.keys],
                "mfa": [{"serial": d.serial, "seed": d.seed, "last_step": d.last_step}
                        for d in u.devices]} for u in self.users.values()],
            "roles": [{"account": r.account, "name": r.name, "arn": r.arn, "role_id": r.id,
                       "trust": r.trust, "mfa": r.mfa, "external_id": r.external_id,
                       "max_session": r.max_session} for r in self.roles.values()],
            "sessions": [{
                "kind": s.kind, "id": s.id, "secret": s.secret, "token": s.token,
                "expires": iso_time(s.expires), "expired": self.now() >= s.expires,
                "mfa": s.mfa_at is not None, "chained": s.chained,
                "user": s.user.arn if s.user else None, "role": s.role.arn if s.role else None,
                "key": s.key.id if s.key else None} for s in self.sessions.values()],
        }


def _with_mfa(caller, mfa_at):
    probe = Caller(caller.key, caller.session, caller.service, caller.region)
    probe.mfa_at = mfa_at
    return probe


def show_key(key):
    used = key.used[-1] if key.used else (None, "N/A", "N/A")
    return {"id": key.id, "secret": key.secret, "status": key.status,
            "created": iso_time(key.created), "last_used": used[0] and iso_time(used[0]),
            "last_service": used[1], "last_region": used[2]}


def default_config():
    """The world that is there when nobody describes another."""
    home, other = "111122223333", "444455556666"
    dev = "arn:aws:iam::%s:user/dev" % home
    role = "arn:aws:iam::%s:role/" % home
    return {"accounts": {
        home: {
            "users": {"dev": {"keys": [{"age_days": 97}], "mfa": [{}]},
                      "ci": {"keys": [{"age_days": 12}]}},
            "roles": {"reader": {"trust": [dev, "arn:aws:iam::%s:user/ci" % home],
                                 "max_session": 43200},
                      "admin": {"trust": [dev], "mfa": True},
                      "external": {"trust": [dev], "external_id": "example-external-id"},
                      "chained": {"trust": [role + "reader"], "max_session": 43200}}},
        other: {"users": {"dev": {"keys": [{"age_days": 200}], "mfa": [{}]}}},
    }}
