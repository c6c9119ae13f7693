/* SPDX-License-Identifier: MIT */
#include "cli/profile/credentials_file.h"

#include "vault/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void credentials_file_skip(struct credentials_file_item *item, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(item->skip, sizeof(item->skip), fmt, args);
	va_end(args);
}

static const char *file_value(const struct ini *file, const struct credentials_file_item *item,
			      const char *key)
{
	const char *value = ini_get(file, item->kind, item->profile, key, NULL);

	return value && *value ? value : NULL;
}

/* Whether the value has quotes, for an error that helps whoever wrote "AKIA…" with them. */
static bool is_quoted(const char *value)
{
	return value && (value[0] == '"' || value[0] == '\'');
}

static void item_take_key(const struct ini *file, struct credentials_file_item *item)
{
	const char *id = file_value(file, item, "aws_access_key_id");
	const char *secret = file_value(file, item, "aws_secret_access_key");
	const char *missing = id ? "aws_secret_access_key" : "aws_access_key_id";
	struct attributes *a = &item->attributes;

	if (id && arn_is_access_key_id(id))
		(void)snprintf(a->access_key_id, sizeof(a->access_key_id), "%s", id);
	if (!id || !secret)
		credentials_file_skip(
		    item, "%s is %s", missing,
		    ini_get(file, item->kind, item->profile, missing, NULL) ? "empty" : "missing");
	else if (is_quoted(id) || is_quoted(secret))
		credentials_file_skip(item, "its values stand in quotes: take them off");
	else if (file_value(file, item, "aws_session_token") ||
		 file_value(file, item, "aws_security_token") || arn_is_temporary_key_id(id))
		credentials_file_skip(item, "temporary");
	else if (!a->access_key_id[0])
		credentials_file_skip(item, "its id cannot be one");
	else if (!arn_is_secret_access_key(secret, strlen(secret)))
		credentials_file_skip(item, "its secret cannot be one");
}

const char *credentials_file_secret(const struct ini *file,
				    const struct credentials_file_item *item)
{
	return file_value(file, item, "aws_secret_access_key");
}

/* The value of the config file, else of this one; NULL: none. */
static const char *item_value(const struct ini *file, const struct aws_config *config,
			      const struct credentials_file_item *item, const char *key)
{
	const char *value = attributes_configured(config, item->profile, key);

	return value ? value : file_value(file, item, key);
}

static void item_refuse_value(struct credentials_file_item *item, const char *what,
			      const char *value)
{
	if (is_quoted(value))
		credentials_file_skip(item, "its %s stands in quotes: take them off", what);
	else if (arn_is_security_key(value))
		credentials_file_skip(
		    item, "its %s is a security key's, whose codes STS does not take", what);
	else
		credentials_file_skip(item, "its %s cannot be one", what);
}

/* Sets MFA device and region. Without its device a key would give sessions without MFA. */
static void item_take_attributes(const struct ini *file, const struct aws_config *config,
				 struct credentials_file_item *item)
{
	struct attributes *attributes = &item->attributes;
	const char *serial = item_value(file, config, item, "mfa_serial");
	const char *region = item_value(file, config, item, "region");
	struct error why;

	attributes->mfa_given = serial;
	if (serial && !attributes_set_mfa(attributes, serial, &why))
		item_refuse_value(item, "mfa_serial", serial);
	else if (region && !attributes_set_region(attributes, region, &why))
		item_refuse_value(item, "region", region);
}

/* Why a section is no profile here. */
static void item_refuse_header(struct credentials_file_item *item, const char *header)
{
	if (strncmp(header, "profile ", 8) == 0 || strncmp(header, "profile\t", 8) == 0)
		credentials_file_skip(item, "in this file a header has no \"profile\"");
	else
		credentials_file_skip(item, "its name cannot be one here");
}

