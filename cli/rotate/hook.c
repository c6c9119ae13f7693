/* SPDX-License-Identifier: MIT */
#include "cli/rotate/hook.h"

#include "cli/ui/child.h"
#include "vault/base/clock.h"
#include "vault/base/file.h"
#include "vault/format/json.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { COMMAND_MAX = 4096, INPUT_MAX = 8192 };

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

static bool hook_put(json_t *object, const char *key, const json_t *ask, const char *member,
		     struct error *err)
{
	json_t *value = json_object_get(ask, member);

	return json_put(object, key, value ? json_incref(value) : json_null(), err);
}

/* The hook's standard input, one line. */
static bool hook_input(const json_t *ask, struct buf *out, struct error *err)
{
	json_t *object = json_object();
	bool ok = json_put(object, "Version", json_integer(1), err) &&
		  hook_put(object, "AccessKeyId", ask, "new_access_key_id", err) &&
		  hook_put(object, "SecretAccessKey", ask, "secret_access_key", err) &&
		  hook_put(object, "OldAccessKeyId", ask, "old_access_key_id", err) &&
		  hook_put(object, "Name", ask, "name", err) &&
		  hook_put(object, "AccountId", ask, "account_id", err) &&
		  hook_put(object, "UserName", ask, "user_name", err) &&
		  hook_put(object, "Region", ask, "region", err) && json_append(object, out, err) &&
		  buf_text_append(out, "\n", err);

	json_decref(object);
	return ok;
}

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
		/* A hook that reads nothing may be content all the same. */
	}
	(void)close(child.to);
	child.to = -1;
	/* The output is read and dropped. A hook that closes it has the same time as any. */
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

bool hook_answer(const json_t *ask, json_t **answer, struct error *err)
{
	struct buf in = BUF_INIT(INPUT_MAX);
	struct error why = ERROR_INIT;
	const char *command;
	bool ok;

	*answer = NULL;
	if (!json_need_text(ask, "command", COMMAND_MAX, &command, err) ||
	    !hook_input(ask, &in, err)) {
		buf_clear(&in);
		return false;
	}
	ok = hook_run(command, &in, &why);
	buf_clear(&in);
	*answer = ok ? json_pack("{s:b}", "acknowledged", 1)
		     : json_pack("{s:b,s:s}", "acknowledged", 0, "why", why.message);
	return *answer || error_set(err, ERROR_MEMORY, "out of memory");
}
