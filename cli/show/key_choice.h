/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_KEY_CHOICE_H
#define CV_CLI_SHOW_KEY_CHOICE_H

#include "cli/show/answer_rows.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_key.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** The keys that a list shows, and their order: those that were named, those that are due. */

/** The words of `list --sort`; each but `name` puts first what wants attention first. */
#define KEY_CHOICE_ORDERS "age name due used account"

/** One key of the choice. Borrows from the rows. */
struct key_choice_row {
	const struct msg_key *key;
	const json_t *json;
};

struct key_choice {
	struct key_choice_row *at;
	size_t count;
};

/**
 * Chooses the rows (of struct msg_key) with one of the names, all where `names_count` is 0.
 * NOT_FOUND names each name that no row has. The caller clears *choice in any case.
 */
MUST bool key_choice_make(const struct answer_rows *rows, const char *const *names,
			  size_t names_count, struct key_choice *choice, struct error *err);

/** Keeps what is due or overdue. */
void key_choice_keep_due(struct key_choice *choice);

/** By a word of KEY_CHOICE_ORDERS, then by name; NULL leaves the order as it is. */
void key_choice_sort(struct key_choice *choice, const char *order);

void key_choice_clear(struct key_choice *choice);

#endif
