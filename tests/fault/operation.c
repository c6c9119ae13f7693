/* SPDX-License-Identifier: MIT */
#include "tests/fault/operation.h"

#include "vault/store/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE_BYTES = 24 * 1024, SEED_ACT = 77, SEED_BASE = 5, MANY = 16 };

static bool act_create(struct world *world, struct error *err)
{
	return store_create(world->path, &world->header, &world->keys, 1700000000, &world->store,
			    err);
}

static bool act_open(struct world *world, struct error *err)
{
	return store_open_waiting(world->path, 0, &world->store, err) &&
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

const struct operation operations[] = {
    {"create", BASE_NOTHING, NULL, act_create, true, 1, false},
    {"open with a full journal", BASE_HOT, NULL, act_open, true, 1, false},
    {"add", BASE_CLOSED, NULL, act_add, false, 1, false},
    {"replace", BASE_CLOSED, prepare_change, act_replace, false, 1, false},
    {"delete", BASE_CLOSED, NULL, act_delete, false, 1, false},
    {"log append", BASE_CLOSED, NULL, act_log, false, 1, false},
    {"usage", BASE_CLOSED, prepare_change, act_usage, false, 1, false},
    {"emission", BASE_CLOSED, prepare_change, act_emit, false, 1, false},
    {"batch of three", BASE_CLOSED, NULL, act_group, false, 1, false},
    {"checkpoint", BASE_CLOSED, prepare_change, act_checkpoint, false, 1, false},
    {"close", BASE_CLOSED, prepare_change, act_close, false, 1, false},
    {"large", BASE_CLOSED, NULL, act_large, false, 1, true},
    {"journal at its limit", BASE_CLOSED, prepare_many, act_over, false, 4, true},
};
const size_t operations_count = sizeof(operations) / sizeof(operations[0]);

bool operation_fits(const struct operation *operation)
{
	return !operation->heavy || !getenv("CREDVAULT_UNDER_VALGRIND");
}

void operation_base(struct world *world, const struct operation *operation, struct files *files)
{
	files_remove(world->directory);
	files->count = 0;
	if (operation->base == BASE_NOTHING)
		return;
	world_seed(SEED_BASE);
	world_furnish(world);
	if (operation->base == BASE_HOT)
		files_read(world->directory, files);
	world_close(world);
	if (operation->base != BASE_HOT)
		files_read(world->directory, files);
}

void operation_reseed(void)
{
	world_seed(SEED_ACT);
}

void operation_begin(struct world *world, const struct operation *operation)
{
	world_seed(SEED_BASE + 1);
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
