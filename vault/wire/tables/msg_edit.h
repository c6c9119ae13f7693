/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_EDIT_H
#define CV_WIRE_TABLES_MSG_EDIT_H

#include "vault/format/fields.h"
#include "vault/wire/tables/msg_retire.h"

/**
 * The arguments of `edit`: the attributes of a key to change. An attribute that is not given stays
 * as it is; an empty one is removed, or becomes the vault's default.
 */
struct msg_edit {
	const char *name;
	const char *mfa_serial;
	bool mfa_required;
	const char *region;
	const char *note;
	int64_t max_age_s; /**< 0: never due; -1: the vault's default */
	enum msg_retire retire;
	int64_t idle_s; /**< with MSG_RETIRE_WHEN_IDLE */
	struct field_list hooks;
	struct msg_edit_given {
		bool mfa_serial, mfa_required, region, note, max_age_s, retire, hooks;
	} given;
};
extern const struct fields msg_edit;

#endif
