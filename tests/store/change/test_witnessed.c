/* SPDX-License-Identifier: MIT */
#include "tests/store/marked.h"
#include "tests/store/rekeying.h"
#include "vault/base/file.h"
#include "vault/store/store.h"
#include "vault/store/change/witnessed.h"

/** A vault with its witness, and copies of both as a backup or a thief would make them. */
struct scene {
	struct vault *vault;
	char state[64];
	char copy[96];
	char mark[160];
};

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	char hex[2 * SEAL_ID_BYTES + 1];
	struct header header;

	memset(&disk, 0, sizeof(disk));
	(void)vault_setup((void **)&scene->vault);
	(void)snprintf(scene->state, sizeof(scene->state), "/tmp/credvault-state-XXXXXX");
	assert_non_null(mkdtemp(scene->state));
	(void)snprintf(scene->copy, sizeof(scene->copy), "%s/copy.db", scene->vault->directory);
	REQUIRE(header_decode(scene->vault->header.data, scene->vault->header.len, &header, err));
	text_hex(header.vault_id, SEAL_ID_BYTES, hex);
	(void)snprintf(scene->mark, sizeof(scene->mark), "%s/%s.hwm", scene->state, hex);
	REQUIRE(store_create(&(struct store_new){.path = scene->vault->path,
						 .state_directory = scene->state,
						 .header = &scene->vault->header,
						 .keys = &scene->vault->keys,
						 .now = 1700000000},
			     &scene->vault->store, err));
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	memset(&disk, 0, sizeof(disk));
	(void)vault_teardown((void **)&scene->vault);
	empty(scene->state);
	free(scene);
	return 0;
}

static void copy_file(const char *from, const char *to)
{
	struct buf bytes = BUF_INIT(16 * 1024 * 1024);

	REQUIRE(file_read(from, 16 * 1024 * 1024, &bytes, err));
	REQUIRE(file_replace(to, bytes.data, bytes.len, err));
	buf_clear(&bytes);
}

static void open_with_witness(struct scene *scene)
{
	if (scene->vault->store)
		vault_close(scene->vault);
	REQUIRE(store_open(scene->vault->path, &scene->vault->store, err));
	REQUIRE(store_set_witness(scene->vault->store, scene->state, err));
}

static void unlock_with_witness(struct scene *scene)
{
	open_with_witness(scene);
	REQUIRE(store_unlock(scene->vault->store, &scene->vault->keys, err));
}

static void unlock_is_refused(struct scene *scene, const char *words, enum witness_verdict verdict)
{
	struct witness_finding found;
	struct error said = ERROR_INIT;
	struct store_state now;

	open_with_witness(scene);
	assert_false(store_unlock(scene->vault->store, &scene->vault->keys, &said));
	assert_int_equal(said.code, ERROR_TAMPERED);
	assert_non_null(strstr(said.message, words));
	assert_true(store_finding(scene->vault->store, &found));
	assert_int_equal(found.verdict, verdict);
	/* Nothing was opened. */
	REFUSED(ERROR_LOCKED, store_state(scene->vault->store, &now, err));
	assert_false(store_has_record_keys(scene->vault->store));
	vault_close(scene->vault);
}

static const unsigned char *now_at(struct scene *scene, int slot)
{
	static unsigned char bytes[WITNESS_FILE_BYTES];

	load(scene->mark, bytes, sizeof(bytes));
	return bytes + (ptrdiff_t)slot * WITNESS_SLOT_STRIDE;
}

static uint64_t generation(struct scene *scene)
{
	struct store_state now;

	REQUIRE(store_state(scene->vault->store, &now, err));
	return now.generation;
}

static enum witness_verdict verdict(struct scene *scene)
{
	struct witness_finding found;

	assert_true(store_finding(scene->vault->store, &found));
	return found.verdict;
}

static void a_new_vault_has_its_mark_before_its_name(void **state)
{
	struct scene *scene = *state;
	struct stat st;

	assert_int_equal(verdict(scene), WITNESS_AGREES);
	assert_int_equal(stat(scene->mark, &st), 0);
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_AGREES);
}

