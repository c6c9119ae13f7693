/* SPDX-License-Identifier: MIT */
#include "cli/scan/sarif.h"

#include "cli/scan/scan_report.h"

#include <stdio.h>
#include <string.h>

enum { URI_BYTES = 3 * PATH_MAX, MESSAGE_BYTES = 256 };

/* A path as a URI, relative where the path is (RFC 3986). */
static void sarif_uri(const char *path, char out[static URI_BYTES])
{
	size_t n = 0;

	if (path[0] == '/')
		n = (size_t)snprintf(out, URI_BYTES, "file://");
	for (; *path && n + 4 < URI_BYTES; path++) {
		unsigned char c = (unsigned char)*path;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("-._~/", c))
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, 4, "%%%02X", c);
	}
	out[n] = '\0';
}

static json_t *sarif_result(const struct scan_finding *finding)
{
	static const char *const rules[] = {[KEY_PATTERN_KEY] = "aws-access-key",
					    [KEY_PATTERN_LONE_ID] = "aws-access-key-id",
					    [KEY_PATTERN_LONE_SECRET] = "aws-secret"};
	char uri[URI_BYTES], message[MESSAGE_BYTES];
	json_t *result;

	sarif_uri(finding->path, uri);
	(void)snprintf(message, sizeof(message), "AWS access key in plaintext: %s%s%s%s%s.",
		       scan_report_kind(finding), finding->id[0] ? ", " : "", finding->id,
		       finding->account[0] ? " of account " : "", finding->account);
	result = json_pack(
	    "{s:s, s:s, s:{s:s}, s:[{s:{s:{s:s}, s:{s:I}}}]}", "ruleId", rules[finding->kind],
	    "level", finding->kind == KEY_PATTERN_LONE_ID ? "note" : "error", "message", "text",
	    message, "locations", "physicalLocation", "artifactLocation", "uri", uri, "region",
	    "startLine", (json_int_t)(finding->line ? finding->line : 1));
	if (result && finding->commit[0] &&
	    json_object_set_new(result, "properties",
				json_pack("{s:s}", "commit", finding->commit)) != 0) {
		json_decref(result);
		return NULL;
	}
	return result;
}

bool sarif_make(const struct scan *scan, json_t **out, struct error *err)
{
	json_t *results = json_array();
	bool ok = results != NULL;

	for (size_t i = 0; ok && i < scan->count; i++)
		ok = json_array_append_new(results, sarif_result(&scan->findings[i])) == 0;
	*out = ok ? json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:["
			      "{s:s, s:{s:s}}, {s:s, s:{s:s}}, {s:s, s:{s:s}}]}}, s:O}]}",
			      "$schema", "https://json.schemastore.org/sarif-2.1.0.json", "version",
			      "2.1.0", "runs", "tool", "driver", "name", "credvault", "version",
			      CV_VERSION, "rules", "id", "aws-access-key", "shortDescription",
			      "text", "An AWS access key and its secret in plaintext", "id",
			      "aws-secret", "shortDescription", "text",
			      "A secret access key in plaintext", "id", "aws-access-key-id",
			      "shortDescription", "text",
			      "The id of an AWS access key, without a secret", "results", results)
		  : NULL;
	json_decref(results);
	return *out || error_set(err, ERROR_MEMORY, "out of memory");
}
