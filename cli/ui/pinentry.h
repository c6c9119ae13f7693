/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_PINENTRY_H
#define CV_CLI_UI_PINENTRY_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stdbool.h>

/**
 * Asks a person by a pinentry program, which speaks the Assuan protocol (libassuan's manual) on its
 * stdin and stdout.
 */

/** Whether the program of this path is a pinentry, by its name. */
bool pinentry_is(const char *path);

/**
 * Shows `prompt` (plain text) and takes the answer into *out. INTERRUPTED when the person cancels,
 * FAILED when the program cannot be run or does not speak Assuan.
 */
MUST bool pinentry_ask(const char *path, const char *prompt, struct buf *out, struct error *err);

#endif
