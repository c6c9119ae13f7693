/* SPDX-License-Identifier: MIT */
#include "tests/agent/rig.h"

#include "vault/base/file.h"
#include "vault/wire/tables/msg_log.h"

static json_t *name(const char *of)
{
	return json_pack("{s:s}", "name", of);
}

static int with_keys(void **state)
{
	(void)rig_setup(state);
	rig_expect("ok", rig_add(*state, "prod", RIG_SERIAL, false));
	rig_expect("ok", rig_add(*state, "ci", NULL, false));
	return 0;
}

static void expect_there(struct rig *rig, const char *which)
{
	rig_expect("ok", rig_ask(rig, "show", name(which), NULL));
}

/* The bytes of a request. */
static struct buf request_of(const char *op, json_t *args)
{
	struct buf text = FRAME_BODY_INIT;

	REQUIRE(message_request(op, MESSAGE_VALUE(args), &text, err));
	json_decref(args);
	return text;
}

/* A client of which a test takes each step by itself. */
struct step {
	struct rig_client *client;
	struct channel channel;
	struct line line;
	struct buf request;
	struct channel_hello hello;
	struct channel_reply reply;
	unsigned char mac[CHANNEL_BYTES];
};

/* Offers a channel for a request, and takes the agent's answer. */
static void step_offer(struct step *step, struct rig *rig, const char *op, json_t *args)
{
	json_t *message;

	*step = (struct step){.client = rig_connect(rig, false), .channel = CHANNEL_EMPTY};
	step->line = (struct line){.fd = step->client->fd, .channel = &step->channel};
	step->request = request_of(op, args);
	REQUIRE(channel_offer(&step->channel, &step->request, &step->hello, err));
	message = rig_offer(step->client, &step->hello);
	rig_reply(message, &step->reply);
	json_decref(message);
	REQUIRE(channel_confirm(&step->channel, &step->reply, &rig->vault->keys.at[KEY_PROOF],
				step->mac, err));
}

static void step_send(struct step *step, const struct buf *request)
{
	REQUIRE(line_write(&step->line,
			   &(struct line_frame){"", request->data, request->len, "", false}, NULL,
			   err));
}

/* What comes in a plain frame; NULL: hung up. */
static json_t *step_hear_plain(struct step *step)
{
	return rig_hear(step->client->rig, &LINE_PLAIN(step->client->fd), NULL);
}

static json_t *step_hear(struct step *step)
{
	return rig_hear(step->client->rig, &step->line, NULL);
}

static void step_end(struct step *step)
{
	channel_clear(&step->channel);
	buf_clear(&step->request);
	rig_hang_up(step->client);
}

static void what_is_secret_is_not_taken_in_a_plain_frame(void **state)
{
	static const struct op *op;
	struct rig *rig = *state;
	struct rig_client *client = rig_connect(rig, false);
	int marked = 0;

	for (op = operations; op->name; op++) {
		assert_int_equal((op->flags & OP_CHANNEL) != 0, client_op_is_sealed(op->name));
		if (!(op->flags & OP_CHANNEL))
			continue;
		/* Before it has so much as looked at its arguments. */
		rig_expect("CHANNEL_NEEDED", rig_call(client, op->name, json_object(), NULL));
		marked++;
	}
	assert_int_equal(marked, 7);
	rig_hang_up(client);
	expect_there(rig, "prod");
}

static void a_change_that_needs_a_proof_asks_for_a_channel(void **state)
{
	struct rig *rig = *state;
	json_t *hooks = json_pack("{s:s,s:[s]}", "name", "ci", "hooks", "true");
	json_t *limit = json_pack("{s:i}", "limit_s", 100000);

	rig_expect("CHANNEL_NEEDED", rig_ask(rig, "edit", json_incref(hooks), NULL));
	rig_expect("ok", rig_prove(rig, "edit", hooks, NULL));
	rig_expect("CHANNEL_NEEDED", rig_ask(rig, "config", json_incref(limit), NULL));
	rig_expect("ok", rig_prove(rig, "config", limit, NULL));
	/* One that needs none goes on without. */
	rig_expect("ok",
		   rig_ask(rig, "edit", json_pack("{s:s,s:s}", "name", "ci", "note", "x"), NULL));
}

