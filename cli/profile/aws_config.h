/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_AWS_CONFIG_H
#define CV_CLI_PROFILE_AWS_CONFIG_H

#include "vault/base/error.h"
#include "vault/creds/profile.h"
#include "vault/format/ini.h"

#include <limits.h>
#include <stdbool.h>

/**
 * AWS's shared files, read once per run: the config file ($AWS_CONFIG_FILE or else ~/.aws/config),
 * and the credentials file for what it says of roles and regions.
 */
struct aws_config {
	struct ini ini;			 /**< the config file */
	char path[PATH_MAX];		 /**< of the config file, which may not exist */
	struct ini credentials;		 /**< the credentials file */
	char credentials_path[PATH_MAX]; /**< of the credentials file, which may not exist */
};

#define AWS_CONFIG_EMPTY ((struct aws_config){.path = ""})

/**
 * Reads the files. A missing file and /dev/null count as empty. FAILED where one is no text of its
 * kind, UNSAFE_FILE where it is a directory, a FIFO or a device.
 */
MUST bool aws_config_read(struct aws_config *out, struct error *err);

/** The two files as a profile is looked up in them. Borrowed. */
struct profile_files aws_config_files(const struct aws_config *config);

/**
 * The names of all profiles in both files, in order, each once. The array is the caller's to free,
 * its texts are borrowed.
 */
MUST bool aws_config_names(const struct aws_config *config, const char ***names, size_t *count,
			   struct error *err);

/** Wipes and frees. Accepts empty. */
void aws_config_clear(struct aws_config *config);

#endif
