/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SCAN_SCAN_PLACES_H
#define CV_CLI_SCAN_SCAN_PLACES_H

#include "cli/scan/scan.h"

/**
 * Looks at the places where people have keys in clear: ~/.aws, the files that AWS_CONFIG_FILE and
 * AWS_SHARED_CREDENTIALS_FILE name, start-up files and histories of shells, and the files of tools
 * that speak to S3 or keep registries' passwords. What is not there is no matter. MEMORY.
 */
MUST bool scan_places(struct scan *scan, struct error *err);

#endif
