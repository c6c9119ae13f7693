/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_STORE_MARKED_H
#define CV_TESTS_STORE_MARKED_H

#include "tests/store/fixture.h"
#include "vault/base/text.h"
#include "vault/format/digest.h"
#include "vault/store/witness/witness.h"

#include <errno.h>
#include <sys/syscall.h>

enum { WITNESS_FILE_BYTES = WITNESS_SLOT_STRIDE + MARK_BYTES };

/** The disk under the mark: these stand before the C library's. */
static struct {
	int fail;	/* errno of every write */
	int tear_write; /* the n-th write from now on writes tear_at bytes and fails */
	size_t tear_at;
	bool fail_sync;
	int writes;
	int syncs_after_write;
	void (*before_write)(void *arg); /* called when a slot is about to be written */
	void (*after_tear)(void *arg);	 /* and when one was torn */
	void *arg;
} disk;

ssize_t pwrite(int fd, const void *data, size_t n, off_t at);
int fdatasync(int fd);

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
	bool torn = disk.tear_write > 0 && --disk.tear_write == 0;

	/* SQLite's pages and journal are larger or smaller than a slot. */
	if (n != MARK_BYTES)
		return syscall(SYS_pwrite64, fd, data, n, at);
	disk.writes++;
	disk.syncs_after_write = 0;
	if (disk.before_write)
		disk.before_write(disk.arg);
	if (torn && disk.tear_at > 0)
		(void)syscall(SYS_pwrite64, fd, data, disk.tear_at, at);
	if (torn && disk.after_tear)
		disk.after_tear(disk.arg);
	if (disk.fail || torn) {
		errno = torn ? EIO : disk.fail;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, data, n, at);
}

int fdatasync(int fd)
{
	disk.syncs_after_write++;
	if (disk.fail_sync) {
		errno = EIO;
		return -1;
	}
	/* No power fails here; thousands of true flushes would only take time. */
	(void)fd;
	return 0;
}

/** A machine's state directory and a vault that is nothing but what its manifest would say. */
struct machine {
	char elsewhere[64]; /* where the vault lies */
	char state[64];
	char vault[96];
	char mark[128];
	char pin[160];
	unsigned char id[SEAL_ID_BYTES];
	struct keys keys, other_keys;
	struct mark now;
	unsigned char sealed[SEAL_DIGEST_BYTES];
	struct witness *witness;
};

static UNUSED void place(struct machine *machine)
{
	char hex[2 * SEAL_ID_BYTES + 1], sha[DIGEST_HEX_BYTES];

	text_hex(machine->id, SEAL_ID_BYTES, hex);
	digest_sha256_hex(machine->vault, strlen(machine->vault), sha);
	(void)snprintf(machine->mark, sizeof(machine->mark), "%s/%s.hwm", machine->state, hex);
	(void)snprintf(machine->pin, sizeof(machine->pin), "%s/%s.pin", machine->state, sha);
}

static UNUSED int machine_setup(void **state)
{
	struct machine *machine = calloc(1, sizeof(*machine));
	struct secret key = SECRET_EMPTY;

	memset(&disk, 0, sizeof(disk));
	REQUIRE(secret_open(true, err));
	(void)snprintf(machine->elsewhere, sizeof(machine->elsewhere),
		       "/tmp/credvault-test-XXXXXX");
	(void)snprintf(machine->state, sizeof(machine->state), "/tmp/credvault-state-XXXXXX");
	assert_non_null(mkdtemp(machine->elsewhere));
	assert_non_null(mkdtemp(machine->state));
	(void)snprintf(machine->vault, sizeof(machine->vault), "%s/vault.db", machine->elsewhere);
	secret_random_bytes(machine->id, sizeof(machine->id));
	place(machine);
	machine->now = (struct mark){
	    .generation = 5, .epoch = 1, .log_count = 9, .updated_at = 1700000000};
	secret_random_bytes(machine->now.root, SEAL_DIGEST_BYTES);
	secret_random_bytes(machine->now.log_head, SEAL_DIGEST_BYTES);
	secret_random_bytes(machine->now.header_digest, SEAL_DIGEST_BYTES);
	secret_random_bytes(machine->now.commitment, SEAL_DIGEST_BYTES);
	REQUIRE(keys_new_vault_key(&key, err));
	REQUIRE(keys_derive(&key, &machine->keys, err));
	REQUIRE(keys_new_vault_key(&key, err));
	REQUIRE(keys_derive(&key, &machine->other_keys, err));
	secret_clear(&key);
	*state = machine;
	return 0;
}

