/* SPDX-License-Identifier: MIT */
#include "vault/seal/pae.h"

#include <string.h>

void pae_put_u32(uint32_t number, unsigned char out[static PAE_LENGTH_BYTES])
{
	for (int i = 0; i < PAE_LENGTH_BYTES; i++)
		out[i] = (unsigned char)(number >> (8 * i));
}

uint32_t pae_read_u32(const unsigned char bytes[static PAE_LENGTH_BYTES])
{
	uint32_t number = 0;

	for (int i = PAE_LENGTH_BYTES; i-- > 0;)
		number = number << 8 | bytes[i];
	return number;
}

struct pae_item pae_text(const char *text)
{
	return (struct pae_item){text, strlen(text)};
}

struct pae_u64 pae_u64(uint64_t number)
{
	struct pae_u64 out;

	for (int i = 0; i < PAE_U64_BYTES; i++)
		out.bytes[i] = (unsigned char)(number >> (8 * i));
	return out;
}

uint64_t pae_read_u64(const unsigned char bytes[static PAE_U64_BYTES])
{
	uint64_t number = 0;

	for (int i = PAE_U64_BYTES; i-- > 0;)
		number = number << 8 | bytes[i];
	return number;
}

bool pae_append(struct buf *out, const struct pae_item *items, size_t count, struct error *err)
{
	unsigned char length[PAE_LENGTH_BYTES];

	pae_put_u32((uint32_t)count, length);
	if (!buf_append(out, length, sizeof(length), err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (items[i].len > UINT32_MAX)
			return error_set(err, ERROR_FAILED, "a field is too long to encode");
		pae_put_u32((uint32_t)items[i].len, length);
		if (!buf_append(out, length, sizeof(length), err))
			return false;
		if (items[i].len > 0 && !buf_append(out, items[i].data, items[i].len, err))
			return false;
	}
	return true;
}

static bool broken(const char *what, struct error *err)
{
	return error_set(err, ERROR_TAMPERED, "the vault was changed from outside (%s)", what);
}

bool pae_split(const struct pae_item *bytes, const char *what, struct pae_item *items, size_t max,
	       size_t *count, struct error *err)
{
	const unsigned char *at = bytes->data;
	size_t left = bytes->len, want, item;

	*count = 0;
	if (left < PAE_LENGTH_BYTES)
		return broken(what, err);
	want = pae_read_u32(at);
	at += PAE_LENGTH_BYTES;
	left -= PAE_LENGTH_BYTES;
	if (want > max)
		return broken(what, err);
	for (size_t i = 0; i < want; i++) {
		if (left < PAE_LENGTH_BYTES)
			return broken(what, err);
		item = pae_read_u32(at);
		at += PAE_LENGTH_BYTES;
		left -= PAE_LENGTH_BYTES;
		if (item > left)
			return broken(what, err);
		items[i] = (struct pae_item){at, item};
		at += item;
		left -= item;
	}
	if (left > 0)
		return broken(what, err);
	*count = want;
	return true;
}
