/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/ca_bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ONE "-----BEGIN CERTIFICATE-----\nMAowAwIBATAAAwEA\n-----END CERTIFICATE-----\n"

static struct error err;

static struct ca_bundle bundle_of(const char *path, const char *pem)
{
	struct ca_bundle bundle = CA_BUNDLE_EMPTY;

	(void)snprintf(bundle.path, sizeof(bundle.path), "%s", path);
	bundle.pem = BUF_INIT(PEM_AUTHORITIES_MAX);
	assert_true(buf_text_append(&bundle.pem, pem, &err));
	return bundle;
}

static void what_was_written_is_read(void **state)
{
	struct ca_bundle bundle = bundle_of("/etc/own.pem", ONE ONE), read;
	struct buf plain = BUF_INIT(32768);

	(void)state;
	assert_true(ca_bundle_encode(&bundle, &plain, &err));
	assert_true(ca_bundle_decode(plain.data, plain.len, &read, &err));
	assert_string_equal(read.path, "/etc/own.pem");
	assert_string_equal(buf_text(&read.pem), ONE ONE);
	ca_bundle_clear(&read);
	ca_bundle_clear(&bundle);
	buf_clear(&plain);
}

static void what_is_no_bundle_is_not_written(void **state)
{
	static const struct {
		const char *path, *pem;
	} bad[] = {{"own.pem", ONE}, {"", ONE}, {"/own.pem", "none"}, {"/own.pem", ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ca_bundle bundle = bundle_of(bad[i].path, bad[i].pem);
		struct buf plain = BUF_INIT(32768);

		assert_false(ca_bundle_encode(&bundle, &plain, &err));
		assert_int_equal(err.code, ERROR_FAILED);
		ca_bundle_clear(&bundle);
		buf_clear(&plain);
	}
}

static void what_is_cut_or_changed_is_no_bundle(void **state)
{
	struct ca_bundle bundle = bundle_of("/etc/own.pem", ONE), read;
	struct buf plain = BUF_INIT(32768);

	(void)state;
	assert_true(ca_bundle_encode(&bundle, &plain, &err));
	for (size_t len = 0; len < plain.len; len++) {
		assert_false(ca_bundle_decode(plain.data, len, &read, &err));
		assert_int_equal(err.code, ERROR_TAMPERED);
		assert_int_equal(read.pem.len, 0);
	}
	*(char *)memmem(plain.data, plain.len, "MAow", 4) = '%';
	assert_false(ca_bundle_decode(plain.data, plain.len, &read, &err));
	assert_int_equal(err.code, ERROR_TAMPERED);
	ca_bundle_clear(&bundle);
	buf_clear(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_written_is_read),
	    cmocka_unit_test(what_is_no_bundle_is_not_written),
	    cmocka_unit_test(what_is_cut_or_changed_is_no_bundle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
