/* SPDX-License-Identifier: MIT */
#include "cli/profile/exec_folder.h"
#include "cli/profile/refresh.h"
#include "cli/ui/context.h"
#include "cli/vault/link.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * The process beside a command of `exec --credentials-file`. It was started anew, so that nothing
 * is in its memory but what stands on its command line, and it asks the agent as any client does.
 */
struct keeping {
	struct exec_folder folder;
	const char *profile;
};

static bool keep_put(void *ctx, const struct credentials *credentials, struct error *err)
{
	const struct keeping *keeping = ctx;

	return exec_folder_put(&keeping->folder, keeping->profile, credentials, err);
}

static void keep_drop(void *ctx)
{
	const struct keeping *keeping = ctx;

	exec_folder_empty(&keeping->folder);
}

/*
 * Goes into the background: who has started us waits only until the agent knows us, which may be
 * one that leaves with its last client. *here is true in the process that stays.
 */
static bool keep_go_behind(struct cli *cli, bool *here, struct error *err)
{
	int ready[2], null;
	bool absent;
	char byte = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot go into the background");
	*here = pid == 0;
	(void)close(ready[*here ? 0 : 1]);
	if (!*here) {
		do
			n = read(ready[0], &byte, 1);
		while (n < 0 && errno == EINTR);
		(void)close(ready[0]);
		return n == 1 ||
		       error_set(err, ERROR_FAILED, "the process in the background ended");
	}
	(void)prctl(PR_SET_NAME, "credvault-keep");
	/* Where all of a service is told to end, its command may still need the file. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	/* Locked memory is not handed down from before the fork. */
	if (!secret_open(option_flag(&cli->options, "insecure-memory"), err))
		return false;
	/* An agent that is not there, or not now, is looked for again when it is needed. */
	if (!link_find(cli, &absent, err))
		absent = true;
	n = write(ready[1], &byte, 1);
	(void)close(ready[1]);
	/* Nobody who waits for the end of the command's output shall wait for us. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return (n == 1 && null >= 0 && dup2(null, STDERR_FILENO) >= 0) ||
	       error_set_errno(err, ERROR_FAILED, errno, "cannot go into the background");
}

static bool run(struct cli *cli, struct error *err)
{
	const char *path = option_text(&cli->options, "folder");
	const char *ends = option_text(&cli->options, "ends");
	struct keeping keeping = {.folder = EXEC_FOLDER_EMPTY, .profile = cli_arg(cli, 0)};
	struct refresh refresh = {.profile = keeping.profile,
				  .purpose = MSG_FOR_EXEC,
				  .put = keep_put,
				  .drop = keep_drop,
				  .ctx = &keeping};
	uint64_t expires_at;
	int folder_fd;
	bool here = false, done;

	if (!option_fd(&cli->options, "folder-fd", &folder_fd, err) ||
	    !option_fd(&cli->options, "process-fd", &refresh.end_fd, err))
		return false;
	if (!path || !ends || folder_fd < 0 || refresh.end_fd < 0) {
		error_set(err, ERROR_USAGE, "`exec --credentials-file` starts this");
		return command_usage(cli->command, err);
	}
	if (!text_parse_u64("--ends", ends, 1, INT64_MAX, &expires_at, err) ||
	    !exec_folder_adopt(path, folder_fd, &keeping.folder, err))
		return false;
	done = keep_go_behind(cli, &here, err);
	if (!here)
		return done;
	cli->quiet = true;
	done = done && refresh_run(cli, &refresh, (int64_t)expires_at, err);
	exec_folder_remove(&keeping.folder);
	return done;
}

static const struct option own_options[] = {
    OPTION_PROFILE,
    {.name = "folder", .argument = "DIR", .help = "where the file is"},
    {.name = "folder-fd", .argument = "N", .help = "a descriptor of it, which is locked"},
    {.name = "process-fd", .argument = "N", .help = "a descriptor of the command's process"},
    {.name = "ends", .argument = "T", .help = "when the file's credentials end, in seconds"},
    {.name = "duration", .letter = 'd', .argument = "1h", .help = "as exec has it"},
    {.name = "no-session", .letter = 'n', .help = "as exec has it"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"what starts it", "credvault exec --credentials-file prod -- node app.js"},
    {NULL, NULL},
};

const struct command command_keep = {
    .name = "keep",
    .hidden = true,
    .summary = "keeps the file of `exec --credentials-file` fresh, beside its command",
    .usage = "PROFILE --folder DIR --folder-fd N --process-fd N --ends T",
    .about = "exec starts it. It asks the agent for new credentials before the file's end, "
	     "replaces the\n"
	     "file, and removes it when the command has ended, however that was.",
    .options = own_options,
    .examples = examples,
    .args = "profiles",
    .least = 1,
    .most = 1,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
