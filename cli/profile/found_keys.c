/* SPDX-License-Identifier: MIT */
#include "cli/profile/found_keys.h"

#include "vault/base/text.h"
#include "vault/format/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16, LINES_BYTES = 48 };

void found_keys_skip(struct found_key *item, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(item->skip, sizeof(item->skip), fmt, args);
	va_end(args);
}

/* Whether the value has quotes, for an error that helps whoever wrote "AKIA…" with them. */
static bool is_quoted(const char *value)
{
	return value && (value[0] == '"' || value[0] == '\'');
}

static bool is_given(const char *value)
{
	return value && *value;
}

static void item_skip_temporary(struct found_key *item, const char *expires)
{
	int64_t at = 0;
	char when[TEXT_TIME_BYTES];

	if (!expires || !time_parse_iso(expires, &at)) {
		found_keys_skip(item, "temporary");
		return;
	}
	text_format_time(at, when);
	found_keys_skip(item, "temporary, %s %.10s",
			at <= clock_real_s(&clock_system) ? "expired" : "until", when);
}

static void item_take_key(struct found_key *item, const struct found_text *text)
{
	const bool id = is_given(text->id), secret = is_given(text->secret);
	const char *absent = id ? text->secret : text->id;
	struct attributes *a = &item->attributes;

	if (id && arn_is_access_key_id(text->id))
		(void)snprintf(a->access_key_id, sizeof(a->access_key_id), "%s", text->id);
	if (!id || !secret)
		found_keys_skip(item, "%s is %s", id ? text->secret_called : text->id_called,
				absent ? "empty" : "missing");
	else if (is_quoted(text->id) || is_quoted(text->secret))
		found_keys_skip(item, "its values stand in quotes: take them off");
	else if (is_given(text->token) || arn_is_temporary_key_id(text->id))
		item_skip_temporary(item, text->expires);
	else if (!a->access_key_id[0])
		found_keys_skip(item, "its id cannot be one");
	else if (!arn_is_secret_access_key(text->secret, strlen(text->secret)))
		found_keys_skip(item, "its secret cannot be one");
}

static void item_take_name(struct found_key *item, const struct found_keys *keys, const char *name)
{
	const char *prefix = keys->prefix ? keys->prefix : "";
	struct attributes *a = &item->attributes;
	int n;

	name = name ? name : keys->name;
	text_escape_into(name ? name : "?", item->profile, sizeof(item->profile));
	n = snprintf(a->name, sizeof(a->name), "%s%s", prefix, item->profile);
	if (!name)
		found_keys_skip(item, "it has no name there: --name NAME");
	else if (n < 0 || (size_t)n >= sizeof(a->name) || !text_is_name(a->name))
		found_keys_skip(item, "its name cannot be one here");
}

static void item_refuse_value(struct found_key *item, const char *what, const char *value)
{
	if (is_quoted(value))
		found_keys_skip(item, "its %s stands in quotes: take them off", what);
	else if (arn_is_security_key(value))
		found_keys_skip(item, "its %s is a security key's, whose codes STS does not take",
				what);
	else
		found_keys_skip(item, "its %s cannot be one", what);
}

/* Sets MFA device and region. Without its device a key would give sessions without MFA. */
static void item_take_attributes(struct found_key *item, const struct aws_config *config,
				 const struct found_text *text)
{
	const char *serial = config ? attributes_configured(config, item->profile, "mfa_serial")
				    : NULL;
	const char *region = config ? attributes_configured(config, item->profile, "region") : NULL;
	struct attributes *attributes = &item->attributes;
	struct error why;

	if (!serial && is_given(text->mfa_serial))
		serial = text->mfa_serial;
	if (!region && is_given(text->region))
		region = text->region;
	attributes->mfa_given = serial;
	if (serial && !attributes_set_mfa(attributes, serial, &why))
		item_refuse_value(item, "mfa_serial", serial);
	else if (region && !attributes_set_region(attributes, region, &why))
		item_refuse_value(item, "region", region);
}

static bool found_keys_grow(struct found_keys *keys, struct error *err)
{
	size_t room = keys->room ? 2 * keys->room : FIRST_ROOM;
	struct found_key *grown;

	if (keys->count == FOUND_KEYS_MAX) {
		error_set(err, ERROR_FAILED, "there are more than %d keys", FOUND_KEYS_MAX);
		return error_detail(err, "Nothing was imported. Split them up.");
	}
	if (keys->count < keys->room)
		return true;
	grown = realloc(keys->items, room * sizeof(*grown));
	if (!grown)
		return error_set(err, ERROR_MEMORY, "out of memory");
	keys->items = grown;
	keys->room = room;
	return true;
}

bool found_keys_add(struct found_keys *keys, const struct found_text *text, struct found_key **out,
		    struct error *err)
{
	struct found_key *item;

