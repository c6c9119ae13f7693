/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_LOG_ANCHOR_H
#define CV_SEAL_RECORD_LOG_ANCHOR_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/sizes.h"

#include <stddef.h>
#include <stdint.h>

/**
 * The anchor of the log: up to where its owner has pruned it, the one row of TABLE_ANCHOR. The rows
 * of the pruned parts stay, and so do count and head of the log; only the parts' files go. The
 * anchor tells a part that was pruned from one that is missing.
 */

#define LOG_ANCHOR_NAME "log"

enum { LOG_ANCHOR_USES_MAX = 2047, LOG_ANCHOR_GIVEN_MAX = 4095 };

/** A plain value; zeros where nothing was pruned. */
struct log_anchor {
	char name[sizeof(LOG_ANCHOR_NAME)];
	uint64_t parts; /**< number of the last part that was pruned; 0: none */
	uint64_t first; /**< number of the first entry that is kept */
	unsigned char head[SEAL_DIGEST_BYTES]; /**< before that entry */
	uint64_t count;			       /**< entries that the log had until then */
	int64_t pruned_at;
	uint64_t entry; /**< number of the entry that tells of it */
	int64_t until;	/**< time of the newest entry that was pruned */
	/** What the pruned entries explain of a key's use; vault/audit/pruned_uses.h reads both. */
	char uses[LOG_ANCHOR_USES_MAX + 1];
	char given[LOG_ANCHOR_GIVEN_MAX + 1];
};

/** FAILED when a value does not fit. */
MUST bool log_anchor_encode(const struct log_anchor *anchor, struct buf *out, struct error *err);

/**
 * TAMPERED, and *anchor empty, when the plaintext is no anchor. NEWER for a field that is not known
 * here; then *anchor holds the known ones.
 */
MUST bool log_anchor_decode(const void *data, size_t len, struct log_anchor *anchor,
			    struct error *err);

#endif
