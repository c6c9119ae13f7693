/* SPDX-License-Identifier: MIT */
#include "vault/creds/source.h"

#define SOURCE_ROW(name_) &source_##name_,
static const struct source *const rows[] = {SOURCES(SOURCE_ROW)};

const struct sources sources_all = {rows, sizeof(rows) / sizeof(rows[0])};
