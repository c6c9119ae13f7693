/* SPDX-License-Identifier: MIT */
#include "cli/profile/aws_vault.h"

#include "cli/profile/key_json.h"
#include "cli/ui/ask.h"
#include "cli/ui/child.h"
#include "cli/ui/progress.h"
#include "vault/base/clock.h"
#include "vault/base/file.h"
#include "vault/base/secret.h"
#include "vault/base/process.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	NAMES_TEXT_MAX = 1048576,
	KEY_TEXT_MAX = 65536,
	WORDS_MAX = 4096, /* of what it says on stderr */
	WORDS_SHOWN = 400,
	LIMIT_S = 300, /* for a person who types a passphrase */
	STEP_MS = 50
};

extern char **environ;

/* A run of it. */
struct run {
	const struct cli *cli;
	pid_t pid;
	int from, words_from; /* its stdout and stderr */
	struct buf *out;
	struct buf words;
	size_t shown;  /* so much of the words is on the terminal */
	bool can_ask;  /* its stdin is the terminal */
	bool overflow; /* it printed more than the buffer takes */
};

static bool aws_vault_find(char path[static PATH_MAX], struct error *err)
{
	const char *rest = getenv("PATH");

	for (; rest && *rest; rest += strcspn(rest, ":"), rest += *rest == ':') {
		int n = snprintf(path, PATH_MAX, "%.*s/aws-vault", (int)strcspn(rest, ":"), rest);

		if (path[0] == '/' && n > 0 && n < PATH_MAX && access(path, X_OK) == 0)
			return true;
	}
	error_set(err, ERROR_NOT_FOUND, "there is no aws-vault on PATH");
	return error_detail(err, "Its keys are read by running it, here, as this user.");
}

/* What it needs to open its store and to ask; nothing that makes it assume a role. */
static void aws_vault_environment(char *envp[static CHILD_ENVIRONMENT_MAX])
{
	static const char *const own[] = {"AWS_VAULT_", "GNUPGHOME=", "PASSWORD_STORE_", "OP_",
					  NULL};
	static char no_config[] = "AWS_CONFIG_FILE=/dev/null";
	size_t n = 0;

	child_environment(true, envp);
	while (envp[n])
		n++;
	for (size_t i = 0; environ && environ[i] && n + 2 < CHILD_ENVIRONMENT_MAX; i++) {
		for (size_t k = 0; own[k]; k++) {
			if (strncmp(environ[i], own[k], strlen(own[k])) == 0)
				envp[n++] = environ[i];
		}
	}
	envp[n++] = no_config;
	envp[n] = NULL;
}

static bool run_start(struct run *run, const char *path, char *const argv[], struct error *err)
{
	char *envp[CHILD_ENVIRONMENT_MAX];
	int out[2] = {-1, -1}, words[2] = {-1, -1}, in = -1;
	struct process_fd fds[3];
	bool ok = false;

	aws_vault_environment(envp);
	if (pipe2(out, O_CLOEXEC) != 0 || pipe2(words, O_CLOEXEC) != 0) {
		error_set_errno(err, ERROR_FAILED, errno, "cannot make a pipe");
		goto out;
	}
	if (run->can_ask)
		in = open("/dev/tty", O_RDWR | O_CLOEXEC);
	run->can_ask = in >= 0;
	fds[0] = (struct process_fd){out[1], STDOUT_FILENO};
	fds[1] = (struct process_fd){words[1], STDERR_FILENO};
	fds[2] = (struct process_fd){in, STDIN_FILENO};
	ok = process_spawn(
	    &(struct process_child){
		.path = path, .argv = argv, .envp = envp, .fds = fds, .fds_count = in >= 0 ? 3 : 2},
	    &run->pid, err);
out:
	if (in >= 0)
		(void)close(in);
	for (size_t i = 0; i < 2; i++) {
		if (out[i] >= 0 && (i == 1 || !ok))
			(void)close(out[i]);
		if (words[i] >= 0 && (i == 1 || !ok))
			(void)close(words[i]);
	}
	run->from = ok ? out[0] : -1;
	run->words_from = ok ? words[0] : -1;
	return ok;
}

