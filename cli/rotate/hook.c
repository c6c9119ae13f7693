/* SPDX-License-Identifier: MIT */
#include "cli/rotate/hook.h"

#include "cli/ui/child.h"
#include "vault/base/clock.h"
#include "vault/base/file.h"
#include "vault/wire/tables/msg_rotate.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INPUT_MAX = 8192 };

bool hook_options(const struct options *options, struct field_list *out, struct error *err)
{
	size_t count = option_times(options, "hook");
	const char **commands;

	*out = (struct field_list){.at = NULL};
	if (count > HOOKS_MAX)
		return error_set(err, ERROR_USAGE, "more than %d hooks", HOOKS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (!*option_nth(options, "hook", i))
			return error_set(err, ERROR_USAGE, "--hook: that is no command");
	}
	commands = calloc(count ? count : 1, sizeof(*commands));
	if (!commands)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < count; i++)
		commands[i] = option_nth(options, "hook", i);
	*out = (struct field_list){commands, count, 0};
	return true;
}

/* The hook's standard input, one line. */
struct hook_input {
	int64_t version;
	struct msg_hook key;
};
#define INPUT(name_, kind_, m_) FIELD(name_, kind_, ALWAYS, struct hook_input, m_)
static const struct field input_fields[] = {
    INPUT("Version", NUMBER, version),
    INPUT("AccessKeyId", TEXT, key.new_access_key_id),
    INPUT("SecretAccessKey", SECRET, key.secret_access_key),
    INPUT("OldAccessKeyId", TEXT, key.old_access_key_id),
    INPUT("Name", TEXT, key.name),
    INPUT("AccountId", TEXT, key.account_id),
    INPUT("UserName", TEXT, key.user_name),
    INPUT("Region", TEXT, key.region),
};
static const struct fields hook_input = FIELDS(input_fields);

static bool hook_run(const char *command, const struct buf *in, struct error *err)
{
	char *envp[CHILD_ENVIRONMENT_MAX], shell[] = "/bin/sh", flag[] = "-c";
	char *argv[] = {shell, flag, (char *)(uintptr_t)command, NULL};
	long long deadline = clock_boot_ms(&clock_system) + HOOK_LIMIT_S * 1000LL;
	struct buf said = BUF_INIT(CHILD_ANSWER_MAX);
	struct child child;
	bool ok = true, end = false;
	int status;

	child_environment(false, envp);
	if (!child_start(shell, argv, envp, true, &child, err))
		return false;
	/* The input is less than a pipe holds: the write cannot block. */
	if (!file_write_all(child.to, in->data, in->len)) {
		/* A hook that reads no input may still succeed. */
	}
	(void)close(child.to);
	child.to = -1;
	/* Reads and drops the output. A hook that closes its output has the same time limit. */
	while (ok && !end) {
		buf_reset(&said);
		ok = child_read(&child, deadline, &said, &end, err);
	}
	buf_clear(&said);
	ok = ok && child_wait(&child, deadline, err);
	status = child_end(&child, !ok);
	if (ok && status != 0)
		return error_set(err, ERROR_FAILED, "it ended with status %d", status);
	return ok;
}

/* The command's first word, without its folder. */
static void hook_name(const char *command, char out[static HOOK_NAME_BYTES])
{
	size_t len = strcspn(command, " \t");
	const char *name = command + len;

	while (name > command && name[-1] != '/')
		name--;
	(void)snprintf(out, HOOK_NAME_BYTES, "%.*s", (int)(command + len - name), name);
}

bool hook_answer(const char *name, const json_t *ask, char taker[static HOOK_NAME_BYTES],
		 json_t **answer, struct error *err)
{
	struct hook_input input = {.version = 1};
	struct buf in = BUF_INIT(INPUT_MAX);
	struct error why = ERROR_INIT;
	struct msg_hooked said = {.acknowledged = false};
	bool ok = fields_read_answer(&msg_hook, ask, &input.key, err) &&
		  fields_write(&hook_input, &input, &in, err) && buf_text_append(&in, "\n", err);

	*answer = NULL;
	taker[0] = '\0';
	if (ok && strcmp(input.key.name, name) != 0)
		ok = error_set(err, ERROR_PROTOCOL, "a hook of another key is asked for");
	if (ok) {
		said.acknowledged = hook_run(input.key.command, &in, &why);
		said.why = why.message;
		if (said.acknowledged)
			hook_name(input.key.command, taker);
		ok = fields_to_json(&msg_hooked, &said, answer, err);
	}
	fields_clear(&msg_hook, &input.key);
	buf_clear(&in);
	return ok;
}
