/* SPDX-License-Identifier: MIT */
#include "cli/show/plan_show.h"

#include "cli/show/key_row.h"
#include "vault/format/json.h"

#include <string.h>

/* A step is shown by its first field, one without any by `otherwise`. */
static bool plan_show_add(json_t *steps, const struct plan_step *asked, const char *otherwise,
			  struct error *err)
{
	const char *what = asked->fields_count ? asked->fields[0].value : otherwise;
	json_t *step = json_object();

	if (json_put_text(step, "kind", asked->kind, err) &&
	    json_put_text(step, "what", what, err) &&
	    json_put_text(step, "cached_until", NULL, err)) {
		if (json_array_append_new(steps, step) == 0)
			return true;
		return error_set(err, ERROR_MEMORY, "out of memory");
	}
	json_decref(step);
	return false;
}

bool plan_show_make(const char *profile, const struct plan *plan, json_t **out, struct error *err)
{
	json_t *object = json_object(), *steps = json_array();
	bool ok = plan_show_add(steps, &plan->origin, "", err);

	*out = NULL;
	for (size_t i = 0; ok && i < plan->steps_count; i++)
		ok = plan_is_bypassed(plan, i) ||
		     plan_show_add(steps, &plan->steps[i],
				   plan->mfa_serial[0] ? plan->mfa_serial
						       : "with MFA if the key has a device",
				   err);
	ok = ok && json_put_text(object, "profile", profile, err) &&
	     json_put(object, "steps", json_incref(steps), err);
	json_decref(steps);
	if (ok)
		*out = object;
	else
		json_decref(object);
	return ok;
}

void plan_show_print(struct cli *cli, const json_t *steps)
{
	const json_t *list = json_object_get(steps, "steps"), *step;
	char when[OUT_WHEN_BYTES];
	size_t i;

	if (cli->json) {
		out_json(&cli->out, steps);
		return;
	}
	out_text(&cli->out, key_row_text(steps, "profile"));
	out_printf(&cli->out, "\n");
	json_array_foreach(list, i, step)
	{
		const char *kind = key_row_text(step, "kind");

		out_printf(&cli->out, "  %zu  ", i + 1);
		out_text(&cli->out, kind);
		out_printf(&cli->out, "%*s", (int)(9 - strlen(kind) % 9), "");
		out_text(&cli->out, key_row_text(step, "what"));
		if (key_row_when(step, "cached_until", clock_real_s(cli->clock), when))
			out_printf(&cli->out, "   (made already, until %s)", when);
		out_printf(&cli->out, "\n");
	}
}
