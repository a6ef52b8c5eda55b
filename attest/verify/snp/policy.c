#include "attest/verify/snp/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define VMPL_MAX 3

#define AUTO_POLICY __attribute__((cleanup(snp_policy_done)))

/* Lists of reference values, one row each. */
static const struct list {
	const char *name;
	size_t at; /* in struct snp_policy */
	uint8_t len;
} lists[] = {
	{ "measurement", offsetof(struct snp_policy, measurement), 48 },
	{ "host_data", offsetof(struct snp_policy, host_data), 32 },
	{ "id_key_digest", offsetof(struct snp_policy, id_key_digest), 48 },
	{ "author_key_digest", offsetof(struct snp_policy, author_key_digest), 48 },
	{ "family_id", offsetof(struct snp_policy, family_id), 16 },
	{ "image_id", offsetof(struct snp_policy, image_id), 16 },
	{ "report_id", offsetof(struct snp_policy, report_id), 32 },
	{ "chip_id", offsetof(struct snp_policy, chip_id), SNP_CHIP_ID_BYTES },
};

static struct refs *list_of(struct snp_policy *p, const struct list *l)
{
	return (struct refs *)(void *)((uint8_t *)p + l->at);
}

void snp_policy_done(struct snp_policy *p)
{
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		refs_done(list_of(p, &lists[i]));
	refs_done(&p->products);
	refs_done(&p->csp_id);
	*p = (struct snp_policy){ 0 };
}

static int read_number(const cJSON *node, const char *name, uint64_t max, uint64_t *ret,
		       struct err *e)
{
	uint64_t value = 0;

	if (!node)
		return 0;
	if (json_u64(node, &value, e) < 0)
		return err_add(e, "snp.%s", name);
	if (value > max)
		return FAIL(e, FAIL_INPUT, "snp.%s: %llu is over %llu", name,
			    (unsigned long long)value, (unsigned long long)max);
	*ret = value;
	return 0;
}

static enum snp_want want(const cJSON *node)
{
	if (!node)
		return SNP_ANY;
	return cJSON_IsTrue(node) ? SNP_ON : SNP_OFF;
}

/* "1.51" */
static int read_abi(const cJSON *node, struct snp_policy *ret, struct err *e)
{
	const char *text = json_text(node);
	unsigned major = 0, minor = 0;
	int end = 0;

	if (!text)
		return 0;
	if (strspn(text, "0123456789.") != strlen(text) ||
	    sscanf(text, "%3u.%3u%n", &major, &minor, &end) != 2 || text[end] || major > 255 ||
	    minor > 255)
		return FAIL(e, FAIL_INPUT, "snp.guest_policy.min_abi: \"%.16s\", must be as 1.51",
			    text);
	ret->min_abi_major = (uint8_t)major;
	ret->min_abi_minor = (uint8_t)minor;
	return 0;
}

static int read_guest(const cJSON *node, struct snp_policy *ret, struct err *e)
{
	const cJSON *debug = NULL, *migration = NULL, *abi = NULL;
	const cJSON *flags[SNP_GUEST_FLAGS] = { NULL };
	struct json_field fields[SNP_GUEST_FLAGS + 4] = {
		{ "debug", JSON_BOOL, false, &debug },
		{ "migration", JSON_BOOL, false, &migration },
		{ "min_abi", JSON_TEXT, false, &abi },
	};

	if (!node)
		return 0;
	for (int i = 0; i < SNP_GUEST_FLAGS; i++)
		fields[3 + i] = (struct json_field){ snp_guest_flags[i].member, JSON_BOOL, false,
						     &flags[i] };
	if (json_object(node, "snp.guest_policy", fields, e) < 0)
		return -(int)FAIL_INPUT;
	ret->allow_debug = cJSON_IsTrue(debug);
	ret->allow_migration = cJSON_IsTrue(migration);
	for (int i = 0; i < SNP_GUEST_FLAGS; i++)
		ret->guest[i] = want(flags[i]);
	return read_abi(abi, ret, e);
}

