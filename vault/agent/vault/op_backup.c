/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/digest.h"
#include "vault/store/backup/copy.h"
#include "vault/store/file/new_file.h"
#include "vault/wire/tables/msg_backup.h"
#include "vault/wire/tables/msg_vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ABANDONED_S = 600, BESIDE_MAX = PATH_MAX + 64 };

/* The digest of the copy, which SQLite has closed: the client compares what it has written. */
static bool backup_digest(const char *path, struct msg_backup *answer,
			  char sha256[static DIGEST_HEX_BYTES], struct error *err)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot read the copy");
	ok = digest_sha256_fd(fd, MSG_COPY_MAX, &answer->bytes, sha256, err);
	(void)close(fd);
	answer->sha256 = sha256;
	return ok;
}

static bool backup_answer(struct request *request, const char *path, const char *id,
			  const struct copy_facts *facts, struct error *err)
{
	char sha256[DIGEST_HEX_BYTES], vault_id[2 * SEAL_ID_BYTES + 1];
	struct msg_backup answer = {.copy = id,
				    .vault_id = vault_id,
				    .generation = (int64_t)facts->generation,
				    .epoch = (int64_t)facts->epoch,
				    .keys = (int64_t)facts->keys,
				    .spares = (int64_t)facts->spares,
				    .log_entries = (int64_t)facts->log_count,
				    .log_first = (int64_t)facts->log_first,
				    .made_at = facts->updated_at};

	text_hex(request->agent->vault_id, SEAL_ID_BYTES, vault_id);
	return backup_digest(path, &answer, sha256, err) &&
	       request_answer(request, MESSAGE(msg_backup, &answer), err);
}

/*
 * Leaves a copy beside the vault, where the agent may write. What is in it is sealed, and anybody
 * who may ask could copy the vault's file as well: no proof is asked for.
 */
bool op_backup(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct audit_entry entry = request_entry(request, AUDIT_OP_BACKUP);
	char path[BESIDE_MAX], id[MSG_COPY_ID_HEX + 1];
	unsigned char random[MSG_COPY_ID_BYTES];
	struct copy_facts facts;

	if (!fields_read(&msg_nothing, request->args, NULL, err) ||
	    !audit_record(agent->store, &entry, err))
		return false;
	/* A client that was killed has left some. */
	copies_sweep(agent->vault, MSG_COPY_INFIX, clock_real_s(agent->clock) - ABANDONED_S);
	secret_random_bytes(random, sizeof(random));
	text_hex(random, sizeof(random), id);
	(void)snprintf(path, sizeof(path), "%s" MSG_COPY_INFIX "%s", agent->vault, id);
	if (!copy_write(agent->store, path, &facts, err))
		return false;
	if (backup_answer(request, path, id, &facts, err))
		return true;
	new_file_remove(path);
	return false;
}
