/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_AWS_CONFIG_H
#define CV_CLI_PROFILE_AWS_CONFIG_H

#include "vault/base/error.h"
#include "vault/format/ini.h"

#include <limits.h>
#include <stdbool.h>

/** The shared config file, read once per run: $AWS_CONFIG_FILE, else ~/.aws/config. */
struct aws_config {
	struct ini ini;
	char path[PATH_MAX]; /**< where it was looked for */
};

#define AWS_CONFIG_EMPTY ((struct aws_config){.ini = {.sections = NULL, .count = 0}})

/**
 * Reads it. A file that is not there, and /dev/null, are an empty one. FAILED with "PATH:LINE: …"
 * when it does not parse, UNSAFE_FILE when it is a directory, a FIFO or a device.
 */
MUST bool aws_config_read(struct aws_config *out, struct error *err);

/** Wipes and frees. Accepts empty. */
void aws_config_clear(struct aws_config *config);

#endif
