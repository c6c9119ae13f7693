/* SPDX-License-Identifier: MIT */
#ifndef CV_AUDIT_ENTRY_H
#define CV_AUDIT_ENTRY_H

#include "vault/base/buf.h"
#include "vault/base/clock.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * One entry of the log (docs/format.md): who asked for which operation, when, and with which
 * result. Never a secret, session token, MFA code or passphrase. Texts are NUL-terminated and empty
 * where they do not apply; a text that is too long is cut (audit_text()).
 */

/** X(op, name): the numbers are part of the file format; append only. Nothing writes 21. */
#define AUDIT_OPS(X)            \
	X(CREATE, "create")     \
	X(UNLOCK, "unlock")     \
	X(LOCK, "lock")         \
	X(IDLE, "idle")         \
	X(SESSION, "session")   \
	X(EMIT, "emit")         \
	X(DENIED, "denied")     \
	X(ADD, "add")           \
	X(IMPORT, "import")     \
	X(REPLACE, "replace")   \
	X(EDIT, "edit")         \
	X(REMOVE, "remove")     \
	X(CLEAR, "clear")       \
	X(CHECK, "check")       \
	X(REVEAL, "reveal")     \
	X(CONFIG, "config")     \
	X(SLOT, "slot")         \
	X(PASSWD, "passwd")     \
	X(ROTATE, "rotate")     \
	X(RESTORE, "restore")   \
	X(RETIRED_21, "export") \
	X(VERIFY, "verify")     \
	X(CLOCK, "clock")       \
	X(GAP, "gap")           \
	X(PRUNE, "prune")       \
	X(BACKUP, "backup")     \
	X(RENAME, "rename")

enum audit_op {
	AUDIT_OP_NONE,
#define X(op_, name_) AUDIT_OP_##op_,
	AUDIT_OPS(X)
#undef X
	    AUDIT_OPS_COUNT
};

enum {
	AUDIT_BOOT_ID_BYTES = 16,
	AUDIT_NAME_BYTES = 132,
	AUDIT_KEY_ID_BYTES = 132,
	AUDIT_WHAT_BYTES = 256,
	AUDIT_RESULT_BYTES = 32,
	AUDIT_EXE_BYTES = 64,
	AUDIT_PARENTS_BYTES = 256,
	AUDIT_ENTRY_MAX = 4096 /**< bytes an encoded entry may take */
};

/** Who asked, as far as the kernel says; all but uid are claims. */
struct audit_peer {
	bool known; /**< false for the agent's own acts (a limit, sleep) */
	uint32_t uid;
	uint32_t pid;
	char exe[AUDIT_EXE_BYTES];	   /**< base name of the executable */
	char parents[AUDIT_PARENTS_BYTES]; /**< "bash,tmux,systemd": nearest first */
};

struct audit_entry {
	uint64_t seq;	 /**< set by audit_append(); from 1, without gaps */
	int64_t time;	 /**< Unix seconds, wall clock */
	int64_t boot_ms; /**< milliseconds since boot, suspend included */
	unsigned char boot_id[AUDIT_BOOT_ID_BYTES];
	enum audit_op op;
	char profile[AUDIT_NAME_BYTES];
	char access_key_id[AUDIT_KEY_ID_BYTES]; /**< the one issued, else the one acted on */
	char what[AUDIT_WHAT_BYTES];		/**< role, limit, reason: a few words */
	int64_t expires_at;			/**< Unix seconds, 0 = does not apply */
	bool mfa;
	char result[AUDIT_RESULT_BYTES]; /**< "OK" or the error's name: "MFA_NEEDED" */
	struct audit_peer peer;
};

/** The words of a line for a hook: from then on the key is elsewhere too. */
#define AUDIT_GIVEN_AWAY "new key given to a hook"

/**
 * An empty entry with op, the clock's times and this boot's id, result "OK". The id is read from
 * /proc at the first call in a process (zeros where that is not allowed): make an entry before the
 * sandbox starts.
 */
struct audit_entry audit_entry_at(enum audit_op op, const struct clock *clock);

/**
 * Says whom and what an entry is about: the profile or key's name, the id of the access key, a few
 * words. NULL leaves that field as it is.
 */
void audit_about(struct audit_entry *entry, const char *profile, const char *access_key_id,
		 const char *what);

/** Says that the act failed, and how. */
void audit_failed(struct audit_entry *entry, enum error_code code);

/** Copies text into one of the arrays above, cut to fit at a character's boundary. NULL is "". */
void audit_text(char *out, size_t size, const char *text);

/** "emit"; "?" for an unknown number. */
const char *audit_op_name(enum audit_op op);

/** Appends the canonical TLV form to out. */
MUST bool audit_entry_encode(const struct audit_entry *entry, struct buf *out, struct error *err);

/**
 * The reverse; strict: TAMPERED for anything audit_entry_encode() would not have written. NEWER for
 * a field or an operation that is not known here; then *entry holds the known fields.
 */
MUST bool audit_entry_decode(const void *data, size_t len, struct audit_entry *entry,
			     struct error *err);

#endif
