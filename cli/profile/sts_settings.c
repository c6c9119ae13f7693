/* SPDX-License-Identifier: MIT */
#include "cli/profile/sts_settings.h"

#include "vault/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A profile that is looked up. */
struct looked_up {
	const struct aws_config *config;
	struct profile_files files;
	const char *name;
};

bool sts_settings_check_url(const char *what, const char *url, struct error *err)
{
	for (const char *p = url; *p; p++) {
		if (*p <= ' ' || *p > '~')
			return error_set(err, ERROR_USAGE, "%s holds what no URL may", what);
	}
	if (strlen(url) > PLAN_URL_MAX)
		return error_set(err, ERROR_USAGE, "%s is longer than %d bytes", what,
				 PLAN_URL_MAX);
	return true;
}

bool sts_settings_endpoint(const struct cli *cli, const char **endpoint, struct error *err)
{
	*endpoint = option_text(&cli->options, "endpoint-url");
	return !*endpoint || sts_settings_check_url("the endpoint's URL", *endpoint, err);
}

static bool is_not_valid(const struct profile_line *where, const char *name, const char *key,
			 const char *rule, struct error *err)
{
	profile_line_tell(where, err, ERROR_USAGE, "%s is not valid: %s", key, rule);
	return error_profile(err, name);
}

/*
 * What the agent would refuse, with its file and line: https to any host, http to a literal
 * loopback address.
 */
static bool take_url(const struct looked_up *at, const struct profile_line *where, const char *url,
		     struct plan *plan, struct error *err)
{
	bool good = (strncmp(url, "https://", 8) == 0 && url[8]) ||
		    strncmp(url, "http://127.", 11) == 0 || strncmp(url, "http://[::1]", 12) == 0;

	if (!good || strpbrk(url, "@?#%\\\"<> \t\n") || strlen(url) > PLAN_URL_MAX)
		return is_not_valid(where, at->name, "endpoint_url",
				    "https://HOST is the form, or http://127.0.0.1:PORT", err);
	if (!sts_settings_check_url("endpoint_url", url, err))
		return error_profile(err, at->name);
	(void)snprintf(plan->endpoint, sizeof(plan->endpoint), "%s", url);
	return true;
}

/* The value that holds: the variable's, else the profile's, with where it stands. */
static const char *value_of(const struct looked_up *at, const char *variable, const char *key,
			    struct profile_line *where)
{
	const char *value = variable ? getenv(variable) : NULL;

	*where = (struct profile_line){NULL, 0};
	return value && *value ? value : profile_value(&at->files, at->name, key, where);
}

/* One of two words; false where the value is neither. *second is left alone where it is absent. */
static bool take_word(const struct looked_up *at, const char *variable, const char *key,
		      const char *const words[2], bool *second, struct error *err)
{
	struct profile_line where;
	const char *value = value_of(at, variable, key, &where);
	char rule[64];

	for (int i = 0; value && i < 2; i++) {
		if (strcasecmp(value, words[i]) == 0) {
			*second = i == 1;
			return true;
		}
	}
	if (!value)
		return true;
	(void)snprintf(rule, sizeof(rule), "%s or %s", words[0], words[1]);
	if (where.path)
		return is_not_valid(&where, at->name, key, rule, err);
	return error_set(err, ERROR_USAGE, "$%s is not valid: %s", variable, rule);
}

/* The `sts` block of the [services NAME] that the profile names. */
static bool take_services(const struct looked_up *at, struct plan *plan, bool *found,
			  struct error *err)
{
	const struct ini *ini = &at->config->ini;
	struct profile_line where;
	const char *services = profile_value(&at->files, at->name, "services", &where), *block;
	const struct ini_problem *problem = services ? ini_problem(ini, INI_SERVICES, services)
						     : NULL;
	char url[PLAN_URL_MAX + 2] = "";
	size_t there;

	*found = false;
	if (!services)
		return true;
	if (problem) {
		ini_problem_tell(problem, at->config->path, err);
		return error_profile(err, at->name);
	}
	(void)ini_find(ini, INI_SERVICES, services, &there);
	if (!there) {
		profile_line_tell(&where, err, ERROR_FAILED,
				  "services names a section [services …] that is not there");
		return error_profile(err, at->name);
	}
	where.path = at->config->path;
	block = ini_get(ini, INI_SERVICES, services, "sts", &where.line);
	*found = block && ini_nested(block, "endpoint_url", url, sizeof(url));
	return !*found || take_url(at, &where, url, plan, err);
}

static bool take_endpoint(const struct looked_up *at, struct plan *plan, struct error *err)
{
	static const char *const no_or_yes[] = {"false", "true"};
	struct profile_line where;
	const char *own = profile_value(&at->files, at->name, "endpoint_url", &where);
	bool ignored = false, found;

	if (!take_word(at, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls",
		       no_or_yes, &ignored, err))
		return false;
	if (ignored)
		return true;
	if (!take_services(at, plan, &found, err))
		return false;
	return found || !own || take_url(at, &where, own, plan, err);
}

bool sts_settings_apply(const struct cli *cli, const struct aws_config *config, const char *name,
			struct plan *plan, struct error *err)
{
	static const char *const no_or_yes[] = {"false", "true"}, *const regions[] = {"regional",
										      "legacy"};
	const struct looked_up at = {config, aws_config_files(config), name};
	struct endpoint_variant *variant = &plan->variant;
	const char *endpoint;

	if (!take_word(&at, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", no_or_yes, &variant->fips,
		       err) ||
	    !take_word(&at, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", no_or_yes,
		       &variant->dual_stack, err) ||
	    !take_word(&at, "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints", regions,
		       &variant->global, err) ||
	    !sts_settings_endpoint(cli, &endpoint, err))
		return false;
	if (!endpoint)
		return take_endpoint(&at, plan, err);
	(void)snprintf(plan->endpoint, sizeof(plan->endpoint), "%s", endpoint);
	return true;
}
