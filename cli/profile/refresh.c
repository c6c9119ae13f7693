/* SPDX-License-Identifier: MIT */
#include "cli/profile/refresh.h"

#include "cli/profile/credentials_request.h"
#include "cli/ui/interrupt.h"
#include "cli/vault/agent_call.h"
#include "vault/base/clock.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

enum {
	FRESH_S = 1200,
	BLIND_S = 900,	/* what is believed of credentials that a wrong clock says have ended */
	AGAIN_S = 30,	/* the longest wait behind a failure */
	CHUNK_S = 30,	/* the clock is looked at so often: a machine may sleep */
	PRESENT_S = 120 /* the agent hangs up on who says nothing for five minutes */
};

static int64_t refresh_due(int64_t now, int64_t expires_at)
{
	int64_t left = expires_at - now;

	/* A second later the agent finds them too old to be handed out again. */
	return left > 2 * FRESH_S ? expires_at - FRESH_S + 1 : now + (left + 1) / 2;
}

/* One refreshing under way; times are seconds of AWS's clock. */
struct refreshing {
	struct cli *cli;
	const struct refresh *refresh;
	int64_t expires_at; /* of what is in the file; 0: nothing is */
	int64_t due_at;
	int64_t present_at; /* when the agent is to hear of us again */
	bool failing;
};

static int64_t refreshing_now(const struct refreshing *r)
{
	return clock_real_s(r->cli->clock) - r->cli->clock_ahead_s;
}

/* Notes what is in the file now, and when that is to be replaced. */
static void refreshing_took(struct refreshing *r, int64_t expires_at)
{
	int64_t now = refreshing_now(r), before = r->expires_at;

	/* The agent hands out nothing that has ended: then it is this machine's clock. */
	r->expires_at = expires_at > now ? expires_at : now + BLIND_S;
	r->due_at = refresh_due(now, r->expires_at);
	if (r->expires_at == before && r->due_at > now + AGAIN_S)
		r->due_at = now + AGAIN_S;
	r->present_at = now + PRESENT_S;
}

/*
 * Says something to the agent, which would hang up else, and learns whether it is there. An agent
 * that does not answer is there.
 */
static bool refreshing_is_locked(struct refreshing *r)
{
	struct error ignored;
	bool absent = false;
	json_t *ok = NULL;

	r->present_at = refreshing_now(r) + PRESENT_S;
	(void)!agent_call_if_there(r->cli, "status", NULL, NULL, &absent, &ok, &ignored);
	json_decref(ok);
	return absent;
}

/* False where it is not to be tried again. */
static bool refreshing_once(struct refreshing *r, struct error *err)
{
	struct credentials credentials = CREDENTIALS_INIT;
	int64_t now, left;
	bool asked, done;

	asked = credentials_request_send(r->cli, r->refresh->profile, r->refresh->purpose,
					 &credentials, err);
	done = asked && r->refresh->put(r->refresh->ctx, &credentials, err);
	if (done)
		refreshing_took(r, credentials.expires_at);
	credentials_clear(&credentials);
	if (done) {
		r->failing = false;
		return true;
	}
	if (asked && (err->code == ERROR_UNSAFE_FILE || err->code == ERROR_LOCKED))
		return false;
	if (!asked && err->code == ERROR_LOCKED && r->refresh->ends_when_locked &&
	    refreshing_is_locked(r))
		return false;
	if (!r->failing && r->refresh->failed)
		r->refresh->failed(r->refresh->ctx, err);
	r->failing = true;
	now = refreshing_now(r);
	left = r->expires_at > now ? (r->expires_at - now) / 4 : AGAIN_S;
	r->due_at = now + (left < 1 ? 1 : left > AGAIN_S ? AGAIN_S : left);
	return true;
}

/* Waits for the end, a signal, the agent's end, or `seconds`. */
static void refreshing_wait(const struct refreshing *r, int64_t seconds, bool *over, bool *hung_up)
{
	struct pollfd fds[2] = {{.fd = r->refresh->end_fd, .events = POLLIN},
				{.fd = r->cli->agent.client.fd, .events = POLLIN}};
	const struct timespec most = {.tv_sec = seconds < 0	    ? 0
						: seconds > CHUNK_S ? CHUNK_S
								    : seconds};
	sigset_t ours, before;

	/* A signal between the look and the wait ends the wait. */
	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &ours, &before);
	if (!interrupt_came())
		(void)ppoll(fds, 2, &most, &before);
	*over = interrupt_came() || fds[0].revents != 0;
	/* A terminal that goes may send more than one signal: the file is to be removed first. */
	if (!interrupt_came())
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
	*hung_up = fds[1].revents != 0;
}

bool refresh_run(struct cli *cli, const struct refresh *refresh, int64_t expires_at,
		 struct error *err)
{
	struct refreshing r = {.cli = cli, .refresh = refresh};
	bool over = false, hung_up = false;

	cli->no_input = true;
	cli->agent.is_last = refresh->ends_when_locked;
	refreshing_took(&r, expires_at);
	for (;;) {
		int64_t now = refreshing_now(&r), until = r.due_at;

		if (r.expires_at && r.expires_at < until)
			until = r.expires_at;
		if (r.present_at < until)
			until = r.present_at;
		refreshing_wait(&r, until - now, &over, &hung_up);
		if (over)
			return true;
		now = refreshing_now(&r);
		if (hung_up)
			client_close(&cli->agent.client);
		if ((hung_up || now >= r.present_at) && refreshing_is_locked(&r) &&
		    refresh->ends_when_locked)
			return error_set(err, ERROR_LOCKED, "the vault was locked");
		if (now >= r.due_at && !refreshing_once(&r, err))
			return false;
		if (r.expires_at && now >= r.expires_at) {
			refresh->drop(refresh->ctx);
			r.expires_at = 0;
		}
	}
}
