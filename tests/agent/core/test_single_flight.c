/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/single_flight.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { CROWD = 32 };

static _Atomic int64_t boot_ms;

static int64_t now_ns(void *ctx, enum clock_kind kind)
{
	(void)ctx, (void)kind;
	return boot_ms * 1000000;
}

static const struct clock fake = {.now_ns = now_ns};
static const unsigned char step[DIGEST_BYTES] = {1};
static const unsigned char another[DIGEST_BYTES] = {2};
static const struct single_flight_party mute = {.can_ask = false};
static const struct single_flight_party asker = {.can_ask = true};
static const struct single_flight_party bearer = {.has_code = true};
static struct flights *flights;

static int start(void **state)
{
	struct error err;

	(void)state;
	boot_ms = 5000;
	return flights_new(&fake, &flights, &err) ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	flights_free(flights);
	return 0;
}

static enum single_flight_turn join(const unsigned char *digest,
				    const struct single_flight_party *party,
				    struct single_flight_ticket *ticket, struct error *err)
{
	return single_flight_join(flights, digest, party, ticket, err);
}

/* One that joins in a thread of its own and, where it leads, lands at once. */
struct other {
	const struct single_flight_party *party;
	enum single_flight_turn turn;
	struct error err;
	pthread_t thread;
};

static _Atomic int joined;

static void *fly(void *arg)
{
	struct other *other = arg;
	struct single_flight_ticket ticket;

	joined++;
	other->turn = join(step, other->party, &ticket, &other->err);
	if (other->turn == SINGLE_FLIGHT_LEAD)
		single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
	return NULL;
}

static void launch(struct other *other, const struct single_flight_party *party)
{
	*other = (struct other){.party = party};
	assert_int_equal(pthread_create(&other->thread, NULL, fly, other), 0);
}

static enum single_flight_turn turn_of(struct other *other)
{
	(void)pthread_join(other->thread, NULL);
	return other->turn;
}

static void of_many_one_leads_and_all_are_served(void **state)
{
	struct other crowd[CROWD];
	struct single_flight_ticket ticket;
	struct error err = ERROR_INIT;
	int landed = 0;

	(void)state;
	joined = 0;
	assert_int_equal(join(step, &asker, &ticket, &err), SINGLE_FLIGHT_LEAD);
	for (int i = 0; i < CROWD; i++)
		launch(&crowd[i], i % 2 ? &asker : &mute);
	while (joined < CROWD)
		(void)sched_yield();
	single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
	/* One that comes after the landing leads a flight of its own, and lands it. */
	for (int i = 0; i < CROWD; i++) {
		enum single_flight_turn turn = turn_of(&crowd[i]);

		assert_true(turn == SINGLE_FLIGHT_LANDED || turn == SINGLE_FLIGHT_LEAD);
		landed += turn == SINGLE_FLIGHT_LANDED;
	}
	assert_true(landed > 0);
}

