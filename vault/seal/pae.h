/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_PAE_H
#define CV_SEAL_PAE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stddef.h>
#include <stdint.h>

/**
 * The one canonical encoding of all data that is MACed, hashed or authenticated (docs/format.md):
 * PAE(list) = u32le(count) || (u32le(length) || bytes)*. The encoding is injective, so two
 * different lists of fields never have the same bytes. The first element is always a domain text
 * ("credvault/record/v1").
 */

enum { PAE_U64_BYTES = 8, PAE_LENGTH_BYTES = 4 };

/** One element, borrowed. data may be NULL when len is 0. */
struct pae_item {
	const void *data;
	size_t len;
};

/** A whole number as an element: 8 bytes, little-endian. */
struct pae_u64 {
	unsigned char bytes[PAE_U64_BYTES];
};

/** A string literal, an array, and a struct pae_u64 as elements. */
#define PAE_TEXT(literal_) ((struct pae_item){(literal_), sizeof(literal_) - 1})
#define PAE_ARRAY(array_)  ((struct pae_item){(array_), sizeof(array_)})
#define PAE_U64(u64_)	   ((struct pae_item){(u64_).bytes, PAE_U64_BYTES})
#define PAE_ID(pointer_)   ((struct pae_item){(pointer_), 16})

struct pae_u64 pae_u64(uint64_t number);

/** A terminated text as an element, borrowed. */
struct pae_item pae_text(const char *text);

/** Reads a number from 8 little-endian bytes. */
uint64_t pae_read_u64(const unsigned char bytes[static PAE_U64_BYTES]);

/** Writes and reads 4 bytes, little-endian. */
void pae_put_u32(uint32_t number, unsigned char out[static PAE_LENGTH_BYTES]);
uint32_t pae_read_u32(const unsigned char bytes[static PAE_LENGTH_BYTES]);

/** Appends PAE(items). FAILED beyond the buffer's limit, MEMORY when memory runs out. */
MUST bool pae_append(struct buf *out, const struct pae_item *items, size_t count,
		     struct error *err);

/**
 * Splits the bytes, which are one PAE, into at most max elements that borrow from the bytes.
 * TAMPERED when bytes are missing or left over, or a length does not fit; `what` names the data in
 * the message.
 */
MUST bool pae_split(const struct pae_item *bytes, const char *what, struct pae_item *items,
		    size_t max, size_t *count, struct error *err);

#endif
