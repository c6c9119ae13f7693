/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SETUP_SCRUB_H
#define CV_CLI_SETUP_SCRUB_H

#include "cli/profile/key_import.h"

/**
 * `import --scrub`: takes the lines of keys out of a credentials file, and puts a
 * credential_process line in their place. Nothing is taken out on anybody's word: the vault is
 * closed, a fresh agent reads its file again and shows by tags which secrets it holds, and of these
 * only keys that the credentials file still has go. `setup --undo` puts the file back.
 */

/** For struct key_import. */
extern const struct key_import_scrub scrub_of_import;

#endif
