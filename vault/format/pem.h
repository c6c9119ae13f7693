/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_PEM_H
#define CV_FORMAT_PEM_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stddef.h>

/**
 * Certificates of authorities in PEM text (RFC 7468): blocks of base64 between BEGIN CERTIFICATE
 * and END CERTIFICATE, with any text between blocks. Only the frame of a certificate is checked;
 * what it says, OpenSSL reads in the courier.
 */

enum {
	PEM_AUTHORITIES_MAX = 24576, /**< bytes of the authorities that a vault holds */
	PEM_FILE_MAX = 8 << 20,	     /**< bytes of a file of authorities */
	PEM_PATH_MAX = 1024	     /**< bytes of the name of a file that is remembered */
};

/**
 * Checks that a text holds certificates and no other block, and counts them. USAGE where it holds a
 * private key, another kind of block, a damaged certificate, or none; `what` names the text.
 */
MUST bool pem_check(const char *what, const struct buf *text, size_t *count, struct error *err);

/**
 * Appends to *out, of at most PEM_AUTHORITIES_MAX bytes, each certificate of `text` that `system`
 * lacks, once, without the text between blocks, in lines of 64 characters. `system` may hold
 * blocks that cannot be read. USAGE as pem_check(), and where *out is too small.
 */
MUST bool pem_lacking(const char *what, const struct buf *text, const struct buf *system,
		      struct buf *out, size_t *count, struct error *err);

#endif
