/* SPDX-License-Identifier: MIT */
#include "cli/vault/lock_record.h"

#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <string.h>

enum { STATE_MAX = 65536 };

void lock_record_clear(struct lock_record *record)
{
	fields_clear(&msg_state, &record->state);
	json_decref(record->json);
	*record = (struct lock_record){.json = NULL};
}

bool lock_record_read(const struct cli *cli, struct lock_record *out)
{
	struct buf text = BUF_INIT(STATE_MAX);
	struct error why;
	bool ok;

	*out = (struct lock_record){.json = NULL};
	ok = file_read(cli->state, STATE_MAX, &text, &why) &&
	     json_parse(buf_text(&text), text.len, STATE_MAX, &out->json, &why) &&
	     fields_read_answer(&msg_state, out->json, &out->state, &why);
	if (!ok)
		lock_record_clear(out);
	buf_clear(&text);
	return ok;
}

bool lock_record_since(const struct cli *cli, char since[static OUT_WHEN_BYTES])
{
	struct lock_record record;
	bool known = lock_record_read(cli, &record) && record.state.locked_since;

	if (known)
		out_when(record.state.locked_since, clock_real_s(cli->clock), since);
	lock_record_clear(&record);
	return known;
}

void lock_record_count_refusal(const struct cli *cli, const char *profile, enum error_code code)
{
	struct msg_refused refused[MSG_REFUSED_MAX];
	struct buf text = BUF_INIT(STATE_MAX);
	struct lock_record record;
	struct msg_state state;
	struct error why;
	size_t i = 0;

	if (!text_is_name(profile))
		return;
	/* An absent or spoilt file is begun anew. */
	(void)lock_record_read(cli, &record);
	state = record.state;
	if (state.refused.count)
		memcpy(refused, state.refused.at, state.refused.count * sizeof(refused[0]));
	while (i < state.refused.count && !(refused[i].profile && refused[i].code &&
					    strcmp(refused[i].profile, profile) == 0 &&
					    strcmp(refused[i].code, error_name(code)) == 0))
		i++;
	if (i == MSG_REFUSED_MAX)
		goto out;
	if (i == state.refused.count) {
		refused[i] = (struct msg_refused){.profile = profile, .code = error_name(code)};
		state.refused.count++;
	}
	refused[i].count++;
	refused[i].last_at = clock_real_s(cli->clock);
	state.refused.at = refused;
	state.refused.stride = sizeof(refused[0]);
	if (fields_write(&msg_state, &state, &text, &why) &&
	    !file_replace(cli->state, text.data, text.len, &why)) {
		/* A refusal that cannot be counted is refused all the same. */
	}
out:
	lock_record_clear(&record);
	buf_clear(&text);
}
