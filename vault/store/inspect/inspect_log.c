/* SPDX-License-Identifier: MIT */
#include "vault/store/inspect/inspecting.h"
#include "vault/store/log/segment_prune.h"
#include "vault/store/log/segment_check.h"
#include "vault/store/log/segment_row.h"

#include <stdio.h>
#include <string.h>

enum { RANGES_MAX = 8 };

/* A walk along the log as it stands in the file. */
struct walk {
	const struct verified_state *state; /* segment and its keys */
	uint64_t next;			    /* the number expected next */
	uint64_t last;			    /* the manifest's last number */
	uint64_t broken, first_broken;
	uint64_t extra;
	unsigned int gaps;
	unsigned char head[SEAL_DIGEST_BYTES];
	bool whole; /* head covers every entry before next */
};

static void lacks(struct inspecting *in, struct walk *walk, uint64_t from, uint64_t to)
{
	walk->whole = false;
	if (walk->gaps++ >= RANGES_MAX)
		return;
	if (from == to)
		inspection_add(in->out, "the log lacks entry %llu", (unsigned long long)from);
	else
		inspection_add(in->out, "the log lacks entries %llu-%llu", (unsigned long long)from,
			       (unsigned long long)to);
}

static void is_broken(struct walk *walk, uint64_t seq)
{
	if (walk->broken++ == 0)
		walk->first_broken = seq;
	walk->whole = false;
}

static bool look(struct inspecting *in, struct walk *walk, sqlite3_stmt *stmt, struct buf *plain,
		 struct error *err)
{
	unsigned char head[SEAL_DIGEST_BYTES];
	const unsigned char *nonce, *sealed;
	struct error why = ERROR_INIT;
	struct chain_place place;
	uint64_t seq;
	size_t len;

	if (!statement_number(stmt, 0, 1, &seq) || seq < walk->next || seq > walk->last) {
		walk->extra++;
		return true;
	}
	if (seq > walk->next)
		lacks(in, walk, walk->next, seq - 1);
	walk->next = seq + 1;
	if (!statement_blob(stmt, 1, SEAL_NONCE_BYTES, SEAL_NONCE_BYTES, &nonce, NULL) ||
	    !statement_blob(stmt, 2, 1, CHAIN_SEALED_MAX, &sealed, &len)) {
		is_broken(walk, seq);
		return true;
	}
	place = (struct chain_place){&walk->state->segment_keys, in->store->vault_id,
				     walk->state->segment.number, seq};
	if (!chain_open(&place, nonce, sealed, len, plain, &why)) {
		if (why.code != ERROR_TAMPERED) {
			*err = why;
			return false;
		}
		is_broken(walk, seq);
		return true;
	}
	if (!walk->whole)
		return true;
	if (!chain_head(&place, walk->head, plain->data, plain->len, head, err))
		return false;
	memcpy(walk->head, head, sizeof(head));
	return true;
}

static void tell(struct inspecting *in, const struct walk *walk)
{
	if (walk->gaps > RANGES_MAX)
		inspection_add(in->out, "the log has %u more gaps", walk->gaps - RANGES_MAX);
	if (walk->broken == 1)
		inspection_add(in->out, "entry %llu of the log fails its seal",
			       (unsigned long long)walk->first_broken);
	else if (walk->broken)
		inspection_add(
		    in->out, "%llu entries of the log fail their seals, the first is %llu",
		    (unsigned long long)walk->broken, (unsigned long long)walk->first_broken);
	if (walk->extra)
		inspection_add(in->out, "the log has %llu entr%s too many",
			       (unsigned long long)walk->extra, walk->extra == 1 ? "y" : "ies");
	else if (walk->whole && in->has_manifest &&
		 memcmp(walk->head, in->manifest.log_head, sizeof(walk->head)) != 0)
		inspection_add(in->out, "an entry of the log is not the one that was saved");
}

static bool look_at_all(struct inspecting *in, struct walk *walk, struct error *err)
{
	struct statements *statements = &in->store->statements;
	sqlite3_stmt *stmt = statement_use(statements, STATEMENT_LOG_FROM);
	struct buf plain = BUF_INIT(CHAIN_PLAIN_MAX + 1);
	struct error why = ERROR_INIT;
	bool more, ok = false;

	(void)sqlite3_bind_int64(stmt, 1, INT64_MIN);
	for (;;) {
		if (!statement_step(statements, stmt, &more, &why)) {
			if (why.code != ERROR_TAMPERED) {
				*err = why;
				goto out;
			}
			inspection_add(in->out, "the table of the log is damaged");
			ok = true;
			goto out;
		}
		if (!more)
			break;
		if (!look(in, walk, stmt, &plain, err))
			goto out;
	}
	if (in->has_manifest && walk->next <= walk->last)
		lacks(in, walk, walk->next, walk->last);
	tell(in, walk);
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	buf_clear(&plain);
	return ok;
}

/* Adds a problem of a closed segment, whose entries are in a file beside the vault. */
static bool add_file(void *arg, const struct segment_problem *problem, struct error *err)
{
	struct inspecting *in = arg;

	(void)err;
	if (problem->from > 0)
		inspection_add(in->out, "entries %llu-%llu of the log: %s (%.80s)",
			       (unsigned long long)problem->from, (unsigned long long)problem->to,
			       problem->what, problem->file);
	else
		inspection_add(in->out, "the log: %s (%.80s)", problem->what, problem->file);
	return true;
}

bool inspect_log(struct inspecting *in, struct error *err)
{
	const struct segment_watch files = {.problem = add_file, .arg = in};
	struct walk walk = {.last = in->has_manifest ? in->manifest.log_count : INT64_MAX,
			    .whole = true};
	struct verified_state loaded = {.segment.number = 0};
	struct error why = ERROR_INIT;
	bool ok;

	verified_rows_init(&loaded.rows);
	ok = segment_load(in->store, in->keys, &loaded, &why);
	if (!ok && why.code != ERROR_TAMPERED) {
		*err = why;
		goto out;
	}
	if (!ok)
		inspection_add(in->out, "the keys of the log were changed");
	if (!ok && !in->memory) {
		ok = true;
		goto out;
	}
	/* Without an anchor every part is looked for; one that does not fit is a finding. */
	if (!in->memory && !segment_prune_load(in->store, in->keys, &loaded, &why)) {
		if (why.code != ERROR_TAMPERED) {
			*err = why;
			ok = false;
			goto out;
		}
		loaded.anchor = (struct log_anchor){.parts = 0};
		inspection_add(in->out, "the log's anchor was changed");
	}
	walk.state = in->memory ? in->memory : &loaded;
	walk.next = walk.state->segment.first;
	memcpy(walk.head, walk.state->segment.head, sizeof(walk.head));
	ok = look_at_all(in, &walk, err) &&
	     segment_check_files(in->store, in->keys, walk.state, &files, err);
out:
	verified_state_clear(&loaded);
	return ok;
}
