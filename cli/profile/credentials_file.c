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

static const char *file_value(const struct ini *file, const char *name, const char *key)
{
	const char *value = ini_get(file, INI_PROFILE, name, key, NULL);

	return value && *value ? value : NULL;
}

static void item_take_key(const struct ini *file, const char *name,
			  struct credentials_file_item *item)
{
	const char *id = file_value(file, name, "aws_access_key_id");
	const char *secret = file_value(file, name, "aws_secret_access_key");
	struct attributes *a = &item->attributes;

	if (id && arn_is_access_key_id(id))
		(void)snprintf(a->access_key_id, sizeof(a->access_key_id), "%s", id);
	if (!id || !secret)
		credentials_file_skip(item, "%s is missing",
				      id ? "aws_secret_access_key" : "aws_access_key_id");
	else if (file_value(file, name, "aws_session_token") ||
		 file_value(file, name, "aws_security_token") || arn_is_temporary_key_id(id))
		credentials_file_skip(item, "temporary");
	else if (!a->access_key_id[0])
		credentials_file_skip(item, "its id cannot be one");
	else if (!arn_is_secret_access_key(secret, strlen(secret)))
		credentials_file_skip(item, "its secret cannot be one");
}

const char *credentials_file_secret(const struct ini *file,
				    const struct credentials_file_item *item)
{
	return file_value(file, item->profile, "aws_secret_access_key");
}

/* Sets MFA device and region; an invalid value is left out. */
static void item_take_attributes(const struct ini *file, const struct aws_config *config,
				 const char *name, struct attributes *attributes)
{
	const char *serial = attributes_find_mfa(config, name, NULL);
	const char *region = attributes_find_region(config, name);
	struct error why;

	serial = serial ? serial : file_value(file, name, "mfa_serial");
	region = region ? region : file_value(file, name, "region");
	attributes->mfa_given = serial && attributes_set_mfa(attributes, serial, &why);
	if (region && !attributes_set_region(attributes, region, &why))
		attributes->region[0] = '\0';
}

static bool credentials_file_add(const struct ini *file, const struct aws_config *config,
				 const char *name, const char *prefix, struct credentials_file *out,
				 struct error *err)
{
	struct credentials_file_item *grown, *item;
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
	(void)snprintf(item->profile, sizeof(item->profile), "%s", name);
	n = snprintf(a->name, sizeof(a->name), "%s%s", prefix, name);
	item_take_key(file, name, item);
	if (!item->skip[0] && (n < 0 || (size_t)n >= sizeof(a->name) || !text_is_name(a->name)))
		credentials_file_skip(item, "its name cannot be one here");
	item_take_attributes(file, config, name, a);
	return true;
}

bool credentials_file_read(const struct ini *file, const struct aws_config *config,
			   const char *prefix, struct credentials_file *out, struct error *err)
{
	*out = CREDENTIALS_FILE_EMPTY;
	for (size_t i = 0; i < file->count; i++) {
		const struct ini_section *section = &file->sections[i];
		size_t same = 0;

		while (same < out->count && strcmp(out->items[same].profile, section->name) != 0)
			same++;
		if ((section->kind != INI_PROFILE && section->kind != INI_DEFAULT) ||
		    strlen(section->name) > TEXT_NAME_MAX || same < out->count ||
		    (!file_value(file, section->name, "aws_access_key_id") &&
		     !file_value(file, section->name, "aws_secret_access_key")))
			continue;
		if (!credentials_file_add(file, config, section->name, prefix, out, err)) {
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
