/* SPDX-License-Identifier: MIT */
#include "vault/format/ini.h"

#include "vault/base/alloc.h"
#include "vault/base/buf.h"
#include "vault/base/text.h"

#include <stdint.h>
#include <string.h>

static const char white[] = " \t\r\v\f";

/* A file on its way through the lines. */
struct parser {
	enum ini_flavour flavour;
	struct ini *ini;
	struct buf value; /* of the last entry while lines may still continue it */
	char path[256];
	unsigned int line;
	bool open;   /* the last section has an entry that a line could continue */
	bool nested; /* its value was empty: what continues it is `key = value` */
};

static bool fail(const struct parser *p, const char *what, struct error *err)
{
	return error_set(err, ERROR_FAILED, "%s:%u: %s", p->path, p->line, what);
}

static bool no_memory(struct error *err)
{
	return error_set(err, ERROR_MEMORY, "out of memory");
}

/* A run of bytes inside the text that is parsed. */
struct span {
	const char *at;
	size_t len;
};

static bool is_white(char c)
{
	return c != '\0' && strchr(white, c) != NULL;
}

static struct span trim(struct span s)
{
	while (s.len > 0 && is_white(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && is_white(s.at[s.len - 1]))
		s.len--;
	return s;
}

/* Cuts off a comment: from the first # or ; on, which in values must follow white space. */
static struct span uncomment(struct span s, bool after_white)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((s.at[i] == '#' || s.at[i] == ';') &&
		    (!after_white || (i > 0 && is_white(s.at[i - 1]))))
			s.len = i;
	}
	return trim(s);
}

static bool equals(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static char *copy(struct span s)
{
	char *text = alloc_wiping_malloc(s.len + 1);

	if (text) {
		memcpy(text, s.at, s.len);
		text[s.len] = '\0';
	}
	return text;
}

static char *copy_lower(struct span s)
{
	char *text = copy(s);

	for (char *c = text; c && *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return text;
}

/* Makes room for one more in an array that holds powers of two. */
static bool grow(void **array, size_t count, size_t size)
{
	void *more;

	if (count != 0 && (count & (count - 1)) != 0)
		return true;
	more = alloc_wiping_realloc(*array, (count ? 2 * count : 1) * size);
	if (more)
		*array = more;
	return more != NULL;
}

static struct ini_section *last_section(const struct parser *p)
{
	return p->ini->count ? &p->ini->sections[p->ini->count - 1] : NULL;
}

/* Gives the last entry the value that was collected, or drops it where SDKs ignore its key. */
static bool close_entry(struct parser *p, struct error *err)
{
	struct ini_section *section = last_section(p);
	struct ini_entry *entry;

	if (!p->open)
		return true;
	p->open = false;
	entry = &section->entries[section->count - 1];
	if (text_is_name(entry->key)) {
		entry->value = copy((struct span){buf_text(&p->value), p->value.len});
		if (!entry->value)
			return no_memory(err);
	} else {
		alloc_wiping_free(entry->key);
		section->count--;
	}
	/* Not kept: wiping the room of one long value again for each of many takes for ever. */
	buf_clear(&p->value);
	return true;
}

/* The kind of a header, and the name out of it. */
static enum ini_kind classify(enum ini_flavour flavour, struct span inner, struct span *name)
{
	static const struct {
		const char *word;
		enum ini_kind kind;
	} kinds[] = {{"profile", INI_PROFILE},
		     {"credvault", INI_CREDVAULT},
		     {"sso-session", INI_SSO_SESSION},
		     {"services", INI_SERVICES}};
	struct span word = inner;

	*name = inner;
	if (equals(inner, "default"))
		return INI_DEFAULT;
	if (flavour == INI_CREDENTIALS)
		return INI_PROFILE;
	for (word.len = 0; word.len < inner.len && !is_white(inner.at[word.len]);)
		word.len++;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!equals(word, kinds[i].word))
			continue;
		*name = trim((struct span){inner.at + word.len, inner.len - word.len});
		return kinds[i].kind;
	}
	return INI_OTHER;
}

static bool section_line(struct parser *p, struct span line, struct error *err)
{
	struct span inner = uncomment(line, false), name;
	struct ini_section fresh = {.line = p->line};
	void *sections = p->ini->sections;

	if (inner.at[inner.len - 1] != ']')
		return fail(p, "a section's header ends with ']'", err);
	if (p->ini->count == INI_SECTIONS_MAX)
		return fail(p, "too many sections", err);
	inner = trim((struct span){inner.at + 1, inner.len - 2});
	fresh.kind = classify(p->flavour, inner, &name);
	if (!grow(&sections, p->ini->count, sizeof(fresh)))
		return no_memory(err);
	p->ini->sections = sections;
	fresh.name = copy(name);
	if (fresh.name && fresh.kind != INI_OTHER && !text_is_name(fresh.name)) {
		alloc_wiping_free(fresh.name);
		fresh.kind = INI_OTHER;
		fresh.name = copy(inner);
	}
	if (!fresh.name)
		return no_memory(err);
	p->ini->sections[p->ini->count++] = fresh;
	return true;
}

/* Splits at the first '='; false when there is none. */
static bool split(struct span line, struct span *key, struct span *value)
{
	const char *sign = memchr(line.at, '=', line.len);

	if (!sign)
		return false;
	*key = trim((struct span){line.at, (size_t)(sign - line.at)});
	*value = trim((struct span){sign + 1, line.len - (size_t)(sign - line.at) - 1});
	return true;
}

