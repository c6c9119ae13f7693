/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/settings.h"

#include "vault/seal/box.h"
#include "vault/seal/record/rotation_terms.h"
#include "vault/seal/tlv.h"

#include <string.h>

enum {
	DAY_S = 86400,
	IDLE_S = 15 * 60,
	LIMIT_S = 8 * 3600,
	MAX_AGE_S = 90 * DAY_S,
	LEAD_S = 7 * DAY_S,
	LOG_KEEP_S = 400 * DAY_S
};

static const struct tlv_field fields[] = {
    TLV_FIELD(TLV_TAG_NAME, TLV_TEXT, TLV_REQUIRED, struct settings, name),
    TLV_FIELD(2, TLV_TIME, TLV_REQUIRED, struct settings, idle_s),
    TLV_FIELD(3, TLV_TIME, TLV_REQUIRED, struct settings, limit_s),
    TLV_FIELD(4, TLV_TIME, TLV_REQUIRED, struct settings, max_age_s),
    TLV_FIELD_DROPPED(5, TLV_FLAG, TLV_ZERO, sizeof(bool), "low_memory"),
    TLV_FIELD(6, TLV_TIME, TLV_OPTIONAL, struct settings, lead_s),
    TLV_FIELD(7, TLV_U64, TLV_OPTIONAL, struct settings, retire),
    TLV_FIELD(8, TLV_TIME, TLV_OPTIONAL, struct settings, retire_idle_s),
    TLV_FIELD(9, TLV_TIME, TLV_OPTIONAL, struct settings, grace_s),
    TLV_FIELD(10, TLV_FLAG, TLV_OPTIONAL, struct settings, through_sleep),
    TLV_FIELD(11, TLV_TIME, TLV_OPTIONAL, struct settings, log_keep_s),
    TLV_FIELD(12, TLV_TEXT, TLV_OPTIONAL, struct settings, askpass),
    TLV_FIELD(13, TLV_TEXT, TLV_OPTIONAL, struct settings, backup_to),
};
static const struct tlv_form form = TLV_FORM("the settings", fields);

/* Sets the fields that a row leaves out to their defaults. */
static void fill(struct settings *settings)
{
	if (!settings->lead_s)
		settings->lead_s = LEAD_S;
	if (!settings->retire)
		settings->retire = ROTATION_DEACTIVATE;
	if (!settings->grace_s)
		settings->grace_s = ROTATION_GRACE_S;
	if (!settings->log_keep_s)
		settings->log_keep_s = LOG_KEEP_S;
}

void settings_init(struct settings *settings)
{
	*settings = (struct settings){
	    .name = SETTINGS_NAME, .idle_s = IDLE_S, .limit_s = LIMIT_S, .max_age_s = MAX_AGE_S};
	fill(settings);
}

static bool is_sound(const struct settings *settings)
{
	return strcmp(settings->name, SETTINGS_NAME) == 0 && settings->idle_s > 0 &&
	       settings->limit_s > 0 && settings->lead_s > 0 && settings->grace_s > 0 &&
	       settings->log_keep_s > 0 && (!settings->askpass[0] || settings->askpass[0] == '/') &&
	       (!settings->backup_to[0] || settings->backup_to[0] == '/') &&
	       settings->retire >= ROTATION_DEACTIVATE && settings->retire <= ROTATION_WHEN_IDLE &&
	       (settings->retire == ROTATION_WHEN_IDLE) == (settings->retire_idle_s != 0);
}

bool settings_encode(const struct settings *settings, struct buf *out, struct error *err)
{
	struct settings written = *settings;

	if (!is_sound(settings))
		return error_set(err, ERROR_FAILED, "these settings cannot be stored");
	/* Left out where it is the default, so that earlier programs read the record. */
	if (written.log_keep_s == LOG_KEEP_S)
		written.log_keep_s = 0;
	return tlv_encode(&form, &written, out, err);
}

bool settings_decode(const void *data, size_t len, struct settings *settings, struct error *err)
{
	bool ok;

	*settings = (struct settings){0};
	ok = tlv_decode(&form, data, len, settings, err);
	fill(settings);
	if (ok && !is_sound(settings))
		ok = box_tampered("the settings' fields", err);
	if (!ok)
		settings_init(settings);
	return ok;
}
