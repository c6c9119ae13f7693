/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_ENDPOINT_H
#define CV_AWS_ENDPOINT_H

#include "vault/base/error.h"
#include "vault/format/arn.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Where a service answers, by the endpoint rules that AWS publishes with its SDKs. STS is asked in
 * a region unless its global endpoint is wished for (which makes tokens that are not valid
 * everywhere); IAM has one endpoint per partition.
 */

enum { ENDPOINT_HOST_BYTES = 272, ENDPOINT_PATH_BYTES = 256, ENDPOINT_URL_BYTES = 544 };

/** The kind of an endpoint; sealed with each key (docs/format.md). */
enum endpoint_class {
	ENDPOINT_AWS,	  /**< a host of AWS's own rules, port 443 */
	ENDPOINT_HTTPS,	  /**< one named https host */
	ENDPOINT_LOOPBACK /**< a literal loopback address: 127.0.0.0/8 or [::1] */
};

struct endpoint {
	enum endpoint_class kind;
	bool tls;
	char url[ENDPOINT_URL_BYTES]; /**< scheme, host, path; what to ask */
	char
	    host[ENDPOINT_HOST_BYTES]; /**< the Host header: name, and port where not the default */
	char path[ENDPOINT_PATH_BYTES]; /**< "/" unless a custom endpoint names one */
	char region[ARN_REGION_BYTES];	/**< to sign for */
	char partition[32];		/**< "aws", "aws-cn", …; by the region asked for */
	bool global;			/**< STS's global endpoint, whose tokens differ */
};

/** Which of AWS's own endpoints of a service, as the profiles' settings of these names say. */
struct endpoint_variant {
	bool fips;	 /**< use_fips_endpoint */
	bool dual_stack; /**< use_dualstack_endpoint */
	/**
	 * sts_regional_endpoints = legacy: STS's global endpoint, for the regions that were there
	 * before it had regional ones.
	 */
	bool global;
};

/**
 * service is a name in the table of services, "sts" or "iam"; region may be NULL or "" (us-east-1
 * then); url is a custom endpoint, NULL or "" for AWS's own. USAGE for a region or URL that is not
 * accepted: https to any host, http to literal loopback addresses only; no user information, no
 * query, no fragment. A custom URL that names exactly what AWS's rules give is ENDPOINT_AWS.
 */
MUST bool endpoint_make(const char *service, const char *region, const char *url,
			struct endpoint *out, struct error *err);

/**
 * As endpoint_make() for a variant of AWS's own endpoint. USAGE also for FIPS or dual-stack with a
 * custom endpoint, which has none.
 */
MUST bool endpoint_make_variant(const char *service, const char *region, const char *url,
				const struct endpoint_variant *variant, struct endpoint *out,
				struct error *err);

/** The kind and host of a custom endpoint URL, as they are sealed with a key (host "" for AWS). */
MUST bool endpoint_classify(const char *url, enum endpoint_class *kind,
			    char host[static ENDPOINT_HOST_BYTES], struct error *err);

/**
 * Whether a key sealed for (kind, host) may sign for endpoint: the same kind, and for
 * ENDPOINT_HTTPS the same host and port. Any loopback port serves a key sealed for loopback. A key
 * sealed for one of AWS's hosts by its name, before that counted as AWS, goes there still.
 */
bool endpoint_allows(enum endpoint_class kind, const char *host, const struct endpoint *endpoint);

/**
 * The region that answers for a partition where no region is given; "us-east-1" for an unknown
 * partition.
 */
const char *endpoint_default_region(const char *partition);

/** "aws", "https", "loopback": as it is sealed and printed. */
const char *endpoint_class_name(enum endpoint_class kind);

#endif
