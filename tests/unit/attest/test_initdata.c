/* The disk, the envelope, and the comparison with what was measured. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "attest/config/initdata.h"
#include "attest/config/measured.h"
#include "base/fd.h"
#include "base/limits.h"
#include "tests/support/fault.h"

/* coco-protocol reference, section 9: 243 bytes, and their digests. */
static const char vector[] = "version = \"0.1.0\"\nalgorithm = \"sha256\"\n\n[data]\n"
			     "\"aa.toml\" = '''\n[token_configs.kbs]\n"
			     "url = \"http://127.0.0.1:8080\"\n'''\n"
			     "\"cdh.toml\" = '''\n[kbc]\nname = \"cc_kbc\"\n"
			     "url = \"http://127.0.0.1:8080\"\n'''\n"
			     "\"trustee.kbs.resource\" = \"kbs:///default/volume/key\"\n";
static const char vector_sha256[] =
	"a73d762abb4dc768857ca0bc07e7e79d1f71d59caba6561a29cdf0cc8abad914";
static const char vector_sha384[] = "2a7564b0210f37345f7c84221d988113993697e29e56171f59f6806f2370"
				    "b137143a96b72754c26af8a821877242dab4";
static const char vector_sha512[] =
	"b1fcd997982c0a682d8c59c19f02694910fc1d6a723a0a47b62bf07feda5cd30"
	"177b90199a0043aaacac95b7ee760601d82dcfac5e37b60a2c3d1fff2d9cc02b";

static void unhex(const char *hex, size_t len, uint8_t *ret)
{
	for (size_t i = 0; i < len; i++) {
		unsigned int byte;

		cr_assert_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
		ret[i] = (uint8_t)byte;
	}
}

/* An image as kata makes it. */
static struct buf make_image(struct span plain, size_t padding)
{
	static const uint8_t zero[4096];
	struct buf image = BUF_EMPTY;
	uLong room = compressBound(plain.len) + 32;
	uint8_t *gzip = malloc(room), len[8] = { 0 };
	z_stream z = { .next_in = (Bytef *)(uintptr_t)plain.at,
		       .avail_in = (uInt)plain.len,
		       .next_out = gzip,
		       .avail_out = (uInt)room };

	cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	for (size_t i = 0; i < 8; i++)
		len[i] = (uint8_t)(z.total_out >> 8 * i);
	cr_assert_eq(buf_append(&image, span_text("initdata"), SIZE_MAX / 2, NULL), 0);
	cr_assert_eq(buf_append(&image, span(len, 8), SIZE_MAX / 2, NULL), 0);
	cr_assert_eq(buf_append(&image, span(gzip, z.total_out), SIZE_MAX / 2, NULL), 0);
	cr_assert_eq(buf_append(&image, span(zero, padding), SIZE_MAX / 2, NULL), 0);
	deflateEnd(&z);
	free(gzip);
	return image;
}

Test(initdata, unpacks_what_kata_made)
{
	AUTO_BUF struct buf toml = BUF_EMPTY;
	AUTO_FD int fd = open(VECTORS_DIR "/kata/initdata.img", O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };

	if (fd < 0)
		cr_skip_test("no vectors in " VECTORS_DIR);
	/* Whoever looked for the magic has left the offset anywhere. */
	cr_assert_eq(lseek(fd, 8, SEEK_SET), 8);
	cr_assert_eq(initdata_read(fd, &toml, &e), 0, "%s", e.text);
	cr_assert(span_is_equal(buf_view(&toml), span_text("some content")));
}

Test(initdata, keeps_every_byte_of_the_envelope)
{
	AUTO_BUF struct buf image = make_image(span_text(vector), 300), toml = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(initdata_unpack(buf_view(&image), &toml, &e), 0, "%s", e.text);
	cr_assert(span_is_equal(buf_view(&toml), span_text(vector)));
}

