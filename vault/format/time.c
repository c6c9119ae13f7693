/* SPDX-License-Identifier: MIT */
#include "vault/format/time.h"

#include "vault/base/text.h"

#include <stdio.h>
#include <string.h>

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char days[] = "SunMonTueWedThuFriSat";

static const int64_t latest = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */

/* Reads exactly n digits at *p and moves past them; -1 when there are fewer. */
static int take_digits(const char **p, int n)
{
	int number = 0;

	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		number = number * 10 + (**p - '0');
	}
	return number;
}

static bool take(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* Reads `hh:mm:ss` or `hhmmss`. */
static bool take_clock(const char **p, bool colons, int *h, int *m, int *s)
{
	*h = take_digits(p, 2);
	if (*h < 0 || (colons && !take(p, ':')))
		return false;
	*m = take_digits(p, 2);
	if (*m < 0 || (colons && !take(p, ':')))
		return false;
	*s = take_digits(p, 2);
	return *h <= 23 && *m <= 59 && *s >= 0 && *s <= 60;
}

/* Days from 1970-01-01, Gregorian. The year begins in March, so that leap days end it. */
static int64_t days_since_epoch(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t shifted = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (shifted * 306 + 5) / 10 + day - 1 - 719468;
}

static bool valid_date(int year, int month, int day)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return year >= 1970 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Reads a zone, Z or ±hh[:]mm, as seconds east of UTC. */
static bool take_zone(const char **p, int *east)
{
	int sign, h, m;

	*east = 0;
	if (take(p, 'Z'))
		return true;
	sign = **p == '-' ? -1 : 1;
	if (!take(p, '+') && !take(p, '-'))
		return false;
	h = take_digits(p, 2);
	if (h < 0)
		return false;
	(void)take(p, ':');
	m = take_digits(p, 2);
	*east = sign * (h * 3600 + m * 60);
	return h <= 23 && m >= 0 && m <= 59;
}

bool time_parse_iso(const char *text, int64_t *seconds)
{
	const char *p = text;
	int year, month, day, h, m, s, east;
	bool extended;
	int64_t at;

	year = take_digits(&p, 4);
	extended = year >= 0 && take(&p, '-');
	month = year < 0 ? -1 : take_digits(&p, 2);
	if (month < 0 || (extended && !take(&p, '-')))
		return false;
	day = take_digits(&p, 2);
	if (day < 0 || !valid_date(year, month, day) || !take(&p, 'T') ||
	    !take_clock(&p, extended, &h, &m, &s))
		return false;
	if (take(&p, '.')) {
		int fraction = 0;

		while (take_digits(&p, 1) >= 0)
			fraction++;
		if (fraction < 1 || fraction > 9)
			return false;
	}
	if (!take_zone(&p, &east) || *p != '\0')
		return false;
	at = days_since_epoch(year, month, day) * 86400 + h * 3600 + m * 60 + s - east;
	if (at < 0 || at > latest)
		return false;
	*seconds = at;
	return true;
}

/* The index (from 0) of the three letters at *p in a table; -1 when the table lacks them. */
static int take_name(const char **p, const char *table)
{
	for (int i = 0; table[3 * i] != '\0'; i++) {
		if (strncmp(*p, table + 3 * i, 3) == 0) {
			*p += 3;
			return i;
		}
	}
	return -1;
}

bool time_parse_http(const char *text, int64_t *seconds)
{
	const char *p = text;
	int year, month, day, h, m, s, weekday;
	int64_t date;

	weekday = take_name(&p, days);
	if (weekday < 0 || !take(&p, ',') || !take(&p, ' '))
		return false;
	day = take_digits(&p, 2);
	if (day < 0 || !take(&p, ' '))
		return false;
	month = take_name(&p, months) + 1;
	if (month < 1 || !take(&p, ' '))
		return false;
	year = take_digits(&p, 4);
	if (year < 0 || !take(&p, ' ') || !valid_date(year, month, day) ||
	    !take_clock(&p, true, &h, &m, &s) || strcmp(p, " GMT") != 0)
		return false;
	date = days_since_epoch(year, month, day);
	/* 1970-01-01 was a Thursday. */
	if ((date + 4) % 7 != weekday)
		return false;
	*seconds = date * 86400 + h * 3600 + m * 60 + s;
	return true;
}

void time_format_basic(int64_t seconds, char out[static TIME_BASIC_BYTES])
{
	char iso[TEXT_TIME_BYTES];
	size_t n = 0;

	text_format_time(seconds, iso);
	for (const char *c = iso; *c && n < TIME_BASIC_BYTES - 1; c++) {
		if (*c != '-' && *c != ':')
			out[n++] = *c;
	}
	out[n] = '\0';
}

void time_format_day(int64_t seconds, char out[static TIME_DAY_BYTES])
{
	char basic[TIME_BASIC_BYTES];

	time_format_basic(seconds, basic);
	(void)snprintf(out, TIME_DAY_BYTES, "%.8s", basic);
}
