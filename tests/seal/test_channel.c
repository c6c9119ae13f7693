/* SPDX-License-Identifier: MIT */
#include "tests/seal/fixture.h"

#include "vault/seal/channel.h"

#include <sodium.h>
#include <stdlib.h>

/** Two ends in one process, and what crosses between them. */

static struct channel client, agent;
static struct channel_hello hello;
static struct channel_reply reply;
static unsigned char client_mac[CHANNEL_BYTES];
static struct buf request;
static const struct channel_vault vault = {
    .vault_id = {1}, .commitment = {2}, .header_digest = {3}};

#define PROOF_KEY (&keys.at[KEY_PROOF])

/* The public keys of low order that RFC 7748's curve has, and one beyond the field. */
static const char *const low_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};
enum { LOW_ORDER = sizeof(low_order) / sizeof(low_order[0]) };

static int start(void **state)
{
	(void)state;
	client = agent = CHANNEL_EMPTY;
	request = BUF_INIT(4096);
	assert_good(buf_text_append(&request, "{\"op\":\"reveal\"}", &err));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	channel_clear(&client);
	channel_clear(&agent);
	buf_clear(&request);
	return 0;
}

static void offered(void)
{
	assert_good(channel_offer(&client, &request, &hello, &err));
	assert_good(channel_answer(&agent, &hello, &vault, PROOF_KEY, &reply, &err));
}

/* Both ends proved, and both streams begun. */
static void opened(void)
{
	unsigned char header[CHANNEL_STREAM_BYTES];
	struct buf bytes = BUF_INIT(CHANNEL_STREAM_BYTES);

	offered();
	assert_good(channel_confirm(&client, &reply, PROOF_KEY, client_mac, &err));
	assert_good(channel_admit(&agent, PROOF_KEY, client_mac, &err));
	assert_good(channel_begin(&client, header, &err));
	assert_good(buf_append(&bytes, header, sizeof(header), &err));
	assert_good(channel_begun(&agent, &bytes, &err));
	buf_reset(&bytes);
	assert_good(channel_begin(&agent, header, &err));
	assert_good(buf_append(&bytes, header, sizeof(header), &err));
	assert_good(channel_begun(&client, &bytes, &err));
	buf_clear(&bytes);
}

static struct buf sealed_by(struct channel *channel, const char *text, bool last)
{
	const struct channel_record record = {"", text, strlen(text), "", last};
	struct buf out = BUF_INIT(CHANNEL_SEALED_MAX);

	assert_good(channel_seal(channel, &record, &out, &err));
	return out;
}

static bool takes(struct channel *channel, const struct buf *sealed, const char *text)
{
	struct buf out = BUF_INIT(4096);
	struct error why;
	bool ok = channel_unseal(channel, sealed, &out, &why);

	if (ok)
		assert_string_equal(buf_text(&out), text);
	else
		assert_int_equal(why.code, ERROR_PROTOCOL);
	assert_true(ok || out.len == 0);
	buf_clear(&out);
	return ok;
}

static void both_ends_prove_themselves_and_speak(void **state)
{
	struct buf one, two;

	(void)state;
	opened();
	assert_true(channel_is_for(&agent, &request));
	one = sealed_by(&client, "hello", false);
	two = sealed_by(&agent, "goodbye", true);
	assert_true(takes(&agent, &one, "hello"));
	assert_true(takes(&client, &two, "goodbye"));
	assert_false(agent.received_last);
	assert_true(client.received_last);
	/* Nothing of the handshake's secrets is left. */
	assert_null(client.secret.data);
	assert_null(agent.secret.data);
	buf_clear(&one);
	buf_clear(&two);
}

static void no_two_handshakes_share_anything(void **state)
{
	struct channel_hello other;
	struct channel_reply answer;
	struct channel second = CHANNEL_EMPTY, third = CHANNEL_EMPTY;

	(void)state;
	offered();
	assert_good(channel_offer(&second, &request, &other, &err));
	assert_good(channel_answer(&third, &hello, &vault, PROOF_KEY, &answer, &err));
	assert_memory_not_equal(other.key, hello.key, CHANNEL_BYTES);
	assert_memory_not_equal(other.nonce, hello.nonce, CHANNEL_BYTES);
	assert_memory_not_equal(answer.key, reply.key, CHANNEL_BYTES);
	assert_memory_not_equal(answer.nonce, reply.nonce, CHANNEL_BYTES);
	assert_memory_not_equal(answer.mac, reply.mac, CHANNEL_BYTES);
	channel_clear(&second);
	channel_clear(&third);
}

