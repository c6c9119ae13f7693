/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_SUPPORT_SKIP_H
#define CV_TESTS_SUPPORT_SKIP_H

/**
 * Skips a test of cmocka's, and says why: `./dev test` prints the reason beside its name.
 */
#define skip_because(reason_) (print_message("          skipped, %s\n", reason_), skip())

#endif
