/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/aws/endpoint.h"

#include <stdlib.h>
#include <string.h>

/* Lines: a region, a URL. What is accepted is https, or loopback, and allows itself alone. */
void fuzz_endpoint(const uint8_t *data, size_t size)
{
	char *region = fuzz_line(&data, &size), *url = fuzz_line(&data, &size);
	char host[ENDPOINT_HOST_BYTES];
	struct error err = ERROR_INIT;
	enum endpoint_class kind;
	struct endpoint made;

	if (endpoint_make("sts", region, url, &made, &err)) {
		FUZZ_HOLDS(made.tls || made.kind == ENDPOINT_LOOPBACK);
		FUZZ_HOLDS(strncmp(made.url, made.tls ? "https://" : "http://", made.tls ? 8 : 7) ==
			   0);
		FUZZ_HOLDS(made.path[0] == '/' && !strpbrk(made.url, "?#\r\n "));
		FUZZ_HOLDS(!strchr(made.host, '@') && made.host[0]);
		FUZZ_HOLDS(endpoint_class_name(made.kind)[0]);
	}
	if (endpoint_classify(url, &kind, host, &err)) {
		FUZZ_HOLDS(strlen(host) < sizeof(host));
		FUZZ_HOLDS(!endpoint_make("iam", region, url, &made, &err) || made.kind != kind ||
			   endpoint_allows(kind, host, &made));
	}
	free(region);
	free(url);
}
