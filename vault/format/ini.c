/* SPDX-License-Identifier: MIT */
#include "vault/format/ini.h"

#include "vault/base/alloc.h"
#include "vault/base/buf.h"
#include "vault/base/shell_word.h"
#include "vault/base/text.h"
#include "vault/format/span.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Faults that the AWS CLI and the SDKs for JavaScript read differently. */
static const char lone_cr[] = "a carriage return inside the line: tools read it differently";
static const char nul_byte[] = "a NUL byte: tools read it differently";
static const char indented_header[] =
    "a header indented behind a setting: tools read it differently";
static const char indented_setting[] =
    "a setting indented deeper than the one before it: tools read it differently";
static const char in_a_block[] = "a setting below an indented block: tools read it differently";
static const char colon_before[] = "a ':' before the '=': tools read it differently";
static const char disputed[] = "some tools read this header as that of a profile, others do not";
static const char twin[] = "two spellings of one header: tools read them differently";

/* The state of the parser between lines. */
struct parser {
	enum ini_flavour flavour;
	struct ini *ini;
	struct buf value; /* value of the last entry while lines may still continue it */
	char path[256];
	unsigned int line;
	size_t indent;	  /* indent of the last entry */
	const char *torn; /* the line holds a CR or NUL: the problem of every section it touches */
	bool open;	  /* the last section has an entry that a line could continue */
	bool nested; /* that entry began with an empty value: `key = value` lines continue it */
	bool block;  /* a block began and no setting without indent has followed */
};

static void problem_add(struct ini_problem *problem, unsigned int line, unsigned int other,
			const char *what)
{
	if (!problem->what)
		*problem = (struct ini_problem){.what = what, .line = line, .other = other};
}

/* Records a problem of the current section; always true, since parsing continues. */
static bool spoil(struct parser *p, const char *what)
{
	struct ini *ini = p->ini;

	problem_add(ini->count ? &ini->sections[ini->count - 1].problem : &ini->stray, p->line, 0,
		    what);
	return true;
}

static bool no_memory(struct error *err)
{
	return error_set(err, ERROR_MEMORY, "out of memory");
}

/* Whether misreading this key would select other credentials or another endpoint. */
static bool key_matters(struct span key)
{
	static const char *const heads[] = {"role_",
					    "source_profile",
					    "credential_",
					    "web_identity_",
					    "external_id",
					    "mfa_",
					    "sso_",
					    "login_",
					    "endpoint_url",
					    "services",
					    "ignore_configured_",
					    "ca_bundle",
					    "aws_",
					    "duration_seconds"};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (key.len >= strlen(heads[i]) &&
		    strncasecmp(key.at, heads[i], strlen(heads[i])) == 0)
			return true;
	}
	return false;
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

/* Makes room for one more element in an array whose capacity is a power of two. */
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

/* Gives the last entry the collected value, or drops the entry where SDKs ignore its key. */
static bool close_entry(struct parser *p, struct error *err)
{
	struct ini_section *section = last_section(p);
	struct ini_entry *entry;

	if (!p->open)
		return true;
	p->open = false;
	entry = &section->entries[section->count - 1];
	if (ini_is_identifier(entry->key)) {
		entry->value = copy((struct span){buf_text(&p->value), p->value.len});
		if (!entry->value)
			return no_memory(err);
	} else {
		alloc_wiping_free(entry->key);
		section->count--;
	}
	/*
	 * Free the buffer: wiping the room of one long value again for each later entry is too
	 * slow.
	 */
	buf_clear(&p->value);
	return true;
}

