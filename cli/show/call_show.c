/* SPDX-License-Identifier: MIT */
#include "cli/show/call_show.h"

#include "cli/ui/progress.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_call.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_BYTES = 640 };

/* What came of the try, in words; escaped, as it quotes another machine. */
static void call_outcome(const struct msg_call *call, char shown[static SHOWN_BYTES])
{
	char text[SHOWN_BYTES];

	if (call->status == 0)
		(void)snprintf(text, sizeof(text), "no answer: %s", call->why ? call->why : "");
	else
		(void)snprintf(text, sizeof(text), "HTTP %lld%s%s%s%s", (long long)call->status,
			       call->aws_code ? " " : "", call->aws_code ? call->aws_code : "",
			       call->request_id ? ", request " : "",
			       call->request_id ? call->request_id : "");
	text_escape_into(text, shown, SHOWN_BYTES);
}

bool call_show(const struct cli *cli, const json_t *event)
{
	char where[SHOWN_BYTES], outcome[SHOWN_BYTES];
	struct msg_call call = {.what = NULL};
	struct error unused = ERROR_INIT;

	if (strcmp(json_text_of(event, "what"), "call") != 0)
		return false;
	/* With --json stderr is for the error object alone. */
	if (!cli->verbose || cli->json || !fields_read_answer(&msg_call, event, &call, &unused))
		return true;
	progress_hide(cli);
	text_escape_into(call.host, where, sizeof(where));
	call_outcome(&call, outcome);
	say_detail(cli, "%s:%s at %s, try %lld, %lld ms: %s", call.service, call.action, where,
		   (long long)call.number, (long long)call.took_ms, outcome);
	return true;
}
