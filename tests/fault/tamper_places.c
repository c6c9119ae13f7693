/* SPDX-License-Identifier: MIT */
#include "tests/fault/tamper.h"

#include "vault/seal/header/header.h"
#include "vault/store/change/commit.h"
#include "vault/store/handle.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATH_BYTES = WORLD_PATH_BYTES + 48 };

enum kind { SYMLINK, SYMLINK_DANGLING, HARD_LINK, DIRECTORY, FIFO, SOCKET, READABLE, KINDS };

static const char *const kinds[KINDS] = {
    "a symbolic link", "a link to nothing", "a hard link",	 "a directory",
    "a FIFO",	       "a socket",	    "readable by others"};

static bool make(enum kind kind, const char *path, const char *other)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	FILE *file;
	bool ok;
	int fd;

	switch (kind) {
	case SYMLINK:
		return (rename(path, other) == 0 ||
			(file = fopen(other, "w"), file && !fclose(file))) &&
		       symlink(other, path) == 0;
	case SYMLINK_DANGLING: return unlink(path) <= 0 && symlink("nowhere", path) == 0;
	case HARD_LINK:
		if (access(path, F_OK) != 0 && (file = fopen(path, "w")) != NULL)
			(void)fclose(file);
		return chmod(path, 0600) == 0 && link(path, other) == 0;
	case DIRECTORY: return unlink(path) <= 0 && mkdir(path, 0700) == 0;
	case FIFO: return unlink(path) <= 0 && mkfifo(path, 0600) == 0;
	case SOCKET:
		(void)unlink(path);
		(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ok = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
		if (fd >= 0)
			(void)close(fd);
		return ok && chmod(path, 0600) == 0;
	case READABLE:
		if (access(path, F_OK) != 0 && (file = fopen(path, "w")) != NULL)
			(void)fclose(file);
		return chmod(path, 0640) == 0;
	case KINDS: break;
	}
	return false;
}

void tamper_links(struct run *run)
{
	static const char *const names[] = {"", "-wal", "-journal", "-shm"};
	static const mode_t modes[] = {0720, 0702, 0770, 0777, 01777};
	struct forge forge;

	forge_start(&forge);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (int kind = 0; kind < KINDS; kind++) {
			char path[PATH_BYTES], other[PATH_BYTES];

			if (!run_wants(run, "%s%s is %s", WORLD_VAULT, names[i], kinds[kind]))
				continue;
			files_write(forge.world.directory, &forge.now);
			(void)snprintf(path, sizeof(path), "%s%s", forge.world.path, names[i]);
			(void)snprintf(other, sizeof(other), "%s/other", forge.world.directory);
			if (make((enum kind)kind, path, other))
				forge_judge_there(run, &forge, RULE_REFUSED);
			else
				run_void(run);
		}
	}
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!run_wants(run, "the directory has mode %04o", (unsigned int)modes[i]))
			continue;
		files_write(forge.world.directory, &forge.now);
		(void)chmod(forge.world.directory, modes[i]);
		forge_judge_there(run, &forge, RULE_REFUSED);
		(void)chmod(forge.world.directory, 0700);
	}
	forge_end(&forge);
}

/*
 * One who knows two passphrases' worth of vault keys and makes a header that fits both: everything
 * in it is authentic under the key at hand, but for the commitment.
 */
void tamper_header(struct run *run)
{
	struct world world;

	world_start(&world, 1);
	for (unsigned int bit = 0; bit < SEAL_DIGEST_BYTES * 8; bit++) {
		struct error err = ERROR_INIT;
		struct header header;
		struct look look;

		if (!run_wants(run, "a header committed to another key (bit %u)", bit))
			continue;
		files_remove(world.directory);
		if (!header_decode(world.header.data, world.header.len, &header, &err))
			world_fail("header", &err);
		header.commitment[bit / 8] ^= (unsigned char)(1U << (bit % 8));
		buf_reset(&world.header);
		if (!header_encode(&header, &world.vault_key, &world.header, &err))
			world_fail("header", &err);
		world_create(&world);
		world_close(&world);
		world_look(&world, &look);
		if (look.code != ERROR_NONE)
			run_refused(run, &look);
		else
			run_came_to(run, OUTCOME_SILENT, "it opened");
		header.commitment[bit / 8] ^= (unsigned char)(1U << (bit % 8));
		buf_reset(&world.header);
		if (!header_encode(&header, &world.vault_key, &world.header, &err))
			world_fail("header", &err);
	}
	world_end(&world);
}

/* Pages of the open file overwritten behind SQLite's back, which reads them again. */
static void behind(struct run *run, struct forge *forge, struct files *from, unsigned int set)
{
	const struct file *source = forge_vault(from);
	struct error err = ERROR_INIT;
	struct look look;
	char text[] = "later";
	FILE *file;

	files_write(forge->world.directory, &forge->now);
	world_open(&forge->world);
	/* A stream of its own: closing it would drop SQLite's locks, but nobody else is here. */
	file = fopen(forge->world.path, "r+b");
	for (size_t page = 0; file && page < source->len / PAGE; page++) {
		if ((set >> page & 1) != 0 &&
		    (fseek(file, (long)(page * PAGE), SEEK_SET) != 0 ||
		     fwrite(source->data + page * PAGE, 1, PAGE, file) != PAGE))
			abort();
	}
	if (!file || fclose(file) != 0)
		abort();
	(void)sqlite3_db_release_memory(forge->world.store->db);
	look = (struct look){.code = ERROR_NONE};
	if (!world_read(&forge->world, forge->world.store, &look, &err)) {
		look = (struct look){.code = err.code};
		run_refused(run, &look);
	} else if (!look_same(&look, &forge->look_now)) {
		run_came_to(run, OUTCOME_SILENT, "read while it was open");
	} else if (store_commit(forge->world.store, change_log, text, &err)) {
		/* A write that was acknowledged is there for the next reader, or he is warned. */
		(void)store_close(forge->world.store, &err);
		forge->world.store = NULL;
		world_look(&forge->world, &look);
		if (look.code != ERROR_NONE)
			run_refused(run, &look);
		else if (look.generation == forge->look_now.generation + 1)
			run_came_to(run, OUTCOME_INERT, "");
		else
			run_came_to(run, OUTCOME_SILENT, "after a write");
	} else {
		look = (struct look){.code = err.code};
		run_refused(run, &look);
	}
	(void)store_close(forge->world.store, &err);
	forge->world.store = NULL;
}

void tamper_open(struct run *run)
{
	struct forge forge;
	size_t pages;

	forge_start(&forge);
	pages = forge_vault(&forge.now)->len / PAGE;
	for (int source = 0; source <= PAST; source++) {
		for (unsigned int set = 1; set < 1U << pages; set++) {
			if (run_wants(run, "pages %#x of generation %d under an open vault", set,
				      source))
				behind(run, &forge,
				       source < PAST ? &forge.past[source] : &forge.foreign, set);
		}
	}
	forge_end(&forge);
}
