/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_FORM_H
#define CV_FORMAT_FORM_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stddef.h>

/** Bodies of the AWS Query protocol: name=value joined by '&', percent-encoded by RFC 3986. */

/** Appends len bytes, all except unreserved ones as %XX (space is %20). */
MUST bool form_encode(struct buf *out, const void *data, size_t len, struct error *err);

/** Appends `name=value`, with a '&' before it unless the buffer is empty. Both are encoded. */
MUST bool form_add(struct buf *out, const char *name, const char *value, struct error *err);

/** As form_add() with a number. */
MUST bool form_add_number(struct buf *out, const char *name, long long value, struct error *err);

/**
 * As form_add() with `name.member.N` (N from 1), the protocol's lists; suffix may be ".Key" or "".
 */
MUST bool form_add_member(struct buf *out, const char *name, size_t n, const char *suffix,
			  const char *value, struct error *err);

#endif
