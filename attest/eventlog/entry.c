#include "attest/eventlog/entry.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"

#define EV_NO_ACTION 3
#define EV_EVENT_TAG 6
#define AAEL_TAG     0x4141454cu
#define TCG_SHA256   0x000b
#define TCG_SHA384   0x000c
#define TCG_SM3	     0x0012
#define SM3_BYTES    32
#define SHA1_BYTES   20
#define TAG_BYTES    8
#define SIGNATURE    "Spec ID Event03" /* with its NUL */
#define OUR_DOMAIN   "sealinit"
#define ENTRY_LIMIT  (LIMIT_EVENT_BYTES + 2 * LIMIT_EVENT_NAME_BYTES + 128)

/* --- Texts ------------------------------------------------------------------------------------ */

static int check_word(const char *word, const char *what, struct err *e)
{
	size_t len = strnlen(word, LIMIT_EVENT_NAME_BYTES);

	if (!len || len == LIMIT_EVENT_NAME_BYTES)
		return FAIL(e, FAIL_INPUT, "%s: must have 1 .. %d characters", what,
			    LIMIT_EVENT_NAME_BYTES - 1);
	for (size_t i = 0; i < len; i++)
		if (word[i] <= 0x20 || word[i] > 0x7e)
			return FAIL(e, FAIL_INPUT, "%s: only printable ASCII without spaces", what);
	return 0;
}

/* The length of the UTF-8 sequence in front, of a character that may be shown; 0: none. */
static size_t character(const uint8_t *at, size_t left)
{
	static const uint32_t first[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *at < 0x80 ? 1 : *at >> 5 == 6 ? 2 : *at >> 4 == 14 ? 3 : *at >> 3 == 30 ? 4 : 0;
	uint32_t c = n == 1 ? *at : *at & (0x7fu >> n);

	if (!n || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (at[i] >> 6 != 2)
			return 0;
		c = c << 6 | (at[i] & 0x3f);
	}
	if (c < first[n] || c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) ||
	    c > 0x10ffff || c == 0x2028 || c == 0x2029)
		return 0;
	return n;
}

static int check_line(const char *line, struct err *e)
{
	size_t len = strnlen(line, LIMIT_EVENT_BYTES), n;

	if (len == LIMIT_EVENT_BYTES)
		return FAIL(e, FAIL_INPUT, "content: over %d bytes", LIMIT_EVENT_BYTES - 1);
	for (size_t i = 0; i < len; i += n) {
		n = character((const uint8_t *)line + i, len - i);
		if (!n)
			return FAIL(e, FAIL_INPUT, "content: byte %zu: must be one line of UTF-8",
				    i);
	}
	return 0;
}

int entry_check(const struct entry_text *t, struct err *e)
{
	int failed = check_word(t->domain, "domain", e);

	if (!failed)
		failed = check_word(t->operation, "operation", e);
	return failed ? failed : check_line(t->content, e);
}

/* Whatever a reader compares with "sealinit", carelessly or not, is no tenant's. */
bool entry_is_ours(const char *domain)
{
	return !strncasecmp(domain, OUR_DOMAIN, strlen(OUR_DOMAIN));
}

/* --- Writing ---------------------------------------------------------------------------------- */

struct writer {
	struct buf *to;
	size_t limit;
	int failed;
	struct err *e;
};

static void put(struct writer *w, const void *at, size_t len)
{
	if (!w->failed)
		w->failed = buf_append(w->to, span(at, len), w->limit, w->e);
}

static void put_number(struct writer *w, uint32_t value, size_t len)
{
	uint8_t bytes[4];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	put(w, bytes, len);
}

static uint32_t tcg_alg(enum digest_alg alg)
{
	return alg == DIGEST_SHA256 ? TCG_SHA256 : TCG_SHA384;
}

static bool is_rtmr(const struct log_register *reg)
{
	return strcmp(reg->strength, "pcr") != 0;
}

/* CoCo's agent writes these very bytes where firmware left no log, and readers know them so: its
 * second algorithm is one that no event has. */
static void put_spec(struct writer *w, const struct log_register *reg)
{
	static const char none[sizeof(SIGNATURE)];

	put(w, is_rtmr(reg) ? none : SIGNATURE, sizeof(SIGNATURE));
	put_number(w, 0, 4); /* platform class */
	put_number(w, 0, 1); /* minor, major, errata */
	put_number(w, is_rtmr(reg) ? 0 : 2, 1);
	put_number(w, 0, 1);
	put_number(w, is_rtmr(reg) ? 0 : 2, 1); /* of a UINTN, in 32 bits */
	put_number(w, is_rtmr(reg) ? 2 : 1, 4);
	put_number(w, tcg_alg(reg->alg), 2);
	put_number(w, (uint32_t)digest_alg_len(reg->alg), 2);
	if (is_rtmr(reg)) {
		put_number(w, TCG_SM3, 2);
		put_number(w, SM3_BYTES, 2);
	}
	put_number(w, 0, 1); /* no vendor bytes */
}

