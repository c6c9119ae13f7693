/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_FIELDS_H
#define CV_FORMAT_FIELDS_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A table that describes a JSON object and the C struct for it once: the writer and the reader of a
 * message share the table. Reading checks every type and bound and refuses members that the table
 * does not name; writing puts the members in the table's order.
 *
 *	struct greeting { const char *name; bool warm; };
 *	static const struct field greeting_fields[] = {
 *	    FIELD("name", TEXT, NEEDED, struct greeting, name, .max = 64),
 *	    FIELD("warm", FLAG, ALWAYS, struct greeting, warm),
 *	};
 *	const struct fields greeting = FIELDS(greeting_fields);
 */

enum field_kind {
	FIELD_TEXT,    /**< const char *, NULL or at most max bytes; borrowed, see fields_read() */
	FIELD_CHARS,   /**< char[size], NUL-terminated, at most size - 1 bytes; copied */
	FIELD_SECRET,  /**< struct secret, a text of at most max bytes */
	FIELD_HEX,     /**< unsigned char[size], as 2 × size hex digits */
	FIELD_HEX_BUF, /**< struct buf of at most max bytes, as hex */
	FIELD_FLAG,    /**< bool */
	FIELD_NUMBER,  /**< int64_t from lowest to highest; `none` is the empty one */
	FIELD_TIME,    /**< int64_t, seconds since 1970; RFC 3339 in UTC; 0 is the empty one */
	FIELD_WORD, /**< uint32_t or an enum of four bytes: which of `words`; 0 is the empty one */
	FIELD_OBJECT, /**< a struct inside, described by `of` */
	FIELD_ARRAY,  /**< T[max] with its size_t count at count_offset; of `of`, or of CHARS */
	FIELD_LIST,   /**< struct field_list, at most max; of `of`, or of TEXT */
	FIELD_RAW     /**< struct field_raw: any value, checked by the caller */
};

/**
 * How an empty value is written and read. Readers treat absent and null alike, except for `given`.
 */
enum field_presence {
	FIELD_NEEDED,	/**< always there; absent, null and an empty text are refused */
	FIELD_ALWAYS,	/**< always written as it is; read as empty where it is absent */
	FIELD_NULLABLE, /**< written as null when empty */
	FIELD_OPTIONAL	/**< not written when empty */
};

struct fields;

struct field {
	const char *name;
	enum field_kind kind;
	enum field_presence presence;
	size_t offset;	 /**< in the struct */
	size_t size;	 /**< of the member there */
	size_t max;	 /**< bytes of a text, elements of an array or a list */
	size_t text_max; /**< FIELD_LIST of texts: bytes of each */
	int64_t lowest, highest, none;
	/** Checks a text that is not empty. NULL accepts any text. */
	bool (*valid)(const char *text);
	/** The USAGE message where `valid` returns false; NULL: PROTOCOL naming the member. */
	const char *refusal;
	const char *const *words; /**< by number; the first may be NULL */
	size_t words_count;
	const struct fields *of;
	size_t stride;	     /**< bytes of one element; unused for a list of texts */
	size_t count_offset; /**< FIELD_ARRAY */
	/**
	 * 1 + the offset of a bool, or 0 without one. NULLABLE: whether there is a value, even an
	 * empty one; OPTIONAL: whether the member is present, where null means empty.
	 */
	size_t given;
};

/** A table. */
struct fields {
	const struct field *at;
	size_t count;
};

#define FIELDS(table_)                                     \
	{                                                  \
		(table_), sizeof(table_) / sizeof(*table_) \
	}
#define FIELD(name_, kind_, presence_, type_, member_, ...)                                   \
	{                                                                                     \
		.name = (name_), .kind = FIELD_##kind_, .presence = FIELD_##presence_,        \
		.offset = offsetof(type_, member_), .size = sizeof(((type_ *)NULL)->member_), \
		__VA_ARGS__                                                                   \
	}
/** For the last arguments of FIELD(): the marker, a range, the words, an array and its count. */
#define FIELD_GIVEN(type_, member_)    .given = 1 + offsetof(type_, member_)
#define FIELD_RANGE(lowest_, highest_) .lowest = (lowest_), .highest = (highest_)
#define FIELD_WORDS(of_)	       .words = (of_), .words_count = sizeof(of_) / sizeof(*of_)
#define FIELD_ELEMENTS(type_, member_, count_)                                         \
	.max = sizeof(((type_ *)NULL)->member_) / sizeof(((type_ *)NULL)->member_[0]), \
	.stride = sizeof(((type_ *)NULL)->member_[0]), .count_offset = offsetof(type_, count_)
#define FIELD_TEXTS(max_, text_max_)	.max = (max_), .text_max = (text_max_)
#define FIELD_STRUCTS(of_, type_, max_) .of = &(of_), .stride = sizeof(type_), .max = (max_)

/**
 * Elements outside the struct: const char * where the field has no `of`, else structs. A writer
 * lends the elements; a reader allocates them, and fields_clear() frees them.
 */
struct field_list {
	void *at;
	size_t count, stride; /**< bytes from one to the next; a writer of texts may leave it 0 */
};

/** A value that no table describes. A writer sets one member, or neither for no value. */
struct field_raw {
	const char *text;    /**< JSON, written as it is */
	const json_t *value; /**< borrowed; set by a reader */
};

/**
 * Reads a request's object. Unknown members are refused, so that a misspelt one is not ignored.
 * Texts, lists of them and raw values are borrowed from the object. The struct must be zero before
 * the call, and the caller clears it by fields_clear() afterwards, also on failure. PROTOCOL names
 * the member and never quotes a value.
 */
MUST bool fields_read(const struct fields *fields, const json_t *object, void *out,
		      struct error *err);

/** Reads an answer like fields_read(), but ignores unknown members: newer programs may add some. */
MUST bool fields_read_answer(const struct fields *fields, const json_t *object, void *out,
			     struct error *err);

/**
 * Wipes and frees the values that fields_read() made. Accepts empty. Not for a struct that was only
 * written.
 */
void fields_clear(const struct fields *fields, void *out);

/** Appends the struct as a JSON object. */
MUST bool fields_write(const struct fields *fields, const void *from, struct buf *out,
		       struct error *err);

/** Makes a JSON value of the struct; the caller owns it. NULL on failure. */
MUST bool fields_to_json(const struct fields *fields, const void *from, json_t **out,
			 struct error *err);

#endif
