/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_HEADER_KEY_FILE_H
#define CV_SEAL_HEADER_KEY_FILE_H

#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/keys.h"

#include <stddef.h>

/**
 * The text of a key file, which opens a vault without a person (docs/format.md, "Key file"): one
 * line with 256 random bits in hex and a checksum that finds a file that was cut or mangled on its
 * way. Those bits are the private key of a SLOT_KEY_FILE. Where the file may lie is not this
 * layer's business.
 */

enum {
	KEY_FILE_CHECK_BYTES = 8,
	/** "credvault-key-v1 HEX HEX\n" and a NUL. */
	KEY_FILE_TEXT_BYTES = 17 + 2 * SEAL_KEY_BYTES + 1 + 2 * KEY_FILE_CHECK_BYTES + 2
};

/** A fresh key. */
MUST bool key_file_new(struct secret *key, struct error *err);

/** The file's content for a key, NUL-terminated, into *text (the NUL counts in its length). */
MUST bool key_file_format(const struct secret *key, struct secret *text, struct error *err);

/**
 * Reads a file's content, with or without the newline at its end and nothing else. FAILED where it
 * is no key file, or its checksum does not fit.
 */
MUST bool key_file_parse(const void *text, size_t len, struct secret *key, struct error *err);

#endif
