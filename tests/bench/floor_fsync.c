/* SPDX-License-Identifier: MIT */
/* The least one recorded emission can cost: append an entry's worth of bytes, flush once. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ENTRY_BYTES = 600 };

int main(int argc, char **argv)
{
	char entry[ENTRY_BYTES];
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: floor_fsync FILE\n");
		return 2;
	}
	memset(entry, 'x', sizeof(entry));
	fd = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, entry, sizeof(entry)) != (ssize_t)sizeof(entry) ||
	    fdatasync(fd) == -1 || close(fd) == -1) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