static int read_platform(const cJSON *node, struct snp_policy *ret, struct err *e)
{
	const cJSON *flags[SNP_PLATFORM_FLAGS] = { NULL };
	struct json_field fields[SNP_PLATFORM_FLAGS + 1] = { { 0 } };

	if (!node)
		return 0;
	for (int i = 0; i < SNP_PLATFORM_FLAGS; i++)
		fields[i] = (struct json_field){ snp_platform_flags[i].member, JSON_BOOL, false,
						 &flags[i] };
	if (json_object(node, "snp.platform", fields, e) < 0)
		return -(int)FAIL_INPUT;
	for (int i = 0; i < SNP_PLATFORM_FLAGS; i++)
		ret->platform[i] = want(flags[i]);
	return 0;
}

/* A floor that names nothing would pass for one that was thought about. */
static int read_floor(const cJSON *node, enum snp_product product, struct snp_floor *ret,
		      struct err *e)
{
	const cJSON *spls[SPLS] = { NULL };
	struct json_field fields[SPLS + 1] = { { 0 } };
	struct snp_floor floor = { .is_set = true };
	size_t count = 0;
	char where[32];

	if (!node)
		return 0;
	(void)snprintf(where, sizeof(where), "min_tcb.%s", snp_product_name(product));
	for (int s = 0; s < SPLS; s++)
		if (snp_has_spl(product, (enum snp_spl)s))
			fields[count++] = (struct json_field){ snp_spl_name((enum snp_spl)s),
							       JSON_U64, false, &spls[s] };
	if (json_object(node, where, fields, e) < 0)
		return -(int)FAIL_INPUT;
	if (!node->child)
		return FAIL(e, FAIL_INPUT, "%s: names no component", where);
	for (int s = 0; s < SPLS; s++) {
		uint64_t value = 0;

		if (read_number(spls[s], where, UINT8_MAX, &value, e) < 0)
			return -(int)FAIL_INPUT;
		floor.tcb.at[s] = (uint8_t)value;
	}
	*ret = floor;
	return 0;
}

static int read_floors(const cJSON *node, struct snp_policy *ret, struct err *e)
{
	const cJSON *floors[SNP_PRODUCTS] = { NULL };
	struct json_field fields[SNP_PRODUCTS + 1] = { { 0 } };
	int failed = 0;

	if (!node)
		return 0;
	for (int p = 0; p < SNP_PRODUCTS; p++)
		fields[p] = (struct json_field){ snp_product_name((enum snp_product)p), JSON_OBJECT,
						 false, &floors[p] };
	if (json_object(node, "snp.min_tcb", fields, e) < 0)
		return -(int)FAIL_INPUT;
	for (int p = 0; p < SNP_PRODUCTS && !failed; p++)
		failed = read_floor(floors[p], (enum snp_product)p, &ret->min_tcb[p], e);
	return failed;
}

static int read_products(const cJSON *node, struct snp_policy *ret, struct err *e)
{
	int failed = refs_words(node, "snp.products", &ret->products, e);

	for (size_t i = 0; i < ret->products.count && !failed; i++) {
		const struct ref *r = &ret->products.at[i];
		enum snp_product unused;
		char name[REF_BYTES + 1];

		(void)snprintf(name, sizeof(name), "%.*s", r->len, (const char *)r->at);
		if (!snp_product_of_name(name, &unused))
			failed = FAIL(e, FAIL_INPUT, "snp.products: \"%s\" is not known", name);
	}
	return failed;
}

static int read_revocation(const cJSON *node, struct snp_policy *ret, struct err *e)
{
	const char *text = json_text(node);

	if (!text || !strcmp(text, "require"))
		return 0;
	if (strcmp(text, "if-present") != 0)
		return FAIL(e, FAIL_INPUT, "snp.revocation: \"%.16s\", not require or if-present",
			    text);
	ret->revocation_if_present = true;
	return 0;
}

