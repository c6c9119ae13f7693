/* SPDX-License-Identifier: MIT */
#include "cli/vault/backup_name.h"

#include "vault/base/text.h"
#include "vault/format/time.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "credvault-"
#define SUFFIX ".cvb"

enum { ID_DIGITS = 8, STAMP = 16, NAME_BYTES = 96 };

bool backup_name_append(const struct msg_backup *said, char path[static PATH_MAX],
			struct error *err)
{
	char at[TEXT_TIME_BYTES], stamp[TEXT_TIME_BYTES], name[NAME_BYTES];
	size_t len = strlen(path), n = 0;

	text_format_time(said->made_at, at);
	for (const char *c = at; *c; c++) {
		if (*c != '-' && *c != ':')
			stamp[n++] = *c;
	}
	stamp[n] = '\0';
	(void)snprintf(name, sizeof(name), PREFIX "%.*s-%s-g%lld" SUFFIX, ID_DIGITS, said->vault_id,
		       stamp, (long long)said->generation);
	if (len + 1 + strlen(name) >= PATH_MAX)
		return error_set(err, ERROR_USAGE, "the directory's path is too long");
	(void)snprintf(path + len, PATH_MAX - len, "/%s", name);
	return true;
}

/* "20261130T093000Z" */
static bool backup_name_has_stamp(const char *text)
{
	for (size_t i = 0; i < STAMP; i++) {
		bool fits = i == STAMP / 2   ? text[i] == 'T'
			    : i == STAMP - 1 ? text[i] == 'Z'
					     : isdigit((unsigned char)text[i]) != 0;

		if (!fits)
			return false;
	}
	return true;
}

bool backup_name_is(const char *name, const char *vault_id)
{
	const size_t before = strlen(PREFIX) + ID_DIGITS + 1, at = before + STAMP + 2;
	size_t digits;

	if (strlen(name) <= at || strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
	    strncmp(name + strlen(PREFIX), vault_id, ID_DIGITS) != 0 || name[before - 1] != '-' ||
	    !backup_name_has_stamp(name + before) || strncmp(name + at - 2, "-g", 2) != 0)
		return false;
	digits = strspn(name + at, "0123456789");
	return digits > 0 && strcmp(name + at + digits, SUFFIX) == 0;
}

int64_t backup_name_time(const char *name)
{
	const char *at = name + strlen(PREFIX) + ID_DIGITS + 1;
	char iso[TEXT_TIME_BYTES];
	int64_t seconds;

	(void)snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", at, at + 4, at + 6,
		       at + 9, at + 11, at + 13);
	return time_parse_iso(iso, &seconds) ? seconds : 0;
}
