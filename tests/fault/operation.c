/* SPDX-License-Identifier: MIT */
#include "tests/fault/operation.h"

#include "vault/seal/header/header.h"
#include "vault/seal/header/header_edit.h"
#include "vault/seal/header/recovery_code.h"
#include "vault/store/backup/copy.h"
#include "vault/store/backup/staged.h"
#include "vault/store/change/batch.h"
#include "vault/store/change/commit.h"
#include "vault/store/change/rekey.h"
#include "vault/store/change/segment_roll.h"
#include "vault/store/file/new_file.h"
#include "vault/store/log/segment.h"
#include "vault/store/log/segment_prune.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"
#include "vault/store/witness/witness.h"
#include "vault/store/change/witnessed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE_BYTES = 24 * 1024, SEED_ACT = 77, SEED_BASE = 5, MANY = 16 };

static bool act_create(struct world *world, struct error *err)
{
	return store_create(
	    &(struct store_new){.path = world->path,
				.state_directory = world->witnessed ? world->state : NULL,
				.header = &world->header,
				.keys = &world->keys,
				.now = 1700000000},
	    &world->store, err);
}

static bool act_open(struct world *world, struct error *err)
{
	return store_open_waiting(world->path, 0, &world->store, err) &&
	       (!world->witnessed || store_set_witness(world->store, world->state, err)) &&
	       store_unlock(world->store, &world->keys, err);
}

static bool act_add(struct world *world, struct error *err)
{
	struct change change = {.table = TABLE_KEY, .name = "new", .value = 10};

	return store_commit(world->store, change_put, &change, err);
}

static bool act_replace(struct world *world, struct error *err)
{
	struct change change = {.table = TABLE_KEY, .name = "prod", .value = 11, .bytes = 6000};

	return store_commit(world->store, change_put, &change, err);
}

static bool act_delete(struct world *world, struct error *err)
{
	struct change change = {.table = TABLE_KEY, .name = "dev"};

	return store_commit(world->store, change_delete, &change, err);
}

static bool act_log(struct world *world, struct error *err)
{
	char text[] = "one more";

	return store_commit(world->store, change_log, text, err);
}

static bool act_usage(struct world *world, struct error *err)
{
	struct change change = {.table = TABLE_USAGE, .name = "usage", .value = 12};

	return store_commit(world->store, change_put, &change, err);
}

/* What an emission commits: the session, when its key was last used, and the entry. */
static bool emission(struct txn *txn, void *arg, struct error *err)
{
	struct change session = {.table = TABLE_SESSION, .name = "another", .value = 13},
		      usage = {.table = TABLE_USAGE, .name = "usage", .value = 14};

	return change_put(txn, &session, err) && change_put(txn, &usage, err) &&
	       change_log(txn, arg, err);
}

static bool act_emit(struct world *world, struct error *err)
{
	char text[] = "emitted";

	return store_commit(world->store, emission, text, err);
}

/* Three callers who met in one batch; the second thinks better of it. */
static bool act_group(struct world *world, struct error *err)
{
	struct change first = {.table = TABLE_KEY, .name = "one", .value = 15},
		      second = {.table = TABLE_KEY, .name = "two", .value = 16, .decline = true};
	struct error errs[3];
	char text[] = "three";
	struct waiter list[] = {{.fn = change_put, .arg = &first, .err = &errs[0]},
				{.fn = change_put, .arg = &second, .err = &errs[1]},
				{.fn = change_log, .arg = text, .err = &errs[2]}};
	struct waiter *const waiters[] = {&list[0], &list[1], &list[2]};

	batch_run(world->store, waiters, 3);
	if (list[0].ok != list[2].ok)
		world_fail("half a batch", &errs[list[0].ok ? 2 : 0]);
	if (!list[0].ok)
		*err = errs[0];
	return list[0].ok;
}

static bool act_checkpoint(struct world *world, struct error *err)
{
	return store_checkpoint(world->store, err);
}

static bool act_close(struct world *world, struct error *err)
{
	struct store *store = world->store;

	world->store = NULL;
	return store_close(store, err);
}

static bool put_many(struct txn *txn, void *arg, struct error *err)
{
	const unsigned int *range = arg;

	for (unsigned int i = range[0]; i < range[1]; i++) {
		char name[16];
		struct change change = {
		    .table = TABLE_SESSION, .name = name, .value = i, .bytes = LARGE_BYTES};

		(void)snprintf(name, sizeof(name), "large%u", i);
		if (!change_put(txn, &change, err))
			return false;
	}
	return true;
}

/* More than SQLite's page cache holds, so that it writes before the commit. */
static bool act_large(struct world *world, struct error *err)
{
	unsigned int range[] = {0, MANY + MANY / 2};

	return store_commit(world->store, put_many, range, err);
}

static void prepare_change(struct world *world)
{
	world_put(world, TABLE_KEY, "before", 20);
}

