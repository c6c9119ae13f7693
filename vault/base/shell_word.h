/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_SHELL_WORD_H
#define CV_BASE_SHELL_WORD_H

#include <stddef.h>

/** Writes a text from outside, a path in the first place, as one word of a shell's command line. */

/** Room for a word in a hint: so much fits behind a command (struct error's hint). */
enum { SHELL_WORD_BYTES = 200 };

/**
 * The text as a shell reads it when the command is pasted: as it is where no character has a
 * meaning there, else in quotes, and where a terminal would be controlled in $'…' with \xHH (bash,
 * zsh, ksh). "PATH" where it does not fit: half a path would be another one.
 */
void shell_word(const char *text, char *out, size_t size);

/** In an expression; the word lives as long as the block. */
#define SHELL_WORD(text_) shell_word_in(text_, (char[SHELL_WORD_BYTES]){""})
const char *shell_word_in(const char *text, char room[static SHELL_WORD_BYTES]);

#endif
