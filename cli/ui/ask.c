/* SPDX-License-Identifier: MIT */
#include "cli/ui/ask.h"

#include "cli/ui/ascii.h"
#include "cli/ui/askpass.h"
#include "cli/ui/child.h"
#include "cli/ui/exposure.h"
#include "cli/ui/pinentry.h"
#include "cli/ui/tty.h"
#include "vault/base/file.h"
#include "vault/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROMPT_MAX = 512 };

/* Programs that answer questions: for all of them, and for codes alone, which the vault names. */
static const char for_all[] = "CREDVAULT_ASKPASS", for_codes[] = "askpass";

static const char *ask_program(const struct cli *cli)
{
	const char *program = getenv(for_all);

	return cli->no_input || !program || !*program ? NULL : program;
}

bool ask_has_terminal(const struct cli *cli)
{
	return !cli->no_input && tty_is_there();
}

bool ask_can_passphrase(const struct cli *cli)
{
	return cli->passphrase_fd >= 0 || ask_program(cli) || ask_has_terminal(cli);
}

static bool code_is_given(const struct cli *cli)
{
	return !cli->code_spent && (option_text(&cli->options, "mfa-code") ||
				    option_text(&cli->options, "mfa-code-fd"));
}

bool ask_can_code(const struct cli *cli)
{
	return code_is_given(cli) || ask_program(cli) || ask_has_terminal(cli);
}

enum { PROFILE_BYTES = TEXT_WORD_BYTES + 1 };

/* " NAME" behind a command, or nothing. */
static const char *ask_of_profile(const struct cli *cli, char text[static PROFILE_BYTES])
{
	bool named = cli->profile && text_is_name(cli->profile);

	(void)snprintf(text, PROFILE_BYTES, "%s%s", named ? " " : "",
		       named ? TEXT_WORD(cli->profile) : "");
	return text;
}

static const char for_services[] =
    "For cron and services:          --key-file FILE or $CREDENTIALS_DIRECTORY/credvault-key   "
    "(credvault help unattended)";

bool ask_nobody(const struct cli *cli, struct error *err)
{
	char profile[PROFILE_BYTES];

	(void)ask_of_profile(cli, profile);
	error_set(err, ERROR_LOCKED, "the vault is locked and there is no terminal to ask on");
	error_detail(err, "Unlock it once in a terminal:   credvault unlock%s", profile);
	error_detail(err, "%s", for_services);
	error_hint(err, "credvault unlock%s", profile);
	return error_profile(err, cli->profile);
}

bool ask_nobody_proves(const char *why, struct error *err)
{
	*err = ERROR_INIT;
	error_set(err, ERROR_LOCKED,
		  "the passphrase is needed for this and there is no terminal to ask on");
	error_detail(err,
		     "The vault is unlocked, but this act wants its owner's proof%s%s. Nothing was "
		     "changed.",
		     why ? ": " : "", why ? why : "");
	error_detail(err, "%s", for_services);
	return error_hint(err, "credvault help unattended");
}

/* Reads one line from a descriptor, byte by byte: the bytes behind it are for another reader. */
static bool ask_line_from_fd(int fd, const char *option, char *line, size_t size, size_t *len,
			     struct error *err)
{
	*len = 0;
	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, ERROR_IO, errno, "--%s: cannot read", option);
		if (n == 0 || c == '\n')
			break;
		if (*len == size)
			return error_set(err, ERROR_USAGE, "--%s: longer than %zu bytes", option,
					 size);
		line[(*len)++] = c;
	}
	return *len > 0 || error_set(err, ERROR_USAGE, "--%s: there is nothing to read", option);
}

static bool ask_passphrase_from_fd(struct cli *cli, struct secret *out, struct error *err)
{
	struct secret line = SECRET_EMPTY;
	size_t len = 0;
	bool ok = secret_alloc(&line, ASK_PASSPHRASE_MAX, err) &&
		  ask_line_from_fd(cli->passphrase_fd, "passphrase-fd", (char *)line.data,
				   ASK_PASSPHRASE_MAX, &len, err) &&
		  secret_set(out, line.data, len, err);

	secret_clear(&line);
	if (cli->passphrase_fd > STDERR_FILENO)
		(void)close(cli->passphrase_fd);
	cli->passphrase_fd = -1;
	cli->passphrase_came = ASK_FD;
	return ok;
}

/* The answer of a program; `what` says who has named it. */
static bool ask_from_program(const char *what, const char *program, const char *prompt, size_t most,
			     struct buf *out, struct error *err)
{
	char *envp[CHILD_ENVIRONMENT_MAX], shown[256];
	char *argv[] = {(char *)(uintptr_t)program, (char *)(uintptr_t)prompt, NULL};
	struct error why;
	int status = 0;

