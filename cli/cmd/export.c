/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/profile/pick.h"
#include "cli/profile/credentials_request.h"
#include "vault/format/credjson.h"
#include "vault/format/credlines.h"

#include <stdlib.h>
#include <string.h>

enum export_kind { EXPORT_LINES, EXPORT_SECTION, EXPORT_JSON };

struct export_format {
	const char *name;
	enum export_kind kind;
	enum credlines_form form; /* of lines */
	bool marked;		  /* lines for a shell, in which credvault may be called again */
	bool (*json)(const struct credentials *, struct buf *, struct error *);
};

static const struct export_format formats[] = {
    {.name = "env", .form = CREDLINES_ENV, .marked = true},
    {.name = "export", .form = CREDLINES_ENV, .marked = true}, /* aws-vault's words */
    {.name = "export-env", .form = CREDLINES_ENV, .marked = true},
    {.name = "env-no-export", .form = CREDLINES_ENV_NO_EXPORT, .marked = true},
    {.name = "fish", .form = CREDLINES_FISH, .marked = true},
    {.name = "powershell", .form = CREDLINES_POWERSHELL, .marked = true},
    {.name = "windows-cmd", .form = CREDLINES_WINDOWS_CMD},
    {.name = "dotenv", .form = CREDLINES_DOTENV},
    {.name = "json", .kind = EXPORT_JSON, .json = credjson_json},
    {.name = "process", .kind = EXPORT_JSON, .json = credjson_process},
    {.name = "ini", .kind = EXPORT_SECTION},
    {.name = "sdk-json", .kind = EXPORT_JSON, .json = credjson_sdk},
    {.name = "sts", .kind = EXPORT_JSON, .json = credjson_sts},
};

/* The one that was asked for; --json is json, but where --format says otherwise. */
static const struct export_format *export_format(const struct cli *cli)
{
	const char *name = option_text(&cli->options, "format");
	size_t i = 0;

	if (!name)
		name = cli->json ? "json" : "env";
	while (strcmp(formats[i].name, name) != 0)
		i++;
	return &formats[i];
}

/*
 * Marks a region that is the profile's own, so that it does not outrank the next profile's; one
 * that the caller has asked for stays the caller's, and an earlier mark is taken away.
 */
static bool export_mark(const struct cli *cli, const char *name, const char **mark,
			struct error *err)
{
	const char *region, *before = getenv("CREDVAULT_PROFILE");

	if (!credentials_request_region(cli, &region, err))
		return false;
	*mark = !region ? name : before && *before ? "" : NULL;
	return true;
}

static bool export_text(const struct cli *cli, const struct export_format *format, const char *name,
			const struct credentials *credentials, struct buf *text, struct error *err)
{
	const char *mark = NULL;

	switch (format->kind) {
	case EXPORT_SECTION: return credlines_section(credentials, name, text, err);
	case EXPORT_JSON:
		return format->json(credentials, text, err) && buf_append(text, "\n", 1, err);
	case EXPORT_LINES:
	default:
		return (!format->marked || export_mark(cli, name, &mark, err)) &&
		       credlines_variables(credentials, format->form, mark, text, err);
	}
}

static bool run(struct cli *cli, struct error *err)
{
	const struct export_format *format = export_format(cli);
	struct credentials credentials = CREDENTIALS_INIT;
	struct buf text = BUF_INIT(CREDLINES_LIMIT);
	struct pick_name name;
	bool done;

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
	       credentials_request_send(cli, name.text, MSG_FOR_EMIT, &credentials, err) &&
	       (export_text(cli, format, name.text, &credentials, &text, err) ||
		error_profile(err, name.text));
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
     .values = "env env-no-export fish powershell windows-cmd dotenv json process ini sdk-json sts "
	       "export "
	       "export-env",
     .help = "env (default), or another of those above"},
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
    {"into fish", "credvault export prod --format fish | source"},
    {"for a container", "docker run --env-file <(credvault export ci --format dotenv) image"},
    {NULL, NULL},
};

const struct command command_export = {
    .name = "export",
    .aliases = "emit",
    .summary = "print a profile's temporary credentials",
    .usage = "[PROFILE] [--format F] [-d 1h] [-n] [--plan] [--force]",
    .about =
	"Without PROFILE it is AWS_PROFILE, else it is asked for on a terminal. The long-term key\n"
	"never comes out of here.\n"
	"\n"
	"Formats: env, env-no-export (sh, bash, zsh), fish, powershell and windows-cmd are lines\n"
	"for a shell; dotenv is NAME=VALUE for docker's --env-file and for loaders of .env; ini "
	"is\n"
	"a section of a credentials file; json has Version, Region and AccountId, process is what\n"
	"credential_process prints, sts what STS does, and sdk-json what version 2 of the SDK for\n"
	"JavaScript loads by AWS.config.loadFromPath().",
    .options = own_options,
    .examples = examples,
    .args = "profiles",
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
