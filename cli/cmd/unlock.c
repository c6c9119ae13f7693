/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/profile/credentials_request.h"
#include "cli/ui/say.h"
#include "cli/vault/unlock.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"

#include <stdint.h>

/* A time of the agent's answer as people read it, "?" where there is none. */
static void when(const struct cli *cli, const json_t *object, const char *key,
		 char out[static OUT_WHEN_BYTES])
{
	const char *text = json_string_value(json_object_get(object, key));
	int64_t seconds;

	out[0] = '?';
	out[1] = '\0';
	if (text && time_parse_iso(text, &seconds))
		out_when(seconds, clock_real_s(cli->clock), out);
}

static void tell(struct cli *cli, const json_t *ok)
{
	char idle[OUT_WHEN_BYTES], lock[OUT_WHEN_BYTES];

	when(cli, ok, "idle_at", idle);
	when(cli, ok, "lock_at", lock);
	out_printf(&cli->out,
		   "Unlocked. Keys are locked again when unused until %s, everything at %s%s.\n",
		   idle, lock,
		   json_is_false(json_object_get(ok, "lock_on_sleep")) ? "" : " or on sleep");
}

/* All sessions that can be made are made; the first failure is the command's. */
static bool make_sessions(struct cli *cli, json_t *sessions, struct error *err)
{
	bool all = true;

	for (size_t i = 0; i < cli->options.argc; i++) {
		struct error why = ERROR_INIT;
		char until[OUT_WHEN_BYTES];
		json_t *ok = NULL;

		cli->profile = cli_arg(cli, i);
		if (!credentials_request_session(cli, cli->profile, &ok, &why)) {
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
		when(cli, ok, "expires_at", until);
		if (!cli->json)
			out_printf(&cli->out, "%s: session until %s%s\n", cli->profile, until,
				   json_is_true(json_object_get(ok, "mfa")) ? ", with MFA" : "");
		(void)json_array_append_new(sessions, ok);
	}
	return all;
}

static bool check_names(const struct cli *cli, struct error *err)
{
	for (size_t i = 0; i < cli->options.argc; i++) {
		if (!text_check_name("profile", cli_arg(cli, i), err))
			return false;
	}
	return true;
}

static bool run(struct cli *cli, struct error *err)
{
	struct unlock_limits limits;
	json_t *ok = NULL, *sessions = json_array();
	bool done;

	cli->profile = cli_arg(cli, 0);
	done = check_names(cli, err) &&
	       option_duration(&cli->options, "idle", 0, &limits.idle_s, err) &&
	       option_duration(&cli->options, "for", 0, &limits.limit_s, err) &&
	       unlock_anew(cli, &limits, &ok, err);
	if (done && !cli->json)
		tell(cli, ok);
	done = done && make_sessions(cli, sessions, err);
	if (done && cli->json) {
		done = json_put(ok, "sessions", json_incref(sessions), err);
		out_json(&cli->out, ok);
	}
	json_decref(ok);
	json_decref(sessions);
	return done;
}

static const struct option options[] = {
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
	"With PROFILEs, their sessions are made at once: one MFA code, early. An agent that is\n"
	"there already is replaced once the passphrase has proved right.",
    .options = options,
    .examples = examples,
    .args = "profiles",
    .most = SIZE_MAX,
    .needs = NEEDS_VAULT,
    .run = run,
};
