/* SPDX-License-Identifier: MIT */
#include "cli/profile/credentials_request.h"
#include "cli/profile/environment.h"
#include "cli/profile/exec_folder.h"
#include "cli/profile/pick.h"
#include "cli/ui/context.h"
#include "cli/vault/link.h"
#include "cli/vault/paths.h"
#include "vault/base/process.h"
#include "vault/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_EXECUTABLE = 126, NOT_THERE = 127 };

/* Credentials made from credentials of another profile would be a surprise. */
static bool exec_check_nesting(struct error *err)
{
	/* CREDVAULT_PROFILE alone is what `export` has left in a shell. */
	const char *inside = getenv("AWS_VAULT");
	char shown[TEXT_NAME_MAX + 1];

	if (!inside || !*inside)
		return true;
	text_escape_into(inside, shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "this is already inside exec %s", shown);
	error_detail(err, "Leave that shell first, or run the command in it as it is.");
	return error_hint(err, "env -u AWS_VAULT -u CREDVAULT_PROFILE credvault exec …");
}

/* Looks along PATH as execvp() does, but with the child's environment. */
static int exec_along_path(char **argv, char **envp)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];
	int found = ENOENT;

	if (strchr(argv[0], '/')) {
		execve(argv[0], argv, envp);
		return errno;
	}
	path = path && *path ? path : "/usr/bin:/bin";
	for (;;) {
		size_t len = strcspn(path, ":");
		int n = snprintf(file, sizeof(file), "%.*s%s%s", (int)len, path, len ? "/" : "",
				 argv[0]);

		if (n > 0 && (size_t)n < sizeof(file)) {
			execve(file, argv, envp);
			if (errno != ENOENT && errno != ENOTDIR)
				found = errno;
			if (found == ENOEXEC || found == E2BIG || found == ENOMEM)
				return found;
		}
		if (!path[len])
			return found;
		path += len + 1;
	}
}

/*
 * The caller's descriptors go to the command as they are (a process substitution, make's
 * jobserver), and ours close by themselves. One that was given for a secret does not go on: it is
 * closed, and a standard one that could be read again from its start is replaced.
 */
static void exec_close_secret(const struct cli *cli, const char *option)
{
	const char *text = option_text(&cli->options, option);
	int fd = text ? (int)strtol(text, NULL, 10) : -1, nothing;

	if (fd > STDERR_FILENO) {
		(void)close(fd);
	} else if (fd >= 0 && lseek(fd, 0, SEEK_CUR) >= 0) {
		nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (nothing < 0 || dup2(nothing, fd) < 0)
			(void)close(fd);
	}
}

/* Returns only where the command could not be executed; cli->status is 126 or 127 then. */
static bool exec_become(struct cli *cli, char **argv, struct environment *environment,
			struct error *err)
{
	char shown[128];
	sigset_t none;
	int why;

	/* Our output comes before the output of the command. */
	if (!out_close(&cli->out, err))
		return false;
	link_leave(cli);
	secret_close();
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	exec_close_secret(cli, "passphrase-fd");
	exec_close_secret(cli, "mfa-code-fd");
	cli_give_back(cli);
	why = argv[0][0] ? exec_along_path(argv, environment->list) : ENOENT;
	text_escape_into(argv[0], shown, sizeof(shown));
	cli->status = why == ENOENT || why == ENOTDIR ? NOT_THERE : NOT_EXECUTABLE;
	return error_set_errno(err, ERROR_FAILED, why, "cannot execute %s", shown);
}

enum { KEEP_WORDS = 32, KEEP_FOLDER_FD = 3, KEEP_PROCESS_FD = 4 };

/* A command line that is being put together; its words are ours. */
struct words {
	char *list[KEEP_WORDS];
	size_t count;
	bool failed;
};

static void CV_PRINTF(2, 3) words_add(struct words *words, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (words->count + 1 == KEEP_WORDS || vasprintf(&words->list[words->count], fmt, args) < 0)
		words->failed = true;
	else
		words->list[++words->count] = NULL;
	va_end(args);
}

static void words_clear(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->list[i]);
}

