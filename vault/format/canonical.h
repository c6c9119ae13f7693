/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_CANONICAL_H
#define CV_FORMAT_CANONICAL_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * The parts of SigV4's canonical request (AWS General Reference, "Create a canonical request"): one
 * spelling for every way of writing the same path, query and headers. For sigv4.c.
 */

enum { CANONICAL_HEADERS_MAX = 35, CANONICAL_PARAMS_MAX = 64, CANONICAL_LIMIT = 262144 };

/** Borrowed texts. */
struct canonical_header {
	const char *name;
	const char *value;
};

/** Headers sorted by name, ignoring case; headers with equal names keep the order of insertion. */
struct canonical_headers {
	struct canonical_header items[CANONICAL_HEADERS_MAX];
	size_t count;
};

/** Compares names of headers as strcmp() does, ignoring ASCII case and the locale. */
int canonical_compare_names(const char *a, const char *b);

/** False for headers that proxies change on the way, or that hold the signature. */
bool canonical_is_signed(const char *name);

/** Inserts a header in order; the list must have room (CANONICAL_HEADERS_MAX). */
void canonical_headers_add(struct canonical_headers *list, const char *name, const char *value);

/** Appends the block of headers, each line with its '\n'. */
MUST bool canonical_headers(const struct canonical_headers *list, struct buf *out,
			    struct error *err);

/** Appends the names: `host;x-amz-date`. */
MUST bool canonical_names(const struct canonical_headers *list, struct buf *out, struct error *err);

/**
 * Appends the path of a request line. Verbatim (S3): bytes not yet escaped are escaped once.
 * Otherwise dots and empty segments are resolved, never above the root, and the whole path is
 * escaped once more.
 */
MUST bool canonical_path(const char *path, bool verbatim, struct buf *out, struct error *err);

/** Appends a query sorted and escaped once. USAGE beyond CANONICAL_PARAMS_MAX parameters. */
MUST bool canonical_query(const char *query, struct buf *out, struct error *err);

#endif
