/* Initdata: the envelope's text, its digest, and the image around it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "image/build/envelope.h"
#include "image/build/hostfile.h"
#include "tests/support/fault.h"

static struct envelope_member member(const char *name, const char *text)
{
	return (struct envelope_member){ name, span_text(text) };
}

Test(envelope, is_written_as_the_guest_reads_it)
{
	struct envelope_member members[] = { member("sealinit.json", "{}\n"),
					     member("policy.rego", "allow 'x'\n") };
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(envelope_write(DIGEST_SHA384, members, 2, &text, &e), 0, "%s", e.text);
	cr_expect_str_eq((char *)text.at, "version = \"0.1.0\"\n"
					  "algorithm = \"sha384\"\n"
					  "\n"
					  "[data]\n"
					  "\"sealinit.json\" = '''\n{}\n'''\n"
					  "\"policy.rego\" = '''\nallow 'x'\n'''\n");
}

struct refusal {
	char name[16], text[24];
};

ParameterizedTestParameters(envelope, refuses)
{
	static struct refusal rows[] = {
		{ "a", "three ''' quotes" },
		{ "a", "four '''' quotes" },
		{ "a", "one at the end'" },
		{ "a", "bell \a" },
		{ "a", "line\r\n" },
		{ "a", "delete \x7f" },
		{ "a", "cut \xc3" },
		{ "a", "overlong \xc0\xaf" },
		{ "a", "\xe0\x80\x80" },
		{ "a", "surrogate \xed\xa0\x80" },
		{ "a", "\xf0\x80\x80\x80" },
		{ "a", "beyond \xf4\x90\x80\x80" },
		{ "a", "\xff" },
		{ "a", "\xe2\x28\xa1" },
		{ "", "no name" },
		{ "a b", "blank" },
		{ "a\"b", "quote" },
		{ "first", "twice" },
	};

	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, envelope, refuses, .timeout = 10)
{
	struct envelope_member members[] = { member("first", "x\n"), member(row->name, row->text) };
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(envelope_write(DIGEST_SHA256, members, 2, &text, &e), -FAIL_INPUT, "%s",
		     row->text);
	cr_expect_null(text.at);
}

Test(envelope, takes_text_of_any_language)
{
	struct envelope_member members[] = { member(
		"a", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x94\x91\t''\n") };
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(envelope_write(DIGEST_SHA256, members, 1, &text, &e), 0, "%s", e.text);
}

Test(envelope, refuses_more_than_a_guest_takes)
{
	AUTO_BUF struct buf much = BUF_EMPTY;
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct envelope_member m = { "a", SPAN_EMPTY };
	struct err e = { 0 };

	cr_assert_eq(buf_reserve(&much, LIMIT_INITDATA_BYTES, &e), 0);
	memset(much.at, 'x', LIMIT_INITDATA_BYTES);
	m.text = span(much.at, LIMIT_INITDATA_BYTES);
	cr_expect_eq(envelope_write(DIGEST_SHA256, &m, 1, &text, &e), -FAIL_LIMIT);
	cr_expect_null(text.at);
}

/* coco-protocol reference, section 9: the vector and its digest. */
Test(envelope, knows_its_algorithm_and_digest)
{
	static const char vector[] = "version = \"0.1.0\"\n"
				     "algorithm = \"sha256\"\n"
				     "\n"
				     "[data]\n"
				     "\"aa.toml\" = '''\n"
				     "[token_configs.kbs]\n"
				     "url = \"http://127.0.0.1:8080\"\n"
				     "'''\n"
				     "\"cdh.toml\" = '''\n"
				     "[kbc]\n"
				     "name = \"cc_kbc\"\n"
				     "url = \"http://127.0.0.1:8080\"\n"
				     "'''\n"
				     "\"trustee.kbs.resource\" = \"kbs:///default/volume/key\"\n";
	char hex[2 * DIGEST_MAX_BYTES + 1];
	enum digest_alg alg;
	struct digest d;
	struct err e = { 0 };

	cr_assert_eq(envelope_algorithm(span_text(vector), &alg, &e), 0);
	cr_assert_eq(digest_of(alg, span_text(vector), &d, &e), 0);
	digest_hex(span(d.at, d.len), hex);
	cr_expect_str_eq(hex, "a73d762abb4dc768857ca0bc07e7e79d1f71d59caba6561a29cdf0cc8abad914");
}

