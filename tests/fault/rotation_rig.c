/* SPDX-License-Identifier: MIT */
#include "tests/fault/rotation_rig.h"

#include "tests/store/verify_log.h"
#include "tests/fault/world.h"
#include "tests/support/quiet_seams.h"

#include "vault/audit/entry.h"
#include "vault/aws/pace.h"
#include "vault/base/file.h"
#include "vault/format/json.h"
#include "vault/rotate/preflight.h"
#include "vault/rotate/steps.h"
#include "vault/seal/record/access_key.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"
#include "vault/store/log/segment.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEED_RUNS = 3000, FILE_MAX = 8 << 20 };

struct rig *rig;
void (*rig_called)(void);

static struct world world;
static struct rig_moment fresh;
static const struct rig_run *doing;
static struct paces *paces; /* of one run */

void rig_problem(const char *fmt, ...)
{
	va_list args;

	if (rig->problem[0])
		return;
	va_start(args, fmt);
	(void)vsnprintf(rig->problem, sizeof(rig->problem), fmt, args);
	va_end(args);
}

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* --- the vault -------------------------------------------------------------------------------- */

static bool put_key(struct txn *txn, void *arg, struct error *err)
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
		if (rig->out.model.mfa_demanded)
			(void)snprintf(key.mfa_serial, sizeof(key.mfa_serial), "%s",
				       MODEL_MFA_SERIAL);
		buf_reset(&plain);
		ok = secret_set(&key.secret, made->secret, strlen(made->secret), err) &&
		     access_key_encode(&key, &plain, err) &&
		     row_put(txn, TABLE_KEY, names[i], &plain, NULL, err);
		access_key_clear(&key);
	}
	buf_clear(&plain);
	return ok;
}

static bool open_vault(struct store **store, struct error *err)
{
	return store_open_waiting(world.path, 0, store, err) &&
	       store_unlock(*store, &world.keys, err);
}

void rig_start(void)
{
	struct error err = ERROR_INIT;

	rig = mmap(NULL, sizeof(*rig), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rig == MAP_FAILED)
		abort();
	json_open();
	world_start(&world, 1);
	disk_watch(world.directory);
	rig->out.model.now_ms = (int64_t)MODEL_NOW * 1000;
	world_create(&world);
	if (!store_commit(world.store, put_key, model_add(&rig->out.model, OWNER_OURS), &err))
		world_fail("the key", &err);
	world_close(&world);
	rig_save(&fresh);
}

void rig_demand_mfa(void)
{
	struct error err = ERROR_INIT;

	rig->out.model.mfa_demanded = true;
	world_open(&world);
	if (!store_commit(world.store, put_key, &rig->out.model.keys[0], &err))
		world_fail("the key", &err);
	world_close(&world);
}

void rig_end(void)
{
	rig_moment_clear(&fresh);
	world_end(&world);
	(void)munmap(rig, sizeof(*rig));
	rig = NULL;
}

const char *rig_directory(void)
{
	return world.directory;
}

void rig_save(struct rig_moment *moment)
{
	moment->out = rig->out;
	files_read(world.directory, &moment->files);
}

void rig_restore(const struct rig_moment *moment)
{
	rig->out = moment->out;
	files_write(world.directory, &moment->files);
}

void rig_moment_clear(struct rig_moment *moment)
{
	files_clear(&moment->files);
}

void rig_reset(void)
{
	rig_restore(&fresh);
	rig->problem[0] = '\0';
	rig->struck = NULL;
	rig->at = "open";
	rig_begin();
}

/* --- the seams -------------------------------------------------------------------------------- */

static struct pace *seam_pace(void *ctx, const char *host)
{
	(void)ctx;
	return paces_of(paces, host);
}

static struct audit_entry seam_entry(void *ctx)
{
	struct clock clock = model_clock(&rig->out.model);

	(void)ctx;
	return audit_entry_at(AUDIT_OP_ROTATE, &clock);
}

static bool seam_session(void *ctx, const struct access_key *key, struct credentials *out,
			 struct error *err)
{
	const char *id = model_session(&rig->out.model, key->access_key_id);

	(void)ctx;
	if (!id)
		return error_set(err, ERROR_AWS_UNREACHABLE, "there is no session");
	credentials_clear(out);
	(void)snprintf(out->access_key_id, sizeof(out->access_key_id), "%s", id);
	return secret_set(&out->secret_access_key, "notASecretOfAnyKey", 18, err) &&
	       buf_append(&out->session_token, "token", 5, err);
}

