/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_KEY_IMPORT_H
#define CV_CLI_PROFILE_KEY_IMPORT_H

#include "cli/profile/found_keys.h"
#include "cli/profile/import_show.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_key.h"

#include <stdbool.h>

/** Imports the keys of one place: checks them with AWS, shows them, asks, seals them. */

/** A caller that brings the keys and leads the conversation itself (`setup`). */
struct key_import_guest {
	/** Adds the keys, in the place of what would be read. */
	bool (*find)(void *ctx, struct found_keys *keys, struct error *err);
	/** Of each key that cannot be imported, and why. */
	void (*skips)(void *ctx, const char *profile, const char *why);
	/** Asks whether to go on, once the table was shown (not with --json). */
	bool (*confirm)(void *ctx, bool *go, struct error *err);
	/** Each key that is in the vault now. */
	void (*has)(void *ctx, const struct msg_key *key);
	void *ctx;
};

/** How keys are taken out of a file once they are in the vault (cli/setup/scrub.h). */
struct key_import_scrub {
	/** Whether the file can be changed at all; before anything is asked or stored. */
	bool (*check)(struct cli *cli, const char *path, struct error *err);
	/** Does it, for keys that the vault was seen to hold: sets their `kept`, sum->scrubbed. */
	bool (*run)(struct cli *cli, const char *path, struct found_keys *keys,
		    struct import_sum *sum, struct error *err);
};

/** A place and the wanted keys of it; borrowed. All zero: every key of ~/.aws/credentials. */
struct key_import {
	const char *from; /**< which kind of place (cli/profile/key_source.h); NULL: by the path */
	const char *path; /**< "-": standard input; NULL: the AWS credentials file, or no file */
	const char *prefix; /**< put before every name; NULL: none */
	const char *only;   /**< the one profile; or a new name for the one key; NULL: all */
	bool replace;	    /**< replace the vault's keys of the same names */
	bool dry_run;
	const struct key_import_scrub *scrub; /**< NULL: the file stays as it is */
	const struct key_import_guest *guest; /**< nothing else is looked at then; or NULL */
};

/** Asks AWS about each key and seals the ones it knows. NOT_FOUND for a place without a key. */
MUST bool key_import_keys(struct cli *cli, const struct key_import *import, struct error *err);

/**
 * For a fresh vault, on a terminal: where ~/.aws/credentials holds keys, asks whether to import
 * them now, and does so (*imported). Nothing happens with --json. The vault stays when the import
 * fails.
 */
MUST bool key_import_offer(struct cli *cli, bool *imported, struct error *err);

#endif
