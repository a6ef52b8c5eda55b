#include "attest/evidence/ccel.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"

#define EV_NO_ACTION   3
#define OLD_HEAD_BYTES 28 /* u32 index, u32 type, SHA-1: the first event's form */
#define HEAD_BYTES     8  /* u32 index, u32 type */
#define END_BYTES      8
#define READ_BYTES     4096 /* what sysfs gives at once */

struct cursor {
	struct span area;
	size_t at;
};

static bool skip(struct cursor *c, size_t len)
{
	if (c->area.len - c->at < len)
		return false;
	c->at += len;
	return true;
}

static bool read_le(struct cursor *c, size_t len, uint32_t *ret)
{
	const uint8_t *at = c->area.at + c->at;
	uint32_t value = 0;

	if (!skip(c, len))
		return false;
	while (len--)
		value = value << 8 | at[len];
	*ret = value;
	return true;
}

/* TCG algorithm registry. */
static size_t digest_bytes(uint32_t alg)
{
	switch (alg) {
	case 0x0b: /* SHA-256 */
	case 0x12: /* SM3     */
		return 32;
	case 0x0c:
		return 48;
	case 0x0d:
		return 64;
	default:
		return 0;
	}
}

static bool skip_digests(struct cursor *c)
{
	uint32_t count, alg;

	if (!read_le(c, 4, &count))
		return false;
	/* Each takes bytes from the area, which bounds a false count. */
	while (count--)
		if (!read_le(c, 2, &alg) || !digest_bytes(alg) || !skip(c, digest_bytes(alg)))
			return false;
	return true;
}

static bool skip_event(struct cursor *c)
{
	uint32_t index, type, size;
	struct cursor head = *c;
	bool is_old;

	if (!read_le(&head, 4, &index) || !read_le(&head, 4, &type))
		return false;
	is_old = c->at == 0 && type == EV_NO_ACTION;
	return skip(c, is_old ? OLD_HEAD_BYTES : HEAD_BYTES) && (is_old || skip_digests(c)) &&
	       read_le(c, 4, &size) && skip(c, size);
}

static bool is_end(const struct cursor *c)
{
	size_t left = c->area.len - c->at;
	const uint8_t *at = c->area.at + c->at;

	if (!left)
		return true;
	if (*at != 0x00 && *at != 0xff)
		return false;
	for (size_t i = 1; i < left && i < END_BYTES; i++)
		if (at[i] != *at)
			return false;
	return true;
}

int ccel_length(struct span area, size_t *ret, struct err *e)
{
	struct cursor c = { area, 0 };

	while (!is_end(&c)) {
		size_t at = c.at;

		if (!skip_event(&c))
			return FAIL(e, FAIL_INPUT, "event log: broken event at byte %zu", at);
	}
	*ret = c.at;
	return 0;
}

int ccel_read(int fd, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf area = BUF_EMPTY;
	uint8_t part[READ_BYTES];
	ssize_t n;

	do {
		n = pread(fd, part, sizeof(part), (off_t)area.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FAIL_ERRNO(e, "event log: read: %s", strerror(errno));
		if (buf_append(&area, span(part, (size_t)n), LIMIT_EVENTLOG_BYTES, e) < 0)
			return err_add(e, "event log");
	} while (n);
	*ret = buf_take(&area);
	return 0;
}
