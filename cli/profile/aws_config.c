/* SPDX-License-Identifier: MIT */
#include "cli/profile/aws_config.h"

#include "cli/vault/paths.h"
#include "vault/base/file.h"

#include <string.h>

bool aws_config_read(struct aws_config *out, struct error *err)
{
	struct buf text = BUF_INIT(INI_FILE_MAX);
	bool ok = false;

	*out = AWS_CONFIG_EMPTY;
	if (!paths_aws_config(out->path, err))
		goto out;
	/* The way to tell tools of AWS to read no file. */
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

void aws_config_clear(struct aws_config *config)
{
	ini_clear(&config->ini);
}
