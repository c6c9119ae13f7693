/* SPDX-License-Identifier: MIT */
#include "tests/fault/tamper.h"

#include "vault/store/change/commit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool second(struct txn *txn, void *arg, struct error *err)
{
	struct change prod = {.table = TABLE_KEY, .name = "prod", .value = 101};

	return change_put(txn, &prod, err) && change_log(txn, arg, err);
}

static bool third(struct txn *txn, void *arg, struct error *err)
{
	struct change dev = {.table = TABLE_KEY, .name = "dev"},
		      stage = {.table = TABLE_KEY, .name = "stage", .value = 103},
		      usage = {.table = TABLE_USAGE, .name = "usage", .value = 104};

	return change_delete(txn, &dev, err) && change_put(txn, &stage, err) &&
	       change_put(txn, &usage, err) && change_log(txn, arg, err);
}

static bool fourth(struct txn *txn, void *arg, struct error *err)
{
	struct change prod = {.table = TABLE_KEY, .name = "prod", .value = 105},
		      settings = {.table = TABLE_SETTINGS, .name = "settings", .value = 106};

	return change_put(txn, &prod, err) && change_put(txn, &settings, err) &&
	       change_log(txn, arg, err);
}

static void step(struct world *world, txn_fn *fn, struct files *hot, struct files *out)
{
	struct error err = ERROR_INIT;
	char text[] = "step";

	world_open(world);
	if (!store_commit(world->store, fn, text, &err))
		world_fail("history", &err);
	if (hot)
		files_read(world->directory, hot);
	world_close(world);
	files_read(world->directory, out);
}

struct file *forge_vault(struct files *files)
{
	struct file *file = files_find(files, WORLD_VAULT);

	if (!file)
		abort();
	return file;
}

void forge_start(struct forge *forge)
{
	struct world *world = &forge->world, other;
	struct error wrote;

	memset(forge, 0, sizeof(*forge));
	world_start(&other, 2);
	world_furnish(&other);
	world_close(&other);
	files_read(other.directory, &forge->foreign);
	world_end(&other);
	world_start(world, 1);
	world_furnish(world);
	world_close(world);
	files_read(world->directory, &forge->past[0]);
	world_look(world, &forge->look_past[0]);
	step(world, second, NULL, &forge->past[1]);
	world_look(world, &forge->look_past[1]);
	step(world, third, NULL, &forge->past[2]);
	world_look(world, &forge->look_past[2]);
	step(world, fourth, &forge->hot, &forge->now);
	world_look_and_write(world, &forge->look_now, &wrote);
	world_look(world, &forge->look_next);
	if (forge->look_now.code != ERROR_NONE || forge->look_next.code != ERROR_NONE ||
	    look_same(&forge->look_now, &forge->look_past[2]))
		world_fail("history", &wrote);
}

void forge_end(struct forge *forge)
{
	files_clear(&forge->now);
	files_clear(&forge->hot);
	files_clear(&forge->foreign);
	for (int i = 0; i < PAST; i++)
		files_clear(&forge->past[i]);
	world_end(&forge->world);
}

void forge_judge_there(struct run *run, struct forge *forge, enum rule rule)
{
	struct error wrote = ERROR_INIT;
	struct look look;

	world_look_and_write(&forge->world, &look, rule == RULE_READ ? NULL : &wrote);
	if (look.code != ERROR_NONE) {
		run_refused(run, &look);
		return;
	}
	for (int i = 0; rule == RULE_ROLLBACK && i < PAST; i++) {
		if (look_same(&look, &forge->look_past[i])) {
			run_came_to(run, OUTCOME_ROLLED_BACK, "");
			return;
		}
	}
	if (rule == RULE_REFUSED || !look_same(&look, &forge->look_now)) {
		run_came_to(run, OUTCOME_SILENT, "it opened");
		return;
	}
	if (rule == RULE_READ) {
		run_came_to(run, OUTCOME_INERT, "");
		return;
	}
	/* Inert is what does no harm later either. */
	if (wrote.code != ERROR_NONE) {
		look = (struct look){.code = wrote.code};
		run_refused(run, &look);
		return;
	}
	world_look(&forge->world, &look);
	if (look_same_content(&look, &forge->look_next))
		run_came_to(run, OUTCOME_INERT, "");
	else
		run_came_to(run, OUTCOME_BROKEN, look.message);
}

void forge_judge(struct run *run, struct forge *forge, const struct files *files, enum rule rule)
{
	files_write(forge->world.directory, files);
	forge_judge_there(run, forge, rule);
}

bool forge_edit(struct forge *forge, const struct file *aside, const char *sql)
{
	char path[WORLD_PATH_BYTES + 32], attach[WORLD_PATH_BYTES + 64];
	sqlite3 *db = NULL;
	bool ok = sqlite3_open(forge->world.path, &db) == SQLITE_OK;

	/* Beside the directory, which holds the vault's files alone. */
	(void)snprintf(path, sizeof(path), "%s.aside", forge->world.directory);
	if (aside) {
		FILE *file = fopen(path, "wb");

		ok = ok && file && fwrite(aside->data, 1, aside->len, file) == aside->len;
		if (file)
			(void)fclose(file);
		(void)snprintf(attach, sizeof(attach), "ATTACH '%s' AS old", path);
		ok = ok && sqlite3_exec(db, attach, NULL, NULL, NULL) == SQLITE_OK;
	}
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	ok = ok && sqlite3_exec(db,
				"PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF;"
				"PRAGMA writable_schema = ON; PRAGMA ignore_check_constraints = ON",
				NULL, NULL, NULL) == SQLITE_OK;
	ok = ok && sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
	ok = sqlite3_close(db) == SQLITE_OK && ok;
	if (aside)
		(void)unlink(path);
	return ok;
}
