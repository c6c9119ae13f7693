/* SPDX-License-Identifier: MIT */
#include "vault/base/text.h"

#include "vault/base/letter.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The ASCII characters allowed in a name, except the blank. */
static const char name_ascii[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				 "_.@+/:%-";

/*
 * Bytes of the UTF-8 sequence at text (1 to 4) and its code point; 0 when the bytes are no valid
 * sequence.
 */
static size_t sequence_read(const unsigned char *text, size_t len, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n;

	*point = text[0];
	if (text[0] < 0x80)
		return 1;
	n = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : text[0] >= 0xc0 ? 2 : 0;
	if (n == 0 || n > len || text[0] >= 0xf8)
		return 0;
	*point = text[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (text[i] & 0x3fU);
	}
	if (*point < least[n] || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000))
		return 0;
	return n;
}

bool text_is_name(const char *text)
{
	size_t len = strnlen(text, TEXT_NAME_MAX + 1);

	if (len == 0 || len > TEXT_NAME_MAX || text[0] == ' ' || text[len - 1] == ' ')
		return false;
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t point;

		n = sequence_read((const unsigned char *)text + i, len - i, &point);
		if (n == 0 || (point == ' ' && text[i + 1] == ' ') ||
		    (point < 0x80 && point != ' ' && !strchr(name_ascii, text[i])) ||
		    (point >= 0x80 && !letter_is(point)))
			return false;
	}
	return true;
}

bool text_check_name(const char *what, const char *text, struct error *err)
{
	char shown[64];

	if (text_is_name(text))
		return true;
	text_escape_into(text, shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "not a %s: \"%s\"", what, shown);
	return error_detail(err,
			    "A %s is 1 to %d bytes: letters, digits, _.@+/:%%- and single blanks "
			    "inside.",
			    what, TEXT_NAME_MAX);
}

const char *text_word(const char *name, char room[static TEXT_WORD_BYTES])
{
	if (!strchr(name, ' ') || !text_is_name(name))
		return name;
	(void)snprintf(room, TEXT_WORD_BYTES, "'%s'", name);
	return room;
}

bool text_parse_u64(const char *what, const char *text, uint64_t lowest, uint64_t highest,
		    uint64_t *number, struct error *err)
{
	char shown[64];
	uint64_t n = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9' && i < 19; i++)
		n = n * 10 + (uint64_t)(text[i] - '0');
	if (i > 0 && text[i] == '\0' && n >= lowest && n <= highest) {
		*number = n;
		return true;
	}
	text_escape_into(text, shown, sizeof(shown));
	return error_set(err, ERROR_USAGE, "%s takes a number from %llu to %llu, not \"%s\"", what,
			 (unsigned long long)lowest, (unsigned long long)highest, shown);
}

/* Parses a number with a unit from a table; 0 when the text is no such number. */
static uint64_t number_with_unit(const char *text, const char *const units[],
				 const uint64_t factors[], size_t count)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9' && i < 10; i++)
		n = n * 10 + (uint64_t)(text[i] - '0');
	if (i == 0)
		return 0;
	for (size_t u = 0; u < count; u++) {
		if (strcmp(text + i, units[u]) == 0)
			return n * factors[u];
	}
	return 0;
}

bool text_parse_duration(const char *text, int64_t *seconds, struct error *err)
{
	static const uint64_t factors[] = {86400, 3600, 60, 1};
	static const char units[] = "dhms";
	const char *at = text, *unit = units;
	uint64_t sum = 0;
	char shown[64];

	/* Units get smaller from part to part, so that none comes twice. */
	while (*at && *unit && sum <= UINT64_C(3650) * 86400) {
		uint64_t n = 0;
		size_t digits;

		for (digits = 0; at[digits] >= '0' && at[digits] <= '9' && digits < 10; digits++)
			n = n * 10 + (uint64_t)(at[digits] - '0');
		at += digits;
		unit = *at ? strchr(unit, *at) : NULL;
		if (digits == 0 || !unit)
			break;
		sum += n * factors[unit++ - units];
		at++;
	}
	if (unit && !*at && sum > 0 && sum <= UINT64_C(3650) * 86400) {
		*seconds = (int64_t)sum;
		return true;
	}
	text_escape_into(text, shown, sizeof(shown));
	return error_set(err, ERROR_USAGE, "not a duration: \"%s\" (15m 1h30m 90d)", shown);
}

void text_format_duration(int64_t seconds, char out[static TEXT_DURATION_BYTES])
{
	long long s = seconds < 0 ? 0 : seconds;

	if (s < 60)
		(void)snprintf(out, TEXT_DURATION_BYTES, "%llds", s);
	else if (s < 3600)
		(void)snprintf(out, TEXT_DURATION_BYTES, "%lldm", s / 60);
	else if (s < 172800 && s / 60 % 60 == 0)
		(void)snprintf(out, TEXT_DURATION_BYTES, "%lldh", s / 3600);
	else if (s < 172800)
		(void)snprintf(out, TEXT_DURATION_BYTES, "%lldh%02lldm", s / 3600, s / 60 % 60);
	else
		(void)snprintf(out, TEXT_DURATION_BYTES, "%lldd", s / 86400);
}

void text_exact_duration(int64_t seconds, char out[static TEXT_DURATION_BYTES])
{
	long long s = seconds < 0 ? 0 : seconds;

	if (s >= 172800 && s % 86400 == 0)
		(void)snprintf(out, TEXT_DURATION_BYTES, "%lldd", s / 86400);
	else if (s && s % 3600 == 0)
		(void)snprintf(out, TEXT_DURATION_BYTES, "%lldh", s / 3600);
	else if (s && s % 60 == 0)
		(void)snprintf(out, TEXT_DURATION_BYTES, "%lldm", s / 60);
	else
		(void)snprintf(out, TEXT_DURATION_BYTES, "%llds", s);
}

