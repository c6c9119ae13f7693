/* SPDX-License-Identifier: MIT */
#include "vault/format/pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* SEQUENCE { SEQUENCE { INTEGER n }, SEQUENCE {}, BIT STRING }: the frame of a certificate. */
#define BLOCK(base64_) "-----BEGIN CERTIFICATE-----\n" base64_ "\n-----END CERTIFICATE-----\n"
#define ONE	       BLOCK("MAowAwIBATAAAwEA")
#define TWO	       BLOCK("MAowAwIBAjAAAwEA")

static struct error err;

static struct buf text_of(const char *text)
{
	struct buf buf = BUF_INIT(PEM_FILE_MAX);

	assert_true(buf_text_append(&buf, text, &err));
	return buf;
}

static bool check(const char *text, size_t *count)
{
	struct buf buf = text_of(text);
	bool ok = pem_check("/etc/own.pem", &buf, count, &err);

	buf_clear(&buf);
	return ok;
}

static void certificates_are_counted_with_any_text_between_them(void **state)
{
	size_t count;

	(void)state;
	assert_true(check("# ours\n" ONE "Issuer: somebody\r\n" TWO, &count));
	assert_int_equal(count, 2);
	assert_true(check(BLOCK("MAowAwIB\r\n  ATAAAwEA"), &count));
	assert_int_equal(count, 1);
}

static void what_is_no_certificate_is_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
	    {"", "holds no certificate"},
	    {"nothing\n", "holds no certificate"},
	    {BLOCK(""), "damaged"},
	    {BLOCK("MAowAwIBATAAAwE"), "damaged"},
	    {BLOCK("MAowAwIBATAAAwE="), "damaged"},
	    {BLOCK("MAowAwIBATAAAwEAMAA="), "damaged"},
	    {BLOCK("MIQBAAAAMAowAwIBATAAAwEA"), "damaged"},
	    {BLOCK("MAwwAwIBATAAAwEABQA="), "damaged"},
	    {BLOCK("MAowAwIBATAAAwE%"), "damaged"},
	    {BLOCK("MA=wAwIBATAAAwEA"), "damaged"},
	    {BLOCK("BAIAAA=="), "damaged"},
	    {"-----BEGIN CERTIFICATE-----\nMAowAwIBATAAAwEA\n", "damaged"},
	    {"-----BEGIN CERTIFICATE", "damaged"},
	    {ONE "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n",
	     "what is no certificate: EC PRIVATE KEY"},
	    {"-----BEGIN A\033[2J-----\n-----END A-----\n", "what is no certificate: A\\x1b[2J"},
	};
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(check(bad[i].text, &count));
		assert_int_equal(err.code, ERROR_USAGE);
		if (!strstr(err.message, bad[i].says))
			fail_msg("%s: %s", bad[i].text, err.message);
	}
}

static void only_what_the_system_lacks_is_taken_once_and_without_the_rest(void **state)
{
	struct buf text = text_of("# ours\n" ONE TWO BLOCK("MAow\nAwIBAjAA\nAwEA"));
	struct buf system = text_of(BLOCK("not read") "x" BLOCK("MAowAwIB\nATAAAwEA"));
	struct buf out = BUF_INIT(PEM_AUTHORITIES_MAX);
	size_t count;

	(void)state;
	assert_true(pem_lacking("f", &text, &system, &out, &count, &err));
	assert_int_equal(count, 1);
	assert_string_equal(buf_text(&out), TWO);
	buf_reset(&out);
	buf_reset(&system);
	assert_true(pem_lacking("f", &text, &system, &out, &count, &err));
	assert_int_equal(count, 2);
	assert_string_equal(buf_text(&out), ONE TWO);
	buf_clear(&text);
	buf_clear(&system);
	buf_clear(&out);
}

static void more_than_a_vault_takes_is_refused(void **state)
{
	struct buf text = BUF_INIT(PEM_FILE_MAX), none = BUF_INIT(16);
	struct buf out = BUF_INIT(PEM_AUTHORITIES_MAX);
	size_t count;

	(void)state;
	/* Each has a number of its own. */
	for (int i = 0; i < 400; i++) {
		static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
					      "yz0123456789+/";

		assert_true(buf_printf(&text, &err,
				       "-----BEGIN CERTIFICATE-----\nMAswBAIC%cA%cwAAMBAA==\n"
				       "-----END CERTIFICATE-----\n",
				       letters[i % 64], letters[i / 64 * 4]));
	}
	assert_false(pem_lacking("f", &text, &none, &out, &count, &err));
	assert_non_null(strstr(err.message, "more than 24 KiB"));
	buf_clear(&text);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(certificates_are_counted_with_any_text_between_them),
	    cmocka_unit_test(what_is_no_certificate_is_refused),
	    cmocka_unit_test(only_what_the_system_lacks_is_taken_once_and_without_the_rest),
	    cmocka_unit_test(more_than_a_vault_takes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
