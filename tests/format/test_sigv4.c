/* SPDX-License-Identifier: MIT */
#include "vault/format/sigv4.h"

#include "tests/format/vectors.h"
#include "vault/format/canonical.h"
#include "vault/format/json.h"
#include "vault/format/time.h"

#include <dirent.h>

enum { CASES = 38, TEXT_MAX = 65536 };

/* One case of the suite, parsed. The request's texts lie in `text`, the key's in `context`. */
struct sample {
	const char *name;
	const char *root;
	struct buf text;
	json_t *context;
	struct secret secret;
	struct sigv4_header headers[SIGV4_HEADERS_MAX];
	struct sigv4_request request;
	struct sigv4_key key;
};

static const char *context_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool context_flag(const struct sample *s, const char *key)
{
	return json_is_true(json_object_get(s->context, key));
}

/* Cuts the raw request of s->text into s->request. */
static void parse_request(struct sample *s)
{
	struct sigv4_request *r = &s->request;
	char *line = s->text.data, *end = strchr(line, '\n'), *space;

	assert_non_null(end);
	*end = '\0';
	r->method = line;
	line = strchr(line, ' ');
	*line++ = '\0';
	space = strrchr(line, ' ');
	*space = '\0';
	r->path = line;
	line = strchr(line, '?');
	if (line) {
		*line++ = '\0';
		r->query = line;
	}
	for (line = end + 1; *line && *line != '\n'; line = end) {
		char *colon = strchr(line, ':');

		end = strchr(line, '\n');
		while (end && (end[1] == ' ' || end[1] == '\t'))
			end = strchr(end + 1, '\n');
		if (end)
			*end++ = '\0';
		else
			end = line + strlen(line);
		*colon = '\0';
		s->headers[r->header_count].name = line;
		s->headers[r->header_count++].value = colon + 1;
	}
	if (*line == '\n')
		line++;
	r->headers = s->headers;
	r->body = line;
	r->body_len = strlen(line);
}

static void load(const char *root, const char *name, struct sample *s)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	struct error err = ERROR_INIT;
	const json_t *credentials;
	const char *secret;

	*s = (struct sample){.name = name, .root = root, .text = BUF_INIT(TEXT_MAX)};
	vectors_read(root, name, "request.txt", &s->text);
	vectors_read(root, name, "context.json", &text);
	assert_true(json_parse(text.data, text.len, TEXT_MAX, &s->context, &err));
	buf_clear(&text);
	parse_request(s);
	credentials = json_object_get(s->context, "credentials");
	secret = context_text(credentials, "secret_access_key");
	assert_true(secret_set(&s->secret, secret, strlen(secret), &err));
	s->key.access_key_id = context_text(credentials, "access_key_id");
	s->key.secret = &s->secret;
	s->key.session_token = context_text(credentials, "token");
	s->request.service = context_text(s->context, "service");
	s->request.region = context_text(s->context, "region");
	assert_true(time_parse_iso(context_text(s->context, "timestamp"), &s->request.time));
	s->request.unnormalized_path = !context_flag(s, "normalize");
	s->request.sign_body = context_flag(s, "sign_body");
	s->request.omit_session_token = context_flag(s, "omit_session_token");
}

static void unload(struct sample *s)
{
	buf_clear(&s->text);
	secret_clear(&s->secret);
	json_decref(s->context);
}

/* Compares with a file of the case, whose end may carry line breaks of its own. */
static void expect(const struct sample *s, const char *file, const char *got)
{
	struct buf want = BUF_INIT(TEXT_MAX);

	vectors_read(s->root, s->name, file, &want);
	while (want.len > 0 && want.data[want.len - 1] == '\n')
		want.data[--want.len] = '\0';
	if (strcmp(buf_text(&want), got) != 0)
		fail_msg("%s/%s\nwant: %s\ngot:  %s", s->name, file, buf_text(&want), got);
	buf_clear(&want);
}

