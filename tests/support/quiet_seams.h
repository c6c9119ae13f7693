/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_SUPPORT_QUIET_SEAMS_H
#define CV_TESTS_SUPPORT_QUIET_SEAMS_H

#include "vault/rotate/rotate.h"

/**
 * Seams of a rotation for a test that looks at few of them: nobody else is here, nobody goes,
 * nobody watches, and there is no code. The test sets its own in their places.
 */

static struct skew *quiet_skew(void *ctx, const char *url)
{
	static struct skew skew;

	(void)ctx;
	(void)url;
	return &skew;
}

static struct pace *quiet_pace(void *ctx, const char *host)
{
	(void)ctx;
	(void)host;
	return NULL;
}

static void quiet_gate(void *ctx)
{
	(void)ctx;
}

static bool quiet_gone(void *ctx)
{
	(void)ctx;
	return false;
}

static bool quiet_session(void *ctx, const struct access_key *key, struct credentials *out,
			  struct error *err)
{
	(void)ctx;
	(void)key;
	(void)out;
	return error_set(err, ERROR_MFA_NEEDED, "there is no code");
}

static bool quiet_retired(void *ctx, const struct rotation_record *rotation, struct error *err)
{
	(void)ctx;
	(void)rotation;
	(void)err;
	return true;
}

static bool quiet_erase(void *ctx, struct error *err)
{
	(void)ctx;
	(void)err;
	return true;
}

static void quiet_on_step(void *ctx, const struct rotate *rotate)
{
	(void)ctx;
	(void)rotate;
}

static void quiet_on_proving(void *ctx, const struct rotate *rotate, int proved, int64_t wait_s)
{
	(void)ctx;
	(void)rotate;
	(void)proved;
	(void)wait_s;
}

static void quiet_on_waiting(void *ctx, const struct rotate *rotate, const char *what,
			     int64_t wait_s)
{
	(void)ctx;
	(void)rotate;
	(void)what;
	(void)wait_s;
}

/** All but store, http, clock, hook and entry, which every test has of its own. */
static struct rotate_seams quiet_seams(void)
{
	return (struct rotate_seams){.skew = quiet_skew,
				     .pace = quiet_pace,
				     .leave = quiet_gate,
				     .enter = quiet_gate,
				     .gone = quiet_gone,
				     .session = quiet_session,
				     .retired = quiet_retired,
				     .erase = quiet_erase,
				     .on_step = quiet_on_step,
				     .on_proving = quiet_on_proving,
				     .on_waiting = quiet_on_waiting};
}

#endif
