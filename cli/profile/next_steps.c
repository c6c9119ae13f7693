/* SPDX-License-Identifier: MIT */
#include "cli/profile/next_steps.h"

#include "cli/ui/hint.h"
#include "cli/vault/paths.h"
#include "vault/base/text.h"

#include <limits.h>
#include <string.h>

enum { SHOWN = 256 };

void next_steps_print(struct cli *cli, const char *name, const char *from, bool many)
{
	bool is_default = strcmp(name, "default") == 0;
	char vault[HINT_OPTION_BYTES], path[PATH_MAX] = "", shown[SHOWN];
	struct out *out = &cli->out;
	struct error unused;

	hint_option(cli, vault);
	out_printf(out, "  next   credvault exec%s %s -- aws sts get-caller-identity\n", vault,
		   TEXT_WORD(name));
	if (paths_aws_config(path, &unused)) {
		out_path(path, shown, sizeof(shown));
		out_printf(out,
			   "  SDKs   [%s%s] in %s gets the line\n"
			   "           credential_process = credvault process%s %s\n",
			   is_default ? "" : "profile ", TEXT_WORD(name), shown, vault,
			   TEXT_WORD(name));
	}
	if (from) {
		out_path(from, shown, sizeof(shown));
		out_printf(out, "         and the key lines in %s go: they would be used first\n",
			   shown);
	}
	out_printf(out, "  then   credvault rotate%s %s   %s\n", vault,
		   many ? "--all" : TEXT_WORD(name),
		   many ? "new keys in the place of these" : "a new key in its place");
}
