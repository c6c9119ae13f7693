/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SCAN_SCAN_H
#define CV_CLI_SCAN_SCAN_H

#include "cli/scan/scan_allow.h"
#include "cli/show/key_row.h"
#include "cli/ui/context.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/key_pattern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * One search for access keys in plaintext: what it has found, what it has passed over and why, and
 * when it ends. A finding holds no secret, and of an id what screens show of it. The parts that
 * read files, folders and git's output add to it.
 */

enum {
	SCAN_FILE_MAX = 16 * 1024 * 1024, /**< bytes of a file that is looked at */
	SCAN_FINDINGS_MAX = 2000,	  /**< that are kept; others are counted */
	SCAN_COMMIT_BYTES = 65
};

/** X(identifier, name in JSON, one of them, several). */
#define SCAN_SKIPS(X)                                                                         \
	X(BINARY, "binary", "binary file", "binary files")                                    \
	X(LARGE, "large", "file of more than 16 MiB", "files of more than 16 MiB")            \
	X(LINK, "links", "symbolic link", "symbolic links")                                   \
	X(SPECIAL, "special", "FIFO, socket or device", "FIFOs, sockets and devices")         \
	X(FOLDER, "folders", "folder of packages or of git", "folders of packages or of git") \
	X(SYSTEM, "system", "file system of the kernel", "file systems of the kernel")        \
	X(DEEP, "deep", "folder that lies too deep", "folders that lie too deep")             \
	X(UNREADABLE, "unreadable", "place that cannot be read", "places that cannot be read")

enum scan_skip {
#define X(name_, json_, one_, many_) SCAN_SKIP_##name_,
	SCAN_SKIPS(X)
#undef X
	    SCAN_SKIP_COUNT
};

struct scan_finding {
	char *path;	    /**< as it is to be shown, not escaped */
	unsigned long line; /**< from 1 */
	enum key_pattern_kind kind;
	bool temporary, other;	/**< as in struct key_pattern */
	char id[KEY_ROW_BYTES]; /**< masked, "AKIA…9XK2"; "": not known */
	char account[ARN_ACCOUNT_BYTES];
	char commit[SCAN_COMMIT_BYTES]; /**< "": not of git's history */
	uint64_t mark;			/**< of id and path, for scan_add() */
};

struct scan {
	struct cli *cli; /**< its clock, its terminal */
	struct scan_allow allow;
	struct scan_finding *findings; /**< in the order in which they were found */
	size_t count;
	size_t keys;	/**< keys and lone secrets, also those beyond SCAN_FINDINGS_MAX */
	size_t ids;	/**< lone ids */
	bool wants_ids; /**< lone ids are kept too, else they are counted */
	size_t allowed; /**< that the allow-list has kept out */
	uint64_t files, bytes;
	uint64_t skipped[SCAN_SKIP_COUNT];
	int64_t began_ms, shown_ms, ends_ms;
	bool cut;	 /**< its time was over before everything was looked at */
	bool progress;	 /**< a line about it may stand on the terminal */
	struct buf text; /**< of the file at hand */
};

/** Starts one that may take `seconds`. */
void scan_init(struct scan *scan, struct cli *cli, int64_t seconds);

/** Whether to go on: false once the time is over or a signal has come. Shows how far it is. */
bool scan_goes_on(struct scan *scan, const char *path);

/** Counts what is not looked at, and names it where --verbose wants that. */
void scan_skip(struct scan *scan, enum scan_skip why, const char *path);

/** Adds a finding (a copy) unless it is allowed or there already. MEMORY. */
MUST bool scan_add(struct scan *scan, const struct scan_finding *finding,
		   const struct key_pattern *pattern, struct error *err);

/** Takes the line about its progress away. */
void scan_hide(struct scan *scan);

/** Wipes and frees. Accepts empty. */
void scan_clear(struct scan *scan);

#endif
