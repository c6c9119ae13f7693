/* SPDX-License-Identifier: MIT */
#include "cli/vault/answer.h"

#include "cli/ui/ask.h"
#include "cli/ui/say.h"
#include "cli/vault/key_path.h"
#include "cli/vault/open_header.h"
#include "vault/format/json.h"
#include "vault/seal/proof.h"
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
				 .process = mfa_process};
	ok = ask_code(cli, &what, code, err) &&
	     fields_to_json(&msg_code, &(struct msg_code){code}, answer, err);
	secret_wipe(code, sizeof(code));
	return ok;
}

/* The proof key of the passphrase that this run has unlocked with, or else asks for now. */
static bool answer_proof_key(struct cli *cli, const struct msg_nonce *said, struct keys *keys,
			     struct error *err)
{
	const char *how;

	if (cli->agent.proof_key.data)
		return secret_set(&keys->at[KEY_PROOF], cli->agent.proof_key.data,
				  cli->agent.proof_key.len, err);
	if (said->why && cli->passphrase_fd < 0 && !key_path_given(cli) && ask_has_terminal(cli))
		say_note(cli, "The passphrase is needed: %s.", said->why);
	/* The key is kept: the agent may ask again, and nobody types a passphrase twice. */
	return open_header_derive(cli, &said->header, keys, &how, err) &&
	       secret_set(&cli->agent.proof_key, keys->at[KEY_PROOF].data, keys->at[KEY_PROOF].len,
			  err);
}

static bool answer_proof(struct cli *cli, const json_t *ask, const struct buf *request,
			 json_t **answer, struct error *err)
{
	struct msg_nonce said = {.kind = NULL};
	struct msg_proof proof;
	struct keys keys = {0};
	bool ok = fields_read_answer(&msg_nonce, ask, &said, err) &&
		  answer_proof_key(cli, &said, &keys, err) &&
		  proof_make(&keys, said.vault_id, said.nonce, request, proof.proof, err);

	keys_clear(&keys);
	if (!ok && err->code == ERROR_LOCKED)
		(void)ask_nobody_proves(said.why, err);
	fields_clear(&msg_nonce, &said);
	if (!ok)
		return false;
	return fields_to_json(&msg_proof, &proof, answer, err);
}

bool answer_ask(struct cli *cli, const char *mfa_process, const json_t *ask,
		const struct buf *request, json_t **answer, struct error *err)
{
	const char *kind = json_text_of(ask, "kind");

	*answer = NULL;
	if (strcmp(kind, "mfa") == 0)
		return answer_mfa(cli, mfa_process, ask, answer, err);
	if (strcmp(kind, "proof") == 0)
		return answer_proof(cli, ask, request, answer, err);
	error_set(err, ERROR_PROTOCOL, "the agent asks something that is not understood");
	return error_hint(err, "credvault lock && credvault unlock");
}
