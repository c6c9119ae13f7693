/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_CONFIG_H
#define CV_WIRE_TABLES_MSG_CONFIG_H

#include "vault/format/fields.h"
#include "vault/wire/tables/msg_retire.h"

/** The vault's settings in the arguments and in the answer of `config`. */

/** The authorities to be sealed; pem NULL: none from here on. */
struct msg_ca_bundle {
	const char *path; /**< the file that they were read from, absolute */
	const char *pem;
};

enum { MSG_PROGRAM_MAX = 1023 };

/** A setting that is not given stays as it is; -1 and MSG_RETIRE_NONE are the default. */
struct msg_config {
	int64_t idle_s, limit_s, max_age_s, lead_s, grace_s, log_keep_s;
	bool lock_on_sleep; /**< a reader sets it before: true is the default */
	enum msg_retire retire;
	int64_t retire_idle_s;
	const char *askpass; /**< absolute; NULL: none */
	struct msg_ca_bundle ca_bundle;
	const char *backup_to; /**< an absolute directory; NULL: none */
	struct msg_config_given {
		bool idle_s, limit_s, max_age_s, lead_s, grace_s, log_keep_s;
		bool lock_on_sleep, retire, askpass, ca_bundle, backup_to;
	} given;
};
extern const struct fields msg_config;

/** The settings after the change. */
struct msg_setting {
	const char *value;
	bool is_default;
	int64_t seconds;    /**< of a duration; 0: never */
	const char *sha256; /**< of the sealed authorities' PEM text, in hex; NULL: none are */
};
struct msg_settings {
	struct msg_setting idle, limit, max_age, lead, grace, log_keep;
	struct msg_setting retire, lock_on_sleep, askpass, ca_bundle, backup_to;
};
extern const struct fields msg_settings;

#endif
