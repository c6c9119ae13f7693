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
 * X(code, exit status, meaning). The names are part of the command-line contract: they stand in
 * `{"error":{"code":…}}`. Adding is free, renaming is a breaking change.
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
	X(WRONG_PASSPHRASE, 5, "wrong passphrase, or the header was changed")               \
	X(TAMPERED, 6, "the vault was changed from outside")                                \
	X(MFA_NEEDED, 7, "an MFA code is needed and nobody can be asked")                   \
	X(MFA_REFUSED, 7, "AWS refused the MFA code")                                       \
	X(AWS_REFUSED, 8, "AWS refused")                                                    \
	X(DEAD_KEY, 8, "AWS does not know the access key any more")                         \
	X(AWS_UNREACHABLE, 9, "AWS cannot be reached or does not answer sensibly")          \
	X(OVERDUE, 10, "a key is overdue")                                                  \
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
 * What happened (`message`, one line, no trailing period), to which profile or key (`profile`, may
 * be empty), the state things are in (`detail`, lines separated by '\n', may be empty) and the
 * command to type next (`hint`, one line, may be empty). Never holds a secret. Text from outside
 * must have gone through text_escape() or a validator before it comes here.
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
 * As error_set(), with ": " and errnum in words (English) behind the message. Always returns false.
 */
bool error_set_errno(struct error *err, enum error_code code, int errnum, const char *fmt, ...)
    CV_PRINTF(4, 5);

/** How the line of a detail begins that quotes AWS. */
#define ERROR_QUOTE "AWS says: "

/** That line, up to the end of the detail; NULL where AWS is not quoted. Borrowed. */
const char *error_quote(const struct error *err);

/** Sets the command to type next. Always returns false, so that it can close a chain. */
bool error_hint(struct error *err, const char *fmt, ...) CV_PRINTF(2, 3);

/** Adds a line on the state things are in. Always returns false. */
bool error_detail(struct error *err, const char *fmt, ...) CV_PRINTF(2, 3);

/** Names the profile or key unless one is named already. Always returns false. */
bool error_profile(struct error *err, const char *profile);

/** The exit status of a code (0 for ERROR_NONE). */
int error_status(enum error_code code);

/** The contract's name of a code: "WRONG_PASSPHRASE"; "NONE" for ERROR_NONE. */
const char *error_name(enum error_code code);

/** The meaning of a code in a few words, for `help exit-codes`. */
const char *error_meaning(enum error_code code);

/** The code of a name; ERROR_FAILED for one we do not know. */
enum error_code error_from_name(const char *name);

#endif
