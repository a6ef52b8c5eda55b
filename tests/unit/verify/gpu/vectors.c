#include "tests/unit/verify/gpu/vectors.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

#define VECTOR_BYTES (1024 * 1024)

struct buf vector_file(const char *name)
{
	struct buf b = BUF_EMPTY;
	char path[400];
	FILE *f;
	size_t got;

	(void)snprintf(path, sizeof(path), VECTORS_DIR "/nvidia/%s", name);
	f = fopen(path, "rb");
	if (!f)
		cr_skip_test("no vectors in " VECTORS_DIR);
	cr_assert_eq(buf_reserve(&b, VECTOR_BYTES, NULL), 0);
	got = fread(b.at, 1, VECTOR_BYTES, f);
	cr_assert(got && got < VECTOR_BYTES, "%s", path);
	b.len = got;
	(void)fclose(f);
	return b;
}

struct buf vector_hex(const char *name)
{
	AUTO_BUF struct buf text = vector_file(name);
	struct buf b = BUF_EMPTY;

	for (size_t i = 0; i + 1 < text.len; i += 2) {
		unsigned value;
		uint8_t byte;

		cr_assert(sscanf((const char *)text.at + i, "%2x", &value) == 1);
		byte = (uint8_t)value;
		cr_assert_eq(buf_append(&b, span(&byte, 1), VECTOR_BYTES, NULL), 0);
	}
	return b;
}

void vector_chain(const char *name, struct certs *ret)
{
	AUTO_BUF struct buf pem = vector_file(name);
	struct err e = { 0 };

	certs_done(ret);
	cr_assert_eq(certs_add_pem(ret, buf_view(&pem), &e), 0, "%s: %s", name, e.text);
}

cJSON *vector_json(const char *name)
{
	AUTO_BUF struct buf text = vector_file(name);
	cJSON *tree = NULL;
	struct err e = { 0 };

	cr_assert_eq(json_parse(buf_view(&text), VECTOR_BYTES, &tree, &e), 0, "%s: %s", name,
		     e.text);
	return tree;
}
