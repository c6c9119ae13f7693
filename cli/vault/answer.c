/* SPDX-License-Identifier: MIT */
#include "cli/vault/answer.h"

#include "cli/ui/ask.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_credentials.h"

#include <string.h>

static bool answer_mfa(struct cli *cli, const char *mfa_process, const json_t *ask, json_t **answer,
		       struct error *err)
{
	struct msg_mfa said = {.kind = NULL};
	char code[ASK_CODE_BYTES] = "";
	struct ask_code what;
	bool ok;

	if (!fields_read_answer(&msg_mfa, ask, &said, err))
		return false;
	what = (struct ask_code){.profile = said.profile,
				 .serial = said.serial,
				 .user = said.user,
				 .account = said.account,
				 .wait_s = said.wait_s,
				 .refused = said.refused,
				 .process = mfa_process,
				 .askpass = said.askpass};
	ok = ask_code(cli, &what, code, err) &&
	     fields_to_json(&msg_code, &(struct msg_code){code}, answer, err);
	secret_wipe(code, sizeof(code));
	return ok;
}

bool answer_ask(struct cli *cli, const char *mfa_process, const json_t *ask, json_t **answer,
		struct error *err)
{
	const char *kind = json_text_of(ask, "kind");

	*answer = NULL;
	if (strcmp(kind, "mfa") == 0)
		return answer_mfa(cli, mfa_process, ask, answer, err);
	error_set(err, ERROR_PROTOCOL, "the agent asks something that is not understood");
	return error_hint(err, "credvault lock && credvault unlock");
}
