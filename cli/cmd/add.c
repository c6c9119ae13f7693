/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/ask.h"
#include "cli/profile/attributes.h"
#include "cli/ui/context.h"
#include "cli/profile/aws_config.h"
#include "cli/ui/hint.h"
#include "cli/profile/credentials_request.h"
#include "cli/profile/key_questions.h"
#include "cli/profile/root_key.h"
#include "cli/ui/say.h"
#include "cli/vault/unlock.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_add.h"
#include "vault/wire/tables/msg_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STDIN_MAX = 65536 };

/* Where the key comes from. */
enum source { FROM_TERMINAL, FROM_STDIN, FROM_ENVIRONMENT };

static bool add_choose_source(struct cli *cli, enum source *source, struct error *err)
{
	bool from_stdin = option_flag(&cli->options, "stdin");
	bool from_env = option_flag(&cli->options, "env");

	if (from_stdin && from_env)
		return error_set(err, ERROR_USAGE, "--stdin and --env exclude each other");
	*source = from_stdin ? FROM_STDIN : from_env ? FROM_ENVIRONMENT : FROM_TERMINAL;
	if (*source != FROM_TERMINAL || ask_has_terminal(cli))
		return true;
	error_set(err, ERROR_USAGE, "there is no terminal to ask for the key on");
	return error_hint(err, "credvault add NAME --stdin   (or --env)");
}

static bool add_read_stdin(struct attributes *attributes, struct error *err)
{
	static const char *const members[] = {"AccessKeyId", "SecretAccessKey", "MfaSerial", NULL};
	struct buf text = BUF_INIT(STDIN_MAX);
	const char *id, *secret, *serial;
	json_t *object = NULL;
	bool ok;

	ok = file_read_fd(STDIN_FILENO, STDIN_MAX, &text, err) &&
	     json_parse(buf_text(&text), text.len, STDIN_MAX, &object, err) &&
	     json_only(object, members, err) &&
	     json_need_text(object, "AccessKeyId", STDIN_MAX, &id, err) &&
	     json_need_text(object, "SecretAccessKey", STDIN_MAX, &secret, err) &&
	     json_text(object, "MfaSerial", STDIN_MAX, &serial, err);
	if (!ok) {
		struct error why = *err;

		error_set(err, ERROR_USAGE, "standard input: %s", why.message);
		error_detail(err, "Wanted: {\"AccessKeyId\":\"…\",\"SecretAccessKey\":\"…\"}");
	}
	if (ok && serial && !attributes->mfa_given) {
		ok = attributes_set_mfa(attributes, serial, err);
		attributes->mfa_given = true;
	}
	ok = ok &&
	     attributes_set_key(attributes, "standard input", id, secret, strlen(secret), err);
	json_decref(object);
	buf_clear(&text);
	return ok;
}

static bool add_read_environment(struct attributes *attributes, struct error *err)
{
	const char *id = getenv("AWS_ACCESS_KEY_ID"), *secret = getenv("AWS_SECRET_ACCESS_KEY");
	const char *token = getenv("AWS_SESSION_TOKEN");

	if (!id || !*id || !secret || !*secret)
		return error_set(err, ERROR_USAGE,
				 "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set");
	if (token && *token) {
		error_set(err, ERROR_USAGE, "the credentials of the environment are temporary");
		return error_detail(err, "AWS_SESSION_TOKEN is set. A vault keeps long-term keys.");
	}
	return attributes_set_key(attributes, "environment", id, secret, strlen(secret), err);
}

static void add_say_who(struct cli *cli, const struct msg_identified *facts)
{
	char age[32], made[TEXT_TIME_BYTES], shown[ARN_MAX];

	text_escape_into(facts->arn ? facts->arn : "?", shown, sizeof(shown));
	text_format_time(facts->created_at, made);
	if (attributes_age(facts->created_at, clock_real_s(cli->clock), age, sizeof(age)))
		say_note(cli, "Asking AWS … %s\n             key made %.10s (%s ago)", shown, made,
			 age);
	else
		say_note(cli, "Asking AWS … %s", shown);
	if (facts->arn && arn_is_root(facts->arn))
		root_key_warn(cli, facts->name, facts->account_id);
}

