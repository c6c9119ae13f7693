/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/format/ini.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Whatever the bytes: an error or a file that can be asked, and never both. */
void fuzz_ini(const uint8_t *data, size_t size)
{
	enum ini_flavour flavour = size && (data[0] & 1) ? INI_CREDENTIALS : INI_CONFIG;
	struct error err = ERROR_INIT;
	struct ini ini;

	if (size == 0)
		return;
	if (!ini_parse("f", flavour, (const char *)data + 1, size - 1, &ini, &err)) {
		if (err.code == ERROR_NONE || ini.count != 0 || ini.sections)
			abort();
		return;
	}
	for (size_t i = 0; i < ini.count; i++) {
		const struct ini_section *section = &ini.sections[i];
		char nested[64];

		for (size_t j = 0; j < section->count; j++) {
			const struct ini_entry *entry = &section->entries[j];

			/* A hidden [default] and the lines that are nobody's do not answer. */
			if (!ini_get(&ini, section->kind, section->name, entry->key, NULL) &&
			    section->kind != INI_DEFAULT && !section->unread)
				abort();
			(void)ini_nested(entry->value, entry->key, nested, sizeof(nested));
		}
	}
	ini_clear(&ini);
}
