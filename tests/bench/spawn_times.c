/* SPDX-License-Identifier: MIT */
/*
 * Runs several programs in turns and prints how long each run took, from before the spawn until it
 * was reaped. Turns, and another one first in each round, so that what disturbs the machine hits
 * all of them. Without a runtime of its own around it, a run costs what the program costs and about
 * 0.1 ms. NAME=VALUE before a program is put into the environment, from its run on.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 16, ROUNDS_MAX = 100000 };

extern char **environ;

static long long now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Nanoseconds, or -1 after a complaint. */
static long long run(char **argv, const posix_spawn_file_actions_t *actions)
{
	long long began, took;
	pid_t pid;
	int status = 0, failed;

	while (argv[0] && strchr(argv[0], '=')) {
		if (putenv(*argv++) != 0)
			return -1;
	}
	if (!argv[0]) {
		fprintf(stderr, "spawn_times: no program\n");
		return -1;
	}
	began = now_ns();
	failed = posix_spawn(&pid, argv[0], actions, NULL, argv, environ);
	if (failed) {
		fprintf(stderr, "%s: %s\n", argv[0], strerror(failed));
		return -1;
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
	}
	took = now_ns() - began;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "%s: ended badly (%#x)\n", argv[0], (unsigned int)status);
		return -1;
	}
	return took;
}

int main(int argc, char **argv)
{
	char **commands[COMMANDS_MAX];
	posix_spawn_file_actions_t actions;
	long long *times;
	int count = 0;
	long rounds = argc > 3 ? strtol(argv[1], NULL, 10) : 0;

	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0 && i + 1 < argc && count < COMMANDS_MAX) {
			commands[count++] = argv + i + 1;
			argv[i] = NULL;
		}
	}
	if (rounds < 1 || rounds > ROUNDS_MAX || count == 0) {
		fprintf(stderr, "usage: spawn_times ROUNDS -- PROGRAM [ARG...] [-- PROGRAM ...]\n");
		return 2;
	}
	times = calloc((size_t)rounds * (size_t)count, sizeof(*times));
	if (!times || posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) !=
		0 ||
	    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) !=
		0)
		return 1;
	/* The round before the first one only warms the caches. */
	for (long round = -1; round < rounds; round++) {
		for (int turn = 0; turn < count; turn++) {
			int which = (int)((round + 1 + turn) % count);
			long long took = run(commands[which], &actions);

			if (took < 0)
				return 1;
			if (round >= 0)
				times[which * rounds + round] = took;
		}
	}
	for (int which = 0; which < count; which++) {
		for (long round = 0; round < rounds; round++)
			printf("%lld%c", times[which * rounds + round],
			       round + 1 < rounds ? ' ' : '\n');
	}
	free(times);
	return 0;
}
