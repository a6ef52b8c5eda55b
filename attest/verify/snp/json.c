/* CoCo's JSON of a report, back to the bytes that were signed. */
#include <string.h>

#include "attest/verify/snp/snp.h"
#include "attest/verify/snp/tcb.h"
#include "base/json.h"
#include "base/mem.h"

#define VERSION_MIN 2
#define VERSION_MAX 5
#define R_BYTES	    72 /* also S */

enum form { NUMBER, ARRAY, TCB, FIRMWARE, SINCE_V3, SINCE_V5, SIGNATURE };

static const struct member {
	const char *name;
	enum form form;
	uint16_t at;
	uint8_t len; /* bytes of a number or array */
} members[] = {
	{ "version", NUMBER, 0x000, 4 },
	{ "guest_svn", NUMBER, 0x004, 4 },
	{ "policy", NUMBER, 0x008, 8 },
	{ "family_id", ARRAY, 0x010, 16 },
	{ "image_id", ARRAY, 0x020, 16 },
	{ "vmpl", NUMBER, 0x030, 4 },
	{ "sig_algo", NUMBER, 0x034, 4 },
	{ "current_tcb", TCB, 0x038, SNP_TCB_BYTES },
	{ "plat_info", NUMBER, 0x040, 8 },
	{ "key_info", NUMBER, 0x048, 4 },
	{ "report_data", ARRAY, 0x050, 64 },
	{ "measurement", ARRAY, 0x090, 48 },
	{ "host_data", ARRAY, 0x0c0, 32 },
	{ "id_key_digest", ARRAY, 0x0e0, 48 },
	{ "author_key_digest", ARRAY, 0x110, 48 },
	{ "report_id", ARRAY, 0x140, 32 },
	{ "report_id_ma", ARRAY, 0x160, 32 },
	{ "reported_tcb", TCB, 0x180, SNP_TCB_BYTES },
	{ "cpuid_fam_id", SINCE_V3, 0x188, 1 },
	{ "cpuid_mod_id", SINCE_V3, 0x189, 1 },
	{ "cpuid_step", SINCE_V3, 0x18a, 1 },
	{ "chip_id", ARRAY, 0x1a0, 64 },
	{ "committed_tcb", TCB, 0x1e0, SNP_TCB_BYTES },
	{ "current", FIRMWARE, 0x1e8, 3 },
	{ "committed", FIRMWARE, 0x1ec, 3 },
	{ "launch_tcb", TCB, 0x1f0, SNP_TCB_BYTES },
	{ "launch_mit_vector", SINCE_V5, 0x1f8, 8 },
	{ "current_mit_vector", SINCE_V5, 0x200, 8 },
	{ "signature", SIGNATURE, 0x2a0, 2 * R_BYTES },
};

#define MEMBERS COUNT_OF(members)

struct rebuilt {
	const cJSON *at[MEMBERS];
	uint64_t version;
	enum snp_product product; /* whose TCB layout it is */
	uint8_t bytes[SNP_REPORT_BYTES];
};

static const cJSON *node_of(const struct rebuilt *r, const char *name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (!strcmp(members[i].name, name))
			return r->at[i];
	return NULL;
}

static bool is_none(const cJSON *node)
{
	return !node || cJSON_IsNull(node);
}

static int read_number(const cJSON *node, const char *name, size_t len, uint8_t *ret, struct err *e)
{
	uint64_t value = 0;

	if (json_u64(node, &value, e) < 0)
		return err_add(e, "%s", name);
	if (len < sizeof(value) && value >> 8 * len)
		return FAIL(e, FAIL_INPUT, "%s: %llu needs more than %zu bytes", name,
			    (unsigned long long)value, len);
	for (size_t i = 0; i < len; i++)
		ret[i] = (uint8_t)(value >> 8 * i);
	return 0;
}

static int read_array(const cJSON *node, const char *name, size_t len, uint8_t *ret, struct err *e)
{
	size_t i = 0;

	if (!cJSON_IsArray(node) || (size_t)cJSON_GetArraySize(node) != len)
		return FAIL(e, FAIL_INPUT, "%s: must be a list of %zu bytes", name, len);
	for (const cJSON *n = node->child; n; n = n->next)
		if (read_number(n, name, 1, &ret[i++], e) < 0)
			return -(int)FAIL_INPUT;
	return 0;
}

/* "fmc" is a number exactly on Turin. */
static int read_tcb(const cJSON *node, const char *name, enum snp_product product, uint8_t *ret,
		    struct err *e)
{
	const cJSON *spls[SPLS] = { NULL };
	struct json_field fields[SPLS + 1] = { { 0 } };
	struct snp_tcb tcb = { 0 };

