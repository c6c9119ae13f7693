/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_COURIER_HTTP_H
#define CV_AGENT_CORE_COURIER_HTTP_H

#include "vault/agent/core/broker.h"
#include "vault/agent/core/sealed_authorities.h"
#include "vault/aws/http.h"

/**
 * `struct http` through a courier: one per operation, used by one thread. The courier is started
 * with the first request, serves all of the operation's (its connections are reused), and ends with
 * it.
 */
struct courier_http {
	struct http http; /**< what the aws layer takes */
	struct broker *broker;
	struct sealed_authorities *authorities;
	int fd; /**< -1 until the first request */
};

/**
 * Prepares *courier; starts nothing. It must stay where it is until it is closed. The authorities
 * that are sealed when the courier starts are trusted besides the system's; NULL: no others are.
 */
void courier_http_open(struct courier_http *courier, struct broker *broker,
		       struct sealed_authorities *authorities);

/** Ends the courier, if there is one. Accepts a closed one. */
void courier_http_close(struct courier_http *courier);

#endif
