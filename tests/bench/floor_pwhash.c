/* SPDX-License-Identifier: MIT */
/* The least an unlock can cost: one derivation, and nothing around it. Prints its nanoseconds. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long long now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	static const char passphrase[] = "otter maple siege crisp vantage plume";
	unsigned char key[32], salt[crypto_pwhash_SALTBYTES] = {1};
	unsigned long long memory, passes;
	long long began;

	if (argc != 3 || sodium_init() < 0) {
		fprintf(stderr, "usage: floor_pwhash BYTES PASSES\n");
		return 2;
	}
	memory = strtoull(argv[1], NULL, 10);
	passes = strtoull(argv[2], NULL, 10);
	began = now_ns();
	if (crypto_pwhash(key, sizeof(key), passphrase, sizeof(passphrase) - 1, salt, passes,
			  (size_t)memory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
		perror("crypto_pwhash");
		return 1;
	}
	printf("%lld\n", now_ns() - began);
	return 0;
}
