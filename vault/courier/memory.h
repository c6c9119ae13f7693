/* SPDX-License-Identifier: MIT */
#ifndef CV_COURIER_MEMORY_H
#define CV_COURIER_MEMORY_H

#include "vault/base/error.h"

/**
 * Lends the wiping allocator to OpenSSL, curl and jansson, keeps OpenSSL from reading any
 * configuration, and starts curl. First thing after hardening, before any of them has allocated.
 * FAILED when one of them is not what we were built for (curl with another TLS library).
 */
MUST bool memory_open(struct error *err);

#endif