static void who_does_not_hold_the_key_proves_nothing(void **state)
{
	struct secret other = SECRET_EMPTY;

	(void)state;
	assert_good(secret_random(&other, SEAL_KEY_BYTES, &err));
	assert_good(channel_offer(&client, &request, &hello, &err));
	assert_good(channel_answer(&agent, &hello, &vault, &other, &reply, &err));
	assert_refused(channel_confirm(&client, &reply, PROOF_KEY, client_mac, &err), IMPOSTOR);
	/* Once is all: the private key of the offer is gone. */
	assert_null(client.secret.data);
	assert_refused(channel_confirm(&client, &reply, &other, client_mac, &err), PROTOCOL);
	offered();
	assert_good(channel_confirm(&client, &reply, PROOF_KEY, client_mac, &err));
	assert_refused(channel_admit(&agent, &other, client_mac, &err), WRONG_PASSPHRASE);
	assert_refused(channel_admit(&agent, PROOF_KEY, client_mac, &err), PROTOCOL);
	secret_clear(&other);
}

static void one_bit_of_the_agents_answer_is_noticed(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof(reply); at++) {
		offered();
		((unsigned char *)&reply)[at] ^= (unsigned char)(1 << at % 8);
		assert_refused(channel_confirm(&client, &reply, PROOF_KEY, client_mac, &err),
			       IMPOSTOR);
		assert_false(client.open);
	}
}

static void one_bit_of_the_clients_offer_is_noticed(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof(hello); at++) {
		struct channel_hello changed;

		assert_good(channel_offer(&client, &request, &hello, &err));
		changed = hello;
		((unsigned char *)&changed)[at] ^= (unsigned char)(1 << at % 8);
		assert_good(channel_answer(&agent, &changed, &vault, PROOF_KEY, &reply, &err));
		assert_refused(channel_confirm(&client, &reply, PROOF_KEY, client_mac, &err),
			       IMPOSTOR);
	}
}

static void one_bit_of_the_clients_proof_is_noticed(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof(client_mac); at++) {
		offered();
		assert_good(channel_confirm(&client, &reply, PROOF_KEY, client_mac, &err));
		client_mac[at] ^= (unsigned char)(1 << at % 8);
		assert_refused(channel_admit(&agent, PROOF_KEY, client_mac, &err),
			       WRONG_PASSPHRASE);
		assert_false(agent.open);
	}
}

/* A relay that puts a field of one session into another. */
static void fields_of_two_sessions_do_not_mix(void **state)
{
	struct channel second = CHANNEL_EMPTY, third = CHANNEL_EMPTY;
	struct channel_reply answer, mixed;
	struct channel_hello other;

	(void)state;
	for (int field = 0; field < 4; field++) {
		offered();
		assert_good(channel_offer(&second, &request, &other, &err));
		assert_good(channel_answer(&third, &other, &vault, PROOF_KEY, &answer, &err));
		mixed = reply;
		if (field == 0)
			memcpy(mixed.key, answer.key, CHANNEL_BYTES);
		else if (field == 1)
			memcpy(mixed.nonce, answer.nonce, CHANNEL_BYTES);
		else if (field == 2)
			memcpy(mixed.mac, answer.mac, CHANNEL_BYTES);
		else
			mixed = answer;
		assert_refused(channel_confirm(&client, &mixed, PROOF_KEY, client_mac, &err),
			       IMPOSTOR);
		assert_good(channel_confirm(&second, &answer, PROOF_KEY, client_mac, &err));
		assert_refused(channel_admit(&agent, PROOF_KEY, client_mac, &err),
			       WRONG_PASSPHRASE);
		channel_clear(&second);
		channel_clear(&third);
	}
}

static void the_agents_proof_is_not_the_clients(void **state)
{
	(void)state;
	offered();
	assert_good(channel_confirm(&client, &reply, PROOF_KEY, client_mac, &err));
	assert_refused(channel_admit(&agent, PROOF_KEY, reply.mac, &err), WRONG_PASSPHRASE);
}

static void an_offer_is_not_answered_by_itself(void **state)
{
	(void)state;
	offered();
	memcpy(reply.key, hello.key, CHANNEL_BYTES);
	assert_refused(channel_confirm(&client, &reply, PROOF_KEY, client_mac, &err), IMPOSTOR);
}

/* An end that holds the key and still sends a key that leads to a shared secret all know. */
static void keys_of_low_order_open_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOW_ORDER; i++) {
		assert_good(channel_offer(&client, &request, &hello, &err));
		(void)unhex(low_order[i], hello.key, sizeof(hello.key));
		assert_good(channel_answer(&agent, &hello, &vault, PROOF_KEY, &reply, &err));
		client.hello = hello;
		assert_good(channel_confirm(&client, &reply, PROOF_KEY, client_mac, &err));
		assert_refused(channel_admit(&agent, PROOF_KEY, client_mac, &err), PROTOCOL);
		assert_false(agent.open);
	}
}

