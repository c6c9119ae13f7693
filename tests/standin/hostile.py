# SPDX-License-Identifier: MIT
"""Well-formed answers whose values mean harm, by name: {"kind": "hostile", "case": NAME}.

Each entry says which fields of the real answer to set, remove or repeat, wherever they stand
in it. With raw, the text goes into the XML unescaped, so it may be ill-formed as well.
"""

ESCAPES = "\u009b2J\u009b31mowned\u009d0;title\u009c\u007f\u0085"
BIDI = "\u202e\u2066gnp.\u2069\u200b\ufeff"
SHELL = "AKIA$(touch x);`id`|&\"'><\\ "

HOSTILE = {
    "expiration-past": {"set": {"Expiration": "2001-01-01T00:00:00Z"}},
    "expiration-now": {"set": {"Expiration": "1970-01-01T00:00:00Z"}},
    "expiration-9999": {"set": {"Expiration": "9999-12-31T23:59:59Z"}},
    "expiration-five-digits": {"set": {"Expiration": "99999-01-01T00:00:00Z"}},
    "expiration-number": {"set": {"Expiration": "1795000000"}},
    "expiration-words": {"set": {"Expiration": "soon"}},
    "expiration-offset": {"set": {"Expiration": "2031-01-01T00:00:00+14:00"}},
    "expiration-no-such-day": {"set": {"Expiration": "2031-02-30T25:61:61Z"}},
    "expiration-empty": {"set": {"Expiration": ""}},
    "expiration-missing": {"remove": ["Expiration"]},
    "secret-quotes": {"set": {"SecretAccessKey": "a'b\"c$(id)`id`\\d${HOME}!e"}},
    "secret-newline": {"set": {"SecretAccessKey": "abc\nexport LD_PRELOAD=/x\n#"}},
    "secret-empty": {"set": {"SecretAccessKey": ""}},
    "secret-missing": {"remove": ["SecretAccessKey"]},
    "secret-long": {"set": {"SecretAccessKey": "s" * 100000}},
    "secret-markup": {"set": {"SecretAccessKey": "]]><a/>&amp;"}},
    "key-shell": {"set": {"AccessKeyId": SHELL}},
    "key-newline": {"set": {"AccessKeyId": "ASIAEXAMPLE\nASIAEXAMPLE2"}},
    "key-empty": {"set": {"AccessKeyId": ""}},
    "key-missing": {"remove": ["AccessKeyId"]},
    "key-long": {"set": {"AccessKeyId": "ASIA" + "A" * 5000}},
    "key-lowercase": {"set": {"AccessKeyId": "asiaexample234567"}},
    "key-not-ascii": {"set": {"AccessKeyId": "ASIA\u0415XAMPLE234567AB"}},
    "token-missing": {"remove": ["SessionToken"]},
    "token-empty": {"set": {"SessionToken": ""}},
    "token-long": {"set": {"SessionToken": "t" * 200000}},
    "token-shell": {"set": {"SessionToken": "IQoJ'; touch x; '\"$(id)"}},
    "token-header": {"set": {"SessionToken": "IQoJ\r\nX-Injected: 1"}},
    "token-wrapped": {"raw": True, "set": {"SessionToken": "AQoEXAMPLE/+\n      abcd\n      ef=="}},
    "control": {"set": {"Arn": "arn:aws:iam::111122223333:user/" + ESCAPES,
                        "UserName": ESCAPES, "SerialNumber": ESCAPES, "AccessKeyId": ESCAPES,
                        "SessionToken": ESCAPES, "SecretAccessKey": ESCAPES,
                        "Account": ESCAPES, "UserId": ESCAPES}},
    "control-ill-formed": {"raw": True, "set": {"Arn": "&#27;[2J&#7;&#0;", "AccessKeyId": "&#27;c",
                                                "UserName": "&#27;]0;x&#7;"}},
    "nul-bytes": {"raw": True, "set": {"Arn": "arn\x00x", "AccessKeyId": "ASIA\x00"}},
    "bidi": {"set": {"Arn": "arn:aws:iam::111122223333:user/" + BIDI, "UserName": BIDI,
                     "SerialNumber": "arn:aws:iam::111122223333:mfa/" + BIDI}},
    "arn-long": {"set": {"Arn": "arn:aws:iam::111122223333:user/" + "a" * 100000}},
    "arn-newline": {"set": {"Arn": "arn:aws:iam::111122223333:user/a\nb"}},
    "arn-other": {"set": {"Arn": "arn:aws:iam::999988887777:user/mallory",
                          "Account": "999988887777", "UserId": "AIDAEXAMPLEMALLORY222"}},
    "arn-words": {"set": {"Arn": "not an arn"}},
    "account-words": {"set": {"Account": "twelve digits"}},
    "account-missing": {"remove": ["Account"]},
    "status-unknown": {"set": {"Status": "Expired"}},
    "status-missing": {"remove": ["Status"]},
    "create-date-words": {"set": {"CreateDate": "yesterday"}},
    "create-date-missing": {"remove": ["CreateDate"]},
    "credentials-missing": {"remove": ["Credentials", "AccessKey"]},
    "credentials-text": {"set": {"Credentials": "none today", "AccessKey": "none today",
                                 "AccessKeyMetadata": "none today"}},
    "credentials-twice": {"duplicate": ["Credentials", "AccessKey"]},
    "fields-twice": {"duplicate": ["AccessKeyId", "SecretAccessKey", "SessionToken",
                                   "Expiration", "Arn"]},
    "wrong-types": {"raw": True, "set": {
        "AccessKeyId": "<a><b/></a>", "SecretAccessKey": "<member>x</member>",
        "Expiration": "<year>2031</year>", "Arn": "<a/>", "IsTruncated": "<a/>"}},
    "truncated-for-ever": {"set": {"IsTruncated": "true"}},
    "comments": {"raw": True, "set": {"AccessKeyId": "ASIA<!-- x -->EXAMPLE",
                                      "Arn": "<![CDATA[arn:aws]]>:iam<?x y?>"}},
}
