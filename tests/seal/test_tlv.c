/* SPDX-License-Identifier: MIT */
#include "vault/seal/tlv.h"

#include "tests/seal/fixture.h"

struct sample {
	char name[9];
	unsigned char id[4];
	uint64_t number;
	int64_t when;
	bool flag;
	struct secret secret;
	struct buf text;
};

static const struct tlv_field fields[] = {
    TLV_FIELD(1, TLV_TEXT, TLV_REQUIRED, struct sample, name),
    TLV_FIELD(2, TLV_BYTES, TLV_OPTIONAL, struct sample, id),
    TLV_FIELD(3, TLV_U64, TLV_OPTIONAL, struct sample, number),
    TLV_FIELD(4, TLV_TIME, TLV_OPTIONAL, struct sample, when),
    TLV_FIELD(6, TLV_FLAG, TLV_OPTIONAL, struct sample, flag),
    TLV_FIELD_MAX(7, TLV_SECRET, TLV_OPTIONAL, struct sample, secret, 8),
    TLV_FIELD_MAX(300, TLV_BUF, TLV_OPTIONAL, struct sample, text, 8),
};
enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };
static const struct tlv_form form = TLV_FORM("a sample", fields);

#define NAME "\1\0\1\0\0\0n"

static void clear(struct sample *sample)
{
	secret_clear(&sample->secret);
	buf_clear(&sample->text);
	*sample = (struct sample){0};
}

static bool decode(const void *data, size_t len)
{
	struct sample sample = {0};
	bool ok;

	err = ERROR_INIT;
	ok = tlv_decode(&form, data, len, &sample, &err);
	clear(&sample);
	return ok;
}

static struct sample full(void)
{
	struct sample sample = {.name = "12345678",
				.id = {1, 2, 3, 4},
				.number = UINT64_MAX,
				.when = INT64_MAX,
				.flag = true,
				.text = BUF_INIT(8)};

	assert_good(secret_set(&sample.secret, "s\0cret", 6, &err));
	assert_good(buf_text_append(&sample.text, "token", &err));
	return sample;
}

static void what_was_written_is_read(void **state)
{
	struct sample sample = full(), got = {0};
	struct buf out = BUF_INIT(1024), again = BUF_INIT(1024);

	(void)state;
	assert_good(tlv_encode(&form, &sample, &out, &err));
	assert_good(tlv_decode(&form, out.data, out.len, &got, &err));
	assert_string_equal(got.name, "12345678");
	assert_memory_equal(got.id, sample.id, 4);
	assert_true(got.number == UINT64_MAX && got.when == INT64_MAX && got.flag);
	assert_int_equal(got.secret.len, 6);
	assert_memory_equal(got.secret.data, "s\0cret", 6);
	assert_string_equal(buf_text(&got.text), "token");
	assert_good(tlv_encode(&form, &got, &again, &err));
	assert_int_equal(again.len, out.len);
	assert_memory_equal(again.data, out.data, out.len);
	buf_clear(&out);
	buf_clear(&again);
	clear(&sample);
	clear(&got);
}

static void empty_optional_fields_are_left_out(void **state)
{
	struct sample sample = {.name = "n"};
	struct buf out = BUF_INIT(1024);

	(void)state;
	assert_good(tlv_encode(&form, &sample, &out, &err));
	assert_int_equal(out.len, 7);
	assert_memory_equal(out.data, NAME, 7);
	buf_clear(&out);
}

static void every_truncation_is_refused(void **state)
{
	struct sample sample = full();
	struct buf out = BUF_INIT(1024);
	size_t whole = 0;

	(void)state;
	assert_good(tlv_encode(&form, &sample, &out, &err));
	/* Cut between fields it is another record, which the seal around it refuses. */
	for (size_t len = 0; len < out.len; len++)
		whole += decode(out.data, len);
	assert_int_equal(whole, FIELDS - 1);
	buf_clear(&out);
	clear(&sample);
}

#define ASSERT_BAD(bytes_) assert_refused(decode(bytes_, sizeof(bytes_) - 1), TAMPERED)