static bool entry_line(struct parser *p, struct span line, struct error *err)
{
	struct ini_section *section = last_section(p);
	struct ini_entry fresh = {.line = p->line};
	struct span key, value;
	void *entries;

	if (!split(uncomment(line, true), &key, &value))
		return fail(p, "expected \"key = value\", found no '='", err);
	if (key.len == 0)
		return fail(p, "there is no key before the '='", err);
	entries = section->entries;
	if (!grow(&entries, section->count, sizeof(fresh)))
		return no_memory(err);
	section->entries = entries;
	fresh.key = copy_lower(key);
	if (!fresh.key)
		return no_memory(err);
	section->entries[section->count++] = fresh;
	p->open = true;
	p->nested = value.len == 0;
	return buf_append(&p->value, value.at, value.len, err);
}

static bool continued_line(struct parser *p, struct span line, struct error *err)
{
	struct span text = trim(line), key, value;

	if (!p->open)
		return fail(p, "an indented line with nothing before it to continue", err);
	if (p->nested && !split(text, &key, &value))
		return fail(p, "expected an indented \"key = value\", found no '='", err);
	if (p->nested && key.len == 0)
		return fail(p, "there is no key before the '=' of an indented line", err);
	return buf_append(&p->value, "\n", 1, err) && buf_append(&p->value, text.at, text.len, err);
}

static bool take_line(struct parser *p, struct span line, struct error *err)
{
	if (line.len > INI_LINE_MAX)
		return fail(p, "the line is too long", err);
	if (memchr(line.at, '\0', line.len))
		return fail(p, "a NUL byte: this is not text", err);
	if (trim(line).len == 0 || line.at[0] == '#' || line.at[0] == ';')
		return true;
	if (line.at[0] == '[')
		return close_entry(p, err) && section_line(p, line, err);
	if (p->ini->count == 0)
		return fail(p, "expected a section's header before anything else", err);
	if (is_white(line.at[0]))
		return continued_line(p, line, err);
	return close_entry(p, err) && entry_line(p, line, err);
}

bool ini_parse(const char *path, enum ini_flavour flavour, const char *text, size_t len,
	       struct ini *out, struct error *err)
{
	struct parser p = {.flavour = flavour, .ini = out, .value = BUF_INIT(INI_FILE_MAX)};
	const char *rest = text, *end = text + len;
	bool ok = false;

	*out = INI_EMPTY;
	text_escape_into(path, p.path, sizeof(p.path));
	if (len > INI_FILE_MAX)
		return error_set(err, ERROR_FAILED, "%s: larger than %d bytes", p.path,
				 INI_FILE_MAX);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		rest += 3;
	while (rest < end) {
		const char *stop = memchr(rest, '\n', (size_t)(end - rest));
		struct span line = {rest, (size_t)((stop ? stop : end) - rest)};

		p.line++;
		if (!take_line(&p, line, err))
			goto out;
		rest = stop ? stop + 1 : end;
	}
	ok = close_entry(&p, err);
out:
	buf_clear(&p.value);
	if (!ok)
		ini_clear(out);
	return ok;
}

void ini_clear(struct ini *ini)
{
	for (size_t i = 0; i < ini->count; i++) {
		struct ini_section *section = &ini->sections[i];

		for (size_t j = 0; j < section->count; j++) {
			alloc_wiping_free(section->entries[j].key);
			alloc_wiping_free(section->entries[j].value);
		}
		alloc_wiping_free(section->entries);
		alloc_wiping_free(section->name);
	}
	alloc_wiping_free(ini->sections);
	*ini = INI_EMPTY;
}

static bool is_section(const struct ini_section *section, enum ini_kind kind, const char *name)
{
	return section->kind == kind && strcmp(section->name, name) == 0;
}

/* The kind under which a profile stands: [profile default] hides [default]. */
static enum ini_kind standing(const struct ini *ini, enum ini_kind kind, const char *name)
{
	if ((kind != INI_DEFAULT && kind != INI_PROFILE) || strcmp(name, "default") != 0)
		return kind;
	for (size_t i = 0; i < ini->count; i++) {
		if (is_section(&ini->sections[i], INI_PROFILE, name))
			return INI_PROFILE;
	}
	return INI_DEFAULT;
}

const char *ini_get(const struct ini *ini, enum ini_kind kind, const char *name, const char *key,
		    unsigned int *line)
{
	const char *value = NULL;

	kind = standing(ini, kind, name);
	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_section *section = &ini->sections[i];

		if (!is_section(section, kind, name))
			continue;
		for (size_t j = 0; j < section->count; j++) {
			if (strcmp(section->entries[j].key, key) != 0)
				continue;
			value = section->entries[j].value;
			if (line)
				*line = section->entries[j].line;
		}
	}
	return value;
}

bool ini_nested(const char *block, const char *key, char *out, size_t size)
{
	bool found = false;

	/* The last one wins, as everywhere in these files. */
	while (*block == '\n') {
		struct span line = {block + 1, strcspn(block + 1, "\n")}, name, value;

		block += 1 + line.len;
		if (!split(line, &name, &value) || name.len != strlen(key))
			continue;
		for (size_t i = 0; i < name.len; i++) {
			char c = name.at[i] >= 'A' && name.at[i] <= 'Z'
				     ? (char)(name.at[i] - 'A' + 'a')
				     : name.at[i];

			if (c != key[i])
				name.len = 0;
		}
		if (name.len == 0)
			continue;
		found = value.len < size;
		if (found) {
			memcpy(out, value.at, value.len);
			out[value.len] = '\0';
		}
	}
	return found;
}
