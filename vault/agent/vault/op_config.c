/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/vault/ca_bundle_change.h"
#include "vault/agent/view/retiring.h"
#include "vault/audit/append.h"
#include "vault/base/text.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"
#include "vault/wire/tables/msg_config.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, YEAR_S = 365 * DAY_S, TEXT_BYTES = 48 };

/* A setting that is a duration: what it is called, where it is, what it may be. */
static const struct duration {
	const char *key;
	size_t offset;	    /* in the settings */
	size_t said, given; /* in the arguments */
	size_t shown;	    /* in the answer */
	int64_t lowest, highest;
	bool never; /* 0 is one */
	bool shorter_is_looser;
	bool either; /* a proof is wanted for every change: shorter or longer, old keys go by it */
} durations[] = {
#define DURATION(key_, member_, shown_)                              \
	.key = (key_), .offset = offsetof(struct settings, member_), \
	.said = offsetof(struct msg_config, member_),                \
	.given = offsetof(struct msg_config, given.member_),         \
	.shown = offsetof(struct msg_settings, shown_)
    {DURATION("idle", idle_s, idle), .lowest = MINUTE_S, .highest = YEAR_S},
    {DURATION("for", limit_s, limit), .lowest = MINUTE_S, .highest = YEAR_S},
    {DURATION("max-age", max_age_s, max_age), .lowest = DAY_S, .highest = 10 * YEAR_S,
     .never = true, .either = true},
    {DURATION("lead", lead_s, lead), .lowest = HOUR_S, .highest = YEAR_S,
     .shorter_is_looser = true},
    {DURATION("grace", grace_s, grace), .lowest = MINUTE_S, .highest = YEAR_S, .either = true},
    {DURATION("log-keep", log_keep_s, log_keep), .lowest = 90 * DAY_S, .highest = 10 * YEAR_S,
     .shorter_is_looser = true},
};
enum { DURATIONS = sizeof(durations) / sizeof(durations[0]) };

struct configuring {
	const struct msg_config *args;
	bool proved;
	struct settings after;
	struct audit_entry entry;
};

static int64_t config_get(const struct settings *settings, const struct duration *duration)
{
	int64_t value;

	memcpy(&value, (const char *)settings + duration->offset, sizeof(value));
	return value;
}

static void config_set(struct settings *settings, const struct duration *duration, int64_t value)
{
	memcpy((char *)settings + duration->offset, &value, sizeof(value));
}

/* --- applying --------------------------------------------------------------------------------- */

static bool config_out_of_bounds(const struct duration *duration, struct error *err)
{
	char lowest[TEXT_DURATION_BYTES], highest[TEXT_DURATION_BYTES];

	text_exact_duration(duration->lowest, lowest);
	text_exact_duration(duration->highest, highest);
	return error_set(err, ERROR_USAGE, "%s is from %s to %s%s", duration->key, lowest, highest,
			 duration->never ? ", or never" : "");
}

static bool config_apply_duration(const struct msg_config *args, const struct duration *duration,
				  const struct settings *defaults, struct settings *settings,
				  struct error *err)
{
	int64_t value;
	bool given;

	memcpy(&given, (const char *)args + duration->given, sizeof(given));
	if (!given)
		return true;
	memcpy(&value, (const char *)args + duration->said, sizeof(value));
	if (value < 0)
		value = config_get(defaults, duration);
	if ((value < duration->lowest || value > duration->highest) &&
	    !(duration->never && value == 0))
		return config_out_of_bounds(duration, err);
	config_set(settings, duration, value);
	return true;
}

static bool config_apply(const struct msg_config *args, struct settings *settings,
			 struct error *err)
{
	struct settings defaults;

