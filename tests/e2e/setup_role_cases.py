# SPDX-License-Identifier: MIT
"""Homes with roles, with sources that setup leaves alone, in odd places, with broken lines (setup_case.py)."""

from setup_case import case

# -- roles -------------------------------------------------------------------------------------------------------------

case("a_role", """
[default]
region = eu-west-1
[profile tf]
region = eu-west-1
role_arn = %role:reader%
source_profile = default
""", "[default]\n%ci%\n", {"default": "ci", "tf": "role:reader"}, cli=True)

case("a_role_whose_source_is_named", """
[profile prod]
region = eu-west-1
[profile tf]
role_arn = %role:reader%
source_profile = prod
# behind the role
output = json
""", "[prod]\n%ci%\n", {"prod": "ci", "tf": "role:reader"})

case("a_role_in_the_credentials_file", "[default]\nregion = eu-west-1\n",
     "[default]\n%ci%\n[tf]\nrole_arn = %role:reader%\nsource_profile = default\n", {"default": "ci",
     "tf": "role:reader"},
     before={"tf": "?role:reader"})

case("a_chain_of_roles", """
[profile third]
role_arn = %role:second%
source_profile = middle
[profile middle]
role_arn = %role:reader%
source_profile = base
[profile base]
region = eu-west-1
""", "[base]\n%ci%\n", {"base": "ci", "middle": "role:reader", "third": "role:second"})

case("a_role_by_the_profiles_own_key",
     "[profile tf]\nregion = eu-west-1\nrole_arn = %role:reader%\nsource_profile = tf\n",
     "[tf]\n%ci%\n", {"tf": "role:reader"}, cannot={"js-v2-plain"})

case("a_role_beside_a_key_of_its_own", """
[default]
region = eu-west-1
[profile both]
region = eu-west-1
role_arn = %role:reader%
source_profile = default
""", "[default]\n%ci%\n[both]\n%two%\n", {"default": "ci", "both": "role:reader"})

case("a_chain_that_ends_at_a_key_beside_a_role", """
[profile base]
region = eu-west-1
[profile both]
role_arn = %role:reader%
source_profile = base
[profile tf]
role_arn = %role:of-two%
source_profile = both
""", "[base]\n%ci%\n[both]\n%two%\n", {"base": "ci", "both": "~role:reader", "tf": "~role:of-two"},
     cannot={"js-v2:both"})    # it takes no role by what a process gives

case("a_circle", """
[default]
region = eu-west-1
[profile a]
role_arn = %role:reader%
source_profile = b
[profile b]
role_arn = %role:writer%
source_profile = a
""", "[default]\n%ci%\n", {"default": "ci", "a": "=", "b": "="}, status=(0, 1),
     hangs={"js-v2:a", "js-v2:b"})

case("a_role_without_a_source", "[profile lost]\nrole_arn = %role:reader%\n[profile gone]\nrole_arn = %role:reader%\n"
     "source_profile = nobody\n", "[default]\n%ci%\n", {"default": "ci", "lost": "=", "gone": "="}, status=(0, 1))

case("a_role_with_mfa", """
[default]
region = eu-west-1
mfa_serial = %mfa1.serial%
[profile tf]
region = eu-west-1
role_arn = %role:with-mfa%
source_profile = default
mfa_serial = %mfa1.serial%
""", "[default]\n%mfa1%\n", {"default": "mfa1", "tf": "role:with-mfa"}, before={"tf": "?"}, codes={"default": "mfa1"})

case("a_role_without_region_shares_the_mfa_session", """
[profile prod]
region = eu-west-1
[profile tf]
role_arn = %role:with-mfa%
source_profile = prod
mfa_serial = %mfa2.serial%
[profile tf-us]
region = us-west-2
role_arn = %role:with-mfa%
source_profile = prod
mfa_serial = %mfa2.serial%
""", "[prod]\n%mfa2%\n", {"prod": "mfa2", "tf": "role:with-mfa", "tf-us": "role:with-mfa"}, before={"tf": "?", "tf-us": "?"},
     codes={"prod": "mfa2"})

