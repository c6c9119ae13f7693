/* SPDX-License-Identifier: MIT */
#include "vault/format/credjson.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "vault/base/process.h"
#include "vault/format/json.h"

static const int64_t expiry = 1795165331;

static void make(struct credentials *c, const char *secret, bool session)
{
	struct error err = ERROR_INIT;

	credentials_init(c);
	(void)snprintf(c->access_key_id, sizeof(c->access_key_id), "%s", "ASIAIOSFODNN7EXAMPLE");
	assert_true(secret_set(&c->secret_access_key, secret, strlen(secret), &err));
	if (!session)
		return;
	assert_true(buf_text_append(&c->session_token, "tok/en==", &err));
	c->expires_at = expiry;
	(void)snprintf(c->region, sizeof(c->region), "%s", "eu-central-1");
	(void)snprintf(c->account_id, sizeof(c->account_id), "%s", "123456789012");
}

static void process_is_one_object_in_the_contracts_spelling(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "wJalrXUtnFEMI/K7MDENG", true);
	assert_true(credjson_process(&c, &out, &err));
	assert_string_equal(
	    buf_text(&out),
	    "{\"Version\":1,\"AccessKeyId\":\"ASIAIOSFODNN7EXAMPLE\",\"SecretAccessKey\":"
	    "\"wJalrXUtnFEMI/K7MDENG\",\"SessionToken\":\"tok/en==\",\"Expiration\":"
	    "\"2026-11-20T09:02:11Z\",\"AccountId\":\"123456789012\"}");
	buf_clear(&out);
	credentials_clear(&c);
}

static void json_has_the_region_too(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "wJalrXUtnFEMI/K7MDENG", true);
	assert_true(credjson_json(&c, &out, &err));
	assert_non_null(strstr(buf_text(&out), "\"2026-11-20T09:02:11Z\",\"Region\":"
					       "\"eu-central-1\",\"AccountId\":\"123456789012\"}"));
	buf_clear(&out);
	credentials_clear(&c);
}

static void what_has_no_value_is_left_out_and_never_empty(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "wJalrXUtnFEMI/K7MDENG", false);
	assert_true(credjson_json(&c, &out, &err));
	assert_string_equal(buf_text(&out),
			    "{\"Version\":1,\"AccessKeyId\":\"ASIAIOSFODNN7EXAMPLE\","
			    "\"SecretAccessKey\":\"wJalrXUtnFEMI/K7MDENG\"}");
	buf_reset(&out);
	assert_true(credjson_env(&c, NULL, &out, &err));
	assert_string_equal(buf_text(&out),
			    "export AWS_ACCESS_KEY_ID='ASIAIOSFODNN7EXAMPLE'\n"
			    "export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG'\n");
	buf_clear(&out);
	credentials_clear(&c);
}

static void quotes_and_backslashes_in_a_secret_survive_json(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;
	json_t *value;

	(void)state;
	make(&c, "a\"b\\c\",\"Version\":2", true);
	assert_true(credjson_process(&c, &out, &err));
	assert_true(json_parse(out.data, out.len, CREDJSON_LIMIT, &value, &err));
	assert_string_equal(json_string_value(json_object_get(value, "SecretAccessKey")),
			    "a\"b\\c\",\"Version\":2");
	assert_int_equal(json_integer_value(json_object_get(value, "Version")), 1);
	json_decref(value);
	buf_clear(&out);
	credentials_clear(&c);
}