	settings_init(&defaults);
	for (size_t i = 0; i < DURATIONS; i++) {
		if (!config_apply_duration(args, &durations[i], &defaults, settings, err))
			return false;
	}
	if (args->given.backup_to && args->backup_to && args->backup_to[0] != '/')
		return error_set(err, ERROR_USAGE, "backup-to is an absolute path");
	if (args->given.backup_to)
		(void)snprintf(settings->backup_to, sizeof(settings->backup_to), "%s",
			       args->backup_to ? args->backup_to : "");
	if (args->given.lock_on_sleep)
		settings->through_sleep = !args->lock_on_sleep;
	if (args->given.askpass) {
		const char *program = args->askpass ? args->askpass : "";

		if (*program && *program != '/')
			return error_set(err, ERROR_USAGE, "askpass is an absolute path");
		(void)snprintf(settings->askpass, sizeof(settings->askpass), "%s", program);
	}
	if (args->given.retire) {
		settings->retire = args->retire ? args->retire : ROTATION_DEACTIVATE;
		settings->retire_idle_s = args->retire_idle_s;
	}
	return true;
}

/*
 * Whether a change is the owner's: it loosens a limit, it changes when keys are rotated and what
 * becomes of the old ones, or which program is run.
 */
static bool config_wants_proof(const struct settings *before, const struct settings *after)
{
	for (size_t i = 0; i < DURATIONS; i++) {
		const struct duration *duration = &durations[i];
		int64_t from = config_get(before, duration), to = config_get(after, duration);

		if (from != to &&
		    (duration->either || (duration->shorter_is_looser ? to < from : to > from)))
			return true;
	}
	return (after->through_sleep && !before->through_sleep) ||
	       strcmp(after->askpass, before->askpass) != 0 || after->retire != before->retire ||
	       after->retire_idle_s != before->retire_idle_s;
}

/* --- showing ---------------------------------------------------------------------------------- */

static void config_duration_text(const struct duration *duration, int64_t value,
				 char out[static TEXT_BYTES])
{
	char text[TEXT_DURATION_BYTES];

	text_exact_duration(value, text);
	(void)snprintf(out, TEXT_BYTES, "%s", duration->never && value == 0 ? "never" : text);
}

static void config_retire_text(const struct settings *settings, char out[static TEXT_BYTES])
{
	char idle[TEXT_DURATION_BYTES];

	text_exact_duration(settings->retire_idle_s, idle);
	(void)snprintf(out, TEXT_BYTES, "%s%s%s", retiring_word(settings->retire),
		       settings->retire == ROTATION_WHEN_IDLE ? "=" : "",
		       settings->retire == ROTATION_WHEN_IDLE ? idle : "");
}

static bool config_answer(struct request *request, const struct settings *settings,
			  struct error *err)
{
	char texts[DURATIONS][TEXT_BYTES], retire[TEXT_BYTES], usual[TEXT_BYTES];
	struct msg_settings all = {.idle = {.value = NULL}};
	struct sealed_authorities_view sealed;
	struct settings defaults;

	settings_init(&defaults);
	for (size_t i = 0; i < DURATIONS; i++) {
		int64_t value = config_get(settings, &durations[i]);
		struct msg_setting one = {.value = texts[i],
					  .is_default = value ==
							config_get(&defaults, &durations[i]),
					  .seconds = value};

		config_duration_text(&durations[i], value, texts[i]);
		memcpy((char *)&all + durations[i].shown, &one, sizeof(one));
	}
	config_retire_text(settings, retire);
	config_retire_text(&defaults, usual);
	all.retire = (struct msg_setting){.value = retire,
					  .is_default = strcmp(retire, usual) == 0};
	all.lock_on_sleep = (struct msg_setting){.value = settings->through_sleep ? "off" : "on",
						 .is_default = !settings->through_sleep};
	all.askpass = (struct msg_setting){.value = settings->askpass[0] ? settings->askpass
									 : "none",
					   .is_default = !settings->askpass[0]};
	all.backup_to = (struct msg_setting){.value = settings->backup_to[0] ? settings->backup_to
									     : "none",
					     .is_default = !settings->backup_to[0]};
	sealed_authorities_look(&request->agent->authorities, &sealed);
	all.ca_bundle = (struct msg_setting){.value = sealed.path[0] ? sealed.path : "none",
					     .is_default = !sealed.path[0],
					     .sha256 = sealed.sha256};
	return request_answer(request, MESSAGE(msg_settings, &all), err);
}