	text_escape_into(program, shown, sizeof(shown));
	if (program[0] != '/')
		return error_set(err, ERROR_USAGE, "%s is not an absolute path: %s", what, shown);
	out->limit = CHILD_ANSWER_MAX;
	child_environment(true, envp);
	if (pinentry_is(program) ? !pinentry_ask(program, prompt, out, &why)
				 : !child_answer(argv, envp, CHILD_ASKPASS_S, out, &status, &why))
		return error_set(err, why.code, "%s, %s: %s", what, shown, why.message);
	if (status != 0 || out->len == 0)
		return error_set(err, ERROR_INTERRUPTED, "the question was not answered (%s)",
				 shown);
	if (out->len > most)
		return error_set(err, ERROR_USAGE, "that is longer than %zu bytes", most);
	return true;
}

bool ask_hidden(struct cli *cli, const char *prompt, struct secret *out, struct error *err)
{
	const struct tty_question question = {
	    .prompt = prompt, .hidden = true, .watch = cli->watch};
	struct secret line = SECRET_EMPTY;
	size_t len = 0;
	bool ok;

	secret_clear(out);
	if (!ask_has_terminal(cli))
		return ask_nobody(cli, err);
	if (!exposure_check(err))
		return false;
	exposure_warn(cli);
	ok = secret_alloc(&line, ASK_PASSPHRASE_MAX, err) &&
	     tty_ask(&question, (char *)line.data, ASK_PASSPHRASE_MAX, &len, err) &&
	     (len == 0 || secret_set(out, line.data, len, err));
	secret_clear(&line);
	return ok;
}

bool ask_passphrase(struct cli *cli, const char *prompt, struct secret *out, struct error *err)
{
	struct buf answer = BUF_INIT(CHILD_ANSWER_MAX);
	bool ok;

	if (!exposure_check(err))
		return false;
	if (ask_can_passphrase(cli))
		exposure_warn(cli);
	if (cli->passphrase_fd >= 0)
		return ask_passphrase_from_fd(cli, out, err);
	if (ask_has_terminal(cli)) {
		cli->passphrase_came = ASK_TERMINAL;
		if (!ask_hidden(cli, prompt, out, err))
			return false;
		return out->data || error_set(err, ERROR_INTERRUPTED, "no passphrase was typed");
	}
	if (!ask_program(cli))
		return ask_nobody(cli, err);
	cli->passphrase_came = ASK_PROGRAM;
	ok = ask_from_program(for_all, ask_program(cli), prompt, ASK_PASSPHRASE_MAX, &answer,
			      err) &&
	     secret_set(out, answer.data, answer.len, err);
	buf_clear(&answer);
	return ok;
}

bool ask_line(struct cli *cli, const char *prompt, const char *preset, struct buf *out,
	      struct error *err)
{
	const struct tty_question question = {.prompt = prompt};
	char line[ASK_LINE_MAX];
	size_t len = 0;
	bool ok;

	if (!ask_has_terminal(cli))
		return ask_nobody(cli, err);
	ok = tty_ask(&question, line, sizeof(line), &len, err);
	if (ok)
		ok = len > 0 || !preset ? buf_append(out, line, len, err)
					: buf_text_append(out, preset, err);
	secret_wipe(line, sizeof(line));
	return ok;
}

bool ask_confirm(struct cli *cli, const char *question, bool preset, bool *yes, struct error *err)
{
	char prompt[PROMPT_MAX], line[16];

	*yes = preset;
	if (cli->yes) {
		*yes = true;
		return true;
	}
	if (!ask_has_terminal(cli))
		return true;
	(void)snprintf(prompt, sizeof(prompt), "%s %s ", question, preset ? "[Y/n]" : "[y/N]");
	if (ascii_is_wanted())
		ascii_replace(prompt, strlen(prompt));
	for (;;) {
		const struct tty_question asked = {.prompt = prompt};
		struct error why;
		size_t len = 0;

		if (!tty_ask(&asked, line, sizeof(line), &len, &why)) {
			if (why.code != ERROR_USAGE) {
				*err = why;
				return false;
			}
			continue;
		}
		if (len == 0)
			return true;
		if (line[0] == 'y' || line[0] == 'Y' || line[0] == 'n' || line[0] == 'N') {
			*yes = line[0] == 'y' || line[0] == 'Y';
			return true;
		}
	}
}

/* Six digits, nothing else; spaces around them are forgiven. */
static bool code_take(const char *text, size_t len, const char *from,
		      char code[static ASK_CODE_BYTES], struct error *err)
{
	while (len > 0 && (text[0] == ' ' || text[0] == '\t')) {
		text++;
		len--;
	}
	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (len != ASK_CODE_BYTES - 1 || strspn(text, "0123456789") < len)
		return error_set(err, ERROR_USAGE, "%s: an MFA code has six digits", from);
	memcpy(code, text, ASK_CODE_BYTES - 1);
	code[ASK_CODE_BYTES - 1] = '\0';
	return true;
}

static bool code_from_option(struct cli *cli, char code[static ASK_CODE_BYTES], struct error *err)
{
	const char *text = option_text(&cli->options, "mfa-code");
	char line[32];
	size_t len = 0;
	int fd = -1;
	bool ok;

	cli->code_spent = true;
	if (text)
		return code_take(text, strlen(text), "--mfa-code", code, err);
	ok = option_fd(&cli->options, "mfa-code-fd", &fd, err) &&
	     ask_line_from_fd(fd, "mfa-code-fd", line, sizeof(line) - 1, &len, err) &&
	     code_take(line, len, "--mfa-code-fd", code, err);
	if (fd > STDERR_FILENO)
		(void)close(fd);
	secret_wipe(line, sizeof(line));
	return ok;
}

