/* What users say in words: resources, contexts, nonces; and what codes mean as exit statuses. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <criterion/redirect.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "api/ctl/exits.h"
#include "api/ctl/limits.h"
#include "api/ctl/nonce.h"
#include "api/ctl/target.h"
#include "base/fd.h"
#include "tests/support/scratch.h"

struct path {
	char path[280];
	int want;
};

ParameterizedTestParameters(target, names_a_resource)
{
	static struct path rows[] = {
		{ "default/sealinit/root", 0 },
		{ "kbs:///default/sealinit/root", 0 },
		{ "a/b-_./c.d", 0 },
		{ "", -FAIL_INPUT },
		{ "a/b", -FAIL_INPUT },
		{ "a/b/", -FAIL_INPUT },
		{ "/a/b", -FAIL_INPUT },
		{ "a//b", -FAIL_INPUT },
		{ "a/b/c/d", -FAIL_INPUT },
		{ "a/../c", -FAIL_INPUT },
		{ "a/.b/c", -FAIL_INPUT },
		{ "a/b/c?d", -FAIL_INPUT },
		{ "a/b/%63", -FAIL_INPUT },
		{ "a/b/c d", -FAIL_INPUT },
		{ "a/b/c\r\nX: y", -FAIL_INPUT },
		{ "kbs://host/a/b/c", -FAIL_INPUT },
	};
	return cr_make_param_array(struct path, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct path *row, target, names_a_resource)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(target_of_secret(row->path, &got, &e), row->want, "%s", row->path);
	if (row->want < 0)
		cr_expect_eq(got.len, 0, "output untouched on failure");
	else
		cr_expect_eq(memcmp(got.at, "/v1/secrets/", 12), 0);
}

Test(target, refuses_a_resource_that_is_too_long)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct err e = { 0 };
	char path[255];

	memset(path, 'a', sizeof(path));
	path[1] = path[3] = '/';
	path[253] = '\0';
	cr_expect_eq(target_of_secret(path, &got, &e), 0);
	path[253] = 'a';
	path[254] = '\0';
	cr_expect_eq(target_of_secret(path, &got, &e), -FAIL_INPUT);
}

Test(target, encodes_what_a_query_cannot_say)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(buf_append(&got, span_text("/v1/seal"), 100, &e), 0);
	cr_assert_eq(target_add(&got, "scope", "pod", &e), 0);
	cr_assert_eq(target_add(&got, "context", "a+b&c=d/\xc3\xa4 \r\n%", &e), 0);
	cr_expect_str_eq((char *)got.at,
			 "/v1/seal?scope=pod&context=a%2Bb%26c%3Dd%2F%C3%A4%20%0D%0A%25");
}

Test(target, has_room_for_every_context)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	char context[LIMIT_CONTEXT_BYTES + 1];
	struct err e = { 0 };

	memset(context, '+', sizeof(context));
	context[LIMIT_CONTEXT_BYTES] = '\0';
	cr_assert_eq(buf_append(&got, span_text("/v1/unseal"), 100, &e), 0);
	cr_assert_eq(target_add(&got, "scope", "container", &e), 0);
	cr_expect_eq(target_add(&got, "context", context, &e), 0);
	cr_expect_eq(target_add(&got, "context", context, &e), -FAIL_LIMIT);
}

struct nonce {
	enum option form;
	char text[160];
	int want;
	size_t len;
};

ParameterizedTestParameters(nonce, reads)
{
	static struct nonce rows[] = {
		{ OPTION_NONCE, "bm9uY2U=", 0, 5 },
		{ OPTION_NONCE, "bm9uY2U", -FAIL_INPUT, 0 },
		{ OPTION_NONCE, "bm9u Y2U=", -FAIL_INPUT, 0 },
		{ OPTION_NONCE, "-_-_", -FAIL_INPUT, 0 },
		{ OPTION_NONCE, "", -FAIL_INPUT, 0 },
		{ OPTION_NONCE,
		  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		  "AAAAAA==",
		  0, 64 },
		{ OPTION_NONCE,
		  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		  "AAAAAAA=",
		  -FAIL_LIMIT, 0 },
		{ OPTION_NONCE_HEX, "00fF", 0, 2 },
		{ OPTION_NONCE_HEX, "00f", -FAIL_INPUT, 0 },
		{ OPTION_NONCE_HEX, "0x00", -FAIL_INPUT, 0 },
		{ OPTION_NONCE_HEX, "", -FAIL_INPUT, 0 },
		{ OPTION_NONCE_HEX,
		  "0000000000000000000000000000000000000000000000000000000000000000"
		  "000000000000000000000000000000000000000000000000000000000000000000",
		  -FAIL_LIMIT, 0 },
		{ OPTION_NONCE_FILE, "/nowhere/nonce", -FAIL_SYS, 0 },
		{ OPTION_NONCE_FILE, "/", -FAIL_INPUT, 0 },
		{ OPTION_NONCE_FILE, "/dev/null", -FAIL_INPUT, 0 },
		{ OPTION_NONCE_FILE, "/dev/zero", -FAIL_LIMIT, 0 },
		{ OPTION_SOCKET, "", -FAIL_INPUT, 0 },
	};
	return cr_make_param_array(struct nonce, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct nonce *row, nonce, reads)
{
	const struct args args = { .given = row->form, .nonce = row->text };
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(nonce_read(&args, &got, &e), row->want, "%s: %s", row->text, e.text);
	cr_expect_eq(got.len, row->len);
}

Test(nonce, reads_a_file_as_it_is)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_BUF struct buf got = BUF_EMPTY, path = BUF_EMPTY;
	struct args args = { .given = OPTION_NONCE_FILE };
	struct err e = { 0 };
	AUTO_FD int fd = openat(dir, "nonce", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	cr_assert_eq(fd_write_all(fd, span("\0\n=", 3), &e), 0);
	cr_assert_eq(buf_printf(&path, 4096, &e, "%s/nonce", scratch_path()), 0);
	args.nonce = (const char *)path.at;
	cr_assert_eq(nonce_read(&args, &got, &e), 0, "%s", e.text);
	cr_expect(span_is_equal(buf_view(&got), span("\0\n=", 3)));
}

struct exit_row {
	char code[24];
	int status; /* HTTP, 0: none */
	int want;
};

