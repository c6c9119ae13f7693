/* SPDX-License-Identifier: MIT */
#include "tests/fault/faults.h"

#include "tests/fault/disk.h"
#include "tests/fault/operation.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECTOR = 512,
	SINGLES_MAX = 16,
	RANDOM = 32,
	INODES = 64,
	SEEN = 1 << 16,
	MOMENTS_MAX = 40,
	DIRECTORIES = 2
};

/* What was left behind has a random name; a later attempt draws another one. */
enum { OTHER_SEED = 991 };

/* How the unflushed changes of one moment are thinned out. */
enum way { ALL_THERE, NONE_THERE, ONE_MISSING, ONE_THERE, SOME_THERE, SOME_SECTORS };

struct cut {
	const struct disk_event *events;
	size_t moment;	  /* events before this one have happened */
	const bool *safe; /* of each event: flushed before the moment */
	enum way way;
	uint64_t number; /* which single one, or which dice */
};

struct stage {
	struct world world;
	const struct operation *operation;
	struct files files;
	struct look before;
	struct look after;
	size_t acted;	     /* events before the act */
	size_t acknowledged; /* events before its answer */
	uint64_t seen[SEEN];
};

static uint64_t dice(uint64_t a, uint64_t b, uint64_t c)
{
	static const unsigned char key[crypto_shorthash_KEYBYTES] = {2};
	const uint64_t in[] = {a, b, c};
	uint64_t out;

	(void)crypto_shorthash((unsigned char *)&out, (const unsigned char *)in, sizeof(in), key);
	return out;
}

static bool is_name_event(const struct disk_event *event)
{
	return event->kind == DISK_CREATED || event->kind == DISK_REMOVED ||
	       event->kind == DISK_RENAMED;
}

static bool is_sync(const struct disk_event *event)
{
	return event->kind == DISK_SYNCED || event->kind == DISK_SYNCED_ALL;
}

/* Which of the two directories a name is in; the name of the state directory itself counts as in it. */
static size_t directory_of(const struct disk_event *event)
{
	return strncmp(event->name, FILES_STATE, strlen(FILES_STATE)) == 0 ? 1 : 0;
}

/* Which events a flush has made safe before the moment, from the last one backwards. */
static uint64_t find_safe(const struct disk_event *events, size_t moment, bool *safe)
{
	bool inodes[INODES] = {false}, names[DIRECTORIES] = {false};
	uint64_t pending = 0;

	for (size_t i = moment; i-- > 0;) {
		const struct disk_event *event = &events[i];

		if (event->inode >= INODES)
			abort();
		safe[i] = is_name_event(event) ? names[directory_of(event)]
			  : event->inode >= 0  ? inodes[event->inode]
					       : true;
		if (event->kind == DISK_SYNCED_ALL)
			names[directory_of(event)] = true;
		else if (event->kind == DISK_SYNCED && event->inode >= 0)
			inodes[event->inode] = true;
		if (!is_sync(event) && !safe[i])
			pending++;
	}
	return pending;
}

/* Whether the n-th unflushed change is there; one sector of it where that is asked. */
static bool is_there(const struct cut *cut, uint64_t n, uint64_t sector)
{
	switch (cut->way) {
	case ALL_THERE: return true;
	case NONE_THERE: return false;
	case ONE_MISSING: return n != cut->number;
	case ONE_THERE: return n == cut->number;
	case SOME_THERE: return (dice(cut->moment, cut->number, n) & 1) != 0;
	case SOME_SECTORS: return (dice(cut->moment, cut->number, n * 1000 + sector) & 1) != 0;
	}
	return true;
}

static void put_sectors(struct file *file, const struct disk_event *event, const struct cut *cut,
			uint64_t n)
{
	uint64_t at = event->offset, end = event->offset + event->len;

	while (at < end) {
		uint64_t next = (at / SECTOR + 1) * SECTOR;

		next = next < end ? next : end;
		if (is_there(cut, n, at / SECTOR))
			file_put(file, at, event->data + (at - event->offset), next - at);
		at = next;
	}
}

