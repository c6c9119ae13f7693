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
 * indented settings and comments, quotes around a name, words behind a header. A line that nobody
 * can read, or that the AWS CLI and the SDKs for JavaScript read differently where it matters,
 * spoils its own section and no other. Values may be secrets, so all text of a parsed file lives in
 * memory that is wiped when it is cleared.
 */

enum { INI_FILE_MAX = 1048576, INI_SECTIONS_MAX = 10000 };

/** `key = value`. Continued lines are joined by '\n'; a nested block's value begins with '\n'. */
struct ini_entry {
	char *key; /**< ASCII lower case */
	char *value;
	unsigned int line; /**< of the key, from 1 */
};

/** What is wrong with a section. The text is static and quotes nothing of the file. */
struct ini_problem {
	const char *what;   /**< NULL = nothing is wrong */
	unsigned int line;  /**< from 1 */
	unsigned int other; /**< a second line that is part of it; 0 = none */
};

/** One section header and what follows it. A name that occurs twice is two sections. */
struct ini_section {
	enum ini_kind kind;
	char *name;	   /**< without the type word; INI_OTHER: all between the brackets */
	char *spelling;	   /**< all between the brackets, as it stands there */
	unsigned int line; /**< of the header, from 1 */
	bool unread;	   /**< a header that is broken or disputed: its lines are nobody's */
	struct ini_entry *entries;
	size_t count;
	struct ini_problem problem; /**< the first one */
};

/** A parsed file, sections in its order. */
struct ini {
	struct ini_section *sections;
	size_t count;
	struct ini_problem stray; /**< a line before the first header */
};

#define INI_EMPTY ((struct ini){.sections = NULL, .count = 0})

/**
 * Parses len bytes of text. `path` stands in front of errors and is escaped there. FAILED for what
 * is no text of this kind at all: UTF-16, and what is beyond the bounds above; *out is empty then.
 * Every other fault is a problem of the section that it stands in. Nothing quotes a value.
 */
MUST bool ini_parse(const char *path, enum ini_flavour flavour, const char *text, size_t len,
		    struct ini *out, struct error *err);

/**
 * The first problem of the sections of this kind and name; NULL where there is none. INI_PROFILE
 * "default" and INI_DEFAULT are one. Borrowed.
 */
const struct ini_problem *ini_problem(const struct ini *ini, enum ini_kind kind, const char *name);

/** FAILED with "PATH:LINE: …". */
bool ini_problem_tell(const struct ini_problem *problem, const char *path, struct error *err);

/** Wipes and frees. Accepts empty. */
void ini_clear(struct ini *ini);

/**
 * The value that holds for a key in all sections of this kind and name: the last one, NULL when
 * there is none. For INI_PROFILE "default" and INI_DEFAULT alike: [profile default], where there is
 * one, replaces [default] wholly. *line, unless NULL, is its line. Whoever acts on a value asks
 * ini_problem() first. Borrowed.
 */
const char *ini_get(const struct ini *ini, enum ini_kind kind, const char *name, const char *key,
		    unsigned int *line);

/**
 * A value out of a nested block (`s3 =` and then indented `key = value` lines): copies it into
 * out[size], which is no place for secrets. False when it is not there or does not fit.
 */
bool ini_nested(const char *block, const char *key, char *out, size_t size);

#endif
