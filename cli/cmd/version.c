/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"

/* The JSON is written by hand, so that neither jansson nor libsodium is started for it. */
static bool run(struct cli *cli, struct error *err)
{
	(void)err;
	out_printf(&cli->out, cli->json ? "{\"version\":\"%s\"}\n" : "credvault %s\n", CV_VERSION);
	return true;
}

static const struct example examples[] = {
    {"which version this is", "credvault version"},
    {NULL, NULL},
};

const struct command command_version = {
    .name = "version",
    .summary = "print the version of this program",
    .usage = "",
    .examples = examples,
    .needs = NEEDS_NOTHING,
    .run = run,
};
