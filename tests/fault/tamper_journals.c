/* SPDX-License-Identifier: MIT */
#include "tests/fault/tamper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Journals made by hand, from SQLite's file format (fileformat2.html §3 and §4): what another
 * program could leave beside the vault so that the next opening plays older pages into it.
 */
enum { WAL_HEADER = 32, WAL_FRAME = 24, SECTOR = 512 };

static void put32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t get32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Big-endian words, as the magic number below says. */
static void wal_sum(const unsigned char *data, size_t len, uint32_t sum[static 2])
{
	for (size_t i = 0; i < len; i += 8) {
		sum[0] += get32(data + i) + sum[1];
		sum[1] += get32(data + i + 4) + sum[0];
	}
}

/* A WAL with these pages of `from`, committed. */
static void make_wal(struct file *out, const struct file *from, unsigned int set, size_t pages)
{
	unsigned char header[WAL_HEADER] = {0}, frame[WAL_FRAME];
	uint32_t sum[2] = {0, 0};
	unsigned int left = set;

	put32(header, 0x377f0683);
	put32(header + 4, 3007000);
	put32(header + 8, PAGE);
	put32(header + 16, 0x1234);
	put32(header + 20, 0x5678);
	wal_sum(header, 24, sum);
	put32(header + 24, sum[0]);
	put32(header + 28, sum[1]);
	file_resize(out, 0);
	file_put(out, 0, header, sizeof(header));
	for (size_t page = 0; page < pages; page++) {
		const unsigned char *data = from->data + page * PAGE;

		if ((set >> page & 1) == 0)
			continue;
		left &= ~(1U << page);
		memset(frame, 0, sizeof(frame));
		put32(frame, (uint32_t)page + 1);
		put32(frame + 4, left == 0 ? (uint32_t)pages : 0);
		memcpy(frame + 8, header + 16, 8);
		wal_sum(frame, 8, sum);
		wal_sum(data, PAGE, sum);
		put32(frame + 16, sum[0]);
		put32(frame + 20, sum[1]);
		file_put(out, out->len, frame, sizeof(frame));
		file_put(out, out->len, data, PAGE);
	}
}

/* A rollback journal that says these pages were so before a transaction that never ended. */
static void make_journal(struct file *out, const struct file *from, unsigned int set, size_t pages)
{
	static const unsigned char magic[] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
	unsigned char header[SECTOR] = {0}, word[4];
	const uint32_t nonce = 0x9abc;
	uint32_t records = 0;

	memcpy(header, magic, sizeof(magic));
	put32(header + 12, nonce);
	put32(header + 16, (uint32_t)pages);
	put32(header + 20, SECTOR);
	put32(header + 24, PAGE);
	file_resize(out, 0);
	file_put(out, 0, header, sizeof(header));
	for (size_t page = 0; page < pages; page++) {
		const unsigned char *data = from->data + page * PAGE;
		uint32_t sum = nonce;

		if ((set >> page & 1) == 0)
			continue;
		records++;
		for (int i = PAGE - 200; i > 0; i -= 200)
			sum += data[i];
		put32(word, (uint32_t)page + 1);
		file_put(out, out->len, word, sizeof(word));
		file_put(out, out->len, data, PAGE);
		put32(word, sum);
		file_put(out, out->len, word, sizeof(word));
	}
	put32(word, records);
	file_put(out, 8, word, sizeof(word));
}

static void crafted(struct run *run, struct forge *forge, struct files *from, const char *what)
{
	const struct file *source = forge_vault(from);
	size_t pages = forge_vault(&forge->now)->len / PAGE;

	if (source->len / PAGE < pages)
		pages = source->len / PAGE;
	for (unsigned int set = 1; set < 1U << pages; set++) {
		struct files files = files_copy(&forge->now);

		if (run_wants(run, "a WAL with pages %#x of %s", set, what)) {
			make_wal(files_add(&files, WORLD_VAULT "-wal"), source, set, pages);
			forge_judge(run, forge, &files, RULE_ROLLBACK);
			files_drop(&files, WORLD_VAULT "-wal");
		}
		if (run_wants(run, "a journal with pages %#x of %s", set, what)) {
			make_journal(files_add(&files, WORLD_VAULT "-journal"), source, set, pages);
			forge_judge(run, forge, &files, RULE_ROLLBACK);
		}
		files_clear(&files);
	}
}

/* A genuine WAL beside another generation's file. */
static void misplaced(struct run *run, struct forge *forge)
{
	struct file *wal = files_find(&forge->hot, WORLD_VAULT "-wal");
	struct files *all[] = {&forge->past[0], &forge->past[1], &forge->past[2], &forge->now,
			       &forge->foreign};

	for (size_t i = 0; wal && i < sizeof(all) / sizeof(all[0]); i++) {
		static const char *const names[] = {"-wal", "-journal", "-shm"};

		for (size_t j = 0; j < 3; j++) {
			char name[FILES_NAME_BYTES];
			struct files files;

			if (!run_wants(run, "the last WAL as %s of generation %zu", names[j], i))
				continue;
			files = files_copy(all[i]);
			(void)snprintf(name, sizeof(name), "%s%s", WORLD_VAULT, names[j]);
			file_put(files_add(&files, name), 0, wal->data, wal->len);
			forge_judge(run, forge, &files, RULE_ROLLBACK);
			files_clear(&files);
		}
	}
}

/* Offsets 18 and 19 choose the journal: 1 rolls back, 2 writes ahead. */
static void mode_bytes(struct run *run, struct forge *forge)
{
	static const unsigned char values[] = {0, 1, 2, 3, 4, 127, 128, 255};

	for (size_t a = 0; a < sizeof(values); a++) {
		for (size_t b = 0; b < sizeof(values); b++) {
			for (unsigned int beside = 0; beside < 3; beside++) {
				struct files files;
				unsigned char *bytes;

				if (!run_wants(run, "journal-mode bytes %u, %u, beside %u",
					       values[a], values[b], beside))
					continue;
				files = files_copy(beside == 1 ? &forge->hot : &forge->now);
				bytes = forge_vault(&files)->data;
				bytes[18] = values[a];
				bytes[19] = values[b];
				if (beside == 2)
					make_journal(files_add(&files, WORLD_VAULT "-journal"),
						     forge_vault(&forge->past[1]), 4, 5);
				forge_judge(run, forge, &files, RULE_ROLLBACK);
				files_clear(&files);
			}
		}
	}
}

void tamper_journals(struct run *run)
{
	struct forge forge;

	forge_start(&forge);
	crafted(run, &forge, &forge.past[0], "three ago");
	crafted(run, &forge, &forge.past[1], "two ago");
	crafted(run, &forge, &forge.past[2], "one ago");
	crafted(run, &forge, &forge.foreign, "another vault");
	misplaced(run, &forge);
	mode_bytes(run, &forge);
	forge_end(&forge);
}
