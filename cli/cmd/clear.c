/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <stdint.h>

static bool run(struct cli *cli, struct error *err)
{
	json_t *names = json_array(), *args, *ok = NULL;
	long long cleared;

	for (size_t i = 0; i < cli->options.argc; i++) {
		const char *name = cli_arg(cli, i);

		if (!text_check_name("profile", name, err) ||
		    (json_array_append_new(names, json_string(name)) != 0 &&
		     !error_set(err, ERROR_MEMORY, "out of memory"))) {
			json_decref(names);
			return false;
		}
	}
	args = json_object();
	if (!json_put(args, "profiles", names, err)) {
		json_decref(args);
		return false;
	}
	if (!agent_call(cli, "clear", args, NULL, &ok, err))
		return false;
	cleared = json_integer_value(json_object_get(ok, "cleared"));
	if (cli->json)
		out_json(&cli->out, ok);
	else
		out_printf(&cli->out,
			   "Dropped %lld session%s. What was handed out lives until it "
			   "expires.\n",
			   cleared, cleared == 1 ? "" : "s");
	json_decref(ok);
	return true;
}

static const struct example examples[] = {
    {"the next use of prod makes a new session, with a new MFA code", "credvault clear prod"},
    {"all of them", "credvault clear"},
    {NULL, NULL},
};

const struct command command_clear = {
    .name = "clear",
    .summary = "drop cached sessions, all or of some profiles",
    .usage = "[PROFILE…]",
    .about = "Keys stay. Credentials that programs hold already cannot be called back this way.",
    .examples = examples,
    .args = "profiles",
    .most = SIZE_MAX,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
