# SPDX-License-Identifier: MIT
"""Limits of parameters, with AWS's kind of sentences (all of them ValidationError, 400)."""

import re

from .answers import AwsError


class Params:
    """The parameters of one call. Problems add up; check() raises them as one error."""

    def __init__(self, values):
        self.values = values
        self.problems = []

    def _problem(self, name, value, rule):
        shown = "null" if value is None else "'%s'" % value
        member = name[0].lower() + name[1:]
        self.problems.append("Value %s at '%s' failed to satisfy constraint: Member must %s"
                             % (shown, member, rule))

    def text(self, name, low=None, high=None, pattern=None, required=False):
        value = self.values.get(name)
        if value is None:
            if required:
                self._problem(name, None, "not be null")
            return None
        if high is not None and len(value) > high:
            self._problem(name, value, "have length less than or equal to %d" % high)
        if low is not None and len(value) < low:
            self._problem(name, value, "have length greater than or equal to %d" % low)
        if pattern is not None and not re.match("(?:%s)\\Z" % pattern, value, re.ASCII):
            self._problem(name, value, "satisfy regular expression pattern: " + pattern)
        return value

    def number(self, name, low, high, default=None):
        value = self.values.get(name)
        if value is None:
            return default
        if not re.match(r"-?\d{1,9}\Z", value, re.ASCII):
            raise AwsError("MalformedInput" if not value else "ValidationError",
                           "Invalid value '%s' for %s: not a number" % (value, name))
        number = int(value)
        if number > high:
            self._problem(name, value, "have value less than or equal to %d" % high)
        if number < low:
            self._problem(name, value, "have value greater than or equal to %d" % low)
        return number

    def choice(self, name, choices):
        value = self.values.get(name)
        if value not in choices:
            self._problem(name, value, "satisfy enum value set: [%s]" % ", ".join(choices))
        return value

    def members(self, name, high):
        """Values of Name.member.1, .2 … (or Name.member.1.Key …) by index."""
        found = {}
        prefix = name + ".member."
        for key, value in self.values.items():
            if key.startswith(prefix):
                index, _, field = key[len(prefix):].partition(".")
                found.setdefault(index, {})[field] = value
        if len(found) > high:
            self._problem(name, "[...]", "have length less than or equal to %d" % high)
        return [found[i] for i in sorted(found, key=lambda i: int(i) if i.isdigit() else 0)]

    def check(self):
        count = len(self.problems)
        if count:
            raise AwsError("ValidationError", "%d validation error%s detected: %s" % (
                count, "" if count == 1 else "s", "; ".join(self.problems)))
