/* SPDX-License-Identifier: MIT */
#include "tests/fault/recording.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 512, INODES = 64, EVENTS_STEP = 1024 };

struct inode {
	bool there; /* not removed */
	char name[DISK_NAME_BYTES];
};

static struct {
	bool on;
	struct disk_event *events;
	size_t events_count;
	size_t events_room;
	struct inode inodes[INODES];
	int inodes_count;
	int inodes_at_start;
} recording;

static void set_name(char out[static DISK_NAME_BYTES], const char *name)
{
	(void)snprintf(out, DISK_NAME_BYTES, "%s", name);
}

static struct disk_event *event(enum disk_event_kind kind, int inode)
{
	struct disk_event *new;

	if (recording.events_count == recording.events_room) {
		recording.events_room += EVENTS_STEP;
		recording.events = realloc(recording.events,
					   recording.events_room * sizeof(*recording.events));
		if (!recording.events)
			abort();
	}
	new = &recording.events[recording.events_count++];
	*new = (struct disk_event){.kind = kind, .inode = inode};
	return new;
}

static int inode_new(const char *name)
{
	struct inode *inode;

	if (recording.inodes_count == INODES)
		abort();
	inode = &recording.inodes[recording.inodes_count];
	*inode = (struct inode){.there = true};
	set_name(inode->name, name);
	return recording.inodes_count++;
}

static int inode_named(const char *name)
{
	for (int i = recording.inodes_count - 1; i >= 0; i--) {
		if (recording.inodes[i].there && strcmp(recording.inodes[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* --- what was recorded ---------------------------------------------------------------------- */

static void know_below(const char *directory, const char *prefix)
{
	char path[PATH_BYTES], name[DISK_NAME_BYTES];
	struct dirent *entry;
	DIR *dir = opendir(directory);

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (snprintf(name, sizeof(name), "%s%s", prefix, entry->d_name) >=
		    (int)sizeof(name) - 1)
			abort();
		if (entry->d_type == DT_DIR) {
			name[strlen(name) + 1] = '\0';
			name[strlen(name)] = '/';
			know_below(path, name);
		} else {
			(void)inode_new(name);
		}
	}
	if (dir)
		(void)closedir(dir);
}

void disk_record(void)
{
	disk_events_clear();
	recording.inodes_count = 0;
	know_below(disk_watched(), "");
	recording.inodes_at_start = recording.inodes_count;
	/* The names at the start stay known even after a removal or renaming. */
	recording.on = true;
}

void disk_record_end(void)
{
	recording.on = false;
}

const struct disk_event *disk_events(size_t *count)
{
	*count = recording.events_count;
	return recording.events;
}

void disk_events_clear(void)
{
	for (size_t i = 0; i < recording.events_count; i++)
		free(recording.events[i].data);
	free(recording.events);
	recording.events = NULL;
	recording.events_count = 0;
	recording.events_room = 0;
}

int disk_inode_at_start(const char *name)
{
	for (int i = 0; i < recording.inodes_at_start; i++) {
		if (strcmp(recording.inodes[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* --- what happens --------------------------------------------------------------------------- */

int recording_opened(const char *name, bool fresh)
{
	int inode;

	if (!recording.on)
		return -1;
	if (!fresh)
		return inode_named(name);
	inode = inode_new(name);
	set_name(event(DISK_CREATED, inode)->name, name);
	return inode;
}

void recording_wrote(int inode, off_t at, const void *data, size_t len)
{
	struct disk_event *new;

	if (!recording.on)
		return;
	new = event(DISK_WRITTEN, inode);
	new->offset = (uint64_t)at;
	new->len = len;
	new->data = malloc(len);
	if (!new->data)
		abort();
	memcpy(new->data, data, len);
}

void recording_resized(int inode, off_t size)
{
	if (recording.on)
		event(DISK_CUT, inode)->offset = (uint64_t)size;
}

void recording_removed(const char *name)
{
	int inode;

	if (!recording.on)
		return;
	inode = inode_named(name);
	set_name(event(DISK_REMOVED, inode)->name, name);
	if (inode >= 0)
		recording.inodes[inode].there = false;
}

void recording_renamed(const char *from, const char *to)
{
	int inode, old;
	struct disk_event *new;

	if (!recording.on)
		return;
	inode = inode_named(from);
	old = inode_named(to);
	new = event(DISK_RENAMED, inode);
	set_name(new->name, from);
	set_name(new->other, to);
	if (old >= 0)
		recording.inodes[old].there = false;
	/* A second entry under the new name keeps what disk_inode_at_start() says. */
	if (inode >= 0 && inode >= recording.inodes_at_start)
		set_name(recording.inodes[inode].name, to);
}

void recording_synced(int inode, const char *name, bool directory)
{
	if (recording.on)
		set_name(event(directory ? DISK_SYNCED_ALL : DISK_SYNCED, inode)->name, name);
}
