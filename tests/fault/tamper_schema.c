/* SPDX-License-Identifier: MIT */
#include "tests/fault/tamper.h"

#include <stdio.h>

static const char *const tables[] = {"header", "manifest", "rec", "segment", "log"};
static const char *const columns[] = {"one", "nonce", "id", "no", "seq"};

/* Each alone in the file; `%s` is not used: one text, one point. */
static const char *const plants[] = {
    "CREATE TABLE more(x)",
    "CREATE TABLE more(x) STRICT",
    "CREATE TABLE more(x PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE more(x INTEGER PRIMARY KEY AUTOINCREMENT)",
    "CREATE VIRTUAL TABLE more USING fts5(x)",
    "CREATE VIRTUAL TABLE more USING rtree(x, a, b)",
    "ANALYZE",
    "ALTER TABLE rec ADD COLUMN more",
    "ALTER TABLE rec ADD COLUMN more AS (sealed) VIRTUAL",
    "ALTER TABLE log RENAME TO log2",
    "ALTER TABLE manifest RENAME COLUMN sealed TO shown",
    "DROP TABLE log",
    "DROP TABLE rec",
    "DROP TABLE header",
    "ALTER TABLE log RENAME TO log2; CREATE VIEW log AS SELECT * FROM log2",
    "ALTER TABLE rec RENAME TO rec2; CREATE VIEW rec AS SELECT * FROM rec2",
    "ALTER TABLE manifest RENAME TO m2; CREATE VIEW manifest AS SELECT * FROM m2",
    "ALTER TABLE header RENAME TO h2; CREATE VIEW header AS SELECT * FROM h2",
    "CREATE INDEX more ON rec(tbl, ver)",
    "CREATE UNIQUE INDEX more ON rec(nonce)",
    "CREATE INDEX more ON rec(length(sealed))",
    "CREATE INDEX more ON rec(tbl) WHERE tbl > 1",
    "CREATE INDEX more ON rec(name_idx COLLATE NOCASE)",
    "CREATE INDEX more ON rec(abs(-9223372036854775807 - ver))",
    "PRAGMA application_id = 1",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = 2",
    "PRAGMA user_version = -1",
    "PRAGMA user_version = 2147483647",
    "UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'log'",
    "UPDATE sqlite_schema SET sql = replace(sql, 'UNIQUE', '') WHERE name = 'rec'",
    "UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'rec'",
    "UPDATE sqlite_schema SET sql = replace(sql, '24', '25') WHERE name = 'manifest'",
    "UPDATE sqlite_schema SET sql = sql || ' ' WHERE name = 'rec'",
    "UPDATE sqlite_schema SET sql = sql || '-- note' WHERE name = 'rec'",
    "UPDATE sqlite_schema SET sql = NULL WHERE name = 'rec'",
    "UPDATE sqlite_schema SET sql = x'00' WHERE name = 'rec'",
    "UPDATE sqlite_schema SET sql = 'CREATE TABLE rec(' WHERE name = 'rec'",
    "UPDATE sqlite_schema SET name = 'REC' WHERE name = 'rec'",
    "UPDATE sqlite_schema SET tbl_name = 'log' WHERE name = 'rec'",
    "UPDATE sqlite_schema SET type = 'view' WHERE name = 'rec'",
    "UPDATE sqlite_schema SET type = 'trigger' WHERE name = 'log'",
    "UPDATE sqlite_schema SET rootpage = 0 WHERE name = 'rec'",
    "UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'rec'",
    "UPDATE sqlite_schema SET rootpage = 1000 WHERE name = 'log'",
    "DELETE FROM sqlite_schema WHERE type = 'index'",
    "DELETE FROM sqlite_schema WHERE name = 'segment'",
    "DELETE FROM sqlite_schema",
    "INSERT INTO sqlite_schema SELECT * FROM sqlite_schema WHERE name = 'rec'",
    "INSERT INTO sqlite_schema VALUES('table', 'sqlite_stat1', 'sqlite_stat1', 2, "
    "'CREATE TABLE sqlite_stat1(tbl,idx,stat)')",
    "INSERT INTO sqlite_schema VALUES('index', 'more', 'rec', 4, NULL)",
    "INSERT INTO sqlite_schema VALUES('view', 'more', 'more', 0, 'CREATE VIEW more AS SELECT 1')",
    "INSERT INTO sqlite_schema VALUES(NULL, NULL, NULL, NULL, NULL)",
    "INSERT INTO sqlite_schema(type, name, tbl_name, rootpage, sql) VALUES('trigger', 'more', "
    "'manifest', 0, 'CREATE TRIGGER more BEFORE UPDATE ON manifest BEGIN SELECT RAISE(IGNORE); "
    "END')",
};

