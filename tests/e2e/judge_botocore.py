#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""botocore as a judge of many homes in one process; as js/judge_v2.js."""

import json
import os
import re
import sys
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.session

URL = sys.argv[1]
BODY = "Action=GetCallerIdentity&Version=2011-06-15"


class Session(botocore.session.Session):
    """This botocore takes an endpoint for the roles it assumes from nowhere else."""

    def create_client(self, service_name, *args, **more):
        more.setdefault("endpoint_url", URL)
        more["region_name"] = more.get("region_name") or "eu-west-1"
        return super().create_client(service_name, *args, **more)


def identify(profile):
    os.environ["AWS_PROFILE"] = profile
    found = Session().get_credentials()
    if found is None:
        raise LookupError("no credentials")
    frozen = found.get_frozen_credentials()
    request = botocore.awsrequest.AWSRequest(
        "POST", URL, data=BODY, headers={"Content-Type": "application/x-www-form-urlencoded"})
    botocore.auth.SigV4Auth(frozen, "sts", "eu-west-1").add_auth(request)
    with urllib.request.urlopen(urllib.request.Request(
            URL, BODY.encode(), dict(request.headers.items()))) as answer:
        arn = re.search("<Arn>(.*)</Arn>", answer.read().decode()).group(1)
    return {"arn": arn, "id": frozen.access_key}


def parse():
    return Session().full_config["profiles"]


def attempt(function, *args):
    try:
        return function(*args)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the judgement
        return {"error": "%s: %s" % (type(error).__name__, error)}


def enter(env):
    os.environ.clear()
    os.environ.update(env)


def main():
    answer = {}
    for home in json.load(sys.stdin):
        judged = {}
        for profile in home["profiles"]:
            enter(home["env"])
            judged[profile] = attempt(identify, profile)
        enter(home["env"])
        answer[home["name"]] = {"profiles": judged, "parsed": attempt(parse)}
    json.dump(answer, sys.stdout)


main()
