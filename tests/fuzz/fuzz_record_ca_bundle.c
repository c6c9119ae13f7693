/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_record.h"
#include "vault/seal/record/ca_bundle.h"

FUZZ_RECORD(record_ca_bundle, TABLE_CA_BUNDLE, ca_bundle, record_none, ca_bundle_clear)
