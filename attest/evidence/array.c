#include "attest/evidence/array.h"

#include "base/json.h"

/* "255," */
#define TEXT_PER_BYTE 4

int array_add(cJSON *object, const char *name, struct span bytes, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	size_t limit = bytes.len * TEXT_PER_BYTE + 2;
	int failed = buf_printf(&text, limit, e, "[");

	for (size_t i = 0; !failed && i < bytes.len; i++)
		failed = buf_printf(&text, limit, e, i ? ",%u" : "%u", bytes.at[i]);
	if (!failed)
		failed = buf_printf(&text, limit, e, "]");
	if (failed)
		return failed;
	return json_add(object, name, cJSON_CreateRaw((const char *)text.at), e);
}
