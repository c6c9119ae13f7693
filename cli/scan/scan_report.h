/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SCAN_SCAN_REPORT_H
#define CV_CLI_SCAN_SCAN_REPORT_H

#include "cli/scan/scan.h"

#include <jansson.h>
#include <stdbool.h>

/** Prints what a search has found, for people and as JSON. */

/** The table, its sum, what was not looked at, what to do. */
MUST bool scan_report_print(const struct scan *scan, struct error *err);

/**
 * {"findings":[…],"keys":n,"ids":n,"allowed":n,"files":n,"bytes":n,"complete":bool,"skipped":{…}};
 * the caller's.
 */
MUST bool scan_report_json(const struct scan *scan, json_t **out, struct error *err);

/** What was found, in a few words: "key and secret". */
const char *scan_report_kind(const struct scan_finding *finding);

#endif