static void a_channel_is_for_one_request(void **state)
{
	struct buf other = BUF_INIT(64);

	(void)state;
	opened();
	assert_good(buf_text_append(&other, "{\"op\":\"remove\"}", &err));
	assert_false(channel_is_for(&agent, &other));
	buf_clear(&other);
}

static void what_goes_one_way_does_not_come_back(void **state)
{
	struct buf one, two;

	(void)state;
	opened();
	one = sealed_by(&client, "to the agent", false);
	assert_false(takes(&client, &one, ""));
	opened();
	two = sealed_by(&agent, "to the client", false);
	assert_false(takes(&agent, &two, ""));
	buf_clear(&one);
	buf_clear(&two);
}

static void records_come_once_and_in_order(void **state)
{
	struct buf one, two;

	(void)state;
	opened();
	one = sealed_by(&client, "one", false);
	two = sealed_by(&client, "two", false);
	assert_false(takes(&agent, &two, ""));
	/* After that nothing is taken: the connection is to be closed. */
	assert_false(takes(&agent, &one, ""));
	buf_clear(&one);
	buf_clear(&two);
	opened();
	one = sealed_by(&client, "one", false);
	assert_true(takes(&agent, &one, "one"));
	assert_false(takes(&agent, &one, ""));
	buf_clear(&one);
}

static void a_record_that_was_cut_or_changed_is_refused(void **state)
{
	(void)state;
	for (size_t len = 0; len <= CHANNEL_PAD_BYTES + CHANNEL_TAG_BYTES; len++) {
		struct buf sealed;

		opened();
		sealed = sealed_by(&client, "a record", false);
		if (len == sealed.len)
			sealed.data[len / 2] ^= 1;
		sealed.len = len;
		assert_false(takes(&agent, &sealed, ""));
		buf_clear(&sealed);
	}
	for (size_t at = 0; at < CHANNEL_PAD_BYTES + CHANNEL_TAG_BYTES; at += 7) {
		struct buf sealed;

		opened();
		sealed = sealed_by(&client, "a record", false);
		sealed.data[at] ^= (char)(1 << at % 8);
		assert_false(takes(&agent, &sealed, ""));
		buf_clear(&sealed);
	}
}

static void nothing_follows_the_last_record(void **state)
{
	struct buf one, two = BUF_INIT(CHANNEL_SEALED_MAX);
	const struct channel_record more = {"", "more", 4, "", false};

	(void)state;
	opened();
	one = sealed_by(&client, "last", true);
	assert_refused(channel_seal(&client, &more, &two, &err), PROTOCOL);
	client.sent_last = false;
	assert_good(channel_seal(&client, &more, &two, &err));
	assert_true(takes(&agent, &one, "last"));
	assert_false(takes(&agent, &two, ""));
	buf_clear(&one);
	buf_clear(&two);
}

/* The tags of libsodium's stream that this protocol does not use. */
static void other_tags_are_refused(void **state)
{
	static const unsigned char tags[] = {crypto_secretstream_xchacha20poly1305_TAG_PUSH,
					     crypto_secretstream_xchacha20poly1305_TAG_REKEY, 7};
	unsigned char plain[CHANNEL_PAD_BYTES] = {'x', 0x80};

	(void)state;
	for (size_t i = 0; i < sizeof(tags); i++) {
		struct buf sealed = BUF_INIT(CHANNEL_SEALED_MAX);

		opened();
		assert_good(buf_reserve(&sealed, sizeof(plain) + CHANNEL_TAG_BYTES, &err));
		(void)crypto_secretstream_xchacha20poly1305_push(
		    (crypto_secretstream_xchacha20poly1305_state *)(void *)client.out.data,
		    (unsigned char *)sealed.data, NULL, plain, sizeof(plain), client.transcript,
		    sizeof(client.transcript), tags[i]);
		sealed.len = sizeof(plain) + CHANNEL_TAG_BYTES;
		assert_false(takes(&agent, &sealed, ""));
		buf_clear(&sealed);
	}
}

