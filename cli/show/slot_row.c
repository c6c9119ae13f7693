/* SPDX-License-Identifier: MIT */
#include "cli/show/slot_row.h"

#include "cli/ui/table.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <stdio.h>

enum { ID_SHOWN = 4, DATE = 10, CELL = 48 };

const char *slot_row_type(const struct slot *slot)
{
	switch (slot->type) {
	case SLOT_PASSPHRASE: return "passphrase";
	case SLOT_RECOVERY: return "recovery";
	case SLOT_KEY_FILE: return "key-file";
	default: return "public-key";
	}
}

void slot_row_id(const struct slot *slot, char out[static SLOT_ROW_ID_BYTES])
{
	text_hex(slot->id, ID_SHOWN, out);
}

bool slot_row_json(const struct slot *slot, json_t **out, struct error *err)
{
	bool costs = slot->type == SLOT_PASSPHRASE, ok;
	char id[2 * SEAL_ID_BYTES + 1];

	text_hex(slot->id, SEAL_ID_BYTES, id);
	*out = json_object();
	ok = json_put_text(*out, "id", id, err) &&
	     json_put_text(*out, "type", slot_row_type(slot), err) &&
	     json_put_time(*out, "created_at", (int64_t)(slot->created & INT64_MAX), err) &&
	     json_put(*out, "memory",
		      costs ? json_integer((json_int_t)slot->cost.memory) : json_null(), err) &&
	     json_put(*out, "passes",
		      costs ? json_integer((json_int_t)slot->cost.passes) : json_null(), err);
	if (!ok) {
		json_decref(*out);
		*out = NULL;
	}
	return ok;
}

static bool slot_row_print_json(struct cli *cli, const struct header *header, struct error *err)
{
	json_t *slots = json_array(), *answer = json_object(), *row = NULL;
	bool ok = true;

	for (size_t i = 0; ok && i < header->slots_count; i++)
		ok = slot_row_json(&header->slots[i], &row, err) &&
		     (json_array_append_new(slots, row) == 0 ||
		      error_set(err, ERROR_MEMORY, "out of memory"));
	if (ok)
		ok = json_put(answer, "slots", slots, err);
	else
		json_decref(slots);
	if (ok)
		out_json(&cli->out, answer);
	json_decref(answer);
	return ok;
}

static bool slot_row_add(struct table *table, const struct slot *slot, struct error *err)
{
	char id[SLOT_ROW_ID_BYTES], when[TEXT_TIME_BYTES], cost[CELL] = "";
	const char *cells[] = {id, slot_row_type(slot), when, cost};

	slot_row_id(slot, id);
	text_format_time((int64_t)(slot->created & INT64_MAX), when);
	when[DATE] = '\0';
	if (slot->type == SLOT_PASSPHRASE)
		(void)snprintf(cost, sizeof(cost), "%llu MiB, %llu passes",
			       (unsigned long long)(slot->cost.memory / KDF_MIB),
			       (unsigned long long)slot->cost.passes);
	return table_add(table, OUT_PLAIN, cells, err);
}

bool slot_row_print(struct cli *cli, const struct header *header, struct error *err)
{
	static const char *const titles[] = {"SLOT", "OPENS BY", "SINCE", "A GUESS COSTS", NULL};
	static const struct table_step steps[] = {{TABLE_FOLD, 3, 0}, {TABLE_END, 0, 0}};
	static const struct table_layout layout = {titles, steps, NULL};
	struct table table = TABLE_EMPTY;
	bool ok;

	if (cli->json)
		return slot_row_print_json(cli, header, err);
	ok = table_init(&table, &layout, err);
	for (size_t i = 0; ok && i < header->slots_count; i++)
		ok = slot_row_add(&table, &header->slots[i], err);
	if (ok)
		table_print(&table, &cli->out);
	table_clear(&table);
	return ok;
}
