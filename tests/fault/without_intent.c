/* SPDX-License-Identifier: MIT */
#include "tests/fault/without_put.h"

/* The commit of a rotation's intent, before a key is asked for. */
bool put_is_out(const struct rotation_record *rotation)
{
	return rotation->step == ROTATION_INTENDED;
}
