/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_record.h"
#include "vault/seal/record/usage.h"

FUZZ_RECORD(record_usage, TABLE_USAGE, usage, record_none, record_none)