static void a_wrong_proof_opens_nothing(void **state)
{
	struct rig *rig = *state;
	unsigned char wrong[CHANNEL_BYTES];
	struct step step;

	for (size_t bit = 0; bit <= 8 * CHANNEL_BYTES; bit += 37) {
		step_offer(&step, rig, "remove", name("prod"));
		memcpy(wrong, step.mac, sizeof(wrong));
		wrong[bit / 8 % CHANNEL_BYTES] ^= (unsigned char)(1 << bit % 8);
		rig_go(step.client, wrong);
		rig_expect("WRONG_PASSPHRASE", step_hear_plain(&step));
		step_end(&step);
	}
	/* The agent's own proof, reflected. */
	step_offer(&step, rig, "remove", name("prod"));
	rig_go(step.client, step.reply.mac);
	rig_expect("WRONG_PASSPHRASE", step_hear_plain(&step));
	step_end(&step);
	expect_there(rig, "prod");
}

/* What a relay may change in the client's offer, the agent's proof is about. */
static void an_offer_that_was_changed_on_its_way_fails_at_both_ends(void **state)
{
	struct rig *rig = *state;

	for (size_t at = 0; at < sizeof(struct channel_hello); at += CHANNEL_BYTES) {
		struct rig_client *client = rig_connect(rig, false);
		struct channel channel = CHANNEL_EMPTY;
		unsigned char mac[CHANNEL_BYTES];
		struct buf request = request_of("remove", name("prod"));
		struct channel_hello hello;
		struct channel_reply reply;
		struct error why = ERROR_INIT;
		json_t *message;

		REQUIRE(channel_offer(&channel, &request, &hello, err));
		((unsigned char *)&hello)[at] ^= 1;
		message = rig_offer(client, &hello);
		rig_reply(message, &reply);
		json_decref(message);
		assert_false(
		    channel_confirm(&channel, &reply, &rig->vault->keys.at[KEY_PROOF], mac, &why));
		assert_int_equal(why.code, ERROR_IMPOSTOR);
		channel_clear(&channel);
		buf_clear(&request);
		rig_hang_up(client);
	}
}

static void a_proof_of_one_handshake_is_none_of_another(void **state)
{
	struct rig *rig = *state;
	struct step one, two;

	step_offer(&one, rig, "reveal", name("prod"));
	step_offer(&two, rig, "reveal", name("prod"));
	rig_go(two.client, one.mac);
	rig_expect("WRONG_PASSPHRASE", step_hear_plain(&two));
	/* It may be tried once for each offer. */
	rig_go(two.client, two.mac);
	rig_expect("PROTOCOL", step_hear_plain(&two));
	rig_go(one.client, one.mac);
	step_send(&one, &one.request);
	rig_expect("ok", step_hear(&one));
	step_end(&one);
	step_end(&two);
}

static void a_channel_is_for_the_request_it_was_offered_for(void **state)
{
	struct rig *rig = *state;
	struct buf other = request_of("remove", name("prod"));
	struct step step;

	step_offer(&step, rig, "reveal", name("prod"));
	rig_go(step.client, step.mac);
	step_send(&step, &other);
	assert_null(step_hear(&step));
	step_end(&step);
	buf_clear(&other);
	expect_there(rig, "prod");
}

static void a_channel_carries_one_request(void **state)
{
	struct rig *rig = *state;
	struct step step;

	step_offer(&step, rig, "reveal", name("prod"));
	rig_go(step.client, step.mac);
	step_send(&step, &step.request);
	rig_expect("ok", step_hear(&step));
	assert_true(step.channel.received_last);
	(void)!line_write(&step.line,
			  &(struct line_frame){"", step.request.data, step.request.len, "", false},
			  NULL, &(struct error){.code = ERROR_NONE});
	assert_null(step_hear(&step));
	step_end(&step);
}