static bool seam_hook(void *ctx, const struct rotate *rotate, const char *command,
		      const struct access_key *key, struct error *err)
{
	const struct model_key *made = model_key(&rig->out.model, key->access_key_id);

	(void)ctx;
	(void)rotate;
	if (!made || key->secret.len != strlen(made->secret) ||
	    memcmp(key->secret.data, made->secret, key->secret.len) != 0)
		rig_problem("a hook was given a key that is none");
	return model_hook(&rig->out.model, command[0] - '0', key->access_key_id) ||
	       error_set(err, ERROR_FAILED, "a hook did not take the new key");
}

static bool seam_retired(void *ctx, const struct rotation_record *rotation, struct error *err)
{
	const char *id = rotation->step == ROTATION_RESTORED ? rotation->new_access_key_id
							     : rotation->name;
	const struct model_key *key = model_key(&rig->out.model, id);

	(void)ctx;
	(void)err;
	if (key && key->active)
		rig_problem("the sessions of %s are dropped, and it is on", id);
	return true;
}

static bool seam_erase(void *ctx, struct error *err)
{
	return store_checkpoint(ctx, err);
}

static const char *step_word(const struct rotation_record *row)
{
	if (row->step == ROTATION_PROVED && !row->hooks[0])
		return "promote";
	return rotation_record_step_name(row->step);
}

static void now_at(const char *step)
{
	rig->at = step;
	if (rig_called)
		rig_called();
}

static void seam_on_step(void *ctx, const struct rotate *rotate)
{
	(void)ctx;
	now_at(step_word(&rotate->row));
}

static void note_strike(void)
{
	if (!rig->struck)
		rig->struck = rig->at;
}

/* --- a run ------------------------------------------------------------------------------------ */

static bool begin(struct rotate *rotate, struct error *err)
{
	now_at("preflight");
	if (!preflight_look(rotate, err) || !preflight_judge(rotate, err))
		return false;
	now_at("intend");
	return steps_intend(rotate, err);
}

/* The last rotation's old key is in the way of this one. */
static bool make_room(struct rotate *rotate, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	const struct rotate_order order = rotate->order;

	now_at("preflight");
	if (!preflight_look(rotate, err) || !steps_delete_now(rotate, err))
		return false;
	rotate_clear(rotate);
	return rotate_open(rotate, seams, &order, err);
}

static bool take_back(struct rotate *rotate, struct error *err)
{
	uint64_t step = rotate->row.step;
	bool abort = doing->act == RIG_ABORT ||
		     (doing->act == RIG_BACK &&
		      (step <= ROTATION_DISTRIBUTED || step == ROTATION_ABORTING));

	now_at(abort ? "abort" : "undo");
	return abort ? steps_abort(rotate, err) : steps_undo(rotate, err);
}

static bool act(struct rotate *rotate, struct error *err)
{
	enum steps_verdict verdict = STEPS_MORE;
	bool rotated = strcmp(rotate->key.access_key_id, rig->out.begun) != 0;

	if (doing->act == RIG_ROTATE) {
		if (rotate->row.step == ROTATION_OFF && !rotated && !make_room(rotate, err))
			return false;
		if (!rotate->row.step && rotated)
			return true;
		if (!rotate->row.step && !begin(rotate, err))
			return false;
	} else if (!take_back(rotate, err)) {
		return false;
	}
	if (rotate->over)
		return true;
	if (doing->steps_only_one)
		return steps_next(rotate, &verdict, err);
	return steps_run(rotate, &verdict, err);
}

