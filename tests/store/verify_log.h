/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_STORE_VERIFY_LOG_H
#define CV_TESTS_STORE_VERIFY_LOG_H

#include "vault/store/log/segment_check.h"

/* Whether the whole log is sound: TAMPERED with its first problem. */

static inline bool verify_log_refuse(void *arg, const struct segment_problem *problem,
				     struct error *err)
{
	(void)arg;
	return error_set(err, ERROR_TAMPERED, "entries %llu to %llu of the log: %s (%s)",
			 (unsigned long long)problem->from, (unsigned long long)problem->to,
			 problem->what, problem->file[0] ? problem->file : "the vault");
}

static inline bool verify_log(struct store *store, struct error *err)
{
	const struct segment_watch watch = {.problem = verify_log_refuse};

	return segment_check(store, &watch, err);
}

#endif
