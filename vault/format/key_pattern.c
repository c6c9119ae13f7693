/* SPDX-License-Identifier: MIT */
#include "vault/format/key_pattern.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
	PREFIX = 4,
	ID_LETTERS_LEAST = 6,	   /* different ones behind the prefix */
	SECRET_LETTERS_LEAST = 16, /* different ones; 40 random ones of 64 have 30 */
	NAME_MAX_BYTES = 48	   /* between a name and its secret */
};

/* The number of an account is 40 bits of an id, below the topmost one of 48. */
static const uint64_t account_mask = 0x7fffffffff80, account_most = 999999999999;

static bool letter_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool letter_is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool letter_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter_is_plain(char c)
{
	return letter_is_upper(c) || letter_is_lower(c) || letter_is_digit(c);
}

/* A letter of base64; those of a secret are all of these. */
static bool letter_is_base64(char c)
{
	return letter_is_plain(c) || c == '+' || c == '/';
}

/* The value of a letter of base32 (RFC 4648); -1 for another one. */
static int letter_base32(char c)
{
	if (letter_is_upper(c))
		return c - 'A';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/* How many different bytes there are, of n below 64. */
static size_t letters_count(const char *text, size_t n)
{
	bool seen[256] = {false};
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		count += !seen[(unsigned char)text[i]];
		seen[(unsigned char)text[i]] = true;
	}
	return count;
}

static bool id_has_prefix(const char *text)
{
	static const char *const prefixes[] = {"AKIA", "ASIA", "ABIA", "ACCA"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (memcmp(text, prefixes[i], PREFIX) == 0)
			return true;
	}
	return false;
}

bool key_pattern_is_id(const char *text, char account[static ARN_ACCOUNT_BYTES])
{
	uint64_t bits = 0;

	account[0] = '\0';
	if (!id_has_prefix(text))
		return false;
	for (size_t i = PREFIX; i < KEY_PATTERN_ID; i++) {
		int value = letter_base32(text[i]);

		if (value < 0)
			return false;
		/* Ten letters hold the 48 bits, and two more. */
		if (i < PREFIX + 10)
			bits = bits << 5 | (uint64_t)value;
	}
	bits >>= 2;
	/* Before 2019 ids began with AKIAI and AKIAJ, and named no account. */
	if (text[PREFIX] == 'I' || text[PREFIX] == 'J')
		return true;
	if (!(bits >> 47) || (bits & account_mask) >> 7 > account_most)
		return false;
	(void)snprintf(account, ARN_ACCOUNT_BYTES, "%012llu",
		       (unsigned long long)((bits & account_mask) >> 7) % (account_most + 1));
	return true;
}

/* Whether the id is one that documents and templates show. */
static bool id_is_example(const char *id)
{
	return memcmp(id + KEY_PATTERN_ID - 7, "EXAMPLE", 7) == 0 ||
	       letters_count(id + PREFIX, KEY_PATTERN_ID - PREFIX) < ID_LETTERS_LEAST;
}

/* The next id at or behind `from`; text.len where there is none. */
static size_t id_find(struct span text, size_t from, char account[static ARN_ACCOUNT_BYTES])
{
	while (from + KEY_PATTERN_ID <= text.len) {
		const char *a = memchr(text.at + from, 'A', text.len - KEY_PATTERN_ID - from + 1);
		size_t at = a ? (size_t)(a - text.at) : 0;

		if (!a)
			break;
		if (a[3] == 'A' && (at == 0 || !letter_is_plain(a[-1])) &&
		    (at + KEY_PATTERN_ID == text.len || !letter_is_plain(a[KEY_PATTERN_ID])) &&
		    key_pattern_is_id(a, account) && !id_is_example(a))
			return at;
		from = at + 1;
	}
	return text.len;
}

/*
 * Whether 40 letters of base64 are as random as a secret: digests in hex, words and paths are not.
 * One of a thousand secrets has no digit, and is known by its name alone.
 */
static bool secret_is_random(const char *text, bool named)
{
	bool upper = false, lower = false, digit = named;

	for (size_t i = 0; i < KEY_PATTERN_SECRET; i++) {
		upper = upper || letter_is_upper(text[i]);
		lower = lower || letter_is_lower(text[i]);
		digit = digit || letter_is_digit(text[i]);
	}
	return upper && lower && digit &&
	       letters_count(text, KEY_PATTERN_SECRET) >= SECRET_LETTERS_LEAST;
}

static bool secret_is_example(const char *secret)
{
	return memcmp(secret + KEY_PATTERN_SECRET - 10, "EXAMPLEKEY", 10) == 0;
}

/* Whether exactly 40 letters of base64, of a secret, stand at `at`. */
static bool secret_is_at(struct span text, size_t at, bool named)
{
	size_t end = at + KEY_PATTERN_SECRET;

	if (end > text.len || (at > 0 && letter_is_base64(text.at[at - 1])) ||
	    (end < text.len && (letter_is_base64(text.at[end]) || text.at[end] == '=')))
		return false;
	for (size_t i = at; i < end; i++) {
		if (!letter_is_base64(text.at[i]))
			return false;
	}
	return secret_is_random(text.at + at, named) && !secret_is_example(text.at + at);
}

bool key_pattern_is_secret(struct span text, size_t at)
{
	return secret_is_at(text, at, false);
}

