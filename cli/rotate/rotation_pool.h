/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_ROTATE_ROTATION_POOL_H
#define CV_CLI_ROTATE_ROTATION_POOL_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/creds/plan.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Several rotations at a time, each on a connection of its own, in a thread of its own. Threads
 * never ask and never see a signal: what the agent asks of a person goes to the thread that called,
 * one question at a time. The vault must be unlocked, and its agent stay, while they run.
 *
 * Ctrl-C (TERM, HUP) stops them in order: what runs ends after the call at hand and is INTERRUPTED,
 * what was not begun stays so (INTERRUPTED, begun false). A second one ends the program.
 */

enum { ROTATION_POOL_JOBS_MAX = 64, ROTATION_POOL_JOBS = 8 };

/** What all of them share; borrowed. */
struct rotation_pool_order {
	const char *retire; /**< the protocol's words; NULL: the agent's own default */
	int64_t idle_s;	    /**< 0: not given */
	int64_t grace_s;    /**< -1: not given */
	json_t *hooks;	    /**< an array; NULL: none */
	const char *delete_key;
	bool keep_orphan;
	bool confirm; /**< "Go?" before anything changes; for one rotation alone */
	bool tell;    /**< its steps as notes; for one rotation alone */
	size_t jobs;
};

/** One rotation: what is wanted, and what has come of it. */
struct rotation_pool_job {
	char name[TEXT_NAME_MAX + 1];
	const char *act;	 /**< the protocol's word */
	const char *mfa_process; /**< asked first for a code; borrowed; NULL: none */
	char region[ARN_REGION_BYTES];
	char endpoint[PLAN_URL_MAX + 1];
	struct http_proxy proxy;

	json_t *plan;	    /**< as it was told; NULL: it was not */
	json_t *unfinished; /**< what is left behind by an error */
	json_t *result;	    /**< the agent's answer; NULL: failed */
	struct error err;   /**< ERROR_NONE: it went well, or was not begun */
	char step[24];	    /**< the one it is at */
	char hooked[128];   /**< the hooks that have acknowledged, for people */
	int64_t took_ms;    /**< without the time that a person took to answer */
	int64_t asked_ms;
	bool begun;
	bool running;
	bool ended;

	/* What the crew's screen and its stop need. */
	const struct client *client; /**< while it is called */
	char waits_for[48];
	int64_t waits_until_ms, proof_since_ms, proof_wait_ms;
	int proved;
};

/**
 * `done` is called, one job at a time, when a job has ended; it may take away what it does not need
 * any more. Returns when all have.
 */
void rotation_pool_run(struct cli *cli, const struct rotation_pool_order *order,
		       struct rotation_pool_job *jobs, size_t count,
		       void (*done)(void *ctx, struct rotation_pool_job *job), void *ctx);

#endif
