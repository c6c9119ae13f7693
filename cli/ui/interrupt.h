/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_INTERRUPT_H
#define CV_CLI_UI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/**
 * Notes Ctrl-C and its like while a work is under way that should stop in good order: the first
 * signal is noted, a second one ends the program as ever. A signal that the program's caller has
 * ignored stays ignored.
 */

enum { INTERRUPT_SIGNALS = 3 };

struct interrupt {
	struct sigaction before[INTERRUPT_SIGNALS];
};

void interrupt_watch(struct interrupt *interrupt);
void interrupt_end(const struct interrupt *interrupt);

/** Whether a signal has come since interrupt_watch(). */
bool interrupt_came(void);

#endif
