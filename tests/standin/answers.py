# SPDX-License-Identifier: MIT
"""What goes back: AWS errors, and the XML of the Query protocol."""

import datetime

NAMESPACES = {
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}
VERSIONS = {"sts": "2011-06-15", "iam": "2010-05-08"}

STATUS = {
    "AccessDenied": 403, "ExpiredToken": 403, "IncompleteSignature": 400, "InternalFailure": 500,
    "InvalidAction": 400, "InvalidClientTokenId": 403, "InvalidParameterCombination": 400,
    "LimitExceeded": 409, "MalformedQueryString": 400, "MissingAction": 400,
    "MissingAuthenticationToken": 403, "MissingParameter": 400, "NoSuchEntity": 404,
    "OptInRequired": 403, "RegionDisabledException": 403, "RequestExpired": 400,
    "ServiceFailure": 500, "ServiceUnavailable": 503, "SignatureDoesNotMatch": 403,
    "Throttling": 400, "ValidationError": 400,
}


class AwsError(Exception):
    def __init__(self, code, message, status=None):
        super().__init__(message)
        self.code, self.message = code, message
        self.status = status or STATUS.get(code, 400)


class Raw(str):
    """Text that goes into the XML as it is (hostile answers)."""


class Members(list):
    """A list in the Query protocol: each element becomes <member>."""


def escape(text):
    return (text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            .replace("\r", "&#13;"))


def iso_time(seconds):
    """Whole seconds, UTC, rounded down; years past 9999 cannot be written and are not."""
    whole = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    return whole.strftime("%Y-%m-%dT%H:%M:%SZ")


def render(tree):
    """tree: [(name, value)], value a string, a tree, Members of trees, or None (left out)."""
    out = []
    for name, value in tree:
        if value is None:
            continue
        if isinstance(value, Members):
            inner = "".join(["<member>%s</member>" % render(m) for m in value])
        elif isinstance(value, list):
            inner = render(value)
        elif isinstance(value, Raw):
            inner = value
        else:
            inner = escape(value)
        out.append("<%s>%s</%s>" % (name, inner, name))
    return "".join(out)


def success(service, action, result, request_id):
    body = "" if result is None else "<%sResult>%s</%sResult>" % (action, render(result), action)
    return ('<%sResponse xmlns="%s">%s<ResponseMetadata><RequestId>%s</RequestId>'
            '</ResponseMetadata></%sResponse>\n'
            % (action, NAMESPACES[service], body, request_id, action))


def failure(service, error, request_id):
    sender = "Receiver" if error.status >= 500 else "Sender"
    return ('<ErrorResponse xmlns="%s"><Error><Type>%s</Type><Code>%s</Code><Message>%s</Message>'
            '</Error><RequestId>%s</RequestId></ErrorResponse>\n'
            % (NAMESPACES.get(service, NAMESPACES["sts"]), sender, escape(error.code),
               escape(error.message), request_id))
