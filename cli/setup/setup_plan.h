/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SETUP_SETUP_PLAN_H
#define CV_CLI_SETUP_SETUP_PLAN_H

#include "cli/profile/found_keys.h"
#include "cli/setup/setup_file.h"
#include "vault/base/error.h"
#include "vault/creds/profile.h"
#include "vault/format/arn.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * What `setup` will do to each profile of AWS's shared files, and the edits that do it. A profile
 * that gets its credentials from a key of the vault, or from roles that begin at one, gets a
 * credential_process line; its key lines go, its role lines move to [credvault NAME], where
 * credvault reads them and nothing else does. Every other profile stays as it is, with the reason.
 *
 * The line is written in both files where a profile stands in both: the SDK for JavaScript v2
 * reads the credentials file alone unless AWS_SDK_LOAD_CONFIG is set, and the SDKs that are built
 * on the C runtime run what the config file names, and nothing else.
 */

enum { SETUP_WHY_MAX = 320 };

enum setup_will {
	SETUP_KEEP,   /**< it stays as it is */
	SETUP_IMPORT, /**< its key comes into the vault first, then its lines change */
	SETUP_REWRITE /**< its lines change */
};

struct setup_profile {
	const char *name; /**< borrowed from the files */
	enum setup_will will;
	bool moves_role;		    /**< its role lines move */
	bool has_key;			    /**< it has key lines */
	bool is_bare;			    /**< nothing gives it credentials */
	bool changes;			    /**< some line of it changes; after setup_edit_make() */
	bool refused;			    /**< its key was offered and did not come in; `why` */
	char id[ARN_ACCESS_KEY_ID_MAX + 1]; /**< of the key in its lines; "": none */
	char why[SETUP_WHY_MAX];	    /**< what happens, or why nothing does */
};

struct setup_plan {
	struct setup_file config, credentials;
	json_t *keys;			/**< the vault's: name -> access key id; borrowed */
	bool keys_are_final;		/**< no more of them will come in */
	const char *program;		/**< the line's command up to the name; borrowed */
	struct setup_profile *profiles; /**< by name */
	size_t count;
	const char **names; /**< of all profiles in the files, chosen or not */
	size_t names_count;
};

/** Opens both files and finds their profiles. */
MUST bool setup_plan_open(struct setup_plan *plan, bool to_write, struct error *err);

/** The profile of a name; NULL: there is none, or it was not chosen. */
struct setup_profile *setup_plan_find(const struct setup_plan *plan, const char *name);

/** Restricts the plan to these profiles, which the files may not have yet. */
MUST bool setup_plan_choose(struct setup_plan *plan, const char *const names[], size_t count,
			    struct error *err);

/**
 * Judges every profile. Keys that are complete and not in the vault count as ones that will be
 * (SETUP_IMPORT), unless they were refused or no more will come.
 */
MUST bool setup_plan_judge(struct setup_plan *plan, struct error *err);

/** The two files as a profile is looked up in them. Borrowed. */
struct profile_files setup_plan_files(const struct setup_plan *plan);

/** Whether a setting takes part in how a role is assumed. */
bool setup_plan_is_role_key(const char *key);

/** Whether a setting is an access key's id (*id) or secret. */
bool setup_plan_is_key(const char *key, bool *id);

/** Whether a setting is a session's token. */
bool setup_plan_is_token(const char *key);

/** The key that stands in a profile's lines; false where they change without one. Borrowed. */
bool setup_plan_key(const struct setup_plan *plan, const struct setup_profile *profile,
		    const char **secret);

/** Keeps a profile as it is from now on, whatever it is judged by. */
void setup_plan_refuse(struct setup_profile *profile, const char *why);

/**
 * Adds the keys of all SETUP_IMPORT profiles, for `import` to take in, and with their reasons the
 * keys that stay where they are.
 */
MUST bool setup_plan_find_keys(const struct setup_plan *plan, struct found_keys *keys,
			       struct error *err);

/** "import", "rewrite", "keep". */
const char *setup_plan_word(enum setup_will will);

/** Frees. Accepts empty. */
void setup_plan_close(struct setup_plan *plan);

#endif