static void what_the_writer_would_not_write_is_refused(void **state)
{
	(void)state;
	assert_good(decode(NAME, sizeof(NAME) - 1));
	ASSERT_BAD("");		    /* no name */
	ASSERT_BAD("\1\0\0\0\0\0"); /* empty name */
	ASSERT_BAD("\1\0\x09\0\0\0"
		   "123456789");      /* long name */
	ASSERT_BAD("\1\0\1\0\0\0\n"); /* control character */
	ASSERT_BAD("\1\0\1\0\0\0\x7f");
	ASSERT_BAD("\1\0\2\0\0\0n\0"); /* NUL in a text */
	ASSERT_BAD(NAME NAME);	       /* twice */
	ASSERT_BAD(NAME "\0\0\0\0\0\0");
	ASSERT_BAD("\6\0\1\0\0\0\1" NAME); /* out of order */
	ASSERT_BAD(NAME "\6\0\1\0\0\0\1\3\0\x08\0\0\0\1\0\0\0\0\0\0\0");
	ASSERT_BAD(NAME "\2\0\3\0\0\0\1\2\3");		     /* bytes too few */
	ASSERT_BAD(NAME "\2\0\5\0\0\0\1\2\3\4\5");	     /* too many */
	ASSERT_BAD(NAME "\2\0\4\0\0\0\0\0\0\0");	     /* empty, yet there */
	ASSERT_BAD(NAME "\3\0\x07\0\0\0\1\0\0\0\0\0\0");     /* a number of 7 bytes */
	ASSERT_BAD(NAME "\3\0\x08\0\0\0\0\0\0\0\0\0\0\0");   /* zero, yet there */
	ASSERT_BAD(NAME "\4\0\x08\0\0\0\0\0\0\0\0\0\0\x80"); /* negative time */
	ASSERT_BAD(NAME "\6\0\1\0\0\0\0");		     /* false, yet there */
	ASSERT_BAD(NAME "\6\0\1\0\0\0\2");		     /* neither true nor false */
	ASSERT_BAD(NAME "\6\0\2\0\0\0\1\1");
	ASSERT_BAD(NAME "\7\0\0\0\0\0"); /* empty secret */
	ASSERT_BAD(NAME "\7\0\x09\0\0\0"
			"123456789");	   /* long secret */
	ASSERT_BAD(NAME "\x2c\1\0\0\0\0"); /* empty token */
	ASSERT_BAD(NAME "\x2c\1\x09\0\0\0"
			"123456789");
	ASSERT_BAD(NAME "\7\0\xff\xff\xff\xff"
			"1"); /* length that reaches too far */
	ASSERT_BAD(NAME "\7\0\2\0\0\0"
			"1");
	ASSERT_BAD(NAME "\7\0\1\0\0");
	ASSERT_BAD(NAME "x");
}

static void a_tag_that_is_not_known_was_written_by_a_newer_program(void **state)
{
	static const char *const newer[] = {NAME "\5\0\1\0\0\0x", NAME "\x2d\1\1\0\0\0x",
					    NAME "\5\0\1\0\0\0x\6\0\1\0\0\0\1"};
	static const size_t len[] = {14, 14, 21};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_refused(decode(newer[i], len[i]), NEWER);
		assert_non_null(
		    strstr(err.message, i == 1 ? "field 301 of a sample" : "field 5 of a sample"));
		assert_non_null(strstr(err.hint, "install"));
	}
}

static void what_is_wrong_beside_an_unknown_tag_is_still_wrong(void **state)
{
	(void)state;
	ASSERT_BAD("\5\0\1\0\0\0x");			  /* no name */
	ASSERT_BAD(NAME "\5\0\1\0\0\0x\5\0\1\0\0\0x");	  /* twice */
	ASSERT_BAD(NAME "\5\0\1\0\0\0x\6\0\1\0\0\0\2");	  /* neither true nor false */
	ASSERT_BAD(NAME "\5\0\2\0\0\0x");		  /* cut short */
	ASSERT_BAD(NAME "\x2d\1\1\0\0\0x\6\0\1\0\0\0\1"); /* out of order */
}

static void values_that_do_not_fit_are_not_written(void **state)
{
	struct sample sample = {.name = ""};
	struct buf out = BUF_INIT(1024);

	(void)state;
	assert_refused(tlv_encode(&form, &sample, &out, &err), FAILED);
	sample = (struct sample){.name = "a\nb"};
	assert_refused(tlv_encode(&form, &sample, &out, &err), FAILED);
	memcpy(sample.name, "123456789", 9); /* not terminated */
	assert_refused(tlv_encode(&form, &sample, &out, &err), FAILED);
	sample = (struct sample){.name = "n", .when = -1};
	assert_refused(tlv_encode(&form, &sample, &out, &err), FAILED);
	sample = (struct sample){.name = "n"};
	assert_good(secret_alloc(&sample.secret, 9, &err));
	assert_refused(tlv_encode(&form, &sample, &out, &err), FAILED);
	clear(&sample);
	buf_clear(&out);
}

static void a_required_number_is_written_even_when_zero(void **state)
{
	static const struct tlv_field one[] = {
	    TLV_FIELD(3, TLV_U64, TLV_REQUIRED, struct sample, number)};
	static const struct tlv_form form_of_one = TLV_FORM("a number", one);
	struct sample sample = {.number = 0};
	struct buf out = BUF_INIT(64);

	(void)state;
	assert_good(tlv_encode(&form_of_one, &sample, &out, &err));
	assert_int_equal(out.len, 14);
	assert_good(tlv_decode(&form_of_one, out.data, out.len, &sample, &err));
	assert_refused(tlv_decode(&form_of_one, out.data, 0, &sample, &err), TAMPERED);
	buf_clear(&out);
}

