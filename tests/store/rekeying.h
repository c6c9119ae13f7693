/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_STORE_REKEYING_H
#define CV_TESTS_STORE_REKEYING_H

#include "tests/store/verify_log.h"
#include "tests/store/fixture.h"
#include "vault/seal/header/header_edit.h"
#include "vault/seal/header/recovery_code.h"
#include "vault/seal/header/rekeyed_header.h"
#include "vault/store/change/rekey.h"

/** A vault with something of everything in it, and what it is re-keyed to. */

/** The vault's next vault key, its subkeys and header. */
struct fresh {
	struct secret key;
	struct keys keys;
	struct buf header;
};

static UNUSED struct fresh fresh_of(const struct vault *vault)
{
	const struct rekeyed_header rekey = {.passphrases_count = 0};
	struct fresh fresh = {.header = BUF_INIT(HEADER_BYTES_MAX)};
	struct header old, next;

	REQUIRE(header_decode(vault->header.data, vault->header.len, &old, err));
	REQUIRE(rekeyed_header_make(&old, &vault->key, &rekey, &next, &fresh.key, err));
	REQUIRE(header_encode(&next, &fresh.key, &fresh.header, err));
	REQUIRE(keys_derive(&fresh.key, &fresh.keys, err));
	return fresh;
}

static UNUSED void fresh_clear(struct fresh *fresh)
{
	secret_clear(&fresh->key);
	keys_clear(&fresh->keys);
	buf_clear(&fresh->header);
}

/* The fixture's vault is from now on the one under the new key. */
static UNUSED void adopt(struct vault *vault, struct fresh *fresh)
{
	secret_move(&vault->key, &fresh->key);
	keys_move(&vault->keys, &fresh->keys);
	buf_clear(&vault->header);
	vault->header = fresh->header;
	fresh->header = BUF_INIT(HEADER_BYTES_MAX);
}

static UNUSED void rekey(struct vault *vault)
{
	struct fresh fresh = fresh_of(vault);
	bool changed = false;

	REQUIRE(store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, err));
	assert_true(changed);
	adopt(vault, &fresh);
}

static UNUSED struct buf with_one_slot_more(const struct vault *vault)
{
	struct buf out = BUF_INIT(HEADER_BYTES_MAX);
	struct secret code = SECRET_EMPTY;
	struct header header;

	REQUIRE(header_decode(vault->header.data, vault->header.len, &header, err));
	REQUIRE(recovery_code_new(&code, err));
	REQUIRE(header_add_recovery(&header, &vault->key, &code, 1800000000, err));
	REQUIRE(header_encode(&header, &vault->key, &out, err));
	secret_clear(&code);
	return out;
}

static UNUSED void fill(struct vault *vault)
{
	put(vault, TABLE_KEY, "prod", 1);
	put(vault, TABLE_KEY, "dev", 2);
	put(vault, TABLE_KEY, "dev", 3);
	put(vault, TABLE_SESSION, "5e5510", 4);
	put(vault, TABLE_USAGE, "use", 5);
	put(vault, TABLE_MFA, "arn", 6);
	append(vault, "one");
	append(vault, "two");
}

static UNUSED void assert_filled(struct vault *vault)
{
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 1);
	assert_int_equal(value_of(vault, TABLE_KEY, "dev"), 3);
	assert_int_equal(value_of(vault, TABLE_SESSION, "5e5510"), 4);
	assert_int_equal(value_of(vault, TABLE_USAGE, "use"), 5);
	assert_int_equal(value_of(vault, TABLE_MFA, "arn"), 6);
	REQUIRE(verify_log(vault->store, err));
}

#endif
