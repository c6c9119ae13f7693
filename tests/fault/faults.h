/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_FAULTS_H
#define CV_TESTS_FAULT_FAULTS_H

#include "tests/fault/report.h"

/**
 * Every call with which an operation changes the disk, times every way in which it can go wrong:
 * the process dies before or after it, half a write reaches the file, the call fails once, or fails
 * from then on. Each point is a process of its own.
 */
void faults_go(struct run *run);

/**
 * The power cut: what an operation wrote is recorded with its flushes; for each moment, files are
 * made in which what was not flushed is there, not there, or there in part, down to sectors of 512
 * bytes.
 */
void power_go(struct run *run);

#endif
