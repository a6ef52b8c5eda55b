#include "attest/verify/pcs/tcbinfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/refs.h"
#include "base/json.h"
#include "base/limits.h"

/* --- Levels ----------------------------------------------------------------------------------- */

static int read_svn(const cJSON *node, const char *where, uint8_t *ret, struct err *e)
{
	uint64_t number = 0;
	int failed = tcb_number(node, where, UINT8_MAX, &number, e);

	if (!failed)
		*ret = (uint8_t)number;
	return failed;
}

/* Version 3: an array of {"svn": 5, "category": ..., "type": ...}. One component more or less
 * would shift or drop a comparison. */
static int read_components(const cJSON *list, const char *where, uint8_t ret[static TCB_COMPONENTS],
			   struct err *e)
{
	const cJSON *svn, *category, *type;
	const struct json_field fields[] = {
		{ "svn", JSON_U64, true, &svn },
		{ "category", JSON_TEXT, false, &category },
		{ "type", JSON_TEXT, false, &type },
		{ 0 },
	};
	size_t count = (size_t)cJSON_GetArraySize(list);
	int failed = 0;

	if (count != TCB_COMPONENTS)
		return FAIL(e, FAIL_INPUT, "%s: %zu components, must be %d", where, count,
			    TCB_COMPONENTS);
	for (const cJSON *i = list->child; i && !failed; i = i->next) {
		failed = json_object_open(i, where, fields, e);
		if (!failed)
			failed = read_svn(svn, where, ret++, e);
	}
	return failed;
}

/* Version 2: sgxtcbcomp01svn .. sgxtcbcomp16svn. */
static int read_flat_components(const cJSON *tcb, uint8_t ret[static TCB_COMPONENTS], struct err *e)
{
	for (int i = 0; i < TCB_COMPONENTS; i++) {
		char name[20];
		const cJSON *svn;
		int failed;

		(void)snprintf(name, sizeof(name), "sgxtcbcomp%02dsvn", i + 1);
		svn = cJSON_GetObjectItemCaseSensitive(tcb, name);
		if (!svn)
			return FAIL(e, FAIL_INPUT, "tcb: \"%s\" is missing", name);
		failed = read_svn(svn, name, &ret[i], e);
		if (failed)
			return failed;
	}
	return 0;
}

static int read_tcb(const cJSON *tcb, const struct tcb_info *t, struct tcb_level *ret,
		    struct err *e)
{
	bool is_flat = t->edition.version == 2;
	const cJSON *sgx, *tdx, *pcesvn;
	const struct json_field fields[] = {
		{ "sgxtcbcomponents", JSON_ARRAY, !is_flat, &sgx },
		{ "tdxtcbcomponents", JSON_ARRAY, t->is_tdx, &tdx },
		{ "pcesvn", JSON_U64, true, &pcesvn },
		{ 0 },
	};
	uint64_t number = 0;
	int failed = json_object_open(tcb, "tcb", fields, e);

	if (!failed)
		failed = is_flat ? read_flat_components(tcb, ret->sgx, e)
				 : read_components(sgx, "sgxtcbcomponents", ret->sgx, e);
	if (!failed && t->is_tdx)
		failed = read_components(tdx, "tdxtcbcomponents", ret->tdx, e);
	if (!failed)
		failed = tcb_number(pcesvn, "pcesvn", UINT16_MAX, &number, e);
	if (!failed)
		ret->pcesvn = (uint16_t)number;
	return failed;
}

static int read_level(const cJSON *level, const struct tcb_info *t, struct tcb_level *ret,
		      struct err *e)
{
	const cJSON *tcb;
	const struct json_field fields[] = { { "tcb", JSON_OBJECT, true, &tcb }, { 0 } };
	int failed = json_object_open(level, "TCB level", fields, e);

	if (!failed)
		failed = read_tcb(tcb, t, ret, e);
	if (!failed)
		failed = tcb_rating_parse(level, &ret->rating, e);
	return failed;
}