static int read_numbers(const cJSON *vmpl, const cJSON *svn, const cJSON *launch,
			const cJSON *current, struct snp_policy *ret, struct err *e)
{
	uint64_t level = 0, min_svn = 0;

	if (read_number(vmpl, "vmpl", VMPL_MAX, &level, e) < 0 ||
	    read_number(svn, "min_guest_svn", UINT32_MAX, &min_svn, e) < 0 ||
	    read_number(launch, "min_launch_mit_vector", UINT64_MAX, &ret->min_launch_mit_vector,
			e) < 0 ||
	    read_number(current, "min_current_mit_vector", UINT64_MAX, &ret->min_current_mit_vector,
			e) < 0)
		return -(int)FAIL_INPUT;
	ret->vmpl = (uint8_t)level;
	ret->min_guest_svn = (uint32_t)min_svn;
	return 0;
}

static int read_lists(const cJSON *const nodes[], struct snp_policy *ret, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < COUNT_OF(lists) && !failed; i++) {
		char where[32];

		(void)snprintf(where, sizeof(where), "snp.%s", lists[i].name);
		failed = refs_hex(nodes[i], where, lists[i].len, list_of(ret, &lists[i]), e);
	}
	return failed;
}

static int read_members(const cJSON *node, struct snp_policy *ret, struct err *e)
{
	enum { OTHERS = 13 };
	const cJSON *v2 = NULL, *masked = NULL, *provisional = NULL, *revocation = NULL;
	const cJSON *products = NULL, *csp = NULL, *vmpl = NULL, *svn = NULL, *floors = NULL;
	const cJSON *launch = NULL, *current = NULL, *guest = NULL, *platform = NULL;
	const cJSON *values[COUNT_OF(lists)] = { NULL };
	struct json_field fields[OTHERS + COUNT_OF(lists) + 1] = {
		{ "allow_v2", JSON_BOOL, false, &v2 },
		{ "allow_masked_chip_id", JSON_BOOL, false, &masked },
		{ "provisional_firmware", JSON_BOOL, false, &provisional },
		{ "revocation", JSON_TEXT, false, &revocation },
		{ "products", JSON_ANY, false, &products },
		{ "csp_id", JSON_ANY, false, &csp },
		{ "vmpl", JSON_U64, false, &vmpl },
		{ "min_guest_svn", JSON_U64, false, &svn },
		{ "min_tcb", JSON_OBJECT, false, &floors },
		{ "min_launch_mit_vector", JSON_U64, false, &launch },
		{ "min_current_mit_vector", JSON_U64, false, &current },
		{ "guest_policy", JSON_OBJECT, false, &guest },
		{ "platform", JSON_OBJECT, false, &platform },
	};
	int failed;

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		fields[OTHERS + i] =
			(struct json_field){ lists[i].name, JSON_ANY, false, &values[i] };
	failed = json_object(node, "snp", fields, e);
	if (failed)
		return failed;
	ret->allow_v2 = cJSON_IsTrue(v2);
	ret->allow_masked_chip_id = cJSON_IsTrue(masked);
	ret->provisional_firmware = cJSON_IsTrue(provisional);
	failed = read_revocation(revocation, ret, e);
	if (!failed)
		failed = read_products(products, ret, e);
	if (!failed)
		failed = refs_words(csp, "snp.csp_id", &ret->csp_id, e);
	if (!failed)
		failed = read_numbers(vmpl, svn, launch, current, ret, e);
	if (!failed)
		failed = read_floors(floors, ret, e);
	if (!failed)
		failed = read_guest(guest, ret, e);
	if (!failed)
		failed = read_platform(platform, ret, e);
	return failed ? failed : read_lists(values, ret, e);
}

int snp_policy_parse(const cJSON *node, struct snp_policy *ret, struct err *e)
{
	AUTO_POLICY struct snp_policy p = { 0 };
	int failed;

	snp_policy_done(ret);
	failed = read_members(node, &p, e);
	if (failed)
		return failed;
	*ret = p;
	p = (struct snp_policy){ 0 };
	return 0;
}
