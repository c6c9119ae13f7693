# SPDX-License-Identifier: MIT
"""A home of test_setup_files.py: a config file, a credentials file, and who each profile must be afterwards.

	case("named", credentials="[prod]\n%ci%\n", want={"prod": "ci"})

In the texts %NAME% are both key lines of the stand-in's user NAME, who is made as needed (with an MFA device where
NAME begins with "mfa"); %NAME.id% and %NAME.secret% are their values, %NAME.serial% is the device; %session:NAME% are
the lines of a session that lives; %dead% is a key that AWS does not know; %role:NAME% is the ARN of one of ROLES;
%credvault% is the program; %home% the home directory. A file that is None is not there.

want: profile -> who it is, afterwards, for every SDK:
	"ci"             the user, by a session of the vault
	"role:reader"    a role that the vault assumes; "role:reader/mine" under that name
	"=ci", "="       what it was before setup, and not by the vault: this user, nobody
	"~ci"            this user, by the vault or as before
"""

ACCOUNT = "111122223333"
EVERYBODY = [ACCOUNT]
ROLES = {
    "reader": {"trust": EVERYBODY},
    "writer": {"trust": EVERYBODY},
    "second": {"trust": ["arn:aws:iam::%s:role/reader" % ACCOUNT]},
    "external": {"trust": EVERYBODY, "external_id": "a=b,c:d/e@f"},
    "with-mfa": {"trust": EVERYBODY, "mfa": True},
    "long": {"trust": EVERYBODY, "max_session": 43200},
    "of-two": {"trust": ["arn:aws:iam::%s:user/two" % ACCOUNT]},
}
CASES = []


class Case:
    """One home. `before`: what SDKs see ahead of setup, where that is not what `want` says; profile -> as in want.
    `cannot`: who cannot read these files at all, before and afterwards: a judge, or "judge:profile"; `hangs`:
    "judge:profile" that never ends and is not asked. `codes`: profile ->
    the user whose code makes its session. `modes`: file -> its mode. `links`: link -> what it holds. `env`: variables.
    `cli`: the AWS CLI looks too. `same`: files that setup must leave as they are. `status`: what setup may end with."""

    def __init__(self, name, config=None, credentials=None, want=None, **more):
        self.name, self.want = name, want or {}
        self.config, self.credentials = config, credentials
        self.ends = more.pop("ends", None)
        self.before = more.pop("before", {})
        self.cannot = set(more.pop("cannot", ()))
        self.hangs = set(more.pop("hangs", ()))
        self.codes = more.pop("codes", {})
        self.modes = more.pop("modes", {})
        self.links = more.pop("links", {})
        self.hard_links = more.pop("hard_links", {})
        self.env = more.pop("env", {})
        self.cli = more.pop("cli", False)
        self.same = set(more.pop("same", ()))
        self.status = more.pop("status", (0,))
        self.names = more.pop("names", {})    # of the files, below the home directory
        assert not more, more

    def text(self, which):
        """The file's text as the case has it; None: there is none."""
        text = getattr(self, which)
        if isinstance(text, str):
            text = text[1:] if text.startswith("\n") else text
            if self.ends:
                text = text.replace("\n", self.ends)
        return text

    def path(self, which):
        return self.names.get(which, ".aws/" + which)


def case(name, config=None, credentials=None, want=None, **more):
    assert name not in [c.name for c in CASES], name
    CASES.append(Case(name, config, credentials, want, **more))
