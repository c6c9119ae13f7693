/* SPDX-License-Identifier: MIT */
#include "cli/vault/prove.h"

#include "cli/ui/ask.h"
#include "cli/ui/say.h"
#include "cli/vault/agent_start.h"
#include "cli/vault/holder.h"
#include "cli/vault/key_path.h"
#include "cli/vault/open_header.h"
#include "vault/store/witness/pin.h"

#include <string.h>

enum { SHOWN = 256 };

/*
 * The pin says which vault lies at this path. Anybody can make a vault that opens with the owner's
 * key file or recovery code, so without a pin only a passphrase shows whose vault a header is of.
 */
static bool prove_check_pin(const struct cli *cli, const struct header *header, bool *pinned,
			    struct error *err)
{
	char shown[SHOWN];
	struct pin pin;

	if (!pin_read(cli->witness, cli->vault, &pin, err))
		return false;
	*pinned = pin.there;
	out_path(cli->socket, shown, sizeof(shown));
	if (pin.there &&
	    (pin.damaged || memcmp(pin.vault_id, header->vault_id, sizeof(pin.vault_id)) != 0 ||
	     memcmp(pin.commitment, header->commitment, sizeof(pin.commitment)) != 0)) {
		error_set(err, ERROR_TAMPERED,
			  "whoever listens at %s shows another vault than the one known here",
			  shown);
		return error_detail(err, "Nothing was sent, and nothing was asked for.");
	}
	if (!pin.there && cli->passphrase_fd < 0 && key_path_given(cli)) {
		error_set(err, ERROR_TAMPERED,
			  "this machine does not know the vault, and a key file does not tell "
			  "whose it is");
		return error_hint(err, "credvault unlock");
	}
	return true;
}

/*
 * Whether the header is the file's, as a fresh agent reads it. Where an agent has the vault open,
 * no other can read it.
 */
static bool prove_check_file(const struct cli *cli, const struct buf *header, struct error *err)
{
	struct buf found = BUF_INIT(HEADER_BYTES_MAX);
	struct client fresh = CLIENT_EMPTY;
	struct error ignored;
	char shown[SHOWN];
	struct holder holder;
	bool same = true;

	holder_find(cli, &holder);
	if (holder.pid == 0 && agent_start_spawn(cli, &fresh, &ignored) &&
	    agent_start_header(&fresh, "open", &found, &ignored) == CLIENT_OK)
		same = found.len == header->len && memcmp(found.data, header->data, found.len) == 0;
	client_close(&fresh);
	buf_clear(&found);
	if (same)
		return true;
	out_path(cli->socket, shown, sizeof(shown));
	error_set(err, ERROR_IMPOSTOR, "whoever listens at %s does not hold this vault", shown);
	return error_detail(err, "Nothing was sent, and nothing was asked for.");
}

static bool prove_derive(struct cli *cli, const char *why, const struct buf *bytes,
			 struct error *err)
{
	struct keys keys = {0};
	struct header header;
	const char *how;
	bool pinned = false, ok;

	ok = header_decode(bytes->data, bytes->len, &header, err) &&
	     prove_check_pin(cli, &header, &pinned, err) && prove_check_file(cli, bytes, err);
	if (!ok)
		return false;
	if (why && cli->passphrase_fd < 0 && !key_path_given(cli) && ask_has_terminal(cli))
		say_note(cli, "The passphrase is needed: %s.", why);
	ok = open_header_derive(cli, bytes, &keys, &how, err);
	if (ok && !pinned && strcmp(how, "passphrase") != 0)
		ok = error_set(err, ERROR_TAMPERED,
			       "this machine does not know the vault, and a %s does not tell whose "
			       "it is",
			       how);
	ok = ok && secret_set(&cli->agent.proof_key, keys.at[KEY_PROOF].data,
			      keys.at[KEY_PROOF].len, err);
	if (ok && cli->agent.kept) {
		ok = keys_copy(cli->agent.kept, &keys, err);
		cli->agent.kept_how = how;
	}
	keys_clear(&keys);
	return ok || (err->code == ERROR_LOCKED && ask_nobody_proves(why, err));
}

/* The header that whoever listens shows. */
static enum client_result prove_fetch(struct cli *cli, struct buf *header, struct error *err)
{
	struct msg_header said = {.pid = 0};
	json_t *ok = NULL;
	enum client_result result = client_call(&cli->agent.client, "public", NULL, NULL, &ok, err);

	if (result == CLIENT_OK && !(fields_read_answer(&msg_header, ok, &said, err) &&
				     buf_append(header, said.header.data, said.header.len, err)))
		result = CLIENT_ERROR;
	/* Nobody types a passphrase for an act that then wants it for an unlock. */
	if (result == CLIENT_OK && said.records_locked) {
		error_set(err, ERROR_LOCKED, "the keys were locked again after a while unused");
		result = CLIENT_ERROR;
	}
	fields_clear(&msg_header, &said);
	json_decref(ok);
	return result;
}

enum client_result prove_key(struct cli *cli, const char *why, struct error *err)
{
	struct buf header = BUF_INIT(HEADER_BYTES_MAX);
	enum client_result result;

	if (cli->agent.proof_key.data)
		return CLIENT_OK;
	result = prove_fetch(cli, &header, err);
	if (result == CLIENT_OK && !prove_derive(cli, why, &header, err))
		result = CLIENT_ERROR;
	buf_clear(&header);
	return result;
}

bool prove_is_given(const struct cli *cli)
{
	return cli->agent.proof_key.data || cli->passphrase_fd >= 0 || key_path_given(cli);
}