static void padding_that_is_none_is_refused(void **state)
{
	unsigned char plain[CHANNEL_PAD_BYTES] = {0};
	struct buf sealed = BUF_INIT(CHANNEL_SEALED_MAX);

	(void)state;
	opened();
	assert_good(buf_reserve(&sealed, sizeof(plain) + CHANNEL_TAG_BYTES, &err));
	(void)crypto_secretstream_xchacha20poly1305_push(
	    (crypto_secretstream_xchacha20poly1305_state *)(void *)client.out.data,
	    (unsigned char *)sealed.data, NULL, plain, sizeof(plain), client.transcript,
	    sizeof(client.transcript), 0);
	sealed.len = sizeof(plain) + CHANNEL_TAG_BYTES;
	assert_false(takes(&agent, &sealed, ""));
	buf_clear(&sealed);
}

static void lengths_go_in_steps(void **state)
{
	(void)state;
	opened();
	for (size_t len = 1; len < 3 * CHANNEL_PAD_BYTES; len += 61) {
		char text[3 * CHANNEL_PAD_BYTES + 1] = "";
		struct buf sealed;

		memset(text, 'x', len);
		sealed = sealed_by(&client, text, false);
		assert_int_equal((sealed.len - CHANNEL_TAG_BYTES) % CHANNEL_PAD_BYTES, 0);
		assert_true(takes(&agent, &sealed, text));
		buf_clear(&sealed);
	}
}

static void the_longest_record_fits_and_one_byte_more_does_not(void **state)
{
	struct buf out = BUF_INIT(CHANNEL_SEALED_MAX), in = BUF_INIT(CHANNEL_RECORD_MAX);
	char *text = calloc(1, CHANNEL_RECORD_MAX + 1);
	struct channel_record record = {"", text, CHANNEL_RECORD_MAX, "", false};

	(void)state;
	assert_non_null(text);
	memset(text, 'x', CHANNEL_RECORD_MAX + 1);
	opened();
	assert_good(channel_seal(&client, &record, &out, &err));
	assert_true(out.len <= CHANNEL_SEALED_MAX);
	assert_good(channel_unseal(&agent, &out, &in, &err));
	assert_int_equal(in.len, CHANNEL_RECORD_MAX);
	record.len++;
	assert_refused(channel_seal(&client, &record, &out, &err), PROTOCOL);
	record.len = 0;
	assert_refused(channel_seal(&client, &record, &out, &err), PROTOCOL);
	free(text);
	buf_clear(&out);
	buf_clear(&in);
}

static void a_stream_begins_once_and_only_when_both_are_proved(void **state)
{
	unsigned char header[CHANNEL_STREAM_BYTES] = {0};
	struct buf bytes = BUF_INIT(64);

	(void)state;
	offered();
	assert_refused(channel_begin(&client, header, &err), PROTOCOL);
	assert_good(buf_append(&bytes, header, sizeof(header), &err));
	assert_refused(channel_begun(&agent, &bytes, &err), PROTOCOL);
	opened();
	assert_refused(channel_begin(&client, header, &err), PROTOCOL);
	assert_refused(channel_begun(&agent, &bytes, &err), PROTOCOL);
	buf_clear(&bytes);
}

#define CHANNEL_TEST(name_) cmocka_unit_test_setup_teardown(name_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CHANNEL_TEST(both_ends_prove_themselves_and_speak),
	    CHANNEL_TEST(no_two_handshakes_share_anything),
	    CHANNEL_TEST(who_does_not_hold_the_key_proves_nothing),
	    CHANNEL_TEST(one_bit_of_the_agents_answer_is_noticed),
	    CHANNEL_TEST(one_bit_of_the_clients_offer_is_noticed),
	    CHANNEL_TEST(one_bit_of_the_clients_proof_is_noticed),
	    CHANNEL_TEST(fields_of_two_sessions_do_not_mix),
	    CHANNEL_TEST(the_agents_proof_is_not_the_clients),
	    CHANNEL_TEST(an_offer_is_not_answered_by_itself),
	    CHANNEL_TEST(keys_of_low_order_open_nothing),
	    CHANNEL_TEST(a_channel_is_for_one_request),
	    CHANNEL_TEST(what_goes_one_way_does_not_come_back),
	    CHANNEL_TEST(records_come_once_and_in_order),
	    CHANNEL_TEST(a_record_that_was_cut_or_changed_is_refused),
	    CHANNEL_TEST(nothing_follows_the_last_record),
	    CHANNEL_TEST(other_tags_are_refused),
	    CHANNEL_TEST(padding_that_is_none_is_refused),
	    CHANNEL_TEST(lengths_go_in_steps),
	    CHANNEL_TEST(the_longest_record_fits_and_one_byte_more_does_not),
	    CHANNEL_TEST(a_stream_begins_once_and_only_when_both_are_proved),
	};

	return FIXTURE_RUN(tests);
}
