/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_ROTATE_RIG_H
#define CV_TESTS_ROTATE_RIG_H

#include "tests/rotate/model.h"
#include "tests/store/disk.h"

#include "vault/audit/entry.h"
#include "vault/base/file.h"
#include "vault/rotate/preflight.h"
#include "vault/rotate/steps.h"
#include "vault/seal/access_key.h"

#include <sys/mman.h>
#include <sys/wait.h>

/**
 * A vault with a key under two names, and runs of a rotation in processes of their own, which may be killed
 * at any of the model's calls or at any write and flush of the disk. What outlives them is shared memory.
 */

enum rig_disk { DISK_FINE, DISK_KILLED, DISK_FULL, DISK_BROKEN };

struct rig_run {
	const char *act; /**< "rotate" as default: finish, or begin where nothing was rotated yet */
	enum rotation_retire retire;
	int64_t idle_s;
	bool steps_only_one; /**< one steps_next() and no more */
	enum rig_disk disk;
	int disk_at; /**< the write or flush it begins at, from 1, after the preflight */
};

struct rig {
	struct model model;
	char directory[64], path[80];
	unsigned char vault_key[SEAL_KEY_BYTES];
	char delete_key[64]; /**< what the next run names; taken from the last one's hint */
	/* What the last run came to. */
	bool died, ok, over, resumed;
	enum error_code code;
	char message[512], hint[256];
	uint64_t step;
	int disk_events;
	char problem[512]; /**< the check's */
};

static struct rig *rig;

static struct rig_run rig_doing;

static UNUSED void rig_disk_event(char what)
{
	(void)what;
	rig->disk_events++;
	if (!rig_doing.disk_at || rig->disk_events < rig_doing.disk_at)
		return;
	if (rig_doing.disk == DISK_KILLED)
		_exit(MODEL_DIED);
	/* From here on every write fails. */
	disk.fail_write = 1;
	disk.error = rig_doing.disk == DISK_FULL ? ENOSPC : EIO;
	if (rig_doing.disk == DISK_BROKEN)
		disk.fail_sync = 1;
}

static struct skew *rig_skew(void *ctx, const char *url)
{
	static struct skew skew;

	(void)ctx;
	(void)url;
	return &skew;
}

static const struct clock *rig_clock(void)
{
	static struct clock clock;

	clock = (struct clock){.now_ns = model_clock, .sleep_ms = model_sleep, .ctx = &rig->model};
	return &clock;
}

static struct audit_entry rig_entry(void *ctx)
{
	(void)ctx;
	return audit_entry_at(AUDIT_OP_ROTATE, rig_clock());
}

static UNUSED bool rig_put_key(struct txn *txn, void *arg, struct error *err)
{
	static const char *const names[] = {"prod", "also"};
	const struct model_key *made = arg;
	struct access_key key;
	struct buf plain = ROW_BUF;
	bool ok = true;

	for (int i = 0; ok && i < 2; i++) {
		access_key_init(&key);
		(void)snprintf(key.name, sizeof(key.name), "%s", names[i]);
		(void)snprintf(key.access_key_id, sizeof(key.access_key_id), "%s", made->id);
		buf_reset(&plain);
		ok = secret_set(&key.secret, made->secret, strlen(made->secret), err) &&
		     access_key_encode(&key, &plain, err) &&
		     row_put(txn, TABLE_KEY, names[i], &plain, NULL, err);
		access_key_clear(&key);
	}
	buf_clear(&plain);
	return ok;
}

/* In a child: the vault as a fresh process opens it. */
static struct store *rig_open(void)
{
	struct secret key = SECRET_EMPTY;
	struct keys keys = {0};
	struct store *store = NULL;

	json_open();
	MUST(secret_open(true, err));
	MUST(secret_set(&key, rig->vault_key, sizeof(rig->vault_key), err));
	MUST(keys_derive(&key, &keys, err));
	MUST(store_open(rig->path, &store, err));
	MUST(store_unlock(store, &keys, err));
	keys_clear(&keys);
	secret_clear(&key);
	return store;
}

