/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_INI_H
#define CV_FORMAT_INI_H

#include "vault/base/error.h"
#include "vault/format/ini_header.h"

#include <stddef.h>

/**
 * Parses AWS's shared files, ~/.aws/config and ~/.aws/credentials. Their grammar is not INI's:
 * sections carry a type word, values continue on indented lines, comments need white space before
 * them (smithy-rs, profile-parser-tests.json). Beyond that grammar it reads what the AWS CLI reads:
 * indented settings and comments, quotes around a name, words after a header. A line that no tool
 * can read, or that the AWS CLI and the SDKs for JavaScript read differently where it matters,
 * makes only its own section invalid. Values may be secrets, so ini_clear() wipes all text of a
 * parsed file.
 */

enum { INI_FILE_MAX = 1048576, INI_SECTIONS_MAX = 10000 };

/** `key = value`. Continued lines are joined by '\n'; a nested block's value begins with '\n'. */
struct ini_entry {
	char *key; /**< ASCII lower case */
	char *value;
	unsigned int line; /**< of the key, from 1 */
};

/** The fault of a section. The text is static and quotes nothing from the file. */
struct ini_problem {
	const char *what;   /**< NULL = nothing is wrong */
	unsigned int line;  /**< from 1 */
	unsigned int other; /**< a second line that takes part in the fault; 0 = none */
};

/** One section header and what follows it. A name that occurs twice is two sections. */
struct ini_section {
	enum ini_kind kind;
	char *name;	   /**< without the type word; INI_OTHER: all between the brackets */
	char *spelling;	   /**< all between the brackets, verbatim */
	unsigned int line; /**< of the header, from 1 */
	bool unread;	   /**< the header is broken or disputed: ini_get() skips it */
	struct ini_entry *entries;
	size_t count;
	struct ini_problem problem; /**< the first one */
};

/** A parsed file; the sections keep the order of the file. */
struct ini {
	struct ini_section *sections;
	size_t count;
	struct ini_section **by_name; /**< the same ones by kind, name and line */
	struct ini_problem stray;     /**< a line before the first header */
};

#define INI_EMPTY ((struct ini){.sections = NULL, .count = 0})

/**
 * Parses len bytes of text. Error messages begin with the escaped `path`. FAILED for UTF-16 and for
 * a file beyond the bounds above; *out is then empty. Every other fault becomes a problem of its
 * section. No message quotes a value.
 */
MUST bool ini_parse(const char *path, enum ini_flavour flavour, const char *text, size_t len,
		    struct ini *out, struct error *err);

/**
 * The first problem of the sections of this kind and name; NULL where these sections have none.
 * INI_PROFILE "default" and INI_DEFAULT count as the same section. Borrowed.
 */
const struct ini_problem *ini_problem(const struct ini *ini, enum ini_kind kind, const char *name);

/**
 * The sections of this kind and name, in the order of the file; *count of them. Also those that
 * ini_get() skips. Borrowed.
 */
struct ini_section *const *ini_find(const struct ini *ini, enum ini_kind kind, const char *name,
				    size_t *count);

/** FAILED with "PATH:LINE: …". */
bool ini_problem_tell(const struct ini_problem *problem, const char *path, struct error *err);

/** Wipes and frees. Accepts empty. */
void ini_clear(struct ini *ini);

/**
 * The effective value of a key in all sections of this kind and name: the last value, NULL when the
 * key is absent. For both INI_PROFILE "default" and INI_DEFAULT, [profile default], where present,
 * replaces [default] entirely. *line, unless NULL, receives the line of the key. Callers check
 * ini_problem() before they act on a value. Borrowed.
 */
const char *ini_get(const struct ini *ini, enum ini_kind kind, const char *name, const char *key,
		    unsigned int *line);

/**
 * A value from a nested block (`s3 =` and then indented `key = value` lines): copies it into
 * out[size], which is no place for secrets. False when the key is absent or the value does not fit.
 */
bool ini_nested(const char *block, const char *key, char *out, size_t size);

#endif
