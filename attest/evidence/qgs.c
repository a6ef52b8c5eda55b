#include "attest/evidence/qgs.h"

#include <string.h>

#include "attest/transport/stream.h"
#include "base/limits.h"
#include "base/mem.h"

#define FRAME_BYTES   4 /* big-endian, in front of each message; the rest is little-endian */
#define VERSION_MAJOR 1
#define VERSION_MINOR 1
#define GET_QUOTE     0
#define QUOTE	      1
#define REQUEST_BYTES (QGS_QUOTE_BYTES + QGS_TDREPORT_BYTES)

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

/* A service compares the major version alone. We name no id: it takes its own key. */
static void make_request(struct span tdreport, uint8_t ret[static FRAME_BYTES + REQUEST_BYTES])
{
	uint8_t *m = ret + FRAME_BYTES;

	memset(ret, 0, FRAME_BYTES + QGS_QUOTE_BYTES);
	ret[2] = REQUEST_BYTES >> 8;
	ret[3] = REQUEST_BYTES & 0xff;
	m[0] = VERSION_MAJOR;
	m[2] = VERSION_MINOR;
	put32(m + 4, GET_QUOTE);
	put32(m + 8, REQUEST_BYTES);
	put32(m + 16, QGS_TDREPORT_BYTES);
	memcpy(m + QGS_QUOTE_BYTES, tdreport.at, QGS_TDREPORT_BYTES);
}

static const char *error_name(uint32_t code)
{
	static const struct {
		uint32_t code;
		const char *name;
	} rows[] = {
		{ 0x12001, "unexpected" },   { 0x12002, "out of memory" },
		{ 0x12003, "parameter" },    { 0x12004, "version" },
		{ 0x12005, "message type" }, { 0x12006, "message size" },
		{ 0x12007, "error code" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].code == code)
			return rows[i].name;
	return "unknown";
}

static int check_head(struct span m, struct err *e)
{
	uint32_t code;

	if (m.len < QGS_HEAD_BYTES)
		return FAIL(e, FAIL_INPUT, "qgs: an answer of %zu bytes", m.len);
	if (get16(m.at) != VERSION_MAJOR)
		return FAIL(e, FAIL_INPUT, "qgs: an answer of version %u", get16(m.at));
	if (get32(m.at + 4) != QUOTE)
		return FAIL(e, FAIL_INPUT, "qgs: an answer of type %u", get32(m.at + 4));
	if (get32(m.at + 8) != m.len)
		return FAIL(e, FAIL_INPUT, "qgs: an answer of %zu bytes says %u", m.len,
			    get32(m.at + 8));
	code = get32(m.at + 12);
	if (code)
		return FAIL(e, FAIL_DENIED, "qgs: the service says error 0x%x (%s)", code,
			    error_name(code));
	return 0;
}

int qgs_parse(struct span answer, struct span *ret, struct err *e)
{
	int failed = check_head(answer, e);
	size_t id, quote;

	if (failed)
		return failed;
	if (answer.len < QGS_QUOTE_BYTES)
		return FAIL(e, FAIL_INPUT, "qgs: an answer of %zu bytes", answer.len);
	id = get32(answer.at + 16);
	quote = get32(answer.at + 20);
	if (id > answer.len - QGS_QUOTE_BYTES || quote != answer.len - QGS_QUOTE_BYTES - id)
		return FAIL(e, FAIL_INPUT,
			    "qgs: %zu bytes of id and %zu of quote in an answer of %zu", id, quote,
			    answer.len);
	if (id > LIMIT_QGS_ID_BYTES || quote > LIMIT_REPORT_BYTES)
		return FAIL(e, FAIL_LIMIT, "qgs: %zu bytes of id, %zu of quote", id, quote);
	if (!quote)
		return FAIL(e, FAIL_INPUT, "qgs: an empty quote");
	*ret = span(answer.at + QGS_QUOTE_BYTES + id, quote);
	return 0;
}

static int read_exactly(struct stream *s, uint8_t *at, size_t len, uint64_t deadline_ms,
			struct err *e)
{
	while (len) {
		size_t n;
		int failed = stream_read(s, at, len, deadline_ms, &n, e);

		if (failed)
			return failed;
		if (!n)
			return FAIL(e, FAIL_AGAIN, "the service hung up, %zu bytes early", len);
		at += n;
		len -= n;
	}
	return 0;
}

/* The length is the host's word: bounded before anything is made for it. What may follow behind the
 * frame is never read, since the connection ends with it. */
static int read_answer(struct stream *s, uint64_t deadline_ms, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	uint8_t frame[FRAME_BYTES];
	int failed = read_exactly(s, frame, sizeof(frame), deadline_ms, e);
	size_t len;

	if (failed)
		return failed;
	len = (size_t)frame[0] << 24 | (size_t)frame[1] << 16 | (size_t)frame[2] << 8 | frame[3];
	if (len < QGS_HEAD_BYTES)
		return FAIL(e, FAIL_INPUT, "a frame of %zu bytes", len);
	if (len > QGS_QUOTE_BYTES + LIMIT_QGS_ID_BYTES + LIMIT_REPORT_BYTES)
		return FAIL(e, FAIL_LIMIT, "a frame of %zu bytes", len);
	failed = buf_reserve(&b, len, e);
	if (!failed)
		failed = read_exactly(s, b.at, len, deadline_ms, e);
	if (failed)
		return failed;
	b.len = len;
	*ret = buf_take(&b);
	return 0;
}

static int converse(struct stream *s, struct span tdreport, uint64_t deadline_ms, struct buf *ret,
		    struct err *e)
{
	uint8_t request[FRAME_BYTES + REQUEST_BYTES];
	int failed;

	make_request(tdreport, request);
	failed = stream_write(s, span(request, sizeof(request)), deadline_ms, e);
	if (!failed)
		failed = read_answer(s, deadline_ms, ret, e);
	return failed ? err_add(e, "qgs") : 0;
}

int qgs_quote(qgs_connect_fn *connect, void *ctx, struct span tdreport, uint64_t deadline_ms,
	      struct buf *ret, struct err *e)
{
	AUTO_STREAM struct stream s = STREAM_CLOSED;
	AUTO_BUF struct buf answer = BUF_EMPTY, copy = BUF_EMPTY;
	struct span quote;
	int failed;

	if (tdreport.len != QGS_TDREPORT_BYTES)
		return FAIL(e, FAIL_BUG, "qgs: a TDREPORT of %zu bytes", tdreport.len);
	s.fd = connect(ctx, deadline_ms, e);
	if (s.fd < 0)
		return err_add(e, "qgs");
	failed = converse(&s, tdreport, deadline_ms, &answer, e);
	if (!failed)
		failed = qgs_parse(buf_view(&answer), &quote, e);
	if (!failed)
		failed = buf_append(&copy, quote, LIMIT_REPORT_BYTES, e);
	if (failed)
		return failed;
	*ret = buf_take(&copy);
	return 0;
}
