/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_SEALED_AUTHORITIES_H
#define CV_AGENT_CORE_SEALED_AUTHORITIES_H

#include "vault/base/error.h"
#include "vault/format/digest.h"
#include "vault/seal/record/ca_bundle.h"

#include <pthread.h>
#include <stdbool.h>

/**
 * The agent's copy of the authorities that the vault's owner has sealed (ca_bundle.h), for the
 * couriers that it starts. Public bytes: they stay after the keys to the records are wiped.
 * Thread-safe.
 */
struct sealed_authorities {
	pthread_mutex_t lock;
	struct ca_bundle bundle; /**< guarded; pem empty: none are sealed */
};

#define SEALED_AUTHORITIES_INIT                                                        \
	{                                                                              \
		.lock = PTHREAD_MUTEX_INITIALIZER, .bundle = {.name = CA_BUNDLE_NAME } \
	}

/** Takes *bundle over, and empties it. An empty one: none are sealed any more. */
void sealed_authorities_set(struct sealed_authorities *sealed, struct ca_bundle *bundle);

/** Appends their PEM text to *pem; nothing where none are sealed. `sealed` may be NULL. */
MUST bool sealed_authorities_copy(struct sealed_authorities *sealed, struct buf *pem,
				  struct error *err);

/** What people are told of them. */
struct sealed_authorities_view {
	char path[PEM_PATH_MAX + 1];   /**< "" where none are sealed */
	char sha256[DIGEST_HEX_BYTES]; /**< of the PEM text */
};
void sealed_authorities_look(struct sealed_authorities *sealed,
			     struct sealed_authorities_view *view);

/** Frees. */
void sealed_authorities_clear(struct sealed_authorities *sealed);

#endif
