#include "attest/config/initdata.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fd.h"
#include "base/limits.h"

/* zlib: 15 bits of window, +16 = a gzip header and nothing else. */
#define GZIP_WINDOW (15 + 16)

static uint64_t read_le64(const uint8_t *at)
{
	uint64_t value = 0;

	for (size_t i = 8; i--;)
		value = value << 8 | at[i];
	return value;
}

static bool is_zero(struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.at[i])
			return false;
	return true;
}

/* Inflates until the stream ends, in steps, so that memory follows what is really there. */
static int inflate_all(z_stream *z, struct buf *plain, struct err *e)
{
	uint8_t step[16 * 1024];
	int state = Z_OK, failed;

	while (state != Z_STREAM_END) {
		z->next_out = step;
		z->avail_out = sizeof(step);
		state = inflate(z, Z_NO_FLUSH);
		if (state == Z_MEM_ERROR)
			return FAIL(e, FAIL_SYS, "initdata: no memory to unpack");
		if (state == Z_BUF_ERROR)
			return FAIL(e, FAIL_INPUT, "initdata: gzip stream is cut short");
		if (state != Z_OK && state != Z_STREAM_END)
			return FAIL(e, FAIL_INPUT, "initdata: gzip: %s",
				    z->msg ? z->msg : "broken");
		failed = buf_append(plain, span(step, sizeof(step) - z->avail_out),
				    LIMIT_INITDATA_BYTES, e);
		if (failed)
			return err_add(e, "initdata");
	}
	if (z->avail_in)
		return FAIL(e, FAIL_INPUT, "initdata: %u bytes behind the gzip stream",
			    z->avail_in);
	return 0;
}

static int gunzip(struct span gzip, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf plain = BUF_EMPTY;
	z_stream z = { .next_in = (Bytef *)(uintptr_t)gzip.at, .avail_in = (uInt)gzip.len };
	int failed;

	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return FAIL(e, FAIL_SYS, "initdata: no memory to unpack");
	failed = inflate_all(&z, &plain, e);
	(void)inflateEnd(&z);
	if (failed)
		return failed;
	if (!plain.len)
		return FAIL(e, FAIL_INPUT, "initdata: unpacks to nothing");
	*ret = buf_take(&plain);
	return 0;
}

int initdata_unpack(struct span image, struct buf *ret_toml, struct err *e)
{
	AUTO_BUF struct buf toml = BUF_EMPTY;
	struct span rest;
	uint64_t len;
	int failed;

	if (image.len < INITDATA_HEAD_BYTES ||
	    memcmp(image.at, INITDATA_MAGIC, INITDATA_MAGIC_BYTES) != 0)
		return FAIL(e, FAIL_INPUT, "initdata: no magic at the disk's start");
	len = read_le64(image.at + INITDATA_MAGIC_BYTES);
	rest = span(image.at + INITDATA_HEAD_BYTES, image.len - INITDATA_HEAD_BYTES);
	if (len > LIMIT_INITDATA_GZIP_BYTES)
		return FAIL(e, FAIL_LIMIT, "initdata: says %llu bytes, %d are allowed",
			    (unsigned long long)len, LIMIT_INITDATA_GZIP_BYTES);
	if (len > rest.len)
		return FAIL(e, FAIL_INPUT, "initdata: says %llu bytes, the disk has %zu",
			    (unsigned long long)len, rest.len);
	if (!is_zero(span(rest.at + len, rest.len - len)))
		return FAIL(e, FAIL_INPUT, "initdata: the padding isn't zero");
	failed = gunzip(span(rest.at, len), &toml, e);
	if (failed)
		return failed;
	buf_done(ret_toml);
	*ret_toml = buf_take(&toml);
	return 0;
}

int initdata_read(int fd, struct buf *ret_toml, struct err *e)
{
	AUTO_BUF struct buf image = BUF_EMPTY;
	int failed;

	/* Whoever looked for the magic may have moved the offset. */
	if (lseek(fd, 0, SEEK_SET) < 0)
		return FAIL_ERRNO(e, "initdata: seek: %s", strerror(errno));
	failed = fd_read_all(fd, LIMIT_INITDATA_IMAGE_BYTES, &image, e);
	if (failed)
		return err_add(e, "initdata");
	return initdata_unpack(buf_view(&image), ret_toml, e);
}
