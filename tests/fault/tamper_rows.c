/* SPDX-License-Identifier: MIT */
#include "tests/fault/tamper.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 8, ROWS_MAX = 16, TABLES = 5, WHERE_BYTES = 64, SQL_BYTES = 4096 };

static const struct table {
	const char *name;
	const char *key; /* SQL that makes a WHERE clause for each row */
	const char *columns[COLUMNS_MAX];
	size_t count;
} tables[TABLES] = {
    {"rec",
     "'id = x''' || hex(id) || ''''",
     {"id", "tbl", "ver", "epoch", "name_idx", "nonce", "sealed"},
     7},
    {"log", "'seq = ' || seq", {"seq", "nonce", "sealed"}, 3},
    {"manifest", "'one = ' || one", {"one", "nonce", "sealed"}, 3},
    {"segment",
     "'no = ' || no",
     {"no", "first", "epoch", "head", "id", "digest", "nonce", "wrapped"},
     8},
    {"header", "'one = ' || one", {"one", "bytes"}, 2},
};

struct rows {
	char where[ROWS_MAX][WHERE_BYTES];
	size_t count;
};

/* The rows of a table in the files, as WHERE clauses. */
static struct rows list(struct forge *forge, const struct files *files, const struct table *table)
{
	struct rows rows = {.count = 0};
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	char sql[256];

