/* SPDX-License-Identifier: MIT */
#include "cli/scan/scan_file.h"

#include "cli/scan/scan_text.h"
#include "vault/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 8000, FIRST = 65536, KEPT = 4 * FIRST };

/* Editors' swap files have text in blocks of bytes: the old lines of a file that was edited. */
static bool file_is_swap(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && name[len - 4] == '.' && strncmp(name + len - 3, "sw", 2) == 0;
}

/* Text of a Windows shell: the letters of ASCII are taken out of it, in place. */
static bool file_narrow(struct buf *text)
{
	const unsigned char *bytes = (const unsigned char *)text->data;
	size_t low, kept = 0;

	if (text->len < 2 ||
	    !((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff)))
		return false;
	low = bytes[0] == 0xff ? 0 : 1;
	for (size_t i = 2; i + 1 < text->len; i += 2)
		text->data[kept++] = (char)(bytes[i + 1 - low] ? '?' : bytes[i + low]);
	text->len = kept;
	return true;
}

/* Reads until `most` bytes are there or the file ends. */
static bool file_take(int fd, struct buf *text, size_t most)
{
	struct error why;

	while (text->len < most) {
		ssize_t n;

		if (!buf_reserve(text, most - text->len, &why))
			return false;
		n = read(fd, text->data + text->len, most - text->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			return true;
		text->len += (size_t)n;
	}
	return true;
}

/* Reads all of it; else what it is counted as. */
static enum scan_skip file_read_text(int fd, const char *name, off_t size, struct buf *text)
{
	size_t head;

	if (!file_take(fd, text, size < FIRST ? (size_t)size + 1 : FIRST))
		return SCAN_SKIP_UNREADABLE;
	head = text->len < HEAD ? text->len : HEAD;
	if (head > 1 && memchr(text->data, '\0', head) && !file_is_swap(name) &&
	    memcmp(text->data, "\xff\xfe", 2) != 0 && memcmp(text->data, "\xfe\xff", 2) != 0)
		return SCAN_SKIP_BINARY;
	/* A file that grows is read as far as it was, and a little further. */
	if (text->len > FIRST - 1 && !file_take(fd, text, (size_t)size + 1))
		return SCAN_SKIP_UNREADABLE;
	(void)file_narrow(text);
	return SCAN_SKIP_COUNT;
}

bool scan_file(struct scan *scan, int at, const char *name, const char *path, bool follow,
	       struct error *err)
{
	const struct scan_source source = {.path = path, .commit = ""};
	enum scan_skip skip = SCAN_SKIP_COUNT;
	struct stat st;
	int fd = -1;
	bool ok = true;

	/* What is allowed may be spelt out where it is allowed. */
	if (strcmp(file_name(name), SCAN_ALLOW_NAME) == 0)
		return true;
	if (fstatat(at, name, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
		skip = SCAN_SKIP_UNREADABLE;
	else if (S_ISLNK(st.st_mode))
		skip = SCAN_SKIP_LINK;
	else if (!S_ISREG(st.st_mode))
		skip = SCAN_SKIP_SPECIAL;
	else if (st.st_size > SCAN_FILE_MAX)
		skip = SCAN_SKIP_LARGE;
	else if ((fd = openat(at, name,
			      O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
				  (follow ? 0 : O_NOFOLLOW))) < 0)
		skip = SCAN_SKIP_UNREADABLE;
	/* Another file may stand there now. */
	else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > SCAN_FILE_MAX)
		skip = SCAN_SKIP_SPECIAL;
	else
		skip = file_read_text(fd, name, st.st_size, &scan->text);
	if (fd >= 0)
		(void)close(fd);
	if (skip != SCAN_SKIP_COUNT) {
		scan_skip(scan, skip, path);
	} else {
		scan->files++;
		scan->bytes += scan->text.len;
		ok = scan_text(scan, &source, (struct span){buf_text(&scan->text), scan->text.len},
			       err);
	}
	/* Small files do not pay for the wiping of a large one's memory. */
	if (scan->text.cap > KEPT)
		buf_clear(&scan->text);
	else
		buf_reset(&scan->text);
	return ok;
}