static void a_plain_frame_behind_the_handshake_ends_the_connection(void **state)
{
	struct rig *rig = *state;
	struct step step;

	step_offer(&step, rig, "remove", name("prod"));
	rig_go(step.client, step.mac);
	REQUIRE(frame_write(step.client->fd, step.request.data, step.request.len, NULL, err));
	assert_null(step_hear_plain(&step));
	step_end(&step);
	expect_there(rig, "prod");
}

static void an_offer_lives_for_a_minute(void **state)
{
	struct rig *rig = *state;
	struct step step;
	struct error ignored;

	rig_never_idle(rig);
	step_offer(&step, rig, "remove", name("prod"));
	rig_sleep(rig, REQUEST_PROOF_LIFE_MS + 1000);
	rig_go(step.client, step.mac);
	/* The agent may have hung up before the request is written: that is as good. */
	(void)!line_write(&step.line,
			  &(struct line_frame){"", step.request.data, step.request.len, "", false},
			  NULL, &ignored);
	rig_expect("PROTOCOL", step_hear_plain(&step));
	assert_null(step_hear_plain(&step));
	step_end(&step);
	expect_there(rig, "prod");
}

static void sixty_four_that_stop_half_way_keep_nobody_out(void **state)
{
	struct rig *rig = *state;
	struct step *steps = calloc(64, sizeof(*steps));

	assert_non_null(steps);
	for (int i = 0; i < 64; i++)
		step_offer(&steps[i], rig, "reveal", name("prod"));
	rig_expect("ok", rig_ask(rig, "reveal", name("prod"), NULL));
	rig_expect("ok", rig_ask(rig, "list", NULL, NULL));
	for (int i = 0; i < 64; i++)
		step_end(&steps[i]);
	free(steps);
}

/* Who records the socket sees nothing of it. */
static void the_secret_is_not_in_what_crosses_the_socket(void **state)
{
	struct rig *rig = *state;
	struct buf seen = FRAME_BODY_INIT;
	struct step step;
	char part[4096];
	ssize_t n;

	step_offer(&step, rig, "reveal", name("prod"));
	rig_go(step.client, step.mac);
	step_send(&step, &step.request);
	while ((n = read(step.client->fd, part, sizeof(part))) > 0)
		REQUIRE(buf_append(&seen, part, (size_t)n, err));
	assert_true(seen.len > CHANNEL_PAD_BYTES);
	assert_null(memmem(seen.data, seen.len, "wJalrXUt", 8));
	assert_null(memmem(seen.data, seen.len, "AKIA", 4));
	buf_clear(&seen);
	step_end(&step);
}

/* TRAP 36: what slows down one who guesses must not slow down anybody else. */
static struct rig *sleeping_rig;
static int64_t slept_ms;

static void sleep_and_look(void *ctx, int64_t ms)
{
	slept_ms = ms;
	rig_sleep(ctx, ms);
	/* The agent is not held: somebody else is served meanwhile, and even it could end. */
	assert_int_equal(sleeping_rig->agent.inside, 0);
	rig_expect("ok", rig_ask(sleeping_rig, "list", NULL, NULL));
}

static void guess(struct rig_client *client)
{
	static const unsigned char wrong[CHANNEL_BYTES];
	static const struct channel_hello hello = {.key = {9}};

	rig_expect("ok", rig_offer(client, &hello));
	rig_go(client, wrong);
	rig_expect("WRONG_PASSPHRASE", rig_hear(client->rig, &LINE_PLAIN(client->fd), NULL));
}

