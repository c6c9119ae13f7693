/* SPDX-License-Identifier: MIT */
#include "cli/vault/restoration.h"

#include "cli/ui/ask.h"
#include "cli/ui/progress.h"
#include "cli/vault/agent_call.h"
#include "cli/vault/agent_start.h"
#include "cli/vault/key_path.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_vault.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEYS_TEXT_MAX = 4096, SHOWN = 256 };

/* --- opening ---------------------------------------------------------------------------------- */

/*
 * Reads both headers; the agent lets go of the vault for as long as a person types. The backup's
 * comes first: for a file that is none, nobody has to leave.
 */
static bool restoration_read(struct cli *cli, struct restoration *of, struct error *err)
{
	struct stat st;
	json_t *ok = NULL;
	bool absent = false, done;
	char shown[SHOWN];
	int lock = -1;

	done = agent_start_lock(cli, &lock, err) && agent_start_spawn(cli, &of->fresh, err);
	if (done &&
	    agent_start_staged(&of->fresh, of->staged.id, &of->backup_header, err) != CLIENT_OK) {
		done = false;
		out_path(of->file, shown, sizeof(shown));
		if (err->code == ERROR_TAMPERED) {
			error_set(err, ERROR_TAMPERED,
				  "%s is no backup, or it was damaged or changed", shown);
			error_detail(err, "The vault was not touched.");
			error_hint(err, "a file that `credvault backup` wrote");
		}
	}
	if (lock >= 0)
		(void)close(lock);
	lock = -1;
	done = done && agent_start_release(&of->fresh, err);
	done = done && agent_call_if_there(cli, "lock",
					   MESSAGE(msg_lock, &(struct msg_lock){MSG_LOCK_REPLACED}),
					   NULL, &absent, &ok, err);
	json_decref(ok);
	client_close(&cli->agent.client);
	of->was_open = done && !absent;
	of->has_vault = lstat(cli->vault, &st) == 0;
	done = done && agent_start_lock(cli, &lock, err) &&
	       (!of->has_vault ||
		agent_start_header(&of->fresh, "open", &of->header, err) == CLIENT_OK) &&
	       agent_start_release(&of->fresh, err);
	if (lock >= 0)
		(void)close(lock);
	return done;
}

/* A vault that does not open is in the way, but it is not this command that takes it away. */
static bool restoration_open_vault(struct cli *cli, struct restoration *of, struct error *err)
{
	char word[PATH_MAX];

	if (open_header_ask(cli, &of->header, &of->opened, err))
		return keys_derive(&of->opened.vault_key, &of->keys, err);
	if (err->code == ERROR_WRONG_PASSPHRASE || err->code == ERROR_TAMPERED) {
		out_path_word(cli->vault, word, sizeof(word));
		error_detail(err, "To restore where a vault lies that you cannot open, move it "
				  "away first.");
		error_hint(err, "mv %s %s.away", word, word);
	}
	return false;
}

/*
 * What opened the vault may open the backup as well (*same); else its own passphrase is asked for.
 */
static bool restoration_try_same(const struct restoration *of, struct open_header *out, bool *same,
				 struct error *err)
{
	const struct secret *typed = &of->opened.typed;

	*out = OPEN_HEADER_EMPTY;
	*same = false;
	if (!typed->data)
		return true;
	if (!header_open(&of->backup_header, typed, &out->header, &out->vault_key, &out->slot,
			 err)) {
		if (err->code != ERROR_WRONG_PASSPHRASE)
			return false;
		*err = ERROR_INIT;
		return true;
	}
	out->how = out->header.slots[out->slot].type == SLOT_RECOVERY ? "recovery code"
								      : "passphrase";
	*same = secret_set(&out->typed, typed->data, typed->len, err);
	return *same;
}

