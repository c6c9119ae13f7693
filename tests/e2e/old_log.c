/* SPDX-License-Identifier: MIT */
/*
 * Makes a vault whose log is years old, straight through the store: closed parts of a few entries
 * each, an hour from entry to entry, which end so many days ago, and behind them a closed part of
 * today. The tests of `log --prune` can wait neither for the days nor for thousands of entries. The
 * passphrase is read from standard input.
 */
#include "vault/audit/append.h"
#include "vault/base/clock.h"
#include "vault/base/secret.h"
#include "vault/seal/header/header.h"
#include "vault/seal/header/header_edit.h"
#include "vault/store/change/segment_roll.h"
#include "vault/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { HOUR_S = 3600, DAY_S = 86400, PASSPHRASE_MAX = 1024 };

/* What the log is given, as the arguments say. */
struct aging {
	const char *vault;
	unsigned long parts, each; /* so many old parts of so many entries */
	long days;		   /* the newest of their entries is so old */
};

static bool read_passphrase(struct secret *out, struct error *err)
{
	char line[PASSPHRASE_MAX];
	ssize_t n = read(STDIN_FILENO, line, sizeof(line));

	if (n > 0 && line[n - 1] == '\n')
		n--;
	return n > 0 ? secret_set(out, line, (size_t)n, err)
		     : error_set(err, ERROR_USAGE, "no passphrase on standard input");
}

/* A full part closes when the next entry comes. */
static bool age(struct store *store, const struct aging *aging, struct error *err)
{
	unsigned long old = aging->parts * aging->each, count = old + aging->each + 1;
	int64_t now = clock_real_s(&clock_system), newest = now - (int64_t)aging->days * DAY_S;

	segment_set_limits(store, aging->each, UINT64_MAX / 16);
	for (unsigned long i = 1; i <= count; i++) {
		struct audit_entry entry = audit_entry_at(AUDIT_OP_EMIT, &clock_system);

		entry.time = i > old ? now : newest - (int64_t)(old - i) * HOUR_S;
		entry.expires_at = entry.time + HOUR_S;
		audit_about(&entry, "prod", "AKIAEXAMPLEEXAMPLE22", NULL);
		if (!audit_record(store, &entry, err))
			return false;
	}
	return true;
}

static bool make_header(const struct secret *passphrase, const struct secret *vault_key,
			struct buf *out, struct error *err)
{
	const struct kdf_cost cost = {.memory = KDF_MEMORY_LOW, .passes = KDF_PASSES_LOW};
	uint64_t now = (uint64_t)clock_real_s(&clock_system);
	struct header header;

	header_init(&header, vault_key, now);
	return header_add_passphrase(&header, vault_key, passphrase, &cost, now, err) &&
	       header_encode(&header, vault_key, out, err);
}

static bool run(const struct aging *aging, struct error *err)
{
	struct secret typed = SECRET_EMPTY, vault_key = SECRET_EMPTY;
	struct buf header = BUF_INIT(HEADER_BYTES_MAX);
	struct keys keys = {0};
	struct store *store = NULL;
	struct error ignored;
	bool ok = read_passphrase(&typed, err) && keys_new_vault_key(&vault_key, err) &&
		  make_header(&typed, &vault_key, &header, err) &&
		  keys_derive(&vault_key, &keys, err) &&
		  store_create(&(struct store_new){.path = aging->vault,
						   .header = &header,
						   .keys = &keys,
						   .now = clock_real_s(&clock_system)},
			       &store, err) &&
		  age(store, aging, err);

	if (!store_close(store, ok ? err : &ignored))
		ok = false;
	keys_clear(&keys);
	secret_clear(&vault_key);
	secret_clear(&typed);
	buf_clear(&header);
	return ok;
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct aging aging;

	if (argc != 5) {
		(void)fprintf(stderr, "usage: old_log VAULT PARTS ENTRIES DAYS <PASSPHRASE\n");
		return 2;
	}
	aging = (struct aging){argv[1], strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10),
			       strtol(argv[4], NULL, 10)};
	if (!secret_open(true, &err) || !run(&aging, &err)) {
		(void)fprintf(stderr, "old_log: %s\n", err.message);
		return 1;
	}
	secret_close();
	return 0;
}