enum harm {
	NO_MAGIC,
	SHORT_HEAD,
	LONGER,
	SHORTER,
	HUGE_LENGTH,
	PADDING,
	PLAIN_TEXT,
	BAD_SUM,
	EMPTY,
	TWO_MEMBERS,
	BOMB,
	TRAILING_ZERO_INSIDE,
};

struct harm_row {
	enum harm harm;
	int want;
};

ParameterizedTestParameters(initdata, refuses_images)
{
	static struct harm_row rows[] = {
		{ NO_MAGIC, -FAIL_INPUT },    { SHORT_HEAD, -FAIL_INPUT },
		{ LONGER, -FAIL_INPUT },      { SHORTER, -FAIL_INPUT },
		{ HUGE_LENGTH, -FAIL_LIMIT }, { PADDING, -FAIL_INPUT },
		{ PLAIN_TEXT, -FAIL_INPUT },  { BAD_SUM, -FAIL_INPUT },
		{ EMPTY, -FAIL_INPUT },	      { TWO_MEMBERS, -FAIL_INPUT },
		{ BOMB, -FAIL_LIMIT },	      { TRAILING_ZERO_INSIDE, -FAIL_INPUT },
	};
	return cr_make_param_array(struct harm_row, rows, sizeof(rows) / sizeof(*rows));
}

static struct buf harmed_image(enum harm harm)
{
	static uint8_t zeros[LIMIT_INITDATA_BYTES + 1];
	struct span plain = harm == BOMB    ? span(zeros, sizeof(zeros))
			    : harm == EMPTY ? SPAN_EMPTY
					    : span_text(vector);
	struct buf image = make_image(plain, 16);
	size_t gzip_len = image.at[8] | (size_t)image.at[9] << 8;

	switch (harm) {
	case NO_MAGIC:
		image.at[7] = 'A';
		break;
	case SHORT_HEAD:
		image.len = 15;
		break;
	case LONGER:
		image.at[8] = (uint8_t)(image.at[8] + 17);
		break;
	case SHORTER:
		image.at[8]--;
		image.at[16 + gzip_len - 1] = 0; /* so that the padding isn't what is refused */
		break;
	case HUGE_LENGTH:
		image.at[15] = 0x80;
		break;
	case PADDING:
		image.at[image.len - 1] = 1;
		break;
	case PLAIN_TEXT:
		memcpy(image.at + 16, "version", 7);
		break;
	case BAD_SUM:
		image.at[16 + gzip_len - 8] ^= 1;
		break;
	case TRAILING_ZERO_INSIDE:
		image.at[8]++;
		break;
	case TWO_MEMBERS: {
		AUTO_BUF struct buf other = make_image(span_text(vector), 16);

		image.len -= 16;
		cr_assert_eq(buf_append(&image, span(other.at + 16, gzip_len), SIZE_MAX / 2, NULL),
			     0);
		image.at[8] = (uint8_t)(2 * gzip_len);
		image.at[9] = (uint8_t)(2 * gzip_len >> 8);
		break;
	}
	case BOMB:
	case EMPTY:
		break;
	}
	return image;
}

ParameterizedTest(struct harm_row *row, initdata, refuses_images, .timeout = 20)
{
	AUTO_BUF struct buf image = harmed_image(row->harm), toml = BUF_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(initdata_unpack(buf_view(&image), &toml, &e), row->want, "harm %d: %s",
		     (int)row->harm, e.text);
	cr_expect_null(toml.at, "output untouched on failure");
}

Test(initdata, refuses_a_disk_that_is_larger_than_any_image)
{
	AUTO_FD int fd = memfd_create("disk", MFD_CLOEXEC);
	AUTO_BUF struct buf image = make_image(span_text(vector), 0), toml = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(fd_write_all(fd, buf_view(&image), &e), 0);
	cr_assert_eq(ftruncate(fd, LIMIT_INITDATA_IMAGE_BYTES + 1), 0);
	cr_assert_eq(initdata_read(fd, &toml, &e), -FAIL_LIMIT);
	cr_assert_eq(ftruncate(fd, LIMIT_INITDATA_IMAGE_BYTES), 0);
	cr_assert_eq(initdata_read(fd, &toml, &e), 0, "%s", e.text);
}

