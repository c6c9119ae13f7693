/* SPDX-License-Identifier: MIT */
#include "vault/creds/cache.h"

#include "tests/store/fixture.h"
#include "vault/store/change/commit.h"

enum { NOW = 1795000000 };

static void take_in(struct cache *cache, const struct session_record *session)
{
	struct cache_coming coming;

	cache_expect(cache, &coming, session);
	REQUIRE(cache_receive(cache, &coming, true, err));
}

static struct cache *cache;

static int start(void **state)
{
	REQUIRE(cache_new(&cache, err));
	return vault_setup_created(state);
}

static int stop(void **state)
{
	cache_free(cache);
	return vault_teardown(state);
}

static struct session_record session(unsigned char step, const char *key, int64_t left_s)
{
	struct session_record made;

	session_record_init(&made);
	made.step[0] = step;
	session_record_name(made.step, made.name);
	(void)snprintf(made.profile, sizeof(made.profile), "p%d", step);
	(void)snprintf(made.origin_name, sizeof(made.origin_name), "%s", key);
	(void)snprintf(made.access_key_id, sizeof(made.access_key_id), "ASIAEXAMPLEEXAMPLE%02d",
		       step);
	made.expires_at = NOW + left_s;
	made.minted_at = NOW;
	made.token.limit = SESSION_TOKEN_MAX;
	REQUIRE(secret_set(&made.secret, "a secret of forty characters, as they are", 40, err));
	REQUIRE(buf_text_append(&made.token, "TOKEN", err));
	return made;
}

static void keep(unsigned char step, const char *key, int64_t left_s)
{
	struct session_record made = session(step, key, left_s);

	take_in(cache, &made);
	session_record_clear(&made);
}

static bool there(unsigned char step, int64_t now, int64_t left_s)
{
	const unsigned char digest[DIGEST_BYTES] = {step};
	struct session_record found;
	bool is = false;

	session_record_init(&found);
	REQUIRE(cache_find(cache, digest, now, left_s, &found, &is, err));
	if (is) {
		assert_int_equal(found.step[0], step);
		assert_string_equal(buf_text(&found.token), "TOKEN");
	}
	session_record_clear(&found);
	return is;
}

static void put_route(unsigned char request, unsigned char step, int64_t left_s)
{
	const unsigned char digest[DIGEST_BYTES] = {request};
	struct cache_route route = CACHE_ROUTE_INIT;

	route.step[0] = step;
	route.expires_at = NOW + left_s;
	REQUIRE(buf_text_append(&route.answer, "{}", err));
	REQUIRE(cache_route_put(cache, digest, &route, err));
	buf_clear(&route.answer);
}

static int64_t tell_now(void *ctx, enum clock_kind kind)
{
	(void)ctx, (void)kind;
	return NOW * INT64_C(1000000000);
}

static const struct clock the_clock = {.now_ns = tell_now};

static bool leads(unsigned char request)
{
	const unsigned char digest[DIGEST_BYTES] = {request};
	struct cache_route route = CACHE_ROUTE_INIT;
	bool found;

	REQUIRE(cache_route_find(cache, digest, &the_clock, 0, &route, &found, err));
	buf_clear(&route.answer);
	return found;
}

static void a_session_is_found_while_enough_of_it_is_left(void **state)
{
	(void)state;
	keep(1, "prod", 1201);
	assert_true(there(1, NOW, 1200));
	assert_false(there(1, NOW + 1, 1200));
	assert_true(there(1, NOW + 1200, 0));
	assert_false(there(1, NOW + 1201, 0));
	assert_false(there(2, NOW, 0));
}

static void a_route_needs_its_session(void **state)
{
	(void)state;
	put_route(9, 1, 100);
	assert_false(leads(9));
	keep(1, "prod", 100);
	put_route(9, 1, 100);
	assert_true(leads(9));
	/* A new session in its place: the old answer is not given any more. */
	keep(1, "prod", 200);
	assert_false(leads(9));
}

static void dropping_a_key_drops_its_sessions_and_their_routes_alone(void **state)
{
	const struct cache_filter prod = {.key_name = "prod", .ended_at = -1};
	struct cache_names names = {.at = NULL};

	(void)state;
	keep(1, "prod", 100);
	keep(2, "dev", 100);
	put_route(8, 1, 100);
	put_route(9, 2, 100);
	REQUIRE(cache_drop(cache, &prod, &names, err));
	assert_int_equal(names.count, 1);
	assert_false(there(1, NOW, 0));
	assert_false(leads(8));
	assert_true(there(2, NOW, 0));
	assert_true(leads(9));
	cache_names_clear(&names);
}

static void a_renamed_key_takes_its_sessions_along_and_no_route_to_them(void **state)
{
	const unsigned char digest[DIGEST_BYTES] = {8};
	const struct cache_filter by_new_name = {.key_name = "live", .ended_at = -1};
	struct cache_route late = CACHE_ROUTE_INIT;
	struct cache_names names = {.at = NULL};

	(void)state;
	keep(1, "prod", 5000);
	keep(2, "dev", 5000);
	put_route(9, 1, 5000);
	put_route(7, 2, 5000);
	cache_rename(cache, "prod", "live");
	assert_true(there(1, NOW, 0));
	assert_false(leads(9));
	assert_true(leads(7));
	/* The request was read before the key got its new name, and is answered after it. */
	late.of_key = true;
	(void)snprintf(late.key_name, sizeof(late.key_name), "prod");
	late.step[0] = 1;
	late.expires_at = NOW + 5000;
	REQUIRE(buf_text_append(&late.answer, "{}", err));
	REQUIRE(cache_route_put(cache, digest, &late, err));
	assert_false(leads(8));
	(void)snprintf(late.key_name, sizeof(late.key_name), "live");
	REQUIRE(cache_route_put(cache, digest, &late, err));
	assert_true(leads(8));
	buf_clear(&late.answer);
	REQUIRE(cache_drop(cache, &by_new_name, &names, err));
	assert_int_equal(names.count, 1);
	cache_names_clear(&names);
	assert_true(there(2, NOW, 0));
}

