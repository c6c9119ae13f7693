/* SPDX-License-Identifier: MIT */
#include "tests/store/verify_log.h"
#include "tests/store/fixture.h"
#include "vault/base/file.h"
#include "vault/store/change/batch.h"
#include "vault/store/change/commit.h"
#include "vault/store/store.h"

#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

enum { THREADS = 32, ROUNDS = 12 };

struct worker {
	struct vault *vault;
	pthread_t thread;
	int number;
	int failed;
	pthread_barrier_t *start;
};

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct error err;
	char text[32];

	(void)pthread_barrier_wait(worker->start);
	for (int i = 0; i < ROUNDS; i++) {
		struct change change = change_of(TABLE_KEY, "", (uint64_t)i);

		/* Every third round changes its mind after it has written. */
		(void)snprintf(change.thing.name, sizeof(change.thing.name), "%d-%d",
			       worker->number, i);
		change.then_fail = i % 3 == 2;
		if (!store_commit(worker->vault->store, put_thing, &change, &err))
			worker->failed += err.code == ERROR_DECLINED ? 1 : 1000;
		(void)snprintf(text, sizeof(text), "%d/%d", worker->number, i);
		if (!store_commit(worker->vault->store, append_text, text, &err))
			worker->failed += 1000;
	}
	return NULL;
}

static bool tick(void *arg, uint64_t seq, const struct buf *plain, struct error *err)
{
	unsigned char *seen = arg;
	int number, round;

	(void)seq;
	if (sscanf(buf_text(plain), "%d/%d", &number, &round) != 2)
		return error_set(err, ERROR_FAILED, "not what was written");
	seen[number * ROUNDS + round]++;
	return true;
}

static void what_many_threads_write_is_all_there_and_chained(void **state)
{
	struct vault *vault = *state;
	unsigned char seen[THREADS * ROUNDS] = {0};
	struct worker workers[THREADS];
	struct store_state now;
	pthread_barrier_t start;
	struct thing thing;
	char name[32];

	assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.vault = vault, .number = i, .start = &start};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		assert_int_equal(workers[i].failed, ROUNDS / 3);
	}
	(void)pthread_barrier_destroy(&start);
	vault_reopen(vault);
	REQUIRE(store_state(vault->store, &now, err));
	assert_int_equal(now.log_count, THREADS * ROUNDS);
	assert_int_equal(now.rows, THREADS * ROUNDS / 3 * 2);
	/* Fewer transactions than callers: they went in groups. */
	print_message("%d callers in %d transactions\n", THREADS * ROUNDS * 2,
		      (int)now.generation - 1);
	assert_true(now.generation - 1 < THREADS * ROUNDS * 2);
	REQUIRE(segment_each(vault->store, 1, UINT64_MAX, tick, seen, err));
	for (size_t i = 0; i < sizeof(seen); i++)
		assert_int_equal(seen[i], 1);
	for (int i = 0; i < ROUNDS; i++) {
		(void)snprintf(name, sizeof(name), "5-%d", i);
		if (i % 3 == 2)
			REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, name, &thing, err));
		else
			assert_int_equal(value_of(vault, TABLE_KEY, name), i);
	}
}

/* Two at once, made certain: the second joins the queue while the first is led. */
static void a_function_that_fails_undoes_its_own_and_spares_its_companions(void **state)
{
	struct vault *vault = *state;
	struct change good = change_of(TABLE_KEY, "good", 1), bad = change_of(TABLE_KEY, "bad", 2),
		      last = change_of(TABLE_KEY, "last", 3);
	struct error errs[3] = {ERROR_INIT, ERROR_INIT, ERROR_INIT};
	struct waiter waiters[3] = {{.fn = put_thing, .arg = &good, .err = &errs[0]},
				    {.fn = put_thing, .arg = &bad, .err = &errs[1]},
				    {.fn = put_thing, .arg = &last, .err = &errs[2]}};
	struct waiter *batch[] = {&waiters[0], &waiters[1], &waiters[2]};
	struct store_state now;
	struct thing thing;

	bad.then_fail = true;
	batch_run(vault->store, batch, 3);
	assert_true(waiters[0].ok);
	assert_false(waiters[1].ok);
	assert_int_equal(errs[1].code, ERROR_DECLINED);
	assert_true(waiters[2].ok);
	vault_reopen(vault);
	REQUIRE(store_state(vault->store, &now, err));
	assert_int_equal(now.generation, 2);
	assert_int_equal(now.rows, 2);
	assert_int_equal(value_of(vault, TABLE_KEY, "good"), 1);
	assert_int_equal(value_of(vault, TABLE_KEY, "last"), 3);
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, "bad", &thing, err));
}