int entry_header(const struct log_register *reg, struct buf *ret, struct err *e)
{
	static const uint8_t sha1[SHA1_BYTES];
	AUTO_BUF struct buf spec = BUF_EMPTY, all = BUF_EMPTY;
	struct writer s = { &spec, ENTRY_LIMIT, 0, e }, w = { &all, ENTRY_LIMIT, 0, e };

	put_spec(&s, reg);
	if (s.failed)
		return s.failed;
	put_number(&w, 0, 4);
	put_number(&w, EV_NO_ACTION, 4);
	put(&w, sha1, sizeof(sha1));
	put_number(&w, (uint32_t)spec.len, 4);
	put(&w, spec.at, spec.len);
	if (!w.failed)
		*ret = buf_take(&all);
	return w.failed;
}

static int make_data(const struct entry_text *t, struct buf *ret, struct err *e)
{
	struct writer w = { ret, ENTRY_LIMIT, 0, e };
	size_t domain = strlen(t->domain), operation = strlen(t->operation),
	       content = strlen(t->content);

	put_number(&w, AAEL_TAG, 4);
	put_number(&w, (uint32_t)(domain + 1 + operation + 1 + content), 4);
	put(&w, t->domain, domain);
	put(&w, " ", 1);
	put(&w, t->operation, operation);
	put(&w, " ", 1);
	put(&w, t->content, content);
	return w.failed;
}

int entry_make(const struct log_register *reg, const struct entry_text *t, size_t limit,
	       struct buf *ret, struct digest *ret_digest, struct err *e)
{
	AUTO_BUF struct buf data = BUF_EMPTY;
	struct writer w = { ret, limit, 0, e };
	size_t len = ret->len;
	struct digest d;
	int failed = make_data(t, &data, e);

	if (!failed)
		failed = digest_of(reg->alg, buf_view(&data), &d, e);
	if (failed)
		return failed;
	put_number(&w, reg->number, 4);
	put_number(&w, EV_EVENT_TAG, 4);
	put_number(&w, 1, 4);
	put_number(&w, tcg_alg(reg->alg), 2);
	put(&w, d.at, d.len);
	put_number(&w, (uint32_t)data.len, 4);
	put(&w, data.at, data.len);
	if (w.failed)
		ret->len = len;
	else
		*ret_digest = d;
	return w.failed;
}

/* --- Reading ---------------------------------------------------------------------------------- */

static bool take(struct span *from, size_t len, struct span *ret)
{
	if (from->len < len)
		return false;
	*ret = span(from->at, len);
	*from = span(from->at + len, from->len - len);
	return true;
}

static bool take_number(struct span *from, size_t len, uint32_t want)
{
	struct span s;
	uint32_t value = 0;

	if (!take(from, len, &s))
		return false;
	for (size_t i = 0; i < len; i++)
		value |= (uint32_t)s.at[i] << 8 * i;
	return value == want;
}

static uint32_t peek(struct span from)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 4 && i < from.len; i++)
		value |= (uint32_t)from.at[i] << 8 * i;
	return value;
}

static bool read_entry(const struct log_register *reg, struct span *from, struct entry *ret)
{
	struct span data;
	uint32_t len;

	if (!take_number(from, 4, reg->number) || !take_number(from, 4, EV_EVENT_TAG) ||
	    !take_number(from, 4, 1) || !take_number(from, 2, tcg_alg(reg->alg)) ||
	    !take(from, digest_alg_len(reg->alg), &ret->digest))
		return false;
	len = peek(*from);
	if (!take_number(from, 4, len) || !take(from, len, &data) || len < TAG_BYTES)
		return false;
	return take_number(&data, 4, AAEL_TAG) && take_number(&data, 4, len - TAG_BYTES) &&
	       take(&data, len - TAG_BYTES, &ret->text);
}

int entry_read(const struct log_register *reg, struct span *from, struct entry *ret, struct err *e)
{
	struct span left = *from, data;
	struct entry x;
	struct digest d;
	int failed;

	if (!read_entry(reg, &left, &x))
		return FAIL(e, FAIL_INPUT, "event log: not an entry of ours");
	data = span(x.text.at - TAG_BYTES, x.text.len + TAG_BYTES);
	failed = digest_of(reg->alg, data, &d, e);
	if (failed)
		return failed;
	if (!digest_is_equal(x.digest, span(d.at, d.len)))
		return FAIL(e, FAIL_INPUT, "event log: a digest that is not its event's");
	x.bytes = span(from->at, from->len - left.len);
	*from = left;
	*ret = x;
	return 0;
}
