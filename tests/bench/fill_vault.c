/* SPDX-License-Identifier: MIT */
/*
 * Puts made-up keys into a locked vault, straight through the store and without asking AWS: what is
 * measured with very many keys has to come from somewhere. The passphrase is read from standard
 * input.
 */
#include "vault/base/clock.h"
#include "vault/base/secret.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/header/header.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 5000, SECRET_LEN = 40, ID_LEN = 16, DAY_S = 86400, PASSPHRASE_MAX = 1024 };

struct batch {
	unsigned long first, end;
	int64_t now;
};

static void random_text(const char *alphabet, unsigned int letters, char *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = alphabet[secret_random_below(letters)];
	out[len] = '\0';
}

static bool put_one(struct txn *txn, unsigned long number, int64_t now, struct error *err)
{
	char secret[SECRET_LEN + 1], id[ID_LEN + 1];
	struct buf plain = ROW_BUF;
	struct access_key key;
	bool ok;

	access_key_init(&key);
	random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32, id, ID_LEN);
	random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64, secret,
		    SECRET_LEN);
	(void)snprintf(key.name, sizeof(key.name), "team-%03lu/service-%06lu", number % 997,
		       number);
	(void)snprintf(key.access_key_id, sizeof(key.access_key_id), "AKIA%s", id);
	(void)snprintf(key.account_id, sizeof(key.account_id), "%012lu",
		       111100000000 + number % 50);
	(void)snprintf(key.user_name, sizeof(key.user_name), "service-%06lu", number);
	(void)snprintf(key.arn, sizeof(key.arn), "arn:aws:iam::%s:user/services/%s", key.account_id,
		       key.user_name);
	(void)snprintf(key.region, sizeof(key.region), "eu-central-1");
	key.created_at = now - (int64_t)secret_random_below(60) * DAY_S;
	key.added_at = now;
	ok = secret_set(&key.secret, secret, SECRET_LEN, err) &&
	     access_key_encode(&key, &plain, err) &&
	     row_put(txn, TABLE_KEY, key.name, &plain, NULL, err);
	access_key_clear(&key);
	buf_clear(&plain);
	return ok;
}

static bool put_batch(struct txn *txn, void *arg, struct error *err)
{
	const struct batch *batch = arg;

	for (unsigned long number = batch->first; number < batch->end; number++) {
		if (!put_one(txn, number, batch->now, err))
			return false;
	}
	return true;
}

static bool read_passphrase(struct secret *out, struct error *err)
{
	char line[PASSPHRASE_MAX];
	ssize_t n = read(STDIN_FILENO, line, sizeof(line));

	if (n > 0 && line[n - 1] == '\n')
		n--;
	return n > 0 ? secret_set(out, line, (size_t)n, err)
		     : error_set(err, ERROR_USAGE, "no passphrase on standard input");
}

static bool fill(const char *path, unsigned long count, struct error *err)
{
	struct secret typed = SECRET_EMPTY, vault_key = SECRET_EMPTY;
	struct keys keys = {0};
	struct store *store = NULL;
	struct header header;
	struct error ignored;
	size_t slot;
	bool ok = read_passphrase(&typed, err) && store_open(path, &store, err) &&
		  header_open(store_header(store), &typed, &header, &vault_key, &slot, err) &&
		  keys_derive(&vault_key, &keys, err) && store_unlock(store, &keys, err);

	for (unsigned long first = 0; ok && first < count; first += BATCH) {
		struct batch batch = {.first = first,
				      .end = first + BATCH < count ? first + BATCH : count,
				      .now = clock_real_s(&clock_system)};

		ok = store_commit(store, put_batch, &batch, err);
	}
	if (!store_close(store, ok ? err : &ignored))
		ok = false;
	keys_clear(&keys);
	secret_clear(&vault_key);
	secret_clear(&typed);
	return ok;
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;

	if (argc != 3) {
		fprintf(stderr, "usage: fill_vault VAULT COUNT <PASSPHRASE\n");
		return 2;
	}
	if (!secret_open(true, &err) || !fill(argv[1], strtoul(argv[2], NULL, 10), &err)) {
		fprintf(stderr, "fill_vault: %s\n", err.message);
		return 1;
	}
	secret_close();
	return 0;
}
