/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_TLV_H
#define CV_SEAL_TLV_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stddef.h>
#include <stdint.h>

/**
 * The plaintext inside a seal: fields as u16le tag, u32le length, bytes; tags strictly ascending,
 * from 1. An unknown tag inside a valid seal comes from a newer program: the record is refused as
 * newer and never read without that field, because a later change would drop the field. A form
 * describes each struct of this layer, for writing and reading; every value has one encoding.
 */

enum tlv_kind {
	TLV_TEXT,   /**< char[size], NUL-terminated; 1 to size - 1 bytes, no control characters */
	TLV_BYTES,  /**< unsigned char[size], exactly size bytes */
	TLV_U64,    /**< uint64_t, 8 bytes little-endian */
	TLV_TIME,   /**< int64_t seconds, never negative; encoded as TLV_U64 */
	TLV_FLAG,   /**< bool, one byte 0 or 1 */
	TLV_SECRET, /**< struct secret, 1 to size bytes */
	TLV_BUF	    /**< struct buf, 1 to size bytes; reading sets its limit */
};

enum tlv_presence {
	TLV_REQUIRED, /**< always written; an absent field is refused */
	TLV_OPTIONAL, /**< left out when empty, zero or false; present but empty is refused */
	TLV_RETIRED,  /**< read as optional, dropped, never written; the tag stays taken */
	TLV_ZERO /**< retired, but older programs require it: dropped when read, written as zero */
};

struct tlv_field {
	uint16_t tag;
	enum tlv_kind kind;
	enum tlv_presence presence;
	size_t offset; /**< in the struct */
	size_t size;
	const char *name; /**< for messages */
};

#define TLV_FIELD(tag_, kind_, presence_, type_, member_)               \
	{                                                               \
		(tag_), (kind_), (presence_), offsetof(type_, member_), \
		    sizeof(((type_ *)NULL)->member_), #member_          \
	}
#define TLV_FIELD_MAX(tag_, kind_, presence_, type_, member_, max_)                      \
	{                                                                                \
		(tag_), (kind_), (presence_), offsetof(type_, member_), (max_), #member_ \
	}

/** A field of stored records that the struct no longer has. */
#define TLV_FIELD_DROPPED(tag_, kind_, presence_, max_, name_)   \
	{                                                        \
		(tag_), (kind_), (presence_), 0, (max_), (name_) \
	}

/** All fields of a struct, in ascending order of tags. */
struct tlv_form {
	const char *what; /**< the record in plain words: "an access key" */
	const struct tlv_field *fields;
	size_t count;
};

#define TLV_FORM(what_, fields_)                                           \
	{                                                                  \
		(what_), (fields_), sizeof(fields_) / sizeof((fields_)[0]) \
	}

/** Tag of the record's name in every table. */
enum { TLV_TAG_NAME = 1 };

/** Appends the struct's fields. FAILED when a value does not fit its field's description. */
MUST bool tlv_encode(const struct tlv_form *form, const void *object, struct buf *out,
		     struct error *err);

/**
 * Reads exactly len bytes into the struct, which must be empty. TAMPERED when the bytes are not
 * what tlv_encode() writes, NEWER when they have unknown fields besides; on failure the struct may
 * be half filled and must be cleared. The values of numbers are not checked.
 */
MUST bool tlv_decode(const struct tlv_form *form, const void *data, size_t len, void *object,
		     struct error *err);

/**
 * Sets the one error message for validly sealed data that this program does not know: NEWER, with
 * what was found and what to install. Returns false.
 */
bool tlv_newer(struct error *err, const char *fmt, ...) CV_PRINTF(2, 3);

/**
 * Finds the record's name, the first field, borrowed from data and NOT terminated. TAMPERED without
 * a name.
 */
MUST bool tlv_name(const void *data, size_t len, const char **name, size_t *name_len,
		   struct error *err);

#endif
