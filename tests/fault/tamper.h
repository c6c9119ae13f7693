/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_TAMPER_H
#define CV_TESTS_FAULT_TAMPER_H

#include "tests/fault/report.h"

/**
 * What somebody with the file in his hands can make of it without the vault key. Each point makes
 * a file, opens it as a reader would, and must come to a refusal, to exactly the vault as it was,
 * or, where whole states are put back, to exactly an earlier one: that is the witness's matter.
 */

enum { PAST = 3, PAGE = 4096 };

/** A vault of four generations, and somebody else's. */
struct forge {
	struct world world;
	struct files now;	 /**< closed: one file */
	struct files past[PAST]; /**< the generations before, the oldest first */
	struct files hot;	 /**< past[PAST - 1] with the journal that leads to now */
	struct files foreign;	 /**< of another vault key */
	struct look look_now;
	struct look look_past[PAST];
	struct look look_next; /**< after the record that world_look_and_write() adds */
};

void forge_start(struct forge *forge);
void forge_end(struct forge *forge);

enum rule {
	RULE_STRICT,  /**< refused or inert; what is inert takes a new record, too */
	RULE_READ,    /**< the same without the new record, for what is done very often */
	RULE_REFUSED, /**< refused, nothing else */
	RULE_ROLLBACK /**< an earlier whole state will do too */
};

/** Writes the files, looks, and says what the point came to. */
void forge_judge(struct run *run, struct forge *forge, const struct files *files, enum rule rule);

/** The same for what lies in the directory already. */
void forge_judge_there(struct run *run, struct forge *forge, enum rule rule);

/** The vault of a generation, and its bytes. */
struct file *forge_vault(struct files *files);

/**
 * Runs SQL on the closed vault in the directory as somebody with a plain SQLite would, CHECKs off;
 * `aside` (may be NULL) is another vault's file, attached as `old`. False where SQLite refuses.
 */
bool forge_edit(struct forge *forge, const struct file *aside, const char *sql);

/** One file each. */
void tamper_bits(struct run *run);     /**< every bit of the file, and of a journal */
void tamper_lengths(struct run *run);  /**< every prefix; what is longer */
void tamper_pages(struct run *run);    /**< pages swapped, copied, put back */
void tamper_rows(struct run *run);     /**< rows and columns swapped, copied, deleted */
void tamper_replay(struct run *run);   /**< rows, columns, tables of earlier generations */
void tamper_foreign(struct run *run);  /**< of another vault */
void tamper_schema(struct run *run);   /**< triggers, views, indexes, edited schemas */
void tamper_journals(struct run *run); /**< hot journals and WALs, journal-mode bytes */
void tamper_links(struct run *run);    /**< what is not a plain file of ours */
void tamper_header(struct run *run);   /**< a header committed to another key */
void tamper_open(struct run *run);     /**< pages put back under an open vault */

#endif
