/* SPDX-License-Identifier: MIT */
#include "cli/profile/key_json.h"

#include "vault/base/text.h"

#include <string.h>

enum { SHOWN = 256 };

static bool json_refuse(const char *path, const char *what, struct error *err)
{
	char shown[SHOWN];

	text_escape_into(path, shown, sizeof(shown));
	error_set(err, ERROR_FAILED, "%s: %s", shown, what);
	return error_detail(err,
			    "Wanted: {\"AccessKeyId\":\"…\",\"SecretAccessKey\":\"…\"}, or more "
			    "of these in a list.");
}

/* A member that is a text; another kind counts as an empty one. */
static const char *member_text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return !value || json_is_null(value) ? NULL
	       : json_is_string(value)	     ? json_string_value(value)
					     : "";
}

static bool is_key(const json_t *value)
{
	return json_object_get(value, "AccessKeyId") || json_object_get(value, "SecretAccessKey");
}

/* {"AccessKey":{…}} and {"Credentials":{…}} hold the key inside. */
static const json_t *key_inside(const json_t *value)
{
	const json_t *inside = json_object_get(value, "AccessKey");

	if (!is_key(inside))
		inside = json_object_get(value, "Credentials");
	return is_key(inside) ? inside : value;
}

static bool json_add(const json_t *key, const char *name, struct found_keys *out, struct error *err)
{
	struct found_text text = {.name = name,
				  .id = member_text(key, "AccessKeyId"),
				  .secret = member_text(key, "SecretAccessKey"),
				  .token = member_text(key, "SessionToken"),
				  .expires = member_text(key, "Expiration"),
				  .mfa_serial = member_text(key, "MfaSerial"),
				  .region = member_text(key, "Region"),
				  .id_called = "AccessKeyId",
				  .secret_called = "SecretAccessKey"};

	if (!text.name)
		text.name = member_text(key, "Name");
	if (!text.name)
		text.name = member_text(key, "UserName");
	return found_keys_add(out, &text, NULL, err);
}

bool key_json_read(const char *path, const json_t *value, struct found_keys *out, struct error *err)
{
	const json_t *key = key_inside(value);
	json_t *item;
	const char *name;
	size_t i;

	if (is_key(key))
		return json_add(key, NULL, out, err);
	json_array_foreach(value, i, item)
	{
		key = key_inside(item);
		if (!is_key(key))
			return json_refuse(path, "something in its list is no access key", err);
		if (!json_add(key, NULL, out, err))
			return false;
	}
	json_object_foreach((json_t *)(uintptr_t)value, name, item)
	{
		key = key_inside(item);
		if (!is_key(key))
			return json_refuse(path, "a member of it is no access key", err);
		if (!json_add(key, name, out, err))
			return false;
	}
	return json_is_array(value) || json_is_object(value) ||
	       json_refuse(path, "it holds no access key", err);
}
