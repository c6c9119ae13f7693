/* SPDX-License-Identifier: MIT */
#include "vault/base/alloc.h"

#include "vault/base/secret.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *alloc_wiping_malloc(size_t size)
{
	return malloc(size ? size : 1);
}

void *alloc_wiping_calloc(size_t count, size_t size)
{
	return calloc(count ? count : 1, size ? size : 1);
}

void *alloc_wiping_realloc(void *ptr, size_t size)
{
	size_t had = ptr ? malloc_usable_size(ptr) : 0;
	void *fresh;

	if (ptr && size == 0) {
		alloc_wiping_free(ptr);
		return NULL;
	}
	if (ptr && size <= had)
		return ptr;
	fresh = malloc(size ? size : 1);
	if (fresh && ptr) {
		memcpy(fresh, ptr, had);
		alloc_wiping_free(ptr);
	}
	return fresh;
}

void alloc_wiping_free(void *ptr)
{
	if (ptr)
		secret_wipe(ptr, malloc_usable_size(ptr));
	free(ptr);
}

char *alloc_wiping_strdup(const char *text)
{
	size_t len = strlen(text);
	char *copy = alloc_wiping_malloc(len + 1);

	if (copy)
		memcpy(copy, text, len + 1);
	return copy;
}