/* The secret nearest to an id, first behind it and then before it; empty where there is none. */
static struct span secret_near(struct span text, size_t id)
{
	size_t from = id > KEY_PATTERN_NEAR ? id - KEY_PATTERN_NEAR : 0;
	size_t to = text.len - id > KEY_PATTERN_NEAR ? id + KEY_PATTERN_NEAR : text.len;
	struct span found = {NULL, 0};

	for (size_t at = from; at < to;) {
		size_t end = at;

		/* A longer run is none, however long: it is not followed to its end. */
		while (end < text.len && end - at <= KEY_PATTERN_SECRET &&
		       letter_is_base64(text.at[end]))
			end++;
		if (end - at == KEY_PATTERN_SECRET && secret_is_at(text, at, false)) {
			found = (struct span){text.at + at, KEY_PATTERN_SECRET};
			if (at > id)
				return found;
		}
		at = end + 1;
	}
	return found;
}

static char name_letter(char c)
{
	return (char)(letter_is_upper(c) ? c - 'A' + 'a' : c);
}

static bool name_is_mark(char c)
{
	return c == '_' || c == '-' || c == '.';
}

/* Passes over a part of a name, and the marks before it; false where another text stands there. */
static bool name_take(struct span text, size_t *at, const char *part)
{
	size_t end = *at, n = strlen(part);

	while (end < text.len && end - *at < 2 && name_is_mark(text.at[end]))
		end++;
	if (text.len - end < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (name_letter(text.at[end + i]) != part[i])
			return false;
	}
	*at = end + n;
	return true;
}

/*
 * The secret that is named by what stands around `secret` (the place of that very word), as in
 * `aws_secret_access_key = "…"`: quotes, blanks and a sign of assignment stand between the two.
 * text.len where there is none.
 */
static size_t name_value(struct span text, size_t secret)
{
	size_t end = secret + 6, at = end, before = secret;
	bool assigned = false, access, aws;

	while (before > 0 && secret - before < 2 && name_is_mark(text.at[before - 1]))
		before--;
	aws = before >= 3 && name_letter(text.at[before - 3]) == 'a' &&
	      name_letter(text.at[before - 2]) == 'w' && name_letter(text.at[before - 1]) == 's';
	access = name_take(text, &at, "access");
	if (!name_take(text, &at, "key") ? !aws || access : !aws && !access)
		return text.len;
	end = at + NAME_MAX_BYTES < text.len ? at + NAME_MAX_BYTES : text.len;
	while (at < end && memchr(" \t\"'`\\:=>,<", text.at[at], 11)) {
		assigned = assigned || memchr(":=>,", text.at[at], 4);
		at++;
	}
	return assigned && secret_is_at(text, at, true) ? at : text.len;
}

/* The next secret behind a name that is written so, at or behind `from`; text.len: none. */
static size_t name_find(struct span text, size_t from, const char *word)
{
	while (from < text.len) {
		const char *hit = memmem(text.at + from, text.len - from, word, 5);
		size_t at, value;

		if (!hit)
			break;
		at = (size_t)(hit - text.at);
		from = at + 5;
		if (at == 0 || name_letter(hit[-1]) != 's')
			continue;
		value = name_value(text, at - 1);
		if (value < text.len)
			return value;
	}
	return text.len;
}

/* Whether the id of a secret stands near it, so that the id has told of both. */
static bool secret_has_id(struct span text, size_t secret)
{
	size_t from = secret > KEY_PATTERN_NEAR ? secret - KEY_PATTERN_NEAR + 1 : 0;
	size_t to = secret + KEY_PATTERN_NEAR + KEY_PATTERN_ID;
	struct span around = {text.at + from, (to < text.len ? to : text.len) - from};
	char account[ARN_ACCOUNT_BYTES];

	return secret_is_random(text.at + secret, false) &&
	       id_find(around, 0, account) < around.len;
}

bool key_pattern_next(struct span text, size_t *at, struct key_pattern *out)
{
	static const char *const words[] = {NULL, "ecret", "ECRET"};
	size_t pass = *at / (text.len + 1), from = *at % (text.len + 1);

	for (; pass < sizeof(words) / sizeof(words[0]); pass++, from = 0) {
		*out = (struct key_pattern){.kind = KEY_PATTERN_LONE_SECRET};
		while (pass > 0 && (from = name_find(text, from, words[pass])) < text.len) {
			out->secret = (struct span){text.at + from, KEY_PATTERN_SECRET};
			from += KEY_PATTERN_SECRET;
			*at = pass * (text.len + 1) + from;
			if (!secret_has_id(text, from - KEY_PATTERN_SECRET))
				return true;
		}
		if (pass > 0 || (from = id_find(text, from, out->account)) == text.len)
			continue;
		out->id = (struct span){text.at + from, KEY_PATTERN_ID};
		out->temporary = text.at[from + 1] == 'S';
		out->other = text.at[from + 1] == 'B' || text.at[from + 1] == 'C';
		out->secret = secret_near(text, from);
		out->kind = out->secret.len ? KEY_PATTERN_KEY : KEY_PATTERN_LONE_ID;
		*at = from + KEY_PATTERN_ID;
		return true;
	}
	*at = pass * (text.len + 1);
	return false;
}
