/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_OPERATION_H
#define CV_TESTS_FAULT_OPERATION_H

#include "tests/fault/world.h"

/**
 * Every operation of the store that changes the file, as a row of one table: what lies in the
 * directory before it, what is done before the disk is watched, and the act itself. A new
 * mutating operation gets a row here and with it every fault and every power cut.
 */

enum base {
	BASE_NOTHING, /**< an empty directory */
	BASE_CLOSED,  /**< a small vault, closed */
	BASE_HOT,     /**< a small vault whose last changes are in its journal only */
	BASE_LOST     /**< no vault, and a backup of the small one */
};

/** What is special about one. */
enum {
	OPERATION_WITNESS = 1, /**< the vault has its witness, in a state directory beside it */
	OPERATION_MARKS = 2,   /**< its answer promises that the mark agrees */
	OPERATION_ROLLS =
	    4, /**< a transaction of its own, which changes no plaintext, goes before it */
	OPERATION_REKEYS = 8 /**< a mark of the vault key before is a crash, not a rollback */
};

struct operation {
	const char *name;
	enum base base;
	void (*prepare)(struct world *world); /**< NULL: nothing */
	bool (*act)(struct world *world, struct error *err);
	bool opens;	     /**< prepare and act begin without an open store */
	unsigned int stride; /**< for the many calls of the large ones; 1 = every one */
	bool heavy;	     /**< moves megabytes: not under valgrind */
	unsigned int also;   /**< OPERATION_… */
};

/** Whether this run can afford the operation. */
bool operation_fits(const struct operation *operation);

extern const struct operation operations[];
extern const size_t operations_count;

/**
 * An operation's beginning: the files, and the small vault as it looks (code NOT_FOUND: nothing).
 */
void operation_base(struct world *world, const struct operation *operation, struct files *files);

/** Opens the store where the operation wants one, prepares, and seeds for the act. */
void operation_begin(struct world *world, const struct operation *operation);

/** What the vault is before and after the act when nothing goes wrong. */
void operation_expect(struct world *world, const struct operation *operation,
		      const struct files *files, struct look *before, struct look *after);

/**
 * Whether a look is one of what the operation may leave: exactly `wanted`, which is `before` or
 * `after`, but for the generation of one that rolls; and the witness says what it may say then.
 */
bool operation_left(const struct operation *operation, const struct look *look,
		    const struct look *wanted, const struct look *before, const struct look *after);

/** Seeds as operation_begin() did, so that a second attempt draws the same numbers. */
void operation_reseed(void);

#endif
