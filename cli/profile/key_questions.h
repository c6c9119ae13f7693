/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_KEY_QUESTIONS_H
#define CV_CLI_PROFILE_KEY_QUESTIONS_H

#include "cli/profile/attributes.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_add.h"

#include <stdbool.h>

/**
 * The questions that `add` asks a person on the terminal. Blanks around a pasted answer are
 * dropped, and an answer that cannot be one is refused and asked for again: nothing typed ends the
 * command but an interrupt.
 */

/** Asks for the id and the secret of a long-term key, and shows a star for each character. */
MUST bool key_questions_key(struct cli *cli, struct attributes *attributes, struct error *err);

/**
 * Asks for the MFA device, and sets it: `found` is offered (NULL: none is known). `facts` is AWS's
 * answer about the key, NULL where it was not asked: a device's name stands for its ARN, and a
 * device of another account is none.
 */
MUST bool key_questions_mfa(struct cli *cli, const char *found, const struct msg_identified *facts,
			    struct attributes *attributes, struct error *err);

/** Asks for the region, and sets it: the one of the attributes is offered, else us-east-1. */
MUST bool key_questions_region(struct cli *cli, struct attributes *attributes, struct error *err);

#endif
