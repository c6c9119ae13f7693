/* SPDX-License-Identifier: MIT */
#include "vault/aws/endpoint.h"

#include "tests/format/vectors.h"
#include "vault/format/json.h"

static void make(const char *service, const char *region, const char *url, struct endpoint *out)
{
	struct error err;

	if (!endpoint_make(service, region, url, out, &err))
		fail_msg("%s %s %s: %s", service, region ? region : "-", url ? url : "-",
			 err.message);
}

/* One published case as it is asked of us. */
struct published {
	const char *service, *region, *custom, *url, *signing;
	struct endpoint_variant variant;
};

static struct published published(const char *service, const json_t *test)
{
	const json_t *params = json_object_get(test, "params");
	const json_t *expected = json_object_get(json_object_get(test, "expect"), "endpoint");
	const json_t *scheme = json_array_get(
	    json_object_get(json_object_get(expected, "properties"), "authSchemes"), 0);

	return (struct published){
	    .service = service,
	    .region = json_string_value(json_object_get(params, "Region")),
	    .custom = json_string_value(json_object_get(params, "Endpoint")),
	    .url = json_string_value(json_object_get(expected, "url")),
	    .signing = json_string_value(json_object_get(scheme, "signingRegion")),
	    .variant = {.fips = json_is_true(json_object_get(params, "UseFIPS")),
			.dual_stack = json_is_true(json_object_get(params, "UseDualStack")),
			.global = json_is_true(json_object_get(params, "UseGlobalEndpoint"))}};
}

/*
 * Where we depart: STS's global endpoint is asked for by name alone (its tokens are not valid in
 * all regions), and where no region is known us-east-1's answers.
 */
static bool is_departure(const struct published *is)
{
	return (!is->region && !is->custom) ||
	       (is->region && strcmp(is->region, "aws-global") == 0 && !is->variant.global);
}

/* Compares one case; true where it comes out as published. */
static bool compare(const struct published *is)
{
	struct endpoint made;
	struct error err;
	char with_slash[512];
	bool ok = endpoint_make_variant(is->service, is->region, is->custom, &is->variant, &made,
					&err);

	if (is_departure(is)) {
		assert_true(ok);
		assert_string_equal(made.region, "us-east-1");
		assert_string_equal(made.host, strcmp(is->service, "sts") == 0
						   ? "sts.us-east-1.amazonaws.com"
						   : "iam.amazonaws.com");
		return false;
	}
	if (!is->url) {
		assert_false(ok);
		assert_int_equal(err.code, ERROR_USAGE);
		return true;
	}
	if (!ok)
		fail_msg("%s: %s", is->url, err.message);
	(void)snprintf(with_slash, sizeof(with_slash), "%s/", is->url);
	assert_string_equal(made.url, with_slash);
	if (is->signing)
		assert_string_equal(made.region, is->signing);
	else if (is->region && strcmp(is->service, "sts") == 0)
		assert_string_equal(made.region, is->region);
	return true;
}

static void the_published_cases_come_out_the_same(void **state)
{
	static const struct {
		const char *name;
		size_t cases;
		int departures;
	} services[] = {{"sts", 69, 2}, {"iam", 26, 1}};
	char root[512];

	(void)state;
	vectors_need("botocore/endpoint-rules", root);
	for (size_t s = 0; s < 2; s++) {
		struct buf text = BUF_INIT(4194304);
		struct error err;
		json_t *all;
		const json_t *tests, *test;
		size_t i;
		int departures = 0;

		vectors_read(root, services[s].name, "endpoint-tests-1.json", &text);
		assert_true(json_parse(text.data, text.len, text.len, &all, &err));
		tests = json_object_get(all, "testCases");
		assert_int_equal(json_array_size(tests), services[s].cases);
		json_array_foreach((json_t *)(uintptr_t)tests, i, test)
		{
			const struct published is = published(services[s].name, test);

			departures += !compare(&is);
		}
		assert_int_equal(departures, services[s].departures);
		json_decref(all);
		buf_clear(&text);
	}
}

static void fips_and_dual_stack_have_no_place_at_a_custom_endpoint(void **state)
{
	const struct endpoint_variant fips = {.fips = true}, dual = {.dual_stack = true};
	struct endpoint made;
	struct error err;

	(void)state;
	assert_false(
	    endpoint_make_variant("sts", "eu-west-1", "https://corp.example", &fips, &made, &err));
	assert_non_null(strstr(err.message, "use_fips_endpoint"));
	assert_false(
	    endpoint_make_variant("sts", "eu-west-1", "https://corp.example", &dual, &made, &err));
	assert_non_null(strstr(err.message, "use_dualstack_endpoint"));
}

