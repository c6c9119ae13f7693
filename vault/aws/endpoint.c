/* SPDX-License-Identifier: MIT */
#include "vault/aws/endpoint.h"

#include "vault/base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/*
 * A partition: which regions are its own, the suffix of its host names, and its one IAM endpoint.
 * Regions that fit nothing here are "aws"'s, as in the SDKs' own rules; so is "aws-global", while
 * "aws-cn-global" and its like belong to the partition they name.
 */
struct partition {
	const char *name;
	const char *prefix;	 /* of its regions' names */
	const char *suffix;	 /* of the hosts that answer by IPv4 alone */
	const char *dual_suffix; /* of those that answer by IPv6, too */
	const char *iam_region;
	/* IAM's hosts where they are not iam. or iam-fips. and a suffix: by FIPS, by dual-stack */
	const char *iam[2][2];
};

static const struct partition partitions[] = {
    {"aws",
     "",
     "amazonaws.com",
     "api.aws",
     "us-east-1",
     {{NULL, "iam.global.api.aws"}, {NULL, "iam-fips.global.api.aws"}}},
    {"aws-cn",
     "cn-",
     "amazonaws.com.cn",
     "api.amazonwebservices.com.cn",
     "cn-north-1",
     {{"iam.cn-north-1.amazonaws.com.cn", "iam.global.api.amazonwebservices.com.cn"},
      {NULL, NULL}}},
    {"aws-us-gov",
     "us-gov-",
     "amazonaws.com",
     "api.aws",
     "us-gov-west-1",
     {{"iam.us-gov.amazonaws.com", "iam.us-gov.api.aws"},
      {"iam.us-gov.amazonaws.com", "iam.us-gov.api.aws"}}},
    {"aws-iso",
     "us-iso-",
     "c2s.ic.gov",
     "api.aws.ic.gov",
     "us-iso-east-1",
     {{"iam.us-iso-east-1.c2s.ic.gov", NULL}, {"iam-fips.us-iso-east-1.c2s.ic.gov", NULL}}},
    {"aws-iso-b",
     "us-isob-",
     "sc2s.sgov.gov",
     "api.aws.scloud",
     "us-isob-east-1",
     {{"iam.us-isob-east-1.sc2s.sgov.gov", NULL}, {"iam-fips.us-isob-east-1.sc2s.sgov.gov", NULL}}},
    {"aws-iso-e",
     "eu-isoe-",
     "cloud.adc-e.uk",
     "api.cloud-aws.adc-e.uk",
     "eu-isoe-west-1",
     {{"iam.eu-isoe-west-1.cloud.adc-e.uk", NULL}, {NULL, NULL}}},
    {"aws-iso-f",
     "us-isof-",
     "csp.hci.ic.gov",
     "api.aws.hci.ic.gov",
     "us-isof-south-1",
     {{"iam.us-isof-south-1.csp.hci.ic.gov", NULL}, {NULL, NULL}}},
    {"aws-eusc",
     "eusc-",
     "amazonaws.eu",
     "api.amazonwebservices.eu",
     "eusc-de-east-1",
     {{"iam.eusc-de-east-1.amazonaws.eu", NULL}, {NULL, NULL}}},
};
enum { PARTITIONS = sizeof(partitions) / sizeof(partitions[0]) };

/* A service: whether it has a host in each region, or one in each partition. */
struct service {
	const char *name; /* in the scope of a signature, and how its hosts begin */
	bool regional;
};

static const struct service services[] = {{"sts", true}, {"iam", false}};
enum { SERVICES = sizeof(services) / sizeof(services[0]) };

/* The regions that STS's global endpoint served before there were regional ones. */
static const char *const legacy_regions[] = {
    "ap-northeast-1", "ap-south-1",   "ap-southeast-1", "ap-southeast-2",
    "aws-global",     "ca-central-1", "eu-central-1",	"eu-north-1",
    "eu-west-1",      "eu-west-2",    "eu-west-3",	"sa-east-1",
    "us-east-1",      "us-east-2",    "us-west-1",	"us-west-2"};

static const char global_sts[] = "sts.amazonaws.com";

