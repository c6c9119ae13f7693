/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_REFRESH_H
#define CV_CLI_PROFILE_REFRESH_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/format/credentials.h"
#include "vault/wire/tables/msg_credentials.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Keeps credentials fresh that stand in a file: asks the agent for new ones before they end, as the
 * SDKs would, and holds on to the agent meanwhile. Nobody is asked for anything. A refresh that
 * fails is tried again, for as long as it takes; what has ended is dropped. New ones are asked for
 * 20 minutes before the old ones end, as SDKs want 15 (botocore) or 5, or at half of what a short
 * session has left.
 */

struct refresh {
	const char *profile;
	enum msg_purpose purpose;
	/** Puts new credentials into the file. */
	bool (*put)(void *ctx, const struct credentials *credentials, struct error *err);
	/** The file's credentials have ended. */
	void (*drop)(void *ctx);
	/** A refresh failed, the first one of several in a row, and is tried again. May be NULL. */
	void (*failed)(void *ctx, const struct error *why);
	void *ctx;
	int end_fd; /**< becomes readable when the refreshing is over; -1: signals end it alone */
	bool ends_when_locked; /**< the agent's end is the end; else its successor will do */
};

/**
 * Runs until end_fd is readable, or SIGINT, SIGTERM or SIGHUP comes (true), or the vault is locked
 * (LOCKED, with ends_when_locked), or put() fails with UNSAFE_FILE or LOCKED. `expires_at` is the
 * end of what is in the file at first. The caller has called interrupt_watch(); behind a signal,
 * these signals are blocked.
 */
MUST bool refresh_run(struct cli *cli, const struct refresh *refresh, int64_t expires_at,
		      struct error *err);

#endif