static void expect_stage(const struct sample *s, const char *stage)
{
	struct buf canonical = BUF_INIT(TEXT_MAX), text = BUF_INIT(1024);
	char signature[DIGEST_HEX_BYTES], file[64];
	struct error err = ERROR_INIT;

	(void)snprintf(file, sizeof(file), "header-%s.txt", stage);
	assert_true(sigv4_canonical_request(&s->request, &s->key, &canonical, &err));
	assert_true(sigv4_string_to_sign(&s->request, &canonical, &text, &err));
	assert_true(sigv4_signature(&s->request, &s->key, &text, signature, &err));
	if (strcmp(stage, "canonical-request") == 0)
		expect(s, file, buf_text(&canonical));
	else if (strcmp(stage, "string-to-sign") == 0)
		expect(s, file, buf_text(&text));
	else
		expect(s, file, signature);
	buf_clear(&canonical);
	buf_clear(&text);
}

static void append_request(const struct sample *s, const char *query, const char *extra,
			   struct buf *out)
{
	struct error err = ERROR_INIT;

	assert_true(buf_printf(out, &err, "%s %s%s%s HTTP/1.1\n", s->request.method,
			       s->request.path, query && *query ? "?" : "", query ? query : ""));
	for (size_t i = 0; i < s->request.header_count; i++)
		assert_true(
		    buf_printf(out, &err, "%s:%s\n", s->headers[i].name, s->headers[i].value));
	assert_true(buf_printf(out, &err, "%s\n%s", extra, (const char *)s->request.body));
	while (out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
}

static void expect_signed(const struct sample *s, const char *stage)
{
	struct buf got = BUF_INIT(TEXT_MAX), extra = BUF_INIT(TEXT_MAX);
	struct sigv4_signed sent = SIGV4_SIGNED_INIT;
	struct error err = ERROR_INIT;

	(void)stage;
	assert_true(sigv4_sign(&s->request, &s->key, &sent, &err));
	if (sent.session_token)
		assert_true(
		    buf_printf(&extra, &err, "X-Amz-Security-Token:%s\n", sent.session_token));
	assert_true(buf_printf(&extra, &err, "X-Amz-Date:%s\n", sent.date));
	if (sent.content_sha256[0])
		assert_true(
		    buf_printf(&extra, &err, "x-amz-content-sha256:%s\n", sent.content_sha256));
	assert_true(buf_printf(&extra, &err, "Authorization:%s\n", buf_text(&sent.authorization)));
	append_request(s, s->request.query, buf_text(&extra), &got);
	expect(s, "header-signed-request.txt", buf_text(&got));
	buf_clear(&got);
	buf_clear(&extra);
	sigv4_signed_clear(&sent);
}

static void for_all(const char *stage, void (*check)(const struct sample *, const char *))
{
	struct dirent **names = NULL;
	char root[512];
	int n, cases = 0;

	vectors_need("sigv4-aws-c-auth/v4", root);
	n = scandir(root, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		struct sample s;

		if (names[i]->d_name[0] != '.') {
			load(root, names[i]->d_name, &s);
			check(&s, stage);
			unload(&s);
			cases++;
		}
		free(names[i]);
	}
	free(names);
	assert_int_equal(cases, CASES);
}

static void every_header_canonical_request_is_the_vectors(void **state)
{
	(void)state;
	for_all("canonical-request", expect_stage);
}

static void every_header_string_to_sign_is_the_vectors(void **state)
{
	(void)state;
	for_all("string-to-sign", expect_stage);
}

static void every_header_signature_is_the_vectors(void **state)
{
	(void)state;
	for_all("signature", expect_stage);
}

static void every_header_signed_request_is_the_vectors(void **state)
{
	(void)state;
	for_all("signed-request", expect_signed);
}

/* A request of our own, for what the vectors do not ask. */
struct own {
	struct sigv4_header headers[3];
	struct secret secret;
	struct sigv4_request request;
	struct sigv4_key key;
};

static void own_init(struct own *own)
{
	struct error err = ERROR_INIT;

	*own = (struct own){.headers = {{"Host", "sts.us-east-1.amazonaws.com"}, {"X-B", "b"}}};
	assert_true(secret_set(&own->secret, "not-a-real-secret-key-of-40-characters..", 40, &err));
	own->request = (struct sigv4_request){.method = "POST",
					      .headers = own->headers,
					      .header_count = 2,
					      .path = "/",
					      .service = "sts",
					      .region = "us-east-1",
					      .time = 1440938160};
	own->key = (struct sigv4_key){.access_key_id = "AKIDEXAMPLE00000", .secret = &own->secret};
}

static void expect_refused(const struct own *own)
{
	struct sigv4_signed sent = SIGV4_SIGNED_INIT;
	struct error err = ERROR_INIT;

	assert_false(sigv4_sign(&own->request, &own->key, &sent, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_int_equal(sent.authorization.len, 0);
}

static void a_header_value_cannot_smuggle_another_header(void **state)
{
	static const char *const bad[] = {"b\r\nX-C: c", "b\nX-C: c", "b\n", "b\x01", "b\x7f"};
	struct own own;

	(void)state;
	own_init(&own);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		own.headers[1].value = bad[i];
		expect_refused(&own);
	}
	own.headers[1] = (struct sigv4_header){"X B", "b"};
	expect_refused(&own);
	own.headers[1] = (struct sigv4_header){"", "b"};
	expect_refused(&own);
	secret_clear(&own.secret);
}

static void scope_and_key_id_cannot_end_their_field_early(void **state)
{
	struct own own;

	(void)state;
	own_init(&own);
	own.request.region = "us-east-1/iam";
	expect_refused(&own);
	own.request.region = "";
	expect_refused(&own);
	own.request.region = "us-east-1";
	own.key.access_key_id = "AKID, SignedHeaders=x";
	expect_refused(&own);
	own.key.access_key_id = "AKIDEXAMPLE00000";
	own.key.session_token = "token\nX-C: c";
	expect_refused(&own);
	secret_clear(&own.secret);
}

static void nothing_is_signed_without_host_or_key(void **state)
{
	struct own own;

	(void)state;
	own_init(&own);
	own.headers[0].name = "Hosts";
	expect_refused(&own);
	own.headers[0].name = "host";
	secret_clear(&own.secret);
	expect_refused(&own);
}

static void too_many_headers_and_parameters_are_refused(void **state)
{
	struct sigv4_header many[SIGV4_HEADERS_MAX + 1];
	struct buf query = BUF_INIT(4096);
	struct error err = ERROR_INIT;
	struct own own;

	(void)state;
	own_init(&own);
	for (size_t i = 0; i < SIGV4_HEADERS_MAX + 1; i++)
		many[i] = (struct sigv4_header){"Host", "h"};
	own.request.headers = many;
	own.request.header_count = SIGV4_HEADERS_MAX + 1;
	expect_refused(&own);
	own.request.headers = own.headers;
	own.request.header_count = 2;
	for (int i = 0; i <= CANONICAL_PARAMS_MAX; i++)
		assert_true(buf_text_append(&query, "a=b&", &err));
	own.request.query = buf_text(&query);
	expect_refused(&own);
	buf_clear(&query);
	secret_clear(&own.secret);
}

static void headers_that_proxies_change_are_not_signed(void **state)
{
	struct sigv4_signed sent = SIGV4_SIGNED_INIT;
	struct error err = ERROR_INIT;
	struct own own;

	(void)state;
	own_init(&own);
	own.headers[1] = (struct sigv4_header){"User-Agent", "credvault"};
	assert_true(sigv4_sign(&own.request, &own.key, &sent, &err));
	assert_non_null(strstr(buf_text(&sent.authorization), "SignedHeaders=host;x-amz-date,"));
	sigv4_signed_clear(&sent);
	secret_clear(&own.secret);
}

static void dots_cannot_climb_above_the_root(void **state)
{
	static const char *const paths[][2] = {
	    {"/../../a", "/a"}, {"/a/./b/../c", "/a/c"}, {"", "/"},
	    {"/..", "/"},	{"/a/...", "/a/..."},	 {"/a%20b", "/a%2520b"}};
	struct error err = ERROR_INIT;
	struct own own;

	(void)state;
	own_init(&own);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct buf canonical = BUF_INIT(4096);
		char *line, *end;

		own.request.path = paths[i][0];
		assert_true(sigv4_canonical_request(&own.request, &own.key, &canonical, &err));
		line = strchr(canonical.data, '\n') + 1;
		end = strchr(line, '\n');
		*end = '\0';
		assert_string_equal(line, paths[i][1]);
		buf_clear(&canonical);
	}
	secret_clear(&own.secret);
}

/* Counts what is left of the arena by filling it. */
static size_t free_blocks(void)
{
	static struct secret all[SECRET_ARENA_BYTES / SECRET_BLOCK_BYTES];
	struct error err = ERROR_INIT;
	size_t n = 0;

	while (n < sizeof(all) / sizeof(all[0]) && secret_alloc(&all[n], 1, &err))
		n++;
	for (size_t i = 0; i < n; i++)
		secret_clear(&all[i]);
	return n;
}

static void signing_gives_all_secret_memory_back(void **state)
{
	struct sigv4_signed sent = SIGV4_SIGNED_INIT;
	struct error err = ERROR_INIT;
	size_t before;
	struct own own;

	(void)state;
	own_init(&own);
	before = free_blocks();
	for (int i = 0; i < 100; i++)
		assert_true(sigv4_sign(&own.request, &own.key, &sent, &err));
	assert_int_equal(free_blocks(), before);
	sigv4_signed_clear(&sent);
	secret_clear(&own.secret);
}

static void a_full_arena_fails_the_signature_and_nothing_else(void **state)
{
	struct secret rest = SECRET_EMPTY;
	struct sigv4_signed sent = SIGV4_SIGNED_INIT;
	struct error err = ERROR_INIT;
	size_t left;
	struct own own;

	(void)state;
	own_init(&own);
	left = free_blocks();
	for (size_t spare = 0; spare < 8; spare++) {
		assert_true(secret_alloc(&rest, (left - spare) * SECRET_BLOCK_BYTES, &err));
		err = ERROR_INIT;
		if (!sigv4_sign(&own.request, &own.key, &sent, &err))
			assert_int_equal(err.code, ERROR_MEMORY);
		secret_clear(&rest);
		assert_int_equal(free_blocks(), left);
	}
	assert_true(sigv4_sign(&own.request, &own.key, &sent, &err));
	sigv4_signed_clear(&sent);
	secret_clear(&own.secret);
}

static int open_all(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	json_open();
	return secret_open(true, &err) ? 0 : -1;
}

static int close_all(void **state)
{
	(void)state;
	secret_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_header_canonical_request_is_the_vectors),
	    cmocka_unit_test(every_header_string_to_sign_is_the_vectors),
	    cmocka_unit_test(every_header_signature_is_the_vectors),
	    cmocka_unit_test(every_header_signed_request_is_the_vectors),
	    cmocka_unit_test(a_header_value_cannot_smuggle_another_header),
	    cmocka_unit_test(scope_and_key_id_cannot_end_their_field_early),
	    cmocka_unit_test(nothing_is_signed_without_host_or_key),
	    cmocka_unit_test(too_many_headers_and_parameters_are_refused),
	    cmocka_unit_test(headers_that_proxies_change_are_not_signed),
	    cmocka_unit_test(dots_cannot_climb_above_the_root),
	    cmocka_unit_test(signing_gives_all_secret_memory_back),
	    cmocka_unit_test(a_full_arena_fails_the_signature_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