/* Descending, since the first that fits decides and the order sent is nobody's promise. */
static int by_components(const void *a, const void *b)
{
	const struct tcb_level *x = a, *y = b;
	int order = memcmp(y->sgx, x->sgx, sizeof(x->sgx));

	if (!order)
		order = (int)y->pcesvn - (int)x->pcesvn;
	return order ? order : memcmp(y->tdx, x->tdx, sizeof(x->tdx));
}

static int settle_levels(struct tcb_info *t, struct err *e)
{
	qsort(t->levels, t->level_count, sizeof(*t->levels), by_components);
	for (size_t i = 1; i < t->level_count; i++)
		if (!by_components(&t->levels[i - 1], &t->levels[i]))
			return FAIL(e, FAIL_INPUT, "tcbLevels: two levels with the same SVNs");
	return 0;
}

static int read_levels(const cJSON *list, struct tcb_info *t, struct err *e)
{
	size_t count = (size_t)cJSON_GetArraySize(list);
	int failed = 0;

	if (!count)
		return FAIL(e, FAIL_INPUT, "tcbLevels: none");
	if (count > LIMIT_TCB_LEVELS)
		return FAIL(e, FAIL_LIMIT, "tcbLevels: more than %d", LIMIT_TCB_LEVELS);
	t->levels = calloc(count, sizeof(*t->levels));
	if (!t->levels)
		return FAIL_ERRNO(e, "tcbLevels");
	for (const cJSON *i = list->child; i && !failed; i = i->next)
		failed = read_level(i, t, &t->levels[t->level_count++], e);
	return failed ? failed : settle_levels(t, e);
}

/* --- TDX modules ------------------------------------------------------------------------------ */

static int read_module(const cJSON *node, struct tdx_module *ret, struct err *e)
{
	const cJSON *mrsigner, *attributes, *mask;
	const struct json_field fields[] = {
		{ "mrsigner", JSON_TEXT, true, &mrsigner },
		{ "attributes", JSON_TEXT, true, &attributes },
		{ "attributesMask", JSON_TEXT, true, &mask },
		{ 0 },
	};
	int failed = json_object_open(node, "TDX module", fields, e);

	if (!failed)
		failed = hex_bytes(json_text(mrsigner), "mrsigner", ret->mrsigner,
				   sizeof(ret->mrsigner), e);
	if (!failed)
		failed = hex_bytes(json_text(attributes), "attributes", ret->attributes,
				   sizeof(ret->attributes), e);
	if (!failed)
		failed = hex_bytes(json_text(mask), "attributesMask", ret->attributes_mask,
				   sizeof(ret->attributes_mask), e);
	return failed;
}

/* "TDX_" and two hex digits, in either case. */
static int read_major(const char *id, uint8_t *ret, struct err *e)
{
	if (strncasecmp(id, "TDX_", 4))
		return FAIL(e, FAIL_INPUT, "tdxModuleIdentities: id \"%.24s\"", id);
	return hex_bytes(id + 4, "tdxModuleIdentities: id", ret, 1, e);
}

static int read_identity(const cJSON *node, struct tcb_info *t, struct err *e)
{
	const cJSON *id, *levels;
	const struct json_field fields[] = {
		{ "id", JSON_TEXT, true, &id },
		{ "tcbLevels", JSON_ARRAY, true, &levels },
		{ 0 },
	};
	struct tdx_module *m = &t->modules[t->module_count];
	int failed = json_object_open(node, "tdxModuleIdentities", fields, e);

	if (!failed)
		failed = read_major(json_text(id), &m->major, e);
	if (!failed && tcb_info_module(t, m->major))
		failed = FAIL(e, FAIL_INPUT, "tdxModuleIdentities: TDX_%02X twice", m->major);
	if (!failed)
		failed = read_module(node, m, e);
	if (!failed)
		failed = isv_levels_parse(levels, &m->levels, e);
	if (!failed)
		t->module_count++;
	return failed;
}