static void a_key_sealed_for_a_host_of_aws_by_name_goes_there_still(void **state)
{
	struct endpoint fips;

	(void)state;
	make("sts", "us-east-1", "https://sts-fips.us-east-1.amazonaws.com", &fips);
	assert_int_equal(fips.kind, ENDPOINT_AWS);
	assert_true(endpoint_allows(ENDPOINT_AWS, "", &fips));
	assert_true(endpoint_allows(ENDPOINT_HTTPS, "sts-fips.us-east-1.amazonaws.com", &fips));
	assert_false(endpoint_allows(ENDPOINT_HTTPS, "sts-fips.us-east-2.amazonaws.com", &fips));
}

static void sts_is_asked_at_its_global_endpoint_only_where_that_is_wished_for(void **state)
{
	struct endpoint made;

	(void)state;
	make("sts", NULL, NULL, &made);
	assert_string_equal(made.url, "https://sts.us-east-1.amazonaws.com/");
	make("sts", "aws-global", NULL, &made);
	assert_string_equal(made.url, "https://sts.us-east-1.amazonaws.com/");
	assert_string_equal(made.region, "us-east-1");
	make("sts", "aws-cn-global", NULL, &made);
	assert_string_equal(made.url, "https://sts.cn-north-1.amazonaws.com.cn/");
}

static void each_partition_has_its_suffix_and_its_iam(void **state)
{
	static const struct {
		const char *region, *partition, *sts, *iam, *iam_region;
	} cases[] = {
	    {"eu-west-1", "aws", "sts.eu-west-1.amazonaws.com", "iam.amazonaws.com", "us-east-1"},
	    {"cn-northwest-1", "aws-cn", "sts.cn-northwest-1.amazonaws.com.cn",
	     "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
	    {"us-gov-east-1", "aws-us-gov", "sts.us-gov-east-1.amazonaws.com",
	     "iam.us-gov.amazonaws.com", "us-gov-west-1"},
	    {"eusc-de-east-1", "aws-eusc", "sts.eusc-de-east-1.amazonaws.eu",
	     "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
	    {"us-isof-south-1", "aws-iso-f", "sts.us-isof-south-1.csp.hci.ic.gov",
	     "iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"},
	};
	struct endpoint made;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make("sts", cases[i].region, NULL, &made);
		assert_string_equal(made.host, cases[i].sts);
		assert_string_equal(made.partition, cases[i].partition);
		assert_int_equal(made.kind, ENDPOINT_AWS);
		make("iam", cases[i].region, NULL, &made);
		assert_string_equal(made.host, cases[i].iam);
		assert_string_equal(made.region, cases[i].iam_region);
	}
}

static void a_region_that_is_none_never_gets_into_a_host_name(void **state)
{
	static const char *const bad[] = {
	    "us-east-1.evil.example", "eu west", "US-EAST-1", "us-east-1/", "a@b", "eu-central-1#"};
	struct endpoint made;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(endpoint_make("sts", bad[i], NULL, &made, &err));
		assert_int_equal(err.code, ERROR_USAGE);
	}
}

static void plain_http_is_for_literal_loopback_addresses_alone(void **state)
{
	static const char *const good[] = {"http://127.0.0.1:9911", "http://127.9.8.7",
					   "http://[::1]:80", "https://127.0.0.1:8443"};
	static const char *const bad[] = {
	    "http://localhost:9911",
	    "http://sts.amazonaws.com",
	    "http://128.0.0.1",
	    "http://127.0.0.1.evil.example",
	    "http://127.1",
	    "http://[::2]",
	    "http://[::ffff:8.8.8.8]",
	    "http://0177.0.0.1",
	    "http://2130706433",
	    "ftp://127.0.0.1",
	    "127.0.0.1:9911",
	    "",
	};
	char host[ENDPOINT_HOST_BYTES];
	enum endpoint_class kind;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(endpoint_classify(good[i], &kind, host, &err));
		assert_int_equal(kind, ENDPOINT_LOOPBACK);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (endpoint_classify(bad[i], &kind, host, &err))
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(err.code, ERROR_USAGE);
	}
}

static void a_url_that_hides_something_is_refused(void **state)
{
	static const char *const bad[] = {
	    "https://user@example.com",
	    "https://a:b@example.com",
	    "https://example.com/?x=1",
	    "https://example.com#x",
	    "https://example.com:0",
	    "https://example.com:65536",
	    "https://example.com:1x",
	    "https://",
	    "https://:443",
	    "https://exa mple.com",
	    "https://example.com/a b",
	    "https://example.com/../x",
	    "https://example.com/%2e",
	    "https://[::1",
	    "https://[::1]x",
	    "https://ex\nample.com",
	    "https://example.com\\@evil",
	};
	struct endpoint made;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (endpoint_make("sts", "us-east-1", bad[i], &made, &err))
			fail_msg("%s was taken as %s", bad[i], made.url);
		assert_int_equal(err.code, ERROR_USAGE);
	}
}

