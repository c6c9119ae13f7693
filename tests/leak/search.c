/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * leak_search SECRETS FILE…: looks in files for every window of 8 bytes of every secret, as it is,
 * in hex, in base64 and in UTF-16. SECRETS has a line "NAME HEX" for each. Prints a line
 * "FILE<tab>NAME<tab>ENCODING<tab>PLACES" for what was found, and nothing otherwise.
 *
 * Whole secrets would not do: a freed piece of memory loses its first bytes to the allocator.
 */

enum {
	WINDOW = 8,
	NEEDLE_MAX = 20,
	SECRETS_MAX = 512,
	SECRET_BYTES_MAX = 4096,
	SHORT = 6, /* a code of digits is no longer than that */
	FILTER_BITS = 22
};

enum encoding { RAW, HEX, HEX_UPPER, BASE64, BASE64_URL, UTF16, UTF16_BIG, ENCODINGS };
static const char *const names[ENCODINGS] = {"raw",	  "hex",    "HEX",     "base64",
					     "base64url", "utf-16", "utf-16be"};

struct secret {
	char name[64];
	unsigned char bytes[SECRET_BYTES_MAX];
	size_t len;
};

struct needle {
	unsigned char bytes[NEEDLE_MAX];
	unsigned char len;
	unsigned char encoding;
	unsigned short secret;
};

static struct secret secrets[SECRETS_MAX];
static size_t secrets_count;
static struct needle *needles;
static size_t needles_count, needles_room;
static unsigned char filter[(1 << FILTER_BITS) / 8];
static size_t found[SECRETS_MAX][ENCODINGS];

static uint64_t head(const unsigned char *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static size_t slot(uint64_t value)
{
	return (size_t)((value * 0x9e3779b97f4a7c15U) >> (64 - FILTER_BITS));
}

static void add(size_t secret, enum encoding encoding, const unsigned char *bytes, size_t len)
{
	struct needle *needle;

	if (needles_count == needles_room) {
		needles_room = needles_room ? 2 * needles_room : 4096;
		needles = realloc(needles, needles_room * sizeof(*needles));
		if (!needles)
			_exit(1);
	}
	needle = &needles[needles_count++];
	memset(needle, 0, sizeof(*needle));
	memcpy(needle->bytes, bytes, len);
	needle->len = (unsigned char)len;
	needle->encoding = (unsigned char)encoding;
	needle->secret = (unsigned short)secret;
	filter[slot(head(bytes)) / 8] |= (unsigned char)(1 << slot(head(bytes)) % 8);
}

/* The ten characters that base64 makes of a window alone, for each place it may have in a group. */
static void add_base64(size_t secret, const unsigned char *window, enum encoding encoding)
{
	static const char *const alphabets[] = {
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};
	const char *alphabet = alphabets[encoding == BASE64_URL];

	for (unsigned int skip = 0; skip < 6; skip += 2) {
		unsigned char text[10];

		for (unsigned int i = 0; i < 10; i++) {
			unsigned int bit = skip + 6 * i, byte = bit / 8;
			unsigned int pair = (unsigned int)window[byte] << 8 |
					    (byte + 1 < WINDOW ? window[byte + 1] : 0U);

			if (bit + 6 > 8 * WINDOW)
				return;
			text[i] = (unsigned char)alphabet[pair >> (10 - bit % 8) & 63];
		}
		add(secret, encoding, text, sizeof(text));
	}
}

static void add_window(size_t secret, const unsigned char *window)
{
	unsigned char text[2 * WINDOW + 1], wide[2 * WINDOW];

	add(secret, RAW, window, WINDOW);
	for (size_t i = 0; i < WINDOW; i++)
		(void)snprintf((char *)text + 2 * i, 3, "%02x", window[i]);
	add(secret, HEX, text, 2 * WINDOW);
	for (size_t i = 0; i < WINDOW; i++)
		(void)snprintf((char *)text + 2 * i, 3, "%02X", window[i]);
	add(secret, HEX_UPPER, text, 2 * WINDOW);
	add_base64(secret, window, BASE64);
	add_base64(secret, window, BASE64_URL);
	memset(wide, 0, sizeof(wide));
	for (size_t i = 0; i < WINDOW; i++)
		wide[2 * i] = window[i];
	add(secret, UTF16, wide, sizeof(wide));
	memset(wide, 0, sizeof(wide));
	for (size_t i = 0; i < WINDOW; i++)
		wide[2 * i + 1] = window[i];
	add(secret, UTF16_BIG, wide, sizeof(wide));
}

static int compare(const void *a, const void *b)
{
	uint64_t x = head(((const struct needle *)a)->bytes);
	uint64_t y = head(((const struct needle *)b)->bytes);

	return x < y ? -1 : x > y;
}

static void look_up(const unsigned char *p, size_t left)
{
	uint64_t value = head(p);
	size_t low = 0, high = needles_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (head(needles[middle].bytes) < value)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < needles_count && head(needles[low].bytes) == value; low++) {
		const struct needle *n = &needles[low];

		if (n->len <= left && memcmp(n->bytes, p, n->len) == 0)
			found[n->secret][n->encoding]++;
	}
}

static bool is_digit(const unsigned char *p)
{
	return *p >= '0' && *p <= '9';
}

/* A code of six digits that is no part of a longer number. */
static void look_for_short(size_t secret, const unsigned char *data, size_t size)
{
	const unsigned char *p = data, *end = data + size;

	while ((p = memmem(p, (size_t)(end - p), secrets[secret].bytes, SHORT)) != NULL) {
		if ((p == data || !is_digit(p - 1)) && (p + SHORT == end || !is_digit(p + SHORT)))
			found[secret][RAW]++;
		p++;
	}
}

static void search(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const unsigned char *data;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		goto out;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		_exit(1);
	memset(found, 0, sizeof(found));
	for (size_t i = 0; i + WINDOW <= (size_t)st.st_size; i++) {
		size_t at = slot(head(data + i));

		if (filter[at / 8] & 1 << at % 8)
			look_up(data + i, (size_t)st.st_size - i);
	}
	for (size_t i = 0; i < secrets_count; i++) {
		if (secrets[i].len == SHORT)
			look_for_short(i, data, (size_t)st.st_size);
		for (size_t e = 0; e < ENCODINGS; e++) {
			if (found[i][e])
				printf("%s\t%s\t%s\t%zu\n", path, secrets[i].name, names[e],
				       found[i][e]);
		}
	}
	(void)munmap((void *)(uintptr_t)data, (size_t)st.st_size);
out:
	if (fd >= 0)
		(void)close(fd);
}

static void read_secrets(const char *path)
{
	static char hex[2 * SECRET_BYTES_MAX + 1];
	FILE *in = fopen(path, "re");
	struct secret *s = secrets;

	while (in && secrets_count < SECRETS_MAX && fscanf(in, "%63s %8192s", s->name, hex) == 2) {
		unsigned int byte;

		for (const char *p = hex; sscanf(p, "%2x", &byte) == 1; p += 2)
			s->bytes[s->len++] = (unsigned char)byte;
		for (size_t i = 0; i + WINDOW <= s->len; i++)
			add_window(secrets_count, s->bytes + i);
		secrets_count++;
		s++;
	}
	if (!in || !feof(in) || secrets_count == 0)
		_exit(2);
	(void)fclose(in);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	read_secrets(argv[1]);
	qsort(needles, needles_count, sizeof(*needles), compare);
	for (int i = 2; i < argc; i++)
		search(argv[i]);
	return fflush(stdout) == 0 ? 0 : 1;
}