static bool add_choose_mfa(struct cli *cli, bool asking, const struct aws_config *config,
			   const struct msg_identified *facts, struct attributes *attributes,
			   struct error *err)
{
	const char *found = attributes_find_mfa(config, attributes->name, facts);

	if (attributes->mfa_given)
		return true;
	if (!asking) {
		if (found && *found)
			say_note(cli,
				 "Sessions of %s are made with MFA: %s   (--mfa-serial none: "
				 "without)",
				 attributes->name, found);
		return attributes_set_mfa(attributes, found ? found : "", err);
	}
	return key_questions_mfa(cli, found, facts, attributes, err);
}

/* The region in which AWS was asked is offered. */
static bool add_choose_region(struct cli *cli, bool asking, struct attributes *attributes,
			      struct error *err)
{
	return !asking || option_text(&cli->options, "region") ||
	       key_questions_region(cli, attributes, err);
}

/* What comes next stands on the same line where the terminal has room for it. */
static void add_tell(struct cli *cli, const char *name, const struct msg_key *key)
{
	static const char longest[] = "Added . It is 365 days old.   "
				      "credvault exec  -- aws sts get-caller-identity";
	char age[32], vault[HINT_OPTION_BYTES];
	const char *gap = "   ";

	hint_option(cli, vault);
	if (cli->out.columns &&
	    sizeof(longest) + strlen(vault) + strlen(name) + strlen(TEXT_WORD(name)) >
		(size_t)cli->out.columns)
		gap = "\n  ";
	out_printf(&cli->out, "Added %s.", name);
	if (attributes_age(key->created_at, clock_real_s(cli->clock), age, sizeof(age)))
		out_printf(&cli->out, " It is %s old%s", age, key->overdue ? ":" : ".");
	if (key->overdue)
		out_printf(&cli->out, "%scredvault rotate%s %s\n", gap, vault, TEXT_WORD(name));
	else
		out_printf(&cli->out, "%scredvault exec%s %s -- aws sts get-caller-identity\n", gap,
			   vault, TEXT_WORD(name));
}

/* EXISTS for a name that the vault has already, before anything is typed. */
static bool add_check_free(struct cli *cli, const char *name, struct error *err)
{
	json_t *key = NULL;
	bool taken = agent_call(cli, "show", MESSAGE(msg_name, &(struct msg_name){name}), NULL,
				&key, err);

	json_decref(key);
	if (taken) {
		error_set(err, ERROR_EXISTS, "the vault has a key of this name already");
		error_hint(err, "credvault add %s --replace", TEXT_WORD(name));
		return error_profile(err, name);
	}
	if (err->code != ERROR_NOT_FOUND)
		return false;
	*err = ERROR_INIT;
	return true;
}

/* One key on its way in. */
struct adding {
	struct cli *cli;
	struct attributes *attributes;
	struct aws_config config;
	struct error why; /* for which a person's decision could not be had */
	bool asking;
	bool told; /* what AWS says of it */
};

/* `facts` is NULL where AWS was not asked. */
static bool add_decide(struct adding *adding, const struct msg_identified *facts, struct error *err)
{
	struct attributes *a = adding->attributes;

	if (!add_choose_mfa(adding->cli, adding->asking, &adding->config, facts, a, err) ||
	    !add_choose_region(adding->cli, adding->asking, a, err))
		return false;
	adding->asking = false;
	/* Decided once, should the agent ask again. */
	a->mfa_given = true;
	if (!a->mfa_required || a->mfa_serial[0])
		return true;
	error_set(err, ERROR_USAGE, "--require-mfa without an MFA device");
	return error_hint(err, "credvault add %s --require-mfa --mfa-serial ARN",
			  TEXT_WORD(a->name));
}

