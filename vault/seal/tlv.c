/* SPDX-License-Identifier: MIT */
#include "vault/seal/tlv.h"

#include "vault/base/secret.h"
#include "vault/seal/box.h"
#include "vault/seal/pae.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TAG_BYTES = 2, HEAD_BYTES = TAG_BYTES + PAE_LENGTH_BYTES };

/* A value as bytes; `number` holds the bytes of numbers and flags. */
struct value {
	const void *data;
	size_t len;
	struct pae_u64 number;
};

static bool plain_text(const unsigned char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] < 0x20 || text[i] == 0x7f)
			return false;
	}
	return true;
}

static bool all_zero(const void *data, size_t len)
{
	const unsigned char *bytes = data;
	unsigned char any = 0;

	for (size_t i = 0; i < len; i++)
		any |= bytes[i];
	return any == 0;
}

/* Whether the bytes are a value of the field's kind; only a required field may be empty. */
static bool fits(const struct tlv_field *field, const unsigned char *data, size_t len)
{
	bool optional = field->presence == TLV_OPTIONAL || field->presence == TLV_RETIRED;

	switch (field->kind) {
	case TLV_TEXT: return len >= 1 && len < field->size && plain_text(data, len);
	case TLV_BYTES: return len == field->size && !(optional && all_zero(data, len));
	case TLV_U64: return len == PAE_U64_BYTES && !(optional && all_zero(data, len));
	case TLV_TIME:
		return len == PAE_U64_BYTES && pae_read_u64(data) <= INT64_MAX &&
		       !(optional && all_zero(data, len));
	case TLV_FLAG: return len == 1 && (data[0] == 1 || (data[0] == 0 && !optional));
	case TLV_SECRET:
	case TLV_BUF: return len >= 1 && len <= field->size;
	}
	return false;
}

static void value_get(const struct tlv_field *field, const void *object, struct value *out)
{
	const unsigned char *at = (const unsigned char *)object + field->offset;
	uint64_t number;
	bool flag;

	switch (field->kind) {
	case TLV_TEXT:
		out->data = at;
		out->len = strnlen((const char *)at, field->size);
		break;
	case TLV_BYTES:
		out->data = at;
		out->len = field->size;
		break;
	case TLV_U64:
	case TLV_TIME:
		memcpy(&number, at, sizeof(number));
		out->number = pae_u64(number);
		out->data = out->number.bytes;
		out->len = PAE_U64_BYTES;
		break;
	case TLV_FLAG:
		memcpy(&flag, at, sizeof(flag));
		out->number.bytes[0] = flag ? 1 : 0;
		out->data = out->number.bytes;
		out->len = 1;
		break;
	case TLV_SECRET:
		out->data = ((const struct secret *)(const void *)at)->data;
		out->len = ((const struct secret *)(const void *)at)->len;
		break;
	case TLV_BUF:
		out->data = ((const struct buf *)(const void *)at)->data;
		out->len = ((const struct buf *)(const void *)at)->len;
		break;
	}
}

/* Whether an optional field is left out: an empty text, zero or false. */
static bool is_empty(const struct tlv_field *field, const struct value *value)
{
	switch (field->kind) {
	case TLV_TEXT:
	case TLV_SECRET:
	case TLV_BUF: return value->len == 0;
	default: return all_zero(value->data, value->len);
	}
}

bool tlv_encode(const struct tlv_form *form, const void *object, struct buf *out, struct error *err)
{
	unsigned char head[HEAD_BYTES];
	struct value value = {0};
	const struct pae_u64 zero = {0}; /* as large as any field written as zero */

	for (size_t i = 0; i < form->count; i++) {
		const struct tlv_field *field = &form->fields[i];

		if (field->presence == TLV_RETIRED)
			continue;
		if (field->presence == TLV_ZERO)
			value = (struct value){.data = zero.bytes, .len = field->size};
		else
			value_get(field, object, &value);
		if (field->presence == TLV_OPTIONAL && is_empty(field, &value))
			continue;
		if (!fits(field, value.data, value.len))
			return error_set(err, ERROR_FAILED, "the field \"%s\" cannot be stored",
					 field->name);
		head[0] = (unsigned char)(field->tag & 0xff);
		head[1] = (unsigned char)(field->tag >> 8);
		pae_put_u32((uint32_t)value.len, head + TAG_BYTES);
		if (!buf_append(out, head, sizeof(head), err) ||
		    !buf_append(out, value.data, value.len, err))
			return false;
	}
	return true;
}