static void act_opened(struct store *store, struct error *err)
{
	static const char *const hooks[] = {NULL, "[\"0\"]", "[\"0\",\"1\"]",
					    "[\"0\",\"1\",\"2\"]"};
	struct model *m = &rig->out.model;
	struct http http = {.send = model_send, .ctx = m};
	const struct clock clock = model_clock(m);
	struct rotate_seams seams = quiet_seams();
	const struct rotate_order order = {
	    .name = "prod",
	    .retire = doing->retire ? doing->retire : ROTATION_DEACTIVATE,
	    .idle_s = doing->idle_s,
	    .grace_s = ROTATION_GRACE_S,
	    .hooks = hooks[doing->hooks],
	    .delete_key = rig->out.delete_key[0] ? rig->out.delete_key : NULL,
	    .keep_orphan = rig->out.keep_orphan};
	struct rotate rotate;

	seams.store = store;
	seams.http = &http;
	seams.clock = &clock;
	seams.ctx = store;
	seams.pace = seam_pace;
	seams.session = seam_session;
	seams.hook = seam_hook;
	seams.retired = seam_retired;
	seams.erase = seam_erase;
	seams.entry = seam_entry;
	seams.on_step = seam_on_step;
	if (!paces_new(&paces, err))
		abort();
	rig->ok = rotate_open(&rotate, &seams, &order, err) && act(&rotate, err);
	rig->step = rotate.row.step;
	rig->over = rotate.over;
	rig->resumed = rotate.resumed;
	rotate_clear(&rotate);
	paces_free(paces);
}

static void run_here(const struct rig_run *run)
{
	struct error err = ERROR_INIT, ignored;
	struct store *store = NULL;

	doing = run;
	rig->ok = rig->over = rig->resumed = false;
	rig->step = 0;
	rig->at = "open";
	rig->out.model.calls = 0;
	world_seed(SEED_RUNS + (uint64_t)++rig->out.runs);
	if (open_vault(&store, &err))
		act_opened(store, &err);
	now_at("close");
	(void)store_close(store, &ignored);
	rig->code = err.code;
	(void)snprintf(rig->message, sizeof(rig->message), "%s", err.message);
	(void)snprintf(rig->hint, sizeof(rig->hint), "%s", err.hint);
}

static void note_call(const struct model *m)
{
	if (m->struck > 0)
		note_strike();
	if (rig_called)
		rig_called();
}

static void run_with_disk(const struct rig_run *run)
{
	disk_on_strike(note_strike);
	disk_arm(run->disk_at, run->fault);
	run_here(run);
	disk_disarm();
	rig->disk_calls = disk_counted();
	for (uint64_t i = 0; i < rig->disk_calls && i < DISK_CALLS_MAX; i++)
		rig->disk_kinds[i] = (unsigned char)disk_counted_call(i + 1);
}

static _Noreturn void run_in_child(const struct rig_run *run)
{
	world_rekey(&world);
	run_with_disk(run);
	_exit(0);
}

static void run_apart(const struct rig_run *run)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		run_in_child(run);
	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	rig->died = WIFEXITED(status) && WEXITSTATUS(status) == MODEL_DIED;
	if (!rig->died && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		rig_problem("the run crashed: %d", status);
}

/* Whose key is it that the hint names? */
static void judge_hint(void)
{
	struct model *m = &rig->out.model;
	const char *id = strstr(rig->hint, "--delete-key ");
	const struct model_key *key = id ? model_key(m, id + 13) : NULL;
	bool too_many = starts(rig->message, "IAM already holds");

	if (!key) {
		if (rig->code == ERROR_NOT_FOUND)
			rig->out.delete_key[0] = '\0';
		return;
	}
	if (key->owner == OWNER_FOREIGN) {
		rig->out.keep_orphan = true;
		rig->out.delete_key[0] = '\0';
		return;
	}
	if (key->owner == OWNER_OURS && !key->lost)
		rig_problem("%s is named for deletion, and its answer was not lost: %s", key->id,
			    rig->message);
	if (key->owner == OWNER_OURS && too_many)
		rig_problem("%s is taken for somebody else's", key->id);
	rig->out.named = true;
	(void)snprintf(rig->out.delete_key, sizeof(rig->out.delete_key), "%s", key->id);
}

void rig_ended_early(void)
{
	struct model *m = &rig->out.model;
	int at = m->calls < MODEL_TRACE ? m->calls : 0;

	/* Behind the creation at once comes the deletion of what could not be stored. */
	while (at > 0 && strcmp(m->trace[at], "DeleteAccessKey") == 0)
		at--;
	if (at > 0 && strcmp(m->trace[at], "CreateAccessKey") == 0)
		m->keys[m->made - 1].lost = true;
	if (strcmp(model_last(m), "Hook") == 0)
		rig->out.again++;
}

