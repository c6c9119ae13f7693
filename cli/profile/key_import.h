/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_KEY_IMPORT_H
#define CV_CLI_PROFILE_KEY_IMPORT_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/** The keys of a credentials file go into the vault: shown, asked for, sealed, told. */

/** Which file, and which of its keys; borrowed. All zero: every key of ~/.aws/credentials. */
struct key_import {
	const char *path;   /**< "-": standard input; NULL: the AWS credentials file */
	const char *prefix; /**< in front of every name; NULL: none */
	const char *only;   /**< the one profile; in a file with one key its name; NULL: all */
	bool replace;	    /**< keys of the same name */
	bool dry_run;
};

/** Asks AWS about each key and seals those that it knows. NOT_FOUND for a file without a key. */
MUST bool key_import_keys(struct cli *cli, const struct key_import *import, struct error *err);

#endif
