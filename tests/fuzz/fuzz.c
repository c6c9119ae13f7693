/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "tests/seal/vectors.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/seal/tlv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define X(name_, max_, runs_, vectors_) {#name_, fuzz_##name_, (max_), (runs_), (vectors_)},
const struct fuzz_target fuzz_targets[] = {FUZZ_TARGETS(X)};
#undef X
const size_t fuzz_targets_count = sizeof(fuzz_targets) / sizeof(fuzz_targets[0]);

static unsigned char fuzz_vault_id[SEAL_ID_BYTES];

struct secret fuzz_vault_key;
struct keys fuzz_keys;
const struct seal_ctx fuzz_seal = {.keys = &fuzz_keys, .vault_id = fuzz_vault_id, .epoch = 1};

const struct fuzz_target *fuzz_find(const char *name)
{
	for (size_t i = 0; i < fuzz_targets_count; i++) {
		if (strcmp(fuzz_targets[i].name, name) == 0)
			return &fuzz_targets[i];
	}
	return NULL;
}

void fuzz_open(void)
{
	unsigned char key[SEAL_KEY_BYTES];
	struct error err = ERROR_INIT;

	json_open();
	FUZZ_HOLDS(secret_open(true, &err));
	FUZZ_HOLDS(text_unhex(VECTOR_VK, key, sizeof(key)));
	FUZZ_HOLDS(text_unhex(VECTOR_VAULT, fuzz_vault_id, sizeof(fuzz_vault_id)));
	FUZZ_HOLDS(secret_set(&fuzz_vault_key, key, sizeof(key), &err));
	FUZZ_HOLDS(keys_derive(&fuzz_vault_key, &fuzz_keys, &err));
}

void fuzz_broken(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	FUZZ_HOLDS(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

char *fuzz_line(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size > 0 ? memchr(*data, '\n', *size) : NULL;
	size_t len = end ? (size_t)(end - *data) : *size;
	char *line = fuzz_text(*data, len);

	*data += len + (end ? 1 : 0);
	*size -= len + (end ? 1 : 0);
	return line;
}

bool fuzz_reseal(enum record_table table, const uint8_t *data, size_t size, struct buf *plain)
{
	struct buf sealed = BUF_INIT(RECORD_SEALED_MAX);
	struct record_row row = {.id = {.table = table, .version = 1, .epoch = 1}};
	struct error err = ERROR_INIT;
	const char *at;
	char *name = NULL;
	size_t len;
	bool ok;

	*plain = BUF_INIT(RECORD_PLAIN_MAX + 1);
	ok = buf_append(plain, data, size, &err) &&
	     tlv_name(plain->data, plain->len, &at, &len, &err);
	if (ok)
		name = fuzz_text((const uint8_t *)at, len);
	ok = ok && record_name_index(&fuzz_keys, table, name, row.id.name_index, &err) &&
	     record_seal(&fuzz_seal, &row.id, plain, row.nonce, &sealed, &err);
	if (ok) {
		row.sealed = sealed.data;
		row.sealed_len = sealed.len;
		FUZZ_HOLDS(record_open(&fuzz_seal, &row, name, plain, &err));
		FUZZ_HOLDS(plain->len == size && memcmp(plain->data, data, size) == 0);
	}
	free(name);
	buf_clear(&sealed);
	return ok;
}
