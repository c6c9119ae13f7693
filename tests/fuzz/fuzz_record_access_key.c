/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_record.h"
#include "vault/seal/record/access_key.h"

FUZZ_RECORD(record_access_key, TABLE_KEY, access_key, access_key_init, access_key_clear)
