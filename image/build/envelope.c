#include "image/build/envelope.h"

#include <endian.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "image/build/gzip.h"

#define MAGIC	   "initdata"
#define HEAD_BYTES 16 /* magic, 64-bit little-endian length */
#define BLOCK	   512

static bool is_name(const char *name)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	return *name && !name[strspn(name, alphabet)];
}

/* Length of the UTF-8 sequence at `at`; 0 if there is none. RFC 3629, section 4. */
static size_t utf8_len(const uint8_t *at, size_t left)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t len;

	if (*at < 0x80)
		return 1;
	len = *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
	if (*at < 0xc2 || *at > 0xf4 || len > left)
		return 0;
	if (*at == 0xe0)
		low = 0xa0;
	else if (*at == 0xf0)
		low = 0x90;
	else if (*at == 0xed)
		high = 0x9f;
	else if (*at == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* TOML 1.0, "String": a literal string holds any text but its own end and control characters. One
 * quote at the end of ours would stand before the three that end it: not every reader takes that.
 */
static int check_text(const struct envelope_member *m, struct err *e)
{
	size_t quotes = 0;

	for (size_t i = 0, len; i < m->text.len; i += len) {
		uint8_t c = m->text.at[i];

		len = utf8_len(m->text.at + i, m->text.len - i);
		if (!len)
			return FAIL(e, FAIL_INPUT, "%s: not UTF-8 at byte %zu", m->name, i);
		if ((c < ' ' && c != '\t' && c != '\n') || c == 0x7f)
			return FAIL(e, FAIL_INPUT, "%s: control character %#x at byte %zu", m->name,
				    c, i);
		quotes = c == '\'' ? quotes + 1 : 0;
		if (quotes == 3)
			return FAIL(e, FAIL_INPUT, "%s: three single quotes in a row at byte %zu",
				    m->name, i - 2);
	}
	if (quotes)
		return FAIL(e, FAIL_INPUT, "%s: ends with a single quote; end it with a newline",
			    m->name);
	return 0;
}

static int check_members(const struct envelope_member *members, size_t count, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < count; i++) {
		if (!is_name(members[i].name))
			return FAIL(e, FAIL_INPUT,
				    "\"%s\": a member's name is made of A-Za-z0-9._-",
				    members[i].name);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(members[i].name, members[j].name))
				return FAIL(e, FAIL_INPUT, "\"%s\" is given twice",
					    members[i].name);
		failed = check_text(&members[i], e);
	}
	return failed;
}

int envelope_write(enum digest_alg alg, const struct envelope_member *members, size_t count,
		   struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	int failed = check_members(members, count, e);

	if (!failed)
		failed = buf_printf(&out, LIMIT_INITDATA_BYTES, e,
				    "version = \"0.1.0\"\nalgorithm = \"%s\"\n\n[data]\n",
				    digest_alg_name(alg));
	for (size_t i = 0; !failed && i < count; i++) {
		/* The newline behind the opening quotes belongs to them, not to the text. */
		failed = buf_printf(&out, LIMIT_INITDATA_BYTES, e, "\"%s\" = '''\n",
				    members[i].name);
		if (!failed)
			failed = buf_append(&out, members[i].text, LIMIT_INITDATA_BYTES, e);
		if (!failed)
			failed = buf_append(&out, span_text("'''\n"), LIMIT_INITDATA_BYTES, e);
	}
	if (failed)
		return err_add(e, "envelope");
	*ret = buf_take(&out);
	return 0;
}

int envelope_algorithm(struct span envelope, enum digest_alg *ret, struct err *e)
{
	static const char before[] = "algorithm = \"";
	const char *text = (const char *)envelope.at;
	const char *found = memmem(text, envelope.len, before, strlen(before));
	const char *end;

	if (found && (found == text || found[-1] == '\n')) {
		found += strlen(before);
		end = memchr(found, '"', envelope.len - (size_t)(found - text));
		if (end)
			return digest_alg_parse(span(found, (size_t)(end - found)), ret, e);
	}
	return FAIL(e, FAIL_INPUT, "the envelope has no line algorithm = \"...\"");
}

int envelope_image(struct span envelope, struct buf *ret, struct err *e)
{
	static const uint8_t zeros[BLOCK];
	const size_t limit = HEAD_BYTES + LIMIT_INITDATA_GZIP_BYTES + BLOCK;
	AUTO_BUF struct buf packed = BUF_EMPTY;
	AUTO_BUF struct buf out = BUF_EMPTY;
	uint64_t length;
	int failed = gzip_pack(envelope, LIMIT_INITDATA_GZIP_BYTES, &packed, e);

	if (failed)
		return failed;
	length = htole64(packed.len);
	failed = buf_append(&out, span_text(MAGIC), limit, e);
	if (!failed)
		failed = buf_append(&out, span(&length, sizeof(length)), limit, e);
	if (!failed)
		failed = buf_append(&out, buf_view(&packed), limit, e);
	if (!failed)
		failed = buf_append(&out, span(zeros, (BLOCK - out.len % BLOCK) % BLOCK), limit, e);
	if (failed)
		return failed;
	*ret = buf_take(&out);
	return 0;
}

int envelope_from_image(struct span image, struct buf *ret, struct err *e)
{
	uint64_t length;

	if (image.len < HEAD_BYTES || memcmp(image.at, MAGIC, strlen(MAGIC)))
		return FAIL(e, FAIL_INPUT,
			    "no initdata image: it does not begin with \"" MAGIC "\"");
	memcpy(&length, image.at + strlen(MAGIC), sizeof(length));
	length = le64toh(length);
	if (length > image.len - HEAD_BYTES)
		return FAIL(e, FAIL_INPUT, "the image is cut short: %zu bytes of %" PRIu64,
			    image.len - HEAD_BYTES, length);
	return gzip_unpack(span(image.at + HEAD_BYTES, length), LIMIT_INITDATA_BYTES, ret, e);
}
