/* SPDX-License-Identifier: MIT */
#include "cli/profile/environment.h"

#include "vault/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct credentials session(void)
{
	struct credentials c = CREDENTIALS_INIT;
	struct error err;

	assert_true(
	    credentials_set(&c,
			    &(struct credentials_text){.access_key_id = "ASIAEXAMPLEEXAMPLE00",
						       .secret = "secretsecretsecretsecret",
						       .secret_len = 24,
						       .session_token = "token/token+token==",
						       .expires_at = INT64_C(1800000000)},
			    1, &err));
	memcpy(c.region, "eu-west-1", 10);
	memcpy(c.account_id, "111122223333", 13);
	return c;
}

static const char *value(const struct environment *e, const char *name)
{
	const char *found = NULL;

	for (size_t i = 0; e->list[i]; i++) {
		if (strncmp(e->list[i], name, strlen(name)) != 0 || e->list[i][strlen(name)] != '=')
			continue;
		assert_null(found);
		found = e->list[i] + strlen(name) + 1;
	}
	return found;
}

static void a_child_with_a_file_gets_its_name_and_no_credentials(void **state)
{
	char config[] = "AWS_CONFIG_FILE=/x", other[] = "AWS_SHARED_CREDENTIALS_FILE=/x";
	char profile[] = "AWS_PROFILE=other", key[] = "AWS_SECRET_ACCESS_KEY=x";
	char *from[] = {config, other, profile, key, NULL};
	struct credentials c = session();
	struct environment e;
	struct error err;

	(void)state;
	assert_true(environment_make_file(from, &c, "prod", "/run/f", &e, &err));
	assert_string_equal(value(&e, "AWS_SHARED_CREDENTIALS_FILE"), "/run/f");
	assert_string_equal(value(&e, "AWS_CONFIG_FILE"), "/dev/null");
	assert_string_equal(value(&e, "AWS_SDK_LOAD_CONFIG"), "1");
	assert_string_equal(value(&e, "AWS_PROFILE"), "prod");
	assert_string_equal(value(&e, "AWS_REGION"), "eu-west-1");
	assert_null(value(&e, "AWS_ACCESS_KEY_ID"));
	assert_null(value(&e, "AWS_SECRET_ACCESS_KEY"));
	assert_null(value(&e, "AWS_SESSION_TOKEN"));
	environment_clear(&e);
	/* Without one the files of the caller are the child's too. */
	assert_true(environment_make(from, &c, "prod", &e, &err));
	assert_string_equal(value(&e, "AWS_CONFIG_FILE"), "/x");
	assert_null(value(&e, "AWS_PROFILE"));
	environment_clear(&e);
	credentials_clear(&c);
}

static void the_child_gets_the_session_in_every_name(void **state)
{
	char path[] = "PATH=/bin";
	char *from[] = {path, NULL};
	struct credentials c = session();
	struct environment e;
	struct error err;

	(void)state;
	assert_true(environment_make(from, &c, "prod", &e, &err));
	assert_string_equal(value(&e, "PATH"), "/bin");
	assert_string_equal(value(&e, "AWS_ACCESS_KEY_ID"), "ASIAEXAMPLEEXAMPLE00");
	assert_string_equal(value(&e, "AWS_SECRET_ACCESS_KEY"), "secretsecretsecretsecret");
	assert_string_equal(value(&e, "AWS_SESSION_TOKEN"), "token/token+token==");
	assert_string_equal(value(&e, "AWS_CREDENTIAL_EXPIRATION"), "2027-01-15T08:00:00Z");
	assert_string_equal(value(&e, "AWS_REGION"), "eu-west-1");
	assert_string_equal(value(&e, "AWS_DEFAULT_REGION"), "eu-west-1");
	assert_string_equal(value(&e, "AWS_ACCOUNT_ID"), "111122223333");
	assert_string_equal(value(&e, "CREDVAULT_PROFILE"), "prod");
	assert_string_equal(value(&e, "AWS_VAULT"), "prod");
	environment_clear(&e);
	environment_clear(&e);
	credentials_clear(&c);
}

static void what_would_outrank_the_session_is_taken_away(void **state)
{
	char a[] = "AWS_PROFILE=x", b[] = "AWS_SECURITY_TOKEN=old", d[] = "AMAZON_REGION=r";
	char f[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI=u", g[] = "CREDVAULT_FILE=/v";
	char h[] = "CREDENTIALS_DIRECTORY=/run/c", i[] = "AWS_ACCESS_KEY_ID=mine";
	char k[] = "AWS_ROLE_ARN=r", l[] = "AWS_SECRET_KEY=s", keep[] = "AWS_CA_BUNDLE=/ca";
	char *from[] = {a, b, d, f, g, h, i, k, l, keep, NULL};
	struct credentials c = session();
	struct environment e;
	struct error err;

	(void)state;
	assert_true(environment_make(from, &c, "prod", &e, &err));
	assert_null(value(&e, "AWS_PROFILE"));
	assert_null(value(&e, "AWS_SECURITY_TOKEN"));
	assert_null(value(&e, "AMAZON_REGION"));
	assert_null(value(&e, "AWS_CONTAINER_CREDENTIALS_FULL_URI"));
	assert_null(value(&e, "CREDVAULT_FILE"));
	assert_null(value(&e, "CREDENTIALS_DIRECTORY"));
	assert_null(value(&e, "AWS_ROLE_ARN"));
	assert_null(value(&e, "AWS_SECRET_KEY"));
	assert_string_equal(value(&e, "AWS_ACCESS_KEY_ID"), "ASIAEXAMPLEEXAMPLE00");
	assert_string_equal(value(&e, "AWS_CA_BUNDLE"), "/ca");
	environment_clear(&e);
	credentials_clear(&c);
}

static void a_name_that_only_begins_alike_stays(void **state)
{
	(void)state;
	assert_false(environment_takes_away("AWS_PROFILE_NOTE=x"));
	assert_false(environment_takes_away("AWS_ACCESS_KEYS=x"));
	assert_false(environment_takes_away("MY_AWS_PROFILE=x"));
	assert_true(environment_takes_away("AWS_PROFILE"));
	assert_true(environment_takes_away("CREDVAULT_ASKPASS=x"));
}

static int open_memory(void **state)
{
	struct error err;

	(void)state;
	return secret_open(true, &err) ? 0 : -1;
}

static int close_memory(void **state)
{
	(void)state;
	secret_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_child_with_a_file_gets_its_name_and_no_credentials),
	    cmocka_unit_test(the_child_gets_the_session_in_every_name),
	    cmocka_unit_test(what_would_outrank_the_session_is_taken_away),
	    cmocka_unit_test(a_name_that_only_begins_alike_stays),
	};

	return cmocka_run_group_tests(tests, open_memory, close_memory);
}