static void a_new_vault_without_room_for_its_mark_is_not_made(void **state)
{
	struct scene *scene = *state;
	struct store *store;
	struct stat st;

	vault_close(scene->vault);
	assert_int_equal(unlink(scene->vault->path), 0);
	assert_int_equal(unlink(scene->mark), 0);
	disk.fail = ENOSPC;
	REFUSED(ERROR_IO, store_create(&(struct store_new){.path = scene->vault->path,
							   .state_directory = scene->state,
							   .header = &scene->vault->header,
							   .keys = &scene->vault->keys,
							   .now = 1700000000},
				       &store, err));
	assert_null(store);
	assert_int_equal(stat(scene->vault->path, &st), -1);
	assert_int_equal(stat(scene->mark, &st), -1);
	disk.fail = 0;
	REQUIRE(store_create(&(struct store_new){.path = scene->vault->path,
						 .state_directory = scene->state,
						 .header = &scene->vault->header,
						 .keys = &scene->vault->keys,
						 .now = 1700000000},
			     &scene->vault->store, err));
}

static void take_the_name(void *arg)
{
	struct scene *scene = arg;
	int fd = open(scene->vault->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	disk.before_write = NULL;
	assert_true(fd >= 0);
	(void)close(fd);
}

static void a_new_vault_whose_name_was_taken_leaves_no_mark(void **state)
{
	struct scene *scene = *state;
	struct store *store;

	vault_close(scene->vault);
	assert_int_equal(unlink(scene->vault->path), 0);
	assert_int_equal(unlink(scene->mark), 0);
	disk.before_write = take_the_name;
	disk.arg = scene;
	REFUSED(ERROR_EXISTS, store_create(&(struct store_new){.path = scene->vault->path,
							       .state_directory = scene->state,
							       .header = &scene->vault->header,
							       .keys = &scene->vault->keys,
							       .now = 1700000000},
					   &store, err));
	assert_null(store);
	/* Neither mark nor pin is left. */
	assert_int_equal(rmdir(scene->state), 0);
	assert_int_equal(mkdir(scene->state, 0700), 0);
}

static void commits_and_the_end_are_marked(void **state)
{
	struct scene *scene = *state;

	put(scene->vault, TABLE_KEY, "prod", 1);
	for (int i = 0; i < 20; i++)
		append(scene->vault, "entry");
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_AGREES);
	assert_int_equal(value_of(scene->vault, TABLE_KEY, "prod"), 1);
}

static void keys_are_marked_before_the_answer_and_the_log_in_good_time(void **state)
{
	struct scene *scene = *state;
	int written;

	append(scene->vault, "the first of this second");
	written = disk.writes;
	for (uint64_t i = 0; i < 5; i++) {
		put(scene->vault, TABLE_KEY, "prod", i);
		assert_int_equal(disk.writes, ++written);
	}
	put(scene->vault, TABLE_SETTINGS, "settings", 1);
	assert_int_equal(disk.writes, ++written);
	for (int i = 0; i < 50; i++) {
		append(scene->vault, "entry");
		put(scene->vault, TABLE_SESSION, "session", 1);
	}
	/* Fifty commits take well under the many seconds this would need. */
	assert_in_range(disk.writes - written, 0, 25);
	written = disk.writes;
	append(scene->vault, "last");
	REQUIRE(store_mark(scene->vault->store, err));
	assert_int_equal(disk.syncs_after_write, 1);
	REQUIRE(store_mark(scene->vault->store, err));
	assert_in_range(disk.writes - written, 1, 2);
}

/* What lies on the disk at the moment a mark is written. */
static void copy_now(void *arg)
{
	struct scene *scene = arg;
	char from[128], to[128];

	disk.before_write = NULL;
	copy_file(scene->vault->path, scene->copy);
	(void)snprintf(from, sizeof(from), "%s-wal", scene->vault->path);
	(void)snprintf(to, sizeof(to), "%s-wal", scene->copy);
	copy_file(from, to);
}

static void keep_torn(void *arg)
{
	struct scene *scene = arg;
	char torn[128];

	disk.after_tear = NULL;
	(void)snprintf(torn, sizeof(torn), "%s/torn", scene->state);
	copy_file(scene->mark, torn);
}

