/* SPDX-License-Identifier: MIT */
#include "cli/vault/asking.h"

#include "cli/ui/say.h"
#include "cli/ui/tty.h"
#include "vault/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEP_MS = 100, NAME_BYTES = 64, CONTENT_BYTES = 128 };

/* A lock of the open file: it ends with the process, and no other descriptor gives it up. */
static bool asking_lock(int fd, off_t byte)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

static void asking_sign(int fd, const char *terminal)
{
	char text[CONTENT_BYTES];
	int n = snprintf(text, sizeof(text), "%ld %s\n", (long)getpid(),
			 *terminal ? terminal : "a window");

	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n) {
		/* Others then wait for somebody without a name. */
	}
}

bool asking_who(const struct cli *cli, char who[static ASKING_WHO_BYTES])
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	char text[CONTENT_BYTES] = "", shown[NAME_BYTES], *name;
	int fd = open(cli->asking, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool held;
	ssize_t n;

	if (fd < 0)
		return false;
	held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	n = held ? pread(fd, text, sizeof(text) - 1, 0) : 0;
	(void)close(fd);
	if (!held)
		return false;
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	name = strchr(text, ' ');
	text_escape_into(name ? name + 1 : "another terminal", shown, sizeof(shown));
	(void)snprintf(who, ASKING_WHO_BYTES, "credvault (pid %ld) asks for it on %s",
		       strtol(text, NULL, 10), shown);
	return true;
}

/*
 * One look: whether a prompt may be shown here. Byte 0 of the file is for the first who asks; each
 * terminal has a byte of its own behind it, so that a person there may type instead.
 */
static bool asking_try(struct asking *asking)
{
	char name[TTY_NAME_BYTES];
	unsigned int device = tty_device(name);

	asking->first = asking_lock(asking->fd, 0);
	if (asking->first)
		asking_sign(asking->fd, name);
	return device ? asking_lock(asking->fd, 1 + (off_t)device) : asking->first;
}

bool asking_begin(struct cli *cli, bool (*over)(void *ctx), void *ctx, struct asking *out,
		  bool *came, struct error *err)
{
	char who[ASKING_WHO_BYTES];
	bool mine;

	*came = false;
	*out = ASKING_EMPTY;
	out->fd = open(cli->asking, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out->fd < 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot open the lock file %s",
				       cli->asking);
	mine = asking_try(out);
	if (mine && !out->first && asking_who(cli, who))
		say_note(cli, "%s already; type it there or here.", who);
	else if (!mine && asking_who(cli, who))
		say_detail(cli, "%s; waiting for it.", who);
	for (long left = ASKING_LIMIT_S * 1000L; !mine; left -= STEP_MS) {
		if (left <= 0) {
			error_set(err, ERROR_LOCKED, "nobody typed the passphrase in %d minutes",
				  ASKING_LIMIT_S / 60);
			asking_end(out);
			return false;
		}
		clock_sleep_ms(cli->clock, STEP_MS);
		*came = over(ctx);
		mine = *came || asking_try(out);
	}
	return true;
}

void asking_end(struct asking *asking)
{
	if (asking->fd >= 0)
		(void)close(asking->fd);
	*asking = ASKING_EMPTY;
}