static bool value_set(const struct tlv_field *field, const unsigned char *data, size_t len,
		      void *object, struct error *err)
{
	unsigned char *at = (unsigned char *)object + field->offset;
	uint64_t number;
	bool flag;

	switch (field->kind) {
	case TLV_TEXT:
		memcpy(at, data, len);
		at[len] = '\0';
		return true;
	case TLV_BYTES: memcpy(at, data, len); return true;
	case TLV_U64:
	case TLV_TIME:
		number = pae_read_u64(data);
		memcpy(at, &number, sizeof(number));
		return true;
	case TLV_FLAG:
		flag = data[0] == 1;
		memcpy(at, &flag, sizeof(flag));
		return true;
	case TLV_SECRET: return secret_set((struct secret *)(void *)at, data, len, err);
	case TLV_BUF:
		*(struct buf *)(void *)at = BUF_INIT(field->size);
		return buf_append((struct buf *)(void *)at, data, len, err);
	}
	return false;
}

/*
 * Reads the field at the start of data: its tag, its value, and the length of both; false when data
 * is cut short.
 */
static bool peek(const unsigned char *data, size_t left, uint16_t *tag, struct pae_item *value)
{
	if (left < HEAD_BYTES)
		return false;
	*tag = (uint16_t)(data[0] | data[1] << 8);
	*value = (struct pae_item){data + HEAD_BYTES, pae_read_u32(data + TAG_BYTES)};
	return value->len <= left - HEAD_BYTES;
}

bool tlv_newer(struct error *err, const char *fmt, ...)
{
	char found[128];
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(found, sizeof(found), fmt, args) < 0)
		found[0] = '\0';
	va_end(args);
	error_set(err, ERROR_NEWER, "a newer credvault wrote what this one does not know: %s",
		  found);
	return error_hint(err, "install the newest credvault");
}

/* Skips optional fields with tags below this one; false when a required field is among them. */
static bool skip(const struct tlv_form *form, size_t *next, uint32_t tag)
{
	while (*next < form->count && form->fields[*next].tag < tag) {
		enum tlv_presence presence = form->fields[(*next)++].presence;

		if (presence == TLV_REQUIRED || presence == TLV_ZERO)
			return false;
	}
	return true;
}

bool tlv_decode(const struct tlv_form *form, const void *data, size_t len, void *object,
		struct error *err)
{
	const unsigned char *at = data;
	size_t left = len, next = 0;
	struct pae_item value = {0};
	uint16_t tag = 0, last = 0, unknown = 0;

	for (; left > 0; last = tag) {
		const struct tlv_field *field;

		if (!peek(at, left, &tag, &value) || tag <= last || !skip(form, &next, tag))
			return box_tampered("a record's fields", err);
		field = next < form->count ? &form->fields[next] : NULL;
		if (field && field->tag == tag) {
			if (!fits(field, value.data, value.len))
				return box_tampered("a record's fields", err);
			if (field->presence <= TLV_OPTIONAL &&
			    !value_set(field, value.data, value.len, object, err))
				return false;
			next++;
		} else if (!unknown) {
			unknown = tag;
		}
		at += HEAD_BYTES + value.len;
		left -= HEAD_BYTES + value.len;
	}
	if (!skip(form, &next, UINT16_MAX + 1))
		return box_tampered("a record's fields", err);
	return !unknown || tlv_newer(err, "field %u of %s", (unsigned int)unknown, form->what);
}

bool tlv_name(const void *data, size_t len, const char **name, size_t *name_len, struct error *err)
{
	struct pae_item value = {0};
	uint16_t tag = 0;

	if (!peek(data, len, &tag, &value) || tag != TLV_TAG_NAME || value.len < 1 ||
	    !plain_text(value.data, value.len))
		return box_tampered("a record's name", err);
	*name = value.data;
	*name_len = value.len;
	return true;
}