/* Shows a line that it has not ended: a question to the person. */
static void run_show_question(struct run *run)
{
	const char *text = buf_text(&run->words), *last = strrchr(text, '\n');
	size_t from = last ? (size_t)(last + 1 - text) : 0;
	char shown[WORDS_SHOWN];

	if (!run->can_ask || run->words.len <= from || run->words.len == run->shown)
		return;
	text_escape_into(text + (from > run->shown ? from : run->shown), shown, sizeof(shown));
	if (run->shown == 0)
		progress_hide(run->cli);
	run->shown = run->words.len;
	if (!file_write_all(STDERR_FILENO, shown, strlen(shown)))
		return;
}

/* Reads what there is; false at its end. Words beyond the buffer are dropped. */
static bool run_read(struct run *run, int *fd, struct buf *into)
{
	char bytes[512];
	ssize_t n = read(*fd, bytes, sizeof(bytes));
	struct error unused;

	if (n > 0 && !buf_append(into, bytes, (size_t)n, &unused) && into == run->out)
		run->overflow = true;
	secret_wipe(bytes, sizeof(bytes));
	if (n > 0 || (n < 0 && errno == EINTR))
		return true;
	(void)close(*fd);
	*fd = -1;
	return false;
}

/*
 * Gathers its output until it ends: a daemon that it starts may hold the pipes open for longer.
 */
static bool run_gather(struct run *run, struct error *err)
{
	const long long deadline = clock_boot_ms(&clock_system) + LIMIT_S * 1000LL;
	bool ended = false, idle = false;

	while (!(ended && idle) && !run->overflow) {
		struct pollfd fds[2] = {{.fd = run->from, .events = POLLIN},
					{.fd = run->words_from, .events = POLLIN}};
		siginfo_t info = {0};

		if (clock_boot_ms(&clock_system) > deadline)
			return error_set(err, ERROR_FAILED, "aws-vault did not end within %d s",
					 LIMIT_S);
		ended = ended ||
			(waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
			 info.si_pid == run->pid);
		idle = poll(fds, 2, ended ? 0 : STEP_MS) == 0 ||
		       (run->from < 0 && run->words_from < 0);
		if (idle && !ended) {
			run_show_question(run);
			if (run->from < 0 && run->words_from < 0)
				clock_sleep_ms(&clock_system, STEP_MS);
		}
		if (fds[0].revents)
			(void)run_read(run, &run->from, run->out);
		if (fds[1].revents)
			(void)run_read(run, &run->words_from, &run->words);
	}
	return !run->overflow || error_set(err, ERROR_FAILED, "aws-vault printed too much");
}

/* Quotes what it said, escaped, without the name of the program in front. */
static void run_quote(const struct run *run, struct error *err)
{
	char *line = run->words.data, *next;
	char shown[WORDS_SHOWN];

	for (int lines = 0; line && *line && lines < 4; line = next, lines++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		text_escape_into(line, shown, sizeof(shown));
		error_detail(err, "It says: %s", shown);
	}
}

/* Runs it with these arguments; what it prints goes to *out. */
static bool aws_vault_run(struct cli *cli, const char *path, char *const argv[], struct buf *out,
			  struct error *err)
{
	struct run run = {.cli = cli,
			  .out = out,
			  .words = BUF_INIT(WORDS_MAX),
			  .from = -1,
			  .words_from = -1,
			  .can_ask = ask_has_terminal(cli)};
	int status = 0;
	bool ok = run_start(&run, path, argv, err), gathered;

