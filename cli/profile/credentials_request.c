/* SPDX-License-Identifier: MIT */
#include "cli/profile/credentials_request.h"

#include "cli/vault/agent_call.h"
#include "cli/profile/sts_settings.h"
#include "cli/ui/ask.h"
#include "cli/ui/say.h"
#include "cli/vault/link.h"
#include "cli/show/plan_show.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first of two variables that has a value. */
static const char *either(const char *first, const char *second)
{
	const char *value = getenv(first);

	if (!value || !*value)
		value = getenv(second);
	return value && *value ? value : NULL;
}

/* Whether the command takes this option at all. */
static bool has_option(const struct cli *cli, const char *name)
{
	const struct option *o = cli->options.tables[1];

	for (; o && o->name; o++) {
		if (strcmp(o->name, name) == 0)
			return true;
	}
	return false;
}

/*
 * The region that `export` or `exec` has set for another profile: both variables at once, beside
 * CREDVAULT_PROFILE. Where a person has set one of them since, it is that person's.
 */
static bool region_is_ours(void)
{
	const char *mark = getenv("CREDVAULT_PROFILE"), *region = getenv("AWS_REGION");
	const char *fallback = getenv("AWS_DEFAULT_REGION");

	return mark && *mark && region && *region && fallback && strcmp(region, fallback) == 0;
}

bool credentials_request_region(const struct cli *cli, const char **region, struct error *err)
{
	const char *given = option_text(&cli->options, "region");
	char shown[ARN_REGION_BYTES];

	*region = NULL;
	if (!given && !region_is_ours())
		given = either("AWS_REGION", "AWS_DEFAULT_REGION");
	if (!given)
		return true;
	if (!arn_is_region(given)) {
		text_escape_into(given, shown, sizeof(shown));
		return error_set(err, ERROR_USAGE, "\"%s\" is not a region", shown);
	}
	*region = given;
	return true;
}

bool credentials_request_proxy(struct http_proxy *out, struct error *err)
{
	const char *url = either("https_proxy", "HTTPS_PROXY");
	const char *except = either("no_proxy", "NO_PROXY");

	*out = (struct http_proxy){.url = NULL};
	if (!url)
		return true;
	if (!sts_settings_check_url("the proxy's URL", url, err))
		return false;
	/* Not shown: it may hold a password. */
	if (!plan_is_proxy(url))
		return error_set(err, ERROR_USAGE, "$HTTPS_PROXY names no http or https proxy");
	if (except && strlen(except) > PLAN_NO_PROXY_MAX)
		return error_set(err, ERROR_USAGE, "$NO_PROXY is longer than %d bytes",
				 PLAN_NO_PROXY_MAX);
	*out = (struct http_proxy){.url = url, .except = except};
	return true;
}

/* Sets the command's own options in the plan. */
static bool overlay(const struct cli *cli, struct plan *plan, struct error *err)
{
	if (has_option(cli, "no-session") && option_flag(&cli->options, "no-session"))
		plan_leave_out(plan, PLAN_SESSION);
	if (!has_option(cli, "duration"))
		return true;
	if (!option_duration(&cli->options, "duration", 0, &plan->duration_s, err))
		return false;
	if (plan->duration_s &&
	    (plan->duration_s < PLAN_DURATION_MIN || plan->duration_s > PLAN_DURATION_MAX))
		return error_set(err, ERROR_USAGE,
				 "credentials last from 15 minutes to 36 hours (AWS's limits)");
	return true;
}

bool credentials_request_profile(const struct cli *cli, const struct aws_config *config,
				 const char *name, struct profile *out, struct error *err)
{
	struct profile_files files = aws_config_files(config);
	const char *region;
	struct plan *plan = &out->plan;

	if (!text_check_name("profile", name, err) ||
	    !credentials_request_region(cli, &region, err) ||
	    !profile_resolve(&files, name, out, err))
		return false;
	if (region)
		(void)snprintf(plan->region, sizeof(plan->region), "%s", region);
	if (!sts_settings_apply(cli, config, name, plan, err) ||
	    !credentials_request_proxy(&plan->proxy, err) || !overlay(cli, plan, err) ||
	    !plan_check(plan, err))
		return error_profile(err, name);
	return true;
}

/* Makes the arguments; args->plan borrows the caller's plan. */
static bool make_args(struct cli *cli, const struct aws_config *config, const char *name,
		      struct profile *profile, json_t **plan, struct msg_credentials *args,
		      struct error *err)
{
	*args = (struct msg_credentials){.profile = name};
	if (!credentials_request_profile(cli, config, name, profile, err) ||
	    !plan_to_json(&profile->plan, plan, err))
		return false;
	args->plan.value = *plan;
	return true;
}

/* Where a request's answer goes. */
struct receipt {
	struct cli *cli;
	struct buf *text;
	const struct plan *plan;
};

static bool keep_text(void *ctx, const char *text, size_t len, struct error *err)
{
	const struct receipt *receipt = ctx;

	return buf_append(receipt->text, text, len, err);
}

static bool note_event(void *ctx, const json_t *event, struct error *err)
{
	const struct receipt *receipt = ctx;
	struct msg_clock clock;
	struct error unused = ERROR_INIT;
	char off[TEXT_DURATION_BYTES], no_iam[PLAN_SHOW_NO_IAM_BYTES];

	(void)err;
	if (strcmp(json_text_of(event, "what"), "no-iam") == 0) {
		plan_show_no_iam(plan_value(&receipt->plan->origin, "name"), no_iam);
		say_note(receipt->cli, "%s", no_iam);
		return true;
	}
	if (!fields_read_answer(&msg_clock, event, &clock, &unused) ||
	    strcmp(clock.what, "clock") != 0)
		return true;
	receipt->cli->clock_ahead_s = clock.ahead_s;
	/* The difference is rounded to the minute. */
	text_format_duration((clock.ahead_s < 0 ? -clock.ahead_s : clock.ahead_s) + 30, off);
	say_note(receipt->cli, "This machine's clock is %s %s AWS's; ends of sessions go by AWS's.",
		 off, clock.ahead_s < 0 ? "behind" : "ahead of");
	return true;
}

