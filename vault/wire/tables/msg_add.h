/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_ADD_H
#define CV_WIRE_TABLES_MSG_ADD_H

#include "vault/format/fields.h"

/** How keys come into a vault: one by `add`, those of a file by `import`. */

enum {
	MSG_ADD_URL_MAX = 2048,
	MSG_ADD_DEVICES_MAX = 64,
	MSG_IMPORT_PORTION = 64,    /**< keys in one answer of `import`'s client, at most */
	MSG_IMPORT_KEYS_MAX = 10000 /**< keys in one `import`, at most */
};

/** The arguments of `add`. */
struct msg_add {
	const char *name, *access_key_id, *secret_access_key;
	const char *mfa_serial;
	bool mfa_required;
	const char *region, *endpoint;
	const char *proxy, *no_proxy; /**< as vault/creds/plan.h reads them */
	int64_t max_age_s;	      /**< 0: never due; -1: the vault's */
	const char *note;
	bool replace;
	bool no_check; /**< AWS is not asked whose key it is */
	bool confirm;  /**< the question `add` comes after AWS has answered */
};
extern const struct fields msg_add;

/** AWS's answer about a key: the question `add`, and what `import` tells of each key. */
struct msg_identified {
	const char *kind; /**< of the question */
	const char *name, *access_key_id;
	const char *account_id, *user_name, *arn;
	int64_t created_at;
	/* Of the question. */
	struct field_list mfa_devices; /**< texts */
	bool devices_known;	       /**< false: the key may not list them */
	/* Of `import`. */
	const char *mfa_serial; /**< what came with the key, else its user's first that STS takes */
	bool replaces;		/**< the vault has a key of this name, to be replaced */
	const char *code;	/**< the error that prevents the import of the key; NULL: none */
};
extern const struct fields msg_add_question, msg_import_identified;

/** The answer to the question `add`: the decision of a person; `go` alone answers `import`. */
struct msg_add_answer {
	bool go;
	const char *mfa_serial;
	const char *region;
};
extern const struct fields msg_add_answer;

/** The arguments of `import`. */
struct msg_import {
	const char *endpoint, *proxy, *no_proxy;
	bool replace;
	bool dry_run; /**< AWS is asked, and nothing is stored */
};
extern const struct fields msg_import;

/** The questions of `import`: "keys" wants a portion of them, "import" asks to go on. */
struct msg_import_question {
	const char *kind;
	const char *why; /**< of "keys": "identify", then "store" */
	int64_t done;	 /**< of "keys": how many came for this `why`; the next ones are wanted */
	int64_t count;	 /**< of "import": how many are to be stored */
};
extern const struct fields msg_import_keys_question, msg_import_question;

/** The answer to "keys": the next ones, in the file's order, each time the same. None: no more. */
struct msg_import_key {
	const char *name, *access_key_id, *secret_access_key;
	const char *mfa_serial; /**< NULL without `mfa_given`: the first of its user's devices */
	bool mfa_given;
	const char *region;
};
struct msg_import_keys {
	struct field_list keys; /**< of struct msg_import_key */
};
extern const struct fields msg_import_key, msg_import_keys;

/** The answer of `import`. */
struct msg_imported {
	int64_t identified, imported;
};
extern const struct fields msg_imported;

/** The rows of `import` stand in {"identified":…}. Its event after each portion. */
struct msg_import_row {
	struct msg_identified identified;
};
struct msg_import_progress {
	const char *what, *why;
	int64_t done; /**< keys so far */
};
extern const struct fields msg_import_row, msg_import_progress;

/** An event of `add`: AWS does not know the key yet, and is asked again for so long. */
struct msg_unknown_key {
	const char *what;
	int64_t wait_s;
};
extern const struct fields msg_unknown_key;

#endif
