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
 * Asks for passphrases, codes and confirmations: from a descriptor or option given for it, else on
 * /dev/tty when we are in its foreground, else by the program of CREDVAULT_ASKPASS. Never on stdin,
 * stdout or stderr. With --no-input only descriptors and options answer. INTERRUPTED when the
 * person interrupts.
 */

enum {
	ASK_PASSPHRASE_MAX = 1024, /**< bytes; a longer one is an error, never cut */
	ASK_LINE_MAX = 4096,
	ASK_CODE_BYTES = 7 /**< six digits and a NUL */
};

/** Whether a terminal can be asked on: we are in its foreground, and --no-input was not given. */
bool ask_has_terminal(const struct cli *cli);

/** Whether anybody could be asked for a passphrase. Nothing is read. */
bool ask_can_passphrase(const struct cli *cli);

/**
 * Whether anybody could be asked for an MFA code (the options that bring one, terminal, askpass).
 */
bool ask_can_code(const struct cli *cli);

/** LOCKED, for a locked vault with nobody to ask for the passphrase. Always returns false. */
bool ask_nobody(const struct cli *cli, struct error *err);

/**
 * LOCKED, for an unlocked vault and an act that wants the passphrase once more. `why` is a clause
 * that says what of the act wants it; NULL: all of it. Always returns false.
 */
bool ask_nobody_proves(const char *why, struct error *err);

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

/** The code of --mfa-code or --mfa-code-fd, once, to go with a request; "" where there is none. */
MUST bool ask_given_code(struct cli *cli, char code[static ASK_CODE_BYTES], struct error *err);

/** What the question for a code says; texts are escaped already. */
struct ask_code {
	const char *profile;
	const char *serial;
	const char *user;    /**< NULL: not known */
	const char *account; /**< NULL: not known */
	int64_t wait_s;	     /**< seconds until the device shows a code that was not used yet */
	bool refused;	     /**< AWS refused the code before this one */
	const char *process; /**< the profile's mfa_process command, or NULL */
	const char *askpass; /**< the program that the vault names, or NULL */
};

/**
 * Six digits: from --mfa-code or --mfa-code-fd once, then from mfa_process, the terminal (with a
 * countdown), CREDVAULT_ASKPASS or the vault's askpass. MFA_NEEDED when nobody can be asked,
 * MFA_REFUSED when nobody can be asked again after a refusal, USAGE when a given code is not six
 * digits.
 */
MUST bool ask_code(struct cli *cli, const struct ask_code *what, char code[static ASK_CODE_BYTES],
		   struct error *err);

#endif