Test(initdata, survives_every_failing_allocation_and_read)
{
	AUTO_FD int fd = memfd_create("disk", MFD_CLOEXEC);
	AUTO_BUF struct buf image = make_image(span_text(vector), 100);

	cr_assert_eq(fd_write_all(fd, buf_view(&image), NULL), 0);
	FAULT_EACH(n, FAULT_MEMORY | FAULT_IO)
	{
		AUTO_BUF struct buf toml = BUF_EMPTY;
		struct err e = { 0 };
		int got = initdata_read(fd, &toml, &e);

		cr_assert(got == 0 ? toml.len > 0 : !toml.at, "%d: %s", got, e.text);
	}
}

/* --- the envelope --- */

#define HEAD "version = \"0.1.0\"\nalgorithm = \"sha256\"\n"
#define DATA HEAD "[data]\n"

struct text_row {
	char text[200];
	char want[64];
};

ParameterizedTestParameters(initdata, reads_strings)
{
	static struct text_row rows[] = {
		{ DATA "\"sealinit.json\" = '''\n{}'''\n", "{}" },
		{ DATA "\"sealinit.json\" = '''\r\n{}\r\n'''\r\n", "{}\r\n" },
		{ DATA "'sealinit.json'='{}'", "{}" },
		{ DATA "\"sealinit\\u002ejson\" = \"{}\" # note", "{}" },
		{ DATA "\"sealinit.json\" = \"a\\t\\\"\\\\\\n\\u00e9\\U0001F600\"\n",
		  "a\t\"\\\n\xc3\xa9\xf0\x9f\x98\x80" },
		{ DATA "\"sealinit.json\" = \"\"\"a\\\n   \n  b\"\"\"\n", "ab" },
		{ DATA "\"sealinit.json\" = \"\"\"\"\"quoted\"\"\"\"\"\n", "\"\"quoted\"\"" },
		{ DATA "\"sealinit.json\" = '''''x'''''\n", "''x''" },
		{ DATA "\"sealinit.json\" = 'C:\\n'\n", "C:\\n" },
		{ "# c\n\n \t" HEAD "  [ data ] # d\n\tother = ''\n'sealinit.json' = 'x'\n", "x" },
		{ "algorithm='sha256'\nversion='0.1.0'\n[\"data\"]\n'sealinit.json' = ''", "" },
	};
	return cr_make_param_array(struct text_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct text_row *row, initdata, reads_strings)
{
	AUTO_ENVELOPE struct envelope env = { 0 };
	struct err e = { 0 };

	cr_assert_eq(envelope_parse(span_text(row->text), &env, &e), 0, "%s: %s", row->text,
		     e.text);
	cr_expect(span_is_equal(buf_view(&env.config), span_text(row->want)), "%s", row->text);
	cr_expect_eq(env.algorithm, DIGEST_SHA256);
}

struct refused {
	char text[160];
	char says[40];
};

ParameterizedTestParameters(initdata, refuses_envelopes)
{
	static struct refused rows[] = {
		{ "", "\"version\" is missing" },
		{ "some content", "line 1: expected =" },
		{ "version = \"0.1.0\"\n[data]\n'sealinit.json' = ''", "\"algorithm\" is missing" },
		{ HEAD, "has no \"sealinit.json\"" },
		{ DATA "'other' = ''", "has no \"sealinit.json\"" },
		{ "version = \"0.2.0\"\n", "version is \"0.2.0\"" },
		{ "version = \"0.1.0\"\nversion = \"0.1.0\"\n", "\"version\" twice" },
		{ "algorithm = \"sha-256\"\n", "unknown digest algorithm" },
		{ "algorithm = \"sm3\"\n", "unknown digest algorithm" },
		{ "algorithm = 'sha256'\nalgorithm = 'sha256'", "\"algorithm\" twice" },
		{ HEAD "extra = ''\n", "unknown key \"extra\"" },
		{ HEAD "[other]\n", "unknown table [other]" },
		{ DATA "[data]\n", "[data] twice" },
		{ DATA "a = ''\n\"a\" = ''\n", "has \"a\" twice" },
		{ DATA "'sealinit.json' = ''\n'sealinit.json' = ''\n", "twice" },
		{ HEAD "[[data]]\n", "arrays of tables" },
		{ HEAD "[data.x]\n", "dotted keys" },
		{ HEAD "data.x = ''\n", "dotted keys" },
		{ HEAD "[data\n", "ends with ]" },
		{ DATA "a = 1\n", "only strings" },
		{ DATA "a = true\n", "only strings" },
		{ DATA "a = []\n", "only strings" },
		{ DATA "a = {}\n", "only strings" },
		{ DATA "a = 1979-05-27\n", "only strings" },
		{ DATA "a =\n", "only strings" },
		{ DATA "a\n", "expected =" },
		{ DATA "= ''\n", "expected a key" },
		{ DATA "'''a''' = ''\n", "three quotes" },
		{ DATA "a = '' b = ''\n", "more on a line" },
		{ DATA "a = 'x\n", "isn't closed on its line" },
		{ DATA "a = \"x\n\"", "isn't closed on its line" },
		{ DATA "a = '''x''", "never ends" },
		{ DATA "a = \"\"\"x", "never ends" },
		{ DATA "a = ''''''''''\n", "too many quotes" },
		{ DATA "a = \"\\x41\"\n", "unknown escape" },
		{ DATA "a = \"\\", "unknown escape" },
		{ DATA "a = \"\\ud800\"\n", "Unicode scalar" },
		{ DATA "a = \"\\U00110000\"\n", "Unicode scalar" },
		{ DATA "a = \"\\u00g0\"\n", "hexadecimal" },
		{ DATA "a = \"\\u0000\"\n", "NUL" },
		{ DATA "a = '\x01'\n", "control character" },
		{ DATA "a = '\x7f'\n", "control character" },
		{ DATA "a = ''\rb = ''\n", "control character" },
		{ DATA "# \xff\n", "not UTF-8" },
		{ DATA "# \xc0\xaf\n", "not UTF-8" },
		{ DATA "# \xed\xa0\x80\n", "not UTF-8" },
		{ DATA "# \xf4\x90\x80\x80\n", "not UTF-8" },
		{ DATA "# \xe2\x82", "not UTF-8" },
		{ "\xef\xbb\xbf" DATA, "expected a key" },
	};
	return cr_make_param_array(struct refused, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refused *row, initdata, refuses_envelopes)
{
	AUTO_ENVELOPE struct envelope env = { 0 };
	struct err e = { 0 };

	cr_expect_eq(envelope_parse(span_text(row->text), &env, &e), -FAIL_INPUT, "%s", row->text);
	cr_expect(strstr(e.text, row->says), "%s: says %s, not %s", row->text, e.text, row->says);
	cr_expect_null(env.config.at, "output untouched on failure");
}

Test(initdata, names_the_line_of_an_error)
{
	struct envelope env = { 0 };
	struct err e = { 0 };

	cr_assert_eq(envelope_parse(span_text(DATA "a = '''\n\n\n'''\nb = 7\n"), &env, &e),
		     -FAIL_INPUT);
	cr_assert(strstr(e.text, "line 8:"), "%s", e.text);
}

Test(initdata, refuses_more_members_than_it_keeps_names_of)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct envelope env = { 0 };
	struct err e = { 0 };

	cr_assert_eq(buf_printf(&text, 9999, &e, DATA), 0);
	for (int i = 0; i <= LIMIT_INITDATA_KEYS; i++)
		cr_assert_eq(buf_printf(&text, 9999, &e, "k%d = ''\n", i), 0);
	cr_assert_eq(envelope_parse(buf_view(&text), &env, &e), -FAIL_LIMIT);
}

Test(initdata, envelope_survives_every_failing_allocation)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_ENVELOPE struct envelope env = { 0 };
		struct err e = { 0 };
		int got = envelope_parse(
			span_text(DATA "a = \"x\\ty\"\n'sealinit.json' = '''{}'''"), &env, &e);

		cr_assert(got == 0 || got == -FAIL_SYS, "%d: %s", got, e.text);
		cr_assert(got == 0 || !env.config.at);
	}
}

