# SPDX-License-Identifier: MIT
"""Homes with keys, in files of every shape (setup_case.py)."""

from setup_case import case

# -- names and headers -------------------------------------------------------------------------------------------------

case("default_alone", credentials="[default]\n%ci%\n", want={"default": "ci"}, cli=True)

case("default_and_its_region", "[default]\nregion = eu-west-1\noutput = json\n", "[default]\n%ci%\n",
     {"default": "ci"}, cli=True)

case("named", "[profile prod]\nregion = eu-west-1\n", "[prod]\n%ci%\n", {"prod": "ci"}, cli=True)

case("several", """
[default]
region = eu-west-1
[profile one]
region = eu-west-2
[profile two]
region = us-east-1
output = text
""", """
[default]
%ci%
[one]
%one%
[two]
%two%
[three]
%three%
""", {"default": "ci", "one": "one", "two": "two", "three": "three"}, cli=True)

case("profile_default", "[profile default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "ci"})

case("blanks_in_headers_of_the_config_file",
     "[profile   prod]\nregion = eu-west-1\n[ profile two ]\nregion = us-east-1\n",
     "[prod]\n%ci%\n[two]\n%two%\n", {"prod": "ci", "two": "two"})

case("a_tab_in_a_header", "[profile\tprod]\nregion = eu-west-1\n", "[prod]\n%ci%\n", {"prod": "ci"})

case("comments_behind_headers",
     "[profile prod] # ours\nregion = eu-west-1\n[profile two] ; theirs\nregion = us-east-1\n",
     "[prod] # ours\n%ci%\n[two] ; theirs\n%two%\n", {"prod": "ci", "two": "two"})

case("a_name_with_blanks", '[profile "with blank"]\nregion = eu-west-1\n', "[with blank]\n%ci%\n",
     {"with blank": "ci"}, cannot={"js-v3"})

case("a_name_in_unicode", "[default]\nregion = eu-west-1\n", "[größe-世界]\n%ci%\n", {"größe-世界": "ci"})

case("a_name_in_unicode_with_a_section", '[profile "größe"]\nregion = eu-west-1\n', "[größe]\n%ci%\n", {"größe": "ci"})

case("quoted_names", "[profile \"prod\"]\nregion = eu-west-1\n[profile 'two']\nregion = us-east-1\n",
     "[prod]\n%ci%\n[two]\n%two%\n", {"prod": "ci", "two": "two"})

case("every_sign_that_a_name_may_have", "[profile a.b@c+d/e%f:g-h_i]\nregion = eu-west-1\n",
     "[a.b@c+d/e%f:g-h_i]\n%ci%\n", {"a.b@c+d/e%f:g-h_i": "ci"})

case("names_that_differ_in_case", "[profile Prod]\nregion = eu-west-1\n",
     "[prod]\n%ci%\n[Prod]\n%two%\n[PROD]\n%three%\n",
     {"prod": "ci", "Prod": "two", "PROD": "three"})

case("a_name_that_no_vault_takes", credentials="[a$b]\n%ci%\n[good]\n%two%\n", want={"a$b": "=ci", "good": "two"})

case("a_name_as_long_as_may_be", credentials="[" + "n" * 128 + "]\n%ci%\n", want={"n" * 128: "ci"})

case("names_like_words_of_ours", credentials="[process]\n%ci%\n[credvault]\n%two%\n[profile]\n%three%\n",
     want={"process": "ci", "credvault": "two", "profile": "three"})

case("a_name_that_begins_like_an_option", credentials="[-n]\n%ci%\n[--help]\n%two%\n", want={"-n": "~ci",
     "--help": "~two"})

# -- comments, blanks, ends of lines -----------------------------------------------------------------------------------

case("comments_of_every_kind_and_place", """
# A comment at the top.
; And another kind.

[default]
# between header and setting
region = eu-west-1
; behind it

#[profile off]
#region = nowhere
	# an indented one
[profile prod]
   ; another
region = eu-west-2
#
#
""", """
# keys of the company
[default]
# made in 2019
%ci%
; end of default

# -- prod --
[prod]
aws_access_key_id = %two.id%
# the secret comes next
aws_secret_access_key = %two.secret%
# [old]
# aws_access_key_id = AKIAOLDOLDOLDOLDOLD0
""", {"default": "ci", "prod": "two"}, cli=True)

case("comments_behind_values",
     "[default]\nregion = eu-west-1 # Dublin\n[profile prod]\nregion = us-east-1\t; Virginia\n",
     "[default]\naws_access_key_id = %ci.id% # note\naws_secret_access_key = %ci.secret% ; note\n[prod]\n%two%\n",
     {"default": "ci", "prod": "two"}, before={"default": "?ci"})

case("blank_lines_everywhere", "\n\n\n[default]\n\nregion = eu-west-1\n\n\n\n[profile prod]\n\n\noutput = json\n\n\n",
     "\n\n[default]\n\naws_access_key_id = %ci.id%\n\n\naws_secret_access_key = %ci.secret%\n\n\n[prod]\n\n"
     "%two%\n\n\n\n",
     {"default": "ci", "prod": "two"})

case("tabs", "[default]\nregion\t=\teu-west-1\n",
     "[default]\naws_access_key_id\t=\t%ci.id%\t\naws_secret_access_key\t=\t%ci.secret%\n",
     {"default": "ci"})

case("no_blanks_around_the_sign", "[default]\nregion=eu-west-1\n",
     "[default]\naws_access_key_id=%ci.id%\naws_secret_access_key=%ci.secret%\n", {"default": "ci"})

case("white_space_at_the_ends_of_lines",
     "[default]   \nregion = eu-west-1  \t\n   \n[profile prod]\t\noutput = json \n",
     "[default]  \naws_access_key_id = %ci.id%   \naws_secret_access_key = %ci.secret%\t \n  \n[prod]\t\n%two%\n",
     {"default": "ci", "prod": "two"})

case("crlf", """
# comment
[default]
region = eu-west-1

[profile prod]
region = eu-west-2
""", """
[default]
%ci%

[prod]
%two%
""", {"default": "ci", "prod": "two"}, ends="\r\n", cli=True)

case("crlf_in_one_file", "[default]\nregion = eu-west-1\n", "[default]\r\naws_access_key_id = %ci.id%\r\n"
     "aws_secret_access_key = %ci.secret%\r\n[prod]\r\naws_access_key_id = %two.id%\r\n"
     "aws_secret_access_key = %two.secret%\r\n",
     {"default": "ci", "prod": "two"})

case("mixed_ends_of_lines", "[default]\r\nregion = eu-west-1\n\r\n[profile prod]\noutput = json\r\n",
     "[default]\naws_access_key_id = %ci.id%\r\naws_secret_access_key = %ci.secret%\n\r\n[prod]\r\n%two%\n",
     {"default": "ci", "prod": "two"})

case("a_bom", "\ufeff# comment\n[default]\nregion = eu-west-1\n", "\ufeff\n[default]\n%ci%\n[prod]\n%two%\n",
     {"default": "ci", "prod": "two"}, cannot={"botocore"})

case("a_bom_at_a_header", "[default]\nregion = eu-west-1\n", "\ufeff[first]\n%ci%\n[prod]\n%two%\n",
     {"first": "ci", "prod": "two"}, cannot={"botocore", "js-v2:first", "js-v3:first"})

case("no_last_newline", "[default]\nregion = eu-west-1",
     "[default]\naws_access_key_id = %ci.id%\naws_secret_access_key = %ci.secret%",
     {"default": "ci"})

case("no_last_newline_crlf", "[default]\r\nregion = eu-west-1",
     "[default]\r\naws_access_key_id = %ci.id%\r\naws_secret_access_key = %ci.secret%", {"default": "ci"})

case("a_header_at_the_end_without_newline", "[default]\nregion = eu-west-1\n[profile prod]", "[prod]\n%ci%\n",
     {"prod": "ci"})

case("an_empty_config_file", "", "[default]\n%ci%\n", {"default": "ci"})

case("comments_alone_in_the_config_file", "# nothing yet\n\n", "[default]\n%ci%\n[prod]\n%two%\n",
     {"default": "ci", "prod": "two"})

case("an_empty_credentials_file", "[default]\nregion = eu-west-1\n%ci%\n", "", {"default": "ci"})

case("no_credentials_file", "[default]\nregion = eu-west-1\n%ci%\n[profile prod]\n%two%\n", None,
     {"default": "ci", "prod": "two"})

case("indented_settings", "[default]\n  region = eu-west-1\n",
     "[default]\n  aws_access_key_id = %ci.id%\n  aws_secret_access_key = %ci.secret%\n",
     {"default": "ci"})

# -- keys --------------------------------------------------------------------------------------------------------------

case("keys_in_the_config_file",
     "[default]\n%ci%\nregion = eu-west-1\n[profile prod]\nregion = eu-west-2\n%two%\noutput = json\n",
     "[three]\n%three%\n", {"default": "ci", "prod": "two", "three": "three"}, cli=True)

case("the_same_key_in_both_files", "[default]\n%ci%\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "ci"})

case("different_keys_in_both_files", "[default]\n%two%\nregion = eu-west-1\n[profile prod]\n%one%\n",
     "[default]\n%ci%\n",
     {"default": "~ci", "prod": "one"}, status=(0, 1))

case("half_a_key_in_each_file", "[default]\naws_access_key_id = %ci.id%\n",
     "[default]\naws_secret_access_key = %ci.secret%\n",
     {"default": "~ci"}, before={"default": "?ci"}, status=(0, 1), cannot={"botocore"})

case("a_profile_in_the_config_file_alone", "[profile prod]\nregion = eu-west-1\n[profile bare]\noutput = json\n",
     "[two]\n%two%\n",
     {"two": "two", "prod": "=", "bare": "="})

case("the_secret_before_the_id",
     credentials="[default]\naws_secret_access_key = %ci.secret%\naws_access_key_id = %ci.id%\n",
     want={"default": "ci"})

case("key_lines_with_others_between", "[default]\nregion = eu-west-1\n",
     "[default]\naws_access_key_id = %ci.id%\nregion = eu-west-3\n\n# and now\noutput = text\n"
     "aws_secret_access_key = %ci.secret%\n",
     {"default": "ci"})

case("options_in_upper_case", "[default]\nRegion = eu-west-1\n",
     "[default]\nAWS_ACCESS_KEY_ID = %ci.id%\nAws_Secret_Access_Key = %ci.secret%\n[prod]\n%two%\n",
     {"default": "ci", "prod": "two"}, before={"default": "?ci"})

case("a_temporary_key", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n[tmp]\n%session:ci%\n",
     {"default": "ci", "tmp": "=ci"})

case("a_temporary_key_by_its_old_name", credentials="[default]\n%ci%\n[tmp]\n%security:ci%\n",
     want={"default": "ci", "tmp": "=ci"}, cannot={"js-v2:tmp", "js-v3:tmp"})

case("a_temporary_key_alone", "[default]\nregion = eu-west-1\n", "[default]\n%session:ci%\n", {"default": "=ci"},
     same={"config", "credentials"}, status=(0, 1, 3))

case("a_dead_key", "[profile dead]\nregion = eu-west-1\n", "[dead]\n%dead%\n[default]\n%ci%\n",
     {"dead": "=", "default": "ci"}, status=(0, 1))

case("half_a_key",
     credentials="[half]\naws_access_key_id = AKIAEXAMPLEEXAMPLE00\n[default]\n%ci%\n[other]\n"
     "aws_secret_access_key = " +
     "x" * 40 + "\n", want={"half": "=", "other": "=", "default": "ci"}, status=(0, 1))

case("empty_values", "[default]\nregion =\n",
     "[empty]\naws_access_key_id =\naws_secret_access_key =\n[default]\n%ci%\n",
     {"empty": "=", "default": "ci"}, status=(0, 1))

case("one_key_under_two_names", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n[prod]\n%ci%\n[third]\n%ci%\n",
     {"default": "ci", "prod": "ci", "third": "ci"})

case("duplicate_keys", "[default]\nregion = eu-west-1\nregion = eu-west-2\n",
     "[default]\naws_access_key_id = %one.id%\naws_access_key_id = %ci.id%\naws_secret_access_key = %one.secret%\n"
     "aws_secret_access_key = %ci.secret%\n[prod]\n%two%\n", {"default": "~ci", "prod": "two"}, cannot={"botocore"},
     status=(0, 1))

case("duplicate_settings_beside_a_key", "[default]\nregion = eu-west-1\nregion = eu-west-2\n", "[default]\n%ci%\n",
     {"default": "ci"}, cannot={"botocore"})

case("duplicate_sections", "[profile prod]\nregion = eu-west-1\n[profile prod]\noutput = json\n",
     "[prod]\n%one%\n[two]\n%two%\n[prod]\nregion = eu-west-2\n", {"prod": "one", "two": "two"}, cannot={"botocore"})

case("a_key_split_over_two_sections",
     credentials="[prod]\naws_access_key_id = %ci.id%\n[two]\n%two%\n[prod]\naws_secret_access_key = %ci.secret%\n",
     want={"prod": "~ci", "two": "two"}, cannot={"botocore"}, status=(0, 1))

case("one_name_with_two_keys", credentials="[prod]\n%one%\n[prod]\n%two%\n[ok]\n%ci%\n", want={"prod": "~two",
     "ok": "ci"},
     cannot={"botocore"}, status=(0, 1))

case("an_account_id_beside_the_key", "[default]\nregion = eu-west-1\n",
     "[default]\naws_account_id = 111122223333\n%ci%\n",
     {"default": "ci"})

# -- other settings ----------------------------------------------------------------------------------------------------

case("settings_of_the_cli", """
[default]
region = eu-west-1
output = json
cli_pager =
cli_timestamp_format = iso8601
cli_auto_prompt = off
retry_mode = standard
max_attempts = 2
parameter_validation = true
""", "[default]\n%ci%\n", {"default": "ci"}, cli=True)

case("nested_settings", """
[default]
region = eu-west-1
s3 =
  max_concurrent_requests = 20
  addressing_style = path
s3api =
    payload_signing_enabled = true
[profile prod]
s3 =
	use_accelerate_endpoint = false
region = eu-west-2
""", "[default]\n%ci%\n[prod]\n%two%\n", {"default": "ci", "prod": "two"}, cli=True)

case("nested_settings_at_the_end", "[default]\nregion = eu-west-1\ns3 =\n  max_concurrent_requests = 20",
     "[default]\n%ci%\n",
     {"default": "ci"})

case("lines_that_continue",
     "[default]\nregion = eu-west-1\nnote = one\n  two\n  three = 3\n[profile prod]\noutput = json\n",
     "[default]\n%ci%\n[prod]\n%two%\n", {"default": "ci", "prod": "two"})

case("services", """
[default]
region = eu-west-1
services = local
[services local]
s3 =
  endpoint_url = http://127.0.0.1:9
dynamodb =
  endpoint_url = http://127.0.0.1:9
""", "[default]\n%ci%\n", {"default": "ci"})

case("unknown_sections", """
[plugins]
cli_legacy_plugin_path = /nowhere
endpoint = awscli_plugin_endpoint
[preview]
cloudfront = true
[default]
region = eu-west-1
[aws-toolkit]
x = y
[something else]
aws_access_key_id = AKIAEXAMPLEEXAMPLE00
""", "[default]\n%ci%\n[plugins]\nx = y\n", {"default": "ci"})

case("values_with_signs", """
[default]
region = eu-west-1
note = a=b#c;d
[profile tf]
role_arn = %role:external%
source_profile = default
external_id = a=b,c:d/e@f
""", "[default]\n%ci%\nnote = x=y # z = w\n", {"default": "ci", "tf": "role:external"})

case("very_long_lines", "# " + "c" * 70000 + "\n[default]\nregion = eu-west-1\nnote = " + "n" * 60000 + "\n",
     "[default]\n; " + "d" * 50000 + "\n%ci%\nnote = " + "m" * 40000 + "\n", {"default": "ci"})

case("hundreds_of_profiles", "".join("[profile p%d]\nregion = eu-west-1\n\n" % n for n in range(0, 200, 2)),
     "".join("[p%d]\n%%p%d%%\n\n" % (n, n) for n in range(200)), {"p%d" % n: "p%d" % n for n in range(200)})

case("a_secret_on_a_line_of_its_own", "[default]\nregion = eu-west-1\n",
     "[odd]\naws_access_key_id = %two.id%\naws_secret_access_key =\n  %two.secret%\n[default]\n%ci%\n",
     {"odd": "?two", "default": "ci"}, status=(0, 1), cannot={"botocore"})

case("a_line_that_continues_behind_a_key", "[default]\nregion = eu-west-1\n",
     "[odd]\naws_access_key_id = %two.id%\naws_secret_access_key = %two.secret%\n  and = more\nregion = eu-west-2\n"
     "[default]\n%ci%\n", {"odd": "?two", "default": "ci"}, status=(0, 1))

case("default_by_both_spellings", "[default]\nregion = eu-west-1\n[profile default]\noutput = json\n", "[default]\n%ci%\n",
     {"default": "ci"}, cannot={"js-v2"})

case("a_lone_carriage_return_inside", "[default]\nregion = eu-west-1\n# one\rtwo\n", "[default]\n%ci%\n# a\rb\n",
     {"default": "~ci"}, cannot={"botocore"})    # which begins a line there

case("a_profile_of_the_credentials_file_by_its_long_name", "[default]\nregion = eu-west-1\n",
     "[default]\n%ci%\n[profile prod]\n%two%\n", {"default": "ci", "profile prod": "?two"}, status=(0, 1))
