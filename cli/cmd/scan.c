/* SPDX-License-Identifier: MIT */
#include "cli/scan/sarif.h"
#include "cli/scan/scan_git.h"
#include "cli/scan/scan_places.h"
#include "cli/scan/scan_report.h"
#include "cli/scan/scan_walk.h"
#include "cli/ui/context.h"
#include "cli/ui/interrupt.h"
#include "vault/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIMIT_S = 600 };

/* The allow-lists: of the option, of the current folder, and of each folder that was named. */
static bool scan_read_allow(struct scan *scan, struct error *err)
{
	struct cli *cli = scan->cli;
	const char *named = option_text(&cli->options, "allow");
	char path[PATH_MAX], folder[PATH_MAX];
	struct stat st;

	if (named && stat(named, &st) != 0)
		return error_set(err, ERROR_NOT_FOUND, "--allow: there is no such file");
	if (named && !scan_allow_read(&scan->allow, named, "", err))
		return false;
	if (!scan_allow_read(&scan->allow, SCAN_ALLOW_NAME, "", err))
		return false;
	/* Without PATH what is found in the current folder is shown whole. */
	if (cli->options.argc == 0 && getcwd(folder, sizeof(folder) - 2)) {
		text_append(folder, sizeof(folder), "/");
		return scan_allow_read(&scan->allow, SCAN_ALLOW_NAME, folder, err);
	}
	for (size_t i = 0; i < cli->options.argc; i++) {
		if (snprintf(folder, sizeof(folder), "%s/", cli_arg(cli, i)) >= PATH_MAX ||
		    snprintf(path, sizeof(path), "%s" SCAN_ALLOW_NAME, folder) >= PATH_MAX ||
		    stat(path, &st) != 0)
			continue;
		if (!scan_allow_read(&scan->allow, path, folder, err))
			return false;
	}
	return true;
}

static bool scan_look(struct scan *scan, struct error *err)
{
	struct cli *cli = scan->cli;
	const size_t paths = cli->options.argc;
	char folder[PATH_MAX];
	bool ok = true;

	if (option_flag(&cli->options, "staged"))
		return scan_git(scan, SCAN_GIT_STAGED, NULL, err);
	if (option_flag(&cli->options, "git") && paths == 0)
		return scan_git(scan, SCAN_GIT_HISTORY, NULL, err);
	if (paths == 0)
		return scan_places(scan, err) &&
		       scan_walk(scan, getcwd(folder, sizeof(folder)) ? folder : ".", err);
	for (size_t i = 0; ok && i < paths; i++)
		ok = option_flag(&cli->options, "git")
			 ? scan_git(scan, SCAN_GIT_HISTORY, cli_arg(cli, i), err)
			 : scan_walk(scan, cli_arg(cli, i), err);
	return ok;
}

static bool scan_tell(struct scan *scan, struct error *err)
{
	const char *format = option_text(&scan->cli->options, "format");
	json_t *json = NULL;
	bool ok;

	if (!format && !scan->cli->json)
		return scan_report_print(scan, err);
	ok = format && strcmp(format, "sarif") == 0 ? sarif_make(scan, &json, err)
						    : scan_report_json(scan, &json, err);
	if (ok)
		out_json(&scan->cli->out, json);
	json_decref(json);
	return ok;
}

static bool scan_is_cut(struct error *err)
{
	error_set(err, ERROR_FAILED, "its time was over before everything was looked at");
	return error_hint(err, "credvault scan --limit 1h PATH");
}

static bool run(struct cli *cli, struct error *err)
{
	struct interrupt interrupt;
	int64_t limit = LIMIT_S;
	struct scan scan;
	bool ok, stopped;

	if (option_flag(&cli->options, "staged") &&
	    (option_flag(&cli->options, "git") || cli->options.argc > 0)) {
		error_set(err, ERROR_USAGE, "--staged is of the current repository's next commit");
		return command_usage(cli->command, err);
	}
	if (!option_duration(&cli->options, "limit", LIMIT_S, &limit, err))
		return false;
	scan_init(&scan, cli, limit);
	scan.wants_ids = option_flag(&cli->options, "ids");
	interrupt_watch(&interrupt);
	ok = scan_read_allow(&scan, err) && scan_look(&scan, err);
	stopped = interrupt_came();
	interrupt_end(&interrupt);
	scan_hide(&scan);
	scan.cut = scan.cut || stopped;
	ok = ok && scan_tell(&scan, err);
	if (ok && stopped)
		ok = error_set(err, ERROR_INTERRUPTED, "stopped before everything was looked at");
	else if (ok && scan.keys > 0)
		cli->status = error_status(ERROR_OVERDUE);
	else if (ok && scan.cut)
		ok = scan_is_cut(err);
	scan_clear(&scan);
	return ok;
}

static const struct option own_options[] = {
    {.name = "git", .help = "the history of PATH's repository: all that commits have added"},
    {.name = "staged", .help = "what the next commit adds, for a pre-commit hook"},
    {.name = "ids", .help = "list ids of keys without a secret too; they are no findings"},
    {.name = "allow",
     .argument = "FILE",
     .help = "ids and paths that are no findings, beside those of .credvault-allow"},
    {.name = "limit", .argument = "10m", .help = "stop after that long; then exit 1"},
    {.name = "format",
     .argument = "F",
     .values = "sarif json",
     .help = "sarif: for the code scanning of forges; json: as --json"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"where keys usually lie, and this folder", "credvault scan"},
    {"a repository and its history", "credvault scan . && credvault scan --git ."},
    {"refuse a commit that adds a key",
     "printf '#!/bin/sh\\nexec credvault scan --staged\\n' > .git/hooks/pre-commit"},
    {"in a pipeline of a forge", "credvault scan --format sarif . > keys.sarif"},
    {NULL, NULL},
};

const struct command command_scan = {
    .name = "scan",
    .summary = "find access keys in plaintext",
    .usage = "[PATH…] [--ids] [--allow FILE] [--limit 10m] [--format sarif]\n"
	     "--git [PATH…]\n"
	     "--staged",
    .about =
	"Without PATH it looks at ~/.aws, start-up files and histories of shells and the like, "
	"and\n"
	"the current folder. A key is an id of AWS's form with a secret near it, or a secret "
	"behind\n"
	"a name such as aws_secret_access_key. No secret is shown, and of an id only its ends. "
	"The\n"
	"command needs neither vault nor AWS. Binary files, files over 16 MiB, node_modules and\n"
	"symbolic links are passed over and counted. It exits with 10 where a key was found.\n"
	"\n"
	"Ids and paths that are no findings stand in .credvault-allow, one a line, each with a\n"
	"reason:\n"
	"  tests/a.env  # made-up keys",
    .options = own_options,
    .examples = examples,
    .args = "files",
    .most = SIZE_MAX,
    .needs = NEEDS_MEMORY | NEEDS_LATE_MEMORY,
    .run = run,
};
