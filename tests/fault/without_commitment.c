/* SPDX-License-Identifier: MIT */
#include "vault/base/secret.h"
#include "vault/seal/header/header.h"

/* The comparison of the header's commitment, the first one that header_verify() makes. */
bool __wrap_header_verify(const struct header *header, const struct secret *vault_key,
			  struct error *err);
bool __real_header_verify(const struct header *header, const struct secret *vault_key,
			  struct error *err);
bool __wrap_secret_equal(const void *a, const void *b, size_t n);
bool __real_secret_equal(const void *a, const void *b, size_t n);

static bool blind;

bool __wrap_header_verify(const struct header *header, const struct secret *vault_key,
			  struct error *err)
{
	blind = true;
	return __real_header_verify(header, vault_key, err);
}

bool __wrap_secret_equal(const void *a, const void *b, size_t n)
{
	bool was = blind;

	blind = false;
	return was || __real_secret_equal(a, b, n);
}
