/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/core/passphrase_proof.h"
#include "vault/agent/view/retiring.h"
#include "vault/audit/append.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, YEAR_S = 365 * DAY_S, TEXT_BYTES = 48 };

/* A setting that is a duration: what it is called, where it is, what it may be. */
static const struct duration {
	const char *key, *member;
	size_t offset;
	int64_t lowest, highest;
	bool never; /* 0 is one */
	bool shorter_is_looser;
	bool no_proof;
} durations[] = {
    {"idle", "idle_s", offsetof(struct settings, idle_s), MINUTE_S, YEAR_S, .never = false},
    {"for", "limit_s", offsetof(struct settings, limit_s), MINUTE_S, YEAR_S, .never = false},
    {"max-age", "max_age_s", offsetof(struct settings, max_age_s), DAY_S, 10 * YEAR_S,
     .never = true},
    {"lead", "lead_s", offsetof(struct settings, lead_s), HOUR_S, YEAR_S,
     .shorter_is_looser = true},
    {"grace", "grace_s", offsetof(struct settings, grace_s), MINUTE_S, YEAR_S, .no_proof = true},
};
enum { DURATIONS = sizeof(durations) / sizeof(durations[0]) };

struct configuring {
	const json_t *args;
	bool proved;
	struct settings after;
	struct audit_entry entry;
};

static int64_t get(const struct settings *settings, const struct duration *duration)
{
	int64_t value;

	memcpy(&value, (const char *)settings + duration->offset, sizeof(value));
	return value;
}

static void set(struct settings *settings, const struct duration *duration, int64_t value)
{
	memcpy((char *)settings + duration->offset, &value, sizeof(value));
}

/* --- applying --------------------------------------------------------------------------------- */

static bool out_of_bounds(const struct duration *duration, struct error *err)
{
	char lowest[TEXT_DURATION_BYTES], highest[TEXT_DURATION_BYTES];

	text_exact_duration(duration->lowest, lowest);
	text_exact_duration(duration->highest, highest);
	return error_set(err, ERROR_USAGE, "%s is from %s to %s%s", duration->key, lowest, highest,
			 duration->never ? ", or never" : "");
}

static bool apply_duration(const json_t *args, const struct duration *duration,
			   const struct settings *defaults, struct settings *settings,
			   struct error *err)
{
	int64_t value;

	if (!json_object_get(args, duration->member))
		return true;
	if (!json_number(args, duration->member, 0, INT64_MAX, get(defaults, duration), &value,
			 err))
		return false;
	if ((value < duration->lowest || value > duration->highest) &&
	    !(duration->never && value == 0))
		return out_of_bounds(duration, err);
	set(settings, duration, value);
	return true;
}

static bool apply_retire(const json_t *args, struct settings *settings, struct error *err)
{
	struct retiring retiring;

	if (!retiring_read(args, "retire_idle_s", &retiring, err))
		return false;
	if (retiring.given) {
		settings->retire = retiring.retire ? retiring.retire : ROTATION_DEACTIVATE;
		settings->retire_idle_s = retiring.idle_s;
	}
	return true;
}

static bool apply(const json_t *args, struct settings *settings, struct error *err)
{
	struct settings defaults;
	bool lock = true;

	settings_init(&defaults);
	for (size_t i = 0; i < DURATIONS; i++) {
		if (!apply_duration(args, &durations[i], &defaults, settings, err))
			return false;
	}
	if (json_object_get(args, "lock_on_sleep")) {
		if (!json_is_null(json_object_get(args, "lock_on_sleep")) &&
		    !json_flag(args, "lock_on_sleep", &lock, err))
			return false;
		settings->through_sleep = !lock;
	}
	return apply_retire(args, settings, err);
}

static bool loosens(const struct settings *before, const struct settings *after)
{
	for (size_t i = 0; i < DURATIONS; i++) {
		const struct duration *duration = &durations[i];
		int64_t from = get(before, duration), to = get(after, duration);

		if (from == to || duration->no_proof)
			continue;
		if (duration->shorter_is_looser ? to < from : from != 0 && (to == 0 || to > from))
			return true;
	}
	return after->through_sleep && !before->through_sleep;
}

/* --- showing ---------------------------------------------------------------------------------- */

static void duration_text(const struct duration *duration, int64_t value,
			  char out[static TEXT_BYTES])
{
	char text[TEXT_DURATION_BYTES];

	text_exact_duration(value, text);
	(void)snprintf(out, TEXT_BYTES, "%s", duration->never && value == 0 ? "never" : text);
}

static void retire_text(const struct settings *settings, char out[static TEXT_BYTES])
{
	char idle[TEXT_DURATION_BYTES];

	text_exact_duration(settings->retire_idle_s, idle);
	(void)snprintf(out, TEXT_BYTES, "%s%s%s", retiring_word(settings->retire),
		       settings->retire == ROTATION_WHEN_IDLE ? "=" : "",
		       settings->retire == ROTATION_WHEN_IDLE ? idle : "");
}

