/* SPDX-License-Identifier: MIT */
#include "tests/fault/world.h"

#include "tests/store/verify_log.h"
#include "tests/fault/disk.h"
#include "vault/audit/append.h"
#include "vault/seal/header/header.h"
#include "vault/seal/record/manifest.h"
#include "vault/seal/record/record.h"
#include "vault/seal/header/rekeyed_header.h"
#include "vault/seal/tlv.h"
#include "vault/store/change/commit.h"
#include "vault/store/file/engine.h"
#include "vault/store/handle.h"
#include "vault/store/rows/rows.h"
#include "vault/store/log/segment.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"
#include "vault/store/witness/witness.h"
#include "vault/store/change/witnessed.h"

#include <dirent.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CREATED = 1700000000, FILLING = 512, SEED_NEXT = 55 };

/* --- random numbers that are not ------------------------------------------------------------ */

static unsigned char seed_bytes[randombytes_SEEDBYTES];
static uint64_t drawn;

static const char *dice_name(void)
{
	return "seeded";
}

static void dice_buf(void *const out, const size_t n)
{
	unsigned char key[randombytes_SEEDBYTES];

	drawn++;
	memcpy(key, seed_bytes, sizeof(key));
	memcpy(key + 16, &drawn, sizeof(drawn));
	randombytes_buf_deterministic(out, n, key);
}

static uint32_t dice_one(void)
{
	uint32_t one;

	dice_buf(&one, sizeof(one));
	return one;
}

static struct randombytes_implementation dice = {
    .implementation_name = dice_name, .random = dice_one, .buf = dice_buf};

void world_seed(uint64_t seed)
{
	drawn = 0;
	memcpy(seed_bytes, &seed, sizeof(seed));
	(void)sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, (int)(seed & 0xffff) + 1,
				   (sqlite3 *)NULL);
}

/* --- the directory and the keys ------------------------------------------------------------- */

_Noreturn void world_fail(const char *what, const struct error *err)
{
	(void)fprintf(stderr, "%s: %s (%s)\n", what, err->message, error_name(err->code));
	abort();
}

static char root[WORLD_PATH_BYTES / 2];

