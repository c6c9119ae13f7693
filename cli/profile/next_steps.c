/* SPDX-License-Identifier: MIT */
#include "cli/profile/next_steps.h"

#include "cli/ui/hint.h"
#include "vault/base/text.h"

void next_steps_print(struct cli *cli, const char *name, bool many)
{
	char vault[HINT_OPTION_BYTES];
	struct out *out = &cli->out;

	hint_option(cli, vault);
	out_printf(out, "  next   credvault exec%s %s -- aws sts get-caller-identity\n", vault,
		   TEXT_WORD(name));
	out_printf(out,
		   "  SDKs   credvault setup%s%s%s   a credential_process line, no key in ~/.aws\n",
		   vault, many ? "" : " ", many ? "" : TEXT_WORD(name));
	out_printf(out, "  then   credvault rotate%s %s   %s\n", vault,
		   many ? "--all" : TEXT_WORD(name),
		   many ? "new keys in the place of these" : "a new key in its place");
}
