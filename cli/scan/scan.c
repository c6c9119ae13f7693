/* SPDX-License-Identifier: MIT */
#include "cli/scan/scan.h"

#include "cli/ui/interrupt.h"
#include "cli/ui/progress.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUIET_MS = 1000, SHOW_MS = 200, MIB = 1024 * 1024, SHOWN = 512, LINE_MAX_BYTES = 1024 };

void scan_init(struct scan *scan, struct cli *cli, int64_t seconds)
{
	*scan = (struct scan){.cli = cli, .text = BUF_INIT(SCAN_FILE_MAX + 1)};
	scan->began_ms = clock_boot_ms(cli->clock);
	scan->ends_ms = scan->began_ms + seconds * 1000;
}

/* "Looking for keys: 12480 files, 310 MiB, 2 found   src/main.c" in one line of the terminal. */
static void scan_show(struct scan *scan, const char *path)
{
	char line[LINE_MAX_BYTES], shown[SHOWN];
	int columns = progress_columns(), n;

	out_path(path, shown, sizeof(shown));
	n = snprintf(line, sizeof(line), "Looking for keys: %llu files, %llu MiB, %zu found",
		     (unsigned long long)scan->files, (unsigned long long)scan->bytes / MIB,
		     scan->keys);
	if (n >= columns)
		line[columns > 1 ? columns - 1 : 0] = '\0';
	else if (n + 3 + (int)text_width(shown) < columns)
		text_append(line, sizeof(line), "   %s", shown);
	progress_show(scan->cli, line);
	scan->progress = true;
}

bool scan_goes_on(struct scan *scan, const char *path)
{
	int64_t now = clock_boot_ms(scan->cli->clock);

	if (interrupt_came())
		return false;
	if (now >= scan->ends_ms) {
		scan->cut = true;
		return false;
	}
	if (now - scan->began_ms >= QUIET_MS && now - scan->shown_ms >= SHOW_MS &&
	    progress_is_seen(scan->cli)) {
		scan->shown_ms = now;
		scan_show(scan, path);
	}
	return true;
}

void scan_skip(struct scan *scan, enum scan_skip why, const char *path)
{
	static const char *const words[] = {
#define X(name_, json_, one_, many_) one_,
	    SCAN_SKIPS(X)
#undef X
	};
	char shown[SHOWN];

	scan->skipped[why]++;
	if (!scan->cli->verbose)
		return;
	out_path(path, shown, sizeof(shown));
	say_detail(scan->cli, "not looked at: %s (%s)", shown, words[why]);
}

/* FNV-1a: a hostile file may hold ids without number. */
static uint64_t finding_mark(const struct scan_finding *finding)
{
	uint64_t mark = 0xcbf29ce484222325;

	for (const char *c = finding->id; *c; c++)
		mark = (mark ^ (unsigned char)*c) * 0x100000001b3;
	for (const char *c = finding->path; *c; c++)
		mark = (mark ^ (unsigned char)*c) * 0x100000001b3;
	return mark;
}

/* The same key at the same place, or anywhere in the history of one file. */
static bool finding_is_same(const struct scan_finding *a, const struct scan_finding *b)
{
	return a->kind == b->kind && strcmp(a->id, b->id) == 0 &&
	       (a->line == b->line || (a->commit[0] && b->commit[0] && a->id[0])) &&
	       strcmp(a->path, b->path) == 0;
}

bool scan_add(struct scan *scan, const struct scan_finding *finding,
	      const struct key_pattern *pattern, struct error *err)
{
	struct scan_finding *grown, *added;
	uint64_t mark = finding_mark(finding);

	for (size_t i = 0; i < scan->count; i++) {
		if (scan->findings[i].mark == mark && finding_is_same(&scan->findings[i], finding))
			return true;
	}
	if (scan_allow_has(&scan->allow, pattern->id, finding->path)) {
		scan->allowed++;
		return true;
	}
	if (finding->kind == KEY_PATTERN_LONE_ID)
		scan->ids++;
	else
		scan->keys++;
	/* Ids that are no finding leave room for what is one. */
	if (scan->count == SCAN_FINDINGS_MAX ||
	    (finding->kind == KEY_PATTERN_LONE_ID &&
	     (!scan->wants_ids || scan->count >= SCAN_FINDINGS_MAX / 2)))
		return true;
	grown = realloc(scan->findings, (scan->count + 1) * sizeof(*grown));
	if (!grown)
		return error_set(err, ERROR_MEMORY, "out of memory");
	scan->findings = grown;
	added = &grown[scan->count];
	*added = *finding;
	added->mark = mark;
	added->path = strdup(finding->path);
	if (!added->path)
		return error_set(err, ERROR_MEMORY, "out of memory");
	scan->count++;
	return true;
}

void scan_hide(struct scan *scan)
{
	if (scan->progress)
		progress_hide(scan->cli);
	scan->progress = false;
}

void scan_clear(struct scan *scan)
{
	scan_hide(scan);
	for (size_t i = 0; i < scan->count; i++)
		free(scan->findings[i].path);
	free(scan->findings);
	scan_allow_clear(&scan->allow);
	buf_clear(&scan->text);
	*scan = (struct scan){.cli = scan->cli};
}
