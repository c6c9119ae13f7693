/* SPDX-License-Identifier: MIT */
#include "cli/profile/credentials_request.h"
#include "cli/profile/pick.h"
#include "cli/profile/refresh.h"
#include "cli/profile/write_place.h"
#include "cli/profile/written_file.h"
#include "cli/ui/context.h"
#include "cli/ui/interrupt.h"
#include "cli/ui/say.h"
#include "cli/vault/paths.h"
#include "vault/base/text.h"
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

enum { SHOWN_BYTES = 256 };

/* An export to a file. */
struct export_file {
	struct cli *cli;
	const struct export_format *format;
	const char *profile;
	struct written_file file;
	char shown[SHOWN_BYTES];
};

static bool export_put(void *ctx, const struct credentials *credentials, struct error *err)
{
	struct export_file *out = ctx;
	struct buf text = BUF_INIT(CREDLINES_LIMIT);
	bool done;

	done = export_text(out->cli, out->format, out->profile, credentials, &text, err) &&
	       written_file_put(&out->file, &text, err);
	buf_clear(&text);
	return done;
}

static void export_drop(void *ctx)
{
	struct export_file *out = ctx;
	struct error err;

	if (written_file_withdraw(&out->file, &err))
		say_note(out->cli,
			 "Its credentials have ended: %s is gone until there are new ones.",
			 out->shown);
	else
		say_note(out->cli, "%s.", err.message);
}

static void export_failed(void *ctx, const struct error *why)
{
	struct export_file *out = ctx;

	say_note(out->cli, "%s is not refreshed: %s. It is tried again%s%s", out->shown,
		 why->message, why->hint[0] ? "; to type: " : ".", why->hint);
}

/* Keeps the file until a signal comes or the vault is locked, and takes it away then. */
static bool export_refresh(struct export_file *out, int64_t expires_at, struct error *err)
{
	const struct refresh refresh = {.profile = out->profile,
					.purpose = MSG_FOR_EMIT,
					.put = export_put,
					.drop = export_drop,
					.failed = export_failed,
					.ctx = out,
					.end_fd = -1,
					.ends_when_locked = true};
	struct error why;
	bool done;

	say_note(out->cli, "It is kept fresh and goes with Ctrl-C, or when the vault is locked.");
	done = refresh_run(out->cli, &refresh, expires_at, err);
	if (!written_file_remove(&out->file, &why)) {
		if (done)
			*err = why;
		done = false;
	} else if (done) {
		say_note(out->cli, "%s is gone.", out->shown);
	} else if (err->code == ERROR_LOCKED) {
		(void)error_profile(err, out->profile);
		error_detail(err, "%s is gone.", out->shown);
		(void)error_hint(err, "credvault unlock");
	}
	return done;
}

/* Says what was written. With --json that is the answer, which comes at once. */
static void export_wrote(const struct export_file *out, int64_t expires_at)
{
	char ends[TEXT_TIME_BYTES], when[OUT_WHEN_BYTES];
	struct cli *cli = out->cli;
	json_t *answer;

	text_format_time(expires_at, ends);
	out_when(expires_at, clock_real_s(cli->clock), when);
	answer = cli->json ? json_pack("{s:s, s:s, s:s}", "file", out->file.path, "format",
				       out->format->name, "expires_at", ends)
			   : NULL;
	if (answer)
		out_json(&cli->out, answer);
	out_flush(&cli->out);
	json_decref(answer);
	say_note(cli, "Wrote %s (%s, for you alone); its credentials end at %s.", out->shown,
		 out->format->name, when);
}

static bool export_write(struct cli *cli, const struct export_format *format, const char *profile,
			 struct error *err)
{
	struct export_file out = {
	    .cli = cli, .format = format, .profile = profile, .file = WRITTEN_FILE_EMPTY};
	struct credentials credentials = CREDENTIALS_INIT;
	const char *path = option_text(&cli->options, "write");
	bool refreshed = option_flag(&cli->options, "refresh"), done;
	int64_t expires_at;
	char records[PATH_MAX];
	struct interrupt interrupt;

	if (!write_place_check(cli, path, err) || !paths_written(cli, records, err) ||
	    !written_file_open(records, cli->vault, path, &out.file, err))
		return false;
	out_path(out.file.path, out.shown, sizeof(out.shown));
	if (refreshed)
		interrupt_watch(&interrupt);
	done = credentials_request_send(cli, profile, MSG_FOR_EMIT, &credentials, err) &&
	       (export_put(&out, &credentials, err) || error_profile(err, profile));
	if (done)
		export_wrote(&out, credentials.expires_at);
	expires_at = credentials.expires_at;
	credentials_clear(&credentials);
	if (done && refreshed)
		done = export_refresh(&out, expires_at, err);
	else if (done)
		say_note(cli, "`credvault lock` removes it. It is not refreshed.");
	written_file_close(&out.file);
	if (refreshed)
		interrupt_end(&interrupt);
	return done;
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
	if (option_text(&cli->options, "write"))
		return pick_profile(cli, &name, err) && export_write(cli, format, name.text, err);
	if (option_flag(&cli->options, "refresh")) {
		error_set(err, ERROR_USAGE, "--refresh keeps a file fresh: which one?");
		return error_hint(err, "credvault export PROFILE --write FILE --refresh");
	}
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
    {.name = "write", .argument = "FILE", .help = "write them there instead, for you alone"},
    {.name = "refresh", .help = "stay, and keep that file fresh until a signal or a lock"},
    {.name = "force", .help = "print the secret even to a terminal"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"into this shell", "eval \"$(credvault export prod)\""},
    {"for a program that reads JSON",
     "credvault export tf-prod --format json | jq -r .AccessKeyId"},
    {"into fish", "credvault export prod --format fish | source"},
    {"for a container", "docker run --env-file <(credvault export ci --format dotenv) image"},
    {"a file that stays fresh while a job runs",
     "credvault export prod --format sdk-json --write aws.json --refresh"},
    {NULL, NULL},
};

const struct command command_export = {
    .name = "export",
    .aliases = "emit",
    .summary = "print a profile's temporary credentials",
    .usage = "[PROFILE] [--format F] [-d 1h] [-n] [--plan] [--force]\n"
	     "[PROFILE] --write FILE [--refresh] [--format F] [-d 1h] [-n]",
    .about = "Without PROFILE, AWS_PROFILE names it, else a terminal is asked. The\n"
	     "long-term key is never printed.\n"
	     "\n"
	     "Formats: env, env-no-export (sh, bash, zsh), fish, powershell and\n"
	     "windows-cmd are lines for a shell. dotenv is NAME=VALUE for docker's\n"
	     "--env-file and for loaders of .env. ini is a section of a credentials file.\n"
	     "json has Version, Region and AccountId; process is what credential_process\n"
	     "prints, sts what STS answers, and sdk-json what version 2 of the SDK for\n"
	     "JavaScript loads by AWS.config.loadFromPath().\n"
	     "\n"
	     "--write replaces FILE in one step, where no file is or one that credvault\n"
	     "wrote. In a git work tree it needs --yes. `credvault lock` removes the file,\n"
	     "and so does the end of --refresh.",
    .options = own_options,
    .examples = examples,
    .args = "profiles",
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
