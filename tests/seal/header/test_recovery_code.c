/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/recovery_code.h"

#include "tests/seal/fixture.h"

static void parse(const char *text)
{
	struct secret code = SECRET_EMPTY;

	assert_true(recovery_code_looks(text, strlen(text)));
	assert_good(recovery_code_parse(text, strlen(text), &code, &err));
	assert_hex(code.data, code.len, VECTOR_CODE);
	secret_clear(&code);
}

static void refuse(const char *text)
{
	struct secret code = SECRET_EMPTY;

	assert_refused(recovery_code_parse(text, strlen(text), &code, &err), USAGE);
	assert_int_equal(code.len, 0);
}

static void the_text_and_the_private_key_are_the_frozen_ones(void **state)
{
	char text[RECOVERY_CODE_TEXT_BYTES];
	struct secret code = SECRET_EMPTY, key = SECRET_EMPTY;

	(void)state;
	assert_good(secret_alloc(&code, RECOVERY_CODE_BYTES, &err));
	unhex(VECTOR_CODE, code.data, code.len);
	recovery_code_format(&code, text);
	assert_string_equal(text, VECTOR_CODE_TEXT);
	assert_int_equal(strlen(text), RECOVERY_CODE_TEXT_BYTES - 1);
	assert_good(recovery_code_private_key(&code, vault_id, &key, &err));
	assert_hex(key.data, key.len, VECTOR_RECOVERY_KEY);
	secret_clear(&code);
	secret_clear(&key);
}

static void a_fresh_code_survives_the_way_over_paper(void **state)
{
	char text[RECOVERY_CODE_TEXT_BYTES];
	struct secret code = SECRET_EMPTY, got = SECRET_EMPTY;

	(void)state;
	for (int i = 0; i < 200; i++) {
		assert_good(recovery_code_new(&code, &err));
		recovery_code_format(&code, text);
		assert_good(recovery_code_parse(text, strlen(text), &got, &err));
		assert_memory_equal(code.data, got.data, RECOVERY_CODE_BYTES);
	}
	secret_clear(&code);
	secret_clear(&got);
}

/* The frozen code is CV-M2GT-58X4-MPKA-FA59-NANT-SBDE-NYRB-3CNK-M8. */
static void people_may_write_it_as_they_like(void **state)
{
	(void)state;
	parse("cv-m2gt-58x4-mpka-fa59-nant-sbde-nyrb-3cnk-m8");
	parse("CVM2GT58X4MPKAFA59NANTSBDENYRB3CNKM8");
	parse("M2GT58X4MPKAFA59NANTSBDENYRB3CNKM8");
	parse("  cv m2gt 58x4 mpka fa59 nant sbde nyrb 3cnk m8 ");
	parse("CV-M2-GT58X4-MPKA-FA59-NANTSBDE-NYRB-3CNK-M-8-");
}

static void letters_that_look_like_digits_are_digits(void **state)
{
	struct secret zeros = SECRET_EMPTY, ones = SECRET_EMPTY, got = SECRET_EMPTY;
	char text[RECOVERY_CODE_TEXT_BYTES];

	(void)state;
	assert_good(secret_alloc(&zeros, RECOVERY_CODE_BYTES, &err));
	recovery_code_format(&zeros, text);
	memcpy(text + 3, "OoO0", 4);
	assert_good(recovery_code_parse(text, strlen(text), &got, &err));
	assert_memory_equal(got.data, zeros.data, RECOVERY_CODE_BYTES);
	assert_good(secret_alloc(&ones, RECOVERY_CODE_BYTES, &err));
	/* 00001 00001 00001 00001 ... */
	for (int i = 0; i < RECOVERY_CODE_BYTES; i += 5)
		memcpy(ones.data + i, "\x08\x42\x10\x84\x21", 5);
	recovery_code_format(&ones, text);
	assert_memory_equal(text, "CV-1111-", 8);
	memcpy(text + 3, "IilL", 4);
	assert_good(recovery_code_parse(text, strlen(text), &got, &err));
	assert_memory_equal(got.data, ones.data, RECOVERY_CODE_BYTES);
	secret_clear(&zeros);
	secret_clear(&ones);
	secret_clear(&got);
}

static void nearly_every_wrong_character_is_noticed(void **state)
{
	struct secret code = SECRET_EMPTY;
	char text[] = VECTOR_CODE_TEXT;
	int missed = 0, tried = 0;

	(void)state;
	for (size_t i = 3; i < sizeof(text) - 1; i++) {
		char was = text[i];

		if (was == '-')
			continue;
		for (const char *c = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; *c; c++) {
			if (*c == was)
				continue;
			text[i] = *c;
			tried++;
			missed += recovery_code_parse(text, strlen(text), &code, &err);
			secret_clear(&code);
		}
		text[i] = was;
	}
	/* Ten bits of check: one in a thousand slips through and is then simply a wrong code. */
	assert_true(tried > 1000 && missed < 10);
}

static void two_swapped_groups_are_noticed(void **state)
{
	(void)state;
	refuse("CV-58X4-M2GT-MPKA-FA59-NANT-SBDE-NYRB-3CNK-M8");
	refuse("CV-M2GT-58X4-MPKA-FA59-NANT-SBDE-NYRB-3CNK-8M");
}

static void what_has_not_the_shape_is_no_code(void **state)
{
	static const char *const bad[] = {
	    "",
	    "CV",
	    "correct horse battery staple",
	    "CV-M2GT-58X4-MPKA-FA59-NANT-SBDE-NYRB-3CNK-M",
	    "CV-M2GT-58X4-MPKA-FA59-NANT-SBDE-NYRB-3CNK-M80",
	    "CW-M2GT-58X4-MPKA-FA59-NANT-SBDE-NYRB-3CNK-M8",
	    "CV-M2GT-58X4-MPKA-FA59-NANT-SBDE-NYRB-3CNK-U8",
	    "CV-M2GT-58X4-MPKA-FA59-NANT-SBDE-NYRB-3CNK-M\xc3",
	    "CV_M2GT_58X4_MPKA_FA59_NANT_SBDE_NYRB_3CNK_M8",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(recovery_code_looks(bad[i], strlen(bad[i])));
		refuse(bad[i]);
	}
}

static void a_code_is_another_key_in_another_vault(void **state)
{
	struct secret code = SECRET_EMPTY, one = SECRET_EMPTY, other = SECRET_EMPTY;
	unsigned char id[SEAL_ID_BYTES] = {0};

	(void)state;
	assert_good(recovery_code_new(&code, &err));
	assert_good(recovery_code_private_key(&code, vault_id, &one, &err));
	assert_good(recovery_code_private_key(&code, id, &other, &err));
	assert_memory_not_equal(one.data, other.data, SEAL_KEY_BYTES);
	secret_clear(&code);
	assert_refused(recovery_code_private_key(&code, vault_id, &one, &err), FAILED);
	secret_clear(&one);
	secret_clear(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_text_and_the_private_key_are_the_frozen_ones),
	    cmocka_unit_test(a_fresh_code_survives_the_way_over_paper),
	    cmocka_unit_test(people_may_write_it_as_they_like),
	    cmocka_unit_test(letters_that_look_like_digits_are_digits),
	    cmocka_unit_test(nearly_every_wrong_character_is_noticed),
	    cmocka_unit_test(two_swapped_groups_are_noticed),
	    cmocka_unit_test(what_has_not_the_shape_is_no_code),
	    cmocka_unit_test(a_code_is_another_key_in_another_vault),
	};

	return FIXTURE_RUN(tests);
}
