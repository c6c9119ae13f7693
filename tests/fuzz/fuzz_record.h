/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FUZZ_FUZZ_RECORD_H
#define CV_TESTS_FUZZ_FUZZ_RECORD_H

#include "tests/fuzz/fuzz.h"

#include <string.h>

/** What stands between begin and end of a target of records: nothing to make, nothing to free. */
static inline void record_none(void *record)
{
	(void)record;
}

/**
 * Defines the target of one kind of record, which comes sealed well, from somebody who has the key:
 * it is refused, or it is read, and then it is written the same for ever.
 */
#define FUZZ_RECORD(target_, table_, noun_, init_, clear_)                              \
	void fuzz_##target_(const uint8_t *data, size_t size)                           \
	{                                                                               \
		struct buf plain, once = BUF_INIT(RECORD_PLAIN_MAX + 1);                \
		struct buf twice = BUF_INIT(RECORD_PLAIN_MAX + 1);                      \
		struct error err = ERROR_INIT;                                          \
		struct noun_ record = {0};                                              \
                                                                                        \
		init_(&record);                                                         \
		if (fuzz_reseal(table_, data, size, &plain) &&                          \
		    noun_##_decode(plain.data, plain.len, &record, &err)) {             \
			FUZZ_HOLDS(noun_##_encode(&record, &once, &err));               \
			clear_(&record);                                                \
			init_(&record);                                                 \
			FUZZ_HOLDS(noun_##_decode(once.data, once.len, &record, &err)); \
			FUZZ_HOLDS(noun_##_encode(&record, &twice, &err));              \
			FUZZ_HOLDS(once.len == twice.len &&                             \
				   memcmp(once.data, twice.data, once.len) == 0);       \
		}                                                                       \
		clear_(&record);                                                        \
		buf_clear(&plain);                                                      \
		buf_clear(&once);                                                       \
		buf_clear(&twice);                                                      \
	}

#endif