static void trap_36_guessing_is_slowed_down_for_the_one_who_guesses(void **state)
{
	struct rig *rig = *state;
	struct rig_client *client = rig_connect(rig, false), *other = rig_connect(rig, false);

	rig_never_idle(rig);
	sleeping_rig = rig;
	rig->clock.sleep_ms = sleep_and_look;
	for (int i = 1; i <= 3; i++) {
		guess(client);
		assert_int_equal(slept_ms, i * REQUEST_PROOF_DELAY_MS);
	}
	guess(other);
	assert_int_equal(slept_ms, REQUEST_PROOF_DELAY_MS);
	for (int i = 0; i < 120; i++)
		guess(client);
	assert_int_equal(slept_ms, REQUEST_PROOF_DELAY_MAX_MS);
	rig->clock.sleep_ms = rig_sleep;
	rig_hang_up(client);
	rig_hang_up(other);
}

/* The last lines of the log: "op result profile". */
static json_t *log_rows;

static json_t *log_of(struct rig *rig, int last)
{
	struct rig_client *client = rig_connect(rig, false);
	struct error err = ERROR_INIT;
	struct buf body = FRAME_BODY_INIT;
	json_t *message = NULL;
	struct msg_log args = {.last = last};
	bool end, more = true;

	log_rows = json_array();
	assert_true(message_request("log", MESSAGE(msg_log, &args), &body, &err));
	assert_true(frame_write(client->fd, body.data, body.len, NULL, &err));
	while (more) {
		const json_t *row;

		assert_true(frame_read(client->fd, 30000, FRAME_COMPLETE_MS, &body, &end, &err));
		assert_true(message_parse(&message_answer_bounds, &body, &message, &err));
		row = json_object_get(message, "row");
		more = row != NULL;
		if (row)
			(void)json_array_append(log_rows, json_object_get(message, "row"));
		json_decref(message);
	}
	buf_clear(&body);
	rig_hang_up(client);
	return log_rows;
}

static const char *text_of(const json_t *row, const char *member)
{
	return json_string_value(json_object_get(row, member));
}

static void a_refused_proof_is_on_record_and_counted(void **state)
{
	struct rig *rig = *state;
	struct rig_client *client = rig_connect(rig, false);
	struct denial denials[DENIALS_MAX];
	json_t *rows;

	guess(client);
	rows = log_of(rig, 1);
	assert_string_equal(text_of(json_array_get(rows, 0), "op"), "denied");
	assert_string_equal(text_of(json_array_get(rows, 0), "result"), "WRONG_PASSPHRASE");
	json_decref(rows);
	guess(client);
	assert_int_equal(denials_list(rig->agent.denials, denials), 1);
	assert_int_equal(denials[0].count, 2);
	rig_hang_up(client);
}

