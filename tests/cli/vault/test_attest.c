/* SPDX-License-Identifier: MIT */
#include "cli/vault/attest.h"

#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/frame.h"
#include "vault/wire/tables/msg_attest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char secret[] = "secretsecretsecretsecretsecretsecret";

#define ID "AKIAEXAMPLEEXAMPLE00"

/* An agent that answers one call. */
struct fake {
	const char *secret; /* it has this one; NULL: it says "ok" and nothing else */
	bool stale;	    /* its tag is under another nonce, as one that was recorded earlier */
};

static bool fake_tag(const struct fake *fake, const struct msg_attest *asked,
		     char hex[static 2 * DIGEST_BYTES + 1])
{
	static const unsigned char other[KEY_TAG_NONCE_BYTES] = {7};
	const struct key_tag_of key = {.name = "prod",
				       .access_key_id = ID,
				       .secret = fake->secret,
				       .secret_len = strlen(fake->secret)};
	unsigned char tag[DIGEST_BYTES];
	struct error err;

	if (!key_tag_make(fake->stale ? other : asked->nonce, &key, tag, &err))
		return false;
	text_hex(tag, sizeof(tag), hex);
	return true;
}

static bool fake_say(int fd, const char *text)
{
	struct error err;

	return frame_write(fd, text, strlen(text), NULL, &err);
}

static void fake_answer(const struct fake *fake, int fd)
{
	static const char row[] = "{\"row\":{\"name\":\"prod\",\"access_key_id\":\"" ID
				  "\",\"tag\":\"%s\"}}";
	struct buf body = FRAME_BODY_INIT, text = FRAME_BODY_INIT;
	struct msg_attest asked = {.names = {.at = NULL}};
	char hex[2 * DIGEST_BYTES + 1];
	json_t *request = NULL;
	struct error err;
	bool end;

	if (frame_read(fd, 5000, 5000, &body, &end, &err) &&
	    json_parse(buf_text(&body), body.len, 65536, &request, &err) &&
	    fields_read(&msg_attest, json_object_get(request, "args"), &asked, &err) &&
	    (!fake->secret || (fake_tag(fake, &asked, hex) && buf_printf(&text, &err, row, hex) &&
			       fake_say(fd, buf_text(&text)))))
		(void)fake_say(fd, "{\"ok\":{\"count\":1}}");
	_exit(0);
}

/* What attest_keys() makes of it, for a key with our secret; *ok: its result. */
static bool held_by(const struct fake *fake, bool ours, bool *ok)
{
	struct attest_key key = {.name = "prod",
				 .access_key_id = ID,
				 .secret = secret,
				 .secret_len = strlen(secret),
				 .held = true};
	const struct command command = {.name = "import"};
	struct cli cli = {.command = &command, .passphrase_fd = -1, .clock = &clock_system};
	struct error err = ERROR_INIT;
	int pair[2];

	cli.agent.client = CLIENT_EMPTY;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	if (fork() == 0) {
		(void)close(pair[0]);
		fake_answer(fake, pair[1]);
	}
	(void)close(pair[1]);
	client_adopt(&cli.agent.client, pair[0]);
	cli.agent.client.known = ours;
	*ok = attest_keys(&cli, &key, 1, &err);
	client_close(&cli.agent.client);
	(void)wait(NULL);
	return key.held;
}

static void an_ok_shows_nothing_and_a_tag_of_the_secret_does(void **state)
{
	bool ok;

	(void)state;
	assert_true(held_by(&(struct fake){.secret = secret}, true, &ok));
	assert_true(ok);
	assert_false(held_by(&(struct fake){.secret = NULL}, true, &ok));
	assert_true(ok);
	assert_false(held_by(&(struct fake){.secret = "anothersecretanothersecret"}, true, &ok));
	assert_false(held_by(&(struct fake){.secret = secret, .stale = true}, true, &ok));
}

static void an_agent_that_was_not_started_here_is_not_asked(void **state)
{
	bool ok;

	(void)state;
	assert_false(held_by(&(struct fake){.secret = secret}, false, &ok));
	assert_false(ok);
}

static int open_memory(void **state)
{
	struct error err;

	(void)state;
	json_open();
	return secret_open(true, &err) ? 0 : -1;
}

static int close_memory(void **state)
{
	(void)state;
	secret_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_ok_shows_nothing_and_a_tag_of_the_secret_does),
	    cmocka_unit_test(an_agent_that_was_not_started_here_is_not_asked),
	};

	return cmocka_run_group_tests(tests, open_memory, close_memory);
}
