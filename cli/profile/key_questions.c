/* SPDX-License-Identifier: MIT */
#include "cli/profile/key_questions.h"

#include "cli/ui/ask.h"
#include "cli/ui/tty.h"
#include "vault/base/text.h"
#include "vault/format/span.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { PROMPT_BYTES = 512, LINE_BYTES = 512, SHOWN = 64 };

/* An answer without the blanks around it; one that is too long is asked for again. */
static bool question_ask(struct cli *cli, const char *prompt, const char *preset, struct buf *out,
			 struct error *err)
{
	struct buf line = BUF_INIT(ASK_LINE_MAX);
	struct span text;
	bool ok;

	buf_reset(out);
	while (!(ok = ask_line(cli, prompt, NULL, &line, err)) && err->code == ERROR_USAGE) {
		tty_say(err->message);
		*err = ERROR_INIT;
		buf_reset(&line);
	}
	if (ok) {
		text = span_trim((struct span){buf_text(&line), line.len});
		ok = text.len > 0 || !preset ? buf_append(out, text.at, text.len, err)
					     : buf_text_append(out, preset, err);
	}
	buf_clear(&line);
	return ok;
}

static bool answer_is(const char *answer, const char *const words[])
{
	for (size_t i = 0; words[i]; i++) {
		if (strcasecmp(answer, words[i]) == 0)
			return true;
	}
	return false;
}

static const char *const yes[] = {"y", "yes", NULL};
static const char *const no[] = {"n", "no", "none", "-", NULL};

/* "X is what is said": the answer is quoted, for it is no secret's place. */
static void question_refuse(const char *answer, const char *why)
{
	char shown[SHOWN], line[LINE_BYTES];

	text_escape_into(answer, shown, sizeof(shown));
	(void)snprintf(line, sizeof(line), "\"%s\" %s", shown, why);
	tty_say(line);
}

/* --- the key ---------------------------------------------------------------------------------- */

/* Why this is no id of a long-term key; NULL where it is one. */
static const char *id_refusal(const char *text)
{
	if (strncmp(text, "ASIA", 4) == 0 && strlen(text) <= ARN_ACCESS_KEY_ID_MAX)
		return "An id that begins with ASIA is of temporary credentials. A vault keeps\n"
		       "long-term keys, whose id begins with AKIA.";
	/* IAM's ids have capital letters and digits alone, a pasted secret has others. */
	if (!arn_is_access_key_id(text) ||
	    text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] != '\0')
		return "An access key ID is of capital letters and digits: AKIA and 16 more.";
	return NULL;
}

/* Asks until the answer looks like an id, so that nothing else is sent to AWS in its place. */
static bool id_ask(struct cli *cli, struct buf *id, struct error *err)
{
	while (question_ask(cli, "Access key ID:       ", NULL, id, err)) {
		const char *why = id_refusal(buf_text(id));

		if (!why)
			return true;
		tty_say(why);
		if (id->len > ARN_ACCESS_KEY_ID_MAX / 4)
			tty_say("If that was the secret, it stands on the screen: clear it.");
	}
	return false;
}

/* `text` lies in the secret. */
static bool secret_ask(struct cli *cli, struct secret *secret, struct span *text, struct error *err)
{
	static const char stars[] =
	    "***************************************************************";
	char line[LINE_BYTES];

	for (;;) {
		if (!ask_hidden(cli, "Secret access key:   ", secret, err)) {
			if (err->code != ERROR_USAGE)
				return false;
			tty_say(err->message);
			*err = ERROR_INIT;
			continue;
		}
		*text = span_trim(
		    (struct span){secret->data ? (const char *)secret->data : "", secret->len});
		/* A star for each character shows that a paste is whole. */
		dprintf(STDERR_FILENO, "                     %.*s  (%zu characters)\n",
			(int)(text->len < sizeof(stars) ? text->len : sizeof(stars) - 1), stars,
			text->len);
		if (arn_is_secret_access_key(text->at, text->len))
			return true;
		(void)snprintf(line, sizeof(line),
			       "A secret access key is 40 characters, without spaces; "
			       "this has %zu.",
			       text->len);
		tty_say(line);
	}
}

bool key_questions_key(struct cli *cli, struct attributes *attributes, struct error *err)
{
	struct buf id = BUF_INIT(ASK_LINE_MAX);
	struct secret secret = SECRET_EMPTY;
	struct span text = {"", 0};
	bool ok = id_ask(cli, &id, err) && secret_ask(cli, &secret, &text, err) &&
		  attributes_set_key(attributes, "typed", buf_text(&id), text.at, text.len, err);

	secret_clear(&secret);
	buf_clear(&id);
	return ok;
}

