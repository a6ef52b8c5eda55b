#include "attest/verify/tdx/claims.h"

#include "attest/verify/bytes.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"

/* A field by its place: raw bytes, as CoCo shows numbers too. */
struct place {
	const char *name;
	uint16_t at;
	uint16_t len;
};

static const struct place header_v3[] = {
	{ "version", 0, 2 },	 { "att_key_type", 2, 2 }, { "att_key_data_0", 4, 4 },
	{ "qe_svn", 8, 2 },	 { "pce_svn", 10, 2 },	   { "vendor_id", 12, 16 },
	{ "user_data", 28, 20 },
};

static const struct place header_v4[] = {
	{ "version", 0, 2 },  { "att_key_type", 2, 2 }, { "tee_type", 4, 4 },
	{ "reserved", 8, 4 }, { "vendor_id", 12, 16 },	{ "user_data", 28, 20 },
};

static const struct place enclave_places[] = {
	{ "cpu_svn", 0, 16 },	       { "misc_select", 16, 4 },      { "reserved1", 20, 12 },
	{ "isv_ext_prod_id", 32, 16 }, { "attributes.flags", 48, 8 }, { "attributes.xfrm", 56, 8 },
	{ "mr_enclave", 64, 32 },      { "reserved2", 96, 32 },	      { "mr_signer", 128, 32 },
	{ "reserved3", 160, 32 },      { "config_id", 192, 64 },      { "isv_prod_id", 256, 2 },
	{ "isv_svn", 258, 2 },	       { "config_svn", 260, 2 },      { "reserved4", 262, 42 },
	{ "isv_family_id", 304, 16 },  { "report_data", 320, 64 },
};

static const struct {
	const char *name;
	uint64_t bit;
} attribute_names[] = {
	{ "debug", TD_DEBUG },		 { "septve_disable", TD_SEPT_VE_DISABLE },
	{ "migratable", TD_MIGRATABLE }, { "protection_keys", TD_PKS },
	{ "key_locker", TD_KEY_LOCKER }, { "perfmon", TD_PERFMON },
};

int claim_hex(cJSON *ret, const char *name, struct span bytes, struct err *e)
{
	char hex[2 * CLAIM_BYTES + 1];

	if (bytes.len > CLAIM_BYTES)
		return FAIL(e, FAIL_BUG, "claim %s of %zu bytes", name, bytes.len);
	digest_hex(bytes, hex);
	return json_add_text(ret, name, hex, e);
}

/* A new object under `name`, which the tree owns. */
static int add_object(cJSON *to, const char *name, cJSON **ret, struct err *e)
{
	cJSON *o = cJSON_CreateObject();
	int failed = json_add(to, name, o, e);

	if (!failed)
		*ret = o;
	return failed;
}

static int add_places(cJSON *to, const char *name, struct span bytes, const struct place *places,
		      size_t count, struct err *e)
{
	cJSON *o = NULL;
	int failed = add_object(to, name, &o, e);

	for (size_t i = 0; i < count && !failed; i++)
		failed = claim_hex(o, places[i].name, span(bytes.at + places[i].at, places[i].len),
				   e);
	return failed;
}

static int add_header(cJSON *to, const struct quote *q, struct err *e)
{
	if (q->version == 3)
		return add_places(to, "header", q->header, header_v3, COUNT_OF(header_v3), e);
	return add_places(to, "header", q->header, header_v4, COUNT_OF(header_v4), e);
}

int td_attributes_claims(uint64_t attributes, cJSON *ret, const char *name, struct err *e)
{
	cJSON *o = NULL;
	int failed = add_object(ret, name, &o, e);

	for (size_t i = 0; i < COUNT_OF(attribute_names) && !failed; i++)
		failed = json_add_bool(o, attribute_names[i].name,
				       attributes & attribute_names[i].bit, e);
	return failed;
}

static int add_td_body(cJSON *to, const struct td *t, struct err *e)
{
	const struct {
		const char *name;
		struct span value;
	} rows[] = {
		{ "tcb_svn", t->tee_tcb_svn },
		{ "mr_seam", t->mrseam },
		{ "mrsigner_seam", t->mrsignerseam },
		{ "seam_attributes", t->seamattributes },
		{ "td_attributes", t->attributes },
		{ "xfam", t->xfam },
		{ "mr_td", t->mrtd },
		{ "mr_config_id", t->mrconfigid },
		{ "mr_owner", t->mrowner },
		{ "mr_owner_config", t->mrownerconfig },
		{ "rtmr_0", t->rtmr[0] },
		{ "rtmr_1", t->rtmr[1] },
		{ "rtmr_2", t->rtmr[2] },
		{ "rtmr_3", t->rtmr[3] },
		{ "report_data", t->report_data },
		{ "tee_tcb_svn2", t->tee_tcb_svn2 },
		{ "mr_servicetd", t->mr_service_td },
	};
	cJSON *body = NULL;
	int failed = add_object(to, "body", &body, e);

	for (size_t i = 0; i < COUNT_OF(rows) && !failed; i++)
		if (rows[i].value.len)
			failed = claim_hex(body, rows[i].name, rows[i].value, e);
	return failed;
}

