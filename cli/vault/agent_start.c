/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_start.h"

#include "cli/ui/child.h"
#include "cli/ui/progress.h"
#include "cli/ui/say.h"
#include "vault/base/process.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char agent_program[] = CV_HELPER_DIR "/credvault-agent";

enum { AGENT_FD = 3, KEYS_TEXT_MAX = 4096, LOCK_MS = 60000, LOCK_STEP_MS = 20, QUIET_MS = 1000 };

bool agent_start_spawn(const struct cli *cli, struct client *client, struct error *err)
{
	char vault[] = "--vault", socket_word[] = "--socket", state[] = "--state";
	char insecure[] = "--insecure-memory", *envp[CHILD_ENVIRONMENT_MAX];
	char *argv[] = {(char *)(uintptr_t)agent_program,
			vault,
			(char *)(uintptr_t)cli->vault,
			socket_word,
			(char *)(uintptr_t)cli->socket,
			state,
			(char *)(uintptr_t)cli->witness,
			option_flag(&cli->options, "insecure-memory") ? insecure : NULL,
			NULL};
	struct process_fd end = {.to = AGENT_FD};
	pid_t pid = 0;
	int pair[2];
	bool ok;

	*client = CLIENT_EMPTY;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot make a socket pair");
	end.from = pair[1];
	child_environment(false, envp);
	/* 0 to 2 are /dev/null there: a resident agent holds no pipe open that our caller reads. */
	ok = process_spawn(
	    &(struct process_child){
		.path = agent_program, .argv = argv, .envp = envp, .fds = &end, .fds_count = 1},
	    &pid, err);
	(void)close(pair[1]);
	if (!ok) {
		(void)close(pair[0]);
		return false;
	}
	/* The agent forks itself into the background; the process started here ends at once. */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	client_adopt(client, pair[0]);
	return true;
}

static enum client_result agent_start_read_header(struct client *client, const char *op,
						  const struct message *args, struct buf *header,
						  struct error *err)
{
	struct msg_header said = {.pid = 0};
	json_t *ok = NULL;
	enum client_result result = client_call(client, op, args, NULL, &ok, err);

	buf_reset(header);
	if (result == CLIENT_OK && !(fields_read_answer(&msg_header, ok, &said, err) &&
				     buf_append(header, said.header.data, said.header.len, err)))
		result = CLIENT_ERROR;
	fields_clear(&msg_header, &said);
	json_decref(ok);
	return result;
}

enum client_result agent_start_header(struct client *client, const char *op, struct buf *header,
				      struct error *err)
{
	return agent_start_read_header(client, op, NULL, header, err);
}

enum client_result agent_start_staged(struct client *client, const char *copy, struct buf *header,
				      struct error *err)
{
	return agent_start_read_header(
	    client, "staged", MESSAGE(msg_staged, &(struct msg_staged){copy}), header, err);
}

bool agent_start_release(struct client *client, struct error *err)
{
	json_t *ok = NULL;
	bool done = client_call(client, "release", NULL, NULL, &ok, err) == CLIENT_OK;

	json_decref(ok);
	return done;
}

/* A call of which the keys are all that is said. */
static enum client_result call_with_keys(struct client *client, const char *op,
					 const struct keys *keys, json_t **ok, struct error *err)
{
	struct buf text = BUF_INIT(KEYS_TEXT_MAX);
	struct msg_launch args = {.how = NULL};
	enum client_result result = CLIENT_ERROR;

	*ok = NULL;
	if (keys_append_json(keys, &text, err)) {
		args.keys.text = buf_text(&text);
		result = client_call(client, op, MESSAGE(msg_keys, &args), NULL, ok, err);
	}
	buf_clear(&text);
	return result;
}

enum client_result agent_start_compare(struct client *client, const struct keys *keys, json_t **ok,
				       struct error *err)
{
	return call_with_keys(client, "compare", keys, ok, err);
}

