/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SCAN_SARIF_H
#define CV_CLI_SCAN_SARIF_H

#include "cli/scan/scan.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * What a search has found as a log of SARIF 2.1.0 (OASIS), which the code scanning of forges and
 * editors show beside the lines. The object is the caller's. A lone id is a note, all else an
 * error.
 */
MUST bool sarif_make(const struct scan *scan, json_t **out, struct error *err);

#endif
