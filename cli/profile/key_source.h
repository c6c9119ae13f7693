/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_KEY_SOURCE_H
#define CV_CLI_PROFILE_KEY_SOURCE_H

#include "cli/profile/found_keys.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/format/ini.h"

#include <limits.h>
#include <stdbool.h>

/** Where `import` takes keys from: --from and FILE, and which reader that means. */

/** The words of --from, as option_values has them. */
#define KEY_SOURCE_WORDS "credentials csv json env aws-vault"

enum key_source_kind {
	KEY_SOURCE_CREDENTIALS,
	KEY_SOURCE_CSV,
	KEY_SOURCE_JSON,
	KEY_SOURCE_ENVIRONMENT,
	KEY_SOURCE_AWS_VAULT
};

struct key_source {
	enum key_source_kind kind;
	char path[PATH_MAX]; /**< of the file, or "standard input"; "": there is no file */
	bool from_stdin;
	struct ini ini; /**< of a credentials file, for what is wrong with it */
};

#define KEY_SOURCE_EMPTY ((struct key_source){.path = ""})

/**
 * Chooses: `from` (NULL: by the end of the file's name, .csv or .json, else a credentials file) and
 * `file` ("-": standard input; NULL: the AWS credentials file). USAGE for a file that `from` does
 * not read.
 */
MUST bool key_source_choose(const char *from, const char *file, struct key_source *out,
			    struct error *err);

/**
 * Reads all keys of the source into *keys. Errors name the file and the line; UNSAFE_FILE for a
 * directory, a FIFO or a device. NOT_FOUND where there is no key at all.
 */
MUST bool key_source_read(struct cli *cli, struct key_source *source, struct found_keys *keys,
			  struct error *err);

/** Notes what is wrong with the file itself: lines before the first header, others can read it. */
void key_source_warn(struct cli *cli, const struct key_source *source);

/** Wipes and frees. Accepts empty. */
void key_source_clear(struct key_source *source);

#endif
