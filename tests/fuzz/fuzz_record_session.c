/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz_record.h"
#include "vault/seal/record/session_record.h"

FUZZ_RECORD(record_session, TABLE_SESSION, session_record, session_record_init,
	    session_record_clear)
