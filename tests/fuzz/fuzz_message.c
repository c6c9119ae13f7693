/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/wire/message.h"
#include "vault/wire/tables/msg_add.h"
#include "vault/wire/tables/msg_attest.h"
#include "vault/wire/tables/msg_backup.h"
#include "vault/wire/tables/msg_call.h"
#include "vault/wire/tables/msg_channel.h"
#include "vault/wire/tables/msg_config.h"
#include "vault/wire/tables/msg_credentials.h"
#include "vault/wire/tables/msg_edit.h"
#include "vault/wire/tables/msg_error.h"
#include "vault/wire/tables/msg_key.h"
#include "vault/wire/tables/msg_remove.h"
#include "vault/wire/tables/msg_restore.h"
#include "vault/wire/tables/msg_launch.h"
#include "vault/wire/tables/msg_log.h"
#include "vault/wire/tables/msg_rotate.h"
#include "vault/wire/tables/msg_rotate_plan.h"
#include "vault/wire/tables/msg_status.h"
#include "vault/wire/tables/msg_vault.h"

#include <stdlib.h>
#include <string.h>

static const struct fields *const tables[] = {
    &msg_add,
    &msg_add_question,
    &msg_import_identified,
    &msg_add_answer,
    &msg_import,
    &msg_import_keys_question,
    &msg_import_question,
    &msg_import_key,
    &msg_import_keys,
    &msg_imported,
    &msg_import_row,
    &msg_import_progress,
    &msg_attest,
    &msg_attested,
    &msg_backup,
    &msg_staged,
    &msg_restore_plan_args,
    &msg_restore,
    &msg_restore_key,
    &msg_restore_plan,
    &msg_unknown_key,
    &msg_call,
    &msg_channel_hello,
    &msg_channel_reply,
    &msg_channel_go,
    &msg_config,
    &msg_settings,
    &msg_credentials,
    &msg_plan,
    &msg_ready,
    &msg_clock,
    &msg_no_iam,
    &msg_plan_steps,
    &msg_mfa,
    &msg_code,
    &msg_clear,
    &msg_cleared,
    &msg_wanted,
    &msg_text,
    &msg_edit,
    &msg_error,
    &msg_name,
    &msg_key,
    &msg_key_whole,
    &msg_revealed,
    &msg_remove,
    &msg_removing,
    &msg_removed,
    &msg_rename,
    &msg_renamed,
    &msg_count,
    &msg_create,
    &msg_unlock,
    &msg_set_header,
    &msg_rekey,
    &msg_keys,
    &msg_unlocked,
    &msg_header,
    &msg_compared,
    &msg_log,
    &msg_log_row,
    &msg_log_answer,
    &msg_rotate,
    &msg_hook,
    &msg_hooked,
    &msg_step,
    &msg_proving,
    &msg_waiting,
    &msg_use,
    &msg_rotation,
    &msg_unfinished,
    &msg_begun,
    &msg_rotate_plan,
    &msg_go,
    &msg_status,
    &msg_status_brief,
    &msg_state,
    &msg_agent_record,
    &msg_nothing,
    &msg_prune,
    &msg_lock,
    &msg_locked,
    &msg_inspection,
};

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

/* The bytes of the struct that a table fills. */
static size_t size_of(const struct fields *table)
{
	size_t most = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->at[i];
		size_t end = field->offset + field->size;

		if (field->kind == FIELD_ARRAY && field->count_offset + sizeof(size_t) > end)
			end = field->count_offset + sizeof(size_t);
		if (field->given > end)
			end = field->given;
		most = end > most ? end : most;
	}
	return most + sizeof(int64_t);
}

/* A table reads the object, and what it then writes it reads as the same. */
static void through(const struct fields *table, const json_t *object)
{
	void *once = calloc(1, size_of(table)), *twice = calloc(1, size_of(table));
	json_t *written = NULL, *again = NULL;
	struct error err = ERROR_INIT;

	FUZZ_HOLDS(once && twice);
	if (fields_read(table, object, once, &err)) {
		FUZZ_HOLDS(fields_to_json(table, once, &written, &err));
		/* An absent number may be written as one that no writer has: "idle_s": 0. */
		if (fields_read(table, written, twice, &err)) {
			FUZZ_HOLDS(fields_to_json(table, twice, &again, &err));
			FUZZ_HOLDS(json_equal(written, again));
		}
	}
	fields_clear(table, once);
	fields_clear(table, twice);
	json_decref(written);
	json_decref(again);
	free(once);
	free(twice);
}

/* The body of a request and of an answer, and a message by the table that the first byte picks. */
void fuzz_message(const uint8_t *data, size_t size)
{
	struct buf body = BUF_INIT(1048576);
	struct error err = ERROR_INIT, told = ERROR_INIT;
	json_t *request = NULL, *answer = NULL;

	if (size == 0)
		return;
	FUZZ_HOLDS(buf_append(&body, data + 1, size - 1, &err));
	if (message_parse(&message_request_bounds, &body, &request, &err))
		through(tables[data[0] % TABLES], request);
	if (message_parse(&message_answer_bounds, &body, &answer, &err)) {
		message_to_error(answer, &told);
		FUZZ_HOLDS(told.code != ERROR_NONE);
	}
	FUZZ_HOLDS(!request || answer);
	json_decref(request);
	json_decref(answer);
	buf_clear(&body);
}