/* A caller that sleeps elsewhere, and what it is told meanwhile. */
struct sleeper {
	struct vault *vault;
	struct change change;
	pthread_t thread;
	sem_t over; /* what it sleeps for */
	atomic_int slept, landed;
	bool landed_ok, ok;
	struct error err;
};

static void sleeper_wait(void *arg)
{
	struct sleeper *sleeper = arg;

	sleeper->slept++;
	while (sem_wait(&sleeper->over) != 0)
		continue;
}

static void sleeper_landed(void *arg, bool ok)
{
	struct sleeper *sleeper = arg;

	sleeper->landed_ok = ok;
	sleeper->landed++;
	(void)sem_post(&sleeper->over);
}

static void *sleeper_run(void *arg)
{
	struct sleeper *sleeper = arg;
	const struct commit_meanwhile meanwhile = {sleeper_wait, sleeper_landed, sleeper};

	sleeper->ok = store_commit_meanwhile(sleeper->vault->store, put_thing, &sleeper->change,
					     &meanwhile, &sleeper->err);
	return NULL;
}

static size_t queued(struct store *store)
{
	size_t count;

	(void)pthread_mutex_lock(&store->queue_lock);
	count = store->led ? store->queued + 1 : 0;
	(void)pthread_mutex_unlock(&store->queue_lock);
	return count;
}

/* The first is at work, the second leads the next batch, in which the others are. */
static void who_leads_no_batch_may_sleep_elsewhere_and_is_told(void **state)
{
	struct vault *vault = *state;
	struct sleeper sleepers[4];

	(void)pthread_mutex_lock(&vault->store->lock);
	for (size_t i = 0; i < 4; i++) {
		struct sleeper *sleeper = &sleepers[i];

		*sleeper = (struct sleeper){.vault = vault, .change = change_of(TABLE_KEY, "", i)};
		(void)snprintf(sleeper->change.thing.name, sizeof(sleeper->change.thing.name),
			       "s%zu", i);
		sleeper->change.then_fail = i == 3;
		(void)sem_init(&sleeper->over, 0, 0);
		assert_int_equal(pthread_create(&sleeper->thread, NULL, sleeper_run, sleeper), 0);
		/* The first is out of the queue when the next one comes. */
		while (queued(vault->store) != i + 1 || (i == 0 && vault->store->first))
			(void)sched_yield();
	}
	(void)pthread_mutex_unlock(&vault->store->lock);
	for (size_t i = 0; i < 4; i++) {
		struct sleeper *sleeper = &sleepers[i];

		assert_int_equal(pthread_join(sleeper->thread, NULL), 0);
		(void)sem_destroy(&sleeper->over);
		assert_int_equal(sleeper->ok, i != 3);
		assert_int_equal(sleeper->slept, i >= 2);
		assert_int_equal(sleeper->landed, i >= 2);
		assert_int_equal(sleeper->landed_ok, i == 2);
	}
	assert_int_equal(sleepers[3].err.code, ERROR_DECLINED);
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "s2"), 2);
}

static bool append_then_fail(struct txn *txn, void *arg, struct error *err)
{
	return append_text(txn, arg, err) && error_set(err, ERROR_DECLINED, "no");
}

