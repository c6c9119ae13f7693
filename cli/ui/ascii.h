/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_ASCII_H
#define CV_CLI_UI_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Puts ASCII in the place of the few signs beyond it that our own texts have, where the locale is
 * not one of UTF-8. What others wrote stays as it is, and so does JSON.
 */

/** Whether the locale, as LC_ALL, LC_CTYPE and LANG name it, is another than one of UTF-8. */
bool ascii_is_wanted(void);

/** Writes "..." and "-->" in the place of the signs, which take as many bytes. */
void ascii_replace(char *text, size_t len);

#endif
