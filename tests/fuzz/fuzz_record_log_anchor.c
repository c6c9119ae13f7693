/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_record.h"
#include "vault/seal/record/log_anchor.h"

FUZZ_RECORD(record_log_anchor, TABLE_ANCHOR, log_anchor, record_none, record_none)
