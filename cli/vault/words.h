/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_WORDS_H
#define CV_CLI_VAULT_WORDS_H

#include "vault/base/error.h"
#include "vault/base/secret.h"

/**
 * Passphrases made for people: six words of four letters, consonant and vowel in turn, so that they
 * can be said and typed. Each letter is drawn uniformly: (16 * 5)^2 words, six of them.
 */

enum { WORDS_COUNT = 6, WORDS_BITS = 75 };

/** A fresh one, words parted by single spaces. */
MUST bool words_make(struct secret *out, struct error *err);

#endif