static int read_identities(const cJSON *list, struct tcb_info *t, struct err *e)
{
	size_t count = (size_t)cJSON_GetArraySize(list);
	int failed = 0;

	if (count > LIMIT_TCB_MODULES)
		return FAIL(e, FAIL_LIMIT, "tdxModuleIdentities: more than %d", LIMIT_TCB_MODULES);
	t->modules = calloc(count ? count : 1, sizeof(*t->modules));
	if (!t->modules)
		return FAIL_ERRNO(e, "tdxModuleIdentities");
	for (const cJSON *i = list->child; i && !failed; i = i->next)
		failed = read_identity(i, t, e);
	return failed;
}

static int read_modules(const cJSON *root, struct tcb_info *t, struct err *e)
{
	const cJSON *module, *identities;
	const struct json_field fields[] = {
		{ "tdxModule", JSON_OBJECT, true, &module },
		{ "tdxModuleIdentities", JSON_ARRAY, false, &identities },
		{ 0 },
	};
	int failed = json_object_open(root, "tcbInfo", fields, e);

	if (!failed)
		failed = read_module(module, &t->module, e);
	if (!failed && identities)
		failed = read_identities(identities, t, e);
	return failed;
}

/* --- The whole -------------------------------------------------------------------------------- */

/* Version 2 says no id and knows SGX alone. */
static int read_kind(struct tcb_info *t, struct err *e)
{
	const char *id = t->edition.id;
	uint64_t version = t->edition.version;

	if (version != 2 && version != 3)
		return FAIL(e, FAIL_INPUT, "version %llu", (unsigned long long)version);
	if (version == 2 ? id != NULL : !id || (strcmp(id, "SGX") && strcmp(id, "TDX")))
		return FAIL(e, FAIL_INPUT, "id \"%.24s\" of version %llu", id ? id : "",
			    (unsigned long long)version);
	t->is_tdx = id && !strcmp(id, "TDX");
	return 0;
}

static int read_head(const cJSON *root, struct tcb_info *t, const cJSON **ret_levels, struct err *e)
{
	const cJSON *fmspc, *pceid, *type;
	const struct json_field fields[] = {
		{ "fmspc", JSON_TEXT, true, &fmspc },
		{ "pceId", JSON_TEXT, true, &pceid },
		{ "tcbType", JSON_U64, true, &type },
		{ "tcbLevels", JSON_ARRAY, true, ret_levels },
		{ 0 },
	};
	uint64_t number = 0;
	int failed = pcs_edition_parse(root, &t->edition, e);

	if (!failed)
		failed = read_kind(t, e);
	if (!failed)
		failed = json_object_open(root, "tcbInfo", fields, e);
	if (!failed)
		failed = hex_bytes(json_text(fmspc), "fmspc", t->fmspc, sizeof(t->fmspc), e);
	if (!failed)
		failed = hex_bytes(json_text(pceid), "pceId", t->pceid, sizeof(t->pceid), e);
	/* The type says how levels are compared, and 0 is the one way that is defined. */
	if (!failed)
		failed = tcb_number(type, "tcbType", 0, &number, e);
	return failed;
}

int tcb_info_parse(const cJSON *root, struct tcb_info *ret, struct err *e)
{
	struct tcb_info t = { 0 };
	const cJSON *levels = NULL;
	int failed = read_head(root, &t, &levels, e);

	if (!failed)
		failed = read_levels(levels, &t, e);
	if (!failed && t.is_tdx)
		failed = read_modules(root, &t, e);
	if (failed)
		tcb_info_done(&t);
	else
		*ret = t;
	return failed;
}

/* One more than `module_count` may be there: the identity whose reading failed, whose levels are
 * then empty. */
void tcb_info_done(struct tcb_info *t)
{
	for (size_t i = 0; i < t->module_count; i++)
		isv_levels_done(&t->modules[i].levels);
	free(t->modules);
	free(t->levels);
	*t = (struct tcb_info){ 0 };
}

const struct tdx_module *tcb_info_module(const struct tcb_info *t, uint8_t major)
{
	for (size_t i = 0; i < t->module_count; i++)
		if (t->modules[i].major == major)
			return &t->modules[i];
	return NULL;
}
