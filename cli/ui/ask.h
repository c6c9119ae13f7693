/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_ASK_H
#define CV_CLI_UI_ASK_H

#include "cli/ui/context.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Questions to whoever can answer, in this order: a descriptor or option given for it, /dev/tty
 * when we are in its foreground, the program of CREDVAULT_ASKPASS. Never stdin, stdout or stderr.
 * --no-input leaves the first alone. INTERRUPTED when the person interrupts.
 */

enum {
	ASK_PASSPHRASE_MAX = 1024, /**< bytes; a longer one is an error, never cut */
	ASK_LINE_MAX = 4096,
	ASK_CODE_BYTES = 7 /**< six digits and a NUL */
};

/** Whether a terminal is there, in whose foreground we are, and --no-input was not given. */
bool ask_has_terminal(const struct cli *cli);

/** Whether anybody could be asked for a passphrase. Nothing is read. */
bool ask_can_passphrase(const struct cli *cli);

/**
 * Whether anybody could be asked for an MFA code (the options that bring one, terminal, askpass).
 */
bool ask_can_code(const struct cli *cli);

/** The error of a vault that is locked with nobody to ask (LOCKED). Always returns false. */
bool ask_nobody(const struct cli *cli, struct error *err);

/**
 * The same where the vault is unlocked and an act wants a proof of the passphrase. Always returns
 * false.
 */
bool ask_nobody_proves(struct error *err);

/**
 * A passphrase, from 1 byte on; cli->passphrase_came says how it came. USAGE when it is too long,
 * LOCKED when nobody can be asked.
 */
MUST bool ask_passphrase(struct cli *cli, const char *prompt, struct secret *out,
			 struct error *err);

/**
 * A hidden line on the terminal alone; may be empty (out is SECRET_EMPTY then). LOCKED without one.
 */
MUST bool ask_hidden(struct cli *cli, const char *prompt, struct secret *out, struct error *err);

/**
 * A visible line on the terminal alone, without its newline; `preset` (may be NULL) stands for an
 * empty one.
 */
MUST bool ask_line(struct cli *cli, const char *prompt, const char *preset, struct buf *out,
		   struct error *err);

/**
 * Yes or no. --yes answers yes; Enter, and nobody to ask, answer with `preset`. `question` without
 * the "[Y/n]", which is added.
 */
MUST bool ask_confirm(struct cli *cli, const char *question, bool preset, bool *yes,
		      struct error *err);

/** The code that an option brings, for the request itself, once; code[0] is NUL where none does. */
MUST bool ask_given_code(struct cli *cli, char code[static ASK_CODE_BYTES], struct error *err);

/** What is asked with a code; texts are escaped already. */
struct ask_code {
	const char *profile;
	const char *serial;
	const char *user;    /**< NULL: not known */
	const char *account; /**< NULL: not known */
	int64_t wait_s;	     /**< seconds until a code that was not used yet appears */
	bool refused;	     /**< the code before this one was */
	const char *process; /**< the profile's mfa_process command, or NULL */
};

/**
 * Six digits: --mfa-code and --mfa-code-fd once, then mfa_process, terminal (with a countdown),
 * askpass. MFA_NEEDED when nobody can be asked, MFA_REFUSED when nobody can be asked once more,
 * USAGE when a given code is not six digits.
 */
MUST bool ask_code(struct cli *cli, const struct ask_code *what, char code[static ASK_CODE_BYTES],
		   struct error *err);

#endif
