/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/store/witness/pin.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/fuzz-pin-XXXXXX";
static char path[512];

static void leave(void)
{
	(void)unlink(path);
	(void)rmdir(folder);
}

/* The file is the only one in its folder. */
static void find(void)
{
	struct pin pin = {.there = true};
	struct error err = ERROR_INIT;
	struct dirent *entry;
	DIR *dir;

	FUZZ_HOLDS(mkdtemp(folder) && atexit(leave) == 0);
	FUZZ_HOLDS(pin_write(folder, "/v/vault.db", &pin, &err));
	dir = opendir(folder);
	FUZZ_HOLDS(dir);
	while ((entry = readdir(dir))) {
		if (strstr(entry->d_name, ".pin"))
			(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
	}
	(void)closedir(dir);
	FUZZ_HOLDS(path[0]);
}

/* Whatever the file holds: damaged, or a pin that is written as the same bytes. */
void fuzz_pin(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	struct pin pin, again;
	int fd;

	if (!path[0])
		find();
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	FUZZ_HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
	FUZZ_HOLDS(pin_read(folder, "/v/vault.db", &pin, &err) && pin.there);
	if (pin.damaged)
		return;
	FUZZ_HOLDS(pin_write(folder, "/v/vault.db", &pin, &err));
	FUZZ_HOLDS(pin_read(folder, "/v/vault.db", &again, &err) && !again.damaged);
	FUZZ_HOLDS(memcmp(pin.vault_id, again.vault_id, sizeof(pin.vault_id)) == 0);
	FUZZ_HOLDS(memcmp(pin.commitment, again.commitment, sizeof(pin.commitment)) == 0);
}
