/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_BUF_H
#define CV_BASE_BUF_H

#include "vault/base/error.h"

#include <stddef.h>

/**
 * A growable byte buffer with a mandatory size limit, for text that may hold a secret. The buffer
 * wipes memory that it stops using (on growth, reset and clear). `data` is NUL-terminated after
 * `len` bytes once anything was appended; use buf_text() where the buffer may be empty.
 */
struct buf {
	char *data;
	size_t len;
	size_t cap;   /**< bytes allocated, 0 or more than len */
	size_t limit; /**< the most that len may become, in bytes */
};

/** An empty buffer that may grow to `limit_` bytes. Owns nothing yet. */
#define BUF_INIT(limit_) ((struct buf){.limit = (limit_)})

/**
 * Appends len bytes. Fails with FAILED beyond the limit and with MEMORY when allocation fails; on
 * failure the buffer is unchanged.
 */
MUST bool buf_append(struct buf *buf, const void *data, size_t len, struct error *err);

/** Appends a NUL-terminated text. */
MUST bool buf_text_append(struct buf *buf, const char *text, struct error *err);

/** Appends formatted text that holds NO secret (printf may leave copies on the stack). */
MUST bool buf_printf(struct buf *buf, struct error *err, const char *fmt, ...) CV_PRINTF(3, 4);

/** Makes room for `more` bytes after len, so that a caller may write there and then raise len. */
MUST bool buf_reserve(struct buf *buf, size_t more, struct error *err);

/** The content as text, "" when empty. Borrowed until the next change. */
const char *buf_text(const struct buf *buf);

/** Wipes the content and keeps the memory. */
void buf_reset(struct buf *buf);

/** Drops the first n bytes (n <= len) and wipes the bytes freed at the end. */
void buf_drop(struct buf *buf, size_t n);

/** Wipes and frees; the buffer is empty with the same limit. Accepts empty. */
void buf_clear(struct buf *buf);

#endif
