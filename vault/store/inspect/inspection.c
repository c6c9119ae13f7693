/* SPDX-License-Identifier: MIT */
#include "vault/store/inspect/inspection.h"

#include <stdarg.h>
#include <stdio.h>

void inspection_add(struct inspection *inspection, const char *fmt, ...)
{
	va_list args;

	if (inspection->count == INSPECTION_PROBLEMS)
		return;
	va_start(args, fmt);
	(void)vsnprintf(inspection->problems[inspection->count++], INSPECTION_TEXT, fmt, args);
	va_end(args);
}
