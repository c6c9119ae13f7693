/* SPDX-License-Identifier: MIT */
#include "cli/vault/holder.h"

#include "vault/base/buf.h"
#include "vault/base/file.h"
#include "vault/base/process.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_status.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The bytes that SQLite locks, far behind the data: PENDING_BYTE and the 511 behind it. From
 * https://www.sqlite.org/src/file/src/os.h.
 */
enum { LOCKED_FROM = 0x40000000, LOCKED_BYTES = 512 };

enum { RECORD_MAX = 8192, STEP_MS = 20, TERM_MS = 1500, KILL_MS = 5000 };

static pid_t holder_pid(const char *vault)
{
	struct flock lock = {
	    .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCKED_FROM, .l_len = LOCKED_BYTES};
	int fd = open(vault, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	pid_t pid = 0;

	if (fd < 0)
		return 0;
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		pid = lock.l_pid > 0 ? lock.l_pid : -1;
	(void)close(fd);
	return pid;
}

/* Takes the record over where it is of the process that holds the file. */
static void holder_read_record(const struct cli *cli, struct holder *out)
{
	struct buf text = BUF_INIT(RECORD_MAX);
	struct msg_agent_record record = {.pid = 0};
	char boot_id[PROCESS_BOOT_ID_BYTES], path[PATH_MAX];
	struct process_look look;
	json_t *json = NULL;
	struct error why;
	bool private = false;

	out->recorded = snprintf(path, sizeof(path), "%s.agent", cli->vault) < (int)sizeof(path) &&
			file_check_private(path, RECORD_MAX, &private, &why) && private &&
			file_read(path, RECORD_MAX, &text, &why) &&
			json_parse(buf_text(&text), text.len, RECORD_MAX, &json, &why) &&
			fields_read_answer(&msg_agent_record, json, &record, &why) &&
			record.pid == out->pid && process_boot_id(boot_id) &&
			strcmp(boot_id, record.boot_id) == 0 && process_look(out->pid, &look) &&
			look.start == (uint64_t)record.start &&
			strlen(record.socket) < sizeof(out->socket);
	if (out->recorded) {
		out->start = look.start;
		(void)snprintf(out->socket, sizeof(out->socket), "%s", record.socket);
	}
	fields_clear(&msg_agent_record, &record);
	json_decref(json);
	buf_clear(&text);
}

void holder_find(const struct cli *cli, struct holder *out)
{
	*out = (struct holder){.pid = holder_pid(cli->vault)};
	if (out->pid > 0)
		holder_read_record(cli, out);
}

bool holder_wait_gone(const struct cli *cli, int ms)
{
	for (; holder_pid(cli->vault) != 0; ms -= STEP_MS) {
		if (ms <= 0)
			return false;
		clock_sleep_ms(cli->clock, STEP_MS);
	}
	return true;
}

static bool holder_signal(const struct cli *cli, int process, int signal, int ms)
{
	return syscall(SYS_pidfd_send_signal, process, signal, NULL, 0) == 0 &&
	       holder_wait_gone(cli, ms);
}

bool holder_kill(const struct cli *cli, struct error *err)
{
	struct holder seen, now;
	int process;
	bool gone;

	holder_find(cli, &seen);
	if (seen.pid == 0)
		return true;
	if (!seen.recorded)
		return holder_is_silent(&seen, err);
	process = (int)syscall(SYS_pidfd_open, seen.pid, 0);
	if (process < 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot reach process %ld",
				       (long)seen.pid);
	/* The descriptor is of whoever has the number now: all is looked at once more. */
	holder_find(cli, &now);
	if (now.pid == 0 || !now.recorded || now.pid != seen.pid || now.start != seen.start) {
		(void)close(process);
		return now.pid == 0 || holder_is_silent(&now, err);
	}
	gone = holder_signal(cli, process, SIGTERM, 0) ||
	       holder_signal(cli, process, SIGCONT, TERM_MS) ||
	       holder_signal(cli, process, SIGKILL, KILL_MS);
	(void)close(process);
	return gone || holder_is_silent(&now, err);
}

bool holder_is_silent(const struct holder *holder, struct error *err)
{
	static const char unsure[] = "It may have the keys: the vault is not locked for sure.";
	struct process_look look;
	bool stopped;

	if (holder->pid < 0) {
		error_set(err, ERROR_FAILED, "a process of another container holds the vault");
		return error_detail(err, "%s", unsure);
	}
	if (!process_look(holder->pid, &look))
		look = (struct process_look){.name = "a process that cannot be looked at"};
	stopped = look.state == 'T' || look.state == 't';
	if (!holder->recorded) {
		error_set(err, ERROR_FAILED, "process %ld holds the vault and does not answer",
			  (long)holder->pid);
		error_detail(err, "It is %s%s. %s", look.name, stopped ? ", and stopped" : "",
			     unsure);
		return error_hint(err, "kill %ld", (long)holder->pid);
	}
	error_set(err, ERROR_FAILED, "the vault's agent, process %ld, %s", (long)holder->pid,
		  stopped ? "is stopped" : "does not answer");
	error_detail(err, "%s", unsure);
	if (stopped)
		error_detail(err, "To let it go on: kill -CONT %ld", (long)holder->pid);
	return error_hint(err, "credvault lock --kill");
}
