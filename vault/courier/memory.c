/* SPDX-License-Identifier: MIT */
#include "vault/courier/memory.h"

#include "vault/base/alloc.h"
#include "vault/format/json.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <string.h>

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return alloc_wiping_malloc(size);
}

static void *crypto_realloc(void *ptr, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return alloc_wiping_realloc(ptr, size);
}

static void crypto_free(void *ptr, const char *file, int line)
{
	(void)file;
	(void)line;
	alloc_wiping_free(ptr);
}

bool memory_open(struct error *err)
{
	const curl_version_info_data *version;

	/* OpenSSL takes other functions only before its first allocation, so it comes first. */
	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
		return error_set(err, ERROR_FAILED, "OpenSSL has begun with another allocator");
	/* A configuration file can load any library into this process. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return error_set(err, ERROR_FAILED, "OpenSSL does not start");
	json_open();
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, alloc_wiping_malloc, alloc_wiping_free,
				 alloc_wiping_realloc, alloc_wiping_strdup,
				 alloc_wiping_calloc) != CURLE_OK)
		return error_set(err, ERROR_FAILED, "curl does not start");
	version = curl_version_info(CURLVERSION_NOW);
	if (!version->ssl_version || strncmp(version->ssl_version, "OpenSSL/", 8) != 0)
		return error_set(err, ERROR_FAILED, "curl comes with another TLS library");
	return true;
}
