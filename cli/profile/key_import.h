/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_KEY_IMPORT_H
#define CV_CLI_PROFILE_KEY_IMPORT_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/** Imports the keys of one place: checks them with AWS, shows them, asks, seals them. */

/** A place and the wanted keys of it; borrowed. All zero: every key of ~/.aws/credentials. */
struct key_import {
	const char *from; /**< which kind of place (cli/profile/key_source.h); NULL: by the path */
	const char *path; /**< "-": standard input; NULL: the AWS credentials file, or no file */
	const char *prefix; /**< put before every name; NULL: none */
	const char *only;   /**< the one profile; or a new name for the one key; NULL: all */
	bool replace;	    /**< replace the vault's keys of the same names */
	bool dry_run;
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