static void a_retired_field_is_read_and_dropped(void **state)
{
	static const struct tlv_field old[] = {
	    TLV_FIELD(1, TLV_TEXT, TLV_REQUIRED, struct sample, name),
	    TLV_FIELD_DROPPED(3, TLV_U64, TLV_RETIRED, 8, "number")};
	static const struct tlv_form form_of_old = TLV_FORM("a sample", old);
	static const char with[] = NAME "\3\0\x08\0\0\0\1\0\0\0\0\0\0\0";
	static const char zero[] = NAME "\3\0\x08\0\0\0\0\0\0\0\0\0\0\0";
	struct sample sample = {.number = 7};
	struct buf out = BUF_INIT(64);

	(void)state;
	assert_good(tlv_decode(&form_of_old, with, sizeof(with) - 1, &sample, &err));
	assert_int_equal(sample.number, 7);
	assert_good(tlv_encode(&form_of_old, &sample, &out, &err));
	assert_int_equal(out.len, 7);
	assert_refused(tlv_decode(&form_of_old, zero, sizeof(zero) - 1, &sample, &err), TAMPERED);
	buf_clear(&out);
}

static void a_retired_field_that_older_programs_require_is_written_as_zero(void **state)
{
	static const struct tlv_field old[] = {
	    TLV_FIELD(1, TLV_TEXT, TLV_REQUIRED, struct sample, name),
	    TLV_FIELD_DROPPED(6, TLV_FLAG, TLV_ZERO, 1, "flag")};
	static const struct tlv_form form_of_old = TLV_FORM("a sample", old);
	static const char with[] = NAME "\6\0\1\0\0\0\1", zero[] = NAME "\6\0\1\0\0\0\0";
	struct sample sample = {.name = ""};
	struct buf out = BUF_INIT(64);

	(void)state;
	assert_good(tlv_decode(&form_of_old, with, sizeof(with) - 1, &sample, &err));
	assert_string_equal(sample.name, "n");
	assert_good(tlv_encode(&form_of_old, &sample, &out, &err));
	assert_int_equal(out.len, sizeof(zero) - 1);
	assert_memory_equal(out.data, zero, sizeof(zero) - 1);
	assert_refused(tlv_decode(&form_of_old, NAME, sizeof(NAME) - 1, &sample, &err), TAMPERED);
	buf_clear(&out);
}

static void a_name_is_found_only_as_the_first_field(void **state)
{
	const char *name = NULL;
	size_t len = 0;

	(void)state;
	assert_good(tlv_name(NAME "rest", 11, &name, &len, &err));
	assert_true(len == 1 && name[0] == 'n');
	assert_refused(tlv_name("\2\0\1\0\0\0n", 7, &name, &len, &err), TAMPERED);
	assert_refused(tlv_name("\1\0\2\0\0\0n", 7, &name, &len, &err), TAMPERED);
	assert_refused(tlv_name("\1\0\0\0\0\0", 6, &name, &len, &err), TAMPERED);
	assert_refused(tlv_name("\1\0\1\0\0\0\0", 7, &name, &len, &err), TAMPERED);
	assert_refused(tlv_name("", 0, &name, &len, &err), TAMPERED);
}

static void random_bytes_never_read_past_their_end(void **state)
{
	unsigned char bytes[64];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t len = secret_random_below(sizeof(bytes) + 1);

		secret_random_bytes(bytes, sizeof(bytes));
		memcpy(bytes, NAME, 7);
		bytes[7] = (unsigned char)(2 + secret_random_below(6));
		bytes[8] = bytes[10] = bytes[11] = bytes[12] = 0;
		if (decode(bytes, len))
			assert_true(len >= 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_written_is_read),
	    cmocka_unit_test(empty_optional_fields_are_left_out),
	    cmocka_unit_test(every_truncation_is_refused),
	    cmocka_unit_test(what_the_writer_would_not_write_is_refused),
	    cmocka_unit_test(a_tag_that_is_not_known_was_written_by_a_newer_program),
	    cmocka_unit_test(what_is_wrong_beside_an_unknown_tag_is_still_wrong),
	    cmocka_unit_test(values_that_do_not_fit_are_not_written),
	    cmocka_unit_test(a_required_number_is_written_even_when_zero),
	    cmocka_unit_test(a_retired_field_is_read_and_dropped),
	    cmocka_unit_test(a_retired_field_that_older_programs_require_is_written_as_zero),
	    cmocka_unit_test(a_name_is_found_only_as_the_first_field),
	    cmocka_unit_test(random_bytes_never_read_past_their_end),
	};

	return FIXTURE_RUN(tests);
}