static const struct service *service_of(const char *name)
{
	for (size_t i = 0; i < SERVICES; i++) {
		if (strcmp(services[i].name, name) == 0)
			return &services[i];
	}
	return NULL;
}

static const struct partition *partition_of(const char *region)
{
	for (size_t i = 1; i < PARTITIONS; i++) {
		const struct partition *p = &partitions[i];
		size_t n = strlen(p->name);

		if (strncmp(region, p->prefix, strlen(p->prefix)) == 0 ||
		    (strncmp(region, p->name, n) == 0 && strcmp(region + n, "-global") == 0))
			return p;
	}
	return &partitions[0];
}

static bool is_legacy(const char *region)
{
	for (size_t i = 0; i < sizeof(legacy_regions) / sizeof(legacy_regions[0]); i++) {
		if (strcmp(legacy_regions[i], region) == 0)
			return true;
	}
	return false;
}

/* A service's host in a region, or its one host in the partition. */
static void write_aws_host(const struct service *service, const struct partition *partition,
			   const char *region, const struct endpoint_variant *variant,
			   char out[static ENDPOINT_HOST_BYTES])
{
	const char *suffix = variant->dual_stack ? partition->dual_suffix : partition->suffix;
	const char *own = partition->iam[variant->fips][variant->dual_stack];
	/* STS's hosts of us-gov are FIPS's as they are. */
	bool fips = variant->fips && (variant->dual_stack || !service->regional ||
				      strcmp(partition->name, "aws-us-gov") != 0);

	if (service->regional)
		(void)snprintf(out, ENDPOINT_HOST_BYTES, "%s%s.%s.%s", service->name,
			       fips ? "-fips" : "", region, suffix);
	else if (own)
		(void)snprintf(out, ENDPOINT_HOST_BYTES, "%s", own);
	else
		(void)snprintf(out, ENDPOINT_HOST_BYTES, "%s%s.%s", service->name,
			       fips ? "-fips" : "", suffix);
}

/* AWS's own host for a service, and the region to sign for. */
static bool aws_host(const char *name, const char *region, const struct endpoint_variant *variant,
		     struct endpoint *out, struct error *err)
{
	const struct partition *partition = partition_of(region);
	const struct service *service = service_of(name);
	bool pseudo = strstr(region, "-global") != NULL;

	if (!service)
		return error_set(err, ERROR_USAGE, "no endpoint is known for that service");
	out->global = service->regional && variant->global && !variant->fips &&
		      !variant->dual_stack && is_legacy(region);
	if (out->global) {
		(void)snprintf(out->host, sizeof(out->host), "%s", global_sts);
		(void)snprintf(out->region, sizeof(out->region), "%s", partition->iam_region);
		return true;
	}
	/* A whole partition is no region: its IAM region answers for others too. */
	(void)snprintf(out->region, sizeof(out->region), "%s",
		       pseudo || !service->regional ? partition->iam_region : region);
	write_aws_host(service, partition, out->region, variant, out->host);
	return true;
}

/* A custom endpoint in its parts; all point into the text it was parsed from. */
struct parts {
	bool tls;
	bool bracketed;
	char name[ENDPOINT_HOST_BYTES]; /* without brackets and port, lower case */
	unsigned int port;		/* 0 for the default */
	const char *path;		/* "" or from '/' on */
};

static bool bad_url(struct error *err, const char *why)
{
	error_set(err, ERROR_USAGE, "an endpoint URL %s", why);
	return error_hint(err, "use https://HOST, or http://127.0.0.1:PORT for a local one");
}

static bool parse_port(const char *text, size_t len, unsigned int *port)
{
	*port = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || *port > 65535)
			return false;
		*port = *port * 10 + (unsigned int)(text[i] - '0');
	}
	return len > 0 && *port > 0 && *port <= 65535;
}

static bool host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

