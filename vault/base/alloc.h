/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_ALLOC_H
#define CV_BASE_ALLOC_H

#include <stddef.h>

/**
 * An allocator that wipes memory before freeing it, for libraries that hold text with secrets
 * (jansson, expat, curl, OpenSSL). Same contract as malloc, calloc, realloc, free and strdup.
 */

void *alloc_wiping_malloc(size_t size);
void *alloc_wiping_calloc(size_t count, size_t size);
void *alloc_wiping_realloc(void *ptr, size_t size);
void alloc_wiping_free(void *ptr);
char *alloc_wiping_strdup(const char *text);

#endif
