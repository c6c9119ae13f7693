/* SPDX-License-Identifier: MIT */
#ifndef CV_COURIER_CURL_OPTIONS_H
#define CV_COURIER_CURL_OPTIONS_H

#include "vault/aws/http.h"
#include "vault/base/error.h"
#include "vault/courier/certificate.h"

#include <curl/curl.h>

/**
 * All of curl's options for one request on a fresh (or reset) handle: the allowed protocol and
 * time, and no redirects, configuration files or stored state. authorities is the PEM text of those
 * that are trusted, for servers and proxies; it and *seen, which tells of the handshake, are
 * borrowed until the connection ends. *headers becomes the caller's to free after the transfer.
 * False when curl refuses an option.
 */
MUST bool curl_options_apply(CURL *easy, const struct http_request *request,
			     const struct buf *authorities, bool loopback, struct certificate *seen,
			     struct curl_slist **headers);

#endif
