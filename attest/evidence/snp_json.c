#include "attest/evidence/snp_json.h"

#include <stdbool.h>
#include <stdint.h>

#include "attest/evidence/array.h"
#include "attest/evidence/snp_certs.h"
#include "base/json.h"
#include "base/mem.h"

#define OFF_CPUID    0x188
#define FAMILY_ZEN34 0x19 /* Milan, Genoa */
#define FAMILY_ZEN5  0x1a /* Turin        */

enum form { NUMBER, ARRAY, TCB, FIRMWARE, SINCE_V3, SINCE_V5, SIGNATURE };

/* In the order of the structure, which is the order CoCo writes too. */
static const struct member {
	const char *name;
	enum form form;
	size_t at, len;
} members[] = {
	{ "version", NUMBER, 0x000, 4 },
	{ "guest_svn", NUMBER, 0x004, 4 },
	{ "policy", NUMBER, SNP_OFF_POLICY, 8 },
	{ "family_id", ARRAY, 0x010, 16 },
	{ "image_id", ARRAY, 0x020, 16 },
	{ "vmpl", NUMBER, 0x030, 4 },
	{ "sig_algo", NUMBER, 0x034, 4 },
	{ "current_tcb", TCB, 0x038, 8 },
	{ "plat_info", NUMBER, 0x040, 8 },
	{ "key_info", NUMBER, 0x048, 4 },
	{ "report_data", ARRAY, SNP_OFF_REPORT_DATA, 64 },
	{ "measurement", ARRAY, 0x090, 48 },
	{ "host_data", ARRAY, SNP_OFF_HOST_DATA, SNP_HOST_DATA_BYTES },
	{ "id_key_digest", ARRAY, 0x0e0, 48 },
	{ "author_key_digest", ARRAY, 0x110, 48 },
	{ "report_id", ARRAY, 0x140, 32 },
	{ "report_id_ma", ARRAY, 0x160, 32 },
	{ "reported_tcb", TCB, 0x180, 8 },
	{ "cpuid_fam_id", SINCE_V3, OFF_CPUID, 1 },
	{ "cpuid_mod_id", SINCE_V3, OFF_CPUID + 1, 1 },
	{ "cpuid_step", SINCE_V3, OFF_CPUID + 2, 1 },
	{ "chip_id", ARRAY, 0x1a0, 64 },
	{ "committed_tcb", TCB, 0x1e0, 8 },
	{ "current", FIRMWARE, 0x1e8, 3 },
	{ "committed", FIRMWARE, 0x1ec, 3 },
	{ "launch_tcb", TCB, 0x1f0, 8 },
	{ "launch_mit_vector", SINCE_V5, 0x1f8, 8 },
	{ "current_mit_vector", SINCE_V5, 0x200, 8 },
	{ "signature", SIGNATURE, 0x2a0, 144 },
};

struct report {
	struct span bytes;
	uint64_t version;
	bool is_zen5; /* its TCB has another order */
};

static uint64_t read_le(const uint8_t *at, size_t len)
{
	uint64_t value = 0;

	while (len--)
		value = value << 8 | at[len];
	return value;
}

static int add_tcb(cJSON *o, const char *name, const uint8_t *at, bool is_zen5, struct err *e)
{
	static const uint8_t zen5[] = { 1, 2, 3, 7 }, before[] = { 0, 1, 6, 7 };
	const uint8_t *order = is_zen5 ? zen5 : before;
	AUTO_JSON cJSON *tcb = cJSON_CreateObject();
	cJSON *child;
	int failed = is_zen5 ? json_add_u64(tcb, "fmc", at[0], e)
			     : json_add(tcb, "fmc", cJSON_CreateNull(), e);

	if (failed || json_add_u64(tcb, "bootloader", at[order[0]], e) < 0 ||
	    json_add_u64(tcb, "tee", at[order[1]], e) < 0 ||
	    json_add_u64(tcb, "snp", at[order[2]], e) < 0 ||
	    json_add_u64(tcb, "microcode", at[order[3]], e) < 0)
		return -(int)FAIL_SYS;
	child = tcb;
	tcb = NULL;
	return json_add(o, name, child, e);
}

static int add_firmware(cJSON *o, const char *name, const uint8_t *at, struct err *e)
{
	AUTO_JSON cJSON *version = cJSON_CreateObject();
	cJSON *child;

	if (json_add_u64(version, "major", at[2], e) < 0 ||
	    json_add_u64(version, "minor", at[1], e) < 0 ||
	    json_add_u64(version, "build", at[0], e) < 0)
		return -(int)FAIL_SYS;
	child = version;
	version = NULL;
	return json_add(o, name, child, e);
}

static int add_signature(cJSON *o, const char *name, const uint8_t *at, struct err *e)
{
	AUTO_JSON cJSON *signature = cJSON_CreateObject();
	cJSON *child;

	if (array_add(signature, "r", span(at, 72), e) < 0 ||
	    array_add(signature, "s", span(at + 72, 72), e) < 0)
		return -(int)FAIL_SYS;
	child = signature;
	signature = NULL;
	return json_add(o, name, child, e);
}

static int add_member(cJSON *o, const struct member *m, const struct report *r, struct err *e)
{
	const uint8_t *at = r->bytes.at + m->at;
	uint64_t since = m->form == SINCE_V3 ? 3 : m->form == SINCE_V5 ? 5 : 0;

	switch (m->form) {
	case ARRAY:
		return array_add(o, m->name, span(at, m->len), e);
	case TCB:
		return add_tcb(o, m->name, at, r->is_zen5, e);
	case FIRMWARE:
		return add_firmware(o, m->name, at, e);
	case SIGNATURE:
		return add_signature(o, m->name, at, e);
	case NUMBER:
	case SINCE_V3:
	case SINCE_V5:
		break;
	}
	if (r->version < since)
		return json_add(o, m->name, cJSON_CreateNull(), e);
	return json_add_u64(o, m->name, read_le(at, m->len), e);
}

static int read_report(struct span bytes, struct report *ret, struct err *e)
{
	struct report r = { .bytes = bytes };
	uint8_t family;

	if (bytes.len != SNP_REPORT_BYTES)
		return FAIL(e, FAIL_INPUT, "snp: a report of %zu bytes", bytes.len);
	r.version = read_le(bytes.at, 4);
	family = bytes.at[OFF_CPUID];
	if (r.version < 2 || r.version > 5)
		return FAIL(e, FAIL_INPUT, "snp: report version %llu is not known",
			    (unsigned long long)r.version);
	/* Version 2 says nothing about the CPU; it is older than Turin. */
	if (r.version >= 3 && family != FAMILY_ZEN34 && family != FAMILY_ZEN5)
		return FAIL(e, FAIL_INPUT, "snp: CPU family 0x%02x is not known", family);
	r.is_zen5 = r.version >= 3 && family == FAMILY_ZEN5;
	*ret = r;
	return 0;
}

int snp_json(struct span report, struct span certs, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *evidence = cJSON_CreateObject();
	struct report r = { .version = 0 };
	cJSON *o;
	int failed = read_report(report, &r, e);

	if (failed)
		return failed;
	o = cJSON_CreateObject();
	failed = json_add(evidence, "attestation_report", o, e);
	for (size_t i = 0; !failed && i < COUNT_OF(members); i++)
		failed = add_member(o, &members[i], &r, e);
	if (!failed)
		failed = snp_certs_add(evidence, certs, e);
	if (failed)
		return failed;
	*ret = evidence;
	evidence = NULL;
	return 0;
}
