/* SPDX-License-Identifier: MIT */
#include "vault/wire/message.h"

#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/frame.h"
#include "vault/wire/tables/msg_error.h"

#include <stdio.h>
#include <string.h>

const struct json_bounds message_request_bounds = {.bytes = FRAME_REQUEST_LIMIT,
						   .depth = 8,
						   .members = 512,
						   .containers = 128,
						   .values = 2048,
						   .text = 64 * 1024};
const struct json_bounds message_answer_bounds = {.bytes = FRAME_LIMIT,
						  .depth = 16,
						  .members = 16384,
						  .containers = 16384,
						  .values = 65536,
						  .text = FRAME_LIMIT};

bool message_parse(const struct json_bounds *bounds, const struct buf *body, json_t **out,
		   struct error *err)
{
	if (!json_parse_within(bounds, buf_text(body), body->len, out, err))
		return false;
	if (json_is_object(*out))
		return true;
	json_decref(*out);
	*out = NULL;
	return error_set(err, ERROR_PROTOCOL, "a frame that is not a JSON object");
}

static bool message_append(const struct message *what, struct buf *out, struct error *err)
{
	return what->fields ? fields_write(what->fields, what->from, out, err)
			    : json_append(what->from, out, err);
}

bool message_send_as(const struct line *line, const char *key, const struct message *what,
		     bool *gone, struct error *err)
{
	struct buf body = FRAME_BODY_INIT;
	bool ok;

	if (gone)
		*gone = false;
	ok = buf_printf(&body, err, "{\"%s\":", key) && message_append(what, &body, err) &&
	     line_write(line, &(struct line_frame){"", body.data, body.len, "}", false}, gone, err);
	buf_clear(&body);
	return ok;
}

bool message_send_last(const struct line *line, const json_t *object, struct error *err)
{
	struct buf body = FRAME_BODY_INIT;
	bool ok = json_append(object, &body, err) &&
		  line_write(line, &(struct line_frame){"", body.data, body.len, "", true}, NULL,
			     err);

	buf_clear(&body);
	return ok;
}

bool message_request(const char *op, const struct message *args, struct buf *out, struct error *err)
{
	bool for_all = strcmp(op, "lock") == 0 || strcmp(op, "public") == 0;
	int version = for_all ? MESSAGE_VERSION_FIRST : MESSAGE_VERSION;

	return buf_printf(out, err, "{\"v\":%d,\"op\":\"%s\",\"args\":", version, op) &&
	       (args ? message_append(args, out, err) : buf_text_append(out, "{}", err)) &&
	       buf_text_append(out, "}", err);
}

bool message_wrap(const char *key, json_t *value, json_t **out, struct error *err)
{
	*out = json_object();
	if (json_object_set_new(*out, key, value) == 0)
		return true;
	json_decref(*out);
	*out = NULL;
	return error_set(err, ERROR_MEMORY, "out of memory");
}

bool message_error(const struct error *what, json_t **out, struct error *err)
{
	const struct msg_error told = {.code = error_name(what->code),
				       .status = error_status(what->code),
				       .message = what->message,
				       .profile = what->profile,
				       .hint = what->hint,
				       .detail = what->detail};
	json_t *inner = NULL;

	*out = NULL;
	return fields_to_json(&msg_error, &told, &inner, err) &&
	       message_wrap("error", inner, out, err);
}

/* The lines of a text from the other end, each escaped by itself. */
static void take_lines(const char *text, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	while (used + 1 < size) {
		size_t len = strcspn(text, "\n");
		char line[1024];

		(void)snprintf(line, sizeof(line), "%.*s",
			       (int)(len < sizeof(line) ? len : sizeof(line) - 1), text);
		text_escape_into(line, out + used, size - used);
		used += strlen(out + used);
		text += len;
		if (*text == '\0' || used + 1 >= size)
			break;
		out[used++] = '\n';
		out[used] = '\0';
		text++;
	}
}

static const char *text_or_none(const char *text)
{
	return text ? text : "";
}

void message_to_error(const json_t *value, struct error *out)
{
	struct msg_error told = {.code = NULL};
	struct error unused;

	/* The readable members of a malformed error are kept. */
	(void)!fields_read_answer(&msg_error, value, &told, &unused);
	*out = ERROR_INIT;
	out->code = error_from_name(text_or_none(told.code));
	if (out->code == ERROR_NONE)
		out->code = ERROR_FAILED;
	text_escape_into(text_or_none(told.message), out->message, sizeof(out->message));
	text_escape_into(text_or_none(told.profile), out->profile, sizeof(out->profile));
	text_escape_into(text_or_none(told.hint), out->hint, sizeof(out->hint));
	take_lines(text_or_none(told.detail), out->detail, sizeof(out->detail));
	if (out->message[0] == '\0')
		(void)snprintf(out->message, sizeof(out->message), "%s", error_meaning(out->code));
}
