/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_KEY_CSV_H
#define CV_CLI_PROFILE_KEY_CSV_H

#include "cli/profile/found_keys.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Finds the access keys of a CSV file as IAM's console gives it: the columns are found by their
 * titles, "Access key ID" and "Secret access key" with or without "User name", whatever else there
 * is, in any order; and the two lines of an older rootkey.csv.
 */

/**
 * Adds a key for each row; the user's name is the key's. `path` is for messages. Without a column
 * of names the key is called as the console calls the file, NAME_accessKeys.csv, unless out->name
 * is given. FAILED naming file and line, and never a value, where it is no such file.
 */
MUST bool key_csv_read(const char *path, const char *text, size_t len, struct found_keys *out,
		       struct error *err);

#endif