void agent_start_inspect(struct client *client, const struct keys *keys, json_t **found)
{
	struct error ignored;

	if (call_with_keys(client, "inspect", keys, found, &ignored) != CLIENT_OK)
		*found = NULL;
}

/* Which of the four ways to come to serve the terms mean. */
static const char *unlock_op(const struct agent_start_terms *terms, const struct fields **fields)
{
	if (!terms->header) {
		*fields = &msg_unlock;
		return "unlock";
	}
	if (!terms->act) {
		*fields = &msg_create;
		return "create";
	}
	*fields = terms->new_keys ? &msg_rekey : &msg_set_header;
	return terms->new_keys ? "rekey" : "set_header";
}

enum client_result agent_start_unlock(struct client *client, const struct agent_start_terms *terms,
				      json_t **ok, struct error *err)
{
	struct buf keys = BUF_INIT(KEYS_TEXT_MAX), fresh = BUF_INIT(KEYS_TEXT_MAX);
	struct msg_launch args = {.act = terms->act,
				  .what = terms->what,
				  .how = terms->how,
				  .idle_s = terms->idle_s > 0 ? terms->idle_s : 0,
				  .limit_s = terms->limit_s > 0 ? terms->limit_s : 0,
				  .resident = terms->resident,
				  .accept_rollback = terms->accept};
	enum client_result result = CLIENT_ERROR;
	struct message message = {.from = &args};
	const char *op = unlock_op(terms, &message.fields);

	*ok = NULL;
	if (terms->header)
		args.header = *terms->header;
	if (keys_append_json(terms->keys, &keys, err) &&
	    (!terms->new_keys || keys_append_json(terms->new_keys, &fresh, err))) {
		args.keys.text = buf_text(&keys);
		args.new_keys.text = terms->new_keys ? buf_text(&fresh) : NULL;
		result = client_call(client, op, &message, NULL, ok, err);
	}
	buf_clear(&keys);
	buf_clear(&fresh);
	return result;
}

bool agent_start_lock(const struct cli *cli, int *fd, struct error *err)
{
	*fd = open(cli->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot open the lock file %s",
				       cli->lock);
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	say_detail(cli, "Another credvault is unlocking the vault; waiting for it.");
	for (int left = LOCK_MS; left > 0; left -= LOCK_STEP_MS) {
		if (left == LOCK_MS - QUIET_MS)
			progress_show(cli,
				      "Waiting for another credvault, which unlocks the vault …");
		clock_sleep_ms(cli->clock, LOCK_STEP_MS);
		if (flock(*fd, LOCK_EX | LOCK_NB) == 0) {
			if (left <= LOCK_MS - QUIET_MS)
				progress_hide(cli);
			return true;
		}
	}
	progress_hide(cli);
	error_set(err, ERROR_FAILED, "another process has been unlocking the vault for %d s",
		  LOCK_MS / 1000);
	error_detail(err, "It may be stopped; it holds the lock %s.", cli->lock);
	(void)close(*fd);
	*fd = -1;
	return false;
}

bool agent_start_is_locked(const struct cli *cli)
{
	int fd = open(cli->lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool locked;

	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	(void)close(fd);
	return locked;
}

void agent_start_adopt(struct cli *cli, struct client *client,
		       const struct agent_start_terms *terms, const json_t *ok)
{
	const struct keys *keys = terms->new_keys ? terms->new_keys : terms->keys;
	struct error why;

	client_close(&cli->agent.client);
	cli->agent.client = *client;
	*client = CLIENT_EMPTY;
	cli->agent.started = true;
	cli->agent.resident = terms->resident;
	cli->agent.pid = (pid_t)json_integer_value(json_object_get(ok, "pid"));
	cli->agent.client.pid = cli->agent.pid;
	if (!secret_set(&cli->agent.proof_key, keys->at[KEY_PROOF].data, keys->at[KEY_PROOF].len,
			&why))
		secret_clear(&cli->agent.proof_key);
	if (cli->agent.kept && cli->agent.kept != keys && keys_copy(cli->agent.kept, keys, &why))
		cli->agent.kept_how = terms->how;
}
