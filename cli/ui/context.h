/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_CONTEXT_H
#define CV_CLI_UI_CONTEXT_H

#include "cli/ui/option.h"
#include "cli/ui/out.h"
#include "cli/ui/tty.h"
#include "vault/base/clock.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/wire/client.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

/**
 * What every part of the command line shares: struct cli, one run of the program, and struct
 * command, one command of the table in cli/commands.h.
 */

struct cli;

/** One example of the help and the manual: what it does, and the line to type. */
struct example {
	const char *what; /**< NULL ends a list */
	const char *line;
};

/** What main() provides before run(). */
enum command_needs {
	NEEDS_NOTHING = 0,
	NEEDS_MEMORY = 1,	   /**< guarded memory and JSON are open */
	NEEDS_VAULT = 2 | 1,	   /**< and cli->vault, socket, lock and state paths are known */
	NEEDS_TAIL = 4,		   /**< OPTION_TAIL: options end at the first operand */
	NEEDS_ONE_LINE_ERRORS = 8, /**< errors take one line (`process`) */
	NEEDS_STATUS_125 =
	    16, /**< every failure of ours but an interrupted prompt exits 125 (`exec`) */
	NEEDS_LATE_MEMORY =
	    32 /**< guarded memory only where a passphrase is asked for: it is slow */
};

struct command {
	const char *name;
	bool hidden;			/**< for scripts: not in the list of commands */
	const char *aliases;		/**< "export export-env", or NULL */
	const char *summary;		/**< one line, no period */
	const char *usage;		/**< behind the name; several forms parted by '\n' */
	const char *about;		/**< paragraphs for the help, or NULL */
	const struct option *options;	/**< its own; NULL: none */
	const struct example *examples; /**< at least one */
	/**
	 * What completes operands: "names", "profiles", "files", "slots", "help", "=WORD WORD…", or
	 * NULL. Where that is not the same for each of them, `operand` says it of the one behind
	 * `given`.
	 */
	const char *args;
	const char *(*operand)(size_t count, const char *const given[]);
	size_t least, most; /**< operands; most SIZE_MAX: any number */
	unsigned int needs; /**< of enum command_needs */
	/**
	 * Does it. True: exit with cli->status (0 unless it was set); false: *err is printed and
	 * its status is the exit's.
	 */
	bool (*run)(struct cli *cli, struct error *err);
};

struct keys;

/** What is open between a command's run and its agent; see cli/vault/link.h. */
struct agent_link {
	struct client client;
	bool started;  /**< by us, in this run */
	bool resident; /**< it stays when we leave */
	bool broke;    /**< a call broke off: none but the vault's holder will do */
	bool is_last;  /**< where the agent leaves, none is started in its place */
	pid_t pid;
	/** Subkey for channels, from an unlock or a proof in this run; empty otherwise. */
	struct secret proof_key;
	/**
	 * Where a command that will open the vault again (cli/vault/reopen.h) wants the subkeys
	 * kept, and how they came; NULL: only proof_key is. The command wipes them.
	 */
	struct keys *kept;
	const char *kept_how;
};

/** How a passphrase came, or a key file (cli/vault/key_path.h); see cli/ui/ask.h. */
enum ask_way { ASK_NOT_YET, ASK_FD, ASK_TERMINAL, ASK_PROGRAM, ASK_FILE };

/** One run of the program. Nothing of it is global but what signal handlers must see. */
struct cli {
	const struct command *const *commands; /**< all there are, NULL behind the last */
	const struct command *command;
	const char *called; /**< the name it was called by, which may be an alias */
	struct options options;
	struct out out;
	const struct clock *clock;
	int status;

	bool json, no_input, yes, quiet, verbose, once;
	const char *profile;	/**< the one that errors and hints are about, or NULL */
	char vault[PATH_MAX];	/**< real path of the vault file, which need not exist */
	char socket[PATH_MAX];	/**< the agent's named socket */
	char lock[PATH_MAX];	/**< elects who starts an agent; held for moments */
	char asking[PATH_MAX];	/**< elects who asks a person for the passphrase */
	char state[PATH_MAX];	/**< why and since when it is locked */
	char witness[PATH_MAX]; /**< the state directory, where marks of vaults are */

	struct agent_link agent;
	json_t **findings; /**< where `verify` wants what an agent finds that does not unlock */
	enum ask_way passphrase_came; /**< how the passphrase of this run came */
	int passphrase_fd;	      /**< -1: none, or read already */
	struct tty_watch *watch;      /**< ends a prompt for the passphrase early; or NULL */
	bool code_spent;	      /**< --mfa-code or --mfa-code-fd has answered once */
	int64_t clock_ahead_s; /**< this machine's clock before AWS's, where the agent said so */

	struct rlimit core; /**< the caller's, for what we exec */
	bool sigpipe_ignored;
	bool was_dumpable; /**< other programs of the user could look into this one at its start */
};

/** Adds the forms of the command and a hint at its help to a USAGE error. Always false. */
bool command_usage(const struct command *command, struct error *err);

/** The command of a name or alias, or NULL. */
const struct command *command_find(const struct cli *cli, const char *name);

/** The name of the command nearest to a word, or NULL. */
const char *command_nearest(const struct cli *cli, const char *name);

/** The operand at i, or NULL. */
const char *cli_arg(const struct cli *cli, size_t i);

/** The exit status of every failure of `exec` that is not its command's. */
enum { CLI_STATUS_OURS = 125 };

/** The exit status for a failure of this command. */
int cli_status_of(const struct cli *cli, const struct error *err);

/** Undoes what main() changed of the process (core limit, SIGPIPE), right before an exec. */
void cli_give_back(const struct cli *cli);

#endif
