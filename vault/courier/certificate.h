/* SPDX-License-Identifier: MIT */
#ifndef CV_COURIER_CERTIFICATE_H
#define CV_COURIER_CERTIFICATE_H

#include "vault/aws/http.h"

#include <openssl/ssl.h>
#include <stddef.h>

/**
 * Watches how OpenSSL judges the certificates of a handshake, to tell people why one was refused.
 * The judgement itself stays OpenSSL's and curl's: nothing here makes a certificate good.
 */

enum { CERTIFICATE_WHO_BYTES = 160, CERTIFICATE_WHY_BYTES = 280, CERTIFICATE_TIME_BYTES = 24 };

/** What was seen in the last handshake. Texts come from the other side, and are not escaped. */
struct certificate {
	int error;			    /**< X509_V_ERR_…; X509_V_OK: none */
	char issuer[CERTIFICATE_WHO_BYTES]; /**< who signed the certificate that is refused */
	char names[CERTIFICATE_WHO_BYTES];  /**< the names of the server's certificate */
	char from[CERTIFICATE_TIME_BYTES], until[CERTIFICATE_TIME_BYTES];
};

/** Has the handshakes of `context` written into *seen, which must outlive them. */
void certificate_watch(SSL_CTX *context, struct certificate *seen);

/** Why the certificate was refused, in words for `why`, and as a cause. */
enum http_cause certificate_explain(const struct certificate *seen,
				    char why[static CERTIFICATE_WHY_BYTES]);

#endif