/* A header ends at the first ']'; words after it are ignored, as the AWS CLI does. */
static bool section_line(struct parser *p, struct span line, struct error *err)
{
	const char *end = memchr(line.at, ']', line.len);
	struct span inner = end ? (struct span){line.at + 1, (size_t)(end - line.at) - 1}
				: span_uncomment((struct span){line.at + 1, line.len - 1}, true);
	struct span behind = end ? span_uncomment((struct span){end + 1, line.len - inner.len - 2},
						  false)
				 : (struct span){.at = NULL};
	struct ini_section fresh = {.line = p->line};
	void *sections = p->ini->sections;
	struct ini_header header;

	if (p->ini->count == INI_SECTIONS_MAX)
		return error_set(err, ERROR_FAILED, "%s:%u: too many sections", p->path, p->line);
	ini_header_read(p->flavour, inner, &header);
	fresh.kind = header.kind;
	fresh.unread = header.disputed;
	if (!end || (behind.len && memchr(behind.at, ']', behind.len))) {
		problem_add(&fresh.problem, p->line, 0, "a section's header ends with ']'");
		fresh.unread = true;
	} else if (p->torn) {
		problem_add(&fresh.problem, p->line, 0, p->torn);
		fresh.unread = true;
	} else if (header.loose) {
		problem_add(&fresh.problem, p->line, 0,
			    "a name of several words stands in quotes: [profile \"a b\"]");
	}
	if (!grow(&sections, p->ini->count, sizeof(fresh)))
		return no_memory(err);
	p->ini->sections = sections;
	fresh.name = copy(header.name);
	fresh.spelling = fresh.name ? copy(inner) : NULL;
	if (!fresh.spelling) {
		alloc_wiping_free(fresh.name);
		return no_memory(err);
	}
	p->ini->sections[p->ini->count++] = fresh;
	p->block = false;
	return true;
}

static bool entry_line(struct parser *p, struct span line, size_t indent, struct error *err)
{
	struct ini_section *section = last_section(p);
	struct ini_entry fresh = {.line = p->line};
	struct span key, value;
	const char *colon;
	void *entries;

	if (!span_split(span_uncomment(line, true), &key, &value))
		return spoil(p, indent ? "an indented line with nothing before it to continue"
				       : "expected \"key = value\", found no '='");
	if (key.len == 0)
		return spoil(p, "there is no key before the '='");
	colon = memchr(key.at, ':', key.len);
	if (colon && key_matters((struct span){key.at, (size_t)(colon - key.at)}))
		spoil(p, colon_before);
	if (indent && p->block && key_matters(key))
		spoil(p, in_a_block);
	p->block = value.len == 0 || (p->block && indent);
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
	p->indent = indent;
	return buf_append(&p->value, value.at, value.len, err);
}

static bool continued_line(struct parser *p, struct span text, struct error *err)
{
	struct span key, value;
	bool setting = span_split(text, &key, &value);

	if (p->nested && !setting)
		return spoil(p, "expected an indented \"key = value\", found no '='");
	if (p->nested && key.len == 0)
		return spoil(p, "there is no key before the '=' of an indented line");
	if (!p->nested && setting && key_matters(key))
		spoil(p, indented_setting);
	return buf_append(&p->value, "\n", 1, err) && buf_append(&p->value, text.at, text.len, err);
}

/* Processes a trimmed line with its indent. */
static bool take_text(struct parser *p, struct span text, size_t indent, struct error *err)
{
	bool deeper = p->open && indent > p->indent;
	struct span header = span_uncomment(text, true);

	if (text.at[0] == '[' && !deeper)
		return close_entry(p, err) && section_line(p, text, err);
	if (text.at[0] == '[' && header.at[header.len - 1] == ']') {
		spoil(p, indented_header);
		if (!close_entry(p, err) || !section_line(p, text, err))
			return false;
		last_section(p)->unread = true;
		return spoil(p, indented_header);
	}
	if (p->ini->count == 0)
		return spoil(p, "expected a section's header before anything else");
	if (deeper)
		return continued_line(p, text, err);
	return close_entry(p, err) && entry_line(p, text, indent, err);
}