/* The files as a machine would find them that lost its power at this moment. */
static void make_files(const struct stage *stage, const struct cut *cut, struct files *out)
{
	struct file inodes[INODES] = {{.len = 0}};
	int names[FILES_MAX];
	struct files tree = files_copy(&stage->files);
	bool names_end[DIRECTORIES] = {false};
	uint64_t pending = 0;

	/* Contents live by inode, the tree holds only which name leads to which. */
	for (size_t i = 0; i < tree.count; i++) {
		int inode = disk_inode_at_start(tree.at[i].name);

		if (inode < 0)
			abort();
		file_put(&inodes[inode], 0, tree.at[i].data, tree.at[i].len);
		names[i] = inode;
	}
	for (size_t i = 0; i < cut->moment; i++) {
		const struct disk_event *event = &cut->events[i];
		bool safe, there;
		struct file *file;

		if (is_sync(event))
			continue;
		safe = cut->safe[i];
		there = safe || is_there(cut, pending, 0);
		if (is_name_event(event)) {
			/* Names come back in the order in which they were changed, up to some point. */
			bool *end = &names_end[directory_of(event)];

			*end = *end || !there;
			pending += safe ? 0 : 1;
			if (*end)
				continue;
			file = files_find(&tree, event->name);
			if (event->kind == DISK_CREATED) {
				file = files_add(&tree, event->name);
				names[file - tree.at] = event->inode;
			} else if (file && event->kind == DISK_REMOVED) {
				names[file - tree.at] = names[tree.count - 1];
				files_drop(&tree, event->name);
			} else if (file) {
				int inode = names[file - tree.at];

				names[file - tree.at] = names[tree.count - 1];
				files_drop(&tree, event->name);
				file = files_add(&tree, event->other);
				names[file - tree.at] = inode;
			}
			continue;
		}
		if (event->inode < 0 || event->inode >= INODES)
			abort();
		file = &inodes[event->inode];
		if (event->kind == DISK_CUT && there)
			file_resize(file, event->offset);
		else if (event->kind == DISK_WRITTEN && !safe && cut->way == SOME_SECTORS)
			put_sectors(file, event, cut, pending);
		else if (event->kind == DISK_WRITTEN && there)
			file_put(file, event->offset, event->data, event->len);
		pending += safe ? 0 : 1;
	}
	out->count = 0;
	for (size_t i = 0; i < tree.count; i++) {
		struct file *file = files_add(out, tree.at[i].name);

		file_resize(file, 0);
		if (inodes[names[i]].len > 0)
			file_put(file, 0, inodes[names[i]].data, inodes[names[i]].len);
	}
	for (int i = 0; i < INODES; i++)
		free(inodes[i].data);
	files_clear(&tree);
}

/* Whether these files were judged already, with the same answer allowed. */
static bool is_seen(struct stage *stage, uint64_t digest)
{
	for (uint64_t i = digest;; i++) {
		uint64_t *slot = &stage->seen[i % SEEN];

		if (*slot == digest)
			return true;
		if (*slot == 0) {
			*slot = digest;
			return false;
		}
	}
}

static void judge(struct run *run, struct stage *stage, const struct cut *cut)
{
	struct error err = ERROR_INIT;
	struct look look;
	bool is_old, is_new;

	world_look(&stage->world, &look);
	is_old = operation_left(stage->operation, &look, &stage->before, &stage->before,
				&stage->after);
	is_new = operation_left(stage->operation, &look, &stage->after, &stage->before,
				&stage->after);
	if (stage->before.code == ERROR_NOT_FOUND && look.code == ERROR_NOT_FOUND) {
		world_seed(OTHER_SEED);
		is_old = stage->operation->act(&stage->world, &err);
		if (is_old)
			world_close(&stage->world);
		else
			look = (struct look){.code = err.code};
	}
	if (!is_old && !is_new)
		run_came_to(run, OUTCOME_BROKEN, look.message);
	else if (cut->moment >= stage->acknowledged && !is_new)
		run_came_to(run, OUTCOME_LOST, "acknowledged before the cut");
	else if (cut->moment >= stage->acknowledged && (stage->operation->also & OPERATION_MARKS) &&
		 look.verdict != WITNESS_AGREES)
		run_came_to(run, OUTCOME_LOST, "the mark, acknowledged before the cut");
	else
		run_came_to(run, is_new ? OUTCOME_NEW : OUTCOME_OLD, "");
}

