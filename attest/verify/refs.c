#include "attest/verify/refs.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

void refs_done(struct refs *r)
{
	free(r->at);
	*r = (struct refs){ 0 };
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_bytes(const char *text, const char *where, uint8_t *ret, size_t len, struct err *e)
{
	if (strlen(text) != 2 * len)
		return FAIL(e, FAIL_INPUT, "%s: %zu hex digits, must be %zu", where, strlen(text),
			    2 * len);
	for (size_t i = 0; i < len; i++) {
		int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return FAIL(e, FAIL_INPUT, "%s: \"%.24s\" is not hex", where, text);
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

struct form {
	const char *where;
	size_t len; /* bytes; 0: any */
	bool is_words;
};

static int read_words(const char *text, const struct form *f, struct ref *ret, struct err *e)
{
	size_t len = strlen(text);

	if (!len || len > REF_BYTES)
		return FAIL(e, FAIL_INPUT, "%s: a word has 1 .. %d characters", f->where,
			    REF_BYTES);
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return FAIL(e, FAIL_INPUT, "%s: not printable ASCII", f->where);
	ret->len = (uint8_t)len;
	memcpy(ret->at, text, len);
	return 0;
}

static int read_hex(const char *text, const struct form *f, struct ref *ret, struct err *e)
{
	size_t len = f->len ? f->len : strlen(text) / 2;

	if (!len || len > REF_BYTES)
		return FAIL(e, FAIL_INPUT, "%s: a value has 1 .. %d bytes", f->where, REF_BYTES);
	ret->len = (uint8_t)len;
	return hex_bytes(text, f->where, ret->at, len, e);
}

static int add(const cJSON *node, const struct form *f, struct refs *list, struct err *e)
{
	struct ref *ret = &list->at[list->count];
	const char *text = json_text(node);
	int failed;

	if (!text)
		return FAIL(e, FAIL_INPUT, "%s: must be text", f->where);
	failed = f->is_words ? read_words(text, f, ret, e) : read_hex(text, f, ret, e);
	if (!failed)
		list->count++;
	return failed;
}

static int read_list(const cJSON *node, const struct form *f, struct refs *ret, struct err *e)
{
	size_t count = cJSON_IsArray(node) ? (size_t)cJSON_GetArraySize(node) : 1;
	struct refs list = { .is_set = true };
	int failed = 0;

	refs_done(ret);
	if (!node)
		return 0;
	if (count > LIMIT_VERIFY_REFS)
		return FAIL(e, FAIL_LIMIT, "%s: more than %d values", f->where, LIMIT_VERIFY_REFS);
	list.at = calloc(count ? count : 1, sizeof(*list.at));
	if (!list.at)
		return FAIL_ERRNO(e, "%s", f->where);
	if (!cJSON_IsArray(node))
		failed = add(node, f, &list, e);
	else
		for (const cJSON *i = node->child; i && !failed; i = i->next)
			failed = add(i, f, &list, e);
	if (failed)
		refs_done(&list);
	else
		*ret = list;
	return failed;
}

int refs_hex(const cJSON *node, const char *where, size_t len, struct refs *ret, struct err *e)
{
	return read_list(node, &(struct form){ .where = where, .len = len }, ret, e);
}

int refs_words(const cJSON *node, const char *where, struct refs *ret, struct err *e)
{
	return read_list(node, &(struct form){ .where = where, .is_words = true }, ret, e);
}

bool refs_has(const struct refs *r, struct span value)
{
	for (size_t i = 0; i < r->count; i++)
		if (span_is_equal(span(r->at[i].at, r->at[i].len), value))
			return true;
	return false;
}

enum refs_answer refs_ask(const struct refs *r, struct span value)
{
	if (!r->is_set)
		return REFS_UNSET;
	return refs_has(r, value) ? REFS_MATCH : REFS_MISMATCH;
}
