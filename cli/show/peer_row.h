/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_PEER_ROW_H
#define CV_CLI_SHOW_PEER_ROW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * Who asked, in words for people, out of an entry's `peer` (`log --json`): what the kernel said of
 * it then. Not escaped: tables and out_text() do that.
 */

enum { PEER_ROW_BYTES = 512 };

/**
 * "credvault[48101] zsh login": the process and the two that started it; "-" where nothing is
 * known. With `for_another` our own name comes last, "terraform make (credvault[48211])", since
 * whoever started us is who got the credentials.
 */
void peer_row_text(const json_t *peer, bool for_another, char out[static PEER_ROW_BYTES]);

#endif
