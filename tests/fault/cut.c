/* SPDX-License-Identifier: MIT */
#include "tests/fault/cut.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, INODES = 64, DIRECTORIES = 2 };

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

/*
 * Which of the two directories a name is in; the name of the state directory itself counts as in
 * it.
 */
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
	case CUT_ALL_THERE: return true;
	case CUT_NONE_THERE: return false;
	case CUT_ONE_MISSING: return n != cut->number;
	case CUT_ONE_THERE: return n == cut->number;
	case CUT_SOME_THERE: return (dice(cut->moment, cut->number, n) & 1) != 0;
	case CUT_SOME_SECTORS: return (dice(cut->moment, cut->number, n * 1000 + sector) & 1) != 0;
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

/* names[i] is the inode that the tree's file i leads to. */
static void change_name(struct files *tree, int names[static FILES_MAX],
			const struct disk_event *event)
{
	struct file *file = files_find(tree, event->name);
	int inode = event->inode;

	if (event->kind != DISK_CREATED) {
		if (!file)
			return;
		inode = names[file - tree->at];
		names[file - tree->at] = names[tree->count - 1];
		files_drop(tree, event->name);
	}
	if (event->kind == DISK_REMOVED)
		return;
	file = files_add(tree, event->kind == DISK_CREATED ? event->name : event->other);
	names[file - tree->at] = inode;
}

static void take_out(const struct files *tree, const int names[static FILES_MAX],
		     struct file *inodes, struct files *out)
{
	out->count = 0;
	for (size_t i = 0; i < tree->count; i++) {
		struct file *file = files_add(out, tree->at[i].name);

		file_resize(file, 0);
		if (inodes[names[i]].len > 0)
			file_put(file, 0, inodes[names[i]].data, inodes[names[i]].len);
	}
	for (int i = 0; i < INODES; i++)
		free(inodes[i].data);
}

void cut_make(const struct files *start, const struct cut *cut, struct files *out)
{
	struct file inodes[INODES] = {{.len = 0}};
	int names[FILES_MAX];
	struct files tree = files_copy(start);
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
			/*
			 * Names come back in the order in which they were changed, up to some
			 * point.
			 */
			bool *end = &names_end[directory_of(event)];

			*end = *end || !there;
			pending += safe ? 0 : 1;
			if (*end)
				continue;
			change_name(&tree, names, event);
			continue;
		}
		if (event->inode < 0 || event->inode >= INODES)
			abort();
		file = &inodes[event->inode];
		if (event->kind == DISK_CUT && there)
			file_resize(file, event->offset);
		else if (event->kind == DISK_WRITTEN && !safe && cut->way == CUT_SOME_SECTORS)
			put_sectors(file, event, cut, pending);
		else if (event->kind == DISK_WRITTEN && there)
			file_put(file, event->offset, event->data, event->len);
		pending += safe ? 0 : 1;
	}
	take_out(&tree, names, inodes, out);
	files_cut_journals(out);
	files_clear(&tree);
}

bool cut_is_seen(struct cut_seen *seen, uint64_t digest)
{
	for (uint64_t i = digest;; i++) {
		uint64_t *slot = &seen->slots[i % CUT_SEEN];

		if (*slot == digest)
			return true;
		if (*slot == 0) {
			*slot = digest;
			return false;
		}
	}
}

const char *cut_way_name(enum cut_way way)
{
	static const char *const ways[] = {"all there", "none there",	"one missing",
					   "one there", "some missing", "torn"};

	return ways[way];
}

static void one(struct cut *cut, enum cut_way way, uint64_t number, cut_fn *fn, void *arg)
{
	cut->way = way;
	cut->number = number;
	fn(arg, cut);
}

void cut_each(struct cut *cut, const struct cut_reach *reach, cut_fn *fn, void *arg)
{
	uint64_t pending = find_safe(cut->events, cut->moment, cut->safe), step;

	one(cut, CUT_ALL_THERE, 0, fn, arg);
	one(cut, CUT_NONE_THERE, 0, fn, arg);
	if (reach->singles == 0)
		return;
	step = pending / reach->singles + 1;
	for (uint64_t i = 0; i < pending; i += step) {
		one(cut, CUT_ONE_MISSING, i, fn, arg);
		one(cut, CUT_ONE_THERE, i, fn, arg);
	}
	for (uint64_t i = 0; pending > 0 && i < reach->dice; i++) {
		one(cut, CUT_SOME_THERE, i, fn, arg);
		one(cut, CUT_SOME_SECTORS, i, fn, arg);
	}
}