static void a_session_on_its_way_is_dropped_by_a_rename(void **state)
{
	struct session_record made = session(3, "prod", 5000);
	struct cache_coming coming;

	(void)state;
	cache_expect(cache, &coming, &made);
	cache_rename(cache, "prod", "live");
	REFUSED(ERROR_NOT_FOUND, cache_receive(cache, &coming, true, err));
	assert_false(there(3, NOW, 0));
	session_record_clear(&made);
}

static void what_has_ended_is_dropped_by_time(void **state)
{
	const struct cache_filter ended = {.ended_at = NOW + 100};
	struct cache_names names = {.at = NULL};

	(void)state;
	keep(1, "prod", 100);
	keep(2, "prod", 101);
	REQUIRE(cache_drop(cache, &ended, &names, err));
	assert_int_equal(names.count, 1);
	assert_true(there(2, NOW, 0));
	cache_names_clear(&names);
}

static bool seal(struct txn *txn, void *arg, struct error *err)
{
	return cache_seal(txn, arg, err);
}

static void what_is_sealed_comes_back_after_an_unlock(void **state)
{
	const struct cache_filter all = {.ended_at = -1};
	struct vault *vault = *state;
	struct session_record made = session(5, "prod", 5000);
	struct cache_names names = {.at = NULL};

	REQUIRE(store_commit(vault->store, seal, &made, err));
	session_record_clear(&made);
	vault_reopen(vault);
	REQUIRE(cache_load(cache, vault->store, NOW, err));
	assert_true(there(5, NOW, 1200));
	REQUIRE(cache_drop(cache, &all, &names, err));
	REQUIRE(cache_remove_rows(vault->store, &names, err));
	cache_names_clear(&names);
	REQUIRE(cache_load(cache, vault->store, NOW, err));
	assert_false(there(5, NOW, 0));
}

/* Seals two sessions and, in the same transaction, looks for those of one key. */
static bool seal_and_find(struct txn *txn, void *arg, struct error *err)
{
	struct session_record first = session(1, "prod", 5000), second = session(2, "dev", 5000);
	struct session_record other = session(3, "prod", 5000);
	struct cache_names *names = arg;
	bool ok;

	(void)snprintf(other.origin_kind, sizeof(other.origin_kind), "sso");
	ok = cache_seal(txn, &first, err) && cache_seal(txn, &second, err) &&
	     cache_seal(txn, &other, err) && cache_find_rows(txn, "prod", names, err) &&
	     names->count == 1 && strcmp(names->at[0], first.name) == 0 &&
	     cache_delete(txn, names, err);
	session_record_clear(&first);
	session_record_clear(&second);
	session_record_clear(&other);
	return ok;
}

static void a_keys_sessions_that_the_memory_does_not_have_are_found_and_deleted(void **state)
{
	struct vault *vault = *state;
	struct cache_names names = {.at = NULL};

	REQUIRE(store_commit(vault->store, seal_and_find, &names, err));
	cache_names_clear(&names);
	vault_reopen(vault);
	REQUIRE(cache_load(cache, vault->store, NOW, err));
	assert_false(there(1, NOW, 0));
	assert_true(there(2, NOW, 0));
	assert_true(there(3, NOW, 0));
}

static void a_full_cache_lets_go_of_what_ends_first(void **state)
{
	(void)state;
	for (int i = 0; i < CACHE_SESSIONS_MAX + 1; i++) {
		struct session_record made = session(7, "prod", 10000 - (i == 3 ? 5000 : 0));

		made.step[1] = (unsigned char)(i & 255);
		made.step[2] = (unsigned char)(i >> 8);
		session_record_name(made.step, made.name);
		take_in(cache, &made);
		session_record_clear(&made);
	}
	assert_true(there(7, NOW, 0));
	assert_int_equal(cache_until(cache, (const unsigned char[DIGEST_BYTES]){7, 3}, NOW), 0);
	assert_int_equal(cache_until(cache, (const unsigned char[DIGEST_BYTES]){7, 4}, NOW),
			 NOW + 10000);
}

#define CACHE_TEST(test_) cmocka_unit_test_setup_teardown(test_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CACHE_TEST(a_session_is_found_while_enough_of_it_is_left),
	    CACHE_TEST(a_route_needs_its_session),
	    CACHE_TEST(dropping_a_key_drops_its_sessions_and_their_routes_alone),
	    CACHE_TEST(a_renamed_key_takes_its_sessions_along_and_no_route_to_them),
	    CACHE_TEST(a_session_on_its_way_is_dropped_by_a_rename),
	    CACHE_TEST(what_has_ended_is_dropped_by_time),
	    CACHE_TEST(what_is_sealed_comes_back_after_an_unlock),
	    CACHE_TEST(a_keys_sessions_that_the_memory_does_not_have_are_found_and_deleted),
	    CACHE_TEST(a_full_cache_lets_go_of_what_ends_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
