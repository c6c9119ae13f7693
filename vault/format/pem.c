/* SPDX-License-Identifier: MIT */
#include "vault/format/pem.h"

#include "vault/base/text.h"
#include "vault/format/digest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_CHARACTERS = 64, LABEL_MAX = 40, BLOCK_MAX = 65536, SEQUENCE = 0x30, BITS = 0x03 };

static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";

/* A block of the text; borrowed. */
struct block {
	const char *label, *body;
	size_t label_len, body_len;
};

/* The next block from *at on, which moves behind it. False at the end of the text. */
static bool block_next(const char **at, const char *stop, struct block *out)
{
	const char *head = memmem(*at, (size_t)(stop - *at), begin, sizeof(begin) - 1), *tail;

	*out = (struct block){.label = NULL};
	if (!head)
		return false;
	out->label = head + sizeof(begin) - 1;
	tail = memmem(out->label, (size_t)(stop - out->label), dashes, sizeof(dashes) - 1);
	if (!tail)
		tail = stop;
	out->label_len = (size_t)(tail - out->label);
	out->body = tail < stop ? tail + sizeof(dashes) - 1 : stop;
	tail = memmem(out->body, (size_t)(stop - out->body), end, sizeof(end) - 1);
	/* A block without an end goes to the end of the text, and is damaged. */
	*at = tail ? tail + sizeof(end) - 1 : stop;
	out->body_len = tail ? (size_t)(tail - out->body) : 0;
	return true;
}

static bool block_is(const struct block *block, const char *label)
{
	return block->label_len == strlen(label) &&
	       memcmp(block->label, label, block->label_len) == 0;
}

static int letter_value(char c)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(letters, c) : NULL;

	return at ? (int)(at - letters) : -1;
}

static bool letter_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The bytes of a block's base64. False where it is none, or more than BLOCK_MAX. */
static bool block_decode(const struct block *block, struct buf *der)
{
	uint32_t bits = 0;
	size_t count = 0, padding = 0;
	struct error unused;

	buf_reset(der);
	for (size_t i = 0; i < block->body_len; i++) {
		char c = block->body[i];
		int value = letter_value(c);
		unsigned char bytes[3];

		if (letter_is_blank(c))
			continue;
		if (c == '=' && count % 4 >= 2)
			padding++;
		else if (value < 0 || padding > 0)
			return false;
		bits = bits << 6 | (c == '=' ? 0 : (uint32_t)value);
		if (++count % 4 != 0)
			continue;
		bytes[0] = (unsigned char)(bits >> 16);
		bytes[1] = (unsigned char)(bits >> 8);
		bytes[2] = (unsigned char)bits;
		/* Bits that belong to no byte are zero, so that one certificate has one text. */
		if (padding > 2 || (padding == 2 && bytes[1]) || (padding && bytes[2]) ||
		    !buf_append(der, bytes, 3 - padding, &unused))
			return false;
		bits = 0;
	}
	return count > 0 && count % 4 == 0;
}

/* Takes one DER value of that tag from *at on, and moves behind it; *inside is its content. */
static bool der_take(const unsigned char **at, const unsigned char *stop, unsigned int tag,
		     const unsigned char **inside, size_t *len)
{
	const unsigned char *p = *at;
	size_t n;

	if (stop - p < 2 || *p++ != tag)
		return false;
	n = *p++;
	if (n >= 0x80) {
		size_t bytes = n & 0x7f;

		if (bytes == 0 || bytes > 3 || (size_t)(stop - p) < bytes)
			return false;
		for (n = 0; bytes > 0; bytes--)
			n = n << 8 | *p++;
	}
	if ((size_t)(stop - p) < n)
		return false;
	*inside = p;
	*len = n;
	*at = p + n;
	return true;
}

/* SEQUENCE { SEQUENCE what is signed, SEQUENCE how, BIT STRING signature } and nothing behind. */
static bool der_is_certificate(const struct buf *der)
{
	const unsigned char *at = (const unsigned char *)der->data, *inside, *unused;
	const unsigned char *stop = at + der->len;
	size_t len, unused_len;

	if (!der_take(&at, stop, SEQUENCE, &inside, &len) || at != stop)
		return false;
	return der_take(&inside, stop, SEQUENCE, &unused, &unused_len) && unused_len > 0 &&
	       der_take(&inside, stop, SEQUENCE, &unused, &unused_len) &&
	       der_take(&inside, stop, BITS, &unused, &unused_len) && inside == stop;
}

static bool block_refuse(const char *what, const struct block *block, struct error *err)
{
	char label[LABEL_MAX * 4], name[LABEL_MAX + 1] = "", shown[PEM_PATH_MAX];
	size_t len = block->label_len < LABEL_MAX ? block->label_len : LABEL_MAX;

	text_escape_into(what, shown, sizeof(shown));
	if (block_is(block, "CERTIFICATE"))
		return error_set(err, ERROR_USAGE, "%.300s: a certificate in it is damaged", shown);
	memcpy(name, block->label, len);
	text_escape_into(name, label, sizeof(label));
	error_set(err, ERROR_USAGE, "%.300s: it holds what is no certificate: %s", shown, label);
	if (memmem(block->label, block->label_len, "PRIVATE KEY", 11))
		error_detail(err, "A private key has no place among authorities.");
	return false;
}