/* The process is killed when it has written 300 bytes of the mark of what `act` commits. */
static void crash_before_the_mark(struct scene *scene, void (*act)(struct vault *))
{
	char from[128], to[128], torn[128];

	disk.before_write = copy_now;
	disk.after_tear = keep_torn;
	disk.arg = scene;
	disk.tear_write = 1;
	disk.tear_at = 300;
	act(scene->vault);
	assert_null(disk.before_write);
	/* What it wrote after that moment is taken back. */
	(void)snprintf(torn, sizeof(torn), "%s/torn", scene->state);
	vault_close(scene->vault);
	assert_int_equal(rename(torn, scene->mark), 0);
	assert_int_equal(rename(scene->copy, scene->vault->path), 0);
	(void)snprintf(from, sizeof(from), "%s-wal", scene->copy);
	(void)snprintf(to, sizeof(to), "%s-wal", scene->vault->path);
	assert_int_equal(rename(from, to), 0);
}

/* As rekey(), whose answer nobody waits for. */
static void rekey_unheard(struct vault *vault)
{
	struct fresh fresh = fresh_of(vault);
	struct error ignored;
	bool changed = false;

	(void)!store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, &ignored);
	assert_true(changed);
	adopt(vault, &fresh);
}

static void put_two(struct vault *vault)
{
	put(vault, TABLE_KEY, "prod", 2);
}

/* TRAP 13 */
static void trap_13_a_crash_between_commit_and_mark_is_no_rollback(void **state)
{
	struct scene *scene = *state;
	int written;

	put(scene->vault, TABLE_KEY, "prod", 1);
	crash_before_the_mark(scene, put_two);
	written = disk.writes;
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_LAGS);
	assert_int_equal(disk.writes, written + 1);
	assert_int_equal(value_of(scene->vault, TABLE_KEY, "prod"), 2);
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_AGREES);
}

static void each_manifest_seals_the_digest_of_the_mark_before_it(void **state)
{
	struct scene *scene = *state;
	unsigned char bytes[WITNESS_FILE_BYTES];
	const unsigned char *sealed = scene->vault->store->state.manifest.mark_digest;
	int found;

	for (uint64_t i = 0; i < 3; i++) {
		load(scene->mark, bytes, sizeof(bytes));
		put(scene->vault, TABLE_KEY, "prod", i);
		found = -1;
		for (int slot = 0; slot < MARK_SLOTS; slot++) {
			if (memcmp(bytes + slot * WITNESS_SLOT_STRIDE + MARK_DIGEST_AT, sealed,
				   SEAL_DIGEST_BYTES) == 0)
				found = slot;
		}
		assert_int_not_equal(found, -1);
		/* That slot stands still, the other one was written. */
		assert_int_equal(
		    memcmp(bytes + found * WITNESS_SLOT_STRIDE, now_at(scene, found), MARK_BYTES),
		    0);
		assert_int_not_equal(memcmp(bytes + (1 - found) * WITNESS_SLOT_STRIDE,
					    now_at(scene, 1 - found), MARK_BYTES),
				     0);
	}
}

/* TRAP 13 */
static void trap_13_a_crash_between_a_re_key_and_its_mark_is_no_rollback(void **state)
{
	struct scene *scene = *state;

	fill(scene->vault);
	crash_before_the_mark(scene, rekey_unheard);
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_RECOVERED);
	assert_filled(scene->vault);
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_AGREES);
}

static void a_re_key_is_marked_in_both_slots_and_voids_every_older_copy(void **state)
{
	struct scene *scene = *state;
	struct vault *vault = scene->vault;
	struct keys old_keys = {0};
	int written;

	fill(vault);
	vault_close(vault);
	copy_file(vault->path, scene->copy);
	unlock_with_witness(scene);
	REQUIRE(keys_derive(&vault->key, &old_keys, err));
	written = disk.writes;
	rekey(vault);
	assert_int_equal(disk.writes, written + MARK_SLOTS);
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_AGREES);
	assert_filled(vault);
	vault_close(vault);
	/* Whoever still knows the old passphrase, with the file from before. */
	copy_file(scene->copy, vault->path);
	keys_move(&vault->keys, &old_keys);
	unlock_is_refused(scene, "another vault lies in the place of", WITNESS_SUBSTITUTED);
}

static void a_new_slot_is_marked_before_the_answer(void **state)
{
	struct scene *scene = *state;
	struct buf header = with_one_slot_more(scene->vault);
	int written = disk.writes;
	bool changed;

	REQUIRE(store_set_header(scene->vault->store, &header, NULL, &changed, err));
	assert_int_equal(disk.writes, written + 1);
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_AGREES);
	buf_clear(&header);
}

