/* SPDX-License-Identifier: MIT */
#include "vault/aws/courier_message.h"
#include "vault/base/process.h"
#include "vault/courier/authorities.h"
#include "vault/courier/courier_sandbox.h"
#include "vault/courier/memory.h"
#include "vault/courier/transfer.h"
#include "vault/wire/frame.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * credvault-courier: carries signed requests to AWS. It reads them on descriptor 3
 * (vault/aws/courier_message.h), answers there, and ends when the other side closes. It takes no
 * arguments
 * and never prints.
 */

enum { CONTROL = 3 };

/* Serves one request. False when the other side has closed. */
static bool serve(struct transfer *transfer, struct buf *authorities, struct buf *text)
{
	struct courier_message_request asked = {.json = NULL};
	struct http_reply reply = HTTP_REPLY_INIT;
	bool answered, end = false;
	struct error err;

	if (!frame_read(CONTROL, FRAME_FOR_EVER, FRAME_COMPLETE_MS, text, &end, &err) || end)
		return false;
	answered = courier_message_decode_request(text, &asked, &err) &&
		   (!asked.authorities || authorities_add(authorities, asked.authorities, &err)) &&
		   transfer_run(transfer, &asked.request, &reply, &end, &err);
	buf_reset(text);
	/* The request holds a session token, so it is cleared before the next wait. */
	courier_message_request_clear(&asked);
	answered = answered ? courier_message_encode_reply(&reply, text, &err)
			    : courier_message_encode_failure(err.message, &reply, text, &err);
	http_reply_clear(&reply);
	return answered && !end && frame_write(CONTROL, text->data, text->len, NULL, &err);
}

int main(void)
{
	struct buf text = FRAME_BODY_INIT, authorities = AUTHORITIES_INIT;
	struct transfer *transfer = NULL;
	struct error err;

	if (!process_harden_helper(&err) || !memory_open(&err))
		_exit(error_status(err.code));
	(void)signal(SIGPIPE, SIG_IGN);
	/* A program that is started by its descriptor would be named after it. */
	(void)prctl(PR_SET_NAME, "credvault-courier", 0, 0, 0);
	authorities_read(&authorities);
	if (!transfer_new(CONTROL, &authorities, &transfer, &err) || !courier_sandbox_enter(&err))
		_exit(error_status(err.code));
	while (serve(transfer, &authorities, &text))
		buf_reset(&text);
	buf_clear(&text);
	/* Not exit(): curl may still wait for a name server in a thread of its own. */
	_exit(0);
}
