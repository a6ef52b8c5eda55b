#include "attest/verify/snp/claims.h"

#include <stdio.h>

#include "attest/verify/context.h"
#include "attest/verify/snp/bits.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"

#define CLAIM_BYTES 64

static int add_hex(cJSON *o, const char *name, struct span bytes, struct err *e)
{
	char text[2 * CLAIM_BYTES + 1];

	digest_hex(bytes, text);
	return json_add_text(o, name, text, e);
}

static int add_numbers(const struct snp_report *r, cJSON *o, struct err *e)
{
	const struct {
		const char *name;
		uint64_t value;
		bool is_there;
	} rows[] = {
		{ "version", r->version, true },
		{ "guest_svn", r->guest_svn, true },
		{ "vmpl", r->vmpl, true },
		{ "sig_algo", r->sig_algo, true },
		{ "policy", r->policy, true },
		{ "policy_abi_major", r->policy >> 8 & 0xff, true },
		{ "policy_abi_minor", r->policy & 0xff, true },
		{ "platform_info", r->platform_info, true },
		{ "cpuid_family", r->family, r->has_cpuid },
		{ "cpuid_model", r->model, r->has_cpuid },
		{ "cpuid_stepping", r->stepping, r->has_cpuid },
		{ "launch_mit_vector", r->launch_mit_vector, r->has_mitigation },
		{ "current_mit_vector", r->current_mit_vector, r->has_mitigation },
	};
	int failed = 0;

	for (size_t i = 0; i < COUNT_OF(rows) && !failed; i++)
		if (rows[i].is_there)
			failed = json_add_u64(o, rows[i].name, rows[i].value, e);
	return failed;
}

static int add_bytes(const struct snp_report *r, cJSON *o, struct err *e)
{
	const struct {
		const char *name;
		struct span value;
	} rows[] = {
		{ "measurement", r->measurement },
		{ "report_data", r->report_data },
		{ "host_data", r->host_data },
		{ "init_data", r->host_data }, /* as Trustee calls it */
		{ "family_id", r->family_id },
		{ "image_id", r->image_id },
		{ "id_key_digest", r->id_key_digest },
		{ "author_key_digest", r->author_key_digest },
		{ "report_id", r->report_id },
		{ "report_id_ma", r->report_id_ma },
		{ "chip_id", r->chip_id },
		{ "signature_r", r->r },
		{ "signature_s", r->s },
	};
	int failed = 0;

	for (size_t i = 0; i < COUNT_OF(rows) && !failed; i++)
		failed = add_hex(o, rows[i].name, rows[i].value, e);
	return failed;
}

static int add_flags(uint64_t word, const struct snp_flag *flags, size_t count, cJSON *o,
		     struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < count && !failed; i++)
		failed = json_add_bool(o, flags[i].claim, snp_bit(word, flags[i].bit), e);
	return failed;
}

static const char *key_name(enum snp_key key)
{
	switch (key) {
	case SNP_VCEK:
		return "vcek";
	case SNP_VLEK:
		return "vlek";
	case SNP_KEY_NONE:
		return "none";
	}
	return "reserved";
}

static int add_modes(const struct snp_report *r, cJSON *o, struct err *e)
{
	int failed = json_add_bool(o, "policy_debug_allowed",
				   snp_bit(r->policy, SNP_POLICY_DEBUG_BIT), e);

	if (!failed)
		failed = json_add_bool(o, "policy_migrate_ma",
				       snp_bit(r->policy, SNP_POLICY_MIGRATION_BIT), e);
	if (!failed)
		failed = add_flags(r->policy, snp_guest_flags, SNP_GUEST_FLAGS, o, e);
	if (!failed)
		failed = add_flags(r->platform_info, snp_platform_flags, SNP_PLATFORM_FLAGS, o, e);
	if (!failed)
		failed = json_add_text(o, "signing_key", key_name(r->key), e);
	if (!failed)
		failed = json_add_bool(o, "author_key_enabled", r->has_author_key, e);
	return failed ? failed : json_add_bool(o, "chip_key_masked", r->is_chip_key_masked, e);
}

static int add_firmware(cJSON *o, const char *name, const struct snp_firmware *f, struct err *e)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u.%u.%u", f->major, f->minor, f->build);
	return json_add_text(o, name, text, e);
}

/* Its components one by one; a reserved byte that is set leaves only the raw eight. */
static int add_tcb(cJSON *o, const char *name, struct span raw, enum snp_product product,
		   struct err *e)
{
	struct snp_tcb tcb;
	char claim[48];
	int failed = add_hex(o, name, raw, e);

	if (failed || product == SNP_PRODUCTS || snp_tcb_parse(product, raw, name, &tcb, NULL))
		return failed;
	for (int s = 0; s < SPLS && !failed; s++) {
		(void)snprintf(claim, sizeof(claim), "%s_%s", name, snp_spl_name((enum snp_spl)s));
		if (snp_has_spl(product, (enum snp_spl)s))
			failed = json_add_u64(o, claim, tcb.at[s], e);
	}
	return failed;
}

static int add_versions(const struct snp_report *r, enum snp_product product, cJSON *o,
			struct err *e)
{
	int failed = add_tcb(o, "reported_tcb", r->reported_tcb, product, e);

	if (!failed)
		failed = add_tcb(o, "current_tcb", r->current_tcb, product, e);
	if (!failed)
		failed = add_tcb(o, "committed_tcb", r->committed_tcb, product, e);
	if (!failed)
		failed = add_tcb(o, "launch_tcb", r->launch_tcb, product, e);
	if (!failed)
		failed = add_firmware(o, "current_version", &r->current, e);
	return failed ? failed : add_firmware(o, "committed_version", &r->committed, e);
}

int snp_report_claims(const struct snp_report *r, enum snp_product product, cJSON *ret,
		      struct err *e)
{
	int failed = add_numbers(r, ret, e);

	if (!failed && product != SNP_PRODUCTS)
		failed = json_add_text(ret, "product", snp_product_name(product), e);
	if (!failed)
		failed = add_bytes(r, ret, e);
	if (!failed)
		failed = add_modes(r, ret, e);
	return failed ? failed : add_versions(r, product, ret, e);
}

int snp_show(struct span report, cJSON *ret, struct err *e)
{
	enum snp_product product = SNP_PRODUCTS;
	struct snp_report r;
	int failed = snp_report_parse(report, &r, e);

	if (failed)
		return failed;
	if (r.has_cpuid && !snp_product_of_cpuid(r.family, r.model, &product))
		product = SNP_PRODUCTS;
	return snp_report_claims(&r, product, ret, e);
}