static void a_re_key_that_cannot_be_marked_is_in_force_and_says_so(void **state)
{
	struct scene *scene = *state;
	struct fresh fresh;
	bool changed = false;

	fill(scene->vault);
	fresh = fresh_of(scene->vault);
	disk.fail = ENOSPC;
	REFUSED(ERROR_IO,
		store_rekey(scene->vault->store, &fresh.header, &fresh.keys, NULL, &changed, err));
	assert_true(changed);
	disk.fail = 0;
	adopt(scene->vault, &fresh);
	REQUIRE(store_mark(scene->vault->store, err));
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_AGREES);
	assert_filled(scene->vault);
}

static void a_restored_backup_is_refused(void **state)
{
	struct scene *scene = *state;

	put(scene->vault, TABLE_KEY, "prod", 1);
	vault_close(scene->vault);
	copy_file(scene->vault->path, scene->copy);
	unlock_with_witness(scene);
	put(scene->vault, TABLE_KEY, "prod", 2);
	vault_close(scene->vault);
	copy_file(scene->copy, scene->vault->path);
	unlock_is_refused(scene, "is older than the one this machine used last", WITNESS_AHEAD);
	/* Refusing it changes nothing: it is refused again. */
	unlock_is_refused(scene, "is older than the one this machine used last", WITNESS_AHEAD);
}

static void a_copy_that_went_its_own_way_is_refused(void **state)
{
	struct scene *scene = *state;

	vault_close(scene->vault);
	copy_file(scene->vault->path, scene->copy);
	unlock_with_witness(scene);
	put(scene->vault, TABLE_KEY, "prod", 1);
	vault_close(scene->vault);
	copy_file(scene->copy, scene->vault->path);
	vault_reopen(scene->vault);
	put(scene->vault, TABLE_KEY, "prod", 2);
	vault_close(scene->vault);
	unlock_is_refused(scene, "is not the one this machine used last", WITNESS_DIVERGED);
}

static void a_vault_without_its_mark_is_refused(void **state)
{
	struct scene *scene = *state;

	vault_close(scene->vault);
	assert_int_equal(unlink(scene->mark), 0);
	unlock_is_refused(scene, "this machine has no mark", WITNESS_ABSENT);
}

/* TRAP 4 */
static void trap_4_another_whole_vault_in_the_path_is_refused(void **state)
{
	struct scene *scene = *state;
	struct vault *vault = scene->vault;

	vault_close(vault);
	assert_int_equal(unlink(vault->path), 0);
	keys_clear(&vault->keys);
	buf_clear(&vault->header);
	make_keys(&vault->key, &vault->keys, &vault->header);
	REQUIRE(store_create(&(struct store_new){.path = vault->path,
						 .header = &vault->header,
						 .keys = &vault->keys,
						 .now = 1700000000},
			     &vault->store, err));
	unlock_is_refused(scene, "another vault lies in the place of", WITNESS_SUBSTITUTED);
	/* Without a witness nobody would have known. */
	vault_reopen(vault);
}

static void an_accepted_copy_goes_on_above_the_last_generation(void **state)
{
	struct scene *scene = *state;
	uint64_t last;

	put(scene->vault, TABLE_KEY, "prod", 1);
	vault_close(scene->vault);
	copy_file(scene->vault->path, scene->copy);
	unlock_with_witness(scene);
	for (uint64_t i = 2; i < 9; i++)
		put(scene->vault, TABLE_KEY, "prod", i);
	last = generation(scene);
	vault_close(scene->vault);
	copy_file(scene->copy, scene->vault->path);
	/* Given up before it is on record: as if it had not been tried. */
	open_with_witness(scene);
	REQUIRE(store_unlock_accepting(scene->vault->store, &scene->vault->keys, err));
	assert_true(generation(scene) < last);
	REQUIRE(store_mark(scene->vault->store, err));
	unlock_is_refused(scene, "is older", WITNESS_AHEAD);
	open_with_witness(scene);
	REQUIRE(store_unlock_accepting(scene->vault->store, &scene->vault->keys, err));
	append(scene->vault, "an older copy was accepted");
	assert_int_equal(generation(scene), last + 1);
	append(scene->vault, "and life goes on");
	assert_int_equal(generation(scene), last + 2);
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_AGREES);
	assert_int_equal(value_of(scene->vault, TABLE_KEY, "prod"), 1);
	/* What was the newest before is now the older one. */
	vault_close(scene->vault);
	copy_file(scene->copy, scene->vault->path);
	unlock_is_refused(scene, "is older", WITNESS_AHEAD);
}

