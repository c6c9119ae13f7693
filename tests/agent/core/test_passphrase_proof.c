/* SPDX-License-Identifier: MIT */
#include "tests/agent/rig.h"

#include "vault/agent/core/passphrase_proof.h"
#include "vault/base/file.h"
#include "vault/wire/tables/msg_log.h"

/** A proof of these bytes over the question's nonce. */
static json_t *proof_of(struct rig *rig, const json_t *ask, const struct buf *request)
{
	unsigned char nonce[PROOF_NONCE_BYTES], id[SEAL_ID_BYTES], proof[PROOF_BYTES];
	char hex[2 * PROOF_BYTES + 1];

	assert_string_equal(json_string_value(json_object_get(ask, "kind")), "proof");
	assert_true(
	    text_unhex(json_string_value(json_object_get(ask, "nonce")), nonce, sizeof(nonce)));
	assert_true(
	    text_unhex(json_string_value(json_object_get(ask, "vault_id")), id, sizeof(id)));
	REQUIRE(proof_make(&rig->vault->keys, id, nonce, request, proof, err));
	text_hex(proof, sizeof(proof), hex);
	return json_pack("{s:s}", "proof", hex);
}

static json_t *right(struct rig *rig, const json_t *ask, const struct buf *request)
{
	return proof_of(rig, ask, request);
}

static json_t *null(struct rig *rig, const json_t *ask, const struct buf *request)
{
	(void)rig, (void)ask, (void)request;
	return NULL;
}

static json_t *empty(struct rig *rig, const json_t *ask, const struct buf *request)
{
	(void)rig, (void)ask, (void)request;
	return json_object();
}

static json_t *zeros(struct rig *rig, const json_t *ask, const struct buf *request)
{
	char hex[2 * PROOF_BYTES + 1];

	(void)rig, (void)ask, (void)request;
	memset(hex, '0', sizeof(hex) - 1);
	hex[sizeof(hex) - 1] = '\0';
	return json_pack("{s:s}", "proof", hex);
}

static json_t *short_one(struct rig *rig, const json_t *ask, const struct buf *request)
{
	(void)rig, (void)ask, (void)request;
	return json_pack("{s:s}", "proof", "00");
}

static json_t *no_text(struct rig *rig, const json_t *ask, const struct buf *request)
{
	(void)rig, (void)ask, (void)request;
	return json_pack("{s:i}", "proof", 0);
}

/* The frame of another act, or of the same with other arguments, proved as it should be. */
static const char *instead_op;
static json_t *instead_args;

static json_t *of_another(struct rig *rig, const json_t *ask, const struct buf *request)
{
	struct buf other = FRAME_BODY_INIT;
	json_t *proof;

	(void)request;
	REQUIRE(message_request(instead_op, MESSAGE_VALUE(instead_args), &other, err));
	proof = proof_of(rig, ask, &other);
	buf_clear(&other);
	return proof;
}

static json_t *kept;

static json_t *kept_from_before(struct rig *rig, const json_t *ask, const struct buf *request)
{
	if (!kept)
		kept = proof_of(rig, ask, request);
	return json_incref(kept);
}

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

static const char *const proved[] = {"reveal", "remove"};

static void nothing_but_a_right_proof_will_do(void **state)
{
	static rig_answer *const wrong[] = {empty, zeros, short_one, no_text};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(proved) / sizeof(proved[0]); i++) {
		rig_expect("INTERRUPTED", rig_ask(rig, proved[i], name("prod"), null));
		for (size_t n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++)
			rig_expect("WRONG_PASSPHRASE",
				   rig_ask(rig, proved[i], name("prod"), wrong[n]));
		expect_there(rig, "prod");
	}
}

static const struct op *operation(const char *wanted)
{
	const struct op *op = operations;

	while (strcmp(op->name, wanted) != 0)
		op++;
	return op;
}

