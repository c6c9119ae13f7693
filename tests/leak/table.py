# SPDX-License-Identifier: MIT
"""Which secret may be where, and when. Whatever else is found is a leak."""

import re

SUBKEYS = "subkey-(record|index|manifest|log|mark|root|session|proof)"
SESSION = "session-[a-z]+-(secret|token)"
KEY = "long-term-[a-z]+"

# A place (as Watched.found() names it), the secrets that may be there, and why.
MAY = [
    # An unlocked agent has its subkeys in the guarded arena, and nowhere else; when nobody has used it
    # for a while, no longer those of the keys' records. Of sessions it has nothing in clear.
    (r"live-(?!idle|passwd)[a-z-]+\.\d+\.credvault-agent\.arena", "(old-)?" + SUBKEYS, "unlocked"),
    (r"live-passwd\.\d+\.credvault-agent\.arena", SUBKEYS, "unlocked, after a re-key"),
    (r"live-idle\.\d+\.credvault-agent\.arena", SUBKEYS.replace("record|index|", ""), "idle"),
    # The command line gives subkeys to the agent that it has just started, on a pair of sockets.
    (r"write\.\d+\.credvault\.unix-own", "(old-)?" + SUBKEYS, "the hand-over"),
    # What a person hands in goes to the agent.
    (r"write\.\d+\.credvault\.unix-credvault-agent", KEY + "|mfa-code-.*", "added, or typed"),
    # What was asked for comes back: sessions, and the one key that was revealed.
    (r"write\.\d+\.credvault-agent\.unix-credvault", SESSION + "|long-term-ci", "the answer"),
    (r"write\.\d+\.credvault\.pipe-1", SESSION + "|long-term-ci|recovery-code.*", "the output"),
    # A request carries a session's token and a code, its answer a session; all of it by the courier.
    (r"write\.\d+\.credvault-agent\.unix-credvault-brokr", "session-[a-z]+-token|mfa-code-.*",
     "requests"),
    (r"write\.\d+\.credvault-couri\.inet", "session-[a-z]+-token|mfa-code-.*", "requests"),
    (r"write\.\d+\.credvault-couri\.unix-credvault-brokr", SESSION, "answers"),
    # `exec` puts a session into its command's environment.
    (r"exit\.\d+\.true\.(rest|words)", "session-ci-(secret|token)", "exec"),
]
_RULES = [(re.compile(place), re.compile(secret)) for place, secret, _ in MAY]


def leaks(found):
    """What was found where it may not be."""
    return sorted("%s: %s (%s)" % (place, secret, encoding) for place, secret, encoding in found
                  if not any(p.fullmatch(place) and s.fullmatch(secret) for p, s in _RULES))
