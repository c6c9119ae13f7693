/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_CALL_SHOW_H
#define CV_CLI_SHOW_CALL_SHOW_H

#include "cli/ui/context.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * The event `call` for people who said --verbose: a line on stderr for each try of a call of AWS,
 * with what came of it, how long it took and how AWS names the request. False for another event.
 */
bool call_show(const struct cli *cli, const json_t *event);

#endif