struct no_algorithm {
	char text[48];
};

ParameterizedTestParameters(envelope, has_no_algorithm)
{
	static struct no_algorithm rows[] = {
		{ "" },
		{ "version = \"0.1.0\"\n" },
		{ "algorithm = \"sha-256\"\n" },
		{ "algorithm = \"sha256" },
		{ "# algorithm = \"sha256\"\n" },
	};

	return cr_make_param_array(struct no_algorithm, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct no_algorithm *row, envelope, has_no_algorithm, .timeout = 10)
{
	enum digest_alg alg = DIGEST_SHA512;
	struct err e = { 0 };

	cr_expect_eq(envelope_algorithm(span_text(row->text), &alg, &e), -FAIL_INPUT, "%s",
		     row->text);
	cr_expect_eq(alg, DIGEST_SHA512);
}

Test(envelope, image_is_magic_length_gzip_and_zeros)
{
	AUTO_BUF struct buf image = BUF_EMPTY;
	AUTO_BUF struct buf back = BUF_EMPTY;
	size_t length;
	struct err e = { 0 };

	cr_assert_eq(envelope_image(span_text("hello"), &image, &e), 0);
	cr_assert_eq(image.len, 512);
	cr_expect_arr_eq(image.at, "initdata", 8);
	length = image.at[8];
	cr_expect_arr_eq(image.at + 9, "\0\0\0\0\0\0\0\x1f\x8b", 9);
	for (size_t i = 16 + length; i < image.len; i++)
		cr_expect_eq(image.at[i], 0);
	cr_assert_eq(envelope_from_image(buf_view(&image), &back, &e), 0);
	cr_expect_str_eq((char *)back.at, "hello");
}

Test(envelope, refuses_an_image_that_is_none_or_not_whole)
{
	AUTO_BUF struct buf image = BUF_EMPTY;
	AUTO_BUF struct buf none = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(envelope_image(span_text("hello"), &image, &e), 0);
	for (size_t len = 0; len < 16U + image.at[8]; len++)
		cr_expect_eq(envelope_from_image(span(image.at, len), &none, &e), -FAIL_INPUT,
			     "%zu", len);
	image.at[15] = 0x80; /* a length beyond all memory */
	cr_expect_eq(envelope_from_image(buf_view(&image), &none, &e), -FAIL_INPUT);
	image.at[15] = 0;
	image.at[0] = 'I';
	cr_expect_eq(envelope_from_image(buf_view(&image), &none, &e), -FAIL_INPUT);
	cr_expect_null(none.at);
}

Test(envelope, opens_the_image_that_kata_made)
{
	static const char file[] = VECTORS_DIR "/kata/initdata.img";
	AUTO_BUF struct buf image = BUF_EMPTY;
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	if (access(file, R_OK) < 0)
		cr_skip_test("%s: the recorded vectors are not here", file);
	cr_assert_eq(hostfile_read(file, 4096, &image, &e), 0);
	cr_assert_eq(envelope_from_image(buf_view(&image), &text, &e), 0, "%s", e.text);
	cr_expect_str_eq((char *)text.at, "some content");
}

Test(hostfile, refuses_a_directory_and_what_is_too_long)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(hostfile_read("/proc/self", 100, &b, &e), -FAIL_INPUT);
	cr_expect_eq(hostfile_read("/proc/self/nothing", 100, &b, &e), -FAIL_SYS);
	cr_expect_eq(hostfile_read("/proc/self/status", 10, &b, &e), -FAIL_LIMIT);
	cr_expect_eq(hostfile_write("/proc/self/nothing/at/all", span_text("x"), &e), -FAIL_SYS);
	cr_expect_null(b.at);
}

Test(envelope, survives_every_failing_allocation)
{
	struct envelope_member m = member("a", "text\n");

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_BUF struct buf text = BUF_EMPTY;
		AUTO_BUF struct buf image = BUF_EMPTY;
		struct err e = { 0 };
		int got = envelope_write(DIGEST_SHA256, &m, 1, &text, &e);

		if (!got)
			got = envelope_image(buf_view(&text), &image, &e);
		cr_expect(got == 0 || got == -FAIL_SYS, "%d: %s", got, e.text);
	}
}
