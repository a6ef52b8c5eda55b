#include "attest/verify/log/out.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"

void tcg_out_text(struct tcg_out *o, cJSON *object, const char *name, const char *text)
{
	if (!o->failed)
		o->failed = json_add_text(object, name, text, o->e);
}

void tcg_out_hex(struct tcg_out *o, cJSON *object, const char *name, struct span bytes)
{
	AUTO_FREE char *text = NULL;

	if (o->failed)
		return;
	text = malloc(2 * bytes.len + 1);
	if (!text) {
		o->failed = FAIL_ERRNO(o->e, "json");
		return;
	}
	digest_hex(bytes, text);
	tcg_out_text(o, object, name, text);
}

void tcg_out_u64(struct tcg_out *o, cJSON *object, const char *name, uint64_t value)
{
	if (!o->failed)
		o->failed = json_add_u64(object, name, value, o->e);
}

void tcg_out_bool(struct tcg_out *o, cJSON *object, const char *name, bool value)
{
	if (!o->failed)
		o->failed = json_add_bool(object, name, value, o->e);
}

static cJSON *adopt(struct tcg_out *o, cJSON *object, const char *name, cJSON *child)
{
	o->failed = json_add(object, name, child, o->e);
	return o->failed ? NULL : child;
}

cJSON *tcg_out_object(struct tcg_out *o, cJSON *object, const char *name)
{
	return o->failed ? NULL : adopt(o, object, name, cJSON_CreateObject());
}

cJSON *tcg_out_array(struct tcg_out *o, cJSON *object, const char *name)
{
	return o->failed ? NULL : adopt(o, object, name, cJSON_CreateArray());
}
