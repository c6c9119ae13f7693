/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_FOREIGN_WORD_H
#define CV_CLI_UI_FOREIGN_WORD_H

#include "vault/base/error.h"

#include <stdbool.h>

/**
 * The words that other tools (aws-vault, the AWS CLI, granted, pass, git) have for what commands of
 * ours do, and the words that are kept for commands to come.
 */

/**
 * Fills a USAGE error for a word that is no command of ours: what it is called here, and the
 * command to type. False where the word is not known; *err is left alone then.
 */
bool foreign_word_tell(const char *word, struct error *err);

#endif
