/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_ROTATION_RIG_H
#define CV_TESTS_FAULT_ROTATION_RIG_H

#include "tests/fault/disk.h"
#include "tests/fault/files.h"
#include "tests/fault/rotation_model.h"

#include "vault/base/error.h"
#include "vault/rotate/rotate.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * A vault with one key under two names, `prod` and `also`, and runs of a rotation over it, as a
 * fresh process of the agent makes them. One that may be killed is a process; what outlives it lies
 * in shared memory.
 */

/** ROTATE finishes what was begun, or begins where this key was not rotated since rig_begin(). */
enum rig_act {
	RIG_ROTATE,
	RIG_UNDO,
	RIG_ABORT,
	RIG_BACK /**< abort or undo, whichever it is time for */
};

/** What somebody asks for, and the disk's part in it. The network's is in the model. */
struct rig_run {
	enum rig_act act;
	enum rotation_retire retire; /**< 0: deactivate */
	int64_t idle_s;
	int hooks;	       /**< so many */
	bool steps_only_one;   /**< one steps_next() and no more */
	bool here;	       /**< in this process, whatever fails: nothing may kill it */
	uint64_t disk_at;      /**< the call that the fault meets; 0: none */
	enum disk_fault fault; /**< of the disk */
};

/** What can be put back to an earlier moment: AWS, and what the person knows. */
struct rig_outside {
	struct model model;
	char delete_key[64]; /**< named by the next run; from the last one's hint */
	bool keep_orphan;    /**< it was somebody else's */
	bool owner_came;     /**< and its owner has taken it away */
	char begun[24];	     /**< the key that was current at rig_begin() */
	int again;	     /**< how many hooks may have to run twice */
	bool named;	     /**< a key of ours was named for deletion */
	int runs;
};

struct rig {
	struct rig_outside out;
	/* What the last run came to. */
	bool died, ok, over, resumed;
	enum error_code code;
	char message[512], hint[256];
	uint64_t step;
	const char *at;	    /**< the step that was at work last, in one word */
	const char *struck; /**< the step at which a fault struck first; NULL: none did */
	uint64_t disk_calls;
	unsigned char disk_kinds[DISK_CALLS_MAX];
	char problem[512]; /**< "", or what is not as it must be: the first since rig_reset() */
	/* What rig_check() has seen. */
	char current[32];
	int rows;
};

extern struct rig *rig;

/** Shared memory, directory and keys; a directory of its own, to be removed by rig_end(). */
void rig_start(void);
void rig_end(void);

/** Everything as new: the vault with the model's one key. Forgets problems and strikes. */
void rig_reset(void);

/** What is there now, and putting it there again. */
struct rig_moment {
	struct rig_outside out;
	struct files files;
};
void rig_save(struct rig_moment *moment);
void rig_restore(const struct rig_moment *moment);
void rig_moment_clear(struct rig_moment *moment);

/** The directory of the vault, for disk_watch() and power cuts. */
const char *rig_directory(void);

/** IAM wants an MFA session for what changes from now on, and the key has a device. */
void rig_demand_mfa(void);

/** From here on "rotated" means that another key is current than now. */
void rig_begin(void);

/**
 * One run, in a process of its own where a fault of the disk is set, or one that kills. Then
 * rig_check().
 */
void rig_rotate(const struct rig_run *run);

/**
 * Told before and after each call of a run in this process, and of each step. NULL: nothing to do.
 */
extern void (*rig_called)(void);

/**
 * What may come of an end in the midst of a run: a key, or an acknowledgement, that nobody has
 * heard of.
 */
void rig_ended_early(void);

/**
 * What must hold at any moment, whatever happened: the vault opens and its log is whole, both names
 * hold one key with its secret and IAM takes it, nobody else's key is gone, no secret stands
 * outside of a seal, and without a rotation no file of one is left.
 */
void rig_check(void);

/** Notes a problem; the first one stays. */
void rig_problem(const char *fmt, ...) CV_PRINTF(1, 2);

#endif