static void each_operation_that_is_marked_asks(void **state)
{
	static const char *const names[] = {
#define X(name_, flags_) ((flags_)&OP_PROVED) ? #name_ : "",
	    OPERATIONS(X)
#undef X
	};
	struct rig *rig = *state;
	int asked = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!names[i][0])
			continue;
		/* Before it has so much as looked at its arguments. */
		rig_expect("WRONG_PASSPHRASE", rig_ask(rig, names[i], json_object(), zeros));
		asked++;
	}
	assert_true(asked >= 2);
	for (size_t i = 0; i < sizeof(proved) / sizeof(proved[0]); i++)
		assert_true(operation(proved[i])->flags & OP_PROVED);
}

static void a_proof_serves_once(void **state)
{
	struct rig *rig = *state;
	struct rig_client *client = rig_connect(rig, false);

	kept = NULL;
	rig_expect("ok", rig_call(client, "reveal", name("prod"), kept_from_before));
	rig_expect("WRONG_PASSPHRASE", rig_call(client, "reveal", name("prod"), kept_from_before));
	rig_hang_up(client);
	rig_expect("WRONG_PASSPHRASE", rig_ask(rig, "reveal", name("prod"), kept_from_before));
	json_decref(kept);
}

static void a_proof_is_of_one_act_and_its_arguments(void **state)
{
	struct rig *rig = *state;

	instead_op = "reveal";
	instead_args = name("prod");
	rig_expect("WRONG_PASSPHRASE", rig_ask(rig, "remove", name("prod"), of_another));
	rig_expect("WRONG_PASSPHRASE", rig_ask(rig, "reveal", name("ci"), of_another));
	rig_expect("ok", rig_ask(rig, "reveal", name("prod"), of_another));
	json_decref(instead_args);
	expect_there(rig, "prod");
}

/* Two connections at the same act: the nonce of one is worth nothing on the other. */
static json_t *nonces[2];

static json_t *keep_ask(struct rig *rig, const json_t *ask, const struct buf *request)
{
	(void)rig, (void)request;
	nonces[nonces[0] ? 1 : 0] = json_deep_copy(ask);
	return NULL;
}

static json_t *with_the_first_nonce(struct rig *rig, const json_t *ask, const struct buf *request)
{
	(void)ask;
	return proof_of(rig, nonces[0], request);
}

static void a_nonce_belongs_to_its_question(void **state)
{
	struct rig *rig = *state;

	nonces[0] = nonces[1] = NULL;
	rig_expect("INTERRUPTED", rig_ask(rig, "reveal", name("prod"), keep_ask));
	rig_expect("INTERRUPTED", rig_ask(rig, "reveal", name("prod"), keep_ask));
	assert_string_not_equal(json_string_value(json_object_get(nonces[0], "nonce")),
				json_string_value(json_object_get(nonces[1], "nonce")));
	rig_expect("WRONG_PASSPHRASE", rig_ask(rig, "reveal", name("prod"), with_the_first_nonce));
	json_decref(nonces[0]);
	json_decref(nonces[1]);
}

static int slow;

static json_t *slowly(struct rig *rig, const json_t *ask, const struct buf *request)
{
	if (slow-- > 0)
		rig_sleep(rig, PROOF_LIFE_MS + 1000);
	return proof_of(rig, ask, request);
}

