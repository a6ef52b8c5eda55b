#include "api/wrap.h"

#include <string.h>

#include "api/room.h"
#include "base/b64.h"

int wrap_b64(const char *name, struct span bytes, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf json = BUF_EMPTY;
	size_t len = strlen("{\"\":\"\"}") + strlen(name) + (bytes.len + 2) / 3 * 4;
	int failed = room_make(&json, len, e);

	if (!failed)
		failed = buf_printf(&json, len, e, "{\"%s\":\"", name);
	if (!failed)
		failed = b64_encode(B64_STANDARD, bytes, len, &json, e);
	if (!failed)
		failed = buf_append(&json, span_text("\"}"), len, e);
	if (failed)
		return failed;
	buf_done(ret);
	*ret = buf_take(&json);
	return 0;
}
