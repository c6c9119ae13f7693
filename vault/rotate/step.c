/* SPDX-License-Identifier: MIT */
#include "vault/rotate/step.h"

#include "vault/base/secret.h"
#include "vault/store/rows/recovery_file.h"

int64_t step_back_off(int64_t ms)
{
	int64_t next = 2 * ms;

	if (next > STEP_WAIT_MAX_MS)
		next = STEP_WAIT_MAX_MS;
	return next - secret_random_below((unsigned int)next / 8 + 1);
}

struct audit_entry step_entry(const struct rotate *rotate, const char *access_key_id,
			      const char *what)
{
	struct audit_entry entry = rotate->seams->entry(rotate->seams->ctx);

	audit_text(entry.profile, sizeof(entry.profile), rotate->order.name);
	audit_text(entry.access_key_id, sizeof(entry.access_key_id), access_key_id);
	audit_text(entry.what, sizeof(entry.what), what);
	return entry;
}

bool step_commit(struct rotate *rotate, enum rotation_record_step step, const char *access_key_id,
		 const char *what, struct error *err)
{
	struct audit_entry entry = step_entry(rotate, access_key_id, what);
	uint64_t before = rotate->row.step;

	rotate->row.step = step;
	if (journal_put(rotate->seams->store, &rotate->row, &entry, err))
		return true;
	rotate->row.step = before;
	return false;
}

bool step_end(struct rotate *rotate, const char *access_key_id, const char *what, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	struct audit_entry entry = step_entry(rotate, access_key_id, what);

	/* Before the row that names it: once that is gone, nobody would ever remove the file. */
	if (!recovery_file_remove(seams->store, rotate->row.recovery, err)) {
		error_detail(err, "Everything else is done; the next run ends this rotation.");
		return error_hint(err, "credvault rotate %s", rotate->order.name);
	}
	if (!journal_end(seams->store, &rotate->row, &entry, err))
		return false;
	rotate->over = true;
	return !seams->erase || seams->erase(seams->ctx, err);
}
