/* SPDX-License-Identifier: MIT */
#include "vault/rotate/rotate.h"

#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/creds/session.h"
#include "vault/creds/source_key.h"
#include "vault/store/rows/recovery_file.h"

#include <stdio.h>
#include <string.h>

enum {
	IDLE_LAG_S = 4 * 3600, /* GetAccessKeyLastUsed may be so late */
	PIECE_MS = 250
};

/* A rotation ends at the endpoint where it began: its keys are there and nowhere else. */
static bool rotate_choose_endpoint(struct rotate *rotate, struct error *err)
{
	const struct rotate_order *order = &rotate->order;
	const char *url = order->endpoint ? order->endpoint : "";
	const char *region = order->region && order->region[0] ? order->region : rotate->key.region;

	if (rotate->row.step) {
		if (url[0] && strcmp(url, rotate->row.endpoint) != 0) {
			error_set(err, ERROR_USAGE, "this rotation was begun at another endpoint");
			if (rotate->row.endpoint[0])
				error_hint(err, "credvault rotate %s --endpoint-url %s",
					   TEXT_WORD(order->name), rotate->row.endpoint);
			return error_detail(err, "It goes on at %s.",
					    rotate->row.endpoint[0] ? rotate->row.endpoint
								    : "AWS's own");
		}
		url = rotate->row.endpoint;
		region = rotate->row.region;
	}
	return endpoint_make("sts", region, url, &rotate->sts, err) &&
	       endpoint_make("iam", region, url, &rotate->iam, err) &&
	       session_check_endpoint(rotate->key.endpoint_class, rotate->key.endpoint_host,
				      &rotate->sts, err) &&
	       session_check_endpoint(rotate->key.endpoint_class, rotate->key.endpoint_host,
				      &rotate->iam, err);
}

/* One IAM key: where any of its names requires MFA, its rotation does. */
static bool rotate_find_mfa(struct rotate *rotate, struct error *err)
{
	struct journal_names names = {.at = NULL};
	struct store *store = rotate->seams->store;
	bool ok = journal_holders(store, rotate->key.access_key_id, &names, err);

	for (size_t i = 0; ok && i < names.count && !rotate->key.mfa_required; i++) {
		struct access_key other;

		access_key_init(&other);
		ok = source_key_read(store, names.at[i], &other, NULL, err);
		rotate->key.mfa_required = ok && other.mfa_required;
		access_key_clear(&other);
	}
	journal_names_clear(&names);
	return ok;
}

bool rotate_open(struct rotate *rotate, const struct rotate_seams *seams,
		 const struct rotate_order *order, struct error *err)
{
	bool found = false;

	*rotate = (struct rotate){.seams = seams, .order = *order};
	access_key_init(&rotate->key);
	rotation_record_init(&rotate->row);
	credentials_init(&rotate->session);
	if (!source_key_read(seams->store, order->name, &rotate->key, NULL, err))
		return false;
	secret_clear(&rotate->key.secret);
	if (!rotate_find_mfa(rotate, err) ||
	    !journal_find(seams->store, rotate->key.access_key_id, &rotate->row, &found, err))
		return false;
	rotate->resumed = found;
	memcpy(rotate->arn, rotate->row.arn, sizeof(rotate->arn));
	memcpy(rotate->user_name, rotate->row.user_name, sizeof(rotate->user_name));
	return rotate_choose_endpoint(rotate, err);
}

void rotate_clear(struct rotate *rotate)
{
	access_key_clear(&rotate->key);
	rotation_record_clear(&rotate->row);
	credentials_clear(&rotate->session);
}

const char *rotate_old_id(const struct rotate *rotate)
{
	return rotate->row.name[0] ? rotate->row.name : rotate->key.access_key_id;
}

const char *rotate_new_id(const struct rotate *rotate)
{
	return rotate->row.new_access_key_id;
}

const struct iam_access_key *rotate_listed(const struct rotate *rotate, const char *access_key_id)
{
	const struct iam_access_keys *keys = &rotate->found.keys;

	for (size_t i = 0; i < keys->count; i++) {
		if (strcmp(keys->items[i].access_key_id, access_key_id) == 0)
			return &keys->items[i];
	}
	return NULL;
}

const struct rotate_use *rotate_use_of(const struct rotate *rotate,
				       const struct iam_access_key *listed)
{
	return &rotate->found.uses[listed - rotate->found.keys.items];
}

const struct iam_last_used *rotate_unexplained(const struct rotate *rotate)
{
	const struct iam_access_key *judged = rotate_listed(rotate, rotate->found.judged);

	if (!judged || rotate->found.verdict != FOREIGN_USE_UNEXPLAINED)
		return NULL;
	return &rotate_use_of(rotate, judged)->last;
}

int64_t rotate_idle_s(int64_t asked)
{
	return asked > IDLE_LAG_S ? asked : IDLE_LAG_S;
}

int64_t rotate_aws_ahead_s(const struct rotate *rotate, const struct endpoint *endpoint)
{
	const struct skew *skew = rotate->seams->skew(rotate->seams->ctx, endpoint->url);
	int64_t ahead = skew->measured_s;

	return ahead >= CALL_SKEW_THRESHOLD_S || ahead <= -CALL_SKEW_THRESHOLD_S ? ahead : 0;
}

struct audit_entry rotate_entry(const struct rotate *rotate, const char *access_key_id,
				const char *what)
{
	struct audit_entry entry = rotate->seams->entry(rotate->seams->ctx);

	audit_text(entry.profile, sizeof(entry.profile), rotate->order.name);
	audit_text(entry.access_key_id, sizeof(entry.access_key_id), access_key_id);
	audit_text(entry.what, sizeof(entry.what), what);
	return entry;
}

bool rotate_commit(struct rotate *rotate, enum rotation_record_step step, const char *access_key_id,
		   const char *what, struct error *err)
{
	struct audit_entry entry = rotate_entry(rotate, access_key_id, what);
	uint64_t before = rotate->row.step;

	rotate->row.step = step;
	if (journal_put(rotate->seams->store, &rotate->row, &entry, err))
		return true;
	rotate->row.step = before;
	return false;
}

bool rotate_end(struct rotate *rotate, const char *access_key_id, const char *what,
		struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	struct audit_entry entry = rotate_entry(rotate, access_key_id, what);

	/* The row names the file: without the row nobody would ever remove it. */
	if (!recovery_file_remove(seams->store, rotate->row.recovery, err)) {
		error_detail(err, "Everything else is done; the next run ends this rotation.");
		return error_hint(err, "credvault rotate %s", TEXT_WORD(rotate->order.name));
	}
	if (!journal_end(seams->store, &rotate->row, &entry, err))
		return false;
	rotate->over = true;
	return seams->erase(seams->ctx, err);
}

bool rotate_wait(struct rotate *rotate, int64_t ms, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	bool gone = false;

	seams->leave(seams->ctx);
	while (ms > 0 && !gone) {
		int64_t piece = ms > PIECE_MS ? PIECE_MS : ms;

		clock_sleep_ms(seams->clock, piece);
		ms -= piece;
		gone = seams->gone(seams->ctx);
	}
	seams->enter(seams->ctx);
	return !gone || error_set(err, ERROR_INTERRUPTED, "the client has gone");
}

int64_t rotate_back_off(int64_t ms)
{
	int64_t next = 2 * ms;

	if (next > ROTATE_WAIT_MAX_MS)
		next = ROTATE_WAIT_MAX_MS;
	return next - secret_random_below((unsigned int)next / 8 + 1);
}
