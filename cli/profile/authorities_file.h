/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_AUTHORITIES_FILE_H
#define CV_CLI_PROFILE_AUTHORITIES_FILE_H

#include "cli/ui/context.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/pem.h"

#include <stddef.h>

/**
 * A file of certificate authorities, such as a company's own, that a person wants the vault to
 * trust. It is read only to be sealed, or compared with what is sealed: what AWS answers is never
 * taken on the word of a file or of a variable.
 */
struct authorities_file {
	char path[PEM_PATH_MAX + 1]; /**< absolute, without links */
	struct buf pem;		     /**< the authorities that the system does not have */
	size_t count;
};

#define AUTHORITIES_FILE_EMPTY ((struct authorities_file){.path = ""})

/** Reads it. USAGE where it holds anything but certificates, or more than a vault takes. */
MUST bool authorities_file_read(const char *path, struct authorities_file *out, struct error *err);

void authorities_file_clear(struct authorities_file *file);

/** Asks the agent to seal them (`config`); with NULL, to trust the system's alone again. */
MUST bool authorities_file_seal(struct cli *cli, const struct authorities_file *file,
				struct error *err);

/** A note: what sealing them means, or that there was nothing to seal. */
void authorities_file_tell(struct cli *cli, const struct authorities_file *file);

/** Whether the file at path holds other authorities than those of this digest (in hex). */
bool authorities_file_differs(const char *path, const char *sha256);

/**
 * Completes an error about a certificate whose authority is not known here (ERROR_HINT_AUTHORITY):
 * which file the environment or the config file names, and that it is not sealed, or has changed
 * since. Leaves other errors alone.
 */
void authorities_file_explain(struct cli *cli, struct error *err);

#endif
