/* SPDX-License-Identifier: MIT */
#include "vault/format/canonical.h"

#include "vault/format/form.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int canonical_compare_names(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return (unsigned char)lower(*a) - (unsigned char)lower(*b);
}

bool canonical_is_signed(const char *name)
{
	static const char *const skipped[] = {"authorization", "connection", "expect", "user-agent",
					      "x-amzn-trace-id"};

	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++) {
		if (canonical_compare_names(name, skipped[i]) == 0)
			return false;
	}
	return true;
}

void canonical_headers_add(struct canonical_headers *list, const char *name, const char *value)
{
	size_t at = list->count++;

	for (; at > 0 && canonical_compare_names(list->items[at - 1].name, name) > 0; at--)
		list->items[at] = list->items[at - 1];
	list->items[at] = (struct canonical_header){.name = name, .value = value};
}

static bool repeats(const struct canonical_headers *list, size_t i)
{
	return i > 0 && canonical_compare_names(list->items[i - 1].name, list->items[i].name) == 0;
}

static bool append_lower(struct buf *out, const char *name, struct error *err)
{
	for (; *name; name++) {
		char c = lower(*name);

		if (!buf_append(out, &c, 1, err))
			return false;
	}
	return true;
}

bool canonical_names(const struct canonical_headers *list, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		if (repeats(list, i))
			continue;
		if ((i > 0 && !buf_append(out, ";", 1, err)) ||
		    !append_lower(out, list->items[i].name, err))
			return false;
	}
	return true;
}

/* Appends a trimmed value; each run of white space inside becomes one space. */
static bool append_value(struct buf *out, const char *value, struct error *err)
{
	static const char white[] = " \t\n";
	bool first = true;

	for (value += strspn(value, white); *value; value += strspn(value, white)) {
		size_t word = strcspn(value, white);

		if ((!first && !buf_append(out, " ", 1, err)) || !buf_append(out, value, word, err))
			return false;
		value += word;
		first = false;
	}
	return true;
}

bool canonical_headers(const struct canonical_headers *list, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		bool more = i + 1 < list->count && repeats(list, i + 1);

		if (repeats(list, i) ? !buf_append(out, ",", 1, err)
				     : !append_lower(out, list->items[i].name, err) ||
					   !buf_append(out, ":", 1, err))
			return false;
		if (!append_value(out, list->items[i].value, err) ||
		    (!more && !buf_append(out, "\n", 1, err)))
			return false;
	}
	return true;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'		    ? c - '0'
	       : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10
						    : -1;
}

/* Encodes a piece of a raw query or path; bytes already escaped stay escaped once. */
static bool append_recoded(struct buf *out, const char *text, size_t len, struct error *err)
{
	for (size_t i = 0; i < len;) {
		bool escaped = len - i >= 3 && text[i] == '%' && hex_digit(text[i + 1]) >= 0 &&
			       hex_digit(text[i + 2]) >= 0;
		unsigned char c = escaped ? (unsigned char)(hex_digit(text[i + 1]) * 16 +
							    hex_digit(text[i + 2]))
					  : (unsigned char)text[i];

		if (!form_encode(out, &c, 1, err))
			return false;
		i += escaped ? 3 : 1;
	}
	return true;
}

/* S3 takes the path as it is, with every byte that needs it escaped once. */
static bool append_verbatim_path(struct buf *out, const char *path, struct error *err)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (!append_recoded(out, path, n, err) ||
		    (path[n] == '/' && !buf_append(out, "/", 1, err)))
			return false;
		path += path[n] == '/' ? n + 1 : n;
	}
	return true;
}

/* Services other than S3 resolve dots and empty segments, then escape the wire form once more. */
static bool append_normal_path(struct buf *out, const char *path, struct error *err)
{
	size_t start = out->len, len = strlen(path);

	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && memcmp(p, "..", 2) == 0) {
			while (out->len > start && out->data[--out->len] != '/')
				continue;
		} else if (n > 0 && !(n == 1 && *p == '.')) {
			if (!buf_append(out, "/", 1, err) || !form_encode(out, p, n, err))
				return false;
		}
		p += p[n] == '/' ? n + 1 : n;
	}
	if (out->len == start || path[len - 1] == '/')
		return buf_append(out, "/", 1, err);
	return true;
}

bool canonical_path(const char *path, bool verbatim, struct buf *out, struct error *err)
{
	return verbatim ? append_verbatim_path(out, path, err) : append_normal_path(out, path, err);
}

/* An encoded parameter inside a buffer: the name begins at `at`, the value follows the '='. */
struct parameter {
	size_t at, name_len, value_len;
};

static int compare_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* Orders parameters by name, then by value, comparing bytes of the encoded text. */
static int compare_parameters(const char *text, const struct parameter *a,
			      const struct parameter *b)
{
	int order = compare_text(text + a->at, a->name_len, text + b->at, b->name_len);

	return order ? order
		     : compare_text(text + a->at + a->name_len + 1, a->value_len,
				    text + b->at + b->name_len + 1, b->value_len);
}

bool canonical_query(const char *query, struct buf *out, struct error *err)
{
	struct parameter list[CANONICAL_PARAMS_MAX], fresh;
	struct buf text = BUF_INIT(CANONICAL_LIMIT);
	size_t count = 0, at;
	bool ok = false;

	for (const char *p = query; *p; p += *p == '&') {
		size_t len = strcspn(p, "&"), name = strcspn(p, "=&");
		size_t value = name < len ? len - name - 1 : 0;

		if (len > 0 && count == CANONICAL_PARAMS_MAX) {
			error_set(err, ERROR_USAGE, "more than %d parameters to sign",
				  CANONICAL_PARAMS_MAX);
			goto out;
		}
		if (len > 0) {
			fresh.at = text.len;
			if (!append_recoded(&text, p, name, err))
				goto out;
			fresh.name_len = text.len - fresh.at;
			if (!buf_append(&text, "=", 1, err) ||
			    !append_recoded(&text, p + len - value, value, err))
				goto out;
			fresh.value_len = text.len - fresh.at - fresh.name_len - 1;
			for (at = count++;
			     at > 0 && compare_parameters(text.data, &list[at - 1], &fresh) > 0;
			     at--)
				list[at] = list[at - 1];
			list[at] = fresh;
		}
		p += len;
	}
	for (at = 0; at < count; at++) {
		if ((at > 0 && !buf_append(out, "&", 1, err)) ||
		    !buf_append(out, text.data + list[at].at,
				list[at].name_len + 1 + list[at].value_len, err))
			goto out;
	}
	ok = true;
out:
	buf_clear(&text);
	return ok;
}
