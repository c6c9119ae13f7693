/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_OPTION_H
#define CV_CLI_UI_OPTION_H

#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The options of the command line as data: the parser, the help and the completion read the same
 * tables. Long options are never abbreviated; `--name VALUE`, `--name=VALUE`, `-n VALUE`,
 * `-nVALUE`; flags in one letter may stand together (-qy); options stand anywhere, `--` ends them.
 * Commands with a PROFILE take it by `--profile P` as well.
 */
struct option {
	const char *name;     /**< without dashes; NULL ends a table */
	char letter;	      /**< 0: none */
	const char *argument; /**< "FILE", as the help shows it; NULL: a flag */
	const char *help;     /**< one line; NULL: an alias that help does not list */
	const char *alias;    /**< the option this one is another name of, or NULL */
	const char
	    *environment;   /**< variable that stands in for it, or NULL; a flag wants "1" there */
	const char *values; /**< "env json process": all that is allowed, and completed, or NULL */
	bool operand;	    /**< its value is the next operand (`--profile P` for PROFILE) */
};

/** The row of the commands in whose usage PROFILE stands. */
#define OPTION_PROFILE                                                     \
	{                                                                  \
		.name = "profile", .argument = "PROFILE", .operand = true, \
		.help = "the same as PROFILE"                              \
	}

/** The global options, which every command takes. */
extern const struct option options_global[];

enum { OPTIONS_MAX = 64 };

/** What was given. Texts are borrowed from argv and the environment. */
struct options {
	const struct option *tables[2]; /**< the global ones, the command's (may be NULL) */
	struct {
		const struct option *option;
		const char *value; /**< NULL for a flag */
	} given[OPTIONS_MAX];
	size_t count;
	const char **args; /**< the operands, `argc` of them; points into argv */
	size_t argc;
	char **tail; /**< where `has_tail`: the command to run, NULL-terminated; else NULL */
	const struct option *wanted; /**< the last option, where its value is missing; else NULL */
};

/** How operands and options mix. */
enum option_order {
	OPTION_ANYWHERE,
	OPTION_COMMAND, /**< the first operand ends the options; all behind it is `tail` */
	/**
	 * One operand at most; `--` ends the options, or the operand where no `--` stands; then
	 * `tail`.
	 */
	OPTION_TAIL,
	OPTION_TYPED /**< the same of a line that is being typed, whose `--` may come yet */
};

/**
 * Reads argv[0..argc) (without the program's name and the command's) against the tables; argv is
 * reordered and must outlive *out. May be called again on the same *out to add to it. USAGE names
 * what is wrong and, for a misspelt option, the nearest one.
 */
MUST bool option_parse(int argc, char **argv, enum option_order order, struct options *out,
		       struct error *err);

/** The option of a long name of `len` bytes, or the one of which that is an alias; NULL: none. */
const struct option *option_find(const struct options *options, const char *name, size_t len);

/**
 * Whether a flag was given or its variable is "1". The name must be one of a table's (asserted).
 */
bool option_flag(const struct options *options, const char *name);

/** The last value given, else its variable's if that is not empty, else NULL. Name asserted. */
const char *option_text(const struct options *options, const char *name);

/** How often it was given on the command line; option_nth() is the n-th value from 0. */
size_t option_times(const struct options *options, const char *name);
const char *option_nth(const struct options *options, const char *name, size_t n);

/** A duration ("15m") in seconds, `absent` where it was not given. */
MUST bool option_duration(const struct options *options, const char *name, int64_t absent,
			  int64_t *seconds, struct error *err);

/** What a number may be, and what it is where the option was not given. */
struct option_range {
	int64_t lowest, highest, absent;
};

/** A whole number of the range. USAGE names the option. */
MUST bool option_number(const struct options *options, const char *name, struct option_range range,
			int64_t *number, struct error *err);

/** The number of a descriptor that is open, 0 to 1023; -1 where it was not given. */
MUST bool option_fd(const struct options *options, const char *name, int *fd, struct error *err);

/** The text of `among` (NULL-terminated) nearest to `text` in any case; NULL when none is near. */
const char *option_nearest(const char *text, const char *const among[]);

#endif