static bool restoration_open_backup(struct cli *cli, struct restoration *of, struct error *err)
{
	struct open_header *opened = &of->backup_opened;
	bool same = false, tried;
	int fd = -1;

	if (!option_fd(&cli->options, "backup-passphrase-fd", &fd, err))
		return false;
	progress_show(cli, "Deriving the key …");
	tried = !of->has_vault || fd >= 0 || restoration_try_same(of, opened, &same, err);
	progress_hide(cli);
	if (tried && fd >= 0)
		cli->passphrase_fd = fd;
	if (tried && (same || open_header_ask_of(cli, of->file, &of->backup_header, opened, err)))
		return keys_derive(&opened->vault_key, &of->backup_keys, err);
	if (err->code == ERROR_TAMPERED) {
		error_detail(err, "That is the backup's. Nothing was changed.");
		error_hint(err, "another backup, one that is whole");
	}
	if (err->code == ERROR_LOCKED && of->has_vault) {
		error_set(err, ERROR_LOCKED,
			  "the backup has another passphrase, and there is no terminal to ask on");
		error_detail(err, "Nothing was changed.");
		error_hint(err, "--backup-passphrase-fd N");
	}
	return false;
}

/* --- the plan --------------------------------------------------------------------------------- */

/* The arguments that both calls have. The texts are the caller's, wiped by restoration_said(). */
struct saying {
	struct buf keys, backup_keys, new_keys;
	struct msg_restore args;
};

static bool saying_make(const struct restoration *of, const struct keys *new_keys,
			struct saying *out, struct error *err)
{
	*out = (struct saying){.keys = BUF_INIT(KEYS_TEXT_MAX),
			       .backup_keys = BUF_INIT(KEYS_TEXT_MAX),
			       .new_keys = BUF_INIT(KEYS_TEXT_MAX)};
	if ((of->has_vault && !keys_append_json(&of->keys, &out->keys, err)) ||
	    !keys_append_json(&of->backup_keys, &out->backup_keys, err) ||
	    (new_keys && !keys_append_json(new_keys, &out->new_keys, err)))
		return false;
	out->args = (struct msg_restore){.copy = of->staged.id,
					 .backup_keys = {.text = buf_text(&out->backup_keys)},
					 .drop = {(void *)(uintptr_t)of->drop, of->drop_count, 0}};
	if (of->has_vault)
		out->args.keys.text = buf_text(&out->keys);
	if (new_keys)
		out->args.new_keys.text = buf_text(&out->new_keys);
	return true;
}

static void saying_clear(struct saying *saying)
{
	buf_clear(&saying->keys);
	buf_clear(&saying->backup_keys);
	buf_clear(&saying->new_keys);
}

static int restoration_by_name(const void *a, const void *b)
{
	json_t *const *first = a, *const *second = b;

	return strcmp(json_string_value(json_object_get(*first, "name")),
		      json_string_value(json_object_get(*second, "name")));
}

/* Rows come in no order. */
static bool restoration_sort(struct restoration *of, struct error *err)
{
	size_t count = json_array_size(of->rows), i;
	json_t **rows = calloc(count + 1, sizeof(json_t *)), *sorted = json_array(), *row;
	bool ok = rows && sorted;

	if (ok) {
		json_array_foreach(of->rows, i, row)
		{
			rows[i] = row;
			ok = ok && json_string_value(json_object_get(row, "name"));
		}
	}
	if (ok)
		qsort(rows, count, sizeof(json_t *), restoration_by_name);
	for (i = 0; ok && i < count; i++)
		ok = json_array_append(sorted, rows[i]) == 0;
	free(rows);
	if (!ok) {
		json_decref(sorted);
		return error_set(err, ERROR_PROTOCOL, "the agent's rows make no sense");
	}
	json_decref(of->rows);
	of->rows = sorted;
	return true;
}

static bool restoration_ask_plan(struct restoration *of, struct error *err)
{
	const struct client_handler handler = {.row = agent_call_gather, .ctx = of->rows};
	struct saying saying;
	bool ok = saying_make(of, NULL, &saying, err) &&
		  client_call(&of->fresh, "restore_plan",
			      MESSAGE(msg_restore_plan_args, &saying.args), &handler, &of->ok,
			      err) == CLIENT_OK &&
		  fields_read_answer(&msg_restore_plan, of->ok, &of->plan, err) &&
		  restoration_sort(of, err) && agent_start_release(&of->fresh, err);

	saying_clear(&saying);
	return ok;
}

