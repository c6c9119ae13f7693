/* SPDX-License-Identifier: MIT */
#include "vault/rotate/foreign_use.h"

#include "vault/audit/pruned_uses.h"
#include "vault/audit/read.h"
#include "vault/store/log/segment_prune.h"

#include <string.h>

/* How many entries are read beyond where a time says enough. */
enum { SPARE = 128, SUSPECTS_MAX = 64 };

/*
 * An emission that explains the use if it was one of this key. Its line names the session and the
 * profile; an older line tells from which key that profile starts.
 */
struct suspect {
	char profile[AUDIT_NAME_BYTES];
	char issued[AUDIT_KEY_ID_BYTES];
};

/* One look through the log, from the newest entry back. */
struct look {
	const struct foreign_use *use;
	enum foreign_use_verdict verdict;
	uint64_t first;	  /* the first entry that is there */
	uint64_t read;	  /* entries so far */
	uint64_t at;	  /* the last one's number */
	int64_t time;	  /* and time */
	uint64_t younger; /* entries in a row that are too young to speak of the use */
	uint64_t older;	  /* entries in a row from before the key came */
	bool sought;
	struct suspect suspects[SUSPECTS_MAX];
	size_t suspect_count;
};

static bool use_is_of_name(const struct foreign_use *use, const char *profile)
{
	for (size_t i = 0; i < use->names->count; i++) {
		if (strcmp(use->names->at[i], profile) == 0)
			return true;
	}
	return false;
}

static bool use_is_within(int64_t from, int64_t until, int64_t at)
{
	return at >= from - FOREIGN_USE_LAG_S && at <= until;
}

static bool look_suspects_profile(const struct look *look, const char *profile)
{
	for (size_t i = 0; i < look->suspect_count; i++) {
		if (strcmp(look->suspects[i].profile, profile) == 0)
			return true;
	}
	return false;
}

static bool look_suspects_session(const struct look *look, const char *issued)
{
	for (size_t i = 0; i < look->suspect_count; i++) {
		if (strcmp(look->suspects[i].issued, issued) == 0)
			return true;
	}
	return false;
}

static void look_suspect(struct look *look, const char *profile, const char *issued)
{
	struct suspect *one;

	if (look->suspect_count == SUSPECTS_MAX ||
	    (look_suspects_profile(look, profile) && look_suspects_session(look, issued)))
		return;
	one = &look->suspects[look->suspect_count++];
	memcpy(one->profile, profile, sizeof(one->profile));
	memcpy(one->issued, issued, sizeof(one->issued));
}

/* The line of a new session tells whether a suspect's session starts from the key. */
static bool look_leads_to_key(struct look *look, const struct audit_entry *entry)
{
	const struct foreign_use *use = look->use;

	if (strcmp(entry->access_key_id, use->access_key_id) == 0)
		return look_suspects_profile(look, entry->profile);
	if (!look_suspects_session(look, entry->access_key_id))
		return false;
	if (strstr(entry->what, use->access_key_id) || use_is_of_name(use, entry->profile))
		return true;
	look_suspect(look, entry->profile, entry->access_key_id);
	return false;
}

static enum foreign_use_verdict look_judge(struct look *look, const struct audit_entry *entry)
{
	const struct foreign_use *use = look->use;
	bool of_key = strcmp(entry->access_key_id, use->access_key_id) == 0;

	if (of_key && (entry->op == AUDIT_OP_REVEAL || strcmp(entry->what, AUDIT_GIVEN_AWAY) == 0))
		return use_is_within(entry->time, INT64_MAX, use->at) ? FOREIGN_USE_HANDED_OUT
								      : FOREIGN_USE_UNEXPLAINED;
	if (entry->op == AUDIT_OP_EMIT) {
		if (!use_is_within(entry->time, entry->expires_at + FOREIGN_USE_AFTER_S, use->at))
			return FOREIGN_USE_UNEXPLAINED;
		if (use_is_of_name(use, entry->profile))
			return FOREIGN_USE_HANDED_OUT;
		look_suspect(look, entry->profile, entry->access_key_id);
		return FOREIGN_USE_UNEXPLAINED;
	}
	if (entry->op == AUDIT_OP_SESSION && look_leads_to_key(look, entry))
		return FOREIGN_USE_HANDED_OUT;
	/* The agent itself calls only these two services. */
	if ((strcmp(use->service, "sts") != 0 && strcmp(use->service, "iam") != 0) ||
	    !(of_key || use_is_of_name(use, entry->profile)))
		return FOREIGN_USE_UNEXPLAINED;
	return use_is_within(entry->time, entry->time + FOREIGN_USE_LAG_S, use->at)
		   ? FOREIGN_USE_OWN
		   : FOREIGN_USE_UNEXPLAINED;
}

