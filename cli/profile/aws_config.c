/* SPDX-License-Identifier: MIT */
#include "cli/profile/aws_config.h"

#include "cli/vault/paths.h"
#include "vault/base/file.h"
#include "vault/base/text.h"

#include <stdlib.h>
#include <string.h>

static bool config_parse(const char *path, enum ini_flavour flavour, struct ini *out,
			 struct error *err)
{
	struct buf text = BUF_INIT(INI_FILE_MAX);
	bool ok;

	/* /dev/null tells AWS tools to read no file. */
	if (strcmp(path, "/dev/null") == 0)
		return true;
	ok = file_read(path, INI_FILE_MAX, &text, err);
	if (ok) {
		ok = ini_parse(path, flavour, buf_text(&text), text.len, out, err);
	} else if (err->code == ERROR_NOT_FOUND) {
		*err = ERROR_INIT;
		ok = true;
	}
	buf_clear(&text);
	return ok;
}

bool aws_config_read(struct aws_config *out, struct error *err)
{
	*out = AWS_CONFIG_EMPTY;
	return paths_aws_config(out->path, err) &&
	       paths_aws_credentials(out->credentials_path, err) &&
	       config_parse(out->path, INI_CONFIG, &out->ini, err) &&
	       config_parse(out->credentials_path, INI_CREDENTIALS, &out->credentials, err);
}

struct profile_files aws_config_files(const struct aws_config *config)
{
	return (struct profile_files){.config = &config->ini,
				      .credentials = &config->credentials,
				      .config_path = config->path,
				      .credentials_path = config->credentials_path};
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool aws_config_names(const struct aws_config *config, const char ***names, size_t *count,
		      struct error *err)
{
	const struct ini *files[] = {&config->ini, &config->credentials};
	size_t n = 0, kept = 0;

	*count = 0;
	*names = calloc(config->ini.count + config->credentials.count + 1, sizeof(**names));
	if (!*names)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t f = 0; f < 2; f++) {
		for (size_t i = 0; i < files[f]->count; i++) {
			const struct ini_section *section = &files[f]->sections[i];

			if ((section->kind == INI_DEFAULT || section->kind == INI_PROFILE ||
			     section->kind == INI_SPACED || section->kind == INI_CREDVAULT) &&
			    text_is_name(section->name))
				(*names)[n++] = section->name;
		}
	}
	qsort(*names, n, sizeof(**names), compare_names);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || strcmp((*names)[kept - 1], (*names)[i]) != 0)
			(*names)[kept++] = (*names)[i];
	}
	*count = kept;
	return true;
}

void aws_config_clear(struct aws_config *config)
{
	ini_clear(&config->ini);
	ini_clear(&config->credentials);
}
