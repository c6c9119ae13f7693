/* SPDX-License-Identifier: MIT */
#include "cli/vault/backup_draft.h"

#include "vault/base/file.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".credvault-backup-"
#define SUFFIX ".new"

enum { RANDOM_BYTES = 4, DIGITS = 2 * RANDOM_BYTES, TRIES = 8 };

static bool backup_draft_is_name(const char *name)
{
	const char *digits = name + strlen(PREFIX);

	return strncmp(name, PREFIX, strlen(PREFIX)) == 0 &&
	       strspn(digits, "0123456789abcdef") == DIGITS && strcmp(digits + DIGITS, SUFFIX) == 0;
}

/* Removes the file where it is the user's own and no living program has it locked. */
static void backup_draft_remove_dead(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)unlinkat(folder, name, 0);
	(void)close(fd);
}

void backup_draft_sweep(const char *target)
{
	char folder[PATH_MAX];
	const struct dirent *entry;
	DIR *list;

	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(file_name(target) - target), target);
	list = opendir(folder);
	while (list && (entry = readdir(list))) {
		if (backup_draft_is_name(entry->d_name))
			backup_draft_remove_dead(dirfd(list), entry->d_name);
	}
	if (list)
		(void)closedir(list);
}

bool backup_draft_make(const char *target, struct backup_draft *out)
{
	unsigned char random[RANDOM_BYTES];
	char hex[DIGITS + 1];
	struct stat st;

	for (int i = 0; i < TRIES; i++) {
		secret_random_bytes(random, sizeof(random));
		text_hex(random, sizeof(random), hex);
		(void)snprintf(out->path, sizeof(out->path), "%.*s" PREFIX "%s" SUFFIX,
			       (int)(file_name(target) - target), target, hex);
		out->fd = open(out->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (out->fd < 0)
			return false;
		/* A sweep may have come before the lock. Without locks nothing is swept either. */
		if (flock(out->fd, LOCK_EX) != 0 || fstat(out->fd, &st) != 0 || st.st_nlink > 0)
			return true;
		(void)close(out->fd);
	}
	out->fd = -1;
	return false;
}

void backup_draft_close(struct backup_draft *draft, bool renamed)
{
	if (draft->fd < 0)
		return;
	if (!renamed)
		(void)unlink(draft->path);
	(void)close(draft->fd);
	*draft = BACKUP_DRAFT_EMPTY;
}
