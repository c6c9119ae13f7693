/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_DOCTOR_DOCTOR_H
#define CV_CLI_DOCTOR_DOCTOR_H

#include "cli/profile/aws_config.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_status.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>

/**
 * The state of one run of `doctor`: rows, each with a verdict, what was seen, and what to type. A
 * check is one file cli/doctor/check_NAME.c and one word in CHECKS(X) (cli/doctor/checks.h); it
 * asks for nothing, changes nothing, and says what it could not look at.
 */

enum doctor_verdict {
	DOCTOR_OK,   /**< as it should be */
	DOCTOR_NOTE, /**< good to know, or not looked at */
	DOCTOR_WARN, /**< something will go wrong some day, or for some programs */
	DOCTOR_BAD   /**< something is broken, or a key is in danger */
};

struct doctor_row {
	const char *check;
	enum doctor_verdict verdict;
	bool is_key; /**< a bad row about a key: overdue, or in plaintext */
	char what[512];
	char type[256]; /**< the command; "": none */
};

struct doctor {
	struct cli *cli;
	const char *check; /**< the name of the one that looks */
	struct doctor_row *rows;
	size_t count;
	bool short_of_memory;
	struct aws_config config; /**< empty where it could not be read … */
	struct error config_why;  /**< … and why */
	bool has_vault;		  /**< the paths of cli are known, and a vault is there */
	struct error vault_why;	  /**< why not */
};

/** One row of checks[]. */
struct doctor_check {
	const char *name; /**< a word, as it is shown */
	void (*look)(struct doctor *doctor);
};

/** Reads the AWS files and finds the vault. */
void doctor_init(struct doctor *doctor, struct cli *cli);

/**
 * Adds a row about what the format says, without a period. `type` is a command, or NULL. Text from
 * outside goes through out_path() or text_escape_into() first.
 */
void doctor_say(struct doctor *doctor, enum doctor_verdict verdict, const char *type,
		const char *fmt, ...) CV_PRINTF(4, 5);

/** A bad row about a key, and one from an error, with its hint. */
void doctor_say_key(struct doctor *doctor, const char *type, const char *fmt, ...) CV_PRINTF(3, 4);
void doctor_say_error(struct doctor *doctor, enum doctor_verdict verdict, const struct error *why);

/**
 * What `status` says of an unlocked vault, which does not count as use; else false behind a row
 * that says why nothing was looked at. The caller frees both, also then; status borrows from *ok.
 */
bool doctor_ask_status(struct doctor *doctor, struct msg_status *status, json_t **ok);

/** Frees. */
void doctor_clear(struct doctor *doctor);

#endif
