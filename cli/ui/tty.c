/* SPDX-License-Identifier: MIT */
#include "cli/ui/tty.h"

#include "cli/ui/cell.h"
#include "vault/base/clock.h"
#include "vault/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

/* Signals that stop or end a program by default, but for KILL, STOP and the faults of its code. */
static const int watched[] = {SIGABRT, SIGALRM, SIGHUP,	   SIGINT,  SIGIO,     SIGPIPE, SIGPROF,
			      SIGPWR,  SIGQUIT, SIGSTKFLT, SIGSYS,  SIGTERM,   SIGTRAP, SIGTSTP,
			      SIGTTIN, SIGTTOU, SIGUSR1,   SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ};
/* The first of the numbers for pseudo-terminals, from the kernel's devices.txt. */
enum { PTS_MAJOR = 136, WATCH_MS = 300 };
enum { WATCHED = sizeof(watched) / sizeof(watched[0]) };

static volatile sig_atomic_t caught[NSIG];

static void tty_note_signal(int number)
{
	caught[number] = 1;
}

/* A terminal that was borrowed, and the state to which it must return. */
struct loan {
	int fd;
	bool changed;
	struct termios before;
	sigset_t mask_before;
	struct sigaction actions[WATCHED];
};

static int tty_open(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (tcgetpgrp(fd) == getpgrp())
		return fd;
	(void)close(fd);
	return -1;
}

