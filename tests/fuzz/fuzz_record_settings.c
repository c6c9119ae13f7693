/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_record.h"
#include "vault/seal/record/settings.h"

FUZZ_RECORD(record_settings, TABLE_SETTINGS, settings, settings_init, record_none)
