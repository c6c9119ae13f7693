/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "cli/profile/credentials_file.h"

#include "vault/base/secret.h"

#include <string.h>

/* A credentials file of somebody else: each key that is offered has a good name, id and secret. */
void fuzz_credentials_file(const uint8_t *data, size_t size)
{
	static struct aws_config config;
	struct found_keys source = {.config = &config};
	struct ini file = INI_EMPTY;
	struct error err = ERROR_INIT;

	if (ini_parse("c", INI_CREDENTIALS, (const char *)data, size, &file, &err) &&
	    ini_parse("f", INI_CONFIG, (const char *)data, size, &config.ini, &err) &&
	    credentials_file_read(&file, &source, &err) && found_keys_judge(&source, &err)) {
		for (size_t i = 0; i < source.count; i++) {
			const struct found_key *item = &source.items[i];

			if (item->skip[0])
				continue;
			FUZZ_HOLDS(
			    arn_is_secret_access_key(buf_text(&item->secret), item->secret.len));
			FUZZ_HOLDS(text_is_name(item->attributes.name));
			FUZZ_HOLDS(arn_is_access_key_id(item->attributes.access_key_id));
		}
		FUZZ_HOLDS(found_keys_wanted(&source) <= source.count);
	}
	found_keys_clear(&source);
	ini_clear(&config.ini);
	ini_clear(&file);
}