bool text_parse_bytes(const char *text, uint64_t *bytes, struct error *err)
{
	static const char *const units[] = {"", "KiB", "MiB", "GiB"};
	static const uint64_t factors[] = {1, 1024, 1024 * 1024, 1024 * 1024 * 1024};
	uint64_t n = number_with_unit(text, units, factors, 4);
	char shown[64];

	if (n > 0) {
		*bytes = n;
		return true;
	}
	text_escape_into(text, shown, sizeof(shown));
	return error_set(err, ERROR_USAGE, "not a size: \"%s\" (256MiB 1GiB)", shown);
}

/* Bytes of the UTF-8 sequence at text; 0 when it is invalid or must not reach a terminal. */
static size_t printable_sequence(const unsigned char *text, size_t len)
{
	uint32_t point;
	size_t n = sequence_read(text, len, &point);

	/* A terminal shows the fillers of Hangul as blanks or as nothing. */
	if (point == 0x115f || point == 0x1160 || point == 0x3164 || point == 0xffa0)
		return 0;
	if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x61c ||
	    (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
	    (point >= 0x2060 && point <= 0x2069) || point == 0xfeff ||
	    (point >= 0xfff9 && point <= 0xfffb) || point >= 0xe0000)
		return 0;
	return n;
}

bool text_escape(const char *text, size_t len, struct buf *out, struct error *err)
{
	size_t i = 0;

	while (i < len) {
		size_t n = printable_sequence((const unsigned char *)text + i, len - i);

		if (n > 0 ? !buf_append(out, text + i, n, err)
			  : !buf_printf(out, err, "\\x%02x", (unsigned char)text[i]))
			return false;
		i += n ? n : 1;
	}
	return true;
}

void text_escape_into(const char *text, char *out, size_t size)
{
	size_t len = strlen(text), used = 0;

	for (size_t i = 0; i < len;) {
		size_t n = printable_sequence((const unsigned char *)text + i, len - i);

		if (used + (n ? n : 4) >= size)
			break;
		if (n)
			memcpy(out + used, text + i, n);
		else
			(void)snprintf(out + used, size - used, "\\x%02x", (unsigned char)text[i]);
		used += n ? n : 4;
		i += n ? n : 1;
	}
	out[used] = '\0';
}

/* The letters of East Asia that a terminal draws two columns wide. */
static bool is_wide(uint32_t point)
{
	return (point >= 0x2e80 && point < 0xa4d0) || (point >= 0xac00 && point < 0xd7a4) ||
	       (point >= 0xf900 && point < 0xfb00) || (point >= 0xff01 && point < 0xff61) ||
	       (point >= 0x20000 && point < 0x40000);
}

size_t text_width(const char *text)
{
	size_t n = 0;

	for (uint32_t point; *text; text++) {
		if (((unsigned char)*text & 0xc0) == 0x80)
			continue;
		n++;
		if (sequence_read((const unsigned char *)text, strlen(text), &point))
			n += is_wide(point);
	}
	return n;
}

void text_format_time(int64_t unix_seconds, char out[static TEXT_TIME_BYTES])
{
	static const int64_t end_of_9999 = INT64_C(253402300799);
	unsigned int days, secs, era, of_era, year, of_year, march, month, day;

	out[0] = '\0';
	if (unix_seconds < 0 || unix_seconds > end_of_9999)
		return;
	days = (unsigned int)(unix_seconds / 86400);
	secs = (unsigned int)(unix_seconds % 86400);
	/*
	 * Years that begin on 1 March end with the leap day, so that month lengths follow one rule:
	 * 153 days every five months. An era is the 146097 days in which the Gregorian calendar
	 * repeats.
	 */
	days += 719468;
	era = days / 146097;
	of_era = days % 146097;
	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	march = (5 * of_year + 2) / 153;
	day = of_year - (153 * march + 2) / 5 + 1;
	month = march < 10 ? march + 3 : march - 9;
	year += era * 400 + (month <= 2);
	(void)snprintf(out, TEXT_TIME_BYTES, "%04u-%02u-%02uT%02u:%02u:%02uZ", year % 10000,
		       month % 100, day % 100, secs / 3600 % 100, secs / 60 % 60, secs % 60);
}

void text_hex(const unsigned char *data, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * n] = '\0';
}

bool text_unhex(const char *text, unsigned char *out, size_t n)
{
	for (size_t i = 0; i < 2 * n; i++) {
		unsigned int c = (unsigned char)text[i];
		/* Arithmetic instead of a table: no memory access depends on a secret digit. */
		unsigned int digit = c - '0', lower = (c | 0x20) - 'a';
		unsigned int value;

		if (digit < 10)
			value = digit;
		else if (lower < 6)
			value = lower + 10;
		else
			return false;
		out[i / 2] = (unsigned char)(i % 2 ? out[i / 2] | value : value << 4);
	}
	return text[2 * n] == '\0';
}

void text_append(char *out, size_t size, const char *fmt, ...)
{
	size_t used = strlen(out);
	va_list list;

	va_start(list, fmt);
	(void)vsnprintf(out + used, size - used, fmt, list);
	va_end(list);
}

bool text_has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; at && *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && memcmp(at, word, len) == 0)
			return true;
		at += n;
	}
	return false;
}
