/* SPDX-License-Identifier: MIT */
#include "cli/vault/answer.h"

#include "cli/ui/ask.h"
#include "cli/vault/agent_start.h"
#include "cli/vault/open_header.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/seal/proof.h"

#include <string.h>

enum { TEXT_MAX = 256, WAIT_MAX_S = 3600 };

static bool answer_mfa(struct cli *cli, const char *mfa_process, const json_t *ask, json_t **answer,
		       struct error *err)
{
	struct ask_code what = {.process = mfa_process};
	char code[ASK_CODE_BYTES] = "";
	bool ok;

	*answer = NULL;
	if (!json_need_text(ask, "profile", TEXT_MAX, &what.profile, err) ||
	    !json_text(ask, "serial", TEXT_MAX, &what.serial, err) ||
	    !json_text(ask, "user", TEXT_MAX, &what.user, err) ||
	    !json_text(ask, "account", TEXT_MAX, &what.account, err) ||
	    !json_number(ask, "wait_s", 0, WAIT_MAX_S, 0, &what.wait_s, err) ||
	    !json_flag(ask, "refused", &what.refused, err) || !ask_code(cli, &what, code, err))
		return false;
	*answer = json_pack("{s:s}", "code", code);
	ok = *answer || error_set(err, ERROR_MEMORY, "out of memory");
	secret_wipe(code, sizeof(code));
	return ok;
}

/* The proof key of the passphrase that this run has unlocked with, or else asks for now. */
static bool answer_proof_key(struct cli *cli, const json_t *ask, struct keys *keys,
			     struct error *err)
{
	struct buf header = BUF_INIT(HEADER_BYTES_MAX);
	const char *how;
	bool ok;

	if (cli->agent.proof_key.data)
		return secret_set(&keys->at[KEY_PROOF], cli->agent.proof_key.data,
				  cli->agent.proof_key.len, err);
	/* The key is kept: the agent may ask again, and nobody types a passphrase twice. */
	ok = agent_start_take_header(ask, &header, err) &&
	     open_header_derive(cli, &header, keys, &how, err) &&
	     secret_set(&cli->agent.proof_key, keys->at[KEY_PROOF].data, keys->at[KEY_PROOF].len,
			err);
	buf_clear(&header);
	return ok;
}

static bool answer_proof(struct cli *cli, const json_t *ask, const struct buf *request,
			 json_t **answer, struct error *err)
{
	unsigned char nonce[PROOF_NONCE_BYTES], vault_id[SEAL_ID_BYTES], proof[PROOF_BYTES];
	const char *nonce_hex, *id_hex;
	char proof_hex[2 * PROOF_BYTES + 1];
	struct keys keys = {0};
	bool ok;

	*answer = NULL;
	if (!json_need_text(ask, "nonce", 2 * sizeof(nonce), &nonce_hex, err) ||
	    !json_need_text(ask, "vault_id", 2 * sizeof(vault_id), &id_hex, err))
		return false;
	if (!text_unhex(nonce_hex, nonce, sizeof(nonce)) ||
	    !text_unhex(id_hex, vault_id, sizeof(vault_id)))
		return error_set(err, ERROR_PROTOCOL, "the agent's question is not understood");
	ok = answer_proof_key(cli, ask, &keys, err) &&
	     proof_make(&keys, vault_id, nonce, request, proof, err);
	keys_clear(&keys);
	if (!ok)
		return err->code == ERROR_LOCKED ? ask_nobody_proves(err) : false;
	text_hex(proof, sizeof(proof), proof_hex);
	*answer = json_pack("{s:s}", "proof", proof_hex);
	return *answer || error_set(err, ERROR_MEMORY, "out of memory");
}

bool answer_ask(struct cli *cli, const char *mfa_process, const json_t *ask,
		const struct buf *request, json_t **answer, struct error *err)
{
	const char *kind = json_string_value(json_object_get(ask, "kind"));

	*answer = NULL;
	if (kind && strcmp(kind, "mfa") == 0)
		return answer_mfa(cli, mfa_process, ask, answer, err);
	if (kind && strcmp(kind, "proof") == 0)
		return answer_proof(cli, ask, request, answer, err);
	error_set(err, ERROR_PROTOCOL, "the agent asks something that is not understood");
	return error_hint(err, "credvault lock && credvault unlock");
}
