#include "base/b64.h"

static const char alphabets[2][65] = {
	[B64_STANDARD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	[B64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

int b64_encode(enum b64_form form, struct span bytes, size_t limit, struct buf *ret, struct err *e)
{
	const char *digit = alphabets[form];
	size_t groups = bytes.len / 3, rest = bytes.len % 3, len;
	uint8_t *to;

	if (__builtin_mul_overflow(groups, 4, &len) ||
	    __builtin_add_overflow(len, rest ? form == B64_URL ? rest + 1 : 4 : 0, &len) ||
	    __builtin_add_overflow(len, ret->len, &len) || len > limit)
		return FAIL(e, FAIL_LIMIT, "base64 of more than %zu bytes", limit);
	if (buf_reserve(ret, len, e) < 0)
		return -(int)FAIL_SYS;

	to = ret->at + ret->len;
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t v = (uint32_t)bytes.at[i] << 16;

		v |= n > 1 ? (uint32_t)bytes.at[i + 1] << 8 : 0;
		v |= n > 2 ? (uint32_t)bytes.at[i + 2] : 0;
		for (size_t k = 0; k < n + 1; k++)
			*to++ = (uint8_t)digit[v >> (18 - 6 * k) & 63];
		for (size_t k = n + 1; k < 4 && form == B64_STANDARD; k++)
			*to++ = '=';
	}
	ret->len = len;
	ret->at[len] = 0;
	return 0;
}

static int value_of(enum b64_form form, uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (uint8_t)alphabets[form][62])
		return 62;
	return c == (uint8_t)alphabets[form][63] ? 63 : -1;
}

/* Text without its padding, whose amount is checked. */
static int strip_padding(enum b64_form form, struct span *text, struct err *e)
{
	size_t pad = 0;

	if (form == B64_STANDARD) {
		if (text->len % 4)
			return FAIL(e, FAIL_INPUT, "base64: length is not a multiple of 4");
		while (pad < 2 && pad < text->len && text->at[text->len - 1 - pad] == '=')
			pad++;
		text->len -= pad;
	}
	if (text->len % 4 == 1)
		return FAIL(e, FAIL_INPUT, "base64: impossible length");
	return 0;
}

int b64_decode(enum b64_form form, struct span text, size_t limit, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	uint32_t bits = 0;
	unsigned int have = 0;

	if (strip_padding(form, &text, e) < 0)
		return -(int)FAIL_INPUT;
	if (buf_reserve(&out, text.len / 4 * 3 + 3, e) < 0)
		return -(int)FAIL_SYS;
	for (size_t i = 0; i < text.len; i++) {
		int v = value_of(form, text.at[i]);

		if (v < 0)
			return FAIL(e, FAIL_INPUT, "base64: byte 0x%02x at %zu", text.at[i], i);
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out.at[out.len++] = (uint8_t)(bits >> have);
			bits &= (1u << have) - 1;
		}
	}
	if (bits)
		return FAIL(e, FAIL_INPUT, "base64: bits behind the last byte");
	return buf_append(ret, buf_view(&out), limit, e);
}
