/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/key_view.h"

/* Tells whoever added a key its secret once more. */

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
	/* The object's last brace makes room. */
	text->len--;
	return buf_text_append(text, ",\"secret\":\"", err) &&
	       buf_append(text, key->secret.data, key->secret.len, err) &&
	       buf_text_append(text, "\"}", err);
}
