/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_LEAK_DUMP_H
#define CV_TESTS_LEAK_DUMP_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * Copies of what a process holds, for the search that comes later, when every secret is known. A
 * file's name is its label: DIRECTORY/LABEL.PART. Needs root: the programs are not dumpable.
 */

/** Creates DIRECTORY/LABEL.PART, or opens it to append; -1 when it cannot. */
int dump_open(const char *directory, const char *label, const char *part);

/**
 * Writes the memory that may hold anything of the process's own, but for pages of zeros:
 * LABEL.arena is what is wiped in forked children (the guarded arena), LABEL.rest everything else
 * that is private and readable. LABEL.words is its command line and its environment. False when the
 * process cannot be read.
 */
bool dump_process(pid_t pid, const char *directory, const char *label);

#endif
