/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_INI_HEADER_H
#define CV_FORMAT_INI_HEADER_H

#include "vault/base/text.h"
#include "vault/format/span.h"

#include <stdbool.h>

/**
 * The section headers of AWS's shared files, `[profile NAME]` and the like, as AWS tools read them.
 */

/** The file being parsed: section headers differ between the two. */
enum ini_flavour {
	INI_CONFIG,	/**< [profile NAME] and others of a type word, [default] */
	INI_CREDENTIALS /**< [NAME] */
};

enum ini_kind {
	INI_DEFAULT, /**< [default], in either file; name "default" */
	INI_PROFILE, /**< [profile NAME], also [profile default]; in the credentials file [NAME] */
	INI_SPACED,  /**< [TWO WORDS] of the credentials file: a profile to the AWS CLI alone */
	INI_CREDVAULT,	 /**< [credvault NAME]: a profile's role lines, for credvault alone */
	INI_SSO_SESSION, /**< [sso-session NAME] */
	INI_SERVICES,	 /**< [services NAME] */
	INI_OTHER	 /**< anything else, and names that SDKs do not accept: to be ignored */
};

/** The meaning of a section header. */
struct ini_header {
	enum ini_kind kind;
	struct span name; /**< into the file, or into `unquoted` */
	bool disputed;	  /**< only some tools take it for one of this kind and name */
	bool loose;	  /**< INI_OTHER: a profile's name of words that no quotes hold together */
	char unquoted[TEXT_NAME_MAX + 1];
};

/** Reads the text between the brackets of a header. */
void ini_header_read(enum ini_flavour flavour, struct span inner, struct ini_header *out);

/**
 * Whether text is an identifier of the grammar: a credvault name without blanks and with ASCII
 * characters only.
 */
bool ini_is_identifier(const char *text);

#endif
