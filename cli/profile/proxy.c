/* SPDX-License-Identifier: MIT */
#include "cli/profile/proxy.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool takes_in(const char *entry, size_t len, const char *host)
{
	size_t n = strlen(host);
	const char *colon;

	if (len == 1 && entry[0] == '*')
		return true;
	if (len > 2 && entry[0] == '*' && entry[1] == '.') {
		entry++;
		len--;
	}
	if (len > 0 && entry[0] == '.') {
		entry++;
		len--;
	}
	/* More than one colon is an address of IPv6, which has no port here. */
	colon = memchr(entry, ':', len);
	if (colon && !memchr(colon + 1, ':', len - (size_t)(colon - entry) - 1))
		len = (size_t)(colon - entry);
	if (len == 0 || len > n || strncasecmp(host + n - len, entry, len) != 0)
		return false;
	return len == n || host[n - len - 1] == '.';
}

bool proxy_excludes(const char *hosts, const char *host)
{
	static const char separators[] = ", \t";

	for (;;) {
		size_t len;

		hosts += strspn(hosts, separators);
		if (!*hosts)
			return false;
		len = strcspn(hosts, separators);
		if (takes_in(hosts, len, host))
			return true;
		hosts += len;
	}
}

bool proxy_host(const char *url, char *out, unsigned long size)
{
	const char *at = strstr(url, "://"), *user;
	size_t len;

	at = at ? at + 3 : url;
	user = memchr(at, '@', strcspn(at, "/?#"));
	at = user ? user + 1 : at;
	if (*at == '[') {
		at++;
		len = strcspn(at, "]");
	} else {
		len = strcspn(at, ":/?#");
	}
	if (len == 0 || len >= size)
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

bool proxy_url(const char *text, char *out, unsigned long size)
{
	const char *at = strstr(text, "://"), *scheme = at ? "" : "http://", *host, *port;
	size_t len;
	int n;

	at = at ? at + 3 : text;
	len = strcspn(at, "/?#");
	host = memchr(at, '@', len);
	host = host ? host + 1 : at;
	port = memchr(host, ']', len - (size_t)(host - at));
	port = port ? port + 1 : host;
	if (memchr(port, ':', len - (size_t)(port - at)))
		port = "";
	else
		port = strncmp(text, "https://", 8) == 0 ? ":443" : ":80";
	n = snprintf(out, size, "%s%.*s%s", scheme, (int)(len + (size_t)(at - text)), text, port);
	return n >= 0 && (unsigned long)n < size;
}

bool proxy_is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	       strcasecmp(host, "localhost") == 0;
}