static bool credentials_file_add(const struct ini *file, const struct aws_config *config,
				 const struct ini_section *section, const char *prefix,
				 struct credentials_file *out, struct error *err)
{
	struct credentials_file_item *grown, *item;
	const struct ini_problem *problem;
	struct attributes *a;
	int n;

	grown = realloc(out->items, (out->count + 1) * sizeof(*grown));
	if (!grown)
		return error_set(err, ERROR_MEMORY, "out of memory");
	out->items = grown;
	item = &grown[out->count++];
	memset(item, 0, sizeof(*item));
	a = &item->attributes;
	attributes_init(a);
	item->kind = section->kind;
	text_escape_into(section->name, item->profile, sizeof(item->profile));
	n = snprintf(a->name, sizeof(a->name), "%s%s", prefix, item->profile);
	problem = section->kind == INI_OTHER ? (section->problem.what ? &section->problem : NULL)
					     : ini_problem(file, section->kind, section->name);
	if (problem)
		credentials_file_skip(item, "line %u: %s", problem->line, problem->what);
	else if (section->kind == INI_OTHER)
		item_refuse_header(item, section->name);
	else
		item_take_key(file, item);
	if (!item->skip[0] && (n < 0 || (size_t)n >= sizeof(a->name) || !text_is_name(a->name)))
		credentials_file_skip(item, "its name cannot be one here");
	if (!item->skip[0])
		item_take_attributes(file, config, item);
	return true;
}

static bool section_has_key(const struct ini_section *section)
{
	static const char *const keys[] = {"aws_access_key_id", "aws_secret_access_key",
					   "aws_session_token", "aws_security_token"};

	for (size_t i = 0; i < section->count; i++) {
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			if (strcmp(section->entries[i].key, keys[k]) == 0)
				return true;
		}
	}
	return false;
}

bool credentials_file_read(const struct ini *file, const struct aws_config *config,
			   const char *prefix, struct credentials_file *out, struct error *err)
{
	*out = CREDENTIALS_FILE_EMPTY;
	for (size_t i = 0; i < file->count; i++) {
		const struct ini_section *section = &file->sections[i];
		size_t same = 0;

		/*
		 * Several sections of one profile make one item; any other section makes its own.
		 */
		while (same < out->count &&
		       (section->kind == INI_OTHER || out->items[same].kind != section->kind ||
			strcmp(out->items[same].profile, section->name) != 0))
			same++;
		if (same < out->count || !section_has_key(section))
			continue;
		if (!credentials_file_add(file, config, section, prefix, out, err)) {
			credentials_file_clear(out);
			return false;
		}
	}
	return true;
}

static void item_clear(struct credentials_file_item *item)
{
	attributes_clear(&item->attributes);
	json_decref(item->facts);
	item->facts = NULL;
}

bool credentials_file_only(struct credentials_file *source, const char *name, struct error *err)
{
	size_t at = source->count;

	for (size_t i = 0; i < source->count; i++) {
		if (strcmp(source->items[i].profile, name) == 0)
			at = i;
	}
	if (at == source->count && source->count != 1)
		return error_set(err, ERROR_USAGE, "there are %zu keys, and none is of profile %s",
				 source->count, name);
	if (at == source->count) {
		at = 0;
		(void)snprintf(source->items[0].attributes.name,
			       sizeof(source->items[0].attributes.name), "%s", name);
	}
	for (size_t i = 0; i < source->count; i++) {
		if (i != at)
			item_clear(&source->items[i]);
	}
	source->items[0] = source->items[at];
	source->count = 1;
	return true;
}

size_t credentials_file_wanted(const struct credentials_file *source)
{
	size_t n = 0;

	for (size_t i = 0; i < source->count; i++)
		n += !source->items[i].skip[0];
	return n;
}

void credentials_file_clear(struct credentials_file *source)
{
	for (size_t i = 0; i < source->count; i++)
		item_clear(&source->items[i]);
	free(source->items);
	*source = CREDENTIALS_FILE_EMPTY;
}
