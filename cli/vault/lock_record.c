/* SPDX-License-Identifier: MIT */
#include "cli/vault/lock_record.h"

#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"

#include <string.h>

enum { STATE_MAX = 65536, REFUSED_MAX = 64 };

json_t *lock_record_read(const struct cli *cli)
{
	struct buf text = BUF_INIT(STATE_MAX);
	struct error why;
	json_t *state = NULL;

	if (file_read(cli->state, STATE_MAX, &text, &why) &&
	    json_parse(buf_text(&text), text.len, STATE_MAX, &state, &why) &&
	    !json_is_object(state)) {
		json_decref(state);
		state = NULL;
	}
	buf_clear(&text);
	return state;
}

bool lock_record_since(const struct cli *cli, char since[static OUT_WHEN_BYTES])
{
	json_t *state = lock_record_read(cli);
	const char *at = json_string_value(json_object_get(state, "locked_since"));
	int64_t seconds = 0;
	bool known = at && time_parse_iso(at, &seconds);

	if (known)
		out_when(seconds, clock_real_s(cli->clock), since);
	json_decref(state);
	return known;
}

bool lock_record_was_replaced(const struct cli *cli)
{
	json_t *state = lock_record_read(cli);
	const char *why = json_string_value(json_object_get(state, "locked_why"));
	bool replaced = why && strcmp(why, "replaced") == 0;

	json_decref(state);
	return replaced;
}

/* The entry of this profile and code in the list, made where it is missing; borrowed. */
static json_t *refusal_entry(json_t *refused, const char *profile, const char *code)
{
	json_t *entry;
	size_t i;

	json_array_foreach(refused, i, entry)
	{
		const char *its_profile = json_string_value(json_object_get(entry, "profile"));
		const char *its_code = json_string_value(json_object_get(entry, "code"));

		if (its_profile && its_code && strcmp(its_profile, profile) == 0 &&
		    strcmp(its_code, code) == 0)
			return entry;
	}
	if (json_array_size(refused) >= REFUSED_MAX)
		return NULL;
	entry = json_pack("{s:s, s:i, s:n, s:s}", "profile", profile, "count", 0, "last_at", "code",
			  code);
	return json_array_append_new(refused, entry) == 0 ? entry : NULL;
}

void lock_record_count_refusal(const struct cli *cli, const char *profile, enum error_code code)
{
	json_t *state = lock_record_read(cli), *refused, *entry;
	struct buf text = BUF_INIT(STATE_MAX);
	struct error why;

	if (!text_is_name(profile))
		goto out;
	if (!state)
		state = json_pack("{s:n, s:n, s:[]}", "locked_since", "locked_why", "refused");
	refused = json_object_get(state, "refused");
	entry = json_is_array(refused) ? refusal_entry(refused, profile, error_name(code)) : NULL;
	if (!entry)
		goto out;
	if (json_put(entry, "count",
		     json_integer(json_integer_value(json_object_get(entry, "count")) + 1), &why) &&
	    json_put_time(entry, "last_at", clock_real_s(cli->clock), &why) &&
	    json_append(state, &text, &why) &&
	    !file_replace(cli->state, text.data, text.len, &why)) {
		/* A refusal that cannot be counted is refused all the same. */
	}
out:
	json_decref(state);
	buf_clear(&text);
}
