/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_PEER_ROW_H
#define CV_CLI_SHOW_PEER_ROW_H

#include "vault/wire/tables/msg_log.h"

#include <stdbool.h>

/**
 * Turns a log entry's `peer` (`log --json`) into words for people: the program that asked, as the
 * kernel described it at that moment. Nothing is escaped: tables and out_text() do that.
 */

enum { PEER_ROW_BYTES = 512 };

/**
 * "credvault[48101] zsh login": the process and the two that started it; "-" for NULL, where
 * nothing is known. With `for_another` our own name comes last, "terraform make (credvault[48211])": the
 * program that started us is the one that got the credentials.
 */
void peer_row_text(const struct msg_log_peer *peer, bool for_another,
		   char out[static PEER_ROW_BYTES]);

#endif