static bool rig_act(struct rotate *rotate, struct error *err)
{
	enum steps_verdict verdict = STEPS_MORE;
	const char *act = rig_doing.act ? rig_doing.act : "rotate";
	bool rotated = strcmp(rotate->key.access_key_id, rig->model.keys[0].id) != 0;

	if (strcmp(act, "undo") == 0 && !steps_undo(rotate, err))
		return false;
	if (strcmp(act, "abort") == 0 && !steps_abort(rotate, err))
		return false;
	if (rotate->over || (!rotate->row.step && rotated))
		return true;
	if (!rotate->row.step &&
	    !(preflight_look(rotate, err) && preflight_judge(rotate, err) &&
	      (disk.before = rig_disk_event, true) && steps_intend(rotate, err)))
		return false;
	disk.before = rig_disk_event;
	if (rig_doing.steps_only_one)
		return steps_next(rotate, &verdict, err);
	return steps_run(rotate, &verdict, err);
}

static void rig_run_in_child(void)
{
	struct store *store = rig_open();
	struct http http = {.send = model_send, .ctx = &rig->model};
	const struct rotate_seams seams = {.store = store,
					   .http = &http,
					   .clock = rig_clock(),
					   .skew = rig_skew,
					   .entry = rig_entry};
	const struct rotate_order order = {
	    .name = "prod",
	    .retire = rig_doing.retire ? rig_doing.retire : ROTATION_DEACTIVATE,
	    .idle_s = rig_doing.idle_s,
	    .grace_s = ROTATION_GRACE_S,
	    .delete_key = rig->delete_key[0] ? rig->delete_key : NULL};
	struct error err = ERROR_INIT, ignored;
	struct rotate rotate;

	disk_hook();
	rig->ok = rotate_open(&rotate, &seams, &order, &err) && rig_act(&rotate, &err);
	disk.before = NULL;
	memset(&disk, 0, sizeof(disk));
	rig->code = err.code;
	(void)snprintf(rig->message, sizeof(rig->message), "%s", err.message);
	(void)snprintf(rig->hint, sizeof(rig->hint), "%s", err.hint);
	rig->step = rotate.row.step;
	rig->over = rotate.over;
	rig->resumed = rotate.resumed;
	rotate_clear(&rotate);
	(void)store_close(store, &ignored);
}

/* Runs fn in a process of its own; how it ended is in rig->died. */
static void rig_fork(void (*fn)(void))
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rig->died = WIFEXITED(status) && WEXITSTATUS(status) == MODEL_DIED;
	if (!rig->died && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		fail_msg("the run crashed: %d", status);
}

/** One run, with the model's and the disk's faults as they are set. */
static UNUSED void rig_rotate(struct rig_run run)
{
	char *id;

	rig_doing = run;
	rig->model.calls = 0;
	rig->disk_events = 0;
	rig->ok = rig->over = false;
	rig->hint[0] = rig->message[0] = '\0';
	rig_fork(rig_run_in_child);
	rig->delete_key[0] = '\0';
	id = strstr(rig->hint, "--delete-key ");
	if (id)
		(void)snprintf(rig->delete_key, sizeof(rig->delete_key), "%s", id + 13);
}

static void rig_create(void)
{
	struct secret key = SECRET_EMPTY;
	struct keys keys;
	struct buf header;
	struct store *store;

	json_open();
	MUST(secret_open(true, err));
	make_keys(&key, &keys, &header);
	memcpy(rig->vault_key, key.data, sizeof(rig->vault_key));
	MUST(store_create(rig->path, &header, &keys, MODEL_NOW, &store, err));
	MUST(store_commit(store, rig_put_key, &rig->model.keys[0], err));
	MUST(store_close(store, err));
	buf_clear(&header);
	keys_clear(&keys);
	secret_clear(&key);
}

