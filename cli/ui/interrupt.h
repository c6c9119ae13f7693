/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_INTERRUPT_H
#define CV_CLI_UI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/**
 * Ctrl-C and its like while something is under way that should stop in order: the first one is
 * noted, a second one ends the program as ever. What the caller of the program has ignored stays
 * ignored.
 */

enum { INTERRUPT_SIGNALS = 3 };

struct interrupt {
	struct sigaction before[INTERRUPT_SIGNALS];
};

void interrupt_watch(struct interrupt *interrupt);
void interrupt_end(const struct interrupt *interrupt);

/** Whether one has come since interrupt_watch(). */
bool interrupt_came(void);

#endif
