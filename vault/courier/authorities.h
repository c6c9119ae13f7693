/* SPDX-License-Identifier: MIT */
#ifndef CV_COURIER_AUTHORITIES_H
#define CV_COURIER_AUTHORITIES_H

#include "vault/base/buf.h"

/**
 * The certificate authorities that the courier trusts, as the PEM text that curl is given
 * (CURLOPT_CAINFO_BLOB): curl opens no file of authorities by itself.
 */

/** The system's list of authorities. */
#define AUTHORITIES_FILE "/etc/ssl/certs/ca-certificates.crt"

enum { AUTHORITIES_MAX = 8 << 20 };

/** No authorities yet. */
#define AUTHORITIES_INIT BUF_INIT(AUTHORITIES_MAX)

/** Replaces *pem by the system's list. Where it cannot be read, *pem is empty and https fails. */
void authorities_read(struct buf *pem);

/** Adds to *pem authorities that the vault's owner has sealed, as PEM text. */
MUST bool authorities_add(struct buf *pem, const char *more, struct error *err);

#endif