/* The table of PROTOCOL.md, "Problems", and sealctl's own codes. */
ParameterizedTestParameters(exits, follow_the_protocol)
{
	static struct exit_row rows[] = {
		{ "local", 0, 1 },
		{ "usage", 0, 2 },
		{ "no-socket", 0, 3 },
		{ "connection-lost", 0, 3 },
		{ "no-answer", 0, 4 },
		{ "bad-answer", 302, 5 },
		{ "not-ready", 503, 10 },
		{ "stopping", 0, 10 },
		{ "bad-request", 400, 11 },
		{ "unsupported-media", 415, 11 },
		{ "method-not-allowed", 405, 11 },
		{ "not-found", 404, 12 },
		{ "too-large", 413, 13 },
		{ "busy", 0, 14 },
		{ "timeout", 408, 14 },
		{ "denied", 403, 15 },
		{ "secret-missing", 0, 16 },
		{ "broker-unavailable", 0, 17 },
		{ "unseal-refused", 422, 18 },
		{ "evidence-failed", 502, 19 },
		{ "tee-dead", 0, 21 },
		{ "internal", 500, 20 },
		{ "code-of-tomorrow", 0, 20 },
	};
	return cr_make_param_array(struct exit_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct exit_row *row, exits, follow_the_protocol)
{
	cr_expect_eq(exits_row(row->code)->exit, row->want, "%s", row->code);
	if (row->status)
		cr_expect_str_eq(exits_code_of_status((unsigned)row->status), row->code);
}

Test(exits, say_code_detail_and_next_step_in_printable_lines, .init = cr_redirect_stderr)
{
	cr_expect_eq(exits_report("busy", "bell\a and \033[2J\nsealctl: forged"), 14);
	(void)fflush(stderr);
	cr_expect_stderr_eq_str("sealctl: busy: bell? and ?[2J?sealctl: forged\n"
				"  --wait SECONDS tries again\n");
}
