/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/creds/profile.h"
#include "vault/format/ini.h"

#include <stdlib.h>

/* A config file of somebody else, from a profile to a plan: no circle, and a plan that holds. */
void fuzz_profile(const uint8_t *data, size_t size)
{
	struct ini config = INI_EMPTY, credentials = INI_EMPTY;
	struct profile_files files = {&config, &credentials, "config", "credentials"};
	struct error err = ERROR_INIT;
	struct profile *profile = malloc(sizeof(*profile));
	json_t *object;

	FUZZ_HOLDS(profile);
	if (ini_parse("config", INI_CONFIG, (const char *)data, size, &config, &err) &&
	    ini_parse("credentials", INI_CREDENTIALS, (const char *)data, size, &credentials,
		      &err)) {
		(void)!profile_check_readable(&files, "a", &err);
		if (profile_resolve(&files, "a", profile, &err) &&
		    plan_to_json(&profile->plan, &object, &err)) {
			FUZZ_HOLDS(profile->plan.steps_count <= PLAN_STEPS_MAX);
			json_decref(object);
		}
	}
	ini_clear(&config);
	ini_clear(&credentials);
	free(profile);
}