/* What a shell makes of the lines: the value of a variable after eval. */
static void evaluate(const struct buf *lines, char *out, size_t size)
{
	char shell[] = "/bin/sh", dash_c[] = "-c", set[2048];
	char script[] = "eval \"$LINES\"; printf %s \"$AWS_SECRET_ACCESS_KEY\"";
	char *const argv[] = {shell, dash_c, script, NULL}, *const envp[] = {set, NULL};
	struct process_fd end = {.to = 1};
	struct error err = ERROR_INIT;
	int ends[2], status = -1;
	ssize_t n;
	pid_t pid;

	(void)snprintf(set, sizeof(set), "LINES=%s", buf_text(lines));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	end.from = ends[1];
	assert_true(process_spawn(
	    &(struct process_child){
		.path = shell, .argv = argv, .envp = envp, .fds = &end, .fds_count = 1},
	    &pid, &err));
	(void)close(ends[1]);
	n = read(ends[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void env_lines_survive_eval_whatever_is_in_them(void **state)
{
	static const char *const nasty[] = {
	    "it's $HOME `id` \\ \"x\"", "'", "''\n#'", "a'; exit 7; 'b", "!history ~ * ? [a] {b}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
		struct buf out = BUF_INIT(CREDJSON_LIMIT);
		struct error err = ERROR_INIT;
		struct credentials c;
		char got[256];

		make(&c, nasty[i], true);
		assert_true(credjson_env(&c, NULL, &out, &err));
		evaluate(&out, got, sizeof(got));
		assert_string_equal(got, nasty[i]);
		buf_clear(&out);
		credentials_clear(&c);
	}
}

static void env_has_the_variables_that_exec_sets(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "secret", true);
	assert_true(credjson_env(&c, "prod", &out, &err));
	assert_string_equal(buf_text(&out),
			    "export AWS_ACCESS_KEY_ID='ASIAIOSFODNN7EXAMPLE'\n"
			    "export AWS_SECRET_ACCESS_KEY='secret'\n"
			    "export AWS_SESSION_TOKEN='tok/en=='\n"
			    "export AWS_CREDENTIAL_EXPIRATION='2026-11-20T09:02:11Z'\n"
			    "export AWS_REGION='eu-central-1'\n"
			    "export AWS_DEFAULT_REGION='eu-central-1'\n"
			    "export AWS_ACCOUNT_ID='123456789012'\n"
			    "export CREDVAULT_PROFILE='prod'\n");
	buf_clear(&out);
	credentials_clear(&c);
}

static void a_failure_leaves_nothing_half_written(void **state)
{
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "wJalrXUtnFEMI/K7MDENG", true);
	for (size_t limit = 4; limit < 200; limit++) {
		struct buf out = BUF_INIT(limit);

		assert_true(buf_append(&out, "kept", 4, &err));
		if (!credjson_process(&c, &out, &err))
			assert_string_equal(buf_text(&out), "kept");
		buf_clear(&out);
		out.limit = limit;
		assert_true(buf_append(&out, "kept", 4, &err));
		if (!credjson_env(&c, NULL, &out, &err))
			assert_string_equal(buf_text(&out), "kept");
		buf_clear(&out);
	}
	credentials_clear(&c);
}

static void what_would_be_cut_or_raw_is_refused(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	credentials_init(&c);
	assert_false(credjson_process(&c, &out, &err));
	assert_false(credjson_env(&c, NULL, &out, &err));
	make(&c, "sec\x1bret", false);
	assert_false(credjson_process(&c, &out, &err));
	c.secret_access_key.data[3] = '\0';
	assert_false(credjson_env(&c, NULL, &out, &err));
	assert_int_equal(out.len, 0);
	assert_null(strstr(err.message, "sec"));
	buf_clear(&out);
	credentials_clear(&c);
}

static void without_its_region_json_is_what_process_has(void **state)
{
	static const char *const secrets[] = {"secret", "a\",\"Region\":\"b",
					      "\\\",\"Region\":\"\\"};

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		for (int session = 0; session < 2; session++) {
			struct buf json = BUF_INIT(CREDJSON_LIMIT),
				   process = BUF_INIT(CREDJSON_LIMIT);
			struct error err = ERROR_INIT;
			struct credentials c;

			make(&c, secrets[i], session);
			assert_true(credjson_json(&c, &json, &err));
			assert_true(credjson_process(&c, &process, &err));
			credjson_drop_region(&json);
			assert_string_equal(buf_text(&json), buf_text(&process));
			assert_int_equal(json.len, process.len);
			buf_clear(&json);
			buf_clear(&process);
			credentials_clear(&c);
		}
	}
}

static int open_all(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	json_open();
	return secret_open(true, &err) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(process_is_one_object_in_the_contracts_spelling),
	    cmocka_unit_test(json_has_the_region_too),
	    cmocka_unit_test(what_has_no_value_is_left_out_and_never_empty),
	    cmocka_unit_test(quotes_and_backslashes_in_a_secret_survive_json),
	    cmocka_unit_test(env_lines_survive_eval_whatever_is_in_them),
	    cmocka_unit_test(env_has_the_variables_that_exec_sets),
	    cmocka_unit_test(a_failure_leaves_nothing_half_written),
	    cmocka_unit_test(without_its_region_json_is_what_process_has),
	    cmocka_unit_test(what_would_be_cut_or_raw_is_refused),
	};

	return cmocka_run_group_tests(tests, open_all, NULL);
}
