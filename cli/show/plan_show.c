/* SPDX-License-Identifier: MIT */
#include "cli/show/plan_show.h"

#include "cli/show/key_row.h"
#include "vault/wire/tables/msg_credentials.h"

#include <stdio.h>
#include <string.h>

enum { INDENT = 14 };

/* A step is shown by its first field, one without any by `otherwise`. */
static void plan_show_add(struct msg_plan_steps *out, const struct plan_step *asked,
			  const char *otherwise)
{
	out->steps[out->count++] = (struct msg_plan_step){
	    .kind = asked->kind,
	    .what = asked->fields_count ? asked->fields[0].value : otherwise,
	    .session_name = plan_value(asked, "session_name"),
	    .external_id = plan_value(asked, "external_id"),
	    .session_tags = plan_value(asked, "session_tags"),
	    .transitive_session_tags = plan_value(asked, "transitive_session_tags"),
	    .source_identity = plan_value(asked, "source_identity")};
}

bool plan_show_make(const char *profile, const struct plan *plan, json_t **out, struct error *err)
{
	struct msg_plan_steps steps = {
	    .profile = profile, .endpoint = plan->endpoint, .region = plan->region};

	plan_show_add(&steps, &plan->origin, NULL);
	for (size_t i = 0; i < plan->steps_count; i++) {
		if (!plan_is_bypassed(plan, i))
			plan_show_add(&steps, &plan->steps[i],
				      plan->mfa_serial[0] ? plan->mfa_serial
							  : "with MFA if the key has a device");
	}
	return fields_to_json(&msg_plan_steps, &steps, out, err);
}

void plan_show_no_iam(const char *key, char text[static PLAN_SHOW_NO_IAM_BYTES])
{
	(void)snprintf(
	    text, PLAN_SHOW_NO_IAM_BYTES,
	    "This session has no MFA. AWS refuses every call to IAM with it, and says\n"
	    "InvalidClientTokenId although the key is right. To call IAM, use a profile\n"
	    "that assumes a role, or give the key its MFA device:\n"
	    "  credvault edit %s --mfa-serial ARN",
	    TEXT_WORD(key));
}

/* A key's session without MFA; where the vault is locked nobody knows yet. */
static bool plan_show_lacks_mfa(const struct msg_plan_step *step)
{
	return step->is_made && !step->mfa && strcmp(step->kind, PLAN_SESSION) == 0;
}

/* What goes to AWS with a role, one a line below it. */
static void plan_show_details(struct cli *cli, const struct msg_plan_step *step)
{
	const struct {
		const char *what, *value;
	} details[] = {
	    {"session name", step->session_name},
	    {"external id", step->external_id},
	    {"tags", step->session_tags},
	    {"transitive tags", step->transitive_session_tags},
	    {"source identity", step->source_identity},
	};

	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		size_t mark = out_mark(&cli->out);

		if (!details[i].value)
			continue;
		out_printf(&cli->out, "%*s%s: ", INDENT, "", details[i].what);
		out_text(&cli->out, details[i].value);
		out_printf(&cli->out, "\n");
		out_wrap(&cli->out, mark, INDENT);
	}
}

bool plan_show_print(struct cli *cli, const json_t *answer, struct error *err)
{
	struct msg_plan_steps said = {.profile = NULL};
	char when[OUT_WHEN_BYTES], text[PLAN_SHOW_NO_IAM_BYTES];
	const struct msg_plan_step *step = NULL;
	size_t mark;

	if (cli->json) {
		out_json(&cli->out, answer);
		return true;
	}
	if (!fields_read_answer(&msg_plan_steps, answer, &said, err))
		return false;
	out_text(&cli->out, said.profile);
	out_printf(&cli->out, "\n");
	for (size_t i = 0; i < said.count; i++) {
		step = &said.steps[i];
		mark = out_mark(&cli->out);
		out_printf(&cli->out, "  %zu  ", i + 1);
		out_text(&cli->out, step->kind);
		out_printf(&cli->out, "%*s", (int)(9 - strlen(step->kind) % 9), "");
		out_text(&cli->out,
			 plan_show_lacks_mfa(step) ? "without MFA" : key_row_text(step->what));
		if (key_row_when(step->cached_until, clock_real_s(cli->clock), when))
			out_printf(&cli->out, "   (made already, until %s)", when);
		out_printf(&cli->out, "\n");
		out_wrap(&cli->out, mark, INDENT);
		plan_show_details(cli, step);
	}
	if (said.endpoint) {
		mark = out_mark(&cli->out);
		out_printf(&cli->out, "  STS at ");
		out_text(&cli->out, said.endpoint);
		if (said.region)
			out_printf(&cli->out, ", region %s", said.region);
		out_printf(&cli->out, "\n");
		out_wrap(&cli->out, mark, 4);
	}
	if (step && plan_show_lacks_mfa(step)) {
		plan_show_no_iam(key_row_text(said.steps[0].what), text);
		mark = out_mark(&cli->out);
		out_printf(&cli->out, "%s\n", text);
		out_wrap(&cli->out, mark, 0);
	}
	return true;
}
