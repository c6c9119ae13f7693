/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_FOUND_KEYS_H
#define CV_CLI_PROFILE_FOUND_KEYS_H

#include "cli/profile/attributes.h"
#include "cli/profile/aws_config.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_add.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * The access keys that `import` found in one place, some with a reason to be skipped. Each kind of
 * place has a file of its own (credentials_file, key_csv, key_json, aws_vault) that adds what it
 * reads here, so that all are judged alike.
 */

enum { FOUND_KEYS_MAX = MSG_IMPORT_KEYS_MAX, FOUND_KEYS_WHY_MAX = 128 };

struct found_key {
	char profile[TEXT_NAME_MAX + 1]; /**< its name in that place; escaped if invalid */
	unsigned int line;		 /**< where it stands in its file; 0: not known */
	struct attributes attributes;	 /**< without the secret … */
	struct buf secret; /**< … which is here: guarded memory has no room for thousands */
	json_t *facts;	   /**< AWS's facts about the key; NULL: none … */
	struct msg_identified identified; /**< … and this is empty; borrows from `facts` */
	bool candidate;			  /**< the place gives no reason to skip it */
	char skip[FOUND_KEYS_WHY_MAX];	  /**< why the key is skipped; "" = it is not */
	char same_as[TEXT_NAME_MAX + 1];  /**< another name of the same key; "": none is known */
	bool kept; /**< the vault was seen to hold this very secret, and the file has it no more */
};

struct found_keys {
	struct found_key *items; /**< in the order of the place */
	size_t count, room;
	/* Set before the first key is added; borrowed, NULL: none. */
	const struct aws_config *config; /**< where MFA devices and regions of profiles are */
	const char *prefix;		 /**< put before each name */
	const char *name;		 /**< of a key that has no name in its place */
};

/** A key as it stands in its place: borrowed, not checked. NULL: there is none; "": it is empty. */
struct found_text {
	const char *name, *id, *secret, *token;
	const char *expires; /**< of a token */
	const char *mfa_serial, *region;
	unsigned int line;
	const char *id_called, *secret_called; /**< what the place calls id and secret */
};

/**
 * Adds a key. Temporary, incomplete and impossible keys and invalid names are skipped.
 * mfa_serial and region come from the profile of that name in `config`, else from the place itself.
 * *item, which may be NULL, is valid until the next one is added. FAILED beyond FOUND_KEYS_MAX.
 */
MUST bool found_keys_add(struct found_keys *keys, const struct found_text *text,
			 struct found_key **item, struct error *err);

/**
 * Looks for what is there twice, once all keys are added: every key of a name that has two is
 * skipped, and the second name of a key says which the first is. A vault holds such a key by both
 * names, and rotates them together.
 */
MUST bool found_keys_judge(struct found_keys *keys, struct error *err);

/**
 * Keeps the key of profile `name`, or the only key there is, which then gets that name. USAGE where
 * there is neither.
 */
MUST bool found_keys_only(struct found_keys *keys, const char *name, struct error *err);

/** The number of keys that are not skipped. */
size_t found_keys_wanted(const struct found_keys *keys);

/** Marks a key to be skipped. */
void found_keys_skip(struct found_key *item, const char *fmt, ...) CV_PRINTF(2, 3);

/** Wipes and frees. Accepts empty. */
void found_keys_clear(struct found_keys *keys);

#endif
