/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "cli/profile/key_csv.h"

/* A CSV file of somebody else: each key that is offered has a good name, id and secret. */
void fuzz_key_csv(const uint8_t *data, size_t size)
{
	struct found_keys keys = {.items = NULL};
	struct error err = ERROR_INIT;

	if (key_csv_read("dev_accessKeys.csv", (const char *)data, size, &keys, &err) &&
	    found_keys_judge(&keys, &err)) {
		for (size_t i = 0; i < keys.count; i++) {
			const struct found_key *item = &keys.items[i];

			if (item->skip[0])
				continue;
			FUZZ_HOLDS(
			    arn_is_secret_access_key(buf_text(&item->secret), item->secret.len));
			FUZZ_HOLDS(text_is_name(item->attributes.name));
			FUZZ_HOLDS(arn_is_access_key_id(item->attributes.access_key_id));
		}
	}
	found_keys_clear(&keys);
}
