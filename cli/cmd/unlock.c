/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/vault/link.h"
#include "cli/vault/open_header.h"
#include "cli/profile/credentials_request.h"
#include "cli/show/key_row.h"
#include "cli/ui/say.h"
#include "cli/vault/unlock.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_credentials.h"
#include "vault/wire/tables/msg_launch.h"

#include <stdint.h>

/*
 * Makes a session for each PROFILE, also behind one that failed; the first failure is the
 * command's.
 */
static bool unlock_make_sessions(struct cli *cli, json_t *sessions, struct error *err)
{
	bool all = true;

	for (size_t i = 0; i < cli->options.argc; i++) {
		struct error why = ERROR_INIT;
		struct msg_ready ready = {.profile = NULL};
		char until[OUT_WHEN_BYTES];
		json_t *ok = NULL;

		cli->profile = cli_arg(cli, i);
		if (!credentials_request_session(cli, cli->profile, &ok, &why) ||
		    !fields_read_answer(&msg_ready, ok, &ready, &why)) {
			json_decref(ok);
			(void)error_profile(&why, cli->profile);
			if (!all)
				say_error(cli, &why);
			else
				*err = why;
			all = false;
			if (why.code == ERROR_INTERRUPTED)
				return false;
			continue;
		}
		(void)key_row_when(ready.expires_at, clock_real_s(cli->clock), until);
		if (!cli->json)
			out_printf(&cli->out, "%s: session until %s%s\n", cli->profile, until,
				   ready.mfa ? ", with MFA" : "");
		(void)json_array_append_new(sessions, ok);
	}
	return all;
}

/*
 * Whether the vault is unlocked, keys and all, and nothing but sessions is wanted: then the MFA
 * code is asked for alone. *ok says what an unlock would.
 */
static bool unlock_is_done(struct cli *cli, const struct unlock_limits *limits, json_t **ok,
			   struct error *err)
{
	bool absent = true, keys = false;
	struct error why;

	if (cli->options.argc == 0 || limits->idle_s || limits->limit_s || open_header_has_own(cli))
		return true;
	if (!link_find(cli, &absent, err))
		return false;
	/* An agent of another version, or without the keys, is replaced. */
	if (!absent && (!unlock_state(cli, ok, &keys, &why) || !keys)) {
		json_decref(*ok);
		*ok = NULL;
	}
	return true;
}

static bool run(struct cli *cli, struct error *err)
{
	char idle[OUT_WHEN_BYTES], lock[OUT_WHEN_BYTES];
	struct msg_unlocked unlocked = {.vault = NULL};
	json_t *ok = NULL, *sessions = NULL;
	int64_t now;
	struct unlock_limits limits;
	bool done, unlocked_before;

	cli->profile = cli_arg(cli, 0);
	for (size_t i = 0; i < cli->options.argc; i++) {
		if (!text_check_name("profile", cli_arg(cli, i), err))
			return false;
	}
	if (!option_duration(&cli->options, "idle", 0, &limits.idle_s, err) ||
	    !option_duration(&cli->options, "for", 0, &limits.limit_s, err) ||
	    !unlock_is_done(cli, &limits, &ok, err))
		return false;
	unlocked_before = ok != NULL;
	if (!unlocked_before && !unlock_anew(cli, &limits, &ok, err))
		return false;
	if (!fields_read_answer(&msg_unlocked, ok, &unlocked, err)) {
		json_decref(ok);
		return false;
	}
	if (!cli->json && !unlocked_before) {
		now = clock_real_s(cli->clock);
		(void)key_row_when(unlocked.idle_at, now, idle);
		(void)key_row_when(unlocked.lock_at, now, lock);
		out_printf(
		    &cli->out,
		    "Unlocked. Keys are locked again when unused until %s, everything at %s%s.\n",
		    idle, lock, unlocked.lock_on_sleep ? " or on sleep" : "");
	}
	sessions = json_array();
	done = unlock_make_sessions(cli, sessions, err);
	if (done && cli->json) {
		done = json_put(ok, "sessions", json_incref(sessions), err);
		out_json(&cli->out, ok);
	}
	json_decref(ok);
	json_decref(sessions);
	return done;
}

static const struct option options[] = {
    OPTION_PROFILE,
    {.name = "idle", .argument = "15m", .help = "lock the keys when nothing used them for so long"},
    {.name = "for", .argument = "8h", .help = "lock everything after so long"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"unlock for the working day", "credvault unlock"},
    {"and spend the MFA code now, so that programs find the session", "credvault unlock prod"},
    {"for a short while", "credvault unlock --idle 5m --for 1h"},
    {NULL, NULL},
};

const struct command command_unlock = {
    .name = "unlock",
    .summary = "ask for the passphrase and leave the vault unlocked",
    .usage = "[PROFILE…] [--idle 15m] [--for 8h]",
    .about =
	"With PROFILEs, their sessions are made at once: one MFA code, early. Where the vault is\n"
	"unlocked already, that code is all that is asked for. Else an agent that is there is\n"
	"replaced once the passphrase has proved right.",
    .options = options,
    .examples = examples,
    .args = "profiles",
    .most = SIZE_MAX,
    .needs = NEEDS_VAULT,
    .run = run,
};