static bool add_answer(void *ctx, const json_t *ask, json_t **answer, struct error *err)
{
	struct adding *adding = ctx;
	struct msg_add_answer said = {.mfa_serial = adding->attributes->mfa_serial,
				      .region = adding->attributes->region};
	struct msg_identified facts = {.kind = NULL};
	bool ok = fields_read_answer(&msg_add_question, ask, &facts, err);

	if (ok && !adding->told)
		add_say_who(adding->cli, &facts);
	adding->told = true;
	/* Whoever gives up says no, and knows better than the agent why. */
	said.go = ok && add_decide(adding, &facts, &adding->why);
	fields_clear(&msg_add_question, &facts);
	return ok && fields_to_json(&msg_add_answer, &said, answer, err);
}

/* AWS is asked in the region of the option, the environment or the profile: the key's partition. */
static bool add_find_region(struct adding *adding, struct error *err)
{
	struct attributes *a = adding->attributes;
	const char *region;

	if (!credentials_request_region(adding->cli, &region, err))
		return false;
	if (!region)
		region = attributes_find_region(&adding->config, a->name);
	return !region || attributes_set_region(a, region, err);
}

static bool add_note_wait(void *ctx, const json_t *event, struct error *err)
{
	const struct adding *adding = ctx;
	const char *what = json_string_value(json_object_get(event, "what"));

	(void)err;
	if (what && strcmp(what, "unknown-key") == 0)
		say_note(adding->cli,
			 "AWS does not know this key yet. One made just now takes some seconds; "
			 "asking again for %d s.",
			 (int)json_integer_value(json_object_get(event, "wait_s")));
	return true;
}

static bool add_args(const struct attributes *a, bool check, json_t **args, struct error *err)
{
	struct buf secret = BUF_INIT(ARN_SECRET_MAX);
	struct http_proxy proxy;
	struct msg_add said = {.name = a->name,
			       .access_key_id = a->access_key_id,
			       .mfa_serial = a->mfa_serial,
			       .mfa_required = a->mfa_required,
			       .region = a->region,
			       .endpoint = a->endpoint,
			       .max_age_s = a->max_age_s == ATTRIBUTES_AGELESS ? 0
					    : a->max_age_s		       ? a->max_age_s
									       : -1,
			       .note = a->note,
			       .replace = a->replace,
			       .no_check = !check,
			       .confirm = check};
	bool ok = credentials_request_proxy(&proxy, err) &&
		  buf_append(&secret, a->secret_access_key.data, a->secret_access_key.len, err);

	said.secret_access_key = buf_text(&secret);
	said.proxy = proxy.url;
	said.no_proxy = proxy.except;
	ok = ok && fields_to_json(&msg_add, &said, args, err);
	buf_clear(&secret);
	return ok;
}

static bool add_send(struct adding *adding, bool check, struct error *err)
{
	const struct agent_watch watch = {.ask = add_answer, .event = add_note_wait, .ctx = adding};
	const struct attributes *a = adding->attributes;
	json_t *args = NULL, *key = NULL;
	struct msg_key stored = {.name = NULL};
	bool ok = add_args(a, check, &args, err) &&
		  agent_call(adding->cli, "add", MESSAGE_VALUE(args), &watch, &key, err) &&
		  fields_read_answer(&msg_key, key, &stored, err);

	json_decref(args);
	if (ok && adding->cli->json)
		out_json(&adding->cli->out, key);
	else if (ok)
		add_tell(adding->cli, a->name, &stored);
	json_decref(key);
	if (!ok && adding->why.code != ERROR_NONE) {
		*err = adding->why;
	} else if (!ok && err->code == ERROR_DEAD_KEY) {
		struct error why = *err;

		error_set(err, ERROR_DEAD_KEY, "AWS knows no access key %s", a->access_key_id);
		error_detail(err, "%s", why.detail);
		error_detail(err, "Else it was mistyped, or deleted. Nothing was added.");
	}
	return ok;
}