static void an_entry_that_was_undone_leaves_no_gap(void **state)
{
	struct vault *vault = *state;
	char one[] = "one", no[] = "no", two[] = "two";
	struct error errs[3] = {ERROR_INIT, ERROR_INIT, ERROR_INIT};
	struct waiter waiters[3] = {{.fn = append_text, .arg = one, .err = &errs[0]},
				    {.fn = append_then_fail, .arg = no, .err = &errs[1]},
				    {.fn = append_text, .arg = two, .err = &errs[2]}};
	struct waiter *batch[] = {&waiters[0], &waiters[1], &waiters[2]};

	batch_run(vault->store, batch, 3);
	assert_true(waiters[0].ok && !waiters[1].ok && waiters[2].ok);
	REFUSED(ERROR_DECLINED, store_commit(vault->store, append_then_fail, no, err));
	append(vault, "three");
	vault_reopen(vault);
	assert_int_equal(log_count(vault), 3);
	REQUIRE(verify_log(vault->store, err));
}

static bool do_nothing(struct txn *txn, void *arg, struct error *err)
{
	(void)txn;
	(void)arg;
	(void)err;
	return true;
}

static void a_transaction_without_changes_writes_nothing(void **state)
{
	struct vault *vault = *state;
	struct store_state before, after;

	REQUIRE(store_state(vault->store, &before, err));
	REQUIRE(store_commit(vault->store, do_nothing, NULL, err));
	REQUIRE(store_state(vault->store, &after, err));
	assert_int_equal(before.generation, after.generation);
	append(vault, "one");
	REQUIRE(store_state(vault->store, &after, err));
	assert_int_equal(before.generation + 1, after.generation);
}

static bool is_writing(struct txn *txn, void *arg, struct error *err)
{
	*(int *)arg = sqlite3_txn_state(txn->store->db, "main");
	return error_set(err, ERROR_DECLINED, "only looked");
}

/* TRAP 23: a reading transaction that turns to writing meets BUSY at once, without waiting. */
static void trap_23_a_transaction_writes_from_its_beginning(void **state)
{
	struct vault *vault = *state;
	int how = -1;

	REFUSED(ERROR_DECLINED, store_commit(vault->store, is_writing, &how, err));
	assert_int_equal(how, SQLITE_TXN_WRITE);
	assert_int_equal(sqlite3_txn_state(vault->store->db, "main"), SQLITE_TXN_NONE);
}

static bool read_back(struct txn *txn, void *arg, struct error *err)
{
	struct change *change = arg;
	struct buf plain = ROW_BUF;
	bool ok = put_thing(txn, change, err) &&
		  row_read(txn, change->table, change->thing.name, NULL, &plain, err) &&
		  tlv_decode(&thing_form, plain.data, plain.len, &change->thing, err) &&
		  row_delete(txn, change->table, change->thing.name, err);

	buf_clear(&plain);
	return ok;
}

static void a_transaction_sees_what_it_has_written(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_KEY, "prod", 8);
	struct thing thing;

	put(vault, TABLE_KEY, "prod", 7);
	put(vault, TABLE_KEY, "dev", 1);
	REQUIRE(store_commit(vault->store, read_back, &change, err));
	assert_int_equal(change.thing.value, 8);
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, "prod", &thing, err));
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "dev"), 1);
}

/* Durable means: in the journal on disk when store_commit() returns; a copy of both files tells. */
static void what_was_committed_survives_without_a_close(void **state)
{
	struct vault *vault = *state;
	struct store *copy = NULL;
	char command[400], other[128];
	struct store_state now;
	struct thing thing;

	put(vault, TABLE_KEY, "prod", 7);
	append(vault, "one");
	(void)snprintf(other, sizeof(other), "%s/copy.db", vault->directory);
	for (int i = 0; i < 2; i++) {
		struct buf data = BUF_INIT(8 * 1024 * 1024);

		(void)snprintf(command, sizeof(command), "%s%s", vault->path, i ? "-wal" : "");
		REQUIRE(file_read(command, 4 * 1024 * 1024, &data, err));
		(void)snprintf(command, sizeof(command), "%s%s", other, i ? "-wal" : "");
		REQUIRE(file_replace(command, data.data, data.len, err));
		buf_clear(&data);
	}
	REQUIRE(store_open(other, &copy, err));
	REQUIRE(store_unlock(copy, &vault->keys, err));
	REQUIRE(get(copy, TABLE_KEY, "prod", &thing, err));
	assert_int_equal(thing.value, 7);
	REQUIRE(store_state(copy, &now, err));
	assert_int_equal(now.log_count, 1);
	REQUIRE(store_close(copy, err));
}

