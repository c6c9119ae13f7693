/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_AWS_CONFIG_H
#define CV_CLI_PROFILE_AWS_CONFIG_H

#include "vault/base/error.h"
#include "vault/format/ini.h"

#include <limits.h>
#include <stdbool.h>

/** AWS's shared config file, $AWS_CONFIG_FILE or else ~/.aws/config, read once per run. */
struct aws_config {
	struct ini ini;
	char path[PATH_MAX]; /**< of the file, be it there or not */
};

#define AWS_CONFIG_EMPTY ((struct aws_config){.ini = {.sections = NULL, .count = 0}})

/**
 * Reads the file. A missing file and /dev/null count as empty. FAILED with "PATH:LINE: …" where it
 * does not parse, UNSAFE_FILE where it is a directory, a FIFO or a device.
 */
MUST bool aws_config_read(struct aws_config *out, struct error *err);

/** Wipes and frees. Accepts empty. */
void aws_config_clear(struct aws_config *config);

#endif
