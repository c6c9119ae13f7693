/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_PREFLIGHT_H
#define CV_ROTATE_PREFLIGHT_H

#include "vault/rotate/rotate.h"

/** Whether a rotation can be finished at all, asked of AWS before anything changes. */

/**
 * Looks, before anything changes: who the key is, which keys its user has, when they were used,
 * what may be done. Permissions to update and to delete are asked for with an id that no key can
 * have; the one to create is told by SimulatePrincipalPolicy, where that may be asked. Signs with
 * an MFA session where the key alone is refused and a device is known. Fills rotate->found, arn and
 * user_name.
 */
MUST bool preflight_look(struct rotate *rotate, struct error *err);

/**
 * Refuses what could not be finished: AWS_REFUSED, with what to do, for a second key that is not
 * ours or a permission that is missing. Changes nothing: the key that order.delete_key names, and
 * the last rotation's old one where that is off, count as gone. USAGE and NOT_FOUND as
 * preflight_delete_named().
 */
MUST bool preflight_judge(struct rotate *rotate, struct error *err);

/**
 * What order.delete_key names goes now, if it names one: before the intent, after whoever asked has
 * agreed.
 */
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

/** What is said where there is no room for another key. Always returns false. */
bool preflight_too_many(const struct rotate *rotate, struct error *err);

#endif