static void a_checkpoint_leaves_nothing_in_the_journal(void **state)
{
	struct vault *vault = *state;
	struct buf bytes = BUF_INIT(0);
	char wal[128];

	put(vault, TABLE_KEY, "prod", 7);
	(void)snprintf(wal, sizeof(wal), "%s-wal", vault->path);
	REQUIRE(file_read(wal, 4 * 1024 * 1024, &bytes, err));
	assert_int_not_equal(bytes.data[0], 0);
	REQUIRE(store_checkpoint(vault->store, err));
	buf_reset(&bytes);
	REQUIRE(file_read(wal, 4 * 1024 * 1024, &bytes, err));
	for (size_t i = 0; i < bytes.len; i++)
		assert_int_equal(bytes.data[i], 0);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 7);
	buf_clear(&bytes);
}

static void nonce_of(struct vault *vault, const char *sql, unsigned char out[SEAL_NONCE_BYTES])
{
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_prepare_v2(vault->store->db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	memcpy(out, sqlite3_column_blob(stmt, 0), SEAL_NONCE_BYTES);
	(void)sqlite3_finalize(stmt);
}

static void what_was_overwritten_or_deleted_is_nowhere_on_disk_after_a_checkpoint(void **state)
{
	struct vault *vault = *state;
	struct buf file = BUF_INIT(4 * 1024 * 1024);
	struct change change = change_of(TABLE_SESSION, "abc", 0);
	unsigned char overwritten[SEAL_NONCE_BYTES], deleted[SEAL_NONCE_BYTES];
	const char *suffixes[] = {"", "-wal"};
	char path[128];

	put(vault, TABLE_KEY, "prod", 7);
	put(vault, TABLE_SESSION, "abc", 7);
	nonce_of(vault, "SELECT nonce FROM rec WHERE tbl = 1", overwritten);
	nonce_of(vault, "SELECT nonce FROM rec WHERE tbl = 2", deleted);
	REQUIRE(store_checkpoint(vault->store, err));
	put(vault, TABLE_KEY, "prod", 8);
	REQUIRE(store_commit(vault->store, delete_thing, &change, err));
	REQUIRE(store_checkpoint(vault->store, err));
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", vault->path, suffixes[i]);
		buf_reset(&file);
		REQUIRE(file_read(path, 4 * 1024 * 1024 - 1, &file, err));
		if (file.len == 0)
			continue;
		assert_null(memmem(file.data, file.len, overwritten, sizeof(overwritten)));
		assert_null(memmem(file.data, file.len, deleted, sizeof(deleted)));
	}
	buf_clear(&file);
}

static void closing_nothing_is_fine(void **state)
{
	(void)state;
	REQUIRE(store_close(NULL, err));
}

int main(void)
{
#define TXN_TEST(name_) cmocka_unit_test_setup_teardown(name_, vault_setup_created, vault_teardown)
	const struct CMUnitTest tests[] = {
	    TXN_TEST(what_many_threads_write_is_all_there_and_chained),
	    TXN_TEST(a_function_that_fails_undoes_its_own_and_spares_its_companions),
	    TXN_TEST(who_leads_no_batch_may_sleep_elsewhere_and_is_told),
	    TXN_TEST(an_entry_that_was_undone_leaves_no_gap),
	    TXN_TEST(a_transaction_without_changes_writes_nothing),
	    TXN_TEST(trap_23_a_transaction_writes_from_its_beginning),
	    TXN_TEST(a_transaction_sees_what_it_has_written),
	    TXN_TEST(what_was_committed_survives_without_a_close),
	    TXN_TEST(a_checkpoint_leaves_nothing_in_the_journal),
	    TXN_TEST(what_was_overwritten_or_deleted_is_nowhere_on_disk_after_a_checkpoint),
	    TXN_TEST(closing_nothing_is_fine),
	};

	return cmocka_run_group_tests_name("txn", tests, NULL, NULL);
}
