#include "base/json.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/json_scan.h"
#include "base/limits.h"
#include "base/mem.h"

static void wiping_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void json_init(void)
{
	/* cJSON's own realloc would copy without wiping; with other hooks it does not use it. */
	cJSON_InitHooks(&(cJSON_Hooks){ malloc, wiping_free });
}

void json_done(cJSON **node)
{
	cJSON_Delete(*node);
	*node = NULL;
}

static int refuse_duplicates(const cJSON *object, struct err *e)
{
	for (const cJSON *a = object->child; a; a = a->next)
		for (const cJSON *b = a->next; b; b = b->next)
			if (!strcmp(a->string, b->string))
				return FAIL(e, FAIL_INPUT, "json: member \"%.40s\" twice",
					    a->string);
	return 0;
}

/* Walks the tree in document order: looks for duplicates, and gives each number its own digits
 * (cJSON keeps doubles, which lose integers above 2^53). */
static int settle(cJSON *node, struct span text, size_t *at, struct err *e)
{
	int failed = 0;

	if (cJSON_IsNumber(node)) {
		struct span digits;

		if (!json_scan_number(text, at, &digits))
			return FAIL(e, FAIL_BUG, "json: a number without digits");
		node->valuestring = cJSON_malloc(digits.len + 1);
		if (!node->valuestring)
			return FAIL_ERRNO(e, "json: no memory");
		memcpy(node->valuestring, digits.at, digits.len);
		node->valuestring[digits.len] = 0;
	}
	if (cJSON_IsObject(node) && refuse_duplicates(node, e) < 0)
		return -(int)FAIL_INPUT;
	for (cJSON *child = node->child; child && !failed; child = child->next)
		failed = settle(child, text, at, e);
	return failed;
}

int json_parse(struct span text, size_t limit, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *root = NULL;
	size_t at = 0;
	int failed;

	if (text.len > limit)
		return FAIL(e, FAIL_LIMIT, "json: more than %zu bytes", limit);
	failed = json_scan(text, LIMIT_JSON_DEPTH, e);
	if (failed) {
		(void)err_add(e, "json");
		return failed;
	}
	root = cJSON_ParseWithLength((const char *)text.at, text.len);
	if (!root)
		return FAIL(e, FAIL_SYS, "json: no memory");
	failed = settle(root, text, &at, e);
	if (failed)
		return failed;
	*ret = root;
	root = NULL;
	return 0;
}

static bool is_of_type(const cJSON *node, enum json_type type)
{
	switch (type) {
	case JSON_TEXT:
		return cJSON_IsString(node);
	case JSON_U64:
		return cJSON_IsNumber(node) && json_u64(node, &(uint64_t){ 0 }, NULL) == 0;
	case JSON_BOOL:
		return cJSON_IsBool(node);
	case JSON_OBJECT:
		return cJSON_IsObject(node);
	case JSON_ARRAY:
		return cJSON_IsArray(node);
	case JSON_ANY:
		return true;
	}
	return false;
}

static const struct json_field *field_named(const struct json_field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

static int read_object(const cJSON *node, const char *where, const struct json_field *fields,
		       bool open, struct err *e)
{
	static const char *const type_names[] = { "a string",  "a whole number", "true or false",
						  "an object", "an array",	 "anything" };
	const struct json_field *f;

	if (!cJSON_IsObject(node))
		return FAIL(e, FAIL_INPUT, "%s: must be an object", where);
	for (const cJSON *m = node->child; m; m = m->next) {
		f = field_named(fields, m->string);
		if (!f && !open)
			return FAIL(e, FAIL_INPUT, "%s: unknown member \"%.40s\"", where,
				    m->string);
		if (f && !is_of_type(m, f->type))
			return FAIL(e, FAIL_INPUT, "%s: \"%s\" must be %s", where, f->name,
				    type_names[f->type]);
	}
	for (f = fields; f->name; f++)
		if (f->required && !cJSON_GetObjectItemCaseSensitive(node, f->name))
			return FAIL(e, FAIL_INPUT, "%s: \"%s\" is missing", where, f->name);
	for (f = fields; f->name; f++)
		*f->ret = cJSON_GetObjectItemCaseSensitive(node, f->name);
	return 0;
}

int json_object(const cJSON *node, const char *where, const struct json_field *fields,
		struct err *e)
{
	return read_object(node, where, fields, false, e);
}

int json_object_open(const cJSON *node, const char *where, const struct json_field *fields,
		     struct err *e)
{
	return read_object(node, where, fields, true, e);
}

const char *json_text(const cJSON *node)
{
	return cJSON_IsString(node) ? node->valuestring : NULL;
}

int json_u64(const cJSON *node, uint64_t *ret, struct err *e)
{
	uint64_t value = 0;
	const char *c;

	if (!cJSON_IsNumber(node) || !node->valuestring)
		return FAIL(e, FAIL_INPUT, "json: not a number from a document");
	for (c = node->valuestring; *c; c++)
		if (*c < '0' || *c > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*c - '0'), &value))
			return FAIL(e, FAIL_INPUT, "json: %.24s is not a whole number below 2^64",
				    node->valuestring);
	*ret = value;
	return 0;
}

int json_add(cJSON *object, const char *name, cJSON *child, struct err *e)
{
	bool done = child && object &&
		    (name ? cJSON_AddItemToObject(object, name, child)
			  : cJSON_AddItemToArray(object, child));

	if (done)
		return 0;
	cJSON_Delete(child);
	return err_set(e, FAIL_SYS, ENOMEM, __func__, "json: no memory for \"%s\"",
		       name ? name : "an element");
}

int json_add_u64(cJSON *object, const char *name, uint64_t value, struct err *e)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%" PRIu64, value);
	return json_add(object, name, cJSON_CreateRaw(digits), e);
}

int json_add_text(cJSON *object, const char *name, const char *text, struct err *e)
{
	return json_add(object, name, cJSON_CreateString(text), e);
}

int json_add_bool(cJSON *object, const char *name, bool value, struct err *e)
{
	return json_add(object, name, cJSON_CreateBool(value), e);
}

int json_add_b64(cJSON *object, const char *name, struct span bytes, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	if (b64_encode(B64_STANDARD, bytes, SIZE_MAX / 2, &text, e) < 0)
		return err_add(e, "%s", name);
	return json_add_text(object, name, text.at ? (const char *)text.at : "", e);
}

int json_print(const cJSON *node, size_t limit, struct buf *ret, struct err *e)
{
	char *text = cJSON_PrintUnformatted(node);
	int failed;

	if (!text)
		return err_set(e, FAIL_SYS, ENOMEM, __func__, "json: no memory");
	failed = buf_append(ret, span_text(text), limit, e);
	cJSON_free(text);
	return failed;
}