static bool put(json_t *config, const char *key, const char *value, bool is_default,
		json_t *seconds, struct error *err)
{
	json_t *one = json_object();

	if (json_put_text(one, "value", value, err) &&
	    json_put(one, "default", json_boolean(is_default), err)) {
		if (seconds)
			(void)json_object_set_new(one, "seconds", seconds);
		return json_put(config, key, one, err);
	}
	json_decref(one);
	return false;
}

static bool put_all(const struct settings *settings, json_t *config, struct error *err)
{
	struct settings defaults;
	char text[TEXT_BYTES], other[TEXT_BYTES];
	bool ok = true;

	settings_init(&defaults);
	for (size_t i = 0; ok && i < DURATIONS; i++) {
		int64_t value = get(settings, &durations[i]);

		duration_text(&durations[i], value, text);
		ok = put(config, durations[i].key, text, value == get(&defaults, &durations[i]),
			 value ? json_integer(value) : json_null(), err);
	}
	retire_text(settings, text);
	retire_text(&defaults, other);
	return ok && put(config, "retire", text, strcmp(text, other) == 0, NULL, err) &&
	       put(config, "lock-on-sleep", settings->through_sleep ? "off" : "on",
		   !settings->through_sleep, NULL, err);
}

/* "idle 15m to 30m": one that is another now, for the log. */
static void tell(const struct settings *before, const struct settings *after, char *out,
		 size_t size)
{
	char from[TEXT_BYTES], to[TEXT_BYTES];

	out[0] = '\0';
	for (size_t i = 0; i < DURATIONS; i++) {
		duration_text(&durations[i], get(before, &durations[i]), from);
		duration_text(&durations[i], get(after, &durations[i]), to);
		if (strcmp(from, to) != 0)
			text_append(out, size, "%s%s %s to %s", *out ? ", " : "", durations[i].key,
				    from, to);
	}
	retire_text(before, from);
	retire_text(after, to);
	if (strcmp(from, to) != 0)
		text_append(out, size, "%sretire %s to %s", *out ? ", " : "", from, to);
	if (before->through_sleep != after->through_sleep)
		text_append(out, size, "%slock-on-sleep %s", *out ? ", " : "",
			    after->through_sleep ? "off" : "on");
}

/* --- storing ---------------------------------------------------------------------------------- */

/* May be run twice. */
static bool config_row(struct txn *txn, void *arg, struct error *err)
{
	struct configuring *configuring = arg;
	struct settings before, *after = &configuring->after;
	struct buf plain = ROW_BUF;
	bool ok;

	settings_init(&before);
	ok = row_read(txn, TABLE_SETTINGS, SETTINGS_NAME, NULL, &plain, err);
	if (ok)
		ok = settings_decode(plain.data, plain.len, &before, err);
	else if ((ok = err->code == ERROR_NOT_FOUND))
		*err = ERROR_INIT;
	*after = before;
	ok = ok && apply(configuring->args, after, err);
	if (ok && !configuring->proved && loosens(&before, after))
		ok = error_set(err, ERROR_FAILED, "the settings were changed meanwhile");
	buf_reset(&plain);
	ok = ok && settings_encode(after, &plain, err) &&
	     row_put(txn, TABLE_SETTINGS, SETTINGS_NAME, &plain, NULL, err) &&
	     audit_append(txn, &configuring->entry, err);
	buf_clear(&plain);
	return ok;
}

static bool config(struct request *request, struct settings *now, struct error *err)
{
	struct agent *agent = request->agent;
	struct configuring configuring = {
	    .args = request->args, .after = *now, .entry = request_entry(request, AUDIT_OP_CONFIG)};
	bool ok;

	if (!apply(request->args, &configuring.after, err))
		return false;
	tell(now, &configuring.after, configuring.entry.what, sizeof(configuring.entry.what));
	if (!configuring.entry.what[0])
		return true;
	if (loosens(now, &configuring.after) && !passphrase_proof_check(request, err))
		return false;
	configuring.proved = request->proved;
	/* So that what the agent holds is what was committed last. */
	(void)pthread_mutex_lock(&agent->config_turn);
	ok = store_commit(agent->store, config_row, &configuring, err);
	if (ok)
		agent_set_settings(agent, &configuring.after);
	(void)pthread_mutex_unlock(&agent->config_turn);
	*now = configuring.after;
	return ok;
}

bool op_config(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"idle_s",	    "limit_s", "lock_on_sleep",
					   "max_age_s",	    "lead_s",  "retire",
					   "retire_idle_s", "grace_s", NULL};
	struct settings now = agent_settings(request->agent);
	json_t *all;

	if (!json_only(request->args, keys, err) || !config(request, &now, err))
		return false;
	all = json_object();
	*ok = json_object();
	if (put_all(&now, all, err))
		return json_put(*ok, "config", all, err);
	json_decref(all);
	return false;
}
