/* SPDX-License-Identifier: MIT */
#include "tests/fault/without_put.h"

/* The commit that a hook has taken the new key. */
bool put_is_out(const struct rotation_record *rotation)
{
	return rotation->step == ROTATION_PROVED && rotation->hooks_done != 0;
}
