/* SPDX-License-Identifier: MIT */
/* Under clang's libFuzzer: the target is the one that CREDVAULT_FUZZ names. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_target *target;

	if (!target) {
		const char *name = getenv("CREDVAULT_FUZZ");

		target = name ? fuzz_find(name) : NULL;
		FUZZ_HOLDS(target);
		fuzz_open();
	}
	target->run(data, size);
	return 0;
}
