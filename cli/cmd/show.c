/* SPDX-License-Identifier: MIT */
#include "cli/ui/ageing.h"
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "cli/show/key_row.h"
#include "vault/base/text.h"
#include "vault/wire/tables/msg_key.h"

#include <stdio.h>
#include <string.h>

enum { LABEL = 12 };

static void show_line(struct cli *cli, const char *title, const char *text)
{
	out_printf(&cli->out, "%-*s", LABEL, title);
	out_text(&cli->out, text);
	out_printf(&cli->out, "\n");
}

static void show_print(struct cli *cli, const struct msg_key *key)
{
	size_t mark = out_mark(&cli->out);
	int64_t now = clock_real_s(cli->clock);
	char text[KEY_ROW_BYTES], both[2 * KEY_ROW_BYTES], made[TEXT_TIME_BYTES] = "-";
	const json_t *hook;
	size_t i;

	show_line(cli, "Name", key->name);
	show_line(cli, "Key", key->access_key_id);
	out_printf(&cli->out, "%-*s", LABEL, "User");
	out_text(&cli->out, key_row_text(key->arn));
	out_printf(&cli->out, "%s%s%s\n", key->root ? out_colour(&cli->out, OUT_RED) : "",
		   key->root ? "   (ROOT KEY: no policy limits it)" : "",
		   key->root ? out_colour(&cli->out, OUT_PLAIN) : "");
	show_line(cli, "Account", key_row_text(key->account_id));
	out_printf(&cli->out, "%-*s", LABEL, "MFA");
	out_text(&cli->out, key_row_text(key->mfa_serial));
	out_printf(&cli->out, "%s\n", key->mfa_required ? "   (always required)" : "");
	show_line(cli, "Region", key_row_text(key->region));
	if (strcmp(key_row_text(key->endpoint), "aws") != 0)
		show_line(cli, "Endpoint", key_row_text(key->endpoint));
	key_row_age(key->created_at, now, text);
	if (key->created_at)
		text_format_time(key->created_at, made);
	(void)snprintf(both, sizeof(both), "%s old, made %.20s", text, made);
	show_line(cli, "Age", both);
	key_row_due(key, now, text);
	show_line(cli, "Due", text);
	ageing_retire(key->retire, key->idle_s, both);
	show_line(cli, "Old keys", both);
	json_array_foreach(key->hooks.value, i, hook)
	    show_line(cli, "Hook", json_string_value(hook));
	key_row_used(key->last_emitted_at, now, text);
	show_line(cli, "Last used", text);
	key_row_session(key->session_expires_at, now, text);
	show_line(cli, "Session", text);
	if (key->note)
		show_line(cli, "Note", key_row_text(key->note));
	out_wrap(&cli->out, mark, LABEL);
}

static bool run(struct cli *cli, struct error *err)
{
	const char *name = cli_arg(cli, 0);
	struct msg_key shown = {.name = NULL};
	json_t *key = NULL;
	bool done;

	if (!text_check_name("name", name, err))
		return false;
	cli->profile = name;
	if (!agent_call(cli, "show", MESSAGE(msg_name, &(struct msg_name){name}), NULL, &key, err))
		return key_row_failed(name, err);
	done = cli->json || fields_read_answer(&msg_key_whole, key, &shown, err);
	if (cli->json)
		out_json(&cli->out, key);
	else if (done)
		show_print(cli, &shown);
	json_decref(key);
	return done;
}

static const struct example examples[] = {
    {"all there is to know of a key but its secret", "credvault show prod"},
    {"its access key id, for a script", "credvault show prod --json | jq -r .access_key_id"},
    {NULL, NULL},
};

const struct command command_show = {
    .name = "show",
    .summary = "show one key of the vault, without its secret",
    .usage = "NAME",
    .examples = examples,
    .args = "names",
    .least = 1,
    .most = 1,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
