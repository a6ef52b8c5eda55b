#include "attest/verify/x509/der.h"

#include <stdbool.h>

#define TAG_BOOLEAN	0x01
#define TAG_INTEGER	0x02
#define TAG_SEQUENCE	0x10
#define TAG_SET		0x11
#define TAG_NUMBER	0x1f
#define TAG_CONSTRUCTED 0x20
#define TAG_CLASS	0xc0 /* 0: universal */

struct value {
	uint8_t tag;
	struct span content;
};

/* Cuts the value at the front of `rest` off. */
static bool value_next(struct span *rest, struct value *ret)
{
	size_t head = 2, len;

	if (rest->len < 2 || (rest->at[0] & TAG_NUMBER) == TAG_NUMBER)
		return false;
	len = rest->at[1];
	if (len & 0x80) {
		size_t more = len & 0x7f;

		if (!more || more > 4 || rest->len - 2 < more || !rest->at[2])
			return false;
		len = 0;
		for (; head < 2 + more; head++)
			len = len << 8 | rest->at[head];
		if (len < 0x80)
			return false;
	}
	if (len > rest->len - head)
		return false;
	*ret = (struct value){ rest->at[0], span(rest->at + head, len) };
	*rest = span(rest->at + head + len, rest->len - head - len);
	return true;
}

static bool is_only_form(const struct value *v)
{
	const uint8_t *at = v->content.at;
	uint8_t number = v->tag & TAG_NUMBER;
	bool several = number == TAG_SEQUENCE || number == TAG_SET;

	if (v->tag & TAG_CLASS)
		return true;
	if (several != !!(v->tag & TAG_CONSTRUCTED))
		return false;
	if (v->tag == TAG_BOOLEAN)
		return v->content.len == 1 && (at[0] == 0 || at[0] == 0xff);
	if (v->tag == TAG_INTEGER)
		return v->content.len == 1 ||
		       (v->content.len > 1 && !(at[0] == 0 && at[1] < 0x80) &&
			!(at[0] == 0xff && at[1] >= 0x80));
	return true;
}

int der_check(struct span der, struct err *e)
{
	struct span level[DER_DEPTH] = { der };
	size_t depth = 0;
	struct value v;

	if (!der.len)
		return FAIL(e, FAIL_INPUT, "DER: empty");
	for (;;) {
		while (!level[depth].len) {
			if (!depth)
				return 0;
			depth--;
		}
		/* The outermost level is one value and nothing behind it. */
		if (!value_next(&level[depth], &v) || !is_only_form(&v) || (!depth && level[0].len))
			return FAIL(e, FAIL_INPUT, "DER: damaged at depth %zu", depth);
		if (!(v.tag & TAG_CONSTRUCTED))
			continue;
		if (++depth == DER_DEPTH)
			return FAIL(e, FAIL_INPUT, "DER: more than %d levels", DER_DEPTH);
		level[depth] = v.content;
	}
}
