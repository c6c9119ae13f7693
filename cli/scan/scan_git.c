/* SPDX-License-Identifier: MIT */
#include "cli/scan/scan_git.h"

#include "cli/scan/scan_diff.h"
#include "cli/ui/child.h"
#include "vault/base/shell_word.h"
#include "vault/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum { CHUNK = 65536, LOOK_MS = 200, TOP_S = 20, WORDS_MAX = 48, SHOWN = 256 };

/* The variables by which a hook says which repository and which index are meant. */
static const char *const of_hooks[] = {"GIT_DIR=",
				       "GIT_INDEX_FILE=",
				       "GIT_WORK_TREE=",
				       "GIT_COMMON_DIR=",
				       "GIT_OBJECT_DIRECTORY=",
				       "GIT_ALTERNATE_OBJECT_DIRECTORIES=",
				       "GIT_QUARANTINE_PATH=",
				       "GIT_CEILING_DIRECTORIES="};

/*
 * A repository may say that what it lacks is to be fetched, by a program that it names: the list of
 * protocols, unlike protocol.allow, is above its configuration, and older gits know no other way.
 */
static const char *const ours[] = {"LC_ALL=C",
				   "GIT_OPTIONAL_LOCKS=0",
				   "GIT_NO_LAZY_FETCH=1",
				   "GIT_ALLOW_PROTOCOL=none",
				   "GIT_TERMINAL_PROMPT=0",
				   "GIT_PAGER=cat"};

/* Before every command: what a repository's configuration cannot turn on again. */
static const char *const always[] = {"--no-pager",	     "-c", "core.fsmonitor=false", "-c",
				     "core.quotePath=false", "-c", "protocol.allow=never", "-c",
				     "log.showRoot=true",    NULL};

static const char *const top[] = {"rev-parse", "--show-toplevel", NULL};

static const char *const history[] = {"log",
				      "--all",
				      "--reflog",
				      "--format=commit %H",
				      "--no-show-signature",
				      "--no-notes",
				      "--no-decorate",
				      "--diff-merges=first-parent",
				      NULL};

static const char *const staged[] = {"diff", "--cached", NULL};

static const char *const as_patch[] = {"--patch",	  "--unified=8",       "--no-color",
				       "--no-ext-diff",	  "--no-textconv",     "--no-renames",
				       "--no-relative",	  "--submodule=short", "--src-prefix=a/",
				       "--dst-prefix=b/", "--diff-filter=d",   NULL};

/* One run of git. Texts are borrowed. */
struct git {
	char path[PATH_MAX];
	char *argv[WORDS_MAX];
	char *envp[CHILD_ENVIRONMENT_MAX + 16];
	size_t words;
};

/* The first git of $PATH that can be run; relative folders of it are passed over. */
static bool git_find(char path[static PATH_MAX])
{
	const char *at = getenv("PATH");

	for (at = at ? at : "/usr/bin:/bin"; *at; at += strspn(at, ":")) {
		size_t len = strcspn(at, ":");

		if (at[0] == '/' && snprintf(path, PATH_MAX, "%.*s/git", (int)len, at) < PATH_MAX &&
		    access(path, X_OK) == 0)
			return true;
		at += len;
	}
	return false;
}

static void git_add(struct git *git, const char *const words[])
{
	for (size_t i = 0; words[i]; i++)
		git->argv[git->words++] = (char *)(uintptr_t)words[i];
	git->argv[git->words] = NULL;
}

static bool git_init(struct git *git, const char *folder, struct error *err)
{
	const char *const in[] = {"-C", folder, NULL}, *const first[] = {git->path, NULL};
	size_t n = 0;

	*git = (struct git){.words = 0};
	if (!git_find(git->path))
		return error_set(err, ERROR_FAILED, "git is in no folder of $PATH");
	git_add(git, first);
	if (folder)
		git_add(git, in);
	git_add(git, always);
	child_environment(false, git->envp);
	while (git->envp[n])
		n++;
	for (size_t i = 0; environ && environ[i]; i++) {
		for (size_t v = 0; v < sizeof(of_hooks) / sizeof(of_hooks[0]); v++) {
			if (strncmp(environ[i], of_hooks[v], strlen(of_hooks[v])) == 0 &&
			    n < CHILD_ENVIRONMENT_MAX + 8)
				git->envp[n++] = environ[i];
		}
	}
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		git->envp[n++] = (char *)(uintptr_t)ours[i];
	return true;
}

/* Takes over the allow-list at the top; NOT_FOUND where no repository is. */
static bool git_read_allow(struct scan *scan, const char *folder, struct error *err)
{
	struct buf answer = BUF_INIT(CHILD_ANSWER_MAX);
	char path[PATH_MAX], shown[SHOWN];
	struct git git;
	int status = -1;
	bool ok = git_init(&git, folder, err);

	if (ok) {
		git_add(&git, top);
		ok = child_answer(git.argv, git.envp, TOP_S, &answer, &status, err);
	}
	if (ok && status == 0 &&
	    snprintf(path, sizeof(path), "%s/" SCAN_ALLOW_NAME, buf_text(&answer)) < PATH_MAX) {
		ok = scan_allow_read(&scan->allow, path, "", err);
	} else if (ok && status != 0) {
		text_escape_into(folder ? folder : ".", shown, sizeof(shown));
		error_set(err, ERROR_NOT_FOUND,
			  "%s is in no git repository, or git does not trust it", shown);
		ok = error_hint(err, "git -C %s status", SHELL_WORD(folder ? folder : "."));
	}
	buf_clear(&answer);
	return ok;
}

/* Reads what it prints until it ends, or the search does. */
static bool git_read(struct scan *scan, const struct child *child, bool *end, struct error *err)
{
	struct buf chunk = BUF_INIT(CHUNK);
	struct scan_diff diff;
	bool ok = true;

	scan_diff_init(&diff, scan);
	while (ok && !*end && scan_goes_on(scan, diff.path)) {
		int64_t until = clock_boot_ms(&clock_system) + LOOK_MS;
		struct error why;

		if (!buf_reserve(&chunk, CHUNK, err)) {
			ok = false;
		} else if (child_read(child, until, &chunk, end, &why)) {
			ok = scan_diff_add(&diff, buf_text(&chunk), chunk.len, err);
		} else if (clock_boot_ms(&clock_system) < until) {
			*err = why;
			ok = false;
		}
		buf_reset(&chunk);
	}
	ok = ok && scan_diff_end(&diff, err);
	scan_diff_clear(&diff);
	buf_clear(&chunk);
	return ok;
}

bool scan_git(struct scan *scan, enum scan_git what, const char *folder, struct error *err)
{
	struct child child = {.to = -1, .from = -1};
	bool ok, end = false;
	struct git git;
	int status;

	if (!git_read_allow(scan, folder, err) || !git_init(&git, folder, err))
		return false;
	git_add(&git, what == SCAN_GIT_HISTORY ? history : staged);
	git_add(&git, as_patch);
	ok = child_start(git.path, git.argv, git.envp, false, &child, err) &&
	     git_read(scan, &child, &end, err);
	status = child_end(&child, !ok || !end);
	if (ok && end && status != 0)
		return error_set(err, ERROR_FAILED, "git ended with status %d", status);
	return ok;
}