static void plant(struct run *run, struct forge *forge, const char *sql, enum rule rule)
{
	if (!run_wants(run, "%s", sql))
		return;
	files_write(forge->world.directory, &forge->now);
	if (forge_edit(forge, NULL, sql))
		forge_judge_there(run, forge, rule);
	else
		run_void(run);
}

static void triggers(struct run *run, struct forge *forge, const char *table)
{
	static const char *const times[] = {"BEFORE", "AFTER"};
	static const char *const acts[] = {"INSERT", "UPDATE", "DELETE"};
	static const char *const bodies[] = {"SELECT RAISE(IGNORE)", "SELECT 1", "DELETE FROM log",
					     "UPDATE manifest SET nonce = zeroblob(24)"};
	char sql[256];

	for (size_t time = 0; time < 2; time++) {
		for (size_t act = 0; act < 3; act++) {
			for (size_t body = 0; body < 4; body++) {
				(void)snprintf(sql, sizeof(sql),
					       "CREATE TRIGGER t %s %s ON %s BEGIN %s; END",
					       times[time], acts[act], table, bodies[body]);
				plant(run, forge, sql, RULE_REFUSED);
			}
		}
	}
}

/* The text of the schema stays the same; what it points to does not. */
static void roots(struct run *run, struct forge *forge)
{
	char sql[512];

	for (int a = 1; a <= 6; a++) {
		for (int b = 1; b <= 6; b++) {
			(void)snprintf(sql, sizeof(sql),
				       "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM "
				       "sqlite_schema WHERE rowid = %d) WHERE rowid = %d",
				       a, b);
			if (a != b)
				plant(run, forge, sql, RULE_REFUSED);
			(void)snprintf(
			    sql, sizeof(sql),
			    "UPDATE sqlite_schema SET rootpage = CASE rowid WHEN %d THEN "
			    "(SELECT rootpage FROM sqlite_schema WHERE rowid = %d) ELSE "
			    "(SELECT rootpage FROM sqlite_schema WHERE rowid = %d) END "
			    "WHERE rowid IN (%d, %d)",
			    a, b, a, a, b);
			if (a < b)
				plant(run, forge, sql, RULE_REFUSED);
		}
	}
}

void tamper_schema(struct run *run)
{
	struct forge forge;
	char sql[256];

	forge_start(&forge);
	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++)
		plant(run, &forge, plants[i], RULE_REFUSED);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		triggers(run, &forge, tables[i]);
		(void)snprintf(sql, sizeof(sql), "CREATE VIEW v AS SELECT * FROM %s", tables[i]);
		plant(run, &forge, sql, RULE_REFUSED);
		for (size_t j = 0; j < sizeof(columns) / sizeof(columns[0]); j++) {
			(void)snprintf(sql, sizeof(sql), "CREATE INDEX i ON %s(%s)", tables[i],
				       columns[j]);
			plant(run, &forge, sql, RULE_REFUSED);
		}
	}
	roots(run, &forge);
	/* What changes the layout of the file and nothing in it. */
	plant(run, &forge, "VACUUM", RULE_STRICT);
	plant(run, &forge, "PRAGMA auto_vacuum = FULL; VACUUM", RULE_STRICT);
	plant(run, &forge, "PRAGMA journal_mode = DELETE", RULE_STRICT);
	plant(run, &forge, "PRAGMA journal_mode = DELETE; PRAGMA page_size = 1024; VACUUM",
	      RULE_STRICT);
	plant(run, &forge, "PRAGMA journal_mode = DELETE; PRAGMA page_size = 65536; VACUUM",
	      RULE_STRICT);
	plant(run, &forge, "REINDEX", RULE_STRICT);
	forge_end(&forge);
}
