#include "api/room.h"

#include <stdlib.h>
#include <string.h>

int room_make(struct buf *b, size_t len, struct err *e)
{
	struct buf wider = BUF_EMPTY;

	if (len < b->cap)
		return 0;
	if (len == SIZE_MAX)
		return FAIL(e, FAIL_LIMIT, "a buffer of all memory");
	wider.at = malloc(len + 1);
	if (!wider.at)
		return FAIL_ERRNO(e, "no memory for %zu bytes", len);
	if (b->len)
		memcpy(wider.at, b->at, b->len);
	wider.at[b->len] = 0;
	wider.len = b->len;
	wider.cap = len + 1;
	buf_done(b);
	*b = wider;
	return 0;
}
