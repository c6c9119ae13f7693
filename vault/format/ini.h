/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_INI_H
#define CV_FORMAT_INI_H

#include "vault/base/error.h"

#include <stddef.h>

/**
 * Parses AWS's shared files, ~/.aws/config and ~/.aws/credentials. Their grammar is not INI's:
 * sections carry a type word, values continue on indented lines, comments need white space before
 * them (smithy-rs, profile-parser-tests.json). Values may be secrets, so all text of a parsed file
 * lives in memory that is wiped when it is cleared.
 */

enum { INI_FILE_MAX = 1048576, INI_LINE_MAX = 8192, INI_SECTIONS_MAX = 10000 };

/** Which file: the section headers differ. */
enum ini_flavour {
	INI_CONFIG,	/**< [profile NAME] and others of a type word, [default] */
	INI_CREDENTIALS /**< [NAME] */
};

enum ini_kind {
	INI_DEFAULT, /**< [default], in either file; name "default" */
	INI_PROFILE, /**< [profile NAME], also [profile default]; in the credentials file [NAME] */
	INI_CREDVAULT,	 /**< [credvault NAME]: a profile's role lines, for credvault alone */
	INI_SSO_SESSION, /**< [sso-session NAME] */
	INI_SERVICES,	 /**< [services NAME] */
	INI_OTHER	 /**< anything else, and names that SDKs do not accept: to be ignored */
};

/** `key = value`. Continued lines are joined by '\n'; a nested block's value begins with '\n'. */
struct ini_entry {
	char *key; /**< ASCII lower case */
	char *value;
	unsigned int line; /**< of the key, from 1 */
};

/** One section header and what follows it. A name that occurs twice is two sections. */
struct ini_section {
	enum ini_kind kind;
	char *name;	   /**< without the type word; INI_OTHER: all between the brackets */
	unsigned int line; /**< of the header, from 1 */
	struct ini_entry *entries;
	size_t count;
};

/** A parsed file, sections in its order. */
struct ini {
	struct ini_section *sections;
	size_t count;
};

#define INI_EMPTY ((struct ini){.sections = NULL, .count = 0})

/**
 * Parses len bytes of text. `path` stands before the line number in errors and is escaped there.
 * FAILED with "PATH:LINE: …" for what the grammar calls an error, for NUL bytes and beyond the
 * bounds above; *out is empty then. No error quotes a value.
 */
MUST bool ini_parse(const char *path, enum ini_flavour flavour, const char *text, size_t len,
		    struct ini *out, struct error *err);

/** Wipes and frees. Accepts empty. */
void ini_clear(struct ini *ini);

/**
 * The value that holds for a key in all sections of this kind and name: the last one, NULL when
 * there is none. For INI_PROFILE "default" and INI_DEFAULT alike: [profile default], where there is
 * one, replaces [default] wholly. *line, unless NULL, is its line. Borrowed.
 */
const char *ini_get(const struct ini *ini, enum ini_kind kind, const char *name, const char *key,
		    unsigned int *line);

/**
 * A value out of a nested block (`s3 =` and then indented `key = value` lines): copies it into
 * out[size], which is no place for secrets. False when it is not there or does not fit.
 */
bool ini_nested(const char *block, const char *key, char *out, size_t size);

#endif
