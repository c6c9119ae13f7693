/* SPDX-License-Identifier: MIT */
#include "vault/format/totp.h"

int64_t totp_step(int64_t unix_seconds)
{
	int64_t step = unix_seconds / TOTP_STEP_SECONDS;

	/* C division rounds towards zero, which is upwards for times before 1970. */
	return unix_seconds % TOTP_STEP_SECONDS < 0 ? step - 1 : step;
}

int64_t totp_seconds_left(int64_t unix_seconds)
{
	int64_t into = unix_seconds % TOTP_STEP_SECONDS;

	return into < 0 ? -into : TOTP_STEP_SECONDS - into;
}

bool totp_is_code(const char *text)
{
	for (int i = 0; i < TOTP_DIGITS; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return text[TOTP_DIGITS] == '\0';
}