static int add_td(cJSON *ret, const struct quote *q, struct err *e)
{
	const struct td t = td_view(q);
	cJSON *quote = NULL;

	if (json_add_text(ret, "tee", "tdx", e) || claim_hex(ret, "measurement", t.mrtd, e) ||
	    claim_hex(ret, "report_data", t.report_data, e) ||
	    claim_hex(ret, "init_data", t.mrconfigid, e) ||
	    td_attributes_claims(le64(t.attributes.at), ret, "td_attributes", e) ||
	    add_object(ret, "quote", &quote, e) || add_header(quote, q, e) ||
	    add_td_body(quote, &t, e))
		return err_add(e, "claims");
	if (q->version < 5)
		return 0;
	if (claim_hex(quote, "type", span(q->descriptor.at, 2), e) ||
	    claim_hex(quote, "size", span(q->descriptor.at + 2, 4), e))
		return err_add(e, "claims");
	return 0;
}

static int add_enclave(cJSON *ret, const struct quote *q, struct err *e)
{
	const struct enclave s = enclave_view(q->body);

	if (json_add_text(ret, "tee", "sgx", e) || claim_hex(ret, "measurement", s.mrenclave, e) ||
	    claim_hex(ret, "report_data", s.report_data, e) ||
	    claim_hex(ret, "init_data", s.configid, e) || add_header(ret, q, e) ||
	    add_places(ret, "body", q->body, enclave_places, COUNT_OF(enclave_places), e))
		return err_add(e, "claims");
	return 0;
}

static int add_qe(cJSON *ret, struct span report, struct err *e)
{
	const struct enclave qe = enclave_view(report);
	cJSON *o = NULL;

	if (add_object(ret, "qe", &o, e) || claim_hex(o, "mr_enclave", qe.mrenclave, e) ||
	    claim_hex(o, "mr_signer", qe.mrsigner, e) ||
	    claim_hex(o, "attributes", qe.attributes, e) ||
	    claim_hex(o, "misc_select", qe.miscselect, e) ||
	    json_add_u64(o, "isv_prod_id", qe.isvprodid, e) ||
	    json_add_u64(o, "isv_svn", qe.isvsvn, e))
		return err_add(e, "claims");
	return 0;
}

static int add_settings(cJSON *o, const struct pck *p, struct err *e)
{
	int failed = 0;

	if (p->has_dynamic)
		failed = json_add_bool(o, "dynamic_platform", p->is_dynamic, e);
	if (p->has_cached && !failed)
		failed = json_add_bool(o, "cached_keys", p->is_cached, e);
	if (p->has_smt && !failed)
		failed = json_add_bool(o, "smt_enabled", p->is_smt, e);
	return failed;
}

/* CoCo's verifier shows this one with its last byte first. */
static int add_instance(cJSON *ret, const struct pck *p, struct err *e)
{
	uint8_t backwards[sizeof(p->instance)];

	for (size_t i = 0; i < sizeof(backwards); i++)
		backwards[i] = p->instance[sizeof(backwards) - 1 - i];
	return claim_hex(ret, "platform_instance_id", span(backwards, sizeof(backwards)), e);
}

static int add_pck(cJSON *ret, const struct trust *t, struct err *e)
{
	const struct pck *p = &t->pck;
	cJSON *o = NULL;

	if (add_object(ret, "pck", &o, e) ||
	    claim_hex(o, "fmspc", span(p->fmspc, sizeof(p->fmspc)), e) ||
	    claim_hex(o, "pceid", span(p->pceid, sizeof(p->pceid)), e) ||
	    claim_hex(o, "tcb_components", span(p->components, sizeof(p->components)), e) ||
	    claim_hex(o, "cpu_svn", span(p->cpusvn, sizeof(p->cpusvn)), e) ||
	    json_add_u64(o, "pce_svn", p->pcesvn, e) ||
	    json_add_u64(o, "sgx_type", p->sgx_type, e) || add_settings(o, p, e))
		return err_add(e, "claims");
	/* Known since the chain's names were checked, and not before. */
	if (t->chain.depth &&
	    json_add_text(o, "ca", t->is_processor_ca ? "processor" : "platform", e))
		return err_add(e, "claims");
	if (p->has_instance && add_instance(ret, p, e))
		return err_add(e, "claims");
	return 0;
}

int quote_claims(const struct quote *q, const struct trust *t, cJSON *ret, struct err *e)
{
	int failed = quote_is_tdx(q) ? add_td(ret, q, e) : add_enclave(ret, q, e);

	if (!failed)
		failed = add_qe(ret, q->auth.qe_report, e);
	if (!failed)
		failed = json_add_u64(ret, "padding", q->padding, e);
	if (!failed && t && t->has_pck)
		failed = add_pck(ret, t, e);
	return failed;
}
