/* SPDX-License-Identifier: MIT */
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/create.h"
#include "cli/launch.h"
#include "cli/offer.h"
#include "cli/place.h"
#include "cli/progress.h"
#include "cli/tty.h"
#include "cli/words.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSPHRASE_LEAST = 12, SHOWN = 256, LINE = 512, GROUP = 2 };

static bool check_free(const struct cli *cli, struct error *err)
{
	char shown[SHOWN];
	struct stat st;

	if (lstat(cli->vault, &st) != 0 && errno == ENOENT)
		return true;
	out_path(cli->vault, shown, sizeof(shown));
	error_set(err, ERROR_EXISTS, "there is something at %s already", shown);
	error_detail(err, "Nothing was changed.");
	return error_hint(err, "credvault --vault FILE init   (another one)");
}

static bool long_enough(const struct secret *passphrase)
{
	size_t n = 0;

	for (size_t i = 0; i < passphrase->len; i++)
		n += (passphrase->data[i] & 0xc0) != 0x80;
	return n >= PASSPHRASE_LEAST;
}

static bool too_short(struct error *err)
{
	error_set(err, ERROR_USAGE, "a passphrase has at least %d characters", PASSPHRASE_LEAST);
	return error_detail(err, "Nothing was made.");
}

/* Shows a secret on the terminal alone. */
static bool show(const char *before, const struct secret *text, const char *behind,
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

/* Typed on the terminal, or made, and typed once more. */
static bool typed_passphrase(struct cli *cli, struct secret *out, struct error *err)
{
	struct secret again = SECRET_EMPTY;
	char bits[32];
	bool done = false;

	(void)snprintf(bits, sizeof(bits), "      about %d bits", WORDS_BITS);
	while (!done) {
		if (!ask_hidden(cli, "Passphrase (Enter to have one made): ", out, err))
			break;
		if (!out->data &&
		    (!words_make(out, err) || !show("  made for you:  ", out, bits, err)))
			break;
		if (!long_enough(out)) {
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

static bool choose_passphrase(struct cli *cli, struct secret *out, struct error *err)
{
	bool by_hand = cli->passphrase_fd < 0 && ask_has_terminal(cli);
	bool odd = false;

	if (!ask_can_passphrase(cli)) {
		error_set(err, ERROR_LOCKED,
			  "a passphrase is needed and there is no terminal to ask on");
		error_detail(err, "Nothing was made.");
		return error_hint(err, "credvault init --passphrase-fd N");
	}
	if (by_hand ? !typed_passphrase(cli, out, err)
		    : !ask_passphrase(cli, "Passphrase for the new vault", out, err))
		return false;
	if (!long_enough(out))
		return too_short(err);
	for (size_t i = 0; i < out->len; i++)
		odd = odd || out->data[i] >= 0x80;
	if (odd)
		out_note(cli, "It has characters that other keyboards and systems may write "
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

static bool choose_cost(struct cli *cli, struct kdf_cost *cost, struct error *err)
{
	const char *memory = option_text(&cli->options, "kdf-memory");
	struct kdf_wish wish = {.low_memory = option_flag(&cli->options, "low-memory"),
				.progress = on_measure,
				.ctx = cli};
	bool ok;

	if (memory && !text_parse_bytes(memory, &wish.memory, err))
		return false;
	ok = kdf_calibrate(&wish, cli->clock, cost, err);
	progress_hide(cli);
	return ok;
}

static bool make(struct cli *cli, const struct secret *passphrase, const struct kdf_cost *cost,
		 struct create *out, struct error *err)
{
	int64_t before = clock_boot_ms(cli->clock), took;
	bool ok;

	progress_show(cli, "Deriving the key …");
	ok = create_make(passphrase, cost, !option_flag(&cli->options, "no-recovery"),
			 clock_real_s(cli->clock), out, err);
	progress_hide(cli);
	if (!ok)
		return false;
	took = (clock_boot_ms(cli->clock) - before + 50) / 100;
	if (!cli->json)
		out_note(cli,
			 "Key derivation: %llu MiB, %llu passes, %lld.%lld s per guess on "
			 "this machine.",
			 (unsigned long long)(cost->memory / KDF_MIB),
			 (unsigned long long)cost->passes, (long long)(took / 10),
			 (long long)(took % 10));
	return true;
}

/* Shows the code on the terminal and has its last group typed back: what was not written down is lost. */
static bool hand_over_code(struct cli *cli, const struct secret *text, struct error *err)
{
	const char *code = (const char *)text->data,
		   *group = code + RECOVERY_TEXT_BYTES - 1 - GROUP;
	const struct secret shown = {.data = text->data, .len = text->len - 1};
	struct buf typed = BUF_INIT(ASK_LINE_MAX);
	bool done = cli->yes, ok;

	ok = show("\nRecovery code. Write it down; it opens the vault when the passphrase is gone. "
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

static bool start_agent(struct cli *cli, struct create *create, json_t **ok, struct error *err)
{
	const struct launch_terms terms = {.keys = &create->keys,
					   .how = "passphrase",
					   .resident = !cli->once,
					   .header = &create->header};
	struct client client = CLIENT_EMPTY;
	bool done = launch_agent(cli, &client, err) &&
		    launch_unlock(&client, &terms, ok, err) == CLIENT_OK;

	if (done)
		launch_adopt(cli, &client, &terms, *ok);
	client_close(&client);
	return done;
}

static bool tell_json(struct cli *cli, const json_t *ok, const struct secret *code,
		      struct error *err)
{
	const char *vault, *vault_id;
	json_t *answer = json_object();
	bool done = json_need_text(ok, "vault", PATH_MAX, &vault, err) &&
		    json_need_text(ok, "vault_id", 64, &vault_id, err) &&
		    json_put_text(answer, "vault", vault, err) &&
		    json_put_text(answer, "vault_id", vault_id, err) &&
		    json_put_text(answer, "recovery_code", (const char *)code->data, err);

	if (done)
		out_json(&cli->out, answer);
	json_decref(answer);
	return done;
}

static void tell(struct cli *cli, const json_t *ok, const struct secret *unseen_code)
{
	const char *until = json_string_value(json_object_get(ok, "lock_at"));
	char when[OUT_WHEN_BYTES] = "it is locked";
	int64_t seconds;

	if (until && time_parse_iso(until, &seconds))
		out_when(seconds, clock_real_s(cli->clock), when);
	if (unseen_code) {
		out_printf(&cli->out, "Recovery code (shown once): ");
		out_bytes(&cli->out, unseen_code->data, unseen_code->len - 1);
		out_printf(&cli->out, "\n");
	}
	if (cli->once)
		out_printf(&cli->out, "Made the vault; it is locked (unlock: credvault unlock).\n");
	else
		out_printf(&cli->out,
			   "Made the vault; it is unlocked until %s (lock: credvault lock).\n",
			   when);
}

/* With the lock held, so that nobody else makes or unlocks it at the same time. */
static bool create(struct cli *cli, struct error *err)
{
	struct secret passphrase = SECRET_EMPTY;
	struct create made = CREATE_EMPTY;
	const struct secret *unseen = NULL;
	struct kdf_cost cost;
	json_t *ok = NULL;
	bool done = check_free(cli, err) && choose_passphrase(cli, &passphrase, err) &&
		    choose_cost(cli, &cost, err) && make(cli, &passphrase, &cost, &made, err);

	secret_clear(&passphrase);
	if (done && made.recovery_text.data && !cli->json) {
		if (cli->passphrase_came == ASK_NOT_YET)
			done = hand_over_code(cli, &made.recovery_text, err);
		else
			unseen = &made.recovery_text;
	}
	done = done && start_agent(cli, &made, &ok, err);
	if (done && cli->json)
		done = tell_json(cli, ok, &made.recovery_text, err);
	else if (done)
		tell(cli, ok, unseen);
	json_decref(ok);
	create_clear(&made);
	return done;
}

static bool run(struct cli *cli, struct error *err)
{
	char shown[SHOWN];
	int lock = -1;
	bool ok;

	if (!place_make(cli, err) || !check_free(cli, err))
		return false;
	out_path(cli->vault, shown, sizeof(shown));
	if (!cli->json)
		out_note(cli, "This makes a vault at %s. Nothing leaves this machine.\n", shown);
	if (!launch_lock(cli, &lock, err))
		return false;
	ok = create(cli, err);
	(void)close(lock);
	return ok && offer_import(cli, err);
}

static const struct option options[] = {
    {.name = "no-recovery", .help = "no recovery code: without the passphrase all is lost"},
    {.name = "kdf-memory",
     .argument = "SIZE",
     .help = "what a guess costs (256MiB; else measured)"},
    {.name = "low-memory", .help = "a small machine: 64 MiB a guess, more passes"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"make the vault; it asks for a passphrase, or makes one", "credvault init"},
    {"a second vault", "credvault --vault ~/work.db init"},
    {"without a terminal", "credvault init --json --passphrase-fd 3 3</run/secrets/passphrase"},
    {NULL, NULL},
};

const struct command command_init = {
    .name = "init",
    .summary = "make a vault and leave it unlocked",
    .usage = "[--no-recovery] [--kdf-memory SIZE] [--low-memory]",
    .about =
	"The passphrase has at least 12 characters; Enter has one made. The recovery code is\n"
	"shown once and opens the vault when the passphrase is gone. A vault that is there is\n"
	"never overwritten.",
    .options = options,
    .examples = examples,
    .needs = NEEDS_MEMORY,
    .run = run,
};