/* The certificates of a text: what each pass over it needs. */
struct pass {
	const char *at, *stop;
	struct buf der;
	unsigned char digest[DIGEST_BYTES];
};

#define PASS(text_)                                            \
	((struct pass){.at = buf_text(text_),                  \
		       .stop = buf_text(text_) + (text_)->len, \
		       .der = BUF_INIT(BLOCK_MAX)})

/* The next certificate; *good is false for a block that is none. False at the end. */
static bool pass_next(struct pass *pass, struct block *block, bool *good)
{
	if (!block_next(&pass->at, pass->stop, block))
		return false;
	*good = block_is(block, "CERTIFICATE") && block_decode(block, &pass->der) &&
		der_is_certificate(&pass->der);
	if (*good)
		digest_sha256(pass->der.data, pass->der.len, pass->digest);
	return true;
}

bool pem_check(const char *what, const struct buf *text, size_t *count, struct error *err)
{
	struct pass pass = PASS(text);
	char shown[PEM_PATH_MAX];
	struct block block;
	bool good = true;

	*count = 0;
	while (good && pass_next(&pass, &block, &good))
		*count += good;
	buf_clear(&pass.der);
	if (!good)
		return block_refuse(what, &block, err);
	text_escape_into(what, shown, sizeof(shown));
	return *count > 0 ||
	       error_set(err, ERROR_USAGE, "%.300s: it holds no certificate in PEM", shown);
}

static bool block_append(const struct block *block, struct buf *out, struct error *err)
{
	size_t column = 0;
	bool ok = buf_text_append(out, "-----BEGIN CERTIFICATE-----", err);

	for (size_t i = 0; ok && i < block->body_len; i++) {
		if (letter_is_blank(block->body[i]))
			continue;
		ok = (column % LINE_CHARACTERS != 0 || buf_append(out, "\n", 1, err)) &&
		     buf_append(out, block->body + i, 1, err);
		column++;
	}
	return ok && buf_text_append(out, "\n-----END CERTIFICATE-----\n", err);
}

/* Digests of the certificates that there are already. */
struct known {
	unsigned char (*at)[DIGEST_BYTES];
	size_t count, room;
};

static bool known_has(const struct known *known, const unsigned char *digest)
{
	for (size_t i = 0; i < known->count; i++) {
		if (memcmp(known->at[i], digest, DIGEST_BYTES) == 0)
			return true;
	}
	return false;
}

static bool known_add(struct known *known, const unsigned char *digest, struct error *err)
{
	void *more;

	if (known->count == known->room) {
		known->room = known->room ? 2 * known->room : 256;
		more = realloc(known->at, known->room * sizeof(*known->at));
		if (!more)
			return error_set(err, ERROR_MEMORY, "out of memory");
		known->at = more;
	}
	memcpy(known->at[known->count++], digest, DIGEST_BYTES);
	return true;
}

/* The bytes of block_append() for a certificate of so many bytes. */
static size_t block_text_len(size_t der_len)
{
	size_t letters = (der_len + 2) / 3 * 4;

	return sizeof("-----BEGIN CERTIFICATE-----") + letters + letters / LINE_CHARACTERS +
	       sizeof("\n-----END CERTIFICATE-----\n");
}

static bool pem_refuse_size(const char *what, struct error *err)
{
	char shown[PEM_PATH_MAX];

	text_escape_into(what, shown, sizeof(shown));
	error_set(err, ERROR_USAGE,
		  "%.300s: more than %d KiB of authorities that the system does not have", shown,
		  PEM_AUTHORITIES_MAX / 1024);
	return error_detail(err, "A file with your company's own authority alone is enough.");
}

static bool pem_gather(const char *what, const struct buf *text, const struct buf *system,
		       struct known *known, struct buf *out, size_t *count, struct error *err)
{
	struct pass pass = PASS(system);
	struct block block;
	bool ok = true, good;

	while (ok && pass_next(&pass, &block, &good))
		ok = !good || known_add(known, pass.digest, err);
	buf_clear(&pass.der);
	pass = PASS(text);
	while (ok && pass_next(&pass, &block, &good)) {
		if (known_has(known, pass.digest))
			continue;
		if (out->len + block_text_len(pass.der.len) > PEM_AUTHORITIES_MAX) {
			ok = pem_refuse_size(what, err);
			break;
		}
		ok = known_add(known, pass.digest, err) && block_append(&block, out, err);
		++*count;
	}
	buf_clear(&pass.der);
	return ok;
}

bool pem_lacking(const char *what, const struct buf *text, const struct buf *system,
		 struct buf *out, size_t *count, struct error *err)
{
	struct known known = {.at = NULL};
	bool ok = pem_check(what, text, count, err);

	*count = 0;
	ok = ok && pem_gather(what, text, system, &known, out, count, err);
	free(known.at);
	return ok;
}
