/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/format/arn.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An ARN that was taken apart is the same when put together again. */
void fuzz_arn(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), again[2 * ARN_MAX];
	struct arn arn;

	if (!text)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (arn_parse(text, &arn)) {
		(void)snprintf(again, sizeof(again), "arn:%s:%s:%s:%s:%s", arn.partition,
			       arn.service, arn.region, arn.account, arn.resource);
		if (strcmp(again, text) != 0)
			abort();
	} else if (arn_is_role(text)) {
		abort();
	}
	(void)arn_is_mfa_serial(text);
	(void)arn_is_access_key_id(text);
	(void)arn_is_secret_access_key(data, size);
	(void)arn_is_session_token(text);
	(void)arn_is_external_id(text);
	(void)arn_is_region(text);
	free(text);
}