static void one(struct run *run, struct stage *stage, const struct cut *cut)
{
	static const char *const ways[] = {"all there", "none there",	"one missing",
					   "one there", "some missing", "torn"};
	struct files files;
	uint64_t digest;

	if (!run_wants(run, "%s, cut before change %zu (answered at %zu), %s (%llu)",
		       stage->operation->name, cut->moment, stage->acknowledged, ways[cut->way],
		       (unsigned long long)cut->number))
		return;
	make_files(stage, cut, &files);
	digest = files_digest(&files) * 4 + (cut->moment >= stage->acknowledged ? 1 : 2);
	/* What came out the same was judged already. */
	if (is_seen(stage, digest)) {
		run_void(run);
	} else {
		files_write(stage->world.directory, &files);
		judge(run, stage, cut);
	}
	files_clear(&files);
}

static void moment(struct run *run, struct stage *stage, struct cut *cut, bool *safe)
{
	uint64_t pending = find_safe(cut->events, cut->moment, safe), step;

	cut->safe = safe;
	cut->way = ALL_THERE;
	cut->number = 0;
	one(run, stage, cut);
	cut->way = NONE_THERE;
	one(run, stage, cut);
	step = pending / SINGLES_MAX + 1;
	for (cut->number = 0; cut->number < pending; cut->number += step) {
		cut->way = ONE_MISSING;
		one(run, stage, cut);
		cut->way = ONE_THERE;
		one(run, stage, cut);
	}
	for (cut->number = 0; pending > 0 && cut->number < RANDOM; cut->number++) {
		cut->way = SOME_THERE;
		one(run, stage, cut);
		cut->way = SOME_SECTORS;
		one(run, stage, cut);
	}
}

static void record(struct stage *stage)
{
	struct error err = ERROR_INIT;

	files_write(stage->world.directory, &stage->files);
	/* The files of the beginning are safe; what prepares the act may have flushed too little. */
	disk_record();
	operation_begin(&stage->world, stage->operation);
	(void)disk_events(&stage->acted);
	if (!stage->operation->act(&stage->world, &err))
		world_fail(stage->operation->name, &err);
	(void)disk_events(&stage->acknowledged);
	if (stage->world.store)
		world_close(&stage->world);
	disk_record_end();
}

void power_go(struct run *run)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	if (!stage)
		abort();
	world_start(&stage->world, 1);
	disk_watch(stage->world.directory);
	for (size_t i = 0; i < operations_count; i++) {
		struct cut cut = {.moment = 0};
		size_t count, step;
		bool *safe;

		stage->operation = &operations[i];
		if (!operation_fits(stage->operation))
			continue;
		memset(stage->seen, 0, sizeof(stage->seen));
		operation_base(&stage->world, stage->operation, &stage->files);
		operation_expect(&stage->world, stage->operation, &stage->files, &stage->before,
				 &stage->after);
		record(stage);
		cut.events = disk_events(&count);
		safe = calloc(count + 1, sizeof(*safe));
		if (!safe)
			abort();
		/* The moments of the large ones are many and alike. */
		step = (count - stage->acted) / MOMENTS_MAX + 1;
		for (cut.moment = stage->acted; cut.moment <= count; cut.moment += step)
			moment(run, stage, &cut, safe);
		free(safe);
		files_clear(&stage->files);
	}
	disk_events_clear();
	world_end(&stage->world);
	free(stage);
}