/* Sends the request; the answer's text to `text`, or where that is NULL its value to *ok. */
static bool request_send(struct cli *cli, const char *name, enum msg_purpose purpose,
			 struct buf *text, json_t **ok, struct error *err)
{
	struct aws_config config = AWS_CONFIG_EMPTY;
	struct profile profile;
	struct receipt receipt = {.cli = cli, .text = text, .plan = &profile.plan};
	struct agent_watch watch = {
	    .ok_text = text ? keep_text : NULL, .event = note_event, .ctx = &receipt};
	const char *before = cli->profile;
	char code[ASK_CODE_BYTES];
	struct msg_credentials args;
	json_t *plan = NULL;
	bool done = false, absent;

	*ok = NULL;
	cli->profile = name;
	/* Connects first: the agent looks up this process while it reads the configuration. */
	if (!text_check_name("profile", name, err) || !link_find(cli, &absent, err) ||
	    !aws_config_read(&config, err) || !ask_given_code(cli, code, err) ||
	    !make_args(cli, &config, name, &profile, &plan, &args, err))
		goto out;
	watch.mfa_process = profile.mfa_process;
	args.purpose = purpose;
	args.code = code;
	args.can_ask = profile.mfa_process || ask_can_code(cli);
	args.askpass = !cli->no_input;
	done = agent_call(cli, "credentials", MESSAGE(msg_credentials, &args), &watch, ok, err);
	if (!done)
		profile_explain(&profile, err);
out:
	json_decref(plan);
	aws_config_clear(&config);
	secret_wipe(code, sizeof(code));
	cli->profile = before;
	return done || error_profile(err, name);
}

/* Reads the agent's answer to `credentials`. PROTOCOL when a member is missing. */
static bool request_decode(const json_t *ok, struct credentials *out, struct error *err)
{
	/* The agent has checked the expiry already, and knows the skew of the local clock. */
	const int64_t now = 0;
	const char *id, *secret, *token, *expiration, *region, *account;
	int64_t expires_at = 0;

	if (!json_need_text(ok, "AccessKeyId", ARN_ACCESS_KEY_ID_MAX, &id, err) ||
	    !json_need_text(ok, "SecretAccessKey", ARN_SECRET_MAX, &secret, err) ||
	    !json_text(ok, "SessionToken", ARN_SESSION_TOKEN_MAX, &token, err) ||
	    !json_text(ok, "Expiration", 64, &expiration, err) ||
	    !json_text(ok, "Region", ARN_REGION_BYTES - 1, &region, err) ||
	    !json_text(ok, "AccountId", ARN_ACCOUNT_BYTES - 1, &account, err))
		return false;
	if (expiration && !time_parse_iso(expiration, &expires_at))
		return error_set(err, ERROR_PROTOCOL, "the agent's answer has no valid expiry");
	if (!credentials_set(out,
			     &(struct credentials_text){.access_key_id = id,
							.secret = secret,
							.secret_len = strlen(secret),
							.session_token = token,
							.expires_at = expires_at},
			     now, err))
		return false;
	(void)snprintf(out->region, sizeof(out->region), "%s", region ? region : "");
	(void)snprintf(out->account_id, sizeof(out->account_id), "%s", account ? account : "");
	if (credentials_validate(out, now, err))
		return true;
	credentials_clear(out);
	return false;
}

bool credentials_request_send(struct cli *cli, const char *name, enum msg_purpose purpose,
			      struct credentials *out, struct error *err)
{
	json_t *ok = NULL;
	bool done;

	credentials_init(out);
	done = request_send(cli, name, purpose, NULL, &ok, err) &&
	       (request_decode(ok, out, err) || error_profile(err, name));
	json_decref(ok);
	return done;
}

bool credentials_request_process(struct cli *cli, const char *name, struct buf *out,
				 struct error *err)
{
	static const char head[] = "{\"Version\":1,\"AccessKeyId\":\"";
	json_t *none = NULL;

	if (!request_send(cli, name, MSG_FOR_PROCESS, out, &none, err))
		return false;
	return strncmp(buf_text(out), head, sizeof(head) - 1) == 0 ||
	       error_set(err, ERROR_PROTOCOL, "the agent's answer holds no credentials");
}

bool credentials_request_session(struct cli *cli, const char *name, json_t **ok, struct error *err)
{
	return request_send(cli, name, MSG_FOR_UNLOCK, NULL, ok, err);
}

bool credentials_request_print_plan(struct cli *cli, const char *name, struct error *err)
{
	struct aws_config config = AWS_CONFIG_EMPTY;
	struct profile profile;
	struct msg_credentials args;
	json_t *plan = NULL, *steps = NULL;
	bool absent = false, done;

	done = text_check_name("profile", name, err) && aws_config_read(&config, err) &&
	       make_args(cli, &config, name, &profile, &plan, &args, err);
	if (done && !agent_call_if_there(cli, "plan", MESSAGE(msg_plan, &args), NULL, &absent,
					 &steps, err)) {
		profile_explain(&profile, err);
		done = false;
	}
	done = done && (!absent || plan_show_make(name, &profile.plan, &steps, err));
	done = done && plan_show_print(cli, steps, err);
	json_decref(plan);
	json_decref(steps);
	aws_config_clear(&config);
	return done || error_profile(err, name);
}
