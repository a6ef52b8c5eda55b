#include "attest/verify/reason.h"

#include <string.h>

static const struct reason_row ROWS[] = {
#define REASON_ROW(id, code, word, allow, text) [id] = { code, VERIFY_##word, allow, text },
	VERIFY_REASONS(REASON_ROW)
#undef REASON_ROW
};

const struct reason_row *reason_row(enum reason r)
{
	return &ROWS[r];
}

enum reason reason_find(const char *code)
{
	for (int r = 0; r < REASONS; r++)
		if (!strcmp(ROWS[r].code, code))
			return (enum reason)r;
	return REASONS;
}

const char *verify_explain(const char *code)
{
	enum reason r = reason_find(code);

	return r == REASONS ? NULL : ROWS[r].text;
}

const char *verify_code(size_t i)
{
	return i < REASONS ? ROWS[i].code : NULL;
}