/* What starts the process that keeps the file fresh: it asks the agent for the same as we did. */
static void exec_keep_words(const struct cli *cli, const char *name,
			    const struct exec_folder *folder, int64_t expires_at,
			    struct words *words)
{
	static const char *const carried[] = {"key-file", "endpoint-url", "region", "duration"};
	static const char *const flags[] = {"insecure-memory", "no-session"};

	words_add(words, "credvault");
	words_add(words, "keep");
	words_add(words, "--profile=%s", name);
	words_add(words, "--vault=%s", cli->vault);
	words_add(words, "--folder=%s", folder->path);
	words_add(words, "--folder-fd=%d", KEEP_FOLDER_FD);
	words_add(words, "--process-fd=%d", KEEP_PROCESS_FD);
	words_add(words, "--ends=%lld", (long long)expires_at);
	for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++) {
		const char *value = option_text(&cli->options, carried[i]);

		if (value)
			words_add(words, "--%s=%s", carried[i], value);
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (option_flag(&cli->options, flags[i]))
			words_add(words, "--%s", flags[i]);
	}
}

/* Starts it, and waits until it stands in the background, known to the agent. */
static bool exec_keep(struct cli *cli, const char *name, const struct exec_folder *folder,
		      int64_t expires_at, struct error *err)
{
	struct words words = {.count = 0};
	int ours = (int)syscall(SYS_pidfd_open, getpid(), 0), status = -1;
	bool ok = false;
	pid_t pid = 0;

	if (ours < 0)
		return error_set_errno(err, ERROR_FAILED, errno,
				       "the kernel gives no descriptor of a process");
	exec_keep_words(cli, name, folder, expires_at, &words);
	if (words.failed) {
		error_set(err, ERROR_FAILED, "cannot start what keeps the credentials file fresh");
		goto out;
	}
	ok = process_spawn(
	    &(struct process_child){
		.path = "/proc/self/exe",
		.argv = words.list,
		.envp = environ,
		.fds = (const struct process_fd[]){{folder->fd, KEEP_FOLDER_FD},
						   {ours, KEEP_PROCESS_FD},
						   {STDERR_FILENO, STDERR_FILENO}},
		.fds_count = 3,
		.new_session = true},
	    &pid, err);
	while (ok && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	/* Where the caller ignores the ends of its children, the kernel has reaped it. */
	if (ok && status != -1 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		ok = error_set(err, ERROR_FAILED,
			       "what keeps the credentials file fresh did not start");
	/* An agent that leaves with its last client is the other's from here on. */
	if (ok)
		cli->agent.started = false;
out:
	words_clear(&words);
	(void)close(ours);
	return ok;
}

/* The credentials go into a file, which is fresh for as long as the command lives. */
static bool exec_with_file(struct cli *cli, char **argv, const char *name,
			   struct credentials *credentials, struct error *err)
{
	struct environment environment = ENVIRONMENT_EMPTY;
	struct exec_folder folder = EXEC_FOLDER_EMPTY;
	char runtime[PATH_MAX];
	bool done;

	if (!paths_runtime(runtime, err))
		return false;
	exec_folders_sweep(runtime);
	done = exec_folder_make(runtime, &folder, err) &&
	       exec_folder_put(&folder, name, credentials, err) &&
	       environment_make_file(environ, credentials, name, folder.file, &environment, err);
	if (!done || !exec_keep(cli, name, &folder, credentials->expires_at, err)) {
		exec_folder_remove(&folder);
		environment_clear(&environment);
		return false;
	}
	credentials_clear(credentials);
	done = exec_become(cli, argv, &environment, err);
	environment_clear(&environment);
	return done;
}

/* The command to execute: the words behind PROFILE, else the shell, which shell[0] gets. */
static bool exec_command_line(struct cli *cli, char path[static PATH_MAX], char *shell[static 2],
			      char ***argv, struct error *err)
{
	const char *name = getenv("SHELL");
	char shown[64];
	int n;

	*argv = cli->options.tail;
	/* No command begins with '-': that is an option of ours, and no `--` ends the options. */
	if (*argv && (*argv)[0] && (*argv)[0][0] == '-') {
		text_escape_into((*argv)[0], shown, sizeof(shown));
		error_set(err, ERROR_USAGE, "%s stands behind PROFILE, where the command begins",
			  shown);
		return error_hint(err, "credvault exec PROFILE %s… -- COMMAND", shown);
	}
	if (*argv && (*argv)[0])
		return true;
	n = snprintf(path, PATH_MAX, "%s", name && *name ? name : "/bin/sh");
	if (n < 0 || n >= PATH_MAX)
		return error_set(err, ERROR_USAGE, "SHELL is too long");
	shell[0] = path;
	shell[1] = NULL;
	*argv = shell;
	return true;
}

static bool run(struct cli *cli, struct error *err)
{
	struct credentials credentials = CREDENTIALS_INIT;
	struct environment environment = ENVIRONMENT_EMPTY;
	struct pick_name name;
	char path[PATH_MAX], *shell[2], **argv;
	bool done;

	if (!exec_command_line(cli, path, shell, &argv, err))
		return false;
	if (option_flag(&cli->options, "plan"))
		return pick_profile(cli, &name, err) &&
		       credentials_request_print_plan(cli, name.text, err);
	done = exec_check_nesting(err) && pick_profile(cli, &name, err) &&
	       credentials_request_send(cli, name.text, MSG_FOR_EXEC, &credentials, err);
	if (done && option_flag(&cli->options, "credentials-file")) {
		done = exec_with_file(cli, argv, name.text, &credentials, err) ||
		       error_profile(err, name.text);
		credentials_clear(&credentials);
		return done;
	}
	done = done && environment_make(environ, &credentials, name.text, &environment, err);
	credentials_clear(&credentials);
	done = done && exec_become(cli, argv, &environment, err);
	environment_clear(&environment);
	return done;
}

static const struct option own_options[] = {
    OPTION_PROFILE,
    {.name = "duration",
     .letter = 'd',
     .argument = "1h",
     .help = "how long the credentials last: 15m to 36h, a role's to 12h"},
    {.name = "no-session",
     .letter = 'n',
     .help = "straight from the key to the role, without GetSessionToken"},
    {.name = "credentials-file",
     .help = "in a credentials file that stays fresh, not in variables"},
    {.name = "plan", .help = "show the steps to the credentials and change nothing"},
    {.name = "dry-run", .alias = "plan"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"one command", "credvault exec prod -- aws s3 ls"},
    {"a shell in which everything uses the role", "credvault exec tf-prod"},
    {"how a profile comes to its credentials", "credvault exec --plan tf-prod"},
    {"for a program that reads a credentials file",
     "credvault exec --credentials-file prod -- node app.js"},
    {"for an hour at the most", "credvault exec -d 1h prod -- terraform apply"},
    {NULL, NULL},
};

const struct command command_exec = {
    .name = "exec",
    .summary = "run a command with a profile's temporary credentials",
    .usage = "[-d 1h] [-n] [--credentials-file] [--plan] [PROFILE] [[--] COMMAND [ARGUMENT…]]",
    .about =
	"The command takes credvault's place: it has the same process id, terminal and signals,\n"
	"and its exit status is the command's. 125 is a failure of credvault, 126 a command that\n"
	"is not executable, 127 one that is not there. Without a COMMAND $SHELL is run; without\n"
	"PROFILE, AWS_PROFILE names it, else a terminal is asked.\n"
	"\n"
	"Where `--` stands, options before it are credvault's, on both sides of PROFILE; without\n"
	"it they end at PROFILE. Open descriptors are handed on to the command, but for those of\n"
	"--passphrase-fd and --mfa-code-fd.\n"
	"\n"
	"--credentials-file puts temporary credentials into a file that\n"
	"AWS_SHARED_CREDENTIALS_FILE names, and none into variables. The file is replaced before\n"
	"its credentials end, and is gone with the command.",
    .options = own_options,
    .examples = examples,
    .args = "profiles",
    .most = 1,
    .needs = NEEDS_VAULT | NEEDS_TAIL | NEEDS_STATUS_125,
    .run = run,
};
