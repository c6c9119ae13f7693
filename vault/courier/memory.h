/* SPDX-License-Identifier: MIT */
#ifndef CV_COURIER_MEMORY_H
#define CV_COURIER_MEMORY_H

#include "vault/base/error.h"

/**
 * Lends the wiping allocator to OpenSSL, curl and jansson, keeps OpenSSL from reading any
 * configuration, and starts curl. Called right after hardening, before any of these libraries has
 * allocated. FAILED when a library is not the expected one (curl with another TLS library).
 */
MUST bool memory_open(struct error *err);

#endif
