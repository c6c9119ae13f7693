/* SPDX-License-Identifier: MIT */
#include "cli/vault/open_header.h"

#include "cli/ui/ask.h"
#include "cli/vault/key_path.h"
#include "cli/ui/progress.h"
#include "cli/ui/say.h"
#include "cli/ui/tty.h"

#include <stdio.h>
#include <string.h>

enum { MUCH_WORK = 8, TRIES = 3, SHOWN = 256, PROMPT_MAX = 512 };

bool open_header_can(const struct cli *cli)
{
	return ask_can_passphrase(cli) || key_path_given(cli);
}

bool open_header_has_own(const struct cli *cli)
{
	return cli->passphrase_fd >= 0 || key_path_given(cli);
}

static bool open_header_name_file(const char *path, struct error *err)
{
	char shown[SHOWN];

	out_path(path, shown, sizeof(shown));
	return error_detail(err, "File: %s", shown);
}

static bool open_header_by_key_file(struct cli *cli, const char *path, const struct buf *bytes,
				    struct open_header *out, struct error *err)
{
	struct secret key = SECRET_EMPTY;
	bool read = key_path_read(cli, &key, err);
	bool ok = read && header_open_private(bytes, SLOT_KEY_FILE, &key, &out->header,
					      &out->vault_key, &out->slot, err);

	secret_clear(&key);
	cli->passphrase_came = ASK_FILE;
	out->how = "key file";
	return ok || (read && open_header_name_file(path, err));
}

/* What a changed header may cost at the most is said before anything is typed or derived. */
static void open_header_say_work(struct cli *cli, const struct header *header)
{
	uint64_t work = header_work(header), memory = 0;
	size_t slots = 0;

	if (work <= (uint64_t)MUCH_WORK * KDF_WORK_TODAY)
		return;
	for (size_t i = 0; i < header->slots_count; i++) {
		const struct slot *slot = &header->slots[i];

		slots += slot->type == SLOT_PASSPHRASE;
		memory = slot->cost.memory > memory ? slot->cost.memory : memory;
	}
	say_note(cli,
		 "This header asks for much work: %zu passphrase%s, %llu MiB of memory, up to %llu "
		 "times what a new vault takes. Ctrl-C ends it.",
		 slots, slots == 1 ? "" : "s", (unsigned long long)(memory / KDF_MIB),
		 (unsigned long long)(work / KDF_WORK_TODAY));
}

static bool open_header_by_asking(struct cli *cli, const char *path, const struct buf *bytes,
				  struct open_header *out, struct error *err)
{
	char prompt[PROMPT_MAX], shown[SHOWN];
	bool ok = false;

	out_path(path, shown, sizeof(shown));
	(void)snprintf(prompt, sizeof(prompt), "Passphrase for %s: ", shown);
	for (int tries = 1; !ok && tries <= TRIES; tries++) {
		if (!ask_passphrase(cli, prompt, &out->typed, err))
			break;
		progress_show(cli, "Deriving the key …");
		ok = header_open(bytes, &out->typed, &out->header, &out->vault_key, &out->slot,
				 err);
		progress_hide(cli);
		if (ok)
			out->how = out->header.slots[out->slot].type == SLOT_RECOVERY
				       ? "recovery code"
				       : "passphrase";
		else
			(void)open_header_name_file(path, err);
		if (ok || err->code != ERROR_WRONG_PASSPHRASE ||
		    cli->passphrase_came != ASK_TERMINAL)
			break;
		if (tries < TRIES)
			tty_say("Wrong passphrase. Caps Lock?");
	}
	return ok;
}

bool open_header_ask_of(struct cli *cli, const char *path, const struct buf *bytes,
			struct open_header *out, struct error *err)
{
	struct header header;
	bool ok;

	*out = OPEN_HEADER_EMPTY;
	/* Some commands put the guarded memory off until a secret comes (NEEDS_LATE_MEMORY). */
	if (!secret_open(option_flag(&cli->options, "insecure-memory"), err))
		return false;
	/* A header that cannot be opened, by a cost out of bounds say, fails before a question. */
	if (!header_decode(bytes->data, bytes->len, &header, err))
		return false;
	if (cli->passphrase_fd >= 0 || !key_path_given(cli))
		open_header_say_work(cli, &header);
	ok = cli->passphrase_fd < 0 && key_path_given(cli)
		 ? open_header_by_key_file(cli, path, bytes, out, err)
		 : open_header_by_asking(cli, path, bytes, out, err);
	if (!ok)
		open_header_clear(out);
	return ok;
}

bool open_header_ask(struct cli *cli, const struct buf *bytes, struct open_header *out,
		     struct error *err)
{
	return open_header_ask_of(cli, cli->vault, bytes, out, err);
}

void open_header_clear(struct open_header *opened)
{
	secret_clear(&opened->vault_key);
	secret_clear(&opened->typed);
	*opened = OPEN_HEADER_EMPTY;
}

bool open_header_derive(struct cli *cli, const struct buf *bytes, struct keys *keys,
			const char **how, struct error *err)
{
	struct open_header opened;
	bool ok = open_header_ask(cli, bytes, &opened, err);

	*how = opened.how;
	ok = ok && keys_derive(&opened.vault_key, keys, err);
	open_header_clear(&opened);
	return ok;
}
