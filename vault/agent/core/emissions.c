/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/emissions.h"

void emissions_start(struct emissions *emissions, const struct clock *clock)
{
	*emissions = (struct emissions){.left = EMISSIONS_BURST, .filled_ms = clock_boot_ms(clock)};
}

int64_t emissions_left(struct emissions *emissions, const struct clock *clock)
{
	int64_t now = clock_boot_ms(clock);
	int64_t more = (now - emissions->filled_ms) * EMISSIONS_PER_S / 1000;

	/* Parts of an emission stay with the clock until they are a whole one. */
	if (more > 0) {
		emissions->left += more;
		emissions->filled_ms += more * 1000 / EMISSIONS_PER_S;
	}
	if (emissions->left >= EMISSIONS_BURST) {
		emissions->left = EMISSIONS_BURST;
		emissions->filled_ms = now;
	}
	return emissions->left;
}

bool emissions_take(struct emissions *emissions, const struct clock *clock)
{
	if (emissions_left(emissions, clock) <= 0) {
		emissions->refused++;
		return false;
	}
	emissions->left--;
	return true;
}
