/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_CHECK_H
#define CV_TESTS_FAULT_CHECK_H

#include "tests/fault/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/**
 * The quick form of a part: no bad point, and not nothing. How many points the whole has, about.
 */
static inline uint64_t part_holds(const char *name)
{
	const struct part *part = part_named(name);
	struct report report;
	struct choice choice;

	assert_non_null(part);
	choice = choice_quick(part);
	part_run(part, &choice, &report);
	print_message("%s: %llu points\n", name, (unsigned long long)report.points);
	if (report.bad > 0)
		fail_msg("%llu of %llu: %s", (unsigned long long)report.bad,
			 (unsigned long long)report.points, report.first[0]);
	assert_true(report.points > 0);
	return report.points * choice.stride;
}

#endif