	for (int s = 0; s < SPLS; s++)
		fields[s] = (struct json_field){ snp_spl_name((enum snp_spl)s), JSON_ANY,
						 s != SPL_FMC, &spls[s] };
	if (json_object(node, name, fields, e) < 0)
		return -(int)FAIL_INPUT;
	if (is_none(spls[SPL_FMC]) == snp_has_spl(product, SPL_FMC))
		return FAIL(e, FAIL_INPUT, "%s: \"fmc\" is for Turin, and only there", name);
	for (int s = 0; s < SPLS; s++)
		if (snp_has_spl(product, (enum snp_spl)s) &&
		    read_number(spls[s], name, 1, &tcb.at[s], e) < 0)
			return -(int)FAIL_INPUT;
	snp_tcb_write(product, &tcb, ret);
	return 0;
}

static int read_firmware(const cJSON *node, const char *name, uint8_t *ret, struct err *e)
{
	const cJSON *major = NULL, *minor = NULL, *build = NULL;
	const struct json_field fields[] = {
		{ "major", JSON_U64, true, &major },
		{ "minor", JSON_U64, true, &minor },
		{ "build", JSON_U64, true, &build },
		{ 0 },
	};

	if (json_object(node, name, fields, e) < 0 || read_number(build, name, 1, &ret[0], e) < 0 ||
	    read_number(minor, name, 1, &ret[1], e) < 0 ||
	    read_number(major, name, 1, &ret[2], e) < 0)
		return -(int)FAIL_INPUT;
	return 0;
}

static int read_signature(const cJSON *node, uint8_t *ret, struct err *e)
{
	const cJSON *r = NULL, *s = NULL;
	const struct json_field fields[] = {
		{ "r", JSON_ARRAY, true, &r },
		{ "s", JSON_ARRAY, true, &s },
		{ 0 },
	};

	if (json_object(node, "signature", fields, e) < 0 ||
	    read_array(r, "signature.r", R_BYTES, ret, e) < 0 ||
	    read_array(s, "signature.s", R_BYTES, ret + R_BYTES, e) < 0)
		return -(int)FAIL_INPUT;
	return 0;
}

static int read_since(const cJSON *node, const struct member *m, uint64_t since, struct rebuilt *r,
		      struct err *e)
{
	if (is_none(node) != (r->version < since))
		return FAIL(e, FAIL_INPUT, "%s: is there exactly from version %llu on", m->name,
			    (unsigned long long)since);
	return is_none(node) ? 0 : read_number(node, m->name, m->len, r->bytes + m->at, e);
}

static int read_member(const struct member *m, const cJSON *node, struct rebuilt *r, struct err *e)
{
	uint8_t *to = r->bytes + m->at;

	switch (m->form) {
	case NUMBER:
		return read_number(node, m->name, m->len, to, e);
	case ARRAY:
		return read_array(node, m->name, m->len, to, e);
	case TCB:
		return read_tcb(node, m->name, r->product, to, e);
	case FIRMWARE:
		return read_firmware(node, m->name, to, e);
	case SINCE_V3:
		return read_since(node, m, 3, r, e);
	case SINCE_V5:
		return read_since(node, m, 5, r, e);
	case SIGNATURE:
		break;
	}
	return read_signature(node, to, e);
}

/* Whose layout the TCBs had. Version 2 states no CPU: what CoCo's writer took it for shows in
 * "fmc". */
static int find_product(struct rebuilt *r, struct err *e)
{
	uint8_t family = 0, model = 0;

	if (r->version < 3) {
		const cJSON *tcb = node_of(r, "reported_tcb");

		r->product = is_none(cJSON_GetObjectItemCaseSensitive(tcb, "fmc")) ? SNP_GENOA
										   : SNP_TURIN;
		return 0;
	}
	if (read_number(node_of(r, "cpuid_fam_id"), "cpuid_fam_id", 1, &family, e) < 0 ||
	    read_number(node_of(r, "cpuid_mod_id"), "cpuid_mod_id", 1, &model, e) < 0)
		return -(int)FAIL_INPUT;
	if (!snp_product_of_cpuid(family, model, &r->product))
		return FAIL(e, FAIL_INPUT,
			    "CPU family %u model %u: the layout of its TCB is not known", family,
			    model);
	return 0;
}

int snp_report_from_json(const cJSON *node, uint8_t ret[static SNP_REPORT_BYTES], struct err *e)
{
	struct rebuilt r = { 0 };
	struct json_field fields[MEMBERS + 1] = { { 0 } };
	int failed;

	for (size_t i = 0; i < MEMBERS; i++)
		fields[i] = (struct json_field){ members[i].name, JSON_ANY,
						 members[i].form != SINCE_V3 &&
							 members[i].form != SINCE_V5,
						 &r.at[i] };
	failed = json_object(node, "attestation_report", fields, e);
	if (!failed && json_u64(node_of(&r, "version"), &r.version, e) < 0)
		failed = err_add(e, "version");
	if (!failed && (r.version < VERSION_MIN || r.version > VERSION_MAX))
		failed = FAIL(e, FAIL_INPUT, "report version %llu is not known",
			      (unsigned long long)r.version);
	if (!failed)
		failed = find_product(&r, e);
	for (size_t i = 0; i < MEMBERS && !failed; i++)
		failed = read_member(&members[i], r.at[i], &r, e);
	if (!failed)
		memcpy(ret, r.bytes, sizeof(r.bytes));
	return failed;
}