bool tty_is_there(void)
{
	int fd = tty_open();

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

unsigned int tty_device(char name[static TTY_NAME_BYTES])
{
	int fd = tty_open();
	unsigned int device = 0;

	name[0] = '\0';
	/* /dev/tty stands for another file; the kernel tells its number. */
	if (fd >= 0 && ioctl(fd, TIOCGDEV, &device) == 0) {
		bool pts = major(device) == PTS_MAJOR;

		(void)snprintf(name, TTY_NAME_BYTES, pts ? "pts/%u" : "tty%u", minor(device));
	}
	if (fd >= 0)
		(void)close(fd);
	return device;
}

static size_t tty_columns(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : SIZE_MAX;
}

void tty_say(const char *text)
{
	int fd = tty_open();
	size_t columns;

	if (fd < 0)
		return;
	columns = tty_columns(fd);
	do {
		const char *next;
		struct cell_piece piece = cell_line(text, columns, &next);

		if (!file_write_all(fd, text, piece.bytes) || !file_write_all(fd, "\n", 1))
			break; /* The terminal has gone away. */
		text = next;
	} while (*text);
	(void)close(fd);
}

static bool loan_take(struct loan *loan, bool hidden, struct error *err)
{
	struct sigaction action = {.sa_handler = tty_note_signal};
	struct termios quiet;
	sigset_t mask;

	*loan = (struct loan){.fd = tty_open()};
	if (loan->fd < 0)
		return error_set(err, ERROR_LOCKED, "there is no terminal to ask on");
	/* Signals come only in ppoll(), so that none slips in between a look and a wait. */
	(void)sigemptyset(&mask);
	for (size_t i = 0; i < WATCHED; i++) {
		caught[watched[i]] = 0;
		(void)sigaddset(&mask, watched[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &mask, &loan->mask_before);
	for (size_t i = 0; i < WATCHED; i++)
		(void)sigaction(watched[i], &action, &loan->actions[i]);
	if (hidden && tcgetattr(loan->fd, &loan->before) == 0) {
		quiet = loan->before;
		quiet.c_lflag &= (tcflag_t) ~(ECHO | ECHONL);
		loan->changed = tcsetattr(loan->fd, TCSAFLUSH, &quiet) == 0;
	}
	return true;
}

static void loan_return(struct loan *loan)
{
	if (loan->changed) {
		while (tcsetattr(loan->fd, TCSAFLUSH, &loan->before) != 0 && errno == EINTR)
			continue;
	}
	for (size_t i = 0; i < WATCHED; i++)
		(void)sigaction(watched[i], &loan->actions[i], NULL);
	(void)close(loan->fd);
	/* A signal that waited, a second Ctrl-C too, strikes here, with the terminal as it was. */
	(void)sigprocmask(SIG_SETMASK, &loan->mask_before, NULL);
}

static void loan_put(const struct loan *loan, const char *text)
{
	if (!file_write_all(loan->fd, text, strlen(text)))
		return;
}

static bool signal_caught(void)
{
	for (size_t i = 0; i < WATCHED; i++) {
		if (caught[watched[i]])
			return true;
	}
	return false;
}

/* Waits for a line, for a moment only or for ever; false at a signal too. */
static bool loan_wait_line(const struct loan *loan, bool briefly)
{
	struct pollfd p = {.fd = loan->fd, .events = POLLIN};
	const struct timespec moment = {.tv_nsec = WATCH_MS * 1000000L};

	return ppoll(&p, 1, briefly ? &moment : NULL, &loan->mask_before) > 0;
}

enum line { LINE_READ, LINE_TOO_LONG, LINE_END, LINE_SIGNAL, LINE_OVER, LINE_LATE };

static enum line loan_read_line(const struct loan *loan, struct tty_watch *watch, int64_t until_ms,
				char *buf, size_t size, size_t *len)
{
	bool too_long = false;

	*len = 0;
	for (;;) {
		char c;
		ssize_t n;

		if (signal_caught())
			return LINE_SIGNAL;
		if (!loan_wait_line(loan, watch != NULL)) {
			if (watch && watch->over(watch->ctx))
				return LINE_OVER;
			if (watch && clock_boot_ms(&clock_system) >= until_ms)
				return LINE_LATE;
			continue;
		}
		n = read(loan->fd, &c, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return *len > 0 || too_long ? LINE_READ : LINE_END;
		if (c == '\n' || c == '\r')
			return too_long ? LINE_TOO_LONG : LINE_READ;
		if (*len < size)
			buf[(*len)++] = c;
		else
			too_long = true;
	}
}

/* Does what the signals ask for, once the terminal is given back. True: ask again. */
static bool signals_resume(struct error *err)
{
	bool again = false;

	if (caught[SIGINT]) {
		error_set(err, ERROR_INTERRUPTED, "interrupted");
		return false;
	}
	for (size_t i = 0; i < WATCHED; i++) {
		int number = watched[i];

		if (!caught[number])
			continue;
		(void)raise(number);
		again = again || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU ||
			number == SIGPIPE;
	}
	/* A signal that the caller ignores leaves us here. */
	return again || error_set(err, ERROR_INTERRUPTED, "interrupted by a signal");
}

bool tty_ask(const struct tty_question *question, char *buf, size_t size, size_t *len,
	     struct error *err)
{
	struct tty_watch *watch = question->watch;
	int64_t until_ms = clock_boot_ms(&clock_system) + (watch ? watch->limit_s * 1000LL : 0);

	for (;;) {
		struct loan loan;
		enum line line;

		if (!loan_take(&loan, question->hidden, err))
			return false;
		loan_put(&loan, question->prompt);
		line = loan_read_line(&loan, watch, until_ms, buf, size, len);
		if (question->hidden || line != LINE_READ)
			loan_put(&loan, "\n");
		loan_return(&loan);
		switch (line) {
		case LINE_READ: return true;
		case LINE_TOO_LONG:
			return error_set(err, ERROR_USAGE, "that is longer than %zu bytes", size);
		case LINE_END:
			return error_set(err, ERROR_INTERRUPTED, "the question was not answered");
		case LINE_OVER:
			watch->was_over = true;
			return error_set(err, ERROR_INTERRUPTED, "it was answered elsewhere");
		case LINE_LATE:
			return error_set(err, ERROR_LOCKED,
					 "nobody typed the passphrase in %d "
					 "minutes",
					 watch->limit_s / 60);
		case LINE_SIGNAL:
			if (!signals_resume(err))
				return false;
		}
	}
}