static UNUSED void empty(const char *directory)
{
	struct dirent *entry;
	char path[400];
	DIR *dir = opendir(directory);

	while (dir && (entry = readdir(dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlink(path);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(directory);
}

static UNUSED int machine_teardown(void **state)
{
	struct machine *machine = *state;

	memset(&disk, 0, sizeof(disk));
	witness_close(machine->witness);
	keys_clear(&machine->keys);
	keys_clear(&machine->other_keys);
	empty(machine->state);
	empty(machine->elsewhere);
	free(machine);
	return 0;
}

/** What a fresh process finds that holds a vault of which `vault` is what its manifest says. */
static UNUSED enum witness_verdict check_mark(struct machine *machine, const struct mark *vault,
					      struct witness_finding *found)
{
	struct witness_finding own;

	witness_close(machine->witness);
	machine->witness = NULL;
	REQUIRE(witness_open(machine->state, machine->vault, machine->id, &machine->witness, err));
	REQUIRE(witness_check(machine->witness, &machine->keys, vault, machine->sealed, &own, err));
	if (found)
		*found = own;
	return own.verdict;
}

static UNUSED enum witness_verdict check(struct machine *machine, struct witness_finding *found)
{
	return check_mark(machine, &machine->now, found);
}

static UNUSED void first_mark(struct machine *machine)
{
	assert_int_equal(check(machine, NULL), WITNESS_ABSENT);
	REQUIRE(witness_accept(machine->witness, &machine->keys, &machine->now, err));
}

/** One commit further, one log entry more, not marked. */
static UNUSED void advance(struct machine *machine)
{
	machine->now.generation++;
	machine->now.log_count++;
	machine->now.root[0]++;
	machine->now.log_head[0]++;
}

static UNUSED void next_mark(struct machine *machine)
{
	advance(machine);
	REQUIRE(witness_write(machine->witness, &machine->keys, &machine->now, err));
}

static UNUSED void note(struct machine *machine, enum witness_kind kind, const struct clock *clock)
{
	REQUIRE(witness_note(machine->witness, &machine->keys, &machine->now, kind, clock, err));
}

static UNUSED void swap_keys(struct machine *machine)
{
	struct keys keys = machine->keys;

	machine->keys = machine->other_keys;
	machine->other_keys = keys;
}

/** Another vault key, the next epoch, and nothing of it marked: killed right behind the commit. */
static UNUSED void re_key(struct machine *machine)
{
	witness_digest(machine->witness, machine->sealed);
	swap_keys(machine);
	advance(machine);
	machine->now.epoch++;
	machine->now.commitment[0] ^= 1;
	machine->now.header_digest[0] ^= 1;
}

/** Another vault at the same path, or back: of another id, or with the same id and another key. */
static UNUSED void swap_vault(struct machine *machine, bool other_id)
{
	swap_keys(machine);
	machine->now.commitment[0] ^= 1;
	if (other_id) {
		machine->id[0] ^= 1;
		place(machine);
	}
}

static UNUSED void refused_saying(struct machine *machine, const struct witness_finding *found,
				  const char *words)
{
	struct error err = ERROR_INIT;

	assert_false(witness_trusts(found->verdict));
	assert_false(witness_refuse(machine->witness, found, &err));
	assert_int_equal(err.code, ERROR_TAMPERED);
	assert_non_null(strstr(err.message, words));
	assert_non_null(strstr(err.message, "vault.db"));
	assert_non_null(strstr(err.detail, "this file   generation "));
	assert_non_null(strstr(err.detail, "Nothing was opened.\n"));
	assert_non_null(strstr(err.detail, "credvault verify"));
	assert_string_equal(err.hint, "credvault restore --accept-rollback");
}

static UNUSED void load(const char *path, unsigned char *out, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, out, n), n);
	(void)close(fd);
}

static UNUSED void patch(const char *path, const unsigned char *data, size_t n, off_t at)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(syscall(SYS_pwrite64, fd, data, n, at), n);
	(void)close(fd);
}

static UNUSED void save(const char *path, const unsigned char *data, size_t n)
{
	assert_int_equal(truncate(path, 0), 0);
	patch(path, data, n, 0);
}

static UNUSED void damage(struct machine *machine, int slot, size_t byte, unsigned char bits)
{
	unsigned char bytes[WITNESS_FILE_BYTES];
	size_t at = (size_t)slot * WITNESS_SLOT_STRIDE + byte;

	load(machine->mark, bytes, sizeof(bytes));
	bytes[at] ^= bits;
	patch(machine->mark, bytes + at, 1, (off_t)at);
}

/** Damages the slot whose write was reported as failed. */
static UNUSED void damage_unless_newest(struct machine *machine)
{
	unsigned char digest[SEAL_DIGEST_BYTES], bytes[WITNESS_FILE_BYTES];

	witness_digest(machine->witness, digest);
	load(machine->mark, bytes, sizeof(bytes));
	for (int slot = 0; slot < MARK_SLOTS; slot++) {
		const unsigned char *there = bytes + (size_t)slot * WITNESS_SLOT_STRIDE +
					     MARK_DIGEST_AT;

		if (memcmp(there, digest, sizeof(digest)) != 0)
			damage(machine, slot, 0, 1);
	}
}

#endif
