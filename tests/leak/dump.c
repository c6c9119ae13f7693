/* SPDX-License-Identifier: MIT */
#include "tests/leak/dump.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096 };

int dump_open(const char *directory, const char *label, const char *part)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s.%s", directory, label, part);
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void copy_file(pid_t pid, const char *name, int out)
{
	char path[64], chunk[PAGE];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 && write(out, chunk, (size_t)n) == n)
		;
	(void)close(fd);
}

static void copy_pages(int memory, unsigned long from, unsigned long to, int out)
{
	static const char zeros[PAGE];
	char page[PAGE];

	for (; from < to; from += PAGE) {
		if (pread(memory, page, PAGE, (off_t)from) != PAGE ||
		    memcmp(page, zeros, PAGE) == 0)
			continue;
		if (write(out, page, PAGE) != PAGE)
			return;
	}
}

bool dump_process(pid_t pid, const char *directory, const char *label)
{
	char path[64], line[PATH_MAX + 128], name[PATH_MAX], flags[8];
	unsigned long from = 0, to = 0, inode;
	int memory, arena, rest, words;
	bool wanted = false;
	FILE *maps;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	maps = fopen(path, "re");
	arena = dump_open(directory, label, "arena");
	rest = dump_open(directory, label, "rest");
	words = dump_open(directory, label, "words");
	while (maps && memory >= 0 && fgets(line, sizeof(line), maps)) {
		unsigned long low, high;

		name[0] = '\0';
		if (sscanf(line, "%lx-%lx %7s %*x %*s %lu %4095s", &low, &high, flags, &inode,
			   name) >= 4) {
			wanted = flags[0] == 'r' && flags[3] == 'p' &&
				 (flags[1] == 'w' || inode == 0) && strncmp(name, "[v", 2) != 0;
			from = low;
			to = high;
		} else if (wanted && strncmp(line, "VmFlags:", 8) == 0) {
			copy_pages(memory, from, to, strstr(line, " wf") ? arena : rest);
		}
	}
	copy_file(pid, "cmdline", words);
	copy_file(pid, "environ", words);
	if (maps)
		(void)fclose(maps);
	(void)close(arena);
	(void)close(rest);
	(void)close(words);
	if (memory >= 0)
		(void)close(memory);
	return maps && memory >= 0;
}
