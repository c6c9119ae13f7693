/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * window SHELL NAME NEEDLE SECONDS: what a program of the same user can do to one that a shell
 * starts. It polls for the shell's children, opens the memory of each as soon as it is the program
 * NAME, and searches that memory for NEEDLE until the program ends. Prints "found" and ends with 0
 * when it is there, else ends with 1 when the time is over.
 */

enum { TEXT_MAX = 65536, PIECE = 65536, NEEDLE_MAX = 256, TURN_MS = 2 };

static double now(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* The whole of an open file of /proc, read again from its start; 0 when it is gone. */
static size_t text_of(int fd, char text[static TEXT_MAX])
{
	size_t len = 0;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return 0;
	while (len < TEXT_MAX - 1 && (n = read(fd, text + len, TEXT_MAX - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return len;
}

/* Whether the needle is in the memory from start to end. */
static int is_there(int mem, unsigned long start, unsigned long end, const char *needle)
{
	static char piece[PIECE + NEEDLE_MAX];
	size_t kept = 0;

	for (unsigned long at = start; at < end; at += PIECE) {
		size_t want = end - at < PIECE ? end - at : PIECE;
		ssize_t n = pread(mem, piece + kept, want, (off_t)at);
		size_t all = kept + (n > 0 ? (size_t)n : 0);

		if (n <= 0)
			return 0;
		if (memmem(piece, all, needle, strlen(needle)))
			return 1;
		/* A needle may lie across two pieces. */
		kept = all < strlen(needle) ? all : strlen(needle) - 1;
		memmove(piece, piece + all - kept, kept);
	}
	return 0;
}

/* Searches what can be written, but not the large areas of a derivation. */
static int search(int mem, int maps, const char *needle)
{
	static char text[TEXT_MAX];
	char *line, *rest;

	if (!text_of(maps, text))
		return -1;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned long start, end;
		char mode[8];

		if (sscanf(line, "%lx-%lx %7s", &start, &end, mode) == 3 && mode[1] == 'w' &&
		    end - start <= 4UL << 20 && is_there(mem, start, end, needle))
			return 1;
	}
	return 0;
}

static int try_child(long pid, const char *name, const char *needle, double until)
{
	char paths[2][64], program[300], first[512];
	int mem = -1, maps, found = 0;

	(void)snprintf(program, sizeof(program), "/%s\n", name);
	(void)snprintf(paths[0], sizeof(paths[0]), "/proc/%ld/maps", pid);
	(void)snprintf(paths[1], sizeof(paths[1]), "/proc/%ld/mem", pid);
	/* Before it executes the program a child is the shell, which may be looked into. */
	do {
		ssize_t n;

		maps = open(paths[0], O_RDONLY | O_CLOEXEC);
		n = maps < 0 ? -1 : read(maps, first, sizeof(first) - 1);
		first[n > 0 ? n : 0] = '\0';
		if (strstr(first, program))
			mem = open(paths[1], O_RDONLY | O_CLOEXEC);
		else if (maps >= 0)
			(void)close(maps);
	} while (mem < 0 && maps >= 0 && !strstr(first, program) && now() < until);
	/* What was opened in time shows the program's memory for as long as it lives. */
	while (mem >= 0 && found == 0 && now() < until) {
		found = search(mem, maps, needle);
		(void)usleep(TURN_MS * 1000);
	}
	if (mem >= 0) {
		(void)close(mem);
		(void)close(maps);
	}
	return found > 0;
}

int main(int argc, char **argv)
{
	static char text[TEXT_MAX];
	char path[96];
	double until;
	int children;

	if (argc != 5 || strlen(argv[3]) >= NEEDLE_MAX)
		return 2;
	until = now() + strtod(argv[4], NULL);
	(void)snprintf(path, sizeof(path), "/proc/%s/task/%s/children", argv[1], argv[1]);
	children = open(path, O_RDONLY | O_CLOEXEC);
	if (children < 0)
		return 2;
	while (now() < until) {
		long pid;

		if (!text_of(children, text))
			continue;
		pid = strtol(text, NULL, 10);
		if (pid > 0 && try_child(pid, argv[2], argv[3], until)) {
			puts("found");
			return 0;
		}
	}
	return 1;
}
