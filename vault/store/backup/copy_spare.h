/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_BACKUP_COPY_SPARE_H
#define CV_STORE_BACKUP_COPY_SPARE_H

#include "vault/base/error.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/rotation_record.h"

#include <stdbool.h>

/**
 * What a copy of a vault keeps of a rotation that is not over. A restored rotation that went on
 * would judge keys at AWS by what was true when the copy was made, and delete a key that works; one
 * that was left out would take the only copy of a key with it. So the second key, which no row of
 * TABLE_KEY holds, becomes a row of its own that nothing acts on by itself.
 */

/** Whether the rotation has a second key. */
bool copy_spare_is_needed(const struct rotation_record *rotation);

/**
 * Makes *out, which is empty, of the rotation and the key `of` that it rotates: the same but for
 * id, secret, dates, note and the name "NAME@ID", and never due.
 */
MUST bool copy_spare_make(const struct rotation_record *rotation, const struct access_key *of,
			  struct access_key *out, struct error *err);

#endif
