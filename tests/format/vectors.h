/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FORMAT_VECTORS_H
#define CV_TESTS_FORMAT_VECTORS_H

#include "vault/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/**
 * Public conformance data, read where it lies: CREDVAULT_VECTORS, or ../shared/vectors seen from
 * the source tree. A test that does not find it skips, and says so.
 */

/** The path of a part of the data in out; skips the test when it is not there. */
static inline void vectors_need(const char *part, char out[static 512])
{
	const char *root = getenv("CREDVAULT_VECTORS");
	struct stat st;

	(void)snprintf(out, 512, "%s/%s", root && *root ? root : "../shared/vectors", part);
	if (stat(out, &st) == 0)
		return;
	print_message("          skipped, no %s: set CREDVAULT_VECTORS\n", out);
	skip();
}

/** Reads root/name/file whole; fails the test when it cannot. The caller clears it. */
static inline void vectors_read(const char *root, const char *name, const char *file,
				struct buf *out)
{
	struct error err = ERROR_INIT;
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", root, name, file);
	if (!file_read(path, 4194304, out, &err))
		fail_msg("%s", err.message);
}

#endif