	if (!found_keys_grow(keys, err))
		return false;
	item = &keys->items[keys->count++];
	*item = (struct found_key){.line = text->line, .secret = BUF_INIT(ARN_SECRET_MAX)};
	attributes_init(&item->attributes);
	item_take_name(item, keys, text->name);
	/* A key that is none at all is no better with a good name: that reason is told. */
	item_take_key(item, text);
	if (!item->skip[0])
		item_take_attributes(item, keys->config, text);
	if (out)
		*out = item;
	return item->skip[0] || buf_text_append(&item->secret, text->secret, err);
}

/* --- keys that are there twice ---------------------------------------------------------------- */

static int order_by_place(const struct found_key *a, const struct found_key *b)
{
	return a < b ? -1 : a > b;
}

static int order_by_key(const void *left, const void *right)
{
	const struct found_key *a = *(struct found_key *const *)left;
	const struct found_key *b = *(struct found_key *const *)right;
	int order = strcmp(a->attributes.access_key_id, b->attributes.access_key_id);

	return order ? order : order_by_place(a, b);
}

static int order_by_name(const void *left, const void *right)
{
	const struct found_key *a = *(struct found_key *const *)left;
	const struct found_key *b = *(struct found_key *const *)right;
	int order = strcmp(a->attributes.name, b->attributes.name);

	return order ? order : order_by_place(a, b);
}

static bool same_secret(const struct found_key *a, const struct found_key *b)
{
	return a->secret.len == b->secret.len &&
	       memcmp(buf_text(&a->secret), buf_text(&b->secret), a->secret.len) == 0;
}

static void skip_two_of_a_name(struct found_key *const *sorted, size_t count)
{
	for (size_t i = 0, end; i < count; i = end) {
		const char *name = sorted[i]->attributes.name;
		char lines[LINES_BYTES];

		for (end = i + 1; end < count && strcmp(sorted[end]->attributes.name, name) == 0;)
			end++;
		if (end - i == 1)
			continue;
		(void)snprintf(lines, sizeof(lines), ": lines %u and %u", sorted[i]->line,
			       sorted[i + 1]->line);
		for (size_t k = i; k < end; k++)
			found_keys_skip(sorted[k], "two keys have this name%s",
					sorted[i]->line ? lines : "");
	}
}

static void note_second_names(struct found_key *const *sorted, size_t count)
{
	for (size_t i = 0, first = 0; i < count; i++) {
		const struct found_key *kept = sorted[first];

		if (i > first &&
		    strcmp(kept->attributes.access_key_id, sorted[i]->attributes.access_key_id) ==
			0 &&
		    same_secret(kept, sorted[i]))
			(void)snprintf(sorted[i]->same_as, sizeof(sorted[i]->same_as), "%s",
				       kept->attributes.name);
		else
			first = i;
	}
}

bool found_keys_judge(struct found_keys *keys, struct error *err)
{
	struct found_key **sorted = calloc(keys->count ? keys->count : 1, sizeof(*sorted));
	size_t count = 0;

	if (!sorted)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < keys->count; i++) {
		if (!keys->items[i].skip[0])
			sorted[count++] = &keys->items[i];
	}
	qsort(sorted, count, sizeof(*sorted), order_by_name);
	skip_two_of_a_name(sorted, count);
	qsort(sorted, count, sizeof(*sorted), order_by_key);
	note_second_names(sorted, count);
	free(sorted);
	return true;
}

/* --- one of them, and the end ----------------------------------------------------------------- */

static void item_clear(struct found_key *item)
{
	attributes_clear(&item->attributes);
	buf_clear(&item->secret);
	json_decref(item->facts);
	item->facts = NULL;
}

bool found_keys_only(struct found_keys *keys, const char *name, struct error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < keys->count; i++)
		kept += strcmp(keys->items[i].profile, name) == 0;
	if (kept == 0 && keys->count != 1)
		return error_set(err, ERROR_USAGE, "there are %zu keys, and none is of profile %s",
				 keys->count, name);
	if (kept == 0) {
		(void)snprintf(keys->items[0].attributes.name,
			       sizeof(keys->items[0].attributes.name), "%s", name);
		return true;
	}
	kept = 0;
	for (size_t i = 0; i < keys->count; i++) {
		if (strcmp(keys->items[i].profile, name) == 0)
			keys->items[kept++] = keys->items[i];
		else
			item_clear(&keys->items[i]);
	}
	keys->count = kept;
	return true;
}

size_t found_keys_wanted(const struct found_keys *keys)
{
	size_t n = 0;

	for (size_t i = 0; i < keys->count; i++)
		n += !keys->items[i].skip[0];
	return n;
}

void found_keys_clear(struct found_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		item_clear(&keys->items[i]);
	free(keys->items);
	keys->items = NULL;
	keys->count = keys->room = 0;
}