static void prepare_many(struct world *world)
{
	struct error err = ERROR_INIT;

	for (unsigned int i = 0; i < 5; i++) {
		unsigned int range[] = {i * MANY, (i + 1) * MANY};

		if (!store_commit(world->store, put_many, range, &err))
			world_fail("prepare", &err);
	}
}

/* The journal's limit is passed: SQLite checkpoints by itself within the commit. */
static bool act_over(struct world *world, struct error *err)
{
	unsigned int range[] = {80, 83};

	return store_commit(world->store, put_many, range, err);
}

/* The vault's next key and header; a child derives them again. */
static void prepare_next(struct world *world)
{
	world_next(world);
}

/* What is changed already has only to be erased and marked. */
static bool settle(struct world *world, struct error *err)
{
	return store_checkpoint(world->store, err) && store_mark(world->store, err);
}

static bool act_rekey(struct world *world, struct error *err)
{
	char text[] = "re-keyed";
	const struct rekey_also also = {change_log, text};

	if (world->changed)
		return settle(world, err);
	return store_rekey(world->store, &world->next_header, &world->next_keys, &also,
			   &world->changed, err);
}

static bool act_header(struct world *world, struct error *err)
{
	struct buf bytes = BUF_INIT(HEADER_BYTES_MAX);
	struct secret code = SECRET_EMPTY;
	char text[] = "one slot more";
	const struct rekey_also also = {change_log, text};
	struct header header;
	bool ok;

	if (world->changed)
		return settle(world, err);
	ok = header_decode(world->header.data, world->header.len, &header, err) &&
	     recovery_code_new(&code, err) &&
	     header_add_recovery(&header, &world->vault_key, &code, 1800000000, err) &&
	     header_encode(&header, &world->vault_key, &bytes, err) &&
	     store_set_header(world->store, &bytes, &also, &world->changed, err);
	secret_clear(&code);
	buf_clear(&bytes);
	return ok;
}

/* Two entries lie in the log's first part; it is full with them, and the next commit closes it. */
static void prepare_roll(struct world *world)
{
	segment_set_limits(world->store, 2, UINT64_MAX / 16);
}

/* Only the first of what is logged within a second is marked at once. */
static void prepare_lag(struct world *world)
{
	world_log(world, "marked");
	world_log(world, "not marked yet");
}

static bool act_mark(struct world *world, struct error *err)
{
	return store_mark(world->store, err);
}

/* Two parts are closed; the first is to go. */
static void prepare_prune(struct world *world)
{
	prepare_roll(world);
	world_log(world, "closes the first part");
	world_log(world, "fills the second");
	world_log(world, "closes the second");
}

static bool prune(struct txn *txn, void *arg, struct error *err)
{
	struct log_anchor *anchor = arg;
	char text[] = "pruned";

	anchor->entry = segment_next(txn);
	return change_log(txn, text, err) && segment_prune_put(txn, anchor, err);
}

static bool act_prune(struct world *world, struct error *err)
{
	struct log_anchor anchor = {.parts = 1, .pruned_at = 1700000000, .until = 1600000000};

	if (!store_commit(world->store, prune, &anchor, err))
		return false;
	segment_prune_finish(world->store, &anchor);
	return true;
}

/* The copy that `backup` leaves beside the vault: it changes nothing of the vault. */
static bool act_copy(struct world *world, struct error *err)
{
	struct copy_facts facts;
	char path[WORLD_PATH_BYTES + 32];

	(void)snprintf(path, sizeof(path), "%s.copy-1", world->path);
	new_file_remove(path);
	return copy_write(world->store, path, &facts, err);
}

enum { RESTORE_TRIES = 3 };

static bool act_restore(struct world *world, struct error *err)
{
	struct staged staged;
	char path[WORLD_PATH_BYTES + 32];

	(void)snprintf(path, sizeof(path), "%s.copy-1", world->path);
	if (!staged_open(path, &world->keys, &staged, err) ||
	    !staged_install(&staged, world->path, err))
		return false;
	/* The vault is in its place: what fails behind that, --accept-rollback does again. */
	for (int i = 0; i < RESTORE_TRIES; i++) {
		*err = ERROR_INIT;
		if (act_open(world, err))
			return true;
		world_close(world);
	}
	return false;
}

enum { AGREES = OPERATION_WITNESS | OPERATION_MARKS };

