/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "vault/base/file.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FILE_MAX = 65536, KIB = 1024, SHOWN = 128 };

/* Whether the device behind a swap is encrypted, or is memory itself. */
static bool swap_is_safe(const char *device)
{
	char path[PATH_MAX], real[PATH_MAX];
	struct buf uuid = BUF_INIT(FILE_MAX);
	struct error why;
	bool safe;

	if (!realpath(device, real))
		return false;
	if (strncmp(file_name(real), "zram", 4) == 0)
		return true;
	(void)snprintf(path, sizeof(path), "/sys/block/%.64s/dm/uuid", file_name(real));
	safe = file_read(path, FILE_MAX, &uuid, &why) && strncmp(buf_text(&uuid), "CRYPT-", 6) == 0;
	buf_clear(&uuid);
	return safe;
}

/* Each line of /proc/swaps but the first begins with a device or file. */
static void memory_look_swaps(struct doctor *doctor)
{
	struct buf text = BUF_INIT(FILE_MAX);
	struct error why;
	const char *line;

	if (!file_read("/proc/swaps", FILE_MAX, &text, &why)) {
		doctor_say(doctor, DOCTOR_NOTE, NULL, "swap: not looked at, %s", why.message);
		buf_clear(&text);
		return;
	}
	line = strchr(buf_text(&text), '\n');
	while (line && *++line) {
		char device[PATH_MAX], shown[SHOWN];

		(void)snprintf(device, sizeof(device), "%.*s", (int)strcspn(line, " \t\n"), line);
		text_escape_into(device, shown, sizeof(shown));
		if (device[0] == '/' && !swap_is_safe(device))
			doctor_say(doctor, DOCTOR_NOTE, "swapon --show",
				   "swap on %s is not encrypted: keys are locked in memory, but a "
				   "hibernated machine writes all of it there",
				   shown);
		line = strchr(line, '\n');
	}
	buf_clear(&text);
}

static void memory_look(struct doctor *doctor)
{
	struct rlimit limit = {0, 0};

	(void)getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur < SECRET_ARENA_BYTES && geteuid() != 0)
		doctor_say(doctor, DOCTOR_BAD, "ulimit -l unlimited",
			   "only %llu KiB of memory may be locked, and keys need %d KiB "
			   "(LimitMEMLOCK= of a service, memlock in /etc/security/limits.conf)",
			   (unsigned long long)limit.rlim_cur / KIB, SECRET_ARENA_BYTES / KIB);
	else if (limit.rlim_cur == RLIM_INFINITY)
		doctor_say(doctor, DOCTOR_OK, NULL, "memory may be locked without limit");
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "%llu KiB of memory may be locked",
			   (unsigned long long)limit.rlim_cur / KIB);
	memory_look_swaps(doctor);
}

const struct doctor_check check_memory = {.name = "memory", .look = memory_look};