case("a_device_beside_the_key", "[default]\nregion = eu-west-1\n",
     "[default]\n%mfa3%\nmfa_serial = %mfa3.serial%\n", {"default": "mfa3"},
     codes={"default": "mfa3"})

case("an_external_id",
     "[default]\nregion = eu-west-1\n[profile tf]\nrole_arn=%role:external%\nexternal_id=a=b,c:d/e@f\n"
     "source_profile=default\n",
     "[default]\n%ci%\n", {"default": "ci", "tf": "role:external"})

case("a_duration", """
[default]
region = eu-west-1
[profile short]
role_arn = %role:reader%
source_profile = default
duration_seconds = 1800
[profile hour]
role_arn = %role:long%
source_profile = default
duration_seconds = 3600
""", "[default]\n%ci%\n", {"default": "ci", "short": "role:reader", "hour": "role:long"}, cli=True)

case("a_name_of_the_roles_session", """
[default]
region = eu-west-1
[profile tf]
role_arn = %role:reader%
role_session_name = mine
source_profile = default
""", "[default]\n%ci%\n", {"default": "ci", "tf": "role:reader/mine"})

case("a_role_whose_source_has_a_blank", "[profile tf]\nrole_arn = %role:reader%\nsource_profile = my keys\n",
     "[my keys]\n%ci%\n",
     {"my keys": "ci", "tf": "role:reader"}, cannot={"js-v3:my keys"}, before={"tf": "?"})

case("a_section_of_ours_is_there", """
[profile prod]
region = eu-west-1
role_arn = %role:reader%
source_profile = default

[credvault prod]
# shared with all of the team
role_session_name = team
""", "[default]\n%ci%\n", {"default": "ci", "prod": "role:reader/team"}, before={"prod": "role:reader"})

case("role_lines_with_comments", """
[default]
region = eu-west-1
[profile tf]
# the role
role_arn = %role:reader%
# and from where
source_profile = default
# the region
region = eu-west-1
""", "[default]\n%ci%\n", {"default": "ci", "tf": "role:reader"})

case("roles_crlf", """
[default]
region = eu-west-1
[profile tf]
role_arn = %role:reader%
source_profile = default
""", "[default]\n%ci%\n", {"default": "ci", "tf": "role:reader"}, ends="\r\n")

case("role_lines_at_the_end_without_newline",
     "[default]\nregion = eu-west-1\n[profile tf]\nrole_arn = %role:reader%\nsource_profile = default",
     "[default]\n%ci%", {"default": "ci", "tf": "role:reader"})

case("roles_in_default", "[default]\nrole_arn = %role:reader%\nsource_profile = base\n", "[base]\n%ci%\n",
     {"base": "ci", "default": "role:reader"})

# -- what setup leaves alone -------------------------------------------------------------------------------------------

case("a_sign_in_by_sso", """
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
[profile admin]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
region = eu-west-1
[profile old]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Admin
[profile behind]
role_arn = %role:reader%
source_profile = admin
""", "[default]\n%ci%\n", {"default": "ci", "admin": "=", "old": "=", "behind": "="}, status=(0, 1))

case("web_identity", """
[profile pod]
role_arn = %role:reader%
web_identity_token_file = /nonexistent/token
region = eu-west-1
[default]
region = eu-west-1
""", "[default]\n%ci%\n", {"default": "ci", "pod": "="}, status=(0, 1))

case("a_source_that_is_named", """
[profile instance]
role_arn = %role:reader%
credential_source = Ec2InstanceMetadata
[profile container]
role_arn = %role:reader%
credential_source = EcsContainer
[profile env]
role_arn = %role:reader%
credential_source = Environment
""", "[default]\n%ci%\n", {"default": "ci", "instance": "=", "container": "=", "env": "="}, status=(0, 1))

