/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_ANSWER_ROWS_H
#define CV_CLI_SHOW_ANSWER_ROWS_H

#include "vault/base/error.h"
#include "vault/format/fields.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * Keeps the rows that an agent sends before its answer, as JSON and as structs of one table.
 *
 *	struct answer_rows keys = ANSWER_ROWS(msg_key, struct msg_key);
 *	struct agent_watch watch = {.row = answer_rows_take, .ctx = &keys};
 */
struct answer_rows {
	const struct fields *fields;
	size_t size;  /**< bytes of a struct */
	json_t *json; /**< the rows, an array; NULL before the first */
	void *at;     /**< what they say, in their order; borrows from `json` */
	size_t count, room;
};
#define ANSWER_ROWS(fields_, type_)                         \
	{                                                   \
		.fields = &(fields_), .size = sizeof(type_) \
	}

/** Takes a row, for agent_watch.row; ctx is a struct answer_rows. */
bool answer_rows_take(void *ctx, const json_t *row, struct error *err);

/** Frees the rows. */
void answer_rows_clear(struct answer_rows *rows);

#endif
