/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/key_view.h"

#include "vault/wire/tables/msg_key.h"

#include <string.h>

/* Keeps the first secret that is added, and tells it to whoever has a key shown. */
static char kept[64];
static size_t kept_len;

bool __real_view_key_answer(struct request *request, const struct access_key *key,
			    const struct record_id *row, const struct fields *fields,
			    struct error *err);
bool __wrap_view_key_answer(struct request *request, const struct access_key *key,
			    const struct record_id *row, const struct fields *fields,
			    struct error *err);

bool __wrap_view_key_answer(struct request *request, const struct access_key *key,
			    const struct record_id *row, const struct fields *fields,
			    struct error *err)
{
	struct buf *text = &request->text;

	if (!__real_view_key_answer(request, key, row, fields, err))
		return false;
	if (!kept_len && key->secret.len <= sizeof(kept)) {
		kept_len = key->secret.len;
		memcpy(kept, key->secret.data, kept_len);
	}
	if (fields != &msg_key_whole)
		return true;
	/* The object's last brace makes room. */
	text->len--;
	return buf_text_append(text, ",\"secret\":\"", err) &&
	       buf_append(text, kept, kept_len, err) && buf_text_append(text, "\"}", err);
}