static void a_vault_on_a_new_machine_is_accepted_once(void **state)
{
	struct scene *scene = *state;
	uint64_t before;

	before = generation(scene);
	vault_close(scene->vault);
	assert_int_equal(unlink(scene->mark), 0);
	open_with_witness(scene);
	REQUIRE(store_unlock_accepting(scene->vault->store, &scene->vault->keys, err));
	append(scene->vault, "accepted");
	assert_int_equal(generation(scene), before + 1);
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_AGREES);
}

static void what_was_changed_is_not_accepted_even_when_a_rollback_is(void **state)
{
	struct scene *scene = *state;

	put(scene->vault, TABLE_KEY, "prod", 1);
	vault_close(scene->vault);
	edit(scene->vault, "UPDATE rec SET ver = ver + 1");
	open_with_witness(scene);
	REFUSED(ERROR_TAMPERED,
		store_unlock_accepting(scene->vault->store, &scene->vault->keys, err));
}

static void a_full_disk_beside_the_vault_stops_no_commit_and_is_told_when_asked(void **state)
{
	struct scene *scene = *state;
	struct error said = ERROR_INIT;
	struct store *store;

	disk.fail = ENOSPC;
	put(scene->vault, TABLE_KEY, "prod", 1);
	REFUSED(ERROR_IO, store_mark(scene->vault->store, err));
	disk.fail = 0;
	REQUIRE(store_mark(scene->vault->store, err));
	disk.fail = ENOSPC;
	put(scene->vault, TABLE_KEY, "prod", 2);
	store = scene->vault->store;
	scene->vault->store = NULL;
	assert_false(store_close(store, &said));
	assert_int_equal(said.code, ERROR_IO);
	assert_non_null(strstr(said.message, "mark"));
	disk.fail = 0;
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_LAGS);
	assert_int_equal(value_of(scene->vault, TABLE_KEY, "prod"), 2);
}

static void an_idle_vault_is_unlocked_again_without_asking_the_witness(void **state)
{
	struct scene *scene = *state;

	store_drop_record_keys(scene->vault->store);
	append(scene->vault, "while idle");
	assert_int_equal(unlink(scene->mark), 0);
	REQUIRE(store_unlock(scene->vault->store, &scene->vault->keys, err));
	put(scene->vault, TABLE_KEY, "prod", 1);
	unlock_with_witness(scene);
	assert_int_equal(verdict(scene), WITNESS_AGREES);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_new_vault_has_its_mark_before_its_name),
	    TEST(a_new_vault_without_room_for_its_mark_is_not_made),
	    TEST(a_new_vault_whose_name_was_taken_leaves_no_mark),
	    TEST(commits_and_the_end_are_marked),
	    TEST(keys_are_marked_before_the_answer_and_the_log_in_good_time),
	    TEST(trap_13_a_crash_between_commit_and_mark_is_no_rollback),
	    TEST(each_manifest_seals_the_digest_of_the_mark_before_it),
	    TEST(trap_13_a_crash_between_a_re_key_and_its_mark_is_no_rollback),
	    TEST(a_re_key_is_marked_in_both_slots_and_voids_every_older_copy),
	    TEST(a_new_slot_is_marked_before_the_answer),
	    TEST(a_re_key_that_cannot_be_marked_is_in_force_and_says_so),
	    TEST(a_restored_backup_is_refused),
	    TEST(a_copy_that_went_its_own_way_is_refused),
	    TEST(a_vault_without_its_mark_is_refused),
	    TEST(trap_4_another_whole_vault_in_the_path_is_refused),
	    TEST(an_accepted_copy_goes_on_above_the_last_generation),
	    TEST(a_vault_on_a_new_machine_is_accepted_once),
	    TEST(what_was_changed_is_not_accepted_even_when_a_rollback_is),
	    TEST(a_full_disk_beside_the_vault_stops_no_commit_and_is_told_when_asked),
	    TEST(an_idle_vault_is_unlocked_again_without_asking_the_witness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
