/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_record.h"
#include "vault/seal/record/rotation_record.h"

FUZZ_RECORD(record_rotation, TABLE_ROTATION, rotation_record, rotation_record_init,
	    rotation_record_clear)
