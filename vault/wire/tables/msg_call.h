/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_CALL_H
#define CV_WIRE_TABLES_MSG_CALL_H

#include "vault/format/fields.h"

/** The event `call`: one try of a call of AWS, after it was made. --verbose shows it. */
struct msg_call {
	const char *what; /**< "call" */
	const char *service, *action, *host;
	int64_t number; /**< from 1; a higher one is a repetition */
	int64_t took_ms;
	int64_t status;		/**< HTTP status; 0: there was no answer */
	const char *aws_code;	/**< NULL for success, or where AWS gave none */
	const char *request_id; /**< as AWS names the request; NULL where it does not */
	const char *why;	/**< of a try that failed, in words; NULL for success */
};
extern const struct fields msg_call;

#endif
