/* SPDX-License-Identifier: MIT */
#ifndef CV_COURIER_TRANSFER_H
#define CV_COURIER_TRANSFER_H

#include "vault/aws/http.h"
#include "vault/base/error.h"

/**
 * HTTP requests by curl, one at a time, under the options of curl_options.h. Connections are kept
 * for the next request. Not thread-safe.
 */
struct transfer;

/**
 * A transfer lives as long as the courier does: freeing one may wait for a name to be resolved.
 * control is a socket: when its other end closes, the running request is abandoned. authorities
 * is the PEM text of those that are trusted, borrowed for as long as the transfer lives; without
 * any, https fails.
 */
MUST bool transfer_new(int control, const struct buf *authorities, struct transfer **out,
		       struct error *err);

/**
 * Sends and reads the answer (as http_send(): true for any HTTP status). An XML or JSON body is
 * parsed into reply->tree; the body is wiped. *abandoned is set where control's other end closed.
 */
MUST bool transfer_run(struct transfer *transfer, const struct http_request *request,
		       struct http_reply *reply, bool *abandoned, struct error *err);

#endif
