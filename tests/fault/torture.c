/* SPDX-License-Identifier: MIT */
#include "tests/fault/report.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* One part, one shard of it, in one process; the table is made by whoever starts several. */

static int usage(void)
{
	(void)fprintf(stderr, "usage: torture --list\n"
			      "       torture PART [--shard I/N] [--stride N] [--seed N] [--quick] "
			      "[--expect-red]\n");
	return 2;
}

static int list_parts(void)
{
	for (size_t i = 0; i < parts_count; i++)
		(void)printf("%s %s\n", parts[i].name, parts[i].group);
	return 0;
}

static bool number(const char *text, uint64_t lowest, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	return *text != '\0' && *end == '\0' && *out >= lowest;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"list", no_argument, NULL, 'l'},
						{"shard", required_argument, NULL, 's'},
						{"stride", required_argument, NULL, 't'},
						{"seed", required_argument, NULL, 'e'},
						{"quick", no_argument, NULL, 'q'},
						{"expect-red", no_argument, NULL, 'r'},
						{NULL, 0, NULL, 0}};
	struct choice choice = {.stride = 1, .shards = 1};
	bool quick = false, expect_red = false;
	const struct part *part;
	struct report report;
	char *slash;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'l': return list_parts();
		case 's':
			slash = strchr(optarg, '/');
			if (!slash)
				return usage();
			*slash = '\0';
			if (!number(optarg, 0, &choice.shard) ||
			    !number(slash + 1, 1, &choice.shards) || choice.shard >= choice.shards)
				return usage();
			break;
		case 't':
			if (!number(optarg, 1, &choice.stride))
				return usage();
			break;
		case 'e':
			if (!number(optarg, 0, &choice.seed))
				return usage();
			break;
		case 'q': quick = true; break;
		case 'r': expect_red = true; break;
		default: return usage();
		}
	}
	part = optind + 1 == argc ? part_named(argv[optind]) : NULL;
	if (!part)
		return usage();
	if (quick)
		choice = choice_quick(part);
	part_run(part, &choice, &report);
	report_print(stdout, part, &report);
	/* A crash is not how a check that is missing should show. */
	if (expect_red)
		return report.bad > 0 && report.count[OUTCOME_CRASHED] == 0 ? 0 : 1;
	return report.bad == 0 && report.points > 0 ? 0 : 1;
}