/* What may come of where the run has ended. */
static void judge_end(void)
{
	struct model *m = &rig->out.model;

	if (rig->died)
		rig_ended_early();
	if (!rig->ok && strstr(rig->message, "its secret is lost") && m->fault_stays &&
	    (doing->fault == DISK_EIO_STAYS || doing->fault == DISK_ENOSPC_STAYS))
		m->keys[m->made - 1].lost = true;
	if (!rig->ok && !rig->died && strcmp(model_last(m), "Hook") == 0)
		rig->out.again++;
}

void rig_rotate(const struct rig_run *run)
{
	struct model *m = &rig->out.model;
	int codes = m->sessions_made;
	bool apart = run->disk_at || model_fault_kills(m->fault);

	rig->hint[0] = rig->message[0] = '\0';
	rig->code = ERROR_NONE;
	rig->died = false;
	m->struck = 0;
	model_called = note_call;
	/* What fails and goes on can fail here. */
	if (apart && !run->here)
		run_apart(run);
	else
		run_with_disk(run);
	model_called = NULL;
	doing = run;
	if (rig->died)
		rig->ok = false;
	judge_end();
	judge_hint();
	if (m->sessions_made > codes + 1)
		rig_problem("%d MFA codes in one run", m->sessions_made - codes);
	rig_check();
}

/* --- what must be true ------------------------------------------------------------------------ */

static void check_key(struct store *store, const char *name, char id[static 32])
{
	struct buf plain = ROW_BUF;
	struct access_key key;
	const struct model_key *there;
	struct error err = ERROR_INIT;

	access_key_init(&key);
	id[0] = '\0';
	if (!row_get(store, TABLE_KEY, name, NULL, &plain, &err) ||
	    !access_key_decode(plain.data, plain.len, &key, &err)) {
		rig_problem("%s is not in the vault: %s", name, err.message);
	} else {
		there = model_key(&rig->out.model, key.access_key_id);
		(void)snprintf(id, 32, "%.31s", key.access_key_id);
		if (!there || !there->active)
			rig_problem("%s has %s, which does not work", name, id);
		else if (key.secret.len != strlen(there->secret) ||
			 memcmp(key.secret.data, there->secret, key.secret.len) != 0)
			rig_problem("%s has the wrong secret for %s", name, id);
	}
	access_key_clear(&key);
	buf_clear(&plain);
}

static bool count_row(void *arg, const struct rotation_record *rotation, struct error *err)
{
	(void)rotation;
	(void)err;
	(*(int *)arg)++;
	return true;
}

static void check_file(const char *name)
{
	char path[WORLD_PATH_BYTES + 300];
	struct buf data = BUF_INIT(0);
	struct error err;

	(void)snprintf(path, sizeof(path), "%s/%s", world.directory, name);
	if (!file_read(path, FILE_MAX, &data, &err))
		rig_problem("%s cannot be read", name);
	else if (data.len > 0 && memmem(data.data, data.len, MODEL_SECRET, strlen(MODEL_SECRET)))
		rig_problem("a secret stands in %s", name);
	if (rig->rows == 0 && strstr(name, ".new-"))
		rig_problem("%s is left", name);
	buf_clear(&data);
}

static void check_files(void)
{
	struct dirent *entry;
	DIR *dir = opendir(world.directory);

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			check_file(entry->d_name);
	}
	if (dir)
		(void)closedir(dir);
}

static void check_foreign(void)
{
	const struct model *m = &rig->out.model;

	for (int i = 0; i < m->made; i++) {
		if (m->keys[i].owner == OWNER_FOREIGN && !m->keys[i].exists && !rig->out.owner_came)
			rig_problem("a key of somebody else's is gone");
	}
}

void rig_check(void)
{
	struct error err = ERROR_INIT, ignored;
	struct store *store = NULL;
	char also[32];

	rig->rows = 0;
	if (!open_vault(&store, &err)) {
		rig_problem("the vault does not open: %s", err.message);
	} else {
		check_key(store, "prod", rig->current);
		check_key(store, "also", also);
		if (strcmp(rig->current, also) != 0)
			rig_problem("the two names went apart");
		if (!journal_each(store, count_row, &rig->rows, &err) || !verify_log(store, &err))
			rig_problem("the journal or the log is not whole: %s", err.message);
	}
	(void)store_close(store, &ignored);
	check_files();
	check_foreign();
}

void rig_begin(void)
{
	rig_check();
	(void)snprintf(rig->out.begun, sizeof(rig->out.begun), "%.23s", rig->current);
}