/* Writes what has changed for the log: "idle 15m to 30m". */
static void config_tell(const struct settings *before, const struct settings *after, char *out,
			size_t size)
{
	char from[TEXT_BYTES], to[TEXT_BYTES];

	out[0] = '\0';
	for (size_t i = 0; i < DURATIONS; i++) {
		config_duration_text(&durations[i], config_get(before, &durations[i]), from);
		config_duration_text(&durations[i], config_get(after, &durations[i]), to);
		if (strcmp(from, to) != 0)
			text_append(out, size, "%s%s %s to %s", *out ? ", " : "", durations[i].key,
				    from, to);
	}
	config_retire_text(before, from);
	config_retire_text(after, to);
	if (strcmp(from, to) != 0)
		text_append(out, size, "%sretire %s to %s", *out ? ", " : "", from, to);
	if (strcmp(before->askpass, after->askpass) != 0)
		text_append(out, size, "%saskpass %s", *out ? ", " : "",
			    after->askpass[0] ? after->askpass : "none");
	if (before->through_sleep != after->through_sleep)
		text_append(out, size, "%slock-on-sleep %s", *out ? ", " : "",
			    after->through_sleep ? "off" : "on");
	if (strcmp(before->backup_to, after->backup_to) != 0)
		text_append(out, size, "%sbackup-to %s", *out ? ", " : "",
			    after->backup_to[0] ? after->backup_to : "none");
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
	ok = ok && config_apply(configuring->args, after, err);
	if (ok && !configuring->proved && config_wants_proof(&before, after))
		ok = error_set(err, ERROR_FAILED, "the settings were changed meanwhile");
	buf_reset(&plain);
	ok = ok && settings_encode(after, &plain, err) &&
	     row_put(txn, TABLE_SETTINGS, SETTINGS_NAME, &plain, NULL, err) &&
	     audit_append(txn, &configuring->entry, err);
	buf_clear(&plain);
	return ok;
}

static bool config_change(struct request *request, const struct msg_config *args,
			  struct settings *now, struct error *err)
{
	struct agent *agent = request->agent;
	struct configuring configuring = {
	    .args = args, .after = *now, .entry = request_entry(request, AUDIT_OP_CONFIG)};
	bool ok;

	if (!config_apply(args, &configuring.after, err))
		return false;
	config_tell(now, &configuring.after, configuring.entry.what,
		    sizeof(configuring.entry.what));
	if (!configuring.entry.what[0])
		return true;
	if (config_wants_proof(now, &configuring.after) && !request_need_proof(request, NULL, err))
		return false;
	configuring.proved = request->proved;
	/* Changes take turns, so that the agent holds the settings that were committed last. */
	(void)pthread_mutex_lock(&agent->config_turn);
	ok = store_commit(agent->store, config_row, &configuring, err);
	if (ok)
		agent_set_settings(agent, &configuring.after);
	(void)pthread_mutex_unlock(&agent->config_turn);
	*now = configuring.after;
	return ok;
}

bool op_config(struct request *request, struct error *err)
{
	struct msg_config args = {.lock_on_sleep = true};
	struct settings now = agent_settings(request->agent);

	return fields_read(&msg_config, request->args, &args, err) &&
	       retiring_check(args.retire, args.retire_idle_s, err) &&
	       config_change(request, &args, &now, err) &&
	       (!args.given.ca_bundle || ca_bundle_change(request, &args.ca_bundle, err)) &&
	       config_answer(request, &now, err);
}