/** Everything as new: a vault with the model's one key, as `prod` and `also`. */
static UNUSED int rig_setup(void **state)
{
	(void)state;
	rig = mmap(NULL, sizeof(*rig), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(rig != MAP_FAILED);
	rig->model.now_ms = (int64_t)MODEL_NOW * 1000;
	(void)model_add(&rig->model);
	(void)snprintf(rig->directory, sizeof(rig->directory), "/tmp/credvault-test-XXXXXX");
	assert_non_null(mkdtemp(rig->directory));
	(void)snprintf(rig->path, sizeof(rig->path), "%s/vault.db", rig->directory);
	rig_fork(rig_create);
	return 0;
}

static UNUSED int rig_teardown(void **state)
{
	struct dirent *entry;
	char path[400];
	DIR *dir = opendir(rig->directory);

	(void)state;
	while (dir && (entry = readdir(dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s", rig->directory, entry->d_name);
		if (entry->d_name[0] != '.')
			(void)unlink(path);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(rig->directory);
	(void)munmap(rig, sizeof(*rig));
	return 0;
}

/* --- what must be true ---------------------------------------------------------------------------- */

#define PROBLEM(...) (void)snprintf(rig->problem, sizeof(rig->problem), __VA_ARGS__)

static void rig_check_key(struct store *store, const char *name, char id[static 32])
{
	struct buf plain = ROW_BUF;
	struct access_key key;
	const struct model_key *there;

	access_key_init(&key);
	MUST(row_get(store, TABLE_KEY, name, NULL, &plain, err));
	MUST(access_key_decode(plain.data, plain.len, &key, err));
	there = model_key(&rig->model, key.access_key_id);
	(void)snprintf(id, 32, "%.31s", key.access_key_id);
	if (!there || !there->active)
		PROBLEM("%s has %s, which does not work", name, id);
	else if (key.secret.len != strlen(there->secret) ||
		 memcmp(key.secret.data, there->secret, key.secret.len) != 0)
		PROBLEM("%s has the wrong secret for %s", name, id);
	access_key_clear(&key);
	buf_clear(&plain);
}

static bool rig_count_row(void *arg, const struct rotation *rotation, struct error *err)
{
	(void)rotation;
	(void)err;
	(*(int *)arg)++;
	return true;
}

/* Files beside the vault: no secret in clear, and none of a rotation that is over. */
static void rig_check_files(int rows)
{
	struct dirent *entry;
	char path[400];
	DIR *dir = opendir(rig->directory);

	while (dir && (entry = readdir(dir))) {
		struct buf data = BUF_INIT(0);
		struct error err;

		(void)snprintf(path, sizeof(path), "%s/%s", rig->directory, entry->d_name);
		if (entry->d_name[0] == '.' || !file_read(path, 8 << 20, &data, &err))
			continue;
		for (int i = 0; i < rig->model.made; i++) {
			if (memmem(data.data, data.len, rig->model.keys[i].secret, 32))
				PROBLEM("a secret stands in %s", entry->d_name);
		}
		if (rows == 0 && strstr(entry->d_name, ".new-"))
			PROBLEM("%s is left", entry->d_name);
		buf_clear(&data);
	}
	if (dir)
		(void)closedir(dir);
}

static void rig_check_in_child(void)
{
	struct store *store = rig_open();
	char prod[32], also[32];
	int rows = 0;

	rig->problem[0] = '\0';
	rig_check_key(store, "prod", prod);
	rig_check_key(store, "also", also);
	if (strcmp(prod, also) != 0)
		PROBLEM("the two names went apart");
	MUST(journal_each(store, rig_count_row, &rows, err));
	rig_check_files(rows);
	MUST(store_close(store, err));
}

/** The vault opens, both names hold one key, and it works. At any moment, whatever happened. */
static UNUSED void rig_check(void)
{
	rig_fork(rig_check_in_child);
}

#endif
