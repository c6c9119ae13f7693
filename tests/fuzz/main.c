/* SPDX-License-Identifier: MIT */
/*
 * `fuzz TARGET [RUNS]`: the seeds of tests/fuzz/corpus/TARGET and of the target's public vectors,
 * then RUNS mutations of them, the same ones in every run. `fuzz --list` names the targets. An
 * input that ends the process is left in fuzz-TARGET.bin, to become a seed.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUT_MAX = 65536, SEEDS_MAX = 1024, PATH_BYTES = 4096, CHANGES_MAX = 6 };

struct seed {
	uint8_t *data;
	size_t len;
};

static struct seed seeds[SEEDS_MAX];
static size_t seeds_count;
static uint8_t input[INPUT_MAX];
static size_t input_len;
static char left_at[128];
static uint64_t dice;

/* A sanitizer's complaint ends by a signal, too, so that the input is not lost. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "abort_on_error=1";
}
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

static void leave_input(int signal_number)
{
	int fd = open(left_at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd >= 0 && write(fd, input, input_len) >= 0)
		(void)close(fd);
	(void)signal(signal_number, SIG_DFL);
	(void)raise(signal_number);
}

/* xorshift64*: any numbers will do that are the same in every run. */
static uint64_t throw(uint64_t below)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (dice * UINT64_C(2685821657736338717) >> 16) % below;
}

static void seed_read(const char *path, size_t max)
{
	FILE *file = fopen(path, "rb");
	struct seed *seed = &seeds[seeds_count];

	if (!file || seeds_count == SEEDS_MAX) {
		(void)fprintf(stderr, "fuzz: cannot read %s\n", path);
		exit(2);
	}
	seed->data = malloc(max);
	FUZZ_HOLDS(seed->data);
	seed->len = fread(seed->data, 1, max, file);
	seeds_count++;
	(void)fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Every file below the folder, in the same order everywhere. */
static void seeds_read(const char *folder, size_t max)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, by_name);

	for (int i = 0; i < n; i++) {
		char path[PATH_BYTES];
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			seeds_read(path, max);
		else if (names[i]->d_name[0] != '.')
			seed_read(path, max);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void insert(size_t at, const uint8_t *data, size_t len, size_t max)
{
	if (len > max - input_len)
		len = max - input_len;
	memmove(input + at + len, input + at, input_len - at);
	memmove(input + at, data, len);
	input_len += len;
}

static void change(size_t max)
{
	static const uint8_t odd[] = {0,    1,	  0x0a, 0x20, 0x22, 0x2c, 0x2d, 0x30, 0x3a,
				      0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xff};
	const struct seed *other = &seeds[throw(seeds_count)];
	size_t at = throw(input_len + 1), len;
	uint8_t piece[256];

	switch (throw(7)) {
	case 0:
		if (at < input_len)
			input[at] ^= (uint8_t)(1U << throw(8));
		break;
	case 1:
		if (at < input_len)
			input[at] = odd[throw(sizeof(odd))];
		break;
	case 2:
		if (at < input_len)
			input[at] = (uint8_t)(input[at] + throw(35) - 17);
		break;
	case 3: /* a piece is gone */
		len = throw(throw(2) ? 4 : 64) + 1;
		len = len > input_len - at ? input_len - at : len;
		memmove(input + at, input + at + len, input_len - at - len);
		input_len -= len;
		break;
	case 4: /* a piece is there once more */
		len = throw(sizeof(piece)) + 1;
		len = len > input_len - at ? input_len - at : len;
		memcpy(piece, input + at, len);
		insert(throw(input_len + 1), piece, len, max);
		break;
	case 5: /* a piece of another seed */
		if (other->len > 0) {
			size_t from = throw(other->len);

			len = throw(other->len - from) + 1;
			insert(at, other->data + from, len, max);
		}
		break;
	default: insert(at, &odd[throw(sizeof(odd))], 1, max); break;
	}
}

static void run(const struct fuzz_target *target)
{
	/* In a block of its own size, so that reading past it is noticed. */
	uint8_t *data = malloc(input_len + 1);

	FUZZ_HOLDS(data);
	memcpy(data + 1, input, input_len);
	target->run(data + 1, input_len);
	free(data);
}

static void seed_take(const struct seed *seed)
{
	memcpy(input, seed->data, seed->len);
	input_len = seed->len;
}

static void attack(const struct fuzz_target *target, unsigned long runs)
{
	input_len = 0;
	run(target);
	for (size_t i = 0; i < seeds_count; i++) {
		seed_take(&seeds[i]);
		run(target);
	}
	for (unsigned long i = 0; i < runs; i++) {
		seed_take(&seeds[i % seeds_count]);
		for (uint64_t n = throw(CHANGES_MAX) + 1; n > 0; n--)
			change(target->max);
		run(target);
	}
}

int main(int argc, char **argv)
{
	const char *source = getenv("CREDVAULT_SOURCE"), *vectors = getenv("CREDVAULT_VECTORS");
	const struct fuzz_target *target = argc >= 2 ? fuzz_find(argv[1]) : NULL;
	unsigned long runs;
	char folder[PATH_BYTES];

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < fuzz_targets_count; i++)
			(void)printf("%s %zu %s\n", fuzz_targets[i].name, fuzz_targets[i].max,
				     fuzz_targets[i].vectors ? fuzz_targets[i].vectors : "");
		return 0;
	}
	if (!target) {
		(void)fprintf(stderr, "usage: fuzz TARGET [RUNS]  or  fuzz --list\n");
		return 2;
	}
	runs = argc >= 3 ? strtoul(argv[2], NULL, 10) : target->runs;
	(void)snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", source ? source : ".",
		       target->name);
	seeds_read(folder, target->max);
	if (seeds_count == 0) {
		(void)fprintf(stderr, "fuzz: no seeds in %s\n", folder);
		return 2;
	}
	if (vectors && target->vectors) {
		(void)snprintf(folder, sizeof(folder), "%s/%s", vectors, target->vectors);
		seeds_read(folder, target->max);
	}
	(void)snprintf(left_at, sizeof(left_at), "fuzz-%s.bin", target->name);
	(void)signal(SIGABRT, leave_input);
	dice = UINT64_C(88172645463325252);
	fuzz_open();
	attack(target, runs);
	(void)printf("%s: %zu seeds, %lu mutations\n", target->name, seeds_count, runs);
	for (size_t i = 0; i < seeds_count; i++)
		free(seeds[i].data);
	return 0;
}
