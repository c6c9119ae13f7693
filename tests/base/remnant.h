/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_BASE_REMNANT_H
#define CV_TESTS_BASE_REMNANT_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/**
 * Looks for a pattern in this process's own writable memory, freed or not. The pattern exists only
 * where remnant_write() put it (and where the code under test copied it): it is computed, never
 * stored.
 */

enum { REMNANT_BYTES = 48, REMNANT_CHUNK = 65536 };

static inline unsigned char remnant_byte(size_t i)
{
	return (unsigned char)((i * 89 + 23) ^ (i << 3) ^ 0xa5);
}

/** Writes the pattern there. */
static inline void remnant_write(void *at)
{
	volatile unsigned char *out = at;

	for (size_t i = 0; i < REMNANT_BYTES; i++)
		out[i] = remnant_byte(i);
}

static inline size_t remnant_in(const unsigned char *chunk, size_t len)
{
	size_t found = 0;

	for (size_t i = 0; i + REMNANT_BYTES <= len; i++) {
		size_t n = 0;

		while (n < REMNANT_BYTES && chunk[i + n] == remnant_byte(n))
			n++;
		found += n == REMNANT_BYTES;
	}
	return found;
}

/** How often the pattern is in memory now. */
static inline size_t remnant_count(void)
{
	static unsigned char chunk[REMNANT_CHUNK];
	FILE *maps = fopen("/proc/self/maps", "re");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	size_t found = 0;
	char line[512];

	while (maps && mem >= 0 && fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		char flags[8];

		/* What is enormous is a sanitizer's shadow. */
		if (sscanf(line, "%lx-%lx %7s", &from, &to, flags) != 3 ||
		    strncmp(flags, "rw", 2) != 0 || to - from > 268435456)
			continue;
		while (from < to) {
			uintptr_t own = (uintptr_t)chunk;
			size_t want = to - from < sizeof(chunk) ? to - from : sizeof(chunk);
			ssize_t n;

			if (from < own + sizeof(chunk) && from + want > own) {
				/* The window itself holds what was read last. */
				if (from + REMNANT_BYTES >= own) {
					from = own + sizeof(chunk);
					continue;
				}
				want = own - from;
			}
			n = pread(mem, chunk, want, (off_t)from);
			if (n <= 0)
				break;
			found += remnant_in(chunk, (size_t)n);
			if ((size_t)n <= REMNANT_BYTES)
				break;
			from += (size_t)n == want && from + want < to ? want - REMNANT_BYTES + 1
								      : (size_t)n;
			memset(chunk, 0, sizeof(chunk));
		}
	}
	if (maps)
		(void)fclose(maps);
	if (mem >= 0)
		(void)close(mem);
	return found;
}

#endif
