/* SPDX-License-Identifier: MIT */
#include "vault/aws/retry.h"

#include "vault/base/secret.h"

#include <stddef.h>
#include <string.h>

/*
 * The SDKs' lists. IAM's own quota code is "LimitExceeded", which is not throttling and so not
 * listed.
 */
static const char *const throttling[] = {"BandwidthLimitExceeded",
					 "EC2ThrottledException",
					 "LimitExceededException",
					 "PriorRequestNotComplete",
					 "ProvisionedThroughputExceededException",
					 "RequestLimitExceeded",
					 "RequestThrottled",
					 "RequestThrottledException",
					 "SlowDown",
					 "ThrottledException",
					 "Throttling",
					 "ThrottlingException",
					 "TooManyRequestsException",
					 "TransactionInProgressException",
					 NULL};
static const char *const transient[] = {"RequestTimeout",
					"RequestTimeoutException",
					"IDPCommunicationError",
					"InternalError",
					"InternalFailure",
					"ServiceUnavailable",
					NULL};

static bool is_in(const char *const list[], const char *code)
{
	for (size_t i = 0; list[i]; i++) {
		if (strcmp(list[i], code) == 0)
			return true;
	}
	return false;
}

enum retry_kind retry_classify(int status, const char *aws_code)
{
	if (is_in(throttling, aws_code) || status == 429)
		return RETRY_THROTTLED;
	if (is_in(transient, aws_code) || status == 0 || status == 500 || status == 502 ||
	    status == 503 || status == 504)
		return RETRY_TRANSIENT;
	return RETRY_NEVER;
}

bool retry_again(enum retry_kind kind, int attempt, bool once)
{
	if (kind == RETRY_NEVER || attempt >= RETRY_ATTEMPTS)
		return false;
	return !once || kind == RETRY_UNSENT;
}

int64_t retry_delay_ms(enum retry_kind kind, int attempt, int64_t retry_after_ms)
{
	int64_t most = kind == RETRY_THROTTLED ? RETRY_THROTTLE_BASE_MS : RETRY_BASE_MS;
	int64_t delay;

	for (int i = 1; i < attempt && most < RETRY_DELAY_MAX_MS; i++)
		most *= 2;
	if (most > RETRY_DELAY_MAX_MS)
		most = RETRY_DELAY_MAX_MS;
	delay = secret_random_below((unsigned int)most + 1);
	if (retry_after_ms < 0)
		return delay;
	if (retry_after_ms < delay)
		return delay;
	return retry_after_ms < delay + RETRY_AFTER_EXTRA_MS ? retry_after_ms
							     : delay + RETRY_AFTER_EXTRA_MS;
}
