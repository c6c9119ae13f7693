/* SPDX-License-Identifier: MIT */
#include "tests/fault/tamper.h"

#include <string.h>

enum { GROWN_MAX = 3 * PAGE };

void tamper_bits(struct run *run)
{
	struct forge forge;
	struct file *file;

	forge_start(&forge);
	file = forge_vault(&forge.now);
	for (size_t at = 0; at < file->len; at++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			if (!run_wants(run, "byte %zu, bit %u", at, bit))
				continue;
			file->data[at] ^= (unsigned char)(1U << bit);
			forge_judge(run, &forge, &forge.now,
				    bit == at % 8 ? RULE_STRICT : RULE_READ);
			file->data[at] ^= (unsigned char)(1U << bit);
		}
	}
	/* A journal that has changes of its own: what it loses was never in the file. */
	file = files_find(&forge.hot, WORLD_VAULT "-wal");
	for (size_t at = 0; file && at < file->len; at++) {
		if (!run_wants(run, "journal, byte %zu", at))
			continue;
		file->data[at] ^= (unsigned char)(1U << (at % 8));
		forge_judge(run, &forge, &forge.hot, RULE_ROLLBACK);
		file->data[at] ^= (unsigned char)(1U << (at % 8));
	}
	forge_end(&forge);
}

void tamper_lengths(struct run *run)
{
	struct forge forge;
	struct file *file;
	size_t len;

	forge_start(&forge);
	file = forge_vault(&forge.now);
	len = file->len;
	for (size_t at = 0; at < len; at++) {
		if (!run_wants(run, "the first %zu bytes", at))
			continue;
		file->len = at;
		forge_judge(run, &forge, &forge.now, RULE_STRICT);
	}
	file->len = len;
	for (size_t more = 1; more <= GROWN_MAX; more += more < 64 ? 1 : 61) {
		for (unsigned int filling = 0; filling < 2; filling++) {
			struct files grown;

			if (!run_wants(run, "%zu bytes more, %s", more,
				       filling ? "of itself" : "zero"))
				continue;
			grown = files_copy(&forge.now);
			file_resize(forge_vault(&grown), len + more);
			if (filling)
				memcpy(forge_vault(&grown)->data + len, file->data, more);
			forge_judge(run, &forge, &grown, RULE_STRICT);
			files_clear(&grown);
		}
	}
	file = files_find(&forge.hot, WORLD_VAULT "-wal");
	len = file ? file->len : 0;
	for (size_t at = 0; at < len; at++) {
		if (!run_wants(run, "the journal's first %zu bytes", at))
			continue;
		file->len = at;
		forge_judge(run, &forge, &forge.hot, RULE_ROLLBACK);
	}
	if (file)
		file->len = len;
	forge_end(&forge);
}

/* Page `from` of one file over page `to` of the vault. */
static void put_page(struct file *vault, size_t to, const struct file *source, size_t from)
{
	file_put(vault, to * PAGE, source->data + from * PAGE, PAGE);
}

void tamper_pages(struct run *run)
{
	static const unsigned char nothing[PAGE];
	struct forge forge;
	struct file *now, *changed;
	struct files files;
	size_t pages;

	forge_start(&forge);
	now = forge_vault(&forge.now);
	pages = now->len / PAGE;
	for (size_t a = 0; a < pages; a++) {
		for (size_t b = 0; b < pages; b++) {
			if (a == b)
				continue;
			files = files_copy(&forge.now);
			changed = forge_vault(&files);
			if (run_wants(run, "page %zu over page %zu", a, b)) {
				put_page(changed, b, now, a);
				forge_judge(run, &forge, &files, RULE_STRICT);
			}
			if (run_wants(run, "pages %zu and %zu swapped", a, b)) {
				put_page(changed, b, now, a);
				put_page(changed, a, now, b);
				forge_judge(run, &forge, &files, RULE_STRICT);
			}
			files_clear(&files);
		}
		files = files_copy(&forge.now);
		if (run_wants(run, "page %zu zero", a)) {
			file_put(forge_vault(&files), a * PAGE, nothing, PAGE);
			forge_judge(run, &forge, &files, RULE_STRICT);
		}
		files_clear(&files);
	}
	/* Every set of pages from every generation before, and from another vault. */
	for (int source = 0; source <= PAST; source++) {
		struct files *from = source < PAST ? &forge.past[source] : &forge.foreign;
		size_t have = forge_vault(from)->len / PAGE;

		for (unsigned int set = 1; set < 1U << pages; set++) {
			if (!run_wants(run, "pages %#x of generation %d", set, source))
				continue;
			files = files_copy(&forge.now);
			for (size_t page = 0; page < pages && page < have; page++) {
				if (set >> page & 1)
					put_page(forge_vault(&files), page, forge_vault(from),
						 page);
			}
			forge_judge(run, &forge, &files, RULE_ROLLBACK);
			files_clear(&files);
		}
	}
	forge_end(&forge);
}
