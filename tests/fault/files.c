/* SPDX-License-Identifier: MIT */
#include "tests/fault/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };

static void must(bool good, const char *what)
{
	if (!good) {
		perror(what);
		abort();
	}
}

struct file *files_find(struct files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(files->at[i].name, name) == 0)
			return &files->at[i];
	}
	return NULL;
}

struct file *files_add(struct files *files, const char *name)
{
	struct file *file = files_find(files, name);

	if (!file) {
		must(files->count < FILES_MAX, "too many files");
		file = &files->at[files->count++];
		*file = (struct file){.len = 0};
		(void)snprintf(file->name, sizeof(file->name), "%s", name);
	}
	return file;
}

void files_drop(struct files *files, const char *name)
{
	struct file *file = files_find(files, name);

	if (!file)
		return;
	free(file->data);
	*file = files->at[--files->count];
}

void file_resize(struct file *file, size_t len)
{
	if (!file->data || len > file->room) {
		size_t room = len > 2 * file->room ? len : 2 * file->room;
		unsigned char *data = realloc(file->data, room > 0 ? room : 1);

		must(data != NULL, "memory");
		file->data = data;
		file->room = room;
	}
	if (len > file->len)
		memset(file->data + file->len, 0, len - file->len);
	file->len = len;
}

void file_put(struct file *file, size_t offset, const void *data, size_t len)
{
	if (offset + len > file->len)
		file_resize(file, offset + len);
	memcpy(file->data + offset, data, len);
}

/*
 * A WAL is cut behind its last frame, but for one frame of zeros: SQLite reads the same, and a
 * hundred thousand points copy no megabytes of zeros.
 */
void files_cut_journals(struct files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct file *file = &files->at[i];
		const char *end = strrchr(file->name, '-');
		size_t len = file->len;

		if (!end || strcmp(end, "-wal") != 0)
			continue;
		while (len > 0 && file->data[len - 1] == 0)
			len--;
		if (file->len - len > FILES_ZEROS)
			file->len = len + FILES_ZEROS;
	}
}

static void read_below(const char *directory, const char *prefix, struct files *out)
{
	char path[PATH_BYTES], name[FILES_NAME_BYTES];
	struct dirent *entry;
	DIR *dir = opendir(directory);

	must(dir != NULL, directory);
	while ((entry = readdir(dir))) {
		struct file *file;
		struct stat st;
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		must(fd >= 0 && fstat(fd, &st) == 0, path);
		if (S_ISDIR(st.st_mode)) {
			(void)close(fd);
			read_below(path, FILES_STATE "/", out);
			continue;
		}
		must(snprintf(name, sizeof(name), "%s%s", prefix, entry->d_name) <
			 (int)sizeof(name),
		     path);
		file = files_add(out, name);
		file_resize(file, (size_t)st.st_size);
		must(read(fd, file->data, file->len) == (ssize_t)file->len, path);
		(void)close(fd);
	}
	(void)closedir(dir);
}

void files_read(const char *directory, struct files *out)
{
	out->count = 0;
	read_below(directory, "", out);
	files_cut_journals(out);
}

void files_remove(const char *directory)
{
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *dir = opendir(directory);

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (unlink(path) == 0)
			continue;
		if (strcmp(entry->d_name, FILES_STATE) == 0)
			files_remove(path);
		(void)rmdir(path);
	}
	if (dir)
		(void)closedir(dir);
}

static void make_state(const char *directory)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/" FILES_STATE, directory);
	must(mkdir(path, 0700) == 0 || errno == EEXIST, path);
}

void files_write(const char *directory, const struct files *files)
{
	char path[PATH_BYTES];

	files_remove(directory);
	for (size_t i = 0; i < files->count; i++) {
		const struct file *file = &files->at[i];
		int fd;

		(void)snprintf(path, sizeof(path), "%s/%s", directory, file->name);
		if (strncmp(file->name, FILES_STATE "/", sizeof(FILES_STATE)) == 0)
			make_state(directory);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		must(fd >= 0, path);
		must(write(fd, file->data, file->len) == (ssize_t)file->len, path);
		(void)close(fd);
	}
}

struct files files_copy(const struct files *files)
{
	struct files copy = {.count = 0};

	for (size_t i = 0; i < files->count; i++) {
		struct file *file = files_add(&copy, files->at[i].name);

		file_resize(file, 0);
		if (files->at[i].len > 0)
			file_put(file, 0, files->at[i].data, files->at[i].len);
	}
	return copy;
}

uint64_t files_digest(const struct files *files)
{
	static const unsigned char key[crypto_shorthash_KEYBYTES] = {1};
	uint64_t sum = files->count, one, name;

	for (size_t i = 0; i < files->count; i++) {
		const struct file *file = &files->at[i];

		(void)crypto_shorthash((unsigned char *)&one, file->data, file->len, key);
		(void)crypto_shorthash((unsigned char *)&name, (const unsigned char *)file->name,
				       strlen(file->name), key);
		sum += one * (name | 1) ^ name;
	}
	return sum;
}

void files_clear(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->at[i].data);
	files->count = 0;
}