	files_write(forge->world.directory, files);
	(void)snprintf(sql, sizeof(sql), "SELECT %s FROM %s ORDER BY 1", table->key, table->name);
	if (sqlite3_open(forge->world.path, &db) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		abort();
	while (rows.count < ROWS_MAX && sqlite3_step(stmt) == SQLITE_ROW)
		(void)snprintf(rows.where[rows.count++], WHERE_BYTES, "%s",
			       (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return rows;
}

static void add(char *sql, const char *text)
{
	size_t len = strlen(sql);

	(void)snprintf(sql + len, SQL_BYTES - len, "%s", text);
}

/*
 * "INSERT INTO T(…) SELECT …" from temporary rows: columns of the set from one, the others from
 * two.
 */
static void add_insert(char *sql, const struct table *table, unsigned int set, const char *one,
		       const char *two)
{
	char part[128];

	(void)snprintf(part, sizeof(part), "INSERT INTO main.%s SELECT ", table->name);
	add(sql, part);
	for (size_t i = 0; i < table->count; i++) {
		(void)snprintf(part, sizeof(part), "%s%s.%s", i > 0 ? ", " : "",
			       (set >> i & 1) != 0 ? one : two, table->columns[i]);
		add(sql, part);
	}
	(void)snprintf(part, sizeof(part), " FROM temp.a AS a, temp.b AS b;");
	add(sql, part);
}

/* temp.a is a row of `schema`, temp.b one of ours. */
static void add_temporary(char *sql, const struct table *table, const char *schema,
			  const char *from, const char *to)
{
	char part[512];

	(void)snprintf(part, sizeof(part),
		       "CREATE TEMP TABLE a AS SELECT * FROM %s.%s WHERE %s;"
		       "CREATE TEMP TABLE b AS SELECT * FROM main.%s WHERE %s;",
		       schema, table->name, from, table->name, to);
	add(sql, part);
}

static void add_delete(char *sql, const struct table *table, const char *where)
{
	char part[256];

	(void)snprintf(part, sizeof(part), "DELETE FROM main.%s WHERE %s;", table->name, where);
	add(sql, part);
}

static void judge_edit(struct run *run, struct forge *forge, const struct file *aside,
		       const char *sql, enum rule rule)
{
	files_write(forge->world.directory, &forge->now);
	if (forge_edit(forge, aside, sql))
		forge_judge_there(run, forge, rule);
	else
		run_void(run);
}

static void pair(struct run *run, struct forge *forge, const struct table *table, const char *from,
		 const char *to, bool ordered)
{
	char sql[SQL_BYTES];

	for (unsigned int set = 1; set < 1U << table->count; set++) {
		if (run_wants(run, "%s: columns %#x of %s over %s", table->name, set, from, to)) {
			sql[0] = '\0';
			add_temporary(sql, table, "main", from, to);
			add_delete(sql, table, to);
			add_insert(sql, table, set, "a", "b");
			judge_edit(run, forge, NULL, sql, RULE_STRICT);
		}
		if (ordered && run_wants(run, "%s: columns %#x of %s and %s swapped", table->name,
					 set, from, to)) {
			sql[0] = '\0';
			add_temporary(sql, table, "main", from, to);
			add_delete(sql, table, from);
			add_delete(sql, table, to);
			add_insert(sql, table, set, "a", "b");
			add_insert(sql, table, set, "b", "a");
			judge_edit(run, forge, NULL, sql, RULE_STRICT);
		}
	}
}

/* The row again under another identity; what is UNIQUE is made so. */
static void copies(struct run *run, struct forge *forge, const struct table *table,
		   const char *where)
{
	static const char *const fresh[][2] = {
	    {"rec", "randomblob(16), tbl, ver, epoch, randomblob(32), nonce, sealed"},
	    {"rec", "zeroblob(16), tbl, ver, epoch, zeroblob(32), nonce, sealed"},
	    {"log", "seq + 100, nonce, sealed"},
	    {"log", "-seq, nonce, sealed"},
	    {"log", "0, nonce, sealed"},
	    {"log", "(SELECT max(seq) + 1 FROM log), nonce, sealed"},
	    {"manifest", "2, nonce, sealed"},
	    {"manifest", "0, nonce, sealed"},
	    {"segment", "2, first, epoch, head, id, digest, nonce, wrapped"},
	    {"segment", "0, first, epoch, head, id, digest, nonce, wrapped"},
	    {"segment", "2, first + 3, epoch, head, id, digest, nonce, wrapped"},
	    {"header", "2, bytes"},
	    {"header", "0, bytes"},
	};
	char sql[SQL_BYTES];

	for (size_t i = 0; i < sizeof(fresh) / sizeof(fresh[0]); i++) {
		if (strcmp(fresh[i][0], table->name) != 0 ||
		    !run_wants(run, "%s: %s copied as %s", table->name, where, fresh[i][1]))
			continue;
		(void)snprintf(sql, sizeof(sql), "INSERT INTO %s SELECT %s FROM %s WHERE %s",
			       table->name, fresh[i][1], table->name, where);
		judge_edit(run, forge, NULL, sql, RULE_REFUSED);
	}
}

/* A value of another type or length, which STRICT and CHECK would not let in. */
static void oddities(struct run *run, struct forge *forge, const struct table *table,
		     const char *where)
{
	static const char *const odd[] = {
	    "x''", "zeroblob(1)", "zeroblob(600)",	 "zeroblob(40000)",
	    "0",   "-1",	  "9223372036854775807", "2"};
	char sql[SQL_BYTES];

	for (size_t i = 0; i < table->count; i++) {
		for (size_t j = 0; j < sizeof(odd) / sizeof(odd[0]); j++) {
			if (!run_wants(run, "%s: %s of %s = %s", table->name, table->columns[i],
				       where, odd[j]))
				continue;
			(void)snprintf(sql, sizeof(sql), "UPDATE %s SET %s = %s WHERE %s",
				       table->name, table->columns[i], odd[j], where);
			judge_edit(run, forge, NULL, sql, RULE_STRICT);
		}
	}
}

void tamper_rows(struct run *run)
{
	struct forge forge;
	char sql[SQL_BYTES];

	forge_start(&forge);
	for (int t = 0; t < TABLES; t++) {
		const struct table *table = &tables[t];
		struct rows rows = list(&forge, &forge.now, table);

		for (size_t a = 0; a < rows.count; a++) {
			for (size_t b = 0; b < rows.count; b++) {
				if (a != b)
					pair(run, &forge, table, rows.where[a], rows.where[b],
					     a < b);
			}
			for (size_t b = a; b < rows.count; b++) {
				if (!run_wants(run, "%s: %s and %s deleted", table->name,
					       rows.where[a], rows.where[b]))
					continue;
				sql[0] = '\0';
				add_delete(sql, table, rows.where[a]);
				add_delete(sql, table, rows.where[b]);
				judge_edit(run, &forge, NULL, sql, RULE_REFUSED);
			}
			copies(run, &forge, table, rows.where[a]);
			oddities(run, &forge, table, rows.where[a]);
		}
		if (run_wants(run, "%s: emptied", table->name)) {
			sql[0] = '\0';
			add_delete(sql, table, "1");
			judge_edit(run, &forge, NULL, sql, RULE_REFUSED);
		}
	}
	forge_end(&forge);
}

/* Whole tables of another file in place of ours: every set of them. */
static void whole(struct run *run, struct forge *forge, struct files *from, const char *what)
{
	char sql[SQL_BYTES], part[256];

	for (unsigned int set = 1; set < 1U << TABLES; set++) {
		if (!run_wants(run, "tables %#x of %s", set, what))
			continue;
		sql[0] = '\0';
		for (int t = 0; t < TABLES; t++) {
			if ((set >> t & 1) == 0)
				continue;
			(void)snprintf(part, sizeof(part),
				       "DELETE FROM main.%s; INSERT INTO main.%s SELECT * FROM "
				       "old.%s;",
				       tables[t].name, tables[t].name, tables[t].name);
			add(sql, part);
		}
		judge_edit(run, forge, forge_vault(from), sql, RULE_ROLLBACK);
	}
}

/* Each row of another file, in each set of columns, over each row of ours, and beside them. */
static void rows_of(struct run *run, struct forge *forge, struct files *from, const char *what,
		    bool same_key_only)
{
	char sql[SQL_BYTES], part[256];

	for (int t = 0; t < TABLES; t++) {
		const struct table *table = &tables[t];
		struct rows theirs = list(forge, from, table);
		struct rows ours = list(forge, &forge->now, table);

		for (size_t a = 0; a < theirs.count; a++) {
			for (size_t b = 0; b < ours.count; b++) {
				bool same = strcmp(theirs.where[a], ours.where[b]) == 0;

				for (unsigned int set = 1; set < 1U << table->count; set++) {
					/* Another row's columns: whole, or all but one. */
					if (same_key_only && !same && (set & (set - 1)) != 0 &&
					    set != (1U << table->count) - 1)
						continue;
					if (!run_wants(run, "%s: columns %#x of %s's %s over %s",
						       table->name, set, what, theirs.where[a],
						       ours.where[b]))
						continue;
					sql[0] = '\0';
					add_temporary(sql, table, "old", theirs.where[a],
						      ours.where[b]);
					add_delete(sql, table, ours.where[b]);
					add_insert(sql, table, set, "a", "b");
					judge_edit(run, forge, forge_vault(from), sql, RULE_STRICT);
				}
			}
			if (run_wants(run, "%s: %s of %s added", table->name, theirs.where[a],
				      what)) {
				(void)snprintf(part, sizeof(part),
					       "INSERT OR REPLACE INTO main.%s SELECT * FROM "
					       "old.%s WHERE %s",
					       table->name, table->name, theirs.where[a]);
				judge_edit(run, forge, forge_vault(from), part, RULE_STRICT);
			}
		}
	}
}

void tamper_replay(struct run *run)
{
	static const char *const names[PAST] = {"three ago", "two ago", "one ago"};
	struct forge forge;

	forge_start(&forge);
	for (int i = 0; i < PAST; i++) {
		whole(run, &forge, &forge.past[i], names[i]);
		rows_of(run, &forge, &forge.past[i], names[i], true);
	}
	forge_end(&forge);
}

void tamper_foreign(struct run *run)
{
	struct forge forge;

	forge_start(&forge);
	whole(run, &forge, &forge.foreign, "another vault");
	rows_of(run, &forge, &forge.foreign, "another vault", false);
	forge_end(&forge);
}
