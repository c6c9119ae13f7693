/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_ROTATE_ROTATION_POOL_H
#define CV_CLI_ROTATE_ROTATION_POOL_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/creds/plan.h"
#include "vault/wire/tables/msg_rotate.h"
#include "vault/wire/tables/msg_rotate_plan.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Runs several rotations at a time, each in a thread and on a connection of its own. The threads
 * never use the terminal and never see a signal: a question of the agent to a person goes to the
 * thread that called, one at a time. The vault must stay unlocked while they run.
 *
 * Ctrl-C (TERM, HUP) stops the jobs in order: a running one ends after the call at hand and is
 * INTERRUPTED, one that waits is never begun (INTERRUPTED, begun false). A second Ctrl-C ends the
 * program.
 */

enum { ROTATION_POOL_JOBS_MAX = 64, ROTATION_POOL_JOBS = 8 };

/** What all rotations of a run share; borrowed. */
struct rotation_pool_order {
	enum msg_retire retire;	 /**< MSG_RETIRE_NONE: the agent's own default */
	int64_t idle_s;		 /**< 0: not given */
	int64_t grace_s;	 /**< -1: not given */
	struct field_list hooks; /**< commands */
	const char *delete_key;
	bool keep_orphan;
	bool confirm; /**< "Go?" before anything changes; for one rotation alone */
	bool tell;    /**< prints each step; for one rotation alone */
	size_t jobs;
};

/** One rotation: its request, and its outcome. */
struct rotation_pool_job {
	char name[TEXT_NAME_MAX + 1];
	enum msg_rotate_act act;
	const char *mfa_process; /**< the program to get a code from first; borrowed; or NULL */
	char region[ARN_REGION_BYTES];
	char endpoint[PLAN_URL_MAX + 1];
	struct http_proxy proxy;

	json_t *plan;	    /**< the rotation's plan; NULL: the agent has told none */
	json_t *unfinished; /**< the event about what a failed rotation has left; NULL: nothing */
	json_t *result;	    /**< the agent's answer; NULL: the rotation failed */
	struct msg_rotation rotation; /**< the contents of `unfinished` or `result`; else empty */
	struct error err;	      /**< ERROR_NONE: the rotation went well, or was not begun */
	char step[24];		      /**< the current step */
	char hooked[128];	      /**< the hooks that have acknowledged the key, for people */
	int64_t took_ms;	      /**< without the time that a person took to answer */
	int64_t asked_ms;
	bool begun;
	bool running;
	bool ended;

	/* For the pool's own progress line and stop. */
	const struct client *client; /**< while it is called */
	char waits_for[48];
	int64_t waits_until_ms, proof_since_ms, proof_wait_ms;
	int proved;
};

/**
 * Runs all jobs and returns when they have ended. `done` is called for each job that has ended, one
 * at a time; it may free members of the job that the caller does not need any more.
 */
void rotation_pool_run(struct cli *cli, const struct rotation_pool_order *order,
		       struct rotation_pool_job *jobs, size_t count,
		       void (*done)(void *ctx, struct rotation_pool_job *job), void *ctx);

#endif