/* --- the MFA device --------------------------------------------------------------------------- */

/* The ARN of the device that is called so; NULL: none is. */
static const char *device_called(const char *name, const struct msg_identified *facts)
{
	const char *const *devices = facts ? facts->mfa_devices.at : NULL;

	for (size_t i = 0; devices && i < facts->mfa_devices.count; i++) {
		const char *slash = strrchr(devices[i], '/');

		if (slash && strcmp(slash + 1, name) == 0)
			return devices[i];
	}
	return NULL;
}

/* A hardware token's number: capital letters and digits, at least one of these. */
static bool serial_is_hardware(const char *text)
{
	return arn_is_mfa_serial(text) && strpbrk(text, "0123456789") &&
	       text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] == '\0';
}

/* Why this names no device whose codes STS takes from the key's user; NULL where it does. */
static const char *serial_refusal(const char *text, const struct msg_identified *facts)
{
	struct arn arn;

	if (arn_is_security_key(text))
		return "is a security key, whose codes STS does not take. Another device, or "
		       "none.";
	if (!arn_is_mfa_serial(text) || !arn_parse(text, &arn) || strcmp(arn.service, "iam") != 0 ||
	    strncmp(arn.resource, "mfa/", 4) != 0)
		return serial_is_hardware(text)
			   ? NULL
			   : "is not the ARN of an MFA device: arn:aws:iam::ACCOUNT:mfa/NAME, as "
			     "the console's \"Security credentials\" shows it.";
	if (facts && facts->account_id && *facts->account_id &&
	    strcmp(arn.account, facts->account_id) != 0)
		return "is of another account than the key.";
	return NULL;
}

bool key_questions_mfa(struct cli *cli, const char *found, const struct msg_identified *facts,
		       struct attributes *attributes, struct error *err)
{
	struct buf answer = BUF_INIT(ASK_LINE_MAX);
	char prompt[PROMPT_BYTES];
	const char *text, *why, *called;
	bool ok;

	if (found)
		(void)snprintf(prompt, sizeof(prompt),
			       "MFA device:          %s\n"
			       "                     [Enter: use it, n: none, or another ARN] ",
			       found);
	else
		(void)snprintf(prompt, sizeof(prompt),
			       "MFA device:          [Enter: none, or its ARN] ");
	for (;;) {
		ok = question_ask(cli, prompt, found ? found : "none", &answer, err);
		if (!ok)
			break;
		text = buf_text(&answer);
		if (answer_is(text, no))
			text = "";
		else if (found && answer_is(text, yes))
			text = found;
		else if ((called = device_called(text, facts)))
			text = called;
		if (!found && answer_is(text, yes))
			why = "is not its ARN: arn:aws:iam::ACCOUNT:mfa/NAME. Enter: none.";
		else
			why = *text ? serial_refusal(text, facts) : NULL;
		if (!why) {
			ok = attributes_set_mfa(attributes, text, err);
			break;
		}
		question_refuse(text, why);
	}
	buf_clear(&answer);
	return ok;
}

/* --- the region ------------------------------------------------------------------------------- */

/* "eu-west-1": words of letters, and a number at the end. */
static bool region_is_likely(const char *text)
{
	const char *dash = strrchr(text, '-');

	return arn_is_region(text) && dash && isalpha((unsigned char)text[0]) &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz-") >= (size_t)(dash - text) && dash[1] &&
	       dash[1 + strspn(dash + 1, "0123456789")] == '\0';
}

bool key_questions_region(struct cli *cli, struct attributes *attributes, struct error *err)
{
	struct buf answer = BUF_INIT(ASK_LINE_MAX);
	char prompt[PROMPT_BYTES], found[ARN_REGION_BYTES];
	bool ok;

	(void)snprintf(found, sizeof(found), "%s",
		       attributes->region[0] ? attributes->region : "us-east-1");
	(void)snprintf(prompt, sizeof(prompt), "Region [%s]: ", found);
	for (;;) {
		ok = question_ask(cli, prompt, found, &answer, err);
		if (!ok)
			break;
		for (size_t i = 0; i < answer.len; i++)
			answer.data[i] = (char)tolower((unsigned char)answer.data[i]);
		if (answer_is(buf_text(&answer), yes) || strcmp(buf_text(&answer), found) == 0) {
			ok = attributes_set_region(attributes, found, err);
			break;
		}
		if (region_is_likely(buf_text(&answer))) {
			ok = attributes_set_region(attributes, buf_text(&answer), err);
			break;
		}
		question_refuse(buf_text(&answer),
				"is not a region. One is, for example, eu-west-1; Enter takes the "
				"one in brackets.");
	}
	buf_clear(&answer);
	return ok;
}
