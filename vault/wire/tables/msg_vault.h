/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_VAULT_H
#define CV_WIRE_TABLES_MSG_VAULT_H

#include "vault/format/fields.h"

/** Messages about the vault as a whole: locking it, and the problems found in its file. */

/** No arguments. */
extern const struct fields msg_nothing;

/** The arguments of `lock`, and its answer. */
enum msg_lock_why { MSG_LOCK_ASKED, MSG_LOCK_REPLACED, MSG_LOCK_WHYS };
extern const char *const msg_lock_words[MSG_LOCK_WHYS];
struct msg_lock {
	enum msg_lock_why why;
};
struct msg_locked {
	bool locked;
};
extern const struct fields msg_lock, msg_locked;

/** The answer of `verify` and `inspect`. */
struct msg_inspection {
	bool ok;
	bool told; /**< generation and log_entries are known */
	int64_t generation, records, log_entries;
	struct field_list problems; /**< texts */
};
extern const struct fields msg_inspection;

#endif