case("a_process_of_somebody_else",
     "[default]\nregion = eu-west-1\n[profile theirs]\ncredential_process = /bin/cat %home%/theirs.json\n",
     "[default]\n%ci%\n", {"default": "ci", "theirs": "=two"})

case("a_process_of_somebody_else_beside_a_key",
     "[profile prod]\nregion = eu-west-1\ncredential_process = /bin/cat %home%/theirs.json\n",
     "[prod]\n%two%\n", {"prod": "~two"})

case("a_role_behind_somebody_elses_process",
     "[profile theirs]\ncredential_process = /bin/cat %home%/theirs.json\n[profile tf]\n"
     "role_arn = %role:reader%\nsource_profile = theirs\n", "[default]\n%ci%\n",
     {"default": "ci", "theirs": "=two", "tf": "=role:reader"}, status=(0, 1), cannot={"js-v2:tf"})

case("it_is_set_up_by_hand_already",
     "[profile prod]\nregion = eu-west-1\ncredential_process = %credvault% process prod\n[default]\n"
     "region = eu-west-1\n",
     "[default]\n%ci%\n", {"default": "ci", "prod": "="})

case("sso_beside_a_key", """
[profile both]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Admin
region = eu-west-1
""", "[both]\n%two%\n[default]\n%ci%\n", {"default": "ci", "both": "?two"}, status=(0, 1))

# -- where the files are -----------------------------------------------------------------------------------------------

case("files_elsewhere", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "ci"},
     names={"config": "elsewhere/my-config", "credentials": "far/my-keys"},
     env={"AWS_CONFIG_FILE": "%home%/elsewhere/my-config", "AWS_SHARED_CREDENTIALS_FILE": "%home%/far/my-keys"},
     cannot={"js-v2-plain"}, cli=True)

case("the_config_file_elsewhere", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "ci"},
     names={"config": "my config"}, env={"AWS_CONFIG_FILE": "%home%/my config"})

case("links", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "ci"},
     names={"config": "dotfiles/aws-config", "credentials": "dotfiles/secret/aws-credentials"},
     links={".aws/config": "../dotfiles/aws-config", ".aws/credentials": "%home%/dotfiles/secret/aws-credentials"})

case("a_link_to_a_link", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "ci"},
     names={"credentials": "b/c"}, links={".aws/credentials": "../a", "a": "b/d", "b/d": "c"})

case("the_folder_is_a_link", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "ci"},
     names={"config": "real/config", "credentials": "real/credentials"}, links={".aws": "real"})

case("a_file_with_two_names", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "=ci"},
     hard_links={"backup": "credentials"}, same={"config", "credentials"}, status=(1, 2))

case("a_config_file_with_two_names", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "=ci"},
     hard_links={"backup": "config"}, same={"config", "credentials"}, status=(1, 2))

case("mode_0640", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "ci"},
     modes={"config": 0o644, "credentials": 0o640})

case("mode_0400", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "ci"},
     modes={"config": 0o400, "credentials": 0o400})

case("mode_0600", "[default]\nregion = eu-west-1\n", "[default]\n%ci%\n", {"default": "ci"},
     modes={"config": 0o600, "credentials": 0o600})

# -- lines that nobody reads -------------------------------------------------------------------------------------------

case("a_line_without_a_sign", "[default]\nregion = eu-west-1\n", "[broken]\nwhat is this\n%two%\n[default]\n%ci%\n",
     {"default": "ci", "broken": "?two"}, cannot={"botocore"}, status=(0, 1))

case("a_header_without_its_bracket", "[default]\nregion = eu-west-1\n[profile odd\nregion = x\n", "[default]\n%ci%\n",
     {"default": "~ci"}, cannot={"botocore"}, status=(0, 1))

case("a_line_before_the_first_header", "region = eu-west-1\n[profile prod]\noutput = json\n", "[prod]\n%ci%\n",
     {"prod": "~ci"},
     cannot={"botocore"}, status=(0, 1))