static bool parse_host(const char *host, size_t len, struct parts *parts, struct error *err)
{
	const char *colon;
	size_t n = len;

	parts->bracketed = len > 0 && host[0] == '[';
	if (parts->bracketed) {
		const char *close = memchr(host, ']', len);

		if (!close)
			return bad_url(err, "has an address without its ]");
		n = (size_t)(close - host) - 1;
		colon = close + 1;
		host++;
		len--;
	} else {
		colon = memchr(host, ':', len);
		if (!colon)
			colon = host + len;
		n = (size_t)(colon - host);
	}
	if (colon < host + len &&
	    (*colon != ':' ||
	     !parse_port(colon + 1, (size_t)(host + len - colon) - 1, &parts->port)))
		return bad_url(err, "has a port that is none");
	if (n == 0 || n >= 254)
		return bad_url(err, "needs a host name");
	for (size_t i = 0; i < n; i++) {
		char c = host[i];

		c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		if (!host_char(c) && !(parts->bracketed && c == ':'))
			return bad_url(err, "has a host name with odd characters");
		parts->name[i] = c;
	}
	parts->name[n] = '\0';
	if (parts->port == (parts->tls ? 443u : 80u))
		parts->port = 0;
	return true;
}

static bool path_is_plain(const char *path)
{
	for (size_t i = 0; path[i]; i++) {
		unsigned char c = (unsigned char)path[i];

		/* The signer and the server might normalise escapes and dots differently. */
		if (c <= 0x20 || c >= 0x7f || strchr("?#%\\\"<>", c) ||
		    i + 1 >= ENDPOINT_PATH_BYTES)
			return false;
	}
	return !strstr(path, "//") && !strstr(path, "/.");
}

static bool parse_url(const char *url, struct parts *parts, struct error *err)
{
	const char *host;
	size_t len;

	*parts = (struct parts){.tls = false};
	if (strncmp(url, "https://", 8) == 0) {
		parts->tls = true;
		host = url + 8;
	} else if (strncmp(url, "http://", 7) == 0) {
		host = url + 7;
	} else {
		return bad_url(err, "must start with https:// (or http:// for a loopback address)");
	}
	len = strcspn(host, "/?#");
	if (memchr(host, '@', len))
		return bad_url(err, "may not hold a user name or password");
	parts->path = host + len;
	if (strpbrk(parts->path, "?#"))
		return bad_url(err, "may not hold a query");
	if (!path_is_plain(parts->path))
		return bad_url(err, "has a path we do not take");
	return parse_host(host, len, parts, err);
}

