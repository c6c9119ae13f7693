/* SPDX-License-Identifier: MIT */
#include "cli/ui/interrupt.h"

#include <stddef.h>

static const int watched[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t came;

static void interrupt_note(int number)
{
	(void)number;
	came = 1;
}

void interrupt_watch(struct interrupt *interrupt)
{
	const struct sigaction noted = {.sa_handler = interrupt_note,
					.sa_flags = (int)SA_RESETHAND};

	came = 0;
	for (size_t i = 0; i < INTERRUPT_SIGNALS; i++) {
		(void)sigaction(watched[i], NULL, &interrupt->before[i]);
		if (interrupt->before[i].sa_handler != SIG_IGN)
			(void)sigaction(watched[i], &noted, NULL);
	}
}

void interrupt_end(const struct interrupt *interrupt)
{
	for (size_t i = 0; i < INTERRUPT_SIGNALS; i++)
		(void)sigaction(watched[i], &interrupt->before[i], NULL);
}

bool interrupt_came(void)
{
	return came != 0;
}
