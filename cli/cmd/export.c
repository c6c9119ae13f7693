/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/profile/pick.h"
#include "cli/profile/credentials_request.h"
#include "vault/format/credjson.h"

#include <stdlib.h>
#include <string.h>

/*
 * Marks a region that is the profile's own, so that it does not outrank the next profile's; one
 * that the caller has asked for stays the caller's, and an earlier mark is taken away.
 */
static bool export_env(const struct cli *cli, const char *name,
		       const struct credentials *credentials, struct buf *text, struct error *err)
{
	const char *region, *before = getenv("CREDVAULT_PROFILE");

	return credentials_request_region(cli, &region, err) &&
	       credjson_env(credentials,
			    !region		? name
			    : before && *before ? ""
						: NULL,
			    text, err);
}

static bool run(struct cli *cli, struct error *err)
{
	const char *format = option_text(&cli->options, "format");
	struct credentials credentials = CREDENTIALS_INIT;
	struct buf text = BUF_INIT(CREDJSON_LIMIT);
	struct pick_name name;
	bool done;

	/* --json prints the agent's ok object, but where --format says otherwise. */
	if (!format)
		format = cli->json ? "json" : "env";
	if (option_flag(&cli->options, "plan"))
		return pick_profile(cli, &name, err) &&
		       credentials_request_print_plan(cli, name.text, err);
	/* Secrets on a screen stay in scrollbacks and recordings. */
	if (cli->out.terminal && !option_flag(&cli->options, "force")) {
		error_set(err, ERROR_USAGE, "this would print a secret to the terminal");
		error_detail(
		    err, "Pipe it, say eval \"$(credvault export …)\", or insist with --force.");
		return error_hint(err,
				  "credvault exec PROFILE -- COMMAND   (keeps it off the screen)");
	}
	done = pick_profile(cli, &name, err) &&
	       credentials_request_send(cli, name.text, MSG_FOR_EMIT, &credentials, err);
	if (done && strcmp(format, "env") == 0)
		done = export_env(cli, name.text, &credentials, &text, err);
	else if (done)
		done = (strcmp(format, "json") == 0 ? credjson_json(&credentials, &text, err)
						    : credjson_process(&credentials, &text, err)) &&
		       buf_append(&text, "\n", 1, err);
	if (done)
		out_bytes(&cli->out, text.data, text.len);
	buf_clear(&text);
	credentials_clear(&credentials);
	return done;
}

static const struct option own_options[] = {
    OPTION_PROFILE,
    {.name = "format",
     .argument = "F",
     .values = "env json process",
     .help = "env (default): lines for eval; json; process: as for credential_process"},
    {.name = "duration",
     .letter = 'd',
     .argument = "1h",
     .help = "how long they last: 15m to 36h, a role's to 12h"},
    {.name = "no-session",
     .letter = 'n',
     .help = "straight from the key to the role, without GetSessionToken"},
    {.name = "plan", .help = "show the steps to the credentials and change nothing"},
    {.name = "dry-run", .alias = "plan"},
    {.name = "force", .help = "print the secret even to a terminal"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"into this shell", "eval \"$(credvault export prod)\""},
    {"for a program that reads JSON",
     "credvault export tf-prod --format json | jq -r .AccessKeyId"},
    {"fifteen minutes, for a container",
     "docker run --env-file <(credvault export ci | sed \"s/export //;s/'//g\") image"},
    {NULL, NULL},
};

const struct command command_export = {
    .name = "export",
    .aliases = "emit",
    .summary = "print a profile's temporary credentials",
    .usage = "[PROFILE] [--format env|json|process] [-d 1h] [-n] [--plan] [--force]",
    .about =
	"Without PROFILE it is AWS_PROFILE, else it is asked for on a terminal. The long-term key\n"
	"never comes out of here.",
    .options = own_options,
    .examples = examples,
    .args = "profiles",
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