static void a_custom_endpoint_keeps_port_and_path_and_signs_for_the_region(void **state)
{
	struct endpoint made;

	(void)state;
	make("sts", "eu-west-1", "https://STS.Corp.Example:8443/base", &made);
	assert_string_equal(made.url, "https://sts.corp.example:8443/base");
	assert_string_equal(made.host, "sts.corp.example:8443");
	assert_string_equal(made.path, "/base");
	assert_string_equal(made.region, "eu-west-1");
	assert_int_equal(made.kind, ENDPOINT_HTTPS);
	make("sts", "eu-west-1", "https://corp.example:443", &made);
	assert_string_equal(made.url, "https://corp.example/");
	make("iam", "eu-west-1", "http://127.0.0.1:9911/", &made);
	assert_string_equal(made.host, "127.0.0.1:9911");
	assert_string_equal(made.region, "us-east-1");
	assert_false(made.tls);
}

static void only_hosts_of_awss_own_rules_count_as_aws(void **state)
{
	static const char *const aws[] = {
	    "https://sts.eu-west-1.amazonaws.com",     "https://iam.amazonaws.com/",
	    "https://sts.cn-north-1.amazonaws.com.cn", "https://sts.amazonaws.com",
	    "https://sts-fips.us-east-1.api.aws",      "https://sts.eu-west-1.api.aws",
	    "https://iam-fips.amazonaws.com",	       "https://iam.global.api.aws"};
	static const char *const others[] = {"https://bucket.s3.amazonaws.com",
					     "https://sts.amazonaws.com.evil.example",
					     "https://sts.evil.amazonaws.com.example",
					     "https://sts.a.b.amazonaws.com",
					     "https://sts.eu-west-1.amazonaws.com:8443",
					     "https://amazonaws.com",
					     "https://sts.cn-north-1.amazonaws.com",
					     "https://ec2-1-2-3-4.amazonaws.com",
					     "https://sts-fips.cn-north-1.api.aws",
					     "https://sts-fips.us-gov-west-1.amazonaws.com",
					     "https://iam.eu-west-1.amazonaws.com"};
	char host[ENDPOINT_HOST_BYTES];
	enum endpoint_class kind;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(aws) / sizeof(aws[0]); i++) {
		assert_true(endpoint_classify(aws[i], &kind, host, &err));
		assert_int_equal(kind, ENDPOINT_AWS);
		assert_string_equal(host, "");
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_true(endpoint_classify(others[i], &kind, host, &err));
		if (kind != ENDPOINT_HTTPS)
			fail_msg("%s counts as %s", others[i], endpoint_class_name(kind));
	}
}

static void a_key_sealed_for_one_class_never_signs_for_another(void **state)
{
	struct endpoint aws, corp, other, local;

	(void)state;
	make("sts", "eu-west-1", NULL, &aws);
	make("sts", "eu-west-1", "https://corp.example:8443", &corp);
	make("sts", "eu-west-1", "https://corp.example", &other);
	make("sts", "eu-west-1", "http://127.0.0.1:9911", &local);
	assert_true(endpoint_allows(ENDPOINT_AWS, "", &aws));
	assert_false(endpoint_allows(ENDPOINT_AWS, "", &corp));
	assert_false(endpoint_allows(ENDPOINT_AWS, "", &local));
	assert_true(endpoint_allows(ENDPOINT_HTTPS, "corp.example:8443", &corp));
	assert_false(endpoint_allows(ENDPOINT_HTTPS, "corp.example:8443", &other));
	assert_false(endpoint_allows(ENDPOINT_HTTPS, "corp.example:8443", &aws));
	assert_true(endpoint_allows(ENDPOINT_LOOPBACK, "127.0.0.1:1", &local));
	assert_false(endpoint_allows(ENDPOINT_LOOPBACK, "127.0.0.1:9911", &aws));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_published_cases_come_out_the_same),
	    cmocka_unit_test(fips_and_dual_stack_have_no_place_at_a_custom_endpoint),
	    cmocka_unit_test(a_key_sealed_for_a_host_of_aws_by_name_goes_there_still),
	    cmocka_unit_test(sts_is_asked_at_its_global_endpoint_only_where_that_is_wished_for),
	    cmocka_unit_test(each_partition_has_its_suffix_and_its_iam),
	    cmocka_unit_test(a_region_that_is_none_never_gets_into_a_host_name),
	    cmocka_unit_test(plain_http_is_for_literal_loopback_addresses_alone),
	    cmocka_unit_test(a_url_that_hides_something_is_refused),
	    cmocka_unit_test(a_custom_endpoint_keeps_port_and_path_and_signs_for_the_region),
	    cmocka_unit_test(only_hosts_of_awss_own_rules_count_as_aws),
	    cmocka_unit_test(a_key_sealed_for_one_class_never_signs_for_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
