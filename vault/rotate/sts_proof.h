/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_STS_PROOF_H
#define CV_ROTATE_STS_PROOF_H

#include "vault/base/error.h"
#include "vault/rotate/rotate.h"
#include "vault/rotate/signer.h"

#include <stdbool.h>

/** The step that proves a key: AWS itself says that it knows the key, and whose it is. */

/**
 * Waits for two answers of STS in a row that the key is its user's, with patience while the key is
 * young; at AWS's own endpoints each answer is one of its own region and one of us-east-1.
 */
MUST bool step_prove(struct rotate *rotate, enum signer_key who, struct error *err);

#endif
