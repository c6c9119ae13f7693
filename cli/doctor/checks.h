/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_DOCTOR_CHECKS_H
#define CV_CLI_DOCTOR_CHECKS_H

#include "cli/doctor/doctor.h"

/**
 * The table of the checks of `doctor`. Each is one word here and one file cli/doctor/check_WORD.c
 * that defines `const struct doctor_check check_WORD`.
 */

/** Order is the order on the screen. */
#define CHECKS(X)      \
	X(clock)       \
	X(kernel)      \
	X(memory)      \
	X(programs)    \
	X(path)        \
	X(environment) \
	X(files)       \
	X(config)      \
	X(sdks)        \
	X(vault)       \
	X(agent)       \
	X(keys)        \
	X(backups)     \
	X(plaintext)

#define X(word_) extern const struct doctor_check check_##word_;
CHECKS(X)
#undef X

#endif