static bool look_at(void *arg, const struct audit_entry *entry)
{
	struct look *look = arg;
	const struct foreign_use *use = look->use;
	bool late = entry->time < use->at - FOREIGN_USE_SESSION_S;

	if (!late || entry->op == AUDIT_OP_REVEAL || entry->op == AUDIT_OP_ROTATE)
		look->verdict = look_judge(look, entry);
	look->at = entry->seq;
	look->younger = entry->time > use->at + FOREIGN_USE_LAG_S ? look->younger + 1 : 0;
	/* Nobody is given a key before it comes; some more are read, for clocks are set back. */
	look->older = entry->time < use->came_at - FOREIGN_USE_LAG_S ? look->older + 1 : 0;
	return look->verdict == FOREIGN_USE_UNEXPLAINED && ++look->read < FOREIGN_USE_ENTRIES_MAX &&
	       look->older < SPARE && (look->sought || look->younger < SPARE);
}

static bool look_note_time(void *arg, const struct audit_entry *entry, struct error *err)
{
	struct look *look = arg;

	(void)err;
	look->at = entry->seq;
	look->time = entry->time;
	return true;
}

/*
 * Finds the newest entry that can explain the use: an entry that is younger by more than the lag
 * cannot. Entries' times grow unless the clock was set, for which some to spare are read.
 */
static bool look_find_first(struct store *store, struct look *look, uint64_t last, uint64_t *out,
			    struct error *err)
{
	uint64_t low = look->first, high = last;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (!audit_read(store, middle, 1, look_note_time, look, err) || look->at != middle)
			return false;
		if (look->time > look->use->at + FOREIGN_USE_LAG_S)
			high = middle;
		else
			low = middle + 1;
	}
	*out = low + SPARE < last ? low + SPARE : last;
	return true;
}

/* What the pruned entries explain: they came before all that are read. */
static bool look_explains_pruned(struct store *store, const struct foreign_use *use)
{
	struct log_anchor anchor;
	struct pruned_uses pruned;
	struct error unused;

	if (!segment_anchor(store, &anchor, &unused) || anchor.parts == 0)
		return false;
	pruned_uses_read(&anchor, &pruned);
	return pruned_uses_explain(&pruned, use->access_key_id, use->at, FOREIGN_USE_LAG_S);
}

static enum foreign_use_verdict look_through(struct store *store, const struct foreign_use *use)
{
	struct look look = {.use = use, .verdict = FOREIGN_USE_UNEXPLAINED};
	struct store_state log;
	struct error unused;
	uint64_t last;

	if (!store_state(store, &log, &unused) ||
	    !audit_read_back(store, log.log_count, look_at, &look, &unused))
		return look.verdict;
	look.first = log.log_first;
	/* The use is long ago: the log is searched for its time, and read from there. */
	if (look.verdict == FOREIGN_USE_UNEXPLAINED && look.younger >= SPARE &&
	    look.at > log.log_first) {
		look.sought = true;
		if (look_find_first(store, &look, look.at - 1, &last, &unused))
			(void)!audit_read_back(store, last, look_at, &look, &unused);
	}
	return look.verdict;
}

enum foreign_use_verdict foreign_use_judge(struct store *store, const struct foreign_use *use)
{
	enum foreign_use_verdict verdict;

	if (use->at == 0)
		return FOREIGN_USE_UNKNOWN;
	if (use->at < use->came_at)
		return FOREIGN_USE_BEFORE;
	verdict = look_through(store, use);
	return verdict == FOREIGN_USE_UNEXPLAINED && look_explains_pruned(store, use)
		   ? FOREIGN_USE_HANDED_OUT
		   : verdict;
}