const struct operation operations[] = {
    {"create", BASE_NOTHING, NULL, act_create, true, 1, false, 0},
    {"open with a full journal", BASE_HOT, NULL, act_open, true, 1, false, 0},
    {"add", BASE_CLOSED, NULL, act_add, false, 1, false, 0},
    {"replace", BASE_CLOSED, prepare_change, act_replace, false, 1, false, 0},
    {"delete", BASE_CLOSED, NULL, act_delete, false, 1, false, 0},
    {"log append", BASE_CLOSED, NULL, act_log, false, 1, false, 0},
    {"usage", BASE_CLOSED, prepare_change, act_usage, false, 1, false, 0},
    {"emission", BASE_CLOSED, prepare_change, act_emit, false, 1, false, 0},
    {"batch of three", BASE_CLOSED, NULL, act_group, false, 1, false, 0},
    {"checkpoint", BASE_CLOSED, prepare_change, act_checkpoint, false, 1, false, 0},
    {"close", BASE_CLOSED, prepare_change, act_close, false, 1, false, 0},
    {"large", BASE_CLOSED, NULL, act_large, false, 1, true, 0},
    {"journal at its limit", BASE_CLOSED, prepare_many, act_over, false, 4, true, 0},
    {"new header", BASE_CLOSED, prepare_next, act_header, false, 1, false, 0},
    {"re-key", BASE_CLOSED, prepare_next, act_rekey, false, 1, false, 0},
    {"roll", BASE_CLOSED, prepare_roll, act_log, false, 1, false, OPERATION_ROLLS},
    {"prune", BASE_CLOSED, prepare_prune, act_prune, false, 1, false, 0},
    {"prune, witnessed", BASE_CLOSED, prepare_prune, act_prune, false, 1, false, AGREES},
    {"create, witnessed", BASE_NOTHING, NULL, act_create, true, 1, false, AGREES},
    {"open, witnessed", BASE_HOT, NULL, act_open, true, 1, false, AGREES},
    {"add, witnessed", BASE_CLOSED, NULL, act_add, false, 1, false, AGREES},
    {"log append, witnessed", BASE_CLOSED, NULL, act_log, false, 1, false, OPERATION_WITNESS},
    {"mark that lags", BASE_CLOSED, prepare_lag, act_mark, false, 1, false, AGREES},
    {"close, witnessed", BASE_CLOSED, prepare_lag, act_close, false, 1, false, AGREES},
    {"new header, witnessed", BASE_CLOSED, prepare_next, act_header, false, 1, false, AGREES},
    {"re-key, witnessed", BASE_CLOSED, prepare_next, act_rekey, false, 1, false,
     AGREES | OPERATION_REKEYS},
    {"copy for a backup", BASE_CLOSED, NULL, act_copy, false, 1, false, 0},
    {"restore where no vault is", BASE_LOST, NULL, act_restore, true, 1, false, 0},
    {"roll, witnessed", BASE_CLOSED, prepare_roll, act_replace, false, 1, false,
     AGREES | OPERATION_ROLLS},
};
const size_t operations_count = sizeof(operations) / sizeof(operations[0]);

bool operation_fits(const struct operation *operation)
{
	return !operation->heavy || !getenv("CREDVAULT_UNDER_VALGRIND");
}

/* The vault is gone, and lies beside its place as a backup. */
static void lose(struct world *world)
{
	char path[WORLD_PATH_BYTES + 32];

	(void)snprintf(path, sizeof(path), "%s.copy-1", world->path);
	if (rename(world->path, path) != 0)
		abort();
}

void operation_base(struct world *world, const struct operation *operation, struct files *files)
{
	files_remove(world->directory);
	files->count = 0;
	world->witnessed = (operation->also & OPERATION_WITNESS) != 0;
	world->changed = false;
	if (operation->base == BASE_NOTHING)
		return;
	world_seed(SEED_BASE);
	world_furnish(world);
	if (operation->base == BASE_HOT)
		files_read(world->directory, files);
	world_close(world);
	if (operation->base == BASE_LOST)
		lose(world);
	if (operation->base != BASE_HOT)
		files_read(world->directory, files);
}

bool operation_left(const struct operation *operation, const struct look *look,
		    const struct look *wanted, const struct look *before, const struct look *after)
{
	if (look->verdict == WITNESS_RECOVERED && !(operation->also & OPERATION_REKEYS))
		return false;
	if (operation->also & OPERATION_ROLLS)
		return look_same_plaintexts(look, wanted) &&
		       look->generation >= before->generation &&
		       look->generation <= after->generation;
	return look_same_content(look, wanted);
}

void operation_reseed(void)
{
	world_seed(SEED_ACT);
}

void operation_begin(struct world *world, const struct operation *operation)
{
	world_seed(SEED_BASE + 1);
	world->changed = false;
	if (!operation->opens)
		world_open(world);
	if (operation->prepare)
		operation->prepare(world);
	operation_reseed();
}

void operation_expect(struct world *world, const struct operation *operation,
		      const struct files *files, struct look *before, struct look *after)
{
	struct error err = ERROR_INIT;

	files_write(world->directory, files);
	if (operation->opens) {
		world_look(world, before);
		files_write(world->directory, files);
	}
	operation_begin(world, operation);
	*before = operation->opens ? *before : (struct look){.code = ERROR_NONE};
	if (!operation->opens && !world_read(world, world->store, before, &err))
		world_fail(operation->name, &err);
	if (!operation->act(world, &err))
		world_fail(operation->name, &err);
	if (world->store)
		world_close(world);
	world_look(world, after);
	if (after->code != ERROR_NONE)
		world_fail(operation->name, &(struct error){.code = after->code});
}
