/* SPDX-License-Identifier: MIT */
#include "cli/vault/new_passphrase.h"

#include "cli/ui/ask.h"
#include "cli/ui/progress.h"
#include "cli/ui/say.h"
#include "cli/ui/tty.h"
#include "cli/vault/passphrase_strength.h"
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

/* How strong a passphrase must be, and what is said of one. */
enum verdict { VERDICT_GOOD, VERDICT_UNKNOWN, VERDICT_WEAK, VERDICT_REFUSED };

static bool passphrase_judge(const struct cli *cli, const struct secret *passphrase,
			     enum verdict *verdict, char line[static LINE], struct error *err)
{
	struct passphrase_strength strength;
	const char *why = strength.why;

	*verdict = VERDICT_GOOD;
	line[0] = '\0';
	if (!passphrase_strength_estimate(PASSPHRASE_STRENGTH_LIBRARY, passphrase, &strength, err))
		return false;
	if (!strength.known) {
		*verdict = VERDICT_UNKNOWN;
		(void)snprintf(line, LINE,
			       "How strong it is was not estimated: libzxcvbn is not there "
			       "(Debian: libzxcvbn0).");
	} else if (strength.bits < PASSPHRASE_STRENGTH_GOOD) {
		*verdict = strength.bits >= PASSPHRASE_STRENGTH_FLOOR ||
				   option_flag(&cli->options, "weak")
			       ? VERDICT_WEAK
			       : VERDICT_REFUSED;
		(void)snprintf(line, LINE, "about %d bits%s%s%s", strength.bits, *why ? " (" : "",
			       why, *why ? ")" : "");
	}
	return true;
}

/* Tells the person at the terminal of a weak passphrase; *taken is false where it is refused. */
static bool passphrase_judge_typed(const struct cli *cli, const struct secret *passphrase,
				   bool *taken, struct error *err)
{
	char what[LINE], line[2 * LINE];
	enum verdict verdict;

	if (!passphrase_judge(cli, passphrase, &verdict, what, err))
		return false;
	*taken = verdict != VERDICT_REFUSED;
	if (verdict == VERDICT_GOOD)
		return true;
	if (verdict == VERDICT_UNKNOWN)
		(void)snprintf(line, sizeof(line), "%s", what);
	else if (verdict == VERDICT_WEAK)
		(void)snprintf(line, sizeof(line),
			       "That is weak: %s. %d or more are better; Enter begins again.", what,
			       PASSPHRASE_STRENGTH_GOOD);
	else
		(void)snprintf(
		    line, sizeof(line),
		    "That would be guessed: %s, and at least %d are wanted. Another one; "
		    "Enter has one made, --weak takes it.",
		    what, PASSPHRASE_STRENGTH_FLOOR);
	tty_say(line);
	return true;
}

/* The same for one that came from a descriptor or a program. */
static bool passphrase_judge_given(struct cli *cli, const struct secret *passphrase,
				   struct error *err)
{
	char what[LINE];
	enum verdict verdict;

	if (!passphrase_judge(cli, passphrase, &verdict, what, err))
		return false;
	if (verdict == VERDICT_UNKNOWN)
		say_note(cli, "%s", what);
	else if (verdict == VERDICT_WEAK)
		say_note(cli, "The passphrase is weak: %s. %d or more are better.", what,
			 PASSPHRASE_STRENGTH_GOOD);
	if (verdict != VERDICT_REFUSED)
		return true;
	error_set(err, ERROR_USAGE, "the passphrase would be guessed: %s", what);
	error_detail(err, "Nothing was made. At least %d bits are wanted, %d are better.",
		     PASSPHRASE_STRENGTH_FLOOR, PASSPHRASE_STRENGTH_GOOD);
	return error_hint(err, "--weak takes it all the same");
}

/* Has one made where none was typed; it stays on the screen until it is typed in. */
static bool passphrase_get(struct cli *cli, const char *prompt, bool *made, struct secret *out,
			   struct error *err)
{
	char bits[32];

	if (!ask_hidden(cli, prompt, out, err))
		return false;
	*made = !out->data;
	(void)snprintf(bits, sizeof(bits), "      about %d bits", NEW_PASSPHRASE_BITS);
	return !*made ||
	       (new_passphrase_make(out, err) && secret_show("  made for you:  ", out, bits, err));
}

/* Has a passphrase typed on the terminal, or made there, and then typed once more. */
static bool passphrase_type(struct cli *cli, const char *what, struct secret *out,
			    struct error *err)
{
	struct secret again = SECRET_EMPTY;
	bool done = false, made = false, taken = true;
	char prompt[96];

	(void)snprintf(prompt, sizeof(prompt), "%s (Enter to have one made): ", what);
	while (!done) {
		if (!out->data && !passphrase_get(cli, prompt, &made, out, err))
			break;
		if (!passphrase_is_long_enough(out)) {
			tty_say("A passphrase has at least 12 characters.");
			secret_clear(out);
			continue;
		}
		if (!made && !passphrase_judge_typed(cli, out, &taken, err))
			break;
		if (!taken) {
			secret_clear(out);
			continue;
		}
		if (!ask_hidden(cli, "Type it once more: ", &again, err))
			break;
		done = again.len == out->len && secret_equal(again.data, out->data, out->len);
		/* One that was made is on the screen: it stays, and is asked for again. */
		if (!done && made && again.data) {
			tty_say("That was something else. The one above once again; Enter begins "
				"anew.");
		} else if (!done) {
			tty_say("That was something else. Once again.");
			secret_clear(out);
		}
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
	if (!by_hand && !passphrase_judge_given(cli, out, err))
		return false;
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

	ok = secret_show("\nRecovery code. It opens the vault when the passphrase is gone.\n"
			 "Write it down; it is shown once.\n      ",
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