static void other_steps_do_not_wait(void **state)
{
	struct single_flight_ticket one, two;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(join(step, &mute, &one, &err), SINGLE_FLIGHT_LEAD);
	assert_int_equal(join(another, &mute, &two, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&one, SINGLE_FLIGHT_DONE, NULL);
	single_flight_land(&two, SINGLE_FLIGHT_DONE, NULL);
}

static void a_refusal_is_remembered_for_a_while(void **state)
{
	struct single_flight_ticket ticket;
	struct error why = ERROR_INIT, err = ERROR_INIT;

	(void)state;
	error_set(&why, ERROR_AWS_REFUSED, "no");
	assert_int_equal(join(step, &mute, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_REFUSED, &why);
	boot_ms += SINGLE_FLIGHT_REMEMBERED_MS - 1;
	assert_int_equal(join(step, &asker, &ticket, &err), SINGLE_FLIGHT_FAILED);
	assert_int_equal(err.code, ERROR_AWS_REFUSED);
	boot_ms += 1;
	assert_int_equal(join(step, &asker, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
}

static void a_refusal_is_forgotten_where_its_cause_may_be_mended(void **state)
{
	struct single_flight_ticket ticket;
	struct error why = ERROR_INIT, err = ERROR_INIT;

	(void)state;
	error_set(&why, ERROR_AWS_UNREACHABLE, "no");
	assert_int_equal(join(step, &mute, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_REFUSED, &why);
	flights_forget_failures(flights);
	assert_int_equal(join(step, &mute, &ticket, &err), SINGLE_FLIGHT_LEAD);
	/* One that is in the air stays. */
	flights_forget_failures(flights);
	single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
}

static void a_refusal_of_one_region_does_not_answer_for_another(void **state)
{
	static const struct single_flight_party here = {
	    .place = "https://sts.eu-west-1.amazonaws.com/"};
	static const struct single_flight_party there = {
	    .place = "https://sts.eu-west-2.amazonaws.com/"};
	struct single_flight_ticket ticket;
	struct error why = ERROR_INIT, err = ERROR_INIT;

	(void)state;
	error_set(&why, ERROR_AWS_REFUSED, "the region is off");
	assert_int_equal(join(step, &here, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_REFUSED, &why);
	assert_int_equal(join(step, &here, &ticket, &err), SINGLE_FLIGHT_FAILED);
	assert_int_equal(join(step, &there, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
}

static void a_refusal_does_not_answer_one_who_brings_a_code(void **state)
{
	struct single_flight_ticket ticket;
	struct error why = ERROR_INIT, err = ERROR_INIT;

	(void)state;
	error_set(&why, ERROR_MFA_REFUSED, "no");
	assert_int_equal(join(step, &mute, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_REFUSED, &why);
	assert_int_equal(join(step, &bearer, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
}

static void what_broke_here_is_not_remembered(void **state)
{
	struct single_flight_ticket ticket;
	struct error why = ERROR_INIT, err = ERROR_INIT;

	(void)state;
	error_set(&why, ERROR_IO, "the disk is full");
	assert_int_equal(join(step, &mute, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_BROKEN, &why);
	assert_int_equal(join(step, &mute, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
}

static void while_a_code_is_asked_for_one_who_has_none_does_not_wait(void **state)
{
	struct single_flight_ticket ticket, unused;
	struct error err = ERROR_INIT;
	struct other other;

	(void)state;
	assert_int_equal(join(step, &asker, &ticket, &err), SINGLE_FLIGHT_LEAD);
	launch(&other, &mute); /* before or after the question: the same */
	assert_true(single_flight_asking(&ticket, true));
	assert_int_equal(join(step, &mute, &unused, &err), SINGLE_FLIGHT_NO_CODE);
	assert_int_equal(turn_of(&other), SINGLE_FLIGHT_NO_CODE);
	single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
}

static void one_with_a_code_takes_over_from_one_who_asks(void **state)
{
	struct single_flight_ticket first, second;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(join(step, &asker, &first, &err), SINGLE_FLIGHT_LEAD);
	assert_true(single_flight_asking(&first, true));
	assert_int_equal(join(step, &bearer, &second, &err), SINGLE_FLIGHT_LEAD);
	assert_false(single_flight_asking(&first, false));
	single_flight_land(&first, SINGLE_FLIGHT_REFUSED, &err); /* says nothing any more */
	assert_true(single_flight_asking(&second, false));
	single_flight_land(&second, SINGLE_FLIGHT_DONE, NULL);
}

static void the_lead_goes_to_a_waiter_that_can_ask(void **state)
{
	struct single_flight_ticket ticket;
	struct error why = ERROR_INIT, err = ERROR_INIT;
	struct other other;

	(void)state;
	error_set(&why, ERROR_INTERRUPTED, "nobody answers");
	joined = 0;
	assert_int_equal(join(step, &asker, &ticket, &err), SINGLE_FLIGHT_LEAD);
	launch(&other, &asker);
	while (joined < 1)
		(void)sched_yield();
	single_flight_land(&ticket, SINGLE_FLIGHT_HANDED, &why);
	assert_int_equal(turn_of(&other), SINGLE_FLIGHT_LEAD);
}

static void a_lead_that_nobody_can_take_ends_the_flight(void **state)
{
	struct single_flight_ticket ticket;
	struct error why = ERROR_INIT, err = ERROR_INIT;

	(void)state;
	error_set(&why, ERROR_MFA_NEEDED, "nobody to ask");
	assert_int_equal(join(step, &mute, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_HANDED, &why);
	assert_int_equal(join(step, &mute, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
}

static void a_lead_is_not_handed_to_one_who_cannot_ask(void **state)
{
	struct single_flight_ticket ticket;
	struct error why = ERROR_INIT, err = ERROR_INIT;
	struct other other;
	enum single_flight_turn turn;

	(void)state;
	error_set(&why, ERROR_INTERRUPTED, "nobody answers");
	joined = 0;
	assert_int_equal(join(step, &asker, &ticket, &err), SINGLE_FLIGHT_LEAD);
	launch(&other, &mute);
	while (joined < 1)
		(void)sched_yield();
	single_flight_land(&ticket, SINGLE_FLIGHT_HANDED, &why);
	turn = turn_of(&other);
	/* It is told what came of it; one that comes after the landing begins anew. */
	assert_true(turn == SINGLE_FLIGHT_FAILED || turn == SINGLE_FLIGHT_LEAD);
	if (turn == SINGLE_FLIGHT_FAILED)
		assert_int_equal(other.err.code, ERROR_INTERRUPTED);
}

static void one_with_a_code_waits_for_a_flight_that_does_not_ask(void **state)
{
	struct single_flight_ticket ticket;
	struct error err = ERROR_INIT;
	struct other other;

	(void)state;
	joined = 0;
	assert_int_equal(join(step, &asker, &ticket, &err), SINGLE_FLIGHT_LEAD);
	assert_true(single_flight_asking(&ticket, true));
	assert_true(single_flight_asking(&ticket, false));
	launch(&other, &bearer);
	while (joined < 1)
		(void)sched_yield();
	assert_true(single_flight_asking(&ticket, false)); /* the lead was not taken */
	single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
	(void)turn_of(&other);
}

static void who_lands_anew_leaves_nothing_behind(void **state)
{
	struct single_flight_ticket ticket;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(join(step, &mute, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_ANEW, NULL);
	assert_int_equal(join(step, &mute, &ticket, &err), SINGLE_FLIGHT_LEAD);
	single_flight_land(&ticket, SINGLE_FLIGHT_DONE, NULL);
}

#define FLIGHT_TEST(test_) cmocka_unit_test_setup_teardown(test_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FLIGHT_TEST(of_many_one_leads_and_all_are_served),
	    FLIGHT_TEST(other_steps_do_not_wait),
	    FLIGHT_TEST(a_refusal_is_remembered_for_a_while),
	    FLIGHT_TEST(a_refusal_is_forgotten_where_its_cause_may_be_mended),
	    FLIGHT_TEST(a_refusal_of_one_region_does_not_answer_for_another),
	    FLIGHT_TEST(a_refusal_does_not_answer_one_who_brings_a_code),
	    FLIGHT_TEST(what_broke_here_is_not_remembered),
	    FLIGHT_TEST(while_a_code_is_asked_for_one_who_has_none_does_not_wait),
	    FLIGHT_TEST(one_with_a_code_takes_over_from_one_who_asks),
	    FLIGHT_TEST(the_lead_goes_to_a_waiter_that_can_ask),
	    FLIGHT_TEST(a_lead_that_nobody_can_take_ends_the_flight),
	    FLIGHT_TEST(a_lead_is_not_handed_to_one_who_cannot_ask),
	    FLIGHT_TEST(one_with_a_code_waits_for_a_flight_that_does_not_ask),
	    FLIGHT_TEST(who_lands_anew_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