static bool add_from(struct cli *cli, enum source source, struct attributes *attributes,
		     struct error *err)
{
	struct adding adding = {.cli = cli,
				.attributes = attributes,
				.config = AWS_CONFIG_EMPTY,
				.why = ERROR_INIT,
				.asking = source == FROM_TERMINAL};
	bool check = !option_flag(&cli->options, "no-check");
	bool ok = (source != FROM_STDIN || add_read_stdin(attributes, err)) &&
		  (source != FROM_ENVIRONMENT || add_read_environment(attributes, err)) &&
		  aws_config_read(&adding.config, err) && add_find_region(&adding, err) &&
		  unlock_agent(cli, err) &&
		  (!adding.asking || attributes->replace ||
		   add_check_free(cli, attributes->name, err)) &&
		  agent_call_prepare(cli, err) &&
		  (!adding.asking || key_questions_key(cli, attributes, err)) &&
		  (check || add_decide(&adding, NULL, err)) && add_send(&adding, check, err);

	if (ok && source == FROM_ENVIRONMENT)
		say_note(cli, "The environment still holds the key, and programs use it first:\n"
			      "  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY");
	aws_config_clear(&adding.config);
	return ok || error_profile(err, attributes->name);
}

static bool run(struct cli *cli, struct error *err)
{
	const char *name = cli_arg(cli, 0);
	struct attributes attributes;
	enum source source;
	bool ok;

	attributes_init(&attributes);
	ok = text_check_name("name", name, err) && add_choose_source(cli, &source, err) &&
	     attributes_from_options(cli, &attributes, err);
	if (ok) {
		(void)snprintf(attributes.name, sizeof(attributes.name), "%s", name);
		ok = add_from(cli, source, &attributes, err);
	}
	attributes_clear(&attributes);
	return ok;
}

static const struct option own_options[] = {
    {.name = "stdin",
     .help = "read {\"AccessKeyId\":…, \"SecretAccessKey\":… [, \"MfaSerial\":…]} from standard "
	     "input"},
    {.name = "env", .help = "take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
    {.name = "mfa-serial",
     .argument = "ARN|none",
     .help = "the MFA device; known, every session is made with it"},
    {.name = "require-mfa", .help = "never hand out anything that was made without MFA"},
    {.name = "max-age", .argument = "90d|never", .help = "when the key is overdue for rotation"},
    {.name = "note", .argument = "TEXT", .help = "for people; shown by `show`"},
    {.name = "no-check", .help = "do not ask AWS whose key it is and how old"},
    {.name = "replace", .help = "a key of this name is replaced"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"type it in; the key's page of the console shows both parts", "credvault add prod"},
    {"from a file that is then removed", "credvault add ci --stdin <key.json && shred -u key.json"},
    {"from the environment, no MFA", "credvault add ci --env --mfa-serial none"},
    {NULL, NULL},
};

const struct command command_add = {
    .name = "add",
    .summary = "seal one access key in the vault",
    .usage = "NAME [--stdin|--env] [--mfa-serial ARN|none] [--require-mfa] [--region R] [--max-age "
	     "90d]\n"
	     "NAME … [--note TEXT] [--replace] [--no-check]",
    .about =
	"AWS is asked whose key it is and when it was made (GetCallerIdentity, ListAccessKeys),\n"
	"and which MFA device its user has, where the user may read that. It is asked in the\n"
	"region of the option, of the environment or of NAME's profile, which the key keeps; a\n"
	"key that was made seconds ago is asked about for 15 s. It wants the passphrase or a key\n"
	"file, also while unlocked: what listens at the socket learns no secret unless it proves\n"
	"that it holds this vault.",
    .options = own_options,
    .examples = examples,
    .least = 1,
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
