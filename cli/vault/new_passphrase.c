/* SPDX-License-Identifier: MIT */
#include "cli/vault/new_passphrase.h"

#include "cli/ui/ask.h"
#include "cli/ui/progress.h"
#include "cli/ui/say.h"
#include "cli/ui/tty.h"
#include "vault/base/text.h"
#include "vault/seal/header/recovery_code.h"

#include <stdio.h>
#include <string.h>

enum {
	PASSPHRASE_LEAST = 12,
	LINE = 512,
	GROUP = 2,
	WORD_LETTERS = 4,
	WORDS_BYTES = NEW_PASSPHRASE_WORDS * (WORD_LETTERS + 1) - 1
};

/* Sixteen and five; no two sound alike, and there is no q, w, x, y. */
static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aeiou";

bool new_passphrase_make(struct secret *out, struct error *err)
{
	if (!secret_alloc(out, WORDS_BYTES, err))
		return false;
	for (size_t i = 0; i < WORDS_BYTES; i++) {
		size_t at = i % (WORD_LETTERS + 1);

		if (at == WORD_LETTERS)
			out->data[i] = ' ';
		else if (at % 2 == 0)
			out->data[i] = (unsigned char)consonants[secret_random_below(16)];
		else
			out->data[i] = (unsigned char)vowels[secret_random_below(5)];
	}
	return true;
}

static bool passphrase_is_long_enough(const struct secret *passphrase)
{
	size_t n = 0;

	for (size_t i = 0; i < passphrase->len; i++)
		n += (passphrase->data[i] & 0xc0) != 0x80;
	return n >= PASSPHRASE_LEAST;
}

/* Shows a secret on the terminal alone. */
static bool secret_show(const char *before, const struct secret *text, const char *behind,
			struct error *err)
{
	struct buf line = BUF_INIT(LINE);
	bool ok = buf_text_append(&line, before, err) &&
		  buf_append(&line, text->data, text->len, err) &&
		  buf_text_append(&line, behind, err);

	if (ok)
		tty_say(buf_text(&line));
	buf_clear(&line);
	return ok;
}

/* Has a passphrase typed on the terminal, or made there, and then typed once more. */
static bool passphrase_type(struct cli *cli, const char *what, struct secret *out,
			    struct error *err)
{
	struct secret again = SECRET_EMPTY;
	char bits[32], prompt[96];
	bool done = false;

	(void)snprintf(prompt, sizeof(prompt), "%s (Enter to have one made): ", what);
	(void)snprintf(bits, sizeof(bits), "      about %d bits", NEW_PASSPHRASE_BITS);
	while (!done) {
		if (!ask_hidden(cli, prompt, out, err))
			break;
		if (!out->data && (!new_passphrase_make(out, err) ||
				   !secret_show("  made for you:  ", out, bits, err)))
			break;
		if (!passphrase_is_long_enough(out)) {
			tty_say("A passphrase has at least 12 characters.");
			continue;
		}
		if (!ask_hidden(cli, "Type it once more: ", &again, err))
			break;
		done = again.len == out->len && secret_equal(again.data, out->data, out->len);
		if (!done)
			tty_say("That was something else. Once again.");
	}
	secret_clear(&again);
	return done;
}

/*
 * Reads a new passphrase from a descriptor or askpass. Whether the agent stays is decided by how
 * the vault was opened, not by how the new passphrase came.
 */
static bool passphrase_read(struct cli *cli, int fd, const char *what, struct secret *out,
			    struct error *err)
{
	enum ask_way came = cli->passphrase_came;
	bool ok;

	if (fd >= 0)
		cli->passphrase_fd = fd;
	ok = ask_passphrase(cli, what, out, err);
	if (came != ASK_NOT_YET)
		cli->passphrase_came = came;
	return ok;
}

bool new_passphrase_ask(struct cli *cli, int fd, const char *what, struct secret *out,
			struct error *err)
{
	bool by_hand = fd < 0 && cli->passphrase_fd < 0 && ask_has_terminal(cli);
	bool odd = false;

	if (fd < 0 && !ask_can_passphrase(cli)) {
		error_set(err, ERROR_LOCKED,
			  "a new passphrase is needed and there is no terminal to ask on");
		return error_detail(err, "Nothing was made.");
	}
	if (by_hand ? !passphrase_type(cli, what, out, err)
		    : !passphrase_read(cli, fd, what, out, err))
		return false;
	if (!passphrase_is_long_enough(out)) {
		error_set(err, ERROR_USAGE, "a passphrase has at least %d characters",
			  PASSPHRASE_LEAST);
		return error_detail(err, "Nothing was made.");
	}
	for (size_t i = 0; i < out->len; i++)
		odd = odd || out->data[i] >= 0x80;
	if (odd)
		say_note(cli, "It has characters that other keyboards and systems may write "
			      "differently.");
	return true;
}

static void on_measure(void *ctx, const struct kdf_cost *cost)
{
	char line[LINE];

	(void)snprintf(line, sizeof(line), "Calibrating the key derivation … %llu MiB",
		       (unsigned long long)(cost->memory / KDF_MIB));
	progress_show(ctx, line);
}

bool new_passphrase_cost(struct cli *cli, const char *memory, bool low_memory,
			 struct kdf_cost *cost, struct error *err)
{
	struct kdf_wish wish = {.low_memory = low_memory, .progress = on_measure, .ctx = cli};
	bool ok;

	if (memory && !text_parse_bytes(memory, &wish.memory, err))
		return false;
	ok = kdf_calibrate(&wish, cli->clock, cost, err);
	progress_hide(cli);
	return ok;
}

bool new_passphrase_show_code(struct cli *cli, const struct secret *text, struct error *err)
{
	const char *code = (const char *)text->data,
		   *group = code + RECOVERY_CODE_TEXT_BYTES - 1 - GROUP;
	const struct secret shown = {.data = text->data, .len = text->len - 1};
	struct buf typed = BUF_INIT(ASK_LINE_MAX);
	bool done = cli->yes, ok;

	ok = secret_show(
	    "\nRecovery code. Write it down; it opens the vault when the passphrase is gone. "
	    "Shown once.\n      ",
	    &shown, "", err);
	while (ok && !done) {
		buf_reset(&typed);
		ok = ask_line(cli, "Type its last group to go on: ", NULL, &typed, err);
		done = ok && typed.len == GROUP && strncasecmp(buf_text(&typed), group, GROUP) == 0;
	}
	buf_clear(&typed);
	return ok;
}

void new_passphrase_print_code(struct cli *cli, const struct secret *text)
{
	out_printf(&cli->out, "Recovery code (shown once): ");
	out_bytes(&cli->out, text->data, text->len - 1);
	out_printf(&cli->out, "\n");
}
