/* SPDX-License-Identifier: MIT */
#include "tests/fault/without_put.h"

/* The commit that the old key of a rotation was switched off. */
bool put_is_out(const struct rotation_record *rotation)
{
	return rotation->step == ROTATION_OFF;
}
