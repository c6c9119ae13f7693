/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_FILE_STATEMENT_H
#define CV_STORE_FILE_STATEMENT_H

#include "vault/base/error.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The SQL statements of a vault, prepared once under the authorizer; no other SQL runs after the
 * opening. Columns are checked for type and size before use, because a hostile file can violate
 * STRICT and CHECK.
 */

#define STATEMENT_REC_COLUMNS "SELECT id, tbl, ver, epoch, name_idx, nonce, sealed FROM rec "
#define STATEMENT_SEGMENT_COLUMNS \
	"SELECT no, first, epoch, head, id, digest, nonce, wrapped FROM segment "

/* clang-format off */
#define STATEMENTS(X)                                                                              \
	X(BEGIN_READ, "BEGIN")                                                                     \
	X(BEGIN_WRITE, "BEGIN IMMEDIATE")                                                          \
	X(COMMIT, "COMMIT")                                                                        \
	X(ROLLBACK, "ROLLBACK")                                                                    \
	X(SAVEPOINT, "SAVEPOINT one")                                                              \
	X(RELEASE, "RELEASE one")                                                                  \
	X(ROLLBACK_TO, "ROLLBACK TO one")                                                          \
	X(HEADER_READ, "SELECT bytes FROM header")                                                 \
	X(HEADER_INSERT, "INSERT INTO header(one, bytes) VALUES(1, ?1)")                           \
	X(HEADER_UPDATE, "UPDATE header SET bytes = ?1 WHERE one = 1")                             \
	X(INTEGRITY, "PRAGMA integrity_check(1)")                                                  \
	X(MANIFEST_READ, "SELECT nonce, sealed FROM manifest")                                     \
	X(MANIFEST_INSERT, "INSERT INTO manifest(one, nonce, sealed) VALUES(1, ?1, ?2)")           \
	X(MANIFEST_UPDATE, "UPDATE manifest SET nonce = ?1, sealed = ?2 WHERE one = 1")            \
	X(REC_ALL, STATEMENT_REC_COLUMNS "ORDER BY id")                                            \
	X(REC_TABLE, STATEMENT_REC_COLUMNS "WHERE tbl = ?1 ORDER BY id")                                    \
	X(REC_NAME, STATEMENT_REC_COLUMNS "WHERE name_idx = ?1")                                   \
	X(REC_ID, STATEMENT_REC_COLUMNS "WHERE id = ?1")                                           \
	X(REC_INSERT, "INSERT INTO rec(id, tbl, ver, epoch, name_idx, nonce, sealed) "                 \
		      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                        \
	X(REC_UPDATE, "UPDATE rec SET ver = ?3, epoch = ?4, nonce = ?6, sealed = ?7 "                  \
		      "WHERE id = ?1 AND tbl = ?2 AND name_idx = ?5")                              \
	X(REC_RENAME, "UPDATE rec SET ver = ?3, epoch = ?4, name_idx = ?5, nonce = ?6, sealed = ?7 "   \
		      "WHERE id = ?1 AND tbl = ?2")                                                \
	X(REC_RESEAL, "UPDATE rec SET epoch = ?4, name_idx = ?5, nonce = ?6, sealed = ?7 "         \
		      "WHERE id = ?1 AND tbl = ?2 AND ver = ?3")                                   \
	X(REC_DELETE, "DELETE FROM rec WHERE id = ?1")                                             \
	X(SEGMENT_READ, STATEMENT_SEGMENT_COLUMNS "ORDER BY no")                                   \
	X(SEGMENT_ONE, STATEMENT_SEGMENT_COLUMNS "WHERE no = ?1")                                  \
	X(SEGMENT_INSERT, "INSERT INTO segment(no, first, epoch, head, id, digest, nonce, "        \
			  "wrapped) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                       \
	X(SEGMENT_WRAP, "UPDATE segment SET epoch = ?3, id = ?5, digest = ?6, nonce = ?7, "        \
			"wrapped = ?8 WHERE no = ?1 AND first = ?2 AND head = ?4")                 \
	X(LOG_FROM, "SELECT seq, nonce, sealed FROM log WHERE seq >= ?1 ORDER BY seq")                 \
	X(LOG_INSERT, "INSERT INTO log(seq, nonce, sealed) VALUES(?1, ?2, ?3)")                    \
	X(LOG_FORGET, "DELETE FROM log")
/* clang-format on */

enum statement {
#define X(name_, sql_) STATEMENT_##name_,
	STATEMENTS(X)
#undef X
	    STATEMENTS_COUNT
};

struct statements {
	sqlite3 *db;
	sqlite3_stmt *list[STATEMENTS_COUNT];
	uint64_t fuel; /**< calls of the progress handler left for the running statement */
};

/** Installs authorizer and progress handler on db (borrowed) and prepares all statements. */
MUST bool statements_open(struct statements *statements, sqlite3 *db, struct error *err);

/** Finalizes all statements. Accepts an empty struct. */
void statements_clear(struct statements *statements);

/**
 * Returns the statement, reset, its bindings cleared, with full fuel. The caller resets it after
 * use.
 */
sqlite3_stmt *statement_use(struct statements *statements, enum statement which);

/**
 * Runs a statement that yields no row; TAMPERED unless it changes the expected number of rows (-1:
 * the number is not checked).
 */
MUST bool statement_run(struct statements *statements, enum statement which, int changes,
			struct error *err);

/** Like statement_run() for a statement whose values the caller has bound; resets the statement. */
MUST bool statement_finish(struct statements *statements, sqlite3_stmt *stmt, int changes,
			   struct error *err);

/** Sets *row when the step yields a row. Resets the statement at the end and on failure. */
MUST bool statement_step(struct statements *statements, sqlite3_stmt *stmt, bool *row,
			 struct error *err);

/**
 * Reads a blob of lowest to highest bytes, borrowed until the next step; false for any other value.
 */
MUST bool statement_blob(sqlite3_stmt *stmt, int column, size_t lowest, size_t highest,
			 const unsigned char **data, size_t *len);

/** Reads an integer of at least lowest; false for any other value. */
MUST bool statement_number(sqlite3_stmt *stmt, int column, uint64_t lowest, uint64_t *number);

#endif
