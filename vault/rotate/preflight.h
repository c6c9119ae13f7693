/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_PREFLIGHT_H
#define CV_ROTATE_PREFLIGHT_H

#include "vault/rotate/rotate.h"

/** Whether a rotation can be finished at all, asked of AWS before anything changes. */

/**
 * Looks at AWS before anything changes: who the key is, which keys its user has, when they were
 * used, what the user may do. The permissions to update and to delete are tried with an id that no
 * key can have; the permission to create is told by SimulatePrincipalPolicy, where that may be
 * asked. Fills rotate->found, arn and user_name.
 */
MUST bool preflight_look(struct rotate *rotate, struct error *err);

/**
 * Refuses a rotation that could not be finished: AWS_REFUSED, with what to do, for a second key
 * that is not ours or a permission that is missing. Changes nothing: the key that order.delete_key
 * names counts as gone, and so does the last rotation's old key where it is off. USAGE and
 * NOT_FOUND as preflight_delete_named().
 */
MUST bool preflight_judge(struct rotate *rotate, struct error *err);

/** Deletes the key that order.delete_key names, if any: before the intent, after the consent. */
MUST bool preflight_clear(struct rotate *rotate, struct error *err);

/** The user's keys as IAM lists them now, into rotate->found.keys. */
MUST bool preflight_list(struct rotate *rotate, struct error *err);

/** Whether that list has the vault's key; AWS_REFUSED where it has not. */
MUST bool preflight_lists_it(const struct rotate *rotate, struct error *err);

/**
 * Switches the key that order.delete_key names off and deletes it. USAGE for one that is in the
 * vault, NOT_FOUND for one that IAM does not list.
 */
MUST bool preflight_delete_named(struct rotate *rotate, struct error *err);

/** Says that the user has no room for another key. Always returns false. */
bool preflight_too_many(const struct rotate *rotate, struct error *err);

#endif
