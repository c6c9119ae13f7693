/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_ERROR_H
#define CV_WIRE_TABLES_MSG_ERROR_H

#include "vault/format/fields.h"

/** The value of "error", on the wire and on stderr under --json. */
struct msg_error {
	const char *code; /**< error_name() */
	int64_t status;	  /**< the command's exit status */
	const char *message, *profile, *hint, *detail;
};
extern const struct fields msg_error;

#endif
