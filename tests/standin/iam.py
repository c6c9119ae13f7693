# SPDX-License-Identifier: MIT
"""Identity and Access Management: access keys, users and MFA devices, read and rotated."""

from .answers import AwsError, Members, iso_time
from .world import matches

NAME = r"[\w+=,.@-]+"
KEY_ID = r"[\w]+"
KEYS_PER_USER = 2


def _target(call):
    """The user a call is about: UserName, or the caller's own for long-term keys."""
    name = call.params.text("UserName", 1, 128, NAME)
    call.params.check()
    caller = call.caller
    if name is None:
        if caller.temporary:
            raise AwsError("ValidationError",
                           "Must specify userName when calling with non-User credentials")
        return caller.user
    return name


def _decided(call, action, target):
    """Permission first, existence second, as AWS does. Returns the user."""
    caller = call.caller
    name = target if isinstance(target, str) else target.name
    if isinstance(target, str) and caller.user.account == caller.account \
            and caller.user.name == name:
        resource = caller.user.arn
    elif isinstance(target, str):
        resource = "user %s" % name
    else:
        resource = target.arn
    call.world.decide(caller, "iam:" + action, resource)
    if isinstance(target, str):
        return call.world.user_named(caller.account, name)
    return target


def _key_of(user, key_id):
    for key in user.keys:
        if key.id == key_id:
            return key
    raise AwsError("NoSuchEntity", "The Access Key with id %s cannot be found." % key_id)


def _page(call, items):
    """(items of this page, marker or None)."""
    asked = call.params.number("MaxItems", 1, 1000, call.world.settings["page_size"])
    marker = call.params.text("Marker", 1)
    call.params.check()
    start = 0
    if marker is not None:
        if not (marker.startswith("m") and marker[1:].isdigit() and int(marker[1:]) <= len(items)):
            raise AwsError("ValidationError", "Invalid Marker.")
        start = int(marker[1:])
    rest = start + asked
    return items[start:rest], ("m%d" % rest if rest < len(items) else None)


def _paged(name, members, marker):
    return [(name, Members(members)), ("IsTruncated", "true" if marker else "false"),
            ("Marker", marker)]


def CreateAccessKey(call):
    user = _decided(call, "CreateAccessKey", _target(call))
    if len(user.keys) >= KEYS_PER_USER:
        raise AwsError("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    key = call.world.create_key(user)
    call.note["issued"] = key.id
    return [("AccessKey", [
        ("UserName", user.name), ("AccessKeyId", key.id), ("Status", key.status),
        ("SecretAccessKey", key.secret), ("CreateDate", iso_time(key.created))])]


def UpdateAccessKey(call):
    key_id = call.params.text("AccessKeyId", 16, 128, KEY_ID, required=True)
    status = call.params.choice("Status", ("Active", "Inactive"))
    user = _decided(call, "UpdateAccessKey", _target(call))
    call.world.set_status(_key_of(user, key_id), status)


def DeleteAccessKey(call):
    key_id = call.params.text("AccessKeyId", 16, 128, KEY_ID, required=True)
    user = _decided(call, "DeleteAccessKey", _target(call))
    call.world.delete_key(_key_of(user, key_id))


def ListAccessKeys(call):
    user = _decided(call, "ListAccessKeys", _target(call))
    now = call.world.now()
    keys, marker = _page(call, [k for k in user.keys if now >= k.listed])
    return [("UserName", user.name)] + _paged("AccessKeyMetadata", [
        [("UserName", user.name), ("AccessKeyId", key.id), ("Status", key.status),
         ("CreateDate", iso_time(key.created))] for key in keys], marker)


def GetAccessKeyLastUsed(call):
    key_id = call.params.text("AccessKeyId", 16, 128, KEY_ID, required=True)
    call.params.check()
    key = call.world.keys.get(key_id)
    call.world.decide(call.caller, "iam:GetAccessKeyLastUsed",
                      key.user.arn if key else "access key %s" % key_id)
    if key is None or key.deleted or key.user.account != call.caller.account:
        raise AwsError("AccessDenied", "User: %s is not authorized to perform: "
                       "iam:GetAccessKeyLastUsed on resource: access key %s"
                       % (call.caller.arn, key_id))
    seen = call.world.now() - call.world.settings["last_used_seconds"]
    used = [u for u in key.used if u[0] <= seen]
    when, service, region = key.told or (used[-1] if used else (None, "N/A", "N/A"))
    return [("UserName", key.user.name), ("AccessKeyLastUsed", [
        ("LastUsedDate", None if when is None else iso_time(when)),
        ("ServiceName", service), ("Region", region)])]


def GetUser(call):
    user = _decided(call, "GetUser", _target(call))
    return [("User", [
        ("Path", user.path), ("UserName", None if user.root else user.name), ("UserId", user.id),
        ("Arn", user.arn), ("CreateDate", iso_time(user.created))])]


def ListMFADevices(call):
    user = _decided(call, "ListMFADevices", _target(call))
    devices, marker = _page(call, user.devices)
    return _paged("MFADevices", [
        [("UserName", user.name), ("SerialNumber", device.serial),
         ("EnableDate", iso_time(device.enabled))] for device in devices], marker)


def SimulatePrincipalPolicy(call):
    arn = call.params.text("PolicySourceArn", 20, 2048, required=True)
    actions = [m.get("", "") for m in call.params.members("ActionNames", 100)]
    call.params.check()
    call.world.decide(call.caller, "iam:SimulatePrincipalPolicy", arn)
    for user in call.world.users.values():
        if user.arn == arn and user.account == call.caller.account:
            break
    else:
        raise AwsError("NoSuchEntity", "The entity %s cannot be found." % arn)

    def decision(action):
        if matches(user.deny, action):
            return "explicitDeny"
        return "allowed" if matches(user.allow, action) else "implicitDeny"
    return [("IsTruncated", "false"), ("EvaluationResults", Members([
        [("EvalActionName", action), ("EvalResourceName", "*"),
         ("EvalDecision", decision(action))] for action in actions]))]


OPERATIONS = {f.__name__: f for f in (
    CreateAccessKey, UpdateAccessKey, DeleteAccessKey, ListAccessKeys, GetAccessKeyLastUsed,
    GetUser, ListMFADevices, SimulatePrincipalPolicy)}
