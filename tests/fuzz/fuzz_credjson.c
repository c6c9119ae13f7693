/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/format/credjson.h"
#include "vault/format/credlines.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines: id, secret, token, region, account. What passes the check is written as it is. */
void fuzz_credjson(const uint8_t *data, size_t size)
{
	struct credentials credentials = CREDENTIALS_INIT;
	struct buf json = BUF_INIT(CREDJSON_LIMIT), process = BUF_INIT(CREDJSON_LIMIT);
	struct buf lines = BUF_INIT(CREDLINES_LIMIT);
	struct error err = ERROR_INIT;
	char *line[5];
	json_t *value;

	for (size_t i = 0; i < 5; i++)
		line[i] = fuzz_line(&data, &size);
	if (credentials_set(&credentials,
			    &(struct credentials_text){.access_key_id = line[0],
						       .secret = line[1],
						       .secret_len = strlen(line[1]),
						       .session_token = line[2],
						       .expires_at = line[2][0] ? 1800000000 : 0},
			    1700000000, &err)) {
		if (arn_is_region(line[3]))
			(void)snprintf(credentials.region, sizeof(credentials.region), "%s",
				       line[3]);
		if (arn_is_account_id(line[4]))
			(void)snprintf(credentials.account_id, sizeof(credentials.account_id), "%s",
				       line[4]);
		FUZZ_HOLDS(credjson_json(&credentials, &json, &err));
		FUZZ_HOLDS(credjson_process(&credentials, &process, &err));
		FUZZ_HOLDS(json_parse(json.data, json.len, json.limit, &value, &err));
		FUZZ_HOLDS(strcmp(json_text_of(value, "AccessKeyId"), line[0]) == 0);
		FUZZ_HOLDS(strcmp(json_text_of(value, "SecretAccessKey"), line[1]) == 0);
		FUZZ_HOLDS(strcmp(json_text_of(value, "SessionToken"), line[2]) == 0);
		FUZZ_HOLDS(strcmp(json_text_of(value, "Region"), credentials.region) == 0);
		json_decref(value);
		credjson_drop_region(&json);
		FUZZ_HOLDS(strcmp(buf_text(&json), buf_text(&process)) == 0);
		FUZZ_HOLDS(credlines_variables(&credentials, CREDLINES_ENV, "m", &lines, &err));
		FUZZ_HOLDS(credlines_section(&credentials, "m", &lines, &err));
	}
	for (size_t i = 0; i < 5; i++)
		free(line[i]);
	credentials_clear(&credentials);
	buf_clear(&json);
	buf_clear(&process);
	buf_clear(&lines);
}