bool ask_given_code(struct cli *cli, char code[static ASK_CODE_BYTES], struct error *err)
{
	code[0] = '\0';
	return !code_is_given(cli) || code_from_option(cli, code, err);
}

static bool code_from_process(const char *command, char code[static ASK_CODE_BYTES],
			      struct error *err)
{
	char *envp[CHILD_ENVIRONMENT_MAX], shell[] = "/bin/sh", flag[] = "-c";
	char *argv[] = {shell, flag, (char *)(uintptr_t)command, NULL};
	struct buf answer = BUF_INIT(CHILD_ANSWER_MAX);
	struct error why;
	int status = 0;
	bool ok;

	child_environment(true, envp);
	ok = child_answer(argv, envp, CHILD_MFA_PROCESS_S, &answer, &status, &why);
	if (!ok)
		error_set(err, ERROR_MFA_NEEDED, "mfa_process: %s", why.message);
	else if (status != 0)
		ok = error_set(err, ERROR_MFA_NEEDED, "mfa_process ended with status %d", status);
	else
		ok = code_take(buf_text(&answer), answer.len, "mfa_process", code, err);
	buf_clear(&answer);
	return ok;
}

/* "MFA code for prod (dev, 444455556666): " */
static void code_prompt(const struct ask_code *what, char prompt[static PROMPT_MAX])
{
	const char *who = what->user ? what->user : what->serial;
	char profile[64], user[128], account[32];

	text_escape_into(what->profile, profile, sizeof(profile));
	text_escape_into(who ? who : "", user, sizeof(user));
	text_escape_into(what->account ? what->account : "", account, sizeof(account));
	(void)snprintf(prompt, PROMPT_MAX, "MFA code for %s%s%s%s%s%s: ", profile,
		       user[0] ? " (" : "", user, user[0] && account[0] ? ", " : "",
		       user[0] ? account : "", user[0] ? ")" : "");
}

static bool code_from_terminal(const struct ask_code *what, const char *prompt,
			       char code[static ASK_CODE_BYTES], struct error *err)
{
	const struct tty_question question = {.prompt = prompt};
	char told[96] = "", line[64];
	bool ok = false;

	/* Nothing is repainted while a person types: the prompt stands whole, and what is typed. */
	if (what->refused)
		(void)snprintf(told, sizeof(told), "AWS refused that code.");
	if (what->wait_s > 0)
		text_append(told, sizeof(told), "%sThe next code comes in %lld s.",
			    told[0] ? " " : "", (long long)what->wait_s);
	if (told[0])
		tty_say(told);
	for (int tries = 0; !ok && tries < 3; tries++) {
		struct error why;
		size_t len = 0;

		if (!tty_ask(&question, line, sizeof(line), &len, &why)) {
			*err = why;
			if (why.code != ERROR_USAGE)
				return false;
		} else {
			ok = code_take(line, len, "not taken", code, err);
		}
		if (!ok)
			tty_say("An MFA code has six digits.");
	}
	secret_wipe(line, sizeof(line));
	return ok;
}

static bool code_from_program(const char *what, const char *program, const char *prompt,
			      char code[static ASK_CODE_BYTES], struct error *err)
{
	struct buf answer = BUF_INIT(CHILD_ANSWER_MAX);
	bool ok = ask_from_program(what, program, prompt, 64, &answer, err) &&
		  code_take(buf_text(&answer), answer.len, what, code, err);

	buf_clear(&answer);
	return ok;
}

bool ask_code(struct cli *cli, const struct ask_code *what, char code[static ASK_CODE_BYTES],
	      struct error *err)
{
	char prompt[PROMPT_MAX], profile[PROFILE_BYTES];

	/* After a refusal mfa_process is not run again, while a person is asked again. */
	if (code_is_given(cli))
		return code_from_option(cli, code, err);
	if (what->process && *what->process && !what->refused)
		return code_from_process(what->process, code, err);
	code_prompt(what, prompt);
	if (ask_has_terminal(cli))
		return code_from_terminal(what, prompt, code, err);
	if (ask_program(cli))
		return code_from_program(for_all, ask_program(cli), prompt, code, err);
	if (what->askpass && !cli->no_input) {
		char program[PATH_MAX];

		return askpass_resolve(what->askpass, program, err) &&
		       code_from_program(for_codes, program, prompt, code, err);
	}
	if (what->refused) {
		error_set(err, ERROR_MFA_REFUSED, "AWS refused the MFA code");
		error_detail(err, "It is not sent again. Wait for the next code (%lld s).",
			     (long long)what->wait_s);
		return error_profile(err, what->profile);
	}
	error_set(err, ERROR_MFA_NEEDED, "an MFA code is needed and nobody can be asked");
	error_hint(err, "credvault unlock%s", ask_of_profile(cli, profile));
	return error_profile(err, what->profile);
}
