/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_record.h"
#include "vault/seal/record/mfa_step.h"

FUZZ_RECORD(record_mfa_step, TABLE_MFA, mfa_step, record_none, record_none)
