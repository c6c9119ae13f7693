/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_KEY_JSON_H
#define CV_CLI_PROFILE_KEY_JSON_H

#include "cli/profile/found_keys.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Finds access keys in JSON: {"AccessKeyId":…,"SecretAccessKey":…}, IAM's answer to CreateAccessKey
 * ({"AccessKey":{…}}), STS's ({"Credentials":{…}}, whose keys are temporary), a list of these, or
 * an object of these by their names.
 */

/**
 * Adds each key. Its name is that of the enclosing member, else "Name", else "UserName"; "MfaSerial"
 * and "Region" come along. `path` is for messages. FAILED where the value is none of these.
 */
MUST bool key_json_read(const char *path, const json_t *value, struct found_keys *out,
			struct error *err);

#endif
