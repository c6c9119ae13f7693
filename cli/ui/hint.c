/* SPDX-License-Identifier: MIT */
#include "cli/ui/hint.h"

#include <stdio.h>
#include <string.h>

static const char program[] = "credvault ";

void hint_option(const struct cli *cli, char out[static HINT_OPTION_BYTES])
{
	const char *path = cli->vault[0] ? cli->vault : option_text(&cli->options, "vault");
	char word[HINT_OPTION_BYTES - 16];

	out[0] = '\0';
	/* Where a variable names the vault, it does so for the next command too. */
	if (option_times(&cli->options, "vault") == 0 || !path)
		return;
	out_path_word(path, word, sizeof(word));
	(void)snprintf(out, HINT_OPTION_BYTES, " --vault %s", word);
}

/* The length of the command's name at the text's start; 0 for none, or one that opens no vault. */
static size_t hint_command(const struct cli *cli, const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz-");
	const struct command *command;
	char name[32];

	if (len == 0 || len >= sizeof(name))
		return 0;
	memcpy(name, text, len);
	name[len] = '\0';
	command = command_find(cli, name);
	return command && command->needs & NEEDS_MEMORY ? len : 0;
}

bool hint_append(const struct cli *cli, const char *text, struct buf *out, struct error *err)
{
	char option[HINT_OPTION_BYTES];

	hint_option(cli, option);
	while (*text) {
		const char *at = option[0] ? strstr(text, program) : NULL;
		size_t len;

		if (!at)
			return buf_text_append(out, text, err);
		at += sizeof(program) - 1;
		len = hint_command(cli, at);
		if (!buf_append(out, text, (size_t)(at - text) + len, err) ||
		    (len > 0 && !buf_text_append(out, option, err)))
			return false;
		text = at + len;
	}
	return true;
}
