#include "attest/verify/rim/utf8.h"

/* Length and payload bits of a lead byte; 0 for a continuation or an overlong lead. */
static size_t lead(uint8_t c, uint32_t *ret)
{
	if (c < 0x80) {
		*ret = c;
		return 1;
	}
	if (c >= 0xc2 && c <= 0xdf) {
		*ret = c & 0x1f;
		return 2;
	}
	if (c >= 0xe0 && c <= 0xef) {
		*ret = c & 0x0f;
		return 3;
	}
	*ret = c & 0x07;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

static _Bool is_char(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n';
	return c <= 0xd7ff || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

size_t utf8_length(struct span text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t n;

	if (!text.len)
		return 0;
	n = lead(text.at[0], &c);
	if (!n || n > text.len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((text.at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text.at[i] & 0x3f);
	}
	return c >= least[n] && is_char(c) ? n : 0;
}
