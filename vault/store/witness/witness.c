/* SPDX-License-Identifier: MIT */
#include "vault/store/witness/witness.h"

#include "vault/base/file.h"
#include "vault/base/shell_word.h"
#include "vault/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 2 * SEAL_ID_BYTES + 8, FILE_MAX = 65536, LOG_INTERVAL_MS = 1000, SHOWN = 256 };

struct witness {
	char directory[PATH_MAX];
	char vault_path[PATH_MAX];
	char name[NAME_BYTES];
	unsigned char vault_id[SEAL_ID_BYTES];
	int directory_fd;
	int fd;					     /* -1: there is no mark */
	unsigned char bytes[MARK_SLOTS][MARK_BYTES]; /* content at opening, or as last written */
	struct pin pin;

	bool known; /* the newest mark belongs to this vault: verified or written here */
	struct mark newest;
	int newest_slot;
	unsigned char digest[SEAL_DIGEST_BYTES]; /* digest of the newest mark; zero: none */
	uint64_t sequence;			 /* the highest sequence found or tried */
	int64_t tried_ms; /* time of the last try to write a WITNESS_LOG mark */
	bool tried;
};

static bool check_directory(struct witness *witness, const char *path, struct error *err)
{
	char vault[PATH_MAX], shown[SHOWN];
	struct stat ours, its;

	text_escape_into(path, shown, sizeof(shown));
	/* A sandbox may forbid mkdir() altogether. */
	if (access(path, F_OK) != 0 && !file_make_directory(path, err))
		return false;
	if (!realpath(path, witness->directory))
		return error_set_errno(err, ERROR_IO, errno, "%s", shown);
	if (!file_check_directory(witness->directory, err))
		return false;
	(void)snprintf(vault, sizeof(vault), "%.*s",
		       (int)(file_name(witness->vault_path) - witness->vault_path),
		       witness->vault_path);
	witness->directory_fd = open(witness->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (witness->directory_fd < 0 || fstat(witness->directory_fd, &ours) != 0)
		return error_set_errno(err, ERROR_IO, errno, "%s", shown);
	if ((ours.st_mode & 077) != 0) {
		error_set(err, ERROR_UNSAFE_FILE, "others can look into the directory %s", shown);
		return error_hint(err, "chmod 700 %s", SHELL_WORD(witness->directory));
	}
	if (stat(vault, &its) == 0 && its.st_dev == ours.st_dev && its.st_ino == ours.st_ino) {
		error_set(err, ERROR_UNSAFE_FILE,
			  "%s holds the vault: its witness must lie elsewhere", shown);
		return error_detail(err, "Whoever puts an old vault back there puts back the "
					 "witness with it.");
	}
	return true;
}

static bool read_slots(struct witness *witness, struct error *err)
{
	char path[PATH_MAX + NAME_BYTES];
	bool exists;

	(void)snprintf(path, sizeof(path), "%s/%s", witness->directory, witness->name);
	if (!file_check_private(path, FILE_MAX, &exists, err))
		return false;
	if (!exists)
		return true;
	witness->fd = openat(witness->directory_fd, witness->name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (witness->fd < 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot open the vault's mark");
	for (int i = 0; i < MARK_SLOTS; i++) {
		size_t have = 0;

		/* The missing bytes of a short file stay zero, and zeros are no mark. */
		while (have < MARK_BYTES) {
			ssize_t n = pread(witness->fd, witness->bytes[i] + have, MARK_BYTES - have,
					  (off_t)i * WITNESS_SLOT_STRIDE + (off_t)have);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return error_set_errno(err, ERROR_IO, errno,
						       "cannot read the vault's mark");
			if (n == 0)
				break;
			have += (size_t)n;
		}
	}
	return true;
}

bool witness_open(const char *state_directory, const char *vault_path,
		  const unsigned char vault_id[static SEAL_ID_BYTES], struct witness **out,
		  struct error *err)
{
	struct witness *witness = calloc(1, sizeof(*witness));

	*out = NULL;
	if (!witness)
		return error_set(err, ERROR_MEMORY, "out of memory");
	witness->fd = witness->directory_fd = -1;
	if (strlen(vault_path) >= sizeof(witness->vault_path) || vault_path[0] != '/') {
		error_set(err, ERROR_USAGE, "not the resolved path of a vault");
		goto fail;
	}
	(void)snprintf(witness->vault_path, sizeof(witness->vault_path), "%s", vault_path);
	memcpy(witness->vault_id, vault_id, sizeof(witness->vault_id));
	text_hex(vault_id, SEAL_ID_BYTES, witness->name);
	memcpy(witness->name + (size_t)2 * SEAL_ID_BYTES, ".hwm", sizeof(".hwm"));
	if (!check_directory(witness, state_directory, err) || !read_slots(witness, err) ||
	    !pin_read(witness->directory, witness->vault_path, &witness->pin, err))
		goto fail;
	*out = witness;
	return true;
fail:
	witness_close(witness);
	return false;
}

void witness_close(struct witness *witness)
{
	if (!witness)
		return;
	if (witness->fd >= 0)
		(void)close(witness->fd);
	if (witness->directory_fd >= 0)
		(void)close(witness->directory_fd);
	free(witness);
}

/* Compares a verified mark with the vault; marks under another key stay unverifiable. */
static enum witness_verdict compare(const struct mark *mark, const struct mark *vault)
{
	if (mark->epoch != vault->epoch ||
	    memcmp(mark->commitment, vault->commitment, sizeof(mark->commitment)) != 0)
		return WITNESS_UNVERIFIABLE;
	if (mark->generation > vault->generation)
		return WITNESS_AHEAD;
	if (mark->generation == vault->generation)
		return mark_same(mark, vault) ? WITNESS_AGREES : WITNESS_DIVERGED;
	/*
	 * The log only grows, so that a newer vault with a shorter log has another history than the
	 * mark.
	 */
	if (mark->log_count > vault->log_count ||
	    (mark->log_count == vault->log_count &&
	     memcmp(mark->log_head, vault->log_head, sizeof(mark->log_head)) != 0))
		return WITNESS_DIVERGED;
	return WITNESS_LAGS;
}

/* The pin overrides the mark where the pin knows better. */
static bool pin_objects(const struct witness *witness, const struct witness_finding *finding)
{
	const struct pin *pin = &witness->pin;

	if (!pin->there)
		return false;
	if (pin->damaged || memcmp(pin->vault_id, witness->vault_id, SEAL_ID_BYTES) != 0)
		return true;
	/*
	 * A verified mark proves the vault key: in this case only the write of the pin is missing.
	 */
	return (finding->verdict == WITNESS_ABSENT || finding->verdict == WITNESS_UNVERIFIABLE) &&
	       memcmp(pin->commitment, finding->vault.commitment, SEAL_DIGEST_BYTES) != 0;
}

bool witness_check(struct witness *witness, const struct keys *keys, const struct mark *vault,
		   const unsigned char sealed_digest[static SEAL_DIGEST_BYTES],
		   struct witness_finding *out, struct error *err)
{
	struct mark_slot slots[MARK_SLOTS];
	int newest, before;

	*out = (struct witness_finding){
	    .verdict = WITNESS_UNVERIFIABLE, .vault = *vault, .pin = witness->pin};
	witness->known = false;
	memset(witness->digest, 0, sizeof(witness->digest));
	for (int i = 0; i < MARK_SLOTS; i++) {
		if (!mark_decode(keys, witness->vault_id, witness->bytes[i], &slots[i], err))
			return false;
		if (slots[i].state == MARK_OURS && slots[i].mark.generation > out->highest)
			out->highest = slots[i].mark.generation;
		if (slots[i].mark.sequence > out->mark.sequence) {
			out->mark = slots[i].mark;
			witness->newest_slot = i;
		}
	}
	witness->sequence = out->mark.sequence;
	newest = mark_newest(slots);
	before = mark_before(slots, vault, sealed_digest);
	if (newest >= 0) {
		witness->known = out->mark_verified = true;
		witness->newest = slots[newest].mark;
		witness->newest_slot = newest;
		memcpy(witness->digest, slots[newest].digest, sizeof(witness->digest));
		out->verdict = compare(&slots[newest].mark, vault);
	} else if (before >= 0) {
		/*
		 * The matching mark must stay until the new mark is written: its slot is
		 * overwritten last.
		 */
		witness->newest_slot = before;
		memcpy(witness->digest, slots[before].digest, sizeof(witness->digest));
		out->verdict = WITNESS_RECOVERED;
	} else if (witness->fd < 0) {
		out->verdict = WITNESS_ABSENT;
	}
	if (pin_objects(witness, out))
		out->verdict = WITNESS_SUBSTITUTED;
	return true;
}

bool witness_trusts(enum witness_verdict verdict)
{
	return verdict <= WITNESS_RECOVERED;
}

const char *witness_name(enum witness_verdict verdict)
{
	static const char *const names[] = {
	    [WITNESS_AGREES] = "agrees",
	    [WITNESS_LAGS] = "lags",
	    [WITNESS_RECOVERED] = "recovered",
	    [WITNESS_ABSENT] = "absent",
	    [WITNESS_UNVERIFIABLE] = "unverifiable",
	    [WITNESS_AHEAD] = "older",
	    [WITNESS_DIVERGED] = "diverged",
	    [WITNESS_SUBSTITUTED] = "substituted",
	};

	return names[verdict];
}

void witness_digest(const struct witness *witness, unsigned char out[static SEAL_DIGEST_BYTES])
{
	memcpy(out, witness->digest, sizeof(witness->digest));
}

static bool write_slot(struct witness *witness, const struct keys *keys, const struct mark *vault,
		       int slot, struct error *err)
{
	unsigned char bytes[MARK_BYTES];
	struct mark mark = *vault;
	size_t done = 0;

	/* The sequence counts tries: a failed write may still have reached the disk whole. */
	mark.sequence = ++witness->sequence;
	if (!mark_encode(keys, witness->vault_id, &mark, bytes, err))
		return false;
	while (done < sizeof(bytes)) {
		ssize_t n = pwrite(witness->fd, bytes + done, sizeof(bytes) - done,
				   (off_t)slot * WITNESS_SLOT_STRIDE + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set_errno(err, ERROR_IO, n < 0 ? errno : ENOSPC,
					       "cannot write the vault's mark");
		done += (size_t)n;
	}
	if (fdatasync(witness->fd) != 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot sync the vault's mark");
	witness->known = true;
	witness->newest = mark;
	witness->newest_slot = slot;
	memcpy(witness->digest, bytes + MARK_DIGEST_AT, sizeof(witness->digest));
	memcpy(witness->bytes[slot], bytes, sizeof(bytes));
	return true;
}

/* A mark file that was removed while open takes no more marks. */
static bool still_there(const struct witness *witness)
{
	struct stat st;

	return witness->fd >= 0 && fstat(witness->fd, &st) == 0 && st.st_nlink > 0;
}

static bool make_file(struct witness *witness, struct error *err)
{
	if (witness->fd >= 0)
		(void)close(witness->fd);
	witness->fd = openat(witness->directory_fd, witness->name,
			     O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (witness->fd < 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot make the vault's mark");
	return true;
}

static bool write_pin(struct witness *witness, const struct mark *vault, struct error *err)
{
	struct pin pin = {.there = true};

	memcpy(pin.vault_id, witness->vault_id, sizeof(pin.vault_id));
	memcpy(pin.commitment, vault->commitment, sizeof(pin.commitment));
	if (witness->pin.there && !witness->pin.damaged &&
	    memcmp(witness->pin.vault_id, pin.vault_id, sizeof(pin.vault_id)) == 0 &&
	    memcmp(witness->pin.commitment, pin.commitment, sizeof(pin.commitment)) == 0)
		return true;
	if (!pin_write(witness->directory, witness->vault_path, &pin, err))
		return false;
	witness->pin = pin;
	return true;
}

static bool write_both(struct witness *witness, const struct keys *keys, const struct mark *vault,
		       struct error *err)
{
	bool made = !still_there(witness);

	if (witness->sequence > MARK_SEQUENCE_MAX - MARK_SLOTS)
		witness->sequence = 0;
	if (made && !make_file(witness, err))
		return false;
	/* The older slot is written first, so that one good mark exists at every moment. */
	if (!write_slot(witness, keys, vault, 1 - witness->newest_slot, err) ||
	    !write_slot(witness, keys, vault, 1 - witness->newest_slot, err))
		goto fail;
	if (made && fsync(witness->directory_fd) != 0) {
		error_set_errno(err, ERROR_IO, errno, "cannot sync the vault's mark");
		goto fail;
	}
	return write_pin(witness, vault, err);
fail:
	if (made) {
		(void)unlinkat(witness->directory_fd, witness->name, 0);
		(void)close(witness->fd);
		witness->fd = -1;
		witness->known = false;
	}
	return false;
}

bool witness_write(struct witness *witness, const struct keys *keys, const struct mark *vault,
		   struct error *err)
{
	if (!witness->known || witness->newest.epoch != vault->epoch || !still_there(witness))
		return write_both(witness, keys, vault, err);
	if (!mark_same(&witness->newest, vault) &&
	    !write_slot(witness, keys, vault, 1 - witness->newest_slot, err))
		return false;
	return write_pin(witness, vault, err);
}

bool witness_note(struct witness *witness, const struct keys *keys, const struct mark *vault,
		  enum witness_kind kind, const struct clock *clock, struct error *err)
{
	if (kind == WITNESS_LOG) {
		int64_t now = clock_boot_ms(clock);

		/* A failed try counts too: on a full disk not every commit should repeat it. */
		if (witness->tried && now >= witness->tried_ms &&
		    now - witness->tried_ms < LOG_INTERVAL_MS)
			return true;
		witness->tried = true;
		witness->tried_ms = now;
	}
	return witness_write(witness, keys, vault, err);
}

bool witness_accept(struct witness *witness, const struct keys *keys, const struct mark *vault,
		    struct error *err)
{
	return write_both(witness, keys, vault, err);
}

void witness_remove(struct witness *witness)
{
	if (witness->fd >= 0)
		(void)unlinkat(witness->directory_fd, witness->name, 0);
	pin_remove(witness->directory, witness->vault_path);
}

/* The time is shown to the minute; seconds would only lengthen the line. */
static void add_line(struct error *err, const char *which, const struct mark *mark,
		     const char *remark)
{
	char date[TEXT_TIME_BYTES];

	text_format_time(mark->updated_at, date);
	date[10] = ' ';
	error_detail(err, "%-11s generation %llu, %.16s UTC%s", which,
		     (unsigned long long)mark->generation, date, remark);
}

static void add_ids(const struct witness *witness, const struct witness_finding *finding,
		    struct error *err)
{
	char hex[2 * SEAL_DIGEST_BYTES + 1];

	if (finding->pin.damaged) {
		error_detail(err, "What this machine noted of the vault here cannot be read.");
		return;
	}
	if (memcmp(finding->pin.vault_id, witness->vault_id, SEAL_ID_BYTES) != 0) {
		text_hex(witness->vault_id, SEAL_ID_BYTES, hex);
		error_detail(err, "this file   vault %s", hex);
		text_hex(finding->pin.vault_id, SEAL_ID_BYTES, hex);
		error_detail(err, "last used   vault %s", hex);
		return;
	}
	error_detail(err,
		     "Its vault key is not the one that was used here last: a copy from before "
		     "a passwd, or a forgery.");
}

bool witness_refuse(const struct witness *witness, const struct witness_finding *finding,
		    struct error *err)
{
	char name[SHOWN];
	const char *remark = finding->mark_verified ? "" : " (not verified)";

	text_escape_into(file_name(witness->vault_path), name, sizeof(name));
	switch (finding->verdict) {
	case WITNESS_AHEAD:
		error_set(err, ERROR_TAMPERED, "%s is older than the one this machine used last",
			  name);
		break;
	case WITNESS_ABSENT:
		error_set(err, ERROR_TAMPERED, "this machine has no mark of %s", name);
		break;
	case WITNESS_UNVERIFIABLE:
		error_set(err, ERROR_TAMPERED, "this machine's mark of %s cannot be verified",
			  name);
		break;
	case WITNESS_SUBSTITUTED:
		error_set(err, ERROR_TAMPERED, "another vault lies in the place of %s", name);
		break;
	case WITNESS_AGREES:
	case WITNESS_LAGS:
	case WITNESS_RECOVERED:
	case WITNESS_DIVERGED:
		error_set(err, ERROR_TAMPERED, "%s is not the one this machine used last", name);
		break;
	}
	add_line(err, "this file", &finding->vault, "");
	if (finding->mark.sequence > 0)
		add_line(err, "last used", &finding->mark, remark);
	if (finding->verdict == WITNESS_SUBSTITUTED)
		add_ids(witness, finding, err);
	if (finding->verdict == WITNESS_ABSENT) {
		text_escape_into(witness->directory, name, sizeof(name));
		error_detail(err, "Whether it is the newest copy cannot be told: the machine is "
				  "new to it, or what it noted in");
		error_detail(err, "%s is lost.", name);
		error_detail(err, "Nothing was opened.");
		error_detail(err, "It is either of these:   credvault restore --accept-rollback");
		error_detail(err, "It is not:               keep the file; credvault verify");
		return error_hint(err, "credvault restore --accept-rollback");
	}
	error_detail(err, "Nothing was opened.");
	error_detail(err, "You restored a backup:   credvault restore --accept-rollback");
	error_detail(err, "You did not:             keep the file; credvault verify");
	return error_hint(err, "credvault restore --accept-rollback");
}
