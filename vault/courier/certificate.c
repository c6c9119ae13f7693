/* SPDX-License-Identifier: MIT */
#include "vault/courier/certificate.h"

#include "vault/base/text.h"

#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { NAMES_SHOWN = 3 };

static pthread_once_t index_made = PTHREAD_ONCE_INIT;
static int seen_index = -1;

static void certificate_make_index(void)
{
	seen_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

static void certificate_append(char *to, size_t size, const ASN1_STRING *text)
{
	unsigned char *utf8 = NULL;
	int len = ASN1_STRING_to_UTF8(&utf8, text);

	if (len > 0 && !memchr(utf8, '\0', (size_t)len))
		text_append(to, size, "%s%.*s", to[0] ? ", " : "", len, (const char *)utf8);
	OPENSSL_free(utf8);
}

/* "Inspecting CA, Example Ltd": the common name and the organisation. */
static void certificate_name(const X509_NAME *name, char out[static CERTIFICATE_WHO_BYTES])
{
	static const int parts[] = {NID_commonName, NID_organizationName};

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int at = X509_NAME_get_index_by_NID(name, parts[i], -1);

		if (at >= 0)
			certificate_append(out, CERTIFICATE_WHO_BYTES,
					   X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	}
}

/* The first names that the server's certificate is for. */
static void certificate_names(X509 *certificate, char out[static CERTIFICATE_WHO_BYTES])
{
	GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int shown = 0;

	out[0] = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(all) && shown < NAMES_SHOWN; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);

		if (name->type != GEN_DNS)
			continue;
		certificate_append(out, CERTIFICATE_WHO_BYTES, name->d.dNSName);
		shown++;
	}
	GENERAL_NAMES_free(all);
	if (shown == 0)
		certificate_name(X509_get_subject_name(certificate), out);
}

static void certificate_time(const ASN1_TIME *time, char out[static CERTIFICATE_TIME_BYTES])
{
	struct tm parts;

	if (!ASN1_TIME_to_tm(time, &parts) ||
	    strftime(out, CERTIFICATE_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		(void)snprintf(out, CERTIFICATE_TIME_BYTES, "?");
}

/* Called by OpenSSL for each certificate of the chain, from the root on, and for each error. */
static int on_certificate(int ok, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct certificate *seen = ssl ? SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), seen_index)
				       : NULL;
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (!seen || !certificate)
		return ok;
	if (!ok && seen->error == X509_V_OK) {
		seen->error = X509_STORE_CTX_get_error(store);
		certificate_name(X509_get_issuer_name(certificate), seen->issuer);
		certificate_time(X509_get0_notBefore(certificate), seen->from);
		certificate_time(X509_get0_notAfter(certificate), seen->until);
	}
	if (X509_STORE_CTX_get_error_depth(store) == 0)
		certificate_names(certificate, seen->names);
	return ok;
}

void certificate_watch(SSL_CTX *context, struct certificate *seen)
{
	*seen = (struct certificate){.error = X509_V_OK};
	(void)pthread_once(&index_made, certificate_make_index);
	if (seen_index >= 0 && SSL_CTX_set_ex_data(context, seen_index, seen))
		SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), on_certificate);
}

enum http_cause certificate_explain(const struct certificate *seen,
				    char why[static CERTIFICATE_WHY_BYTES])
{
	switch (seen->error) {
	case X509_V_OK:
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		(void)snprintf(why, CERTIFICATE_WHY_BYTES,
			       "its certificate is not for this name, but for %s",
			       seen->names[0] ? seen->names : "none");
		return HTTP_CAUSE_WRONG_NAME;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		(void)snprintf(why, CERTIFICATE_WHY_BYTES, "its certificate has expired at %s",
			       seen->until);
		return HTTP_CAUSE_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		(void)snprintf(why, CERTIFICATE_WHY_BYTES, "its certificate is not valid before %s",
			       seen->from);
		return HTTP_CAUSE_EXPIRED;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		(void)snprintf(why, CERTIFICATE_WHY_BYTES, "its certificate is self-signed, by %s",
			       seen->issuer);
		return HTTP_CAUSE_SELF_SIGNED;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		(void)snprintf(why, CERTIFICATE_WHY_BYTES,
			       "its certificate is of an authority that is not known here: %s",
			       seen->issuer);
		return HTTP_CAUSE_UNKNOWN_AUTHORITY;
	default:
		(void)snprintf(why, CERTIFICATE_WHY_BYTES, "its certificate is not trusted: %s",
			       X509_verify_cert_error_string(seen->error));
		return HTTP_CAUSE_CERTIFICATE;
	}
}
