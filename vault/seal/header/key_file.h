/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_HEADER_KEY_FILE_H
#define CV_SEAL_HEADER_KEY_FILE_H

#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/keys.h"

#include <stddef.h>

/**
 * The text of a key file, which opens a vault without a person (docs/format.md, "Key file"): one
 * line with 256 random bits in hex and a checksum that detects a truncated or damaged file. The
 * random bits are the private key of a SLOT_KEY_FILE. This layer does not decide where the file may
 * lie.
 */

enum {
	KEY_FILE_CHECK_BYTES = 8,
	/** "credvault-key-v1 HEX HEX\n" and a NUL. */
	KEY_FILE_TEXT_BYTES = 17 + 2 * SEAL_KEY_BYTES + 1 + 2 * KEY_FILE_CHECK_BYTES + 2
};

/** Makes a fresh key. */
MUST bool key_file_new(struct secret *key, struct error *err);

/** Writes the key file's content, NUL-terminated, into *text (the NUL counts in its length). */
MUST bool key_file_format(const struct secret *key, struct secret *text, struct error *err);

/**
 * Reads a key file's content; only the newline at the end is optional. FAILED when the text is no
 * key file or its checksum does not match.
 */
MUST bool key_file_parse(const void *text, size_t len, struct secret *key, struct error *err);

#endif