static bool take_line(struct parser *p, struct span line, struct error *err)
{
	struct span text = span_trim(line);

	bool comment = text.len == 0 || text.at[0] == '#' || text.at[0] == ';';

	/* A header in the first column ends the section before it for every tool. */
	if (p->torn && !(comment && p->torn == nul_byte) && !(text.len && line.at[0] == '['))
		spoil(p, p->torn);
	if (comment)
		return true;
	return take_text(p, text, (size_t)(text.at - line.at), err);
}

/* Some tools end a line at a carriage return: the parser splits there too and records a problem. */
static bool take_torn(struct parser *p, struct span line, struct error *err)
{
	while (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	p->torn = memchr(line.at, '\0', line.len)   ? nul_byte
		  : memchr(line.at, '\r', line.len) ? lone_cr
						    : NULL;
	for (;;) {
		const char *cr = memchr(line.at, '\r', line.len);
		struct span piece = {line.at, cr ? (size_t)(cr - line.at) : line.len};

		if (!take_line(p, piece, err))
			return false;
		if (!cr)
			return true;
		line = (struct span){cr + 1, line.len - piece.len - 1};
	}
}

static bool section_matters(const struct ini_section *section)
{
	if (section->kind == INI_SSO_SESSION || section->kind == INI_SERVICES)
		return section->count > 0;
	for (size_t i = 0; i < section->count; i++) {
		const char *key = section->entries[i].key;

		if (key_matters((struct span){key, strlen(key)}))
			return true;
	}
	return false;
}

static int compare_sections(const void *a, const void *b)
{
	const struct ini_section *x = *(struct ini_section *const *)a;
	const struct ini_section *y = *(struct ini_section *const *)b;
	int order = x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : strcmp(x->name, y->name);

	return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

/*
 * Marks headers that only some tools take for the same profile: [profile a] beside [profile "a"].
 */
static bool find_twins(struct ini *ini, struct error *err)
{
	struct ini_section **all = calloc(ini->count + 1, sizeof(*all));

	if (!all)
		return no_memory(err);
	ini->by_name = all;
	for (size_t i = 0; i < ini->count; i++)
		all[i] = &ini->sections[i];
	qsort(all, ini->count, sizeof(struct ini_section *), compare_sections);
	for (size_t i = 0, end; i < ini->count; i = end) {
		const struct ini_section *other = NULL;
		bool matters = false;

		for (end = i; end < ini->count && all[end]->kind == all[i]->kind &&
			      strcmp(all[end]->name, all[i]->name) == 0;
		     end++) {
			matters = matters || section_matters(all[end]);
			if (!other && strcmp(all[end]->spelling, all[i]->spelling) != 0)
				other = all[end];
		}
		if (!matters || all[i]->kind == INI_OTHER)
			continue;
		if (other)
			problem_add(&all[i]->problem, all[i]->line, other->line, twin);
		else if (all[i]->unread)
			problem_add(&all[i]->problem, all[i]->line, 0, disputed);
	}
	return true;
}

/* Notepad's "Unicode": a byte order mark, or every second byte zero. */
static bool is_utf16(const char *text, size_t len)
{
	return len >= 2 &&
	       (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0 ||
		(len >= 4 && !text[0] != !text[1] && !text[0] == !text[2] && !text[1] == !text[3]));
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
	if (is_utf16(text, len)) {
		error_set(err, ERROR_FAILED, "%s: this is UTF-16, and AWS's tools read UTF-8",
			  p.path);
		return error_hint(err, "iconv -f UTF-16 -t UTF-8 %s > NEW", SHELL_WORD(path));
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		rest += 3;
	while (rest < end) {
		const char *stop = memchr(rest, '\n', (size_t)(end - rest));
		struct span line = {rest, (size_t)((stop ? stop : end) - rest)};

		p.line++;
		if (!take_torn(&p, line, err))
			goto out;
		rest = stop ? stop + 1 : end;
	}
	ok = close_entry(&p, err) && find_twins(out, err);
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
		alloc_wiping_free(section->spelling);
	}
	alloc_wiping_free(ini->sections);
	free(ini->by_name);
	*ini = INI_EMPTY;
}

static bool is_section(const struct ini_section *section, enum ini_kind kind, const char *name)
{
	return section->kind == kind && strcmp(section->name, name) == 0;
}

struct ini_section *const *ini_find(const struct ini *ini, enum ini_kind kind, const char *name,
				    size_t *count)
{
	const struct ini_section first = {.kind = kind, .name = (char *)(uintptr_t)name};
	const struct ini_section *const wanted = &first;
	size_t low = 0, high = ini->count;

	/* The first one that is not before (kind, name, line 0). */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_sections(&ini->by_name[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*count = 0;
	     low + *count < ini->count && is_section(ini->by_name[low + *count], kind, name);)
		(*count)++;
	return ini->by_name + low;
}

/* The kind of section that holds a profile: [profile default] hides [default]. */
static enum ini_kind standing(const struct ini *ini, enum ini_kind kind, const char *name)
{
	struct ini_section *const *sections;
	size_t count;

	if ((kind != INI_DEFAULT && kind != INI_PROFILE) || strcmp(name, "default") != 0)
		return kind;
	sections = ini_find(ini, INI_PROFILE, name, &count);
	for (size_t i = 0; i < count; i++) {
		if (!sections[i]->unread)
			return INI_PROFILE;
	}
	return INI_DEFAULT;
}

/* [profile a b], which no tool reads: it is asked for as "a b". */
static bool is_loose(const struct ini_section *section, const char *name)
{
	const char *words = section->name + strcspn(section->name, " \t");

	return section->kind == INI_OTHER && strchr(name, ' ') &&
	       strncmp(section->name, "profile", strlen("profile")) == 0 &&
	       strcmp(words + strspn(words, " \t"), name) == 0;
}

/* The first problem of the sections of exactly this kind and name; *any: there is one. */
static const struct ini_problem *problem_of(const struct ini *ini, enum ini_kind kind,
					    const char *name, bool *any)
{
	size_t count;
	struct ini_section *const *sections = ini_find(ini, kind, name, &count);

	*any = count > 0;
	for (size_t i = 0; i < count; i++) {
		if (sections[i]->problem.what)
			return &sections[i]->problem;
	}
	return NULL;
}

const struct ini_problem *ini_problem(const struct ini *ini, enum ini_kind kind, const char *name)
{
	bool good, other,
	    both = (kind == INI_DEFAULT || kind == INI_PROFILE) && strcmp(name, "default") == 0;
	const struct ini_problem *problem = problem_of(ini, kind, name, &good), *second = NULL;

	if (both)
		second = problem_of(ini, kind == INI_DEFAULT ? INI_PROFILE : INI_DEFAULT, name,
				    &other);
	if (problem || second)
		return !problem || (second && second->line < problem->line) ? second : problem;
	if (good || kind != INI_PROFILE || !strchr(name, ' '))
		return NULL;
	for (size_t i = 0; i < ini->count; i++) {
		if (ini->sections[i].problem.what && is_loose(&ini->sections[i], name))
			problem = &ini->sections[i].problem;
	}
	return problem;
}

bool ini_problem_tell(const struct ini_problem *problem, const char *path, struct error *err)
{
	char shown[256];

	text_escape_into(path, shown, sizeof(shown));
	if (problem->other)
		return error_set(err, ERROR_FAILED, "%s:%u and %u: %s", shown, problem->line,
				 problem->other, problem->what);
	return error_set(err, ERROR_FAILED, "%s:%u: %s", shown, problem->line, problem->what);
}

const char *ini_get(const struct ini *ini, enum ini_kind kind, const char *name, const char *key,
		    unsigned int *line)
{
	struct ini_section *const *sections;
	const char *value = NULL;
	size_t count;

	kind = standing(ini, kind, name);
	sections = ini_find(ini, kind, name, &count);
	for (size_t i = 0; i < count; i++) {
		const struct ini_section *section = sections[i];

		if (section->unread)
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
		if (!span_split(line, &name, &value) || name.len != strlen(key))
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
