/* SPDX-License-Identifier: MIT */
#include "tests/fault/faults.h"

#include "tests/fault/disk.h"
#include "tests/fault/operation.h"
#include "vault/store/handle.h"
#include "vault/store/store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* After the faults of the disk one more: it fails once, and the caller tries again. */
enum { TRY_AGAIN = DISK_FAULTS, WAYS };

/* What was left behind has a random name; a later attempt draws another one. */
enum { OTHER_SEED = 991 };

static const char *const ways[WAYS] = {
    "die before",      "die after", "torn",    "EIO",	      "ENOSPC",	   "EIO for good",
    "ENOSPC for good", "full",	    "starved", "journal bad", "EIO, again"};

/* What the child that met the fault has to say; in shared memory. */
struct answer {
	bool begun;
	bool ok;
	bool poisoned;
	bool again;   /**< a second attempt was made, and went well */
	bool changed; /**< it failed, and said that its change is made all the same */
	bool moved;   /**< an operation that failed left the open store changed */
	enum error_code code;
};

struct stage {
	struct world world;
	const struct operation *operation;
	struct files files;
	struct look before;
	struct look after;
	struct answer *answer;
};

static bool stays(unsigned int way)
{
	return way == DISK_EIO_STAYS || way == DISK_ENOSPC_STAYS || way == DISK_FULL ||
	       way == DISK_STARVED || way == DISK_BAD_JOURNAL;
}

static void act_in_child(struct stage *stage, uint64_t at, unsigned int way)
{
	struct answer *answer = stage->answer;
	struct world *world = &stage->world;
	struct error err = ERROR_INIT, ignored;
	struct look look = {.code = ERROR_NONE};

	world_rekey(world);
	if (way == DISK_STARVED)
		disk_starve();
	operation_begin(world, stage->operation);
	disk_arm(at, way == TRY_AGAIN ? DISK_EIO : (enum disk_fault)way);
	answer->begun = true;
	answer->ok = stage->operation->act(world, &err);
	answer->code = err.code;
	if (!stays(way))
		disk_disarm();
	answer->poisoned = world->store && world->store->poisoned;
	answer->changed = world->changed;
	if (!answer->ok && world->store && world->store->unlocked && !answer->poisoned) {
		/* What was refused must not show in the store that goes on either. */
		answer->moved = world_read(world, world->store, &look, &ignored) &&
				!operation_left(stage->operation, &look,
						answer->changed ? &stage->after : &stage->before,
						&stage->before, &stage->after);
		if (way == TRY_AGAIN) {
			operation_reseed();
			answer->again = stage->operation->act(world, &ignored);
		}
	} else if (!answer->ok && way == TRY_AGAIN && stage->operation->opens) {
		operation_reseed();
		answer->again = stage->operation->act(world, &ignored);
	}
	(void)store_close(world->store, &ignored);
	_exit(0);
}

static void judge(struct run *run, struct stage *stage, unsigned int way, int status)
{
	const struct answer *answer = stage->answer;
	bool died = WIFEXITED(status) && WEXITSTATUS(status) == DISK_DIED;
	struct error err = ERROR_INIT;
	struct look look;
	bool is_old, is_new;

	if (!died && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
		run_came_to(run, OUTCOME_CRASHED, "the operation");
		return;
	}
	world_look(&stage->world, &look);
	is_old = operation_left(stage->operation, &look, &stage->before, &stage->before,
				&stage->after);
	is_new = operation_left(stage->operation, &look, &stage->after, &stage->before,
				&stage->after);
	if (stage->before.code == ERROR_NOT_FOUND && look.code == ERROR_NOT_FOUND) {
		/* Nothing there: then what was left behind must not be in the way either. */
		world_seed(OTHER_SEED);
		is_old = stage->operation->act(&stage->world, &err);
		if (is_old)
			world_close(&stage->world);
	}
	if (!is_old && !is_new)
		run_came_to(run, OUTCOME_BROKEN,
			    err.code != ERROR_NONE ? err.message : look.message);
	else if (!died && answer->moved)
		run_came_to(run, OUTCOME_BROKEN, "it failed, and the open store shows it");
	else if (!died && (answer->ok || answer->again || answer->changed))
		run_came_to(run, is_new ? OUTCOME_NEW : OUTCOME_LOST, "said yes, is not there");
	else if (!died && !is_old && !answer->poisoned && !stays(way))
		run_came_to(run, OUTCOME_BROKEN, "said no, is there");
	else if (!died && !is_old)
		run_came_to(run, OUTCOME_LATE, "");
	else
		run_came_to(run, is_new ? OUTCOME_NEW : OUTCOME_OLD, "");
}

static void one(struct run *run, struct stage *stage, uint64_t at, unsigned int way)
{
	int status;
	pid_t child;

	files_write(stage->world.directory, &stage->files);
	*stage->answer = (struct answer){.ok = false};
	child = fork();
	if (child == 0)
		act_in_child(stage, at, way);
	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	judge(run, stage, way, status);
}

/* Which calls there are: one act with nothing going wrong. */
static uint64_t count_calls(struct stage *stage)
{
	struct error err = ERROR_INIT;
	uint64_t count;

	files_write(stage->world.directory, &stage->files);
	operation_begin(&stage->world, stage->operation);
	disk_count();
	if (!stage->operation->act(&stage->world, &err))
		world_fail(stage->operation->name, &err);
	disk_disarm();
	count = disk_counted();
	if (stage->world.store)
		world_close(&stage->world);
	return count;
}

void faults_go(struct run *run)
{
	struct stage stage = {.answer = mmap(NULL, sizeof(*stage.answer), PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1, 0)};

	world_start(&stage.world, 1);
	disk_watch(stage.world.directory);
	for (size_t i = 0; i < operations_count; i++) {
		uint64_t calls;

		stage.operation = &operations[i];
		if (!operation_fits(stage.operation))
			continue;
		operation_base(&stage.world, stage.operation, &stage.files);
		operation_expect(&stage.world, stage.operation, &stage.files, &stage.before,
				 &stage.after);
		calls = count_calls(&stage);
		for (uint64_t at = 1; at <= calls; at++) {
			enum disk_call call = disk_counted_call(at);

			for (unsigned int way = 0; way < WAYS; way++) {
				if (way == DISK_TORN && call != DISK_WRITE)
					continue;
				if (run_wants_rarely(run, stage.operation->stride,
						     "%s, call %llu (%s), %s",
						     stage.operation->name, (unsigned long long)at,
						     disk_call_name(call), ways[way]))
					one(run, &stage, at, way);
			}
			/*
			 * A child that was judged by making the vault anew has counted calls
			 * itself.
			 */
		}
		files_clear(&stage.files);
	}
	world_end(&stage.world);
}