void world_root(void)
{
	struct error none = ERROR_INIT;

	/* In memory: the power cuts of these tests are made, not waited for. */
	(void)snprintf(root, sizeof(root), "%s/credvault-fault-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(root))
		world_fail(root, &none);
}

void world_sweep(void)
{
	char path[WORLD_PATH_BYTES * 4];
	struct dirent *entry;
	DIR *dir = opendir(root);

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", root, entry->d_name);
		(void)chmod(path, 0700);
		files_remove(path);
		if (rmdir(path) != 0)
			(void)unlink(path);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(root);
}

void world_rekey(struct world *world)
{
	unsigned char bytes[SEAL_KEY_BYTES];
	struct error err = ERROR_INIT;

	memset(bytes, world->number + 1, sizeof(bytes));
	if (!secret_set(&world->vault_key, bytes, sizeof(bytes), &err) ||
	    !keys_derive(&world->vault_key, &world->keys, &err))
		world_fail("keys", &err);
}

static void make_header(struct world *world)
{
	struct secret private_key = SECRET_EMPTY;
	struct error err = ERROR_INIT;
	struct slot_vault bound;
	struct header header;
	struct slot slot;

	header_init(&header, &world->vault_key, CREATED);
	bound = header_vault(&header);
	if (!secret_random(&private_key, SEAL_KEY_BYTES, &err) ||
	    !slot_seal_private(&(struct slot_wrapping){&bound, &world->vault_key, CREATED},
			       SLOT_RECOVERY, &private_key, &slot, &err) ||
	    !header_add(&header, &slot, &err) ||
	    !header_encode(&header, &world->vault_key, &world->header, &err))
		world_fail("header", &err);
	secret_clear(&private_key);
}

void world_next(struct world *world)
{
	const struct rekeyed_header rekey = {.passphrases_count = 0};
	struct error err = ERROR_INIT;
	struct header old, next;

	world_seed(SEED_NEXT);
	world->changed = false;
	secret_clear(&world->next_key);
	buf_clear(&world->next_header);
	if (!header_decode(world->header.data, world->header.len, &old, &err) ||
	    !rekeyed_header_make(&old, &world->vault_key, &rekey, &next, &world->next_key, &err) ||
	    !header_encode(&next, &world->next_key, &world->next_header, &err) ||
	    !keys_derive(&world->next_key, &world->next_keys, &err))
		world_fail("next keys", &err);
}

void world_start(struct world *world, unsigned char number)
{
	struct error err = ERROR_INIT;

	*world = (struct world){.number = number,
				.header = BUF_INIT(HEADER_BYTES_MAX),
				.next_header = BUF_INIT(HEADER_BYTES_MAX)};
	(void)randombytes_set_implementation(&dice);
	/* SQLite is configured before anything else is asked of it. */
	if (!secret_open(true, &err) || !engine_start(&err))
		world_fail("start", &err);
	world_seed(1000U + number);
	(void)snprintf(world->directory, sizeof(world->directory), "%s/world-XXXXXX", root);
	if (!mkdtemp(world->directory))
		world_fail(world->directory, &err);
	(void)snprintf(world->path, sizeof(world->path), "%s/%s", world->directory, WORLD_VAULT);
	(void)snprintf(world->state, sizeof(world->state), "%s/" FILES_STATE, world->directory);
	world_rekey(world);
	make_header(world);
}

void world_end(struct world *world)
{
	struct error ignored;

	(void)store_close(world->store, &ignored);
	world->store = NULL;
	files_remove(world->directory);
	(void)rmdir(world->directory);
	keys_clear(&world->keys);
	secret_clear(&world->vault_key);
	buf_clear(&world->header);
	keys_clear(&world->next_keys);
	secret_clear(&world->next_key);
	buf_clear(&world->next_header);
}

/* --- looking -------------------------------------------------------------------------------- */

static bool add_row(void *arg, const struct record_id *id, const struct buf *plain,
		    struct error *err)
{
	crypto_generichash_state *hash = arg;
	const uint64_t numbers[] = {id->table, id->version, id->epoch, plain->len};

	(void)err;
	(void)crypto_generichash_update(hash, id->id, sizeof(id->id));
	(void)crypto_generichash_update(hash, (const unsigned char *)numbers, sizeof(numbers));
	(void)crypto_generichash_update(hash, (const unsigned char *)plain->data, plain->len);
	return true;
}

static bool add_entry(void *arg, uint64_t seq, const struct buf *plain, struct error *err)
{
	crypto_generichash_state *hash = arg;

	(void)err;
	(void)crypto_generichash_update(hash, (const unsigned char *)&seq, sizeof(seq));
	(void)crypto_generichash_update(hash, (const unsigned char *)plain->data, plain->len);
	return true;
}

bool world_read(struct world *world, struct store *store, struct look *look, struct error *err)
{
	/* Aligned for the generic hash, which wants 64 bytes. */
	_Alignas(64) crypto_generichash_state hash;
	const struct manifest *manifest = &store->state.manifest;
	uint64_t numbers[2];

	(void)world;
	(void)crypto_generichash_init(&hash, NULL, 0, sizeof(look->content));
	for (int table = TABLE_KEY; table <= TABLE_SETTINGS; table++) {
		if (!row_each(store, (enum record_table)table, add_row, &hash, err))
			return false;
	}
	if (!segment_each(store, 1, UINT64_MAX, add_entry, &hash, err) || !verify_log(store, err))
		return false;
	(void)crypto_generichash_update(&hash, (const unsigned char *)store->header.data,
					store->header.len);
	look->generation = manifest->generation;
	numbers[0] = look->rows = manifest->rows;
	numbers[1] = manifest->log_count;
	(void)crypto_generichash_update(&hash, (const unsigned char *)numbers, sizeof(numbers));
	(void)crypto_generichash_final(&hash, look->content, sizeof(look->content));
	(void)crypto_generichash_init(&hash, NULL, 0, sizeof(look->manifest));
	(void)crypto_generichash_update(&hash, look->content, sizeof(look->content));
	(void)crypto_generichash_update(&hash, (const unsigned char *)&manifest->generation,
					sizeof(manifest->generation));
	(void)crypto_generichash_update(&hash, manifest->mark_digest,
					sizeof(manifest->mark_digest));
	(void)crypto_generichash_update(&hash, manifest->log_head, sizeof(manifest->log_head));
	(void)crypto_generichash_update(&hash, manifest->root, sizeof(manifest->root));
	(void)crypto_generichash_update(&hash, manifest->header_digest,
					sizeof(manifest->header_digest));
	(void)crypto_generichash_update(&hash, (const unsigned char *)&manifest->updated_at,
					sizeof(manifest->updated_at));
	(void)crypto_generichash_update(&hash, (const unsigned char *)manifest->writer,
					sizeof(manifest->writer));
	(void)crypto_generichash_final(&hash, look->manifest, sizeof(look->manifest));
	return true;
}

/* As the command line does before it gives subkeys away. */
static bool check_header(struct world *world, const struct buf *bytes, const struct keys **keys,
			 struct error *err)
{
	struct header header;
	struct error ignored;

	*keys = &world->keys;
	if (!header_decode(bytes->data, bytes->len, &header, err))
		return false;
	if (world->next_header.len > 0 && header_verify(&header, &world->next_key, &ignored)) {
		*keys = &world->next_keys;
		return true;
	}
	return header_verify(&header, &world->vault_key, err);
}

static bool unlock(struct world *world, struct store *store, const struct keys *keys,
		   struct error *err)
{
	return (!world->witnessed || store_set_witness(store, world->state, err)) &&
	       store_unlock(store, keys, err);
}

void world_look_and_write(struct world *world, struct look *look, struct error *wrote)
{
	struct error err = ERROR_INIT, ignored;
	struct witness_finding finding;
	struct store *store = NULL;
	const struct keys *keys;

	*look = (struct look){.code = ERROR_NONE};
	if (!store_open_waiting(world->path, 0, &store, &err) ||
	    !check_header(world, store_header(store), &keys, &err) ||
	    !unlock(world, store, keys, &err) || !world_read(world, store, look, &err)) {
		look->code = err.code;
		(void)snprintf(look->message, sizeof(look->message), "%.150s", err.message);
	} else if (wrote) {
		struct change change = {.table = TABLE_KEY, .name = "later", .value = 99};

		world_seed(7);
		*wrote = ERROR_INIT;
		(void)!store_commit(store, change_put, &change, wrote);
	}
	if (store && store_finding(store, &finding))
		look->verdict = finding.verdict;
	if (!store_close(store, &ignored) && wrote && wrote->code == ERROR_NONE)
		*wrote = ignored;
}

void world_look(struct world *world, struct look *look)
{
	world_look_and_write(world, look, NULL);
}

bool look_same_content(const struct look *a, const struct look *b)
{
	return look_same_plaintexts(a, b) && a->generation == b->generation;
}

bool look_same_plaintexts(const struct look *a, const struct look *b)
{
	return a->code == ERROR_NONE && b->code == ERROR_NONE &&
	       memcmp(a->content, b->content, sizeof(a->content)) == 0;
}

bool look_same(const struct look *a, const struct look *b)
{
	return look_same_content(a, b) &&
	       memcmp(a->manifest, b->manifest, sizeof(a->manifest)) == 0;
}

/* --- changing ------------------------------------------------------------------------------- */

void world_create(struct world *world)
{
	struct error err = ERROR_INIT;

	if (!store_create(
		&(struct store_new){.path = world->path,
				    .state_directory = world->witnessed ? world->state : NULL,
				    .header = &world->header,
				    .keys = &world->keys,
				    .now = CREATED},
		&world->store, &err))
		world_fail("create", &err);
}

void world_open(struct world *world)
{
	struct error err = ERROR_INIT;

	if (!store_open_waiting(world->path, 0, &world->store, &err) ||
	    !unlock(world, world->store, &world->keys, &err))
		world_fail("open", &err);
}

void world_close(struct world *world)
{
	struct error err = ERROR_INIT;
	bool ok = store_close(world->store, &err);

	world->store = NULL;
	if (!ok)
		world_fail("close", &err);
}

/* What these records say: the name, a number, and so many bytes. */
struct thing {
	char name[64];
	uint64_t value;
	struct buf filling;
};

static const struct tlv_field thing_fields[] = {
    TLV_FIELD(1, TLV_TEXT, TLV_REQUIRED, struct thing, name),
    TLV_FIELD(2, TLV_U64, TLV_REQUIRED, struct thing, value),
    TLV_FIELD_MAX(3, TLV_BUF, TLV_OPTIONAL, struct thing, filling, 32000),
};
static const struct tlv_form thing_form = TLV_FORM("a thing", thing_fields);

bool change_put(struct txn *txn, void *arg, struct error *err)
{
	const struct change *change = arg;
	struct thing thing = {.value = change->value, .filling = BUF_INIT(32768)};
	struct buf plain = ROW_BUF;
	char block[FILLING];
	bool ok = true;

	(void)snprintf(thing.name, sizeof(thing.name), "%s", change->name);
	memset(block, (int)(change->value & 0x7f), sizeof(block));
	while (ok && thing.filling.len < change->bytes)
		ok = buf_append(&thing.filling, block, sizeof(block), err);
	ok = ok && tlv_encode(&thing_form, &thing, &plain, err) &&
	     row_put(txn, change->table, change->name, &plain, NULL, err);
	buf_clear(&plain);
	buf_clear(&thing.filling);
	if (ok && change->decline)
		return error_set(err, ERROR_DECLINED, "no");
	return ok;
}

bool change_delete(struct txn *txn, void *arg, struct error *err)
{
	const struct change *change = arg;

	return row_delete(txn, change->table, change->name, err);
}

bool change_log(struct txn *txn, void *text, struct error *err)
{
	struct audit_entry entry = {.op = AUDIT_OP_EMIT, .time = CREATED};

	audit_text(entry.what, sizeof(entry.what), text);
	audit_text(entry.result, sizeof(entry.result), "OK");
	return audit_append(txn, &entry, err);
}

static void commit(struct world *world, txn_fn *fn, void *arg)
{
	struct error err = ERROR_INIT;

	if (!store_commit(world->store, fn, arg, &err))
		world_fail("commit", &err);
}

void world_put(struct world *world, enum record_table table, const char *name, uint64_t value)
{
	struct change change = {.table = table, .name = name, .value = value};

	commit(world, change_put, &change);
}

void world_delete(struct world *world, enum record_table table, const char *name)
{
	struct change change = {.table = table, .name = name};

	commit(world, change_delete, &change);
}

void world_log(struct world *world, const char *text)
{
	char copy[64];

	(void)snprintf(copy, sizeof(copy), "%s", text);
	commit(world, change_log, copy);
}

void world_furnish(struct world *world)
{
	world_create(world);
	world_put(world, TABLE_KEY, "prod", 1);
	world_put(world, TABLE_KEY, "dev", 2);
	world_log(world, "created");
	world_put(world, TABLE_SETTINGS, "settings", 3);
	world_put(world, TABLE_SESSION, "session", 4);
	world_log(world, "first");
	world_put(world, TABLE_USAGE, "usage", 5);
}
