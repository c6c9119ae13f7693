/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_TTY_H
#define CV_CLI_UI_TTY_H

#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Asks one question on /dev/tty, with the discipline of OpenBSD's readpassphrase(3): echo is
 * restored whatever signal comes, a stop gives the terminal back and asks again on return, a long
 * answer is never cut silently. A process in the background finds no terminal, so that a question
 * never stops it.
 */

enum { TTY_NAME_BYTES = 32 };

/** Looks whether a prompt is still needed, and for how long at most it stands. */
struct tty_watch {
	bool (*over)(void *ctx); /**< asked a few times a second */
	void *ctx;
	int limit_s;
	bool was_over; /**< set where over() ended the prompt */
};

struct tty_question {
	const char *prompt;	 /**< escaped already */
	bool hidden;		 /**< no echo, and what was typed before is thrown away */
	struct tty_watch *watch; /**< NULL: the prompt stands until it is answered */
};

/** Whether there is a terminal, and we are in its foreground. */
bool tty_is_there(void);

/** The number of the terminal that tty_is_there() finds, and its name ("pts/3"); 0, "": none. */
unsigned int tty_device(char name[static TTY_NAME_BYTES]);

/**
 * Asks, and reads one line into buf without its newline; *len bytes, at most size. LOCKED when
 * there is no terminal to ask on, USAGE when the line is longer than size, INTERRUPTED at Ctrl-C
 * and at an end of input, and where the watch ended the prompt (LOCKED after its limit); other
 * deadly signals take their course once the terminal is restored. The caller wipes buf.
 */
MUST bool tty_ask(const struct tty_question *question, char *buf, size_t size, size_t *len,
		  struct error *err);

/** A line on the terminal, broken at blanks; nothing happens where there is none. */
void tty_say(const char *text);

#endif
