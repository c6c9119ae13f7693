/* SPDX-License-Identifier: MIT */
#include "vault/audit/entry.h"

#include "vault/base/file.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/seal/tlv.h"

#include <pthread.h>
#include <string.h>

enum { BOOT_ID_TEXT = 36 };

/* An entry in the form that is encoded: its whole numbers have eight bytes. */
struct form {
	struct audit_entry entry;
	uint64_t op;
	uint64_t uid;
	uint64_t pid;
};

#define FIELD(tag_, kind_, presence_, member_) \
	TLV_FIELD(tag_, TLV_##kind_, TLV_##presence_, struct form, member_)

/* The room that the field had while entries named a policy. */
enum { RETIRED_POLICY_BYTES = 132 };

static const struct tlv_field fields[] = {
    FIELD(1, U64, REQUIRED, entry.seq),
    FIELD(2, U64, REQUIRED, op),
    FIELD(3, TIME, REQUIRED, entry.time),
    FIELD(4, TIME, REQUIRED, entry.boot_ms),
    FIELD(5, BYTES, REQUIRED, entry.boot_id),
    FIELD(6, TEXT, REQUIRED, entry.result),
    FIELD(7, TEXT, OPTIONAL, entry.profile),
    FIELD(8, TEXT, OPTIONAL, entry.access_key_id),
    FIELD(9, TEXT, OPTIONAL, entry.what),
    FIELD(10, TIME, OPTIONAL, entry.expires_at),
    TLV_FIELD_DROPPED(11, TLV_TEXT, TLV_RETIRED, RETIRED_POLICY_BYTES, "policy"),
    FIELD(12, FLAG, OPTIONAL, entry.mfa),
    FIELD(13, FLAG, OPTIONAL, entry.peer.known),
    FIELD(14, U64, OPTIONAL, uid),
    FIELD(15, U64, OPTIONAL, pid),
    FIELD(16, TEXT, OPTIONAL, entry.peer.exe),
    FIELD(17, TEXT, OPTIONAL, entry.peer.parents),
};

static const struct tlv_form flat = TLV_FORM("an entry of the log", fields);

static pthread_once_t boot_once = PTHREAD_ONCE_INIT;
static unsigned char boot_id[AUDIT_BOOT_ID_BYTES];

/* proc(5): 8-4-4-4-12 hex digits. Zeros where it cannot be read. */
static void read_boot_id(void)
{
	struct buf text = BUF_INIT(BOOT_ID_TEXT + 1);
	char hex[2 * AUDIT_BOOT_ID_BYTES + 1] = "";
	struct error ignored;
	size_t n = 0;

	if (!file_read("/proc/sys/kernel/random/boot_id", BOOT_ID_TEXT + 1, &text, &ignored))
		goto out;
	for (size_t i = 0; i < text.len && n < sizeof(hex) - 1; i++) {
		if (text.data[i] != '-')
			hex[n++] = text.data[i];
	}
	if (!text_unhex(hex, boot_id, sizeof(boot_id)))
		secret_wipe(boot_id, sizeof(boot_id));
out:
	buf_clear(&text);
}

struct audit_entry audit_entry_at(enum audit_op op, const struct clock *clock)
{
	struct audit_entry entry = {.op = op};

	(void)pthread_once(&boot_once, read_boot_id);
	memcpy(entry.boot_id, boot_id, sizeof(entry.boot_id));
	entry.time = clock_real_s(clock);
	entry.boot_ms = clock_boot_ms(clock);
	audit_text(entry.result, sizeof(entry.result), "OK");
	return entry;
}

void audit_about(struct audit_entry *entry, const char *profile, const char *access_key_id,
		 const char *what)
{
	if (profile)
		audit_text(entry->profile, sizeof(entry->profile), profile);
	if (access_key_id)
		audit_text(entry->access_key_id, sizeof(entry->access_key_id), access_key_id);
	if (what)
		audit_text(entry->what, sizeof(entry->what), what);
}

void audit_failed(struct audit_entry *entry, enum error_code code)
{
	audit_text(entry->result, sizeof(entry->result), error_name(code));
}

void audit_text(char *out, size_t size, const char *text)
{
	text_escape_into(text ? text : "", out, size);
}

const char *audit_op_name(enum audit_op op)
{
	static const char *const names[] = {
#define X(op_, name_) [AUDIT_OP_##op_] = (name_),
	    AUDIT_OPS(X)
#undef X
	};

	return op > AUDIT_OP_NONE && op < AUDIT_OPS_COUNT ? names[op] : "?";
}

bool audit_entry_encode(const struct audit_entry *entry, struct buf *out, struct error *err)
{
	struct form form = {.entry = *entry,
			    .op = (uint64_t)entry->op,
			    .uid = entry->peer.uid,
			    .pid = entry->peer.pid};

	if (entry->op <= AUDIT_OP_NONE || entry->op >= AUDIT_OPS_COUNT)
		return error_set(err, ERROR_FAILED, "an entry of the log without an operation");
	return tlv_encode(&flat, &form, out, err);
}

bool audit_entry_decode(const void *data, size_t len, struct audit_entry *entry, struct error *err)
{
	struct form form = {.op = 0};
	bool known;

	*entry = (struct audit_entry){.seq = 0};
	known = tlv_decode(&flat, data, len, &form, err);
	if (!known && err->code != ERROR_NEWER)
		return false;
	if (form.op == AUDIT_OP_NONE || form.uid > UINT32_MAX || form.pid > UINT32_MAX)
		return error_set(err, ERROR_TAMPERED, "an entry of the log makes no sense");
	form.entry.peer.uid = (uint32_t)form.uid;
	form.entry.peer.pid = (uint32_t)form.pid;
	*entry = form.entry;
	if (form.op >= AUDIT_OPS_COUNT)
		return tlv_newer(err, "operation %llu of the log", (unsigned long long)form.op);
	entry->op = (enum audit_op)form.op;
	return known;
}
