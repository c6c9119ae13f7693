/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/audit/entry.h"

#include <string.h>

/* An entry of the log behind its seal: refused, or read, and then written the same for ever. */
void fuzz_audit_entry(const uint8_t *data, size_t size)
{
	struct buf once = BUF_INIT(16384), twice = BUF_INIT(16384);
	struct error err = ERROR_INIT;
	struct audit_entry entry;

	if (audit_entry_decode(data, size, &entry, &err)) {
		FUZZ_HOLDS(audit_entry_encode(&entry, &once, &err));
		FUZZ_HOLDS(audit_entry_decode(once.data, once.len, &entry, &err));
		FUZZ_HOLDS(audit_entry_encode(&entry, &twice, &err));
		FUZZ_HOLDS(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
	}
	buf_clear(&once);
	buf_clear(&twice);
}
