/* SPDX-License-Identifier: MIT */
#include "cli/config.h"

#include "cli/place.h"
#include "vault/base/file.h"

#include <string.h>

bool config_read(struct config *out, struct error *err)
{
	struct buf text = BUF_INIT(INI_FILE_MAX);
	bool ok = false;

	*out = CONFIG_EMPTY;
	if (!place_aws_config(out->path, err))
		goto out;
	/* Tools are told to look at no file that way. */
	ok = strcmp(out->path, "/dev/null") == 0;
	if (ok)
		goto out;
	if (!file_read(out->path, INI_FILE_MAX, &text, err)) {
		ok = err->code == ERROR_NOT_FOUND;
		if (ok)
			*err = ERROR_INIT;
		goto out;
	}
	ok = ini_parse(out->path, INI_CONFIG, buf_text(&text), text.len, &out->ini, err);
out:
	buf_clear(&text);
	return ok;
}

void config_clear(struct config *config)
{
	ini_clear(&config->ini);
}
