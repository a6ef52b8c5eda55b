#include "image/build/gzip.h"

#include <zlib.h>

#include "base/mem.h"

#define WINDOW_GZIP (15 + 16) /* zlib: 16 more asks for gzip's wrapper */
#define OS_UNKNOWN  255	      /* RFC 1952, 2.3.1 */

static void deflate_done(z_stream *z)
{
	(void)deflateEnd(z);
}

static void inflate_done(z_stream *z)
{
	(void)inflateEnd(z);
}

/* zlib never writes to its input, but its type says otherwise. */
static Bytef *input(struct span s)
{
	union {
		const uint8_t *in;
		Bytef *out;
	} u = { .in = s.at };

	return u.out;
}

/* zlib counts in 32 bits. */
static int is_short(struct span s, struct err *e)
{
	return s.len > UINT32_MAX / 2 ? FAIL(e, FAIL_LIMIT, "gzip: %zu bytes", s.len) : 0;
}

int gzip_pack(struct span plain, size_t limit, struct buf *ret, struct err *e)
{
	__attribute__((cleanup(deflate_done))) z_stream z = { 0 };
	AUTO_BUF struct buf out = BUF_EMPTY;
	gz_header head = { .os = OS_UNKNOWN };

	if (is_short(plain, e) < 0)
		return -(int)FAIL_LIMIT;
	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW_GZIP, MAX_MEM_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return FAIL(e, FAIL_SYS, "gzip: no memory");
	(void)deflateSetHeader(&z, &head);
	/* The bound holds for a fresh stream and its header: one call does it all. */
	if (buf_reserve(&out, deflateBound(&z, plain.len), e) < 0)
		return -(int)FAIL_SYS;
	z.next_in = input(plain);
	z.avail_in = (uInt)plain.len;
	z.next_out = out.at;
	z.avail_out = (uInt)(out.cap - 1);
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		return FAIL(e, FAIL_BUG, "gzip: more than its own bound");
	if (z.total_out > limit)
		return FAIL(e, FAIL_LIMIT, "gzip: %lu bytes, at most %zu are allowed", z.total_out,
			    limit);
	out.len = z.total_out;
	out.at[out.len] = 0;
	*ret = buf_take(&out);
	return 0;
}

int gzip_unpack(struct span packed, size_t limit, struct buf *ret, struct err *e)
{
	__attribute__((cleanup(inflate_done))) z_stream z = { 0 };
	AUTO_BUF struct buf out = BUF_EMPTY;
	int code;

	if (is_short(packed, e) < 0 || is_short(span(NULL, limit), e) < 0)
		return -(int)FAIL_LIMIT;
	if (inflateInit2(&z, WINDOW_GZIP) != Z_OK)
		return FAIL(e, FAIL_SYS, "gzip: no memory");
	z.next_in = input(packed);
	z.avail_in = (uInt)packed.len;
	do {
		if (buf_reserve(&out, out.len + 65536, e) < 0)
			return -(int)FAIL_SYS;
		z.next_out = out.at + out.len;
		z.avail_out = (uInt)(out.cap - out.len - 1);
		code = inflate(&z, Z_NO_FLUSH);
		out.len = (size_t)(z.next_out - out.at);
		out.at[out.len] = 0;
		if (out.len > limit)
			return FAIL(e, FAIL_LIMIT, "gzip: unpacks to more than %zu bytes", limit);
	} while (code == Z_OK);
	if (code != Z_STREAM_END || z.avail_in)
		return FAIL(e, FAIL_INPUT, "gzip: damaged, cut short, or with bytes behind it");
	*ret = buf_take(&out);
	return 0;
}