static void what_is_revealed_is_on_record(void **state)
{
	struct rig *rig = *state;
	json_t *answer = rig_ask(rig, "reveal", name("prod"), NULL), *rows;
	const json_t *ok = json_object_get(answer, "ok");

	assert_string_equal(text_of(ok, "name"), "prod");
	assert_string_equal(text_of(ok, "access_key_id"), "AKIAIOSFODNN7EXAMPLE");
	assert_string_equal(text_of(ok, "secret_access_key"),
			    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
	assert_int_equal(json_object_size(ok), 3);
	json_decref(answer);
	rows = log_of(rig, 1);
	assert_string_equal(text_of(json_array_get(rows, 0), "op"), "reveal");
	assert_string_equal(text_of(json_array_get(rows, 0), "profile"), "prod");
	assert_string_equal(text_of(json_array_get(rows, 0), "access_key_id"),
			    "AKIAIOSFODNN7EXAMPLE");
	json_decref(rows);
	rig_expect("NOT_FOUND", rig_ask(rig, "reveal", name("nobody"), NULL));
}

/* TRAP 37: no record, no secret. */
static void trap_37_what_cannot_be_recorded_is_not_revealed(void **state)
{
	struct rig *rig = *state;
	json_t *answer;

	assert_int_equal(
	    sqlite3_exec(
		rig->agent.store->db,
		"UPDATE manifest SET nonce = x'000102030405060708090a0b0c0d0e0f1011121314151617'",
		NULL, NULL, NULL),
	    SQLITE_OK);
	answer = rig_ask(rig, "reveal", name("prod"), NULL);
	assert_string_equal(rig_result(answer), "TAMPERED");
	assert_null(json_object_get(answer, "ok"));
	json_decref(answer);
}

static void what_is_removed_is_gone_with_all_that_hangs_on_it(void **state)
{
	struct rig *rig = *state;
	struct buf journal = BUF_INIT(16 * 1024 * 1024);
	struct error err = ERROR_INIT;
	json_t *answer, *rows;
	char wal[100];

	answer = rig_ask(rig, "remove", name("prod"), NULL);
	assert_string_equal(rig_result(answer), "ok");
	json_decref(answer);
	/* Erased before the answer: the journal, which held the old page, is zeros throughout. */
	(void)snprintf(wal, sizeof(wal), "%s-wal", rig->vault->path);
	assert_true(file_read(wal, journal.limit, &journal, &err));
	for (size_t i = 0; i < journal.len; i++)
		assert_int_equal(journal.data[i], 0);
	buf_clear(&journal);
	rows = log_of(rig, 1);
	assert_string_equal(text_of(json_array_get(rows, 0), "op"), "remove");
	assert_string_equal(text_of(json_array_get(rows, 0), "profile"), "prod");
	json_decref(rows);
	rig_expect("NOT_FOUND", rig_ask(rig, "show", name("prod"), NULL));
	rig_expect("NOT_FOUND", rig_ask(rig, "remove", name("prod"), NULL));
	expect_there(rig, "ci");
	rig_expect("ok", rig_add(rig, "prod", NULL, false));
}

/* AWS takes its time: meanwhile the key is removed, on another connection. */
static bool removed_meanwhile(void *ctx, const struct http_request *request,
			      struct http_reply *reply, struct error *err)
{
	struct rig *rig = ctx;

	rig_expect("ok", rig_ask(rig, "remove", name("ci"), NULL));
	return rig_send(ctx, request, reply, err);
}

static void what_is_made_from_a_key_while_it_is_removed_goes_with_it(void **state)
{
	struct rig *rig = *state;
	json_t *wanted = json_pack("{s:s,s:s,s:o}", "profile", "ci", "purpose", "process", "plan",
				   rig_plan("ci"));

	rig->http.send = removed_meanwhile;
	rig_expect("NOT_FOUND", rig_ask(rig, "credentials", json_incref(wanted), NULL));
	rig->http.send = rig_send;
	rig_expect("NOT_FOUND", rig_ask(rig, "credentials", wanted, NULL));
}

#define CHANNEL_TEST(name_) cmocka_unit_test_setup_teardown(name_, with_keys, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CHANNEL_TEST(what_is_secret_is_not_taken_in_a_plain_frame),
	    CHANNEL_TEST(a_change_that_needs_a_proof_asks_for_a_channel),
	    CHANNEL_TEST(a_wrong_proof_opens_nothing),
	    CHANNEL_TEST(an_offer_that_was_changed_on_its_way_fails_at_both_ends),
	    CHANNEL_TEST(a_proof_of_one_handshake_is_none_of_another),
	    CHANNEL_TEST(a_channel_is_for_the_request_it_was_offered_for),
	    CHANNEL_TEST(a_channel_carries_one_request),
	    CHANNEL_TEST(a_plain_frame_behind_the_handshake_ends_the_connection),
	    CHANNEL_TEST(an_offer_lives_for_a_minute),
	    CHANNEL_TEST(sixty_four_that_stop_half_way_keep_nobody_out),
	    CHANNEL_TEST(the_secret_is_not_in_what_crosses_the_socket),
	    CHANNEL_TEST(trap_36_guessing_is_slowed_down_for_the_one_who_guesses),
	    CHANNEL_TEST(a_refused_proof_is_on_record_and_counted),
	    CHANNEL_TEST(what_is_revealed_is_on_record),
	    CHANNEL_TEST(trap_37_what_cannot_be_recorded_is_not_revealed),
	    CHANNEL_TEST(what_is_made_from_a_key_while_it_is_removed_goes_with_it),
	    CHANNEL_TEST(what_is_removed_is_gone_with_all_that_hangs_on_it),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
