/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/agent_record.h"

#include "vault/base/buf.h"
#include "vault/base/file.h"
#include "vault/base/process.h"
#include "vault/wire/tables/msg_status.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

enum { RECORD_MAX = 8192 };

static bool agent_record_path(const char *vault, char out[static PATH_MAX], struct error *err)
{
	return snprintf(out, PATH_MAX, "%s.agent", vault) < PATH_MAX ||
	       error_set(err, ERROR_IO, "the vault's path is too long");
}

bool agent_record_write(const char *vault, const char *socket, struct error *err)
{
	struct msg_agent_record record = {.pid = getpid(), .socket = socket};
	struct buf text = BUF_INIT(RECORD_MAX);
	char boot_id[PROCESS_BOOT_ID_BYTES], path[PATH_MAX];
	struct process_look look;
	bool ok;

	if (!process_look(getpid(), &look) || !process_boot_id(boot_id))
		return error_set(err, ERROR_FAILED, "/proc does not tell the agent's own start");
	record.start = (int64_t)look.start;
	record.boot_id = boot_id;
	ok = agent_record_path(vault, path, err) &&
	     fields_write(&msg_agent_record, &record, &text, err) &&
	     file_replace(path, text.data, text.len, err);
	buf_clear(&text);
	return ok;
}

void agent_record_remove(const char *vault)
{
	struct error unused = ERROR_INIT;
	char path[PATH_MAX];

	if (agent_record_path(vault, path, &unused))
		(void)unlink(path);
}
