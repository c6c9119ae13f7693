/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_ROTATION_H
#define CV_TESTS_FAULT_ROTATION_H

#include "tests/fault/report.h"

/**
 * Rotations of every kind (rotation_scenario.h), with something going wrong, finished by whoever
 * comes back.
 */

/**
 * Every call of AWS, of a hook, for a code, in every way it can fail, once and for as long as it
 * takes.
 */
void rotation_calls_go(struct run *run);

/** Two of them: one in the first run, one in the run that resumes. */
void rotation_twice_go(struct run *run);

/** Every call that changes the disk, in every way it can fail. */
void rotation_disk_go(struct run *run);

/** The disk fails for good about the creation, and the new key cannot be deleted either. */
void rotation_both_go(struct run *run);

/** Power cuts at every moment of a whole rotation, with AWS as it was at that moment. */
void rotation_power_go(struct run *run);

/** The same about a key that could be neither stored nor deleted, and is in the recovery file. */
void rotation_aside_go(struct run *run);

#endif
