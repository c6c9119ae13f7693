/* SPDX-License-Identifier: MIT */
#include "cli/show/answer_rows.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 32 };

bool answer_rows_take(void *ctx, const json_t *row, struct error *err)
{
	struct answer_rows *rows = ctx;
	json_t *kept = json_deep_copy(row);
	void *at;

	if (!rows->json)
		rows->json = json_array();
	if (json_array_append_new(rows->json, kept) != 0)
		return error_set(err, ERROR_MEMORY, "out of memory");
	if (rows->count == rows->room) {
		size_t room = rows->room ? 2 * rows->room : ROOM_FIRST;
		void *more = reallocarray(rows->at, room, rows->size);

		if (!more)
			return error_set(err, ERROR_MEMORY, "out of memory");
		rows->at = more;
		rows->room = room;
	}
	at = (unsigned char *)rows->at + rows->count++ * rows->size;
	memset(at, 0, rows->size);
	return fields_read_answer(rows->fields, kept, at, err);
}

void answer_rows_clear(struct answer_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		fields_clear(rows->fields, (unsigned char *)rows->at + i * rows->size);
	free(rows->at);
	json_decref(rows->json);
	rows->at = NULL;
	rows->json = NULL;
	rows->count = rows->room = 0;
}
