/* SPDX-License-Identifier: MIT */
#include "cli/ui/ascii.h"

#include <stdlib.h>
#include <string.h>

bool ascii_is_wanted(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *locale = getenv(variables[i]);

		if (locale && *locale)
			return !strcasestr(locale, "UTF-8") && !strcasestr(locale, "UTF8");
	}
	return true;
}

void ascii_replace(char *text, size_t len)
{
	static const char *const signs[][2] = {{"…", "..."}, {"→", "-->"}};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t sign = strlen(signs[i][0]);
		char *at = text;

		while ((at = memmem(at, len - (size_t)(at - text), signs[i][0], sign)))
			memcpy(at, signs[i][1], sign);
	}
}
