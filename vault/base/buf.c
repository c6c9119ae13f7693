/* SPDX-License-Identifier: MIT */
#include "vault/base/buf.h"

#include "vault/base/secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool buf_reserve(struct buf *buf, size_t more, struct error *err)
{
	size_t need, cap;
	char *data;

	if (more > buf->limit || buf->len > buf->limit - more)
		return error_set(err, ERROR_FAILED, "more than %zu bytes where no more are allowed",
				 buf->limit);
	need = buf->len + more + 1;
	if (need <= buf->cap)
		return true;
	cap = buf->cap ? buf->cap : 256;
	while (cap < need)
		cap *= 2;
	data = malloc(cap);
	if (!data)
		return error_set(err, ERROR_MEMORY, "out of memory");
	if (buf->len)
		memcpy(data, buf->data, buf->len);
	data[buf->len] = '\0';
	secret_wipe(buf->data, buf->cap);
	free(buf->data);
	buf->data = data;
	buf->cap = cap;
	return true;
}

bool buf_append(struct buf *buf, const void *data, size_t len, struct error *err)
{
	if (!buf_reserve(buf, len, err))
		return false;
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

bool buf_text_append(struct buf *buf, const char *text, struct error *err)
{
	return buf_append(buf, text, strlen(text), err);
}

bool buf_printf(struct buf *buf, struct error *err, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0)
		return error_set(err, ERROR_FAILED, "text could not be formatted");
	if (!buf_reserve(buf, (size_t)n, err))
		return false;
	va_start(args, fmt);
	(void)vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, args);
	va_end(args);
	buf->len += (size_t)n;
	return true;
}

const char *buf_text(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}

void buf_reset(struct buf *buf)
{
	secret_wipe(buf->data, buf->cap);
	buf->len = 0;
}

void buf_drop(struct buf *buf, size_t n)
{
	if (n > buf->len)
		n = buf->len;
	if (n == 0)
		return;
	memmove(buf->data, buf->data + n, buf->len - n);
	secret_wipe(buf->data + buf->len - n, n);
	buf->len -= n;
}

void buf_clear(struct buf *buf)
{
	secret_wipe(buf->data, buf->cap);
	free(buf->data);
	buf->data = NULL;
	buf->len = 0;
	buf->cap = 0;
}
