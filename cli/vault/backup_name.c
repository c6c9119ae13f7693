/* SPDX-License-Identifier: MIT */
#include "cli/vault/backup_name.h"

#include "vault/base/text.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "credvault-"
#define SUFFIX ".cvb"

enum { ID_DIGITS = 8, NAME_BYTES = 96 };

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
