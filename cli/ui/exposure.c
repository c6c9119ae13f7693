/* SPDX-License-Identifier: MIT */
#include "cli/ui/exposure.h"

#include "cli/ui/say.h"
#include "vault/base/file.h"
#include "vault/base/process.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* In the state directory: the warning was given. */
static const char given[] = "readable-program.warned";

bool exposure_check(struct error *err)
{
	pid_t tracer = geteuid() == 0 ? 0 : process_tracer();

	if (tracer == 0)
		return true;
	error_set(err, ERROR_FAILED, "process %ld traces this one: no passphrase is read",
		  (long)tracer);
	return error_detail(err, "Whoever traces a program sees whatever is typed into it.");
}

void exposure_warn(struct cli *cli)
{
	char path[PATH_MAX + sizeof(given)], program[PATH_MAX], word[2 * PATH_MAX];
	struct error ignored;
	ssize_t n;
	int fd;

	if (!cli->was_dumpable || cli->quiet || cli->json || cli->no_input || !cli->witness[0] ||
	    !file_make_directory(cli->witness, &ignored))
		return;
	(void)snprintf(path, sizeof(path), "%s/%s", cli->witness, given);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	(void)close(fd);
	n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	program[n > 0 ? n : 0] = '\0';
	out_path_word(program, word, sizeof(word));
	say_note(
	    cli,
	    "warning: at the start of credvault, any program of yours can open its memory, and\n"
	    "  read the passphrase from it later, because the program's file can be read. What\n"
	    "  closes it: chmod 0111 %s\n"
	    "  (installed by root: 0711, the helpers too). This is said once.",
	    word);
}