/* Numeric and in 127.0.0.0/8 or ::1: "localhost" is only as good as the resolver. */
static bool is_loopback(const struct parts *parts)
{
	struct in_addr four;
	struct in6_addr six;

	if (parts->bracketed)
		return inet_pton(AF_INET6, parts->name, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
	return inet_pton(AF_INET, parts->name, &four) == 1 && ntohl(four.s_addr) >> 24 == 127;
}

/*
 * Whether a name is what the rules of one partition give for a service, in some region where it is
 * regional.
 */
static bool is_service_host(const char *name, const struct service *service,
			    const struct partition *partition,
			    const struct endpoint_variant *variant)
{
	const char *begin = strchr(name, '.'), *end;
	char region[ARN_REGION_BYTES] = "", host[ENDPOINT_HOST_BYTES];

	if (service->regional) {
		end = begin ? strchr(begin + 1, '.') : NULL;
		if (!end || (size_t)(end - begin - 1) >= sizeof(region))
			return false;
		memcpy(region, begin + 1, (size_t)(end - begin - 1));
		if (!arn_is_region(region) || partition_of(region) != partition)
			return false;
	}
	write_aws_host(service, partition, region, variant, host);
	return strcmp(host, name) == 0;
}

/* Whether the host is what AWS's rules give for some region and one of our services. */
static bool is_aws(const struct parts *parts)
{
	if (!parts->tls || parts->bracketed || parts->port != 0)
		return false;
	for (size_t i = 0; i < PARTITIONS; i++) {
		for (size_t j = 0; j < SERVICES; j++) {
			for (unsigned int k = 0; k < 4; k++) {
				const struct endpoint_variant variant = {.fips = k & 1,
									 .dual_stack = k & 2};

				if (is_service_host(parts->name, &services[j], &partitions[i],
						    &variant))
					return true;
			}
		}
	}
	return strcmp(parts->name, global_sts) == 0;
}

static bool classify(const struct parts *parts, enum endpoint_class *kind, struct error *err)
{
	bool loopback = is_loopback(parts);

	if (!parts->tls && !loopback)
		return bad_url(err, "without TLS must name a literal loopback address");
	*kind = loopback ? ENDPOINT_LOOPBACK : is_aws(parts) ? ENDPOINT_AWS : ENDPOINT_HTTPS;
	return true;
}

static void write_host(const struct parts *parts, char out[static ENDPOINT_HOST_BYTES])
{
	const char *open = parts->bracketed ? "[" : "", *close = parts->bracketed ? "]" : "";

	if (parts->port)
		(void)snprintf(out, ENDPOINT_HOST_BYTES, "%s%.254s%s:%u", open, parts->name, close,
			       parts->port);
	else
		(void)snprintf(out, ENDPOINT_HOST_BYTES, "%s%.254s%s", open, parts->name, close);
}

static bool is_plain(const struct endpoint_variant *variant, struct error *err)
{
	if (!variant->fips && !variant->dual_stack)
		return true;
	return error_set(err, ERROR_USAGE, "%s and an endpoint of one's own exclude each other",
			 variant->fips ? "use_fips_endpoint" : "use_dualstack_endpoint");
}

bool endpoint_make_variant(const char *service, const char *region, const char *url,
			   const struct endpoint_variant *variant, struct endpoint *out,
			   struct error *err)
{
	struct parts parts = {.tls = true};

	*out = (struct endpoint){.kind = ENDPOINT_AWS, .tls = true};
	if (!region || !*region)
		region = "us-east-1";
	if (!arn_is_region(region)) {
		char shown[80];

		text_escape_into(region, shown, sizeof(shown));
		return error_set(err, ERROR_USAGE, "not a region: \"%s\"", shown);
	}
	if (url && *url) {
		const struct endpoint_variant none = {.global = false};

		if (!is_plain(variant, err) || !parse_url(url, &parts, err) ||
		    !classify(&parts, &out->kind, err) ||
		    !aws_host(service, region, &none, out, err))
			return false;
		out->tls = parts.tls;
		out->global = out->kind == ENDPOINT_AWS && strcmp(parts.name, global_sts) == 0;
		write_host(&parts, out->host);
	} else if (!aws_host(service, region, variant, out, err)) {
		return false;
	}
	(void)snprintf(out->partition, sizeof(out->partition), "%s", partition_of(region)->name);
	(void)snprintf(out->path, sizeof(out->path), "%s",
		       parts.path && *parts.path ? parts.path : "/");
	(void)snprintf(out->url, sizeof(out->url), "%s://%s%s", out->tls ? "https" : "http",
		       out->host, out->path);
	return true;
}

bool endpoint_make(const char *service, const char *region, const char *url, struct endpoint *out,
		   struct error *err)
{
	const struct endpoint_variant plain = {.global = false};

	return endpoint_make_variant(service, region, url, &plain, out, err);
}

bool endpoint_classify(const char *url, enum endpoint_class *kind,
		       char host[static ENDPOINT_HOST_BYTES], struct error *err)
{
	struct parts parts;

	host[0] = '\0';
	if (!parse_url(url, &parts, err) || !classify(&parts, kind, err))
		return false;
	if (*kind != ENDPOINT_AWS)
		write_host(&parts, host);
	return true;
}

bool endpoint_allows(enum endpoint_class kind, const char *host, const struct endpoint *endpoint)
{
	if (kind == ENDPOINT_HTTPS)
		return endpoint->tls && endpoint->kind != ENDPOINT_LOOPBACK &&
		       strcmp(host, endpoint->host) == 0;
	return kind == endpoint->kind;
}

const char *endpoint_default_region(const char *partition)
{
	for (size_t i = 0; i < PARTITIONS; i++) {
		if (strcmp(partitions[i].name, partition) == 0)
			return partitions[i].iam_region;
	}
	return partitions[0].iam_region;
}

static const char *const class_names[] = {"aws", "https", "loopback"};

const char *endpoint_class_name(enum endpoint_class kind)
{
	return class_names[kind];
}