	if (ok) {
		gathered = run_gather(&run, err);
		if (!gathered)
			(void)kill(run.pid, SIGKILL);
		while (waitpid(run.pid, &status, 0) < 0 && errno == EINTR)
			continue;
		if (gathered && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
			ok = WIFEXITED(status) ? error_set(err, ERROR_FAILED,
							   "aws-vault %s failed (its status %d)",
							   argv[1], WEXITSTATUS(status))
					       : error_set(err, ERROR_FAILED,
							   "aws-vault %s was ended by signal %d",
							   argv[1], WTERMSIG(status));
		ok = ok && gathered;
		if (!ok)
			run_quote(&run, err);
	}
	if (run.from >= 0)
		(void)close(run.from);
	if (run.words_from >= 0)
		(void)close(run.words_from);
	buf_clear(&run.words);
	return ok;
}

static bool aws_vault_refuse(const char *name, const struct error *why, struct error *err)
{
	const struct error parse = *why;

	error_set(err, ERROR_FAILED, "what aws-vault exported is no access key");
	if (parse.code != ERROR_NONE)
		error_detail(err, "As JSON: %s.", parse.message);
	error_hint(err, "aws-vault export --no-session --format json %s | wc -c", TEXT_WORD(name));
	return error_profile(err, name);
}

static bool aws_vault_export(struct cli *cli, const char *path, const char *name,
			     struct found_keys *keys, struct error *err)
{
	char program[] = "aws-vault", export[] = "export", raw[] = "--no-session";
	char format[] = "--format", json_word[] = "json";
	char *argv[] = {program, export, raw, format, json_word, (char *)(uintptr_t)name, NULL};
	struct buf text = BUF_INIT(KEY_TEXT_MAX);
	const char *outer = keys->name;
	struct error why = ERROR_INIT;
	json_t *key = NULL;
	bool ok = aws_vault_run(cli, path, argv, &text, err) || error_profile(err, name);

	if (ok && (!json_parse(buf_text(&text), text.len, KEY_TEXT_MAX, &key, &why) ||
		   !json_is_object(key) || !json_object_get(key, "AccessKeyId")))
		ok = aws_vault_refuse(name, &why, err);
	keys->name = name;
	ok = ok && key_json_read("aws-vault", key, keys, err);
	keys->name = outer;
	json_decref(key);
	buf_clear(&text);
	return ok;
}

/* Takes one line of the list: a name, or what no name can be. */
static bool aws_vault_take(struct cli *cli, const char *path, const char *name,
			   struct found_keys *out, struct error *err)
{
	const struct found_text text = {.name = name, .id_called = "key", .secret_called = "key"};
	struct found_key *item;
	char shown[WORDS_SHOWN];

	text_escape_into(name, shown, sizeof(shown));
	if (strcmp(shown, name) != 0) {
		error_set(err, ERROR_FAILED, "what aws-vault lists is no name");
		return error_detail(err, "It says: %s", shown);
	}
	/* A word that begins with a dash would be an option to it. */
	if (text_is_name(name) && name[0] != '-')
		return aws_vault_export(cli, path, name, out, err);
	if (!found_keys_add(out, &text, &item, err))
		return false;
	found_keys_skip(item, "its name cannot be one here");
	return true;
}

bool aws_vault_read(struct cli *cli, struct found_keys *out, struct error *err)
{
	char program[] = "aws-vault", list[] = "list", credentials[] = "--credentials";
	char *argv[] = {program, list, credentials, NULL}, path[PATH_MAX], line[PATH_MAX];
	struct buf names = BUF_INIT(NAMES_TEXT_MAX);
	char *name, *next;
	size_t at = 0, count = 0;
	bool ok = aws_vault_find(path, err) && aws_vault_run(cli, path, argv, &names, err);

	for (size_t i = 0; i < names.len; i++)
		count += names.data[i] == '\n';
	if (ok && strlen(buf_text(&names)) != names.len)
		ok = error_set(err, ERROR_FAILED, "what aws-vault lists is no text");
	for (name = names.data; ok && name && *name; name = next) {
		next = name + strcspn(name, "\n");
		if (*next)
			*next++ = '\0';
		if (!*name)
			continue;
		(void)snprintf(line, sizeof(line), "Reading key %zu of %zu from aws-vault …", ++at,
			       count);
		progress_show(cli, line);
		ok = aws_vault_take(cli, path, name, out, err);
	}
	progress_hide(cli);
	buf_clear(&names);
	return ok;
}
