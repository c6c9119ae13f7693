# SPDX-License-Identifier: MIT
"""The Security Token Service: GetCallerIdentity, GetSessionToken, AssumeRole, GetAccessKeyInfo."""

import json
import re

from .answers import AwsError, iso_time

SERIAL = r"[\w+=/:,.@-]*"
CHAIN_LIMIT = 3600


def _refuse_session(call, action):
    """A GetSessionToken session may call AssumeRole and GetCallerIdentity, nothing else here."""
    session = call.caller.session
    if session and session.kind == "session":
        raise AwsError("AccessDenied", "Cannot call %s with session credentials" % action)


def _credentials(world, session):
    expires = iso_time(session.expires)
    if world.settings["fractions"]:
        expires = expires[:-1] + ".611Z"
    return [("AccessKeyId", session.id), ("SecretAccessKey", session.secret),
            ("SessionToken", session.token), ("Expiration", expires)]


def _note_session(call, session):
    call.note.update(issued=session.id, issued_kind=session.kind,
                     issued_mfa=session.mfa_at is not None, issued_expires=session.expires)


def GetCallerIdentity(call):
    return [("Arn", call.caller.arn), ("UserId", call.caller.id), ("Account", call.caller.account)]


def GetAccessKeyInfo(call):
    key_id = call.params.text("AccessKeyId", 16, 128, r"[\w]*", required=True)
    call.params.check()
    _refuse_session(call, "GetAccessKeyInfo")
    call.world.decide(call.caller, "sts:GetAccessKeyInfo", "*")
    session = call.world.sessions.get(key_id)
    if session:
        return [("Account", (session.role or session.user).account)]
    key = call.world.keys.get(key_id)
    if key is None:
        raise AwsError("ValidationError", "Access key %s is not valid" % key_id)
    return [("Account", key.user.account)]


def GetSessionToken(call):
    seconds = call.params.number("DurationSeconds", 900, 129600, 43200)
    serial = call.params.text("SerialNumber", 9, 256, SERIAL)
    code = call.params.text("TokenCode", 6, 6, r"[\d]*")
    call.params.check()
    caller, world = call.caller, call.world
    if caller.temporary:
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials")
    if caller.user.root:
        seconds = min(seconds, CHAIN_LIMIT)
    mfa_at = world.check_mfa(caller, serial, code)
    session = world.mint("session", seconds, caller)
    session.mfa_at = mfa_at
    _note_session(call, session)
    return [("Credentials", _credentials(world, session))]


def _policies(params):
    policy = params.text("Policy", 1)
    arns = params.members("PolicyArns", 10)
    tags = params.members("Tags", 50)
    transitive = params.members("TransitiveTagKeys", 50)
    for tag in tags:
        if not 1 <= len(tag.get("Key", "")) <= 128 or len(tag.get("Value", "")) > 256 or not re.fullmatch(
                r"[\w \u00a0.:/=+\-@]*", tag.get("Key", "") + tag.get("Value", "")):
            params.problems.append("Value '[...]' at 'tags' failed to satisfy constraint: Member "
                                   "must have a key of 1 to 128 and a value of 0 to 256")
    names = [tag.get("Key", "").lower() for tag in tags]
    if len(set(names)) < len(names):
        raise AwsError("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys "
                       "are case insensitive.")
    if not {key.get("", "").lower() for key in transitive} <= set(names):
        raise AwsError("ValidationError", "The specified transitive tag key must be included in the "
                       "requested tags.")
    return policy, arns, tags


def _check_policy(policy, arns, tags):
    """Returns PackedPolicySize in percent, or None when nothing was passed."""
    if policy is not None:
        try:
            document = json.loads(policy)
            whole = isinstance(document, dict) and "Statement" in document
        except ValueError:
            whole = False
        if not whole:
            raise AwsError("MalformedPolicyDocument", "Syntax errors in policy.")
        if len(policy) > 2048:
            raise AwsError("ValidationError", "1 validation error detected: Value at 'policy' "
                           "failed to satisfy constraint: Member must have length less than or "
                           "equal to 2048")
    packed = len(policy or "") + sum(len(a.get("arn", "")) for a in arns) + \
        sum(len(t.get("Key", "")) + len(t.get("Value", "")) for t in tags)
    if not packed:
        return None
    percent = max(1, packed * 100 // 4096)
    if percent > 100:
        raise AwsError("PackedPolicyTooLarge", "Serialized policy/tags exceed %d%% of the space"
                       % percent)
    return percent


def AssumeRole(call):
    params, caller, world = call.params, call.caller, call.world
    arn = params.text("RoleArn", 20, 2048, r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uFFFF]+",
                      required=True)
    name = params.text("RoleSessionName", 2, 64, r"[\w+=,.@-]*", required=True)
    seconds = params.number("DurationSeconds", 900, 43200, 3600)
    external_id = params.text("ExternalId", 2, 1224, r"[\w+=,.@:\/-]*")
    serial = params.text("SerialNumber", 9, 256, SERIAL)
    code = params.text("TokenCode", 6, 6, r"[\d]*")
    source_identity = params.text("SourceIdentity", 2, 64, r"[\w+=,.@-]*")
    policy, arns, tags = _policies(params)
    params.check()
    match = re.match(r"arn:(aws[a-z-]*):iam::(\d{12}):role/(?:[^\s]*/)?([\w+=,.@-]{1,64})\Z", arn,
                     re.ASCII)
    if not match:
        raise AwsError("ValidationError", "%s is invalid" % arn)
    if getattr(caller.owner, "root", False):
        raise AwsError("AccessDenied", "Roles may not be assumed by root accounts.")
    packed = _check_policy(policy, arns, tags)
    role = world.roles.get((match.group(2), match.group(3)))
    denied = AwsError("AccessDenied", "User: %s is not authorized to perform: sts:AssumeRole on "
                                      "resource: %s" % (caller.arn, arn))
    if role is None or role.arn != arn:
        raise denied
    proved = world.check_mfa(caller, serial, code)
    mfa_at = caller.mfa_at if proved is None else proved
    if not world.trusts(role, caller, external_id, mfa_at):
        raise denied
    # A GetSessionToken session as base counts as chaining, too.
    if caller.temporary and seconds > CHAIN_LIMIT:
        raise AwsError("ValidationError", "The requested DurationSeconds exceeds the 1 hour "
                                          "session limit for roles assumed by role chaining.")
    if seconds > role.max_session:
        raise AwsError("ValidationError", "The requested DurationSeconds exceeds the "
                                          "MaxSessionDuration set for this role.")
    session = world.mint("role", seconds, caller)
    session.role, session.name, session.mfa_at = role, name, None
    session.chained = caller.role is not None
    _note_session(call, session)
    call.note["used_mfa"] = mfa_at is not None
    return [("AssumedRoleUser", [
                ("AssumedRoleId", "%s:%s" % (role.id, name)),
                ("Arn", "arn:aws:sts::%s:assumed-role/%s/%s" % (role.account, role.name, name))]),
            ("Credentials", _credentials(world, session)),
            ("PackedPolicySize", None if packed is None else str(packed)),
            ("SourceIdentity", source_identity)]


OPERATIONS = {f.__name__: f for f in (GetCallerIdentity, GetSessionToken, AssumeRole,
                                      GetAccessKeyInfo)}
