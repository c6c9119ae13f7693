/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FUZZ_FUZZ_H
#define CV_TESTS_FUZZ_FUZZ_H

#include "vault/base/buf.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Targets of fuzzing: one for each parser that reads what others wrote. A target takes any bytes
 * and must come back; the sanitizers find faults of memory, FUZZ_HOLDS() what a parser promises.
 * The same targets run under gcc over the seeds of the tree (main.c) and under libFuzzer
 * (libfuzzer.c).
 */

typedef void fuzz_fn(const uint8_t *data, size_t size);

/** All targets: name, longest input in bytes, mutations in each test, folder of public vectors. */
#define FUZZ_TARGETS(X)                                 \
	X(arn, 2200, 4000, NULL)                        \
	X(audit_entry, 1024, 3000, NULL)                \
	X(canonical, 4096, 1500, "sigv4-aws-c-auth/v4") \
	X(channel, 2048, 300, NULL)                     \
	X(client, 4096, 1000, NULL)                     \
	X(courier_message, 8192, 2000, NULL)            \
	X(credentials_file, 4096, 1500, NULL)           \
	X(credjson, 4096, 1500, NULL)                   \
	X(endpoint, 1024, 4000, NULL)                   \
	X(fields, 4096, 2500, NULL)                     \
	X(frame, 8192, 1500, NULL)                      \
	X(header, 4096, 1500, NULL)                     \
	X(ini, 16384, 2500, NULL)                       \
	X(json, 16384, 2500, "smithy-rs")               \
	X(json_answer, 16384, 2500, NULL)               \
	X(key_csv, 4096, 1500, NULL)                    \
	X(key_file, 256, 3000, NULL)                    \
	X(key_pattern, 8192, 2500, NULL)                \
	X(manifest, 1024, 2500, NULL)                   \
	X(mark, 600, 3000, NULL)                        \
	X(message, 8192, 3000, NULL)                    \
	X(pem, 16384, 2000, NULL)                       \
	X(pin, 512, 50, NULL)                           \
	X(profile, 4096, 1500, NULL)                    \
	X(record_access_key, 4096, 2500, NULL)          \
	X(record_ca_bundle, 4096, 2500, NULL)           \
	X(record_log_anchor, 8192, 2500, NULL)          \
	X(record_mfa_step, 1024, 2500, NULL)            \
	X(record_rotation, 8192, 2500, NULL)            \
	X(record_session, 8192, 2500, NULL)             \
	X(record_settings, 1024, 2500, NULL)            \
	X(record_usage, 1024, 2500, NULL)               \
	X(recovery_code, 256, 3000, NULL)               \
	X(segment, 8192, 1500, NULL)                    \
	X(slot, 1024, 500, NULL)                        \
	X(subkeys, 2048, 1500, NULL)                    \
	X(time, 128, 4000, NULL)                        \
	X(words, 1024, 4000, NULL)                      \
	X(xml, 16384, 2500, "botocore/response_parsing")

#define X(name_, max_, runs_, vectors_) fuzz_fn fuzz_##name_;
FUZZ_TARGETS(X)
#undef X

/** A row of the table. */
struct fuzz_target {
	const char *name;
	fuzz_fn *run;
	size_t max;	     /**< the longest input, in bytes */
	unsigned int runs;   /**< mutations in each test */
	const char *vectors; /**< a folder of public vectors whose files are seeds too; or NULL */
};

extern const struct fuzz_target fuzz_targets[];
extern const size_t fuzz_targets_count;

/** The target of that name; NULL for none. */
const struct fuzz_target *fuzz_find(const char *name);

/** Once per process, before any target: the arena for secrets, JSON, the keys below. */
void fuzz_open(void);

/** What everything is sealed under: the vault key of tests/seal/vectors.h. */
extern struct secret fuzz_vault_key;
extern struct keys fuzz_keys;
extern const struct seal_ctx fuzz_seal;

/** Ends the process where a promise is broken. */
#define FUZZ_HOLDS(expr_)                                        \
	do {                                                     \
		if (!(expr_))                                    \
			fuzz_broken(__FILE__, __LINE__, #expr_); \
	} while (0)
_Noreturn void fuzz_broken(const char *file, int line, const char *what);

/** The bytes as a text in a block of just its size, so that reading past it is noticed. */
char *fuzz_text(const uint8_t *data, size_t size);

/** Takes the text up to the next newline, or to the end; "" behind the last. To be freed. */
char *fuzz_line(const uint8_t **data, size_t *size);

/**
 * The plaintext of a record as a reader gets it who has the key: sealed for its table and opened
 * again. False where no seal can be made of it; then a reader never sees it.
 */
bool fuzz_reseal(enum record_table table, const uint8_t *data, size_t size, struct buf *plain);

#endif
