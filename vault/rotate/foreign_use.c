/* SPDX-License-Identifier: MIT */
#include "vault/rotate/foreign_use.h"

#include "vault/audit/read.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 128, SUSPECTS_MAX = 64 };

/*
 * An emission that could be it, if it was one of this key: the line says which session, and for
 * which profile. Which key that profile starts from stands in an older line.
 */
struct suspect {
	char profile[AUDIT_NAME_BYTES];
	char issued[AUDIT_KEY_ID_BYTES];
};

/* One look. Entries of a chunk come oldest first, and are judged the other way round. */
struct look {
	const struct foreign_use *use;
	struct audit_entry *chunk;
	size_t count;
	struct suspect suspects[SUSPECTS_MAX];
	size_t suspect_count;
};

static bool keep(void *arg, const struct audit_entry *entry, struct error *err)
{
	struct look *look = arg;

	(void)err;
	if (look->count < CHUNK)
		look->chunk[look->count++] = *entry;
	return true;
}

/* What the agent itself asks: nothing but these. */
static bool may_be_own(const struct foreign_use *use)
{
	return strcmp(use->service, "sts") == 0 || strcmp(use->service, "iam") == 0;
}

static bool is_name_of_it(const struct foreign_use *use, const char *profile)
{
	for (size_t i = 0; i < use->names->count; i++) {
		if (strcmp(use->names->at[i], profile) == 0)
			return true;
	}
	return false;
}

static bool covers(int64_t from, int64_t until, int64_t at)
{
	return at >= from - FOREIGN_USE_LAG_S && at <= until;
}

static bool suspected_profile(const struct look *look, const char *profile)
{
	for (size_t i = 0; i < look->suspect_count; i++) {
		if (strcmp(look->suspects[i].profile, profile) == 0)
			return true;
	}
	return false;
}

static bool suspected_session(const struct look *look, const char *issued)
{
	for (size_t i = 0; i < look->suspect_count; i++) {
		if (strcmp(look->suspects[i].issued, issued) == 0)
			return true;
	}
	return false;
}

static void suspect(struct look *look, const char *profile, const char *issued)
{
	struct suspect *one;

	if (look->suspect_count == SUSPECTS_MAX ||
	    (suspected_profile(look, profile) && suspected_session(look, issued)))
		return;
	one = &look->suspects[look->suspect_count++];
	memcpy(one->profile, profile, sizeof(one->profile));
	memcpy(one->issued, issued, sizeof(one->issued));
}

/* A session was made: whose it is leads from a suspect to the key. */
static bool leads_to_it(struct look *look, const struct audit_entry *entry)
{
	const struct foreign_use *use = look->use;

	if (strcmp(entry->access_key_id, use->access_key_id) == 0)
		return suspected_profile(look, entry->profile);
	if (!suspected_session(look, entry->access_key_id))
		return false;
	if (strstr(entry->what, use->access_key_id) || is_name_of_it(use, entry->profile))
		return true;
	suspect(look, entry->profile, entry->access_key_id);
	return false;
}

static enum foreign_use_verdict judge_emission(struct look *look, const struct audit_entry *entry)
{
	const struct foreign_use *use = look->use;

	if (!covers(entry->time, entry->expires_at + FOREIGN_USE_AFTER_S, use->at))
		return FOREIGN_USE_UNEXPLAINED;
	if (is_name_of_it(use, entry->profile))
		return FOREIGN_USE_HANDED_OUT;
	suspect(look, entry->profile, entry->access_key_id);
	return FOREIGN_USE_UNEXPLAINED;
}

static enum foreign_use_verdict judge(struct look *look, const struct audit_entry *entry)
{
	const struct foreign_use *use = look->use;
	bool of_key = strcmp(entry->access_key_id, use->access_key_id) == 0;

	if (of_key &&
	    (entry->op == AUDIT_OP_REVEAL || strcmp(entry->what, FOREIGN_USE_GIVEN_AWAY) == 0))
		return covers(entry->time, INT64_MAX, use->at) ? FOREIGN_USE_HANDED_OUT
							       : FOREIGN_USE_UNEXPLAINED;
	if (entry->op == AUDIT_OP_EMIT)
		return judge_emission(look, entry);
	if (entry->op == AUDIT_OP_SESSION && leads_to_it(look, entry))
		return FOREIGN_USE_HANDED_OUT;
	if (!may_be_own(use) || !(of_key || is_name_of_it(use, entry->profile)))
		return FOREIGN_USE_UNEXPLAINED;
	return covers(entry->time, entry->time + FOREIGN_USE_LAG_S, use->at)
		   ? FOREIGN_USE_OWN
		   : FOREIGN_USE_UNEXPLAINED;
}

/*
 * The newest entry that can speak of the use: those that are younger by more than the lag cannot.
 * Entries' times grow but where the clock was set; a chunk to spare is read for that.
 */
static bool first_to_read(struct store *store, struct look *look, uint64_t last, uint64_t *out)
{
	uint64_t low = 1, high = last;
	struct error unused;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		look->count = 0;
		if (!audit_read(store, middle, 1, keep, look, &unused) || look->count == 0)
			return false;
		if (look->chunk[0].time > look->use->at + FOREIGN_USE_LAG_S)
			high = middle;
		else
			low = middle + 1;
	}
	*out = low + CHUNK < last ? low + CHUNK : last;
	return true;
}

static enum foreign_use_verdict walk(struct store *store, struct look *look, uint64_t last)
{
	const struct foreign_use *use = look->use;
	uint64_t end = last;
	bool sought = false;
	struct error unused;

	for (uint64_t read = 0; end > 0 && read < FOREIGN_USE_ENTRIES_MAX; read += CHUNK) {
		uint64_t from = end > CHUNK ? end - CHUNK + 1 : 1;

		look->count = 0;
		if (!audit_read(store, from, end - from + 1, keep, look, &unused) ||
		    look->count == 0)
			break;
		for (size_t i = look->count; i-- > 0;) {
			const struct audit_entry *entry = &look->chunk[i];
			bool late = entry->time < use->at - FOREIGN_USE_SESSION_S;
			enum foreign_use_verdict verdict = late && entry->op != AUDIT_OP_REVEAL &&
								   entry->op != AUDIT_OP_ROTATE
							       ? FOREIGN_USE_UNEXPLAINED
							       : judge(look, entry);

			if (verdict != FOREIGN_USE_UNEXPLAINED)
				return verdict;
		}
		/* Before the key came nobody could be given it. */
		if (look->chunk[0].time < use->came_at - FOREIGN_USE_LAG_S)
			break;
		end = from - 1;
		if (!sought && look->chunk[0].time > use->at + FOREIGN_USE_LAG_S &&
		    !first_to_read(store, look, end, &end))
			break;
		sought = true;
	}
	return FOREIGN_USE_UNEXPLAINED;
}

enum foreign_use_verdict foreign_use_judge(struct store *store, const struct foreign_use *use)
{
	struct look *look;
	enum foreign_use_verdict verdict = FOREIGN_USE_UNEXPLAINED;
	unsigned char head[32];
	struct error unused;
	uint64_t last;

	if (use->at == 0)
		return FOREIGN_USE_UNKNOWN;
	if (use->at < use->came_at)
		return FOREIGN_USE_BEFORE;
	look = calloc(1, sizeof(*look));
	if (look)
		look->chunk = calloc(CHUNK, sizeof(*look->chunk));
	if (look && look->chunk) {
		look->use = use;
		if (audit_head(store, &last, head, &unused))
			verdict = walk(store, look, last);
		free(look->chunk);
	}
	free(look);
	return verdict;
}
