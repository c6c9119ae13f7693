/* SPDX-License-Identifier: MIT */
#include "cli/profile/process_refusal.h"

#include "cli/ui/say.h"
#include "cli/vault/lock_record.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TOLD_MAX = 65536, LINE_MAX_BYTES = 4096 };

bool process_refusal_was_told(json_t *told, const char *profile, int64_t now)
{
	const json_t *value;
	const char *key;
	void *next;

	json_object_foreach_safe(told, next, key, value)
	{
		json_int_t at = json_integer_value(value);

		if (at > now || now - at >= PROCESS_REFUSAL_WINDOW_S)
			(void)json_object_del(told, key);
	}
	if (json_object_get(told, profile))
		return true;
	(void)json_object_set_new(told, profile, json_integer(now));
	return false;
}

/* Two commands at once may both print: a second line does no harm, a lock here could. */
static bool told_before(const struct cli *cli, const char *profile)
{
	struct buf text = BUF_INIT(TOLD_MAX);
	char path[PATH_MAX + 8];
	struct error why;
	json_t *told = NULL;
	bool before;

	(void)snprintf(path, sizeof(path), "%s.told", cli->state);
	if (!file_read(path, TOLD_MAX, &text, &why) ||
	    !json_parse(buf_text(&text), text.len, TOLD_MAX, &told, &why) ||
	    !json_is_object(told)) {
		json_decref(told);
		told = json_object();
	}
	buf_reset(&text);
	before = process_refusal_was_told(told, profile, clock_real_s(cli->clock));
	if (!before && json_append(told, &text, &why) &&
	    !file_replace(path, text.data, text.len, &why)) {
		/* The next refusal is printed once more. */
	}
	json_decref(told);
	buf_clear(&text);
	return before;
}

/*
 * Prints also from the background, where SIGTTOU would stop this process: the line takes no input
 * from the program in front.
 */
static void refusal_print(const char *text, size_t len)
{
	int fd = open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	void (*before)(int);

	if (fd < 0)
		return;
	before = signal(SIGTTOU, SIG_IGN);
	if (!file_write_all(fd, text, len)) {
		/* The terminal is gone. */
	}
	(void)signal(SIGTTOU, before);
	(void)close(fd);
}

void process_refusal_tell(struct cli *cli, const char *profile, const struct error *err)
{
	struct buf line = BUF_INIT(LINE_MAX_BYTES);

	if (!text_is_name(profile) || err->code == ERROR_INTERRUPTED)
		return;
	/* Where stderr is the terminal, the error is printed there. */
	if (!isatty(STDERR_FILENO) && !told_before(cli, profile) && say_error_text(cli, err, &line))
		refusal_print(line.data, line.len);
	buf_clear(&line);
	/* An agent that is there counts its refusals itself. */
	if (err->code == ERROR_LOCKED)
		lock_record_count_refusal(cli, profile, err->code);
}
