#include "attest/verify/log/tag.h"

#include <string.h>

#include "attest/verify/bytes.h"

bool tcg_tag_parse(struct span data, struct tcg_tag *ret)
{
	struct tcg_tag t = { 0 };

	if (!bytes_u32(&data, &t.tag) || !bytes_sized(&data, &t.data) || data.len)
		return false;
	*ret = t;
	return true;
}

/* Takes what stands before the first space, and the space. */
static bool take_word(struct span *from, struct span *ret)
{
	const uint8_t *end = from->len ? memchr(from->at, ' ', from->len) : NULL;
	size_t len = end ? (size_t)(end - from->at) : 0;

	if (!len)
		return false;
	*ret = span(from->at, len);
	*from = span(end + 1, from->len - len - 1);
	return true;
}

bool tcg_aael_parse(const struct tcg_tag *tag, struct tcg_aael *ret)
{
	struct span text = tag->data;
	struct tcg_aael a;

	if (tag->tag != TCG_TAG_AAEL || !text.len || memchr(text.at, 0, text.len) ||
	    memchr(text.at, '\n', text.len) || !take_word(&text, &a.domain) ||
	    !take_word(&text, &a.operation))
		return false;
	a.content = text;
	*ret = a;
	return true;
}
