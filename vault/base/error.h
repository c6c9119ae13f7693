/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_ERROR_H
#define CV_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/**
 * The one error idiom: `bool f(in…, out…, struct error *err)`. A function that returns false has
 * filled *err; one that returns true has left it alone. The library never prints; the program's
 * main does.
 */

#define MUST		       __attribute__((warn_unused_result))
#define CV_PRINTF(fmt_, args_) __attribute__((format(printf, fmt_, args_)))

/**
 * X(code, exit status, meaning). The names are part of the command-line contract: they appear in
 * `{"error":{"code":…}}`. Adding a name is compatible, renaming one is a breaking change.
 */
#define ERRORS(X)                                                                           \
	X(FAILED, 1, "the command failed")                                                  \
	X(IO, 1, "reading or writing failed")                                               \
	X(MEMORY, 1, "memory could not be had or locked")                                   \
	X(UNSAFE_FILE, 1, "a file or directory that others can reach, or not a plain file") \
	X(EXISTS, 1, "the name is taken")                                                   \
	X(NEWER, 1, "a newer credvault wrote what this one does not know")                  \
	X(PROTOCOL, 1, "the agent and the command line do not understand each other")       \
	X(DECLINED, 1, "a question was answered with no")                                   \
	X(USAGE, 2, "the command line is not understood")                                   \
	X(NOT_FOUND, 3, "no such vault, key or profile")                                    \
	X(LOCKED, 4, "the vault is locked and nobody can be asked")                         \
	X(CHANNEL_NEEDED, 4, "the passphrase or a key file is needed")                      \
	X(IMPOSTOR, 4, "whoever listens at the socket does not hold this vault")            \
	X(WRONG_PASSPHRASE, 5, "wrong passphrase, or the header was changed")               \
	X(TAMPERED, 6, "the vault was changed from outside")                                \
	X(MFA_NEEDED, 7, "an MFA code is needed and nobody can be asked")                   \
	X(MFA_REFUSED, 7, "AWS refused the MFA code")                                       \
	X(AWS_REFUSED, 8, "AWS refused")                                                    \
	X(DEAD_KEY, 8, "AWS does not know the access key any more")                         \
	X(AWS_UNREACHABLE, 9, "AWS cannot be reached or does not answer sensibly")          \
	X(OVERDUE, 10, "a key is overdue, or lies in plaintext")                            \
	X(ROTATION_HELD, 11, "another rotation holds this key")                             \
	X(INTERRUPTED, 130, "a prompt was interrupted")

enum error_code {
	ERROR_NONE,
#define X(code_, status_, meaning_) ERROR_##code_,
	ERRORS(X)
#undef X
	    ERROR_CODES
};

/**
 * An error: what happened (`message`, one line, no trailing period), the profile or key concerned
 * (`profile`, may be empty), the resulting state (`detail`, lines separated by '\n', may be empty)
 * and the command to type next (`hint`, one line, may be empty). An error never holds a secret.
 * Callers pass text from outside through text_escape() or a validator first.
 */
struct error {
	enum error_code code;
	char message[512];
	char detail[1024];
	char hint[256];
	char profile[132];
};

#define ERROR_INIT ((struct error){.code = ERROR_NONE})

/** Fills code and message (truncated to fit), clears the rest. Always returns false. */
bool error_set(struct error *err, enum error_code code, const char *fmt, ...) CV_PRINTF(3, 4);

/**
 * As error_set(), with ": " and the English text of errnum appended to the message. Always returns
 * false.
 */
bool error_set_errno(struct error *err, enum error_code code, int errnum, const char *fmt, ...)
    CV_PRINTF(4, 5);

/**
 * The hint where a certificate is of an authority that is not known here. The command line, which
 * sees the environment, puts the file that is meant in the place of FILE.
 */
#define ERROR_HINT_AUTHORITY "credvault config ca-bundle FILE"

/** The prefix of the detail line that quotes AWS. */
#define ERROR_QUOTE "AWS says: "

/** The detail from the line that quotes AWS to its end; NULL where no line quotes AWS. Borrowed. */
const char *error_quote(const struct error *err);

/** Sets the command to type next. Always returns false, so that it can close a chain. */
bool error_hint(struct error *err, const char *fmt, ...) CV_PRINTF(2, 3);

/** Adds a detail line about the resulting state. Always returns false. */
bool error_detail(struct error *err, const char *fmt, ...) CV_PRINTF(2, 3);

/** Sets the profile or key unless the error already names one. Always returns false. */
bool error_profile(struct error *err, const char *profile);

/** The exit status of a code (0 for ERROR_NONE). */
int error_status(enum error_code code);

/** The name of a code in the command-line contract: "WRONG_PASSPHRASE"; "NONE" for ERROR_NONE. */
const char *error_name(enum error_code code);

/** The meaning of a code in a few words, for `help exit-codes`. */
const char *error_meaning(enum error_code code);

/** The code of a name; ERROR_FAILED for an unknown name. */
enum error_code error_from_name(const char *name);

#endif
