/* SPDX-License-Identifier: MIT */
#include "cli/profile/root_key.h"

#include "cli/ui/say.h"

#include <stdio.h>

enum { WARNING_BYTES = 1024 };

void root_key_warn(struct cli *cli, const char *name, const char *account)
{
	char text[WARNING_BYTES];

	(void)snprintf(
	    text, sizeof(text),
	    "%s is the ROOT KEY of account %s: it may do everything there, and no policy "
	    "limits it.\n"
	    "Better: make an IAM user, or one of Identity Center, that may do what the work "
	    "needs; add that user's key; then delete this one in the console, signed in as "
	    "root, under \"Security credentials\".\n"
	    "Here its sessions last an hour at most, and it assumes no role: AWS's rules.",
	    name, account && *account ? account : "?");
	say_warning(cli, text);
}
