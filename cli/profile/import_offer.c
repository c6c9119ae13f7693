/* SPDX-License-Identifier: MIT */
#include "cli/profile/import_offer.h"

#include "cli/ui/ask.h"
#include "cli/profile/key_import.h"
#include "cli/vault/paths.h"
#include "vault/base/file.h"
#include "vault/format/ini.h"

#include <stdio.h>

enum { QUESTION_MAX = 512, SHOWN = 256 };

static size_t count_keys(const struct ini *ini)
{
	size_t n = 0;

	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_section *s = &ini->sections[i];

		n += (s->kind == INI_PROFILE || s->kind == INI_DEFAULT) &&
		     ini_get(ini, s->kind, s->name, "aws_secret_access_key", NULL);
	}
	return n;
}

/* Profiles of the AWS credentials file with a key in plaintext; 0 where it cannot be read. */
static size_t offer_count(void)
{
	struct buf text = BUF_INIT(INI_FILE_MAX);
	struct ini ini = INI_EMPTY;
	char path[PATH_MAX];
	struct error why;
	size_t n = 0;

	if (paths_aws_credentials(path, &why) && file_read(path, INI_FILE_MAX, &text, &why) &&
	    ini_parse(path, INI_CREDENTIALS, buf_text(&text), text.len, &ini, &why))
		n = count_keys(&ini);
	ini_clear(&ini);
	buf_clear(&text);
	return n;
}

bool import_offer_import(struct cli *cli, struct error *err)
{
	const struct key_import import = {.path = NULL};
	char question[QUESTION_MAX], path[PATH_MAX], shown[SHOWN];
	size_t n;
	bool yes = false;

	if (cli->json || !ask_has_terminal(cli))
		return true;
	n = offer_count();
	if (n == 0 || !paths_aws_credentials(path, err))
		return n == 0;
	out_path(path, shown, sizeof(shown));
	(void)snprintf(question, sizeof(question),
		       "\nFound %zu key%s in plaintext in %s. Import %s now?", n, n == 1 ? "" : "s",
		       shown, n == 1 ? "it" : "them");
	out_flush(&cli->out);
	if (!ask_confirm(cli, question, true, &yes, err))
		return false;
	return !yes || key_import_keys(cli, &import, err);
}