/* --- what was measured --- */

struct measured_row {
	size_t len; /* of the register            */
	size_t hex; /* bytes of it from the vector */
	int alg;
};

ParameterizedTestParameters(initdata, recognises_each_algorithm_in_each_register)
{
	static struct measured_row rows[] = {
		{ 32, 32, DIGEST_SHA256 }, { 32, 32, DIGEST_SHA384 }, { 32, 32, DIGEST_SHA512 },
		{ 48, 32, DIGEST_SHA256 }, { 48, 48, DIGEST_SHA384 }, { 48, 48, DIGEST_SHA512 },
	};
	return cr_make_param_array(struct measured_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct measured_row *row, initdata, recognises_each_algorithm_in_each_register)
{
	struct evidence_platform p = { .has_init_data = true, .name = "R", .len = row->len };
	enum digest_alg alg = DIGEST_SHA256;
	struct err e = { 0 };

	unhex(row->alg == DIGEST_SHA256	  ? vector_sha256
	      : row->alg == DIGEST_SHA384 ? vector_sha384
					  : vector_sha512,
	      row->hex, p.at);
	cr_assert_eq(measured_compare(&p, span_text(vector), &alg, &e), 0, "%s", e.text);
	cr_expect_eq((int)alg, row->alg);
	p.at[row->len - 1] ^= 1;
	cr_expect_eq(measured_compare(&p, span_text(vector), &alg, &e), -FAIL_FORGED);
}

Test(initdata, names_both_digests_when_they_differ)
{
	struct evidence_platform p = { .has_init_data = true, .name = "HOST_DATA", .len = 32 };
	enum digest_alg alg;
	struct err e = { 0 };

	memset(p.at, 0xab, 32);
	cr_assert_eq(measured_compare(&p, span_text(vector), &alg, &e), -FAIL_FORGED);
	cr_assert(strstr(e.text, "HOST_DATA abababababab"), "%s", e.text);
	cr_assert(strstr(e.text, "sha256:a73d762abb4d"), "%s", e.text);
}

Test(initdata, a_zero_register_does_not_match_a_document)
{
	struct evidence_platform p = { .has_init_data = true, .name = "HOST_DATA", .len = 32 };
	enum digest_alg alg;
	struct err e = { 0 };

	cr_assert_eq(measured_compare(&p, span_text(vector), &alg, &e), -FAIL_FORGED);
	cr_assert_eq(measured_absent(&p, &e), 0);
}

Test(initdata, a_register_without_a_document_is_an_attack)
{
	struct evidence_platform p = { .has_init_data = true, .name = "MRCONFIGID", .len = 48 };
	struct err e = { 0 };

	p.at[47] = 1;
	cr_assert_eq(measured_absent(&p, &e), -FAIL_FORGED);
	cr_assert(strstr(e.text, "MRCONFIGID"), "%s", e.text);
}

Test(initdata, comparing_without_a_register_is_a_bug)
{
	struct evidence_platform p = { .has_init_data = false };
	enum digest_alg alg;
	struct err e = { 0 };

	cr_assert_eq(measured_compare(&p, span_text(vector), &alg, &e), -FAIL_BUG);
	cr_assert_eq(measured_absent(&p, &e), 0);
}