static void a_proof_that_comes_late_is_asked_for_again(void **state)
{
	struct rig *rig = *state;
	int before = rig->asks;

	rig_never_idle(rig);
	slow = 1;
	rig_expect("ok", rig_ask(rig, "reveal", name("prod"), slowly));
	assert_int_equal(rig->asks, before + 2);
	slow = 100;
	rig_expect("FAILED", rig_ask(rig, "reveal", name("prod"), slowly));
	assert_int_equal(rig->asks, before + 2 + PROOF_TRIES);
	expect_there(rig, "prod");
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

static void trap_36_guessing_is_slowed_down_for_the_one_who_guesses(void **state)
{
	struct rig *rig = *state;
	struct rig_client *client = rig_connect(rig, false), *other = rig_connect(rig, false);

	rig_never_idle(rig);
	sleeping_rig = rig;
	rig->clock.sleep_ms = sleep_and_look;
	for (int i = 1; i <= 3; i++) {
		rig_expect("WRONG_PASSPHRASE", rig_call(client, "reveal", name("prod"), zeros));
		assert_int_equal(slept_ms, i * PROOF_DELAY_MS);
	}
	rig_expect("WRONG_PASSPHRASE", rig_call(other, "reveal", name("prod"), zeros));
	assert_int_equal(slept_ms, PROOF_DELAY_MS);
	for (int i = 0; i < 120; i++)
		rig_expect("WRONG_PASSPHRASE", rig_call(client, "remove", name("prod"), zeros));
	assert_int_equal(slept_ms, PROOF_DELAY_MAX_MS);
	rig_expect("ok", rig_call(client, "reveal", name("prod"), right));
	rig_expect("WRONG_PASSPHRASE", rig_call(client, "reveal", name("prod"), zeros));
	assert_int_equal(slept_ms, PROOF_DELAY_MS);
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
	struct denial denials[DENIALS_MAX];
	json_t *rows;

	rig_expect("WRONG_PASSPHRASE", rig_ask(rig, "remove", name("prod"), zeros));
	rows = log_of(rig, 1);
	assert_string_equal(text_of(json_array_get(rows, 0), "op"), "denied");
	assert_string_equal(text_of(json_array_get(rows, 0), "result"), "WRONG_PASSPHRASE");
	assert_string_equal(text_of(json_array_get(rows, 0), "profile"), "prod");
	json_decref(rows);
	rig_expect("WRONG_PASSPHRASE", rig_ask(rig, "remove", name("prod"), empty));
	assert_int_equal(denials_list(rig->agent.denials, denials), 1);
	assert_int_equal(denials[0].count, 2);
}

static void what_is_revealed_is_on_record(void **state)
{
	struct rig *rig = *state;
	json_t *answer = rig_ask(rig, "reveal", name("prod"), right), *rows;
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
	rig_expect("NOT_FOUND", rig_ask(rig, "reveal", name("nobody"), right));
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
	answer = rig_ask(rig, "reveal", name("prod"), right);
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

	answer = rig_ask(rig, "remove", name("prod"), right);
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
	rig_expect("NOT_FOUND", rig_ask(rig, "remove", name("prod"), right));
	expect_there(rig, "ci");
	rig_expect("ok", rig_add(rig, "prod", NULL, false));
}

/* AWS takes its time: meanwhile the key is removed, on another connection. */
static bool removed_meanwhile(void *ctx, const struct http_request *request,
			      struct http_reply *reply, struct error *err)
{
	struct rig *rig = ctx;

	rig_expect("ok", rig_ask(rig, "remove", name("ci"), right));
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

#define PROVE_TEST(name_) cmocka_unit_test_setup_teardown(name_, with_keys, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROVE_TEST(nothing_but_a_right_proof_will_do),
	    PROVE_TEST(each_operation_that_is_marked_asks),
	    PROVE_TEST(a_proof_serves_once),
	    PROVE_TEST(a_proof_is_of_one_act_and_its_arguments),
	    PROVE_TEST(a_nonce_belongs_to_its_question),
	    PROVE_TEST(a_proof_that_comes_late_is_asked_for_again),
	    PROVE_TEST(trap_36_guessing_is_slowed_down_for_the_one_who_guesses),
	    PROVE_TEST(a_refused_proof_is_on_record_and_counted),
	    PROVE_TEST(what_is_revealed_is_on_record),
	    PROVE_TEST(trap_37_what_cannot_be_recorded_is_not_revealed),
	    PROVE_TEST(what_is_made_from_a_key_while_it_is_removed_goes_with_it),
	    PROVE_TEST(what_is_removed_is_gone_with_all_that_hangs_on_it),
	};

	return cmocka_run_group_tests_name("prove", tests, NULL, NULL);
}