bool restoration_plan(struct cli *cli, struct restoration *of, struct error *err)
{
	char at[TEXT_TIME_BYTES];
	size_t n = 0;

	of->fresh = CLIENT_EMPTY;
	of->header = BUF_INIT(HEADER_BYTES_MAX);
	of->backup_header = BUF_INIT(HEADER_BYTES_MAX);
	of->rows = json_array();
	text_format_time(clock_real_s(cli->clock), at);
	for (const char *c = at; *c && n < sizeof(of->replaced) - 1; c++) {
		if (*c != '-' && *c != ':')
			of->replaced[n++] = *c;
	}
	return staged_backup_put(cli, of->file, &of->staged, err) &&
	       restoration_read(cli, of, err) &&
	       (!of->has_vault || restoration_open_vault(cli, of, err)) &&
	       restoration_open_backup(cli, of, err) && restoration_ask_plan(of, err);
}

/* --- carrying it out -------------------------------------------------------------------------- */

static bool restoration_is_resident(const struct cli *cli, const struct restoration *of)
{
	return !cli->once && (of->was_open || cli->passphrase_came == ASK_TERMINAL ||
			      cli->passphrase_came == ASK_PROGRAM);
}

bool restoration_run(struct cli *cli, struct restoration *of, const struct changed *changed,
		     struct error *err)
{
	const struct keys *new_keys = changed ? &changed->keys : NULL;
	const struct agent_start_terms terms = {.keys = of->has_vault ? &of->keys
								      : &of->backup_keys,
						.new_keys = new_keys,
						.resident = restoration_is_resident(cli, of)};
	json_t *ok = NULL;
	struct saying saying;
	int lock = -1;
	bool done = saying_make(of, new_keys, &saying, err);

	if (done) {
		saying.args.digest = of->plan.digest;
		saying.args.replaced = of->replaced;
		saying.args.how = of->has_vault ? of->opened.how : of->backup_opened.how;
		saying.args.resident = terms.resident;
		if (changed)
			saying.args.header = changed->header;
	}
	progress_show(cli, "Restoring …");
	done = done && agent_start_lock(cli, &lock, err) &&
	       client_call(&of->fresh, "restore", MESSAGE(msg_restore, &saying.args), NULL, &ok,
			   err) == CLIENT_OK;
	progress_hide(cli);
	if (done)
		agent_start_adopt(cli, &of->fresh, &terms, ok);
	if (lock >= 0)
		(void)close(lock);
	saying_clear(&saying);
	json_decref(ok);
	return done;
}

bool restoration_leave(struct cli *cli, struct restoration *of, struct error *err)
{
	const struct agent_start_terms terms = {
	    .keys = &of->keys, .how = of->opened.how, .resident = restoration_is_resident(cli, of)};
	json_t *ok = NULL;
	int lock = -1;
	bool done = true;

	/* A vault that the witness refuses is refused here too. */
	if (of->has_vault && of->was_open && of->fresh.fd >= 0 && keys_have(&of->keys, KEY_PROOF)) {
		done = agent_start_lock(cli, &lock, err) &&
		       agent_start_unlock(&of->fresh, &terms, &ok, err) == CLIENT_OK;
		if (done)
			agent_start_adopt(cli, &of->fresh, &terms, ok);
		if (lock >= 0)
			(void)close(lock);
		json_decref(ok);
	}
	return done;
}

void restoration_clear(struct restoration *of)
{
	client_close(&of->fresh);
	staged_backup_remove(&of->staged);
	open_header_clear(&of->opened);
	open_header_clear(&of->backup_opened);
	keys_clear(&of->keys);
	keys_clear(&of->backup_keys);
	buf_clear(&of->header);
	buf_clear(&of->backup_header);
	json_decref(of->rows);
	json_decref(of->ok);
	fields_clear(&msg_restore_plan, &of->plan);
	secret_wipe_stack();
}
