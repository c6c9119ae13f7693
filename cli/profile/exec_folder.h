/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_EXEC_FOLDER_H
#define CV_CLI_PROFILE_EXEC_FOLDER_H

#include "vault/base/error.h"
#include "vault/format/credentials.h"

#include <limits.h>
#include <stdbool.h>

/**
 * The folder of one `exec --credentials-file`, in the runtime directory: a credentials file with a
 * session, for the command alone. It is locked for as long as somebody keeps it; one that nobody
 * keeps was left by a crash, and the next one that comes by removes it.
 */

enum { EXEC_FOLDER_PATH_BYTES = PATH_MAX - 16 };

struct exec_folder {
	char path[EXEC_FOLDER_PATH_BYTES];
	char file[PATH_MAX]; /**< the credentials file, whose name says what it is */
	int fd;		     /**< the folder, locked; close-on-exec; -1: none */
};

#define EXEC_FOLDER_EMPTY ((struct exec_folder){.fd = -1})

/** Makes a folder (0700), without a file in it. `runtime` is paths_runtime(). */
MUST bool exec_folder_make(const char *runtime, struct exec_folder *out, struct error *err);

/** Takes over a folder from the process that made it: its path, and its descriptor. */
MUST bool exec_folder_adopt(const char *path, int fd, struct exec_folder *out, struct error *err);

/** Puts a file with these credentials as section [PROFILE] in the place of the one before. */
MUST bool exec_folder_put(const struct exec_folder *folder, const char *profile,
			  const struct credentials *credentials, struct error *err);

/** Removes the file and keeps the folder. */
void exec_folder_empty(const struct exec_folder *folder);

/** Removes the folder with all that is in it. Accepts empty. */
void exec_folder_remove(struct exec_folder *folder);

/** Removes the folders that nobody keeps. */
void exec_folders_sweep(const char *runtime);

#endif
