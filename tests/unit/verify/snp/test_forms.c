/* The forms in which reports come: CoCo's JSON, the host's table, and claims. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "attest/verify/snp/report.h"
#include "attest/verify/snp/snp.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/unit/verify/snp/snp_rig.h"

/* --- CoCo's JSON ------------------------------------------------------------------------------ */

static cJSON *parse(struct span text)
{
	struct err e = { 0 };
	cJSON *tree = NULL;

	cr_assert_eq(json_parse(text, 1 << 20, &tree, &e), 0, "%s", e.text);
	return tree;
}

static void expect_round_trip(struct snp_spec s)
{
	struct snp_made m = snp_make(&s);
	struct buf text = snp_coco(&s, &m);
	cJSON *tree = parse(buf_view(&text));
	uint8_t bytes[SNP_REPORT_BYTES];
	struct err e = { 0 };

	cr_assert_eq(
		snp_report_from_json(cJSON_GetObjectItemCaseSensitive(tree, "attestation_report"),
				     bytes, &e),
		0, "%s", e.text);
	cr_expect_arr_eq(bytes, m.report, sizeof(bytes));
	cJSON_Delete(tree);
	buf_done(&text);
	snp_made_done(&m);
}

Test(snp_json, gives_the_same_bytes_back_for_each_generation_and_version)
{
	struct snp_spec v2 = snp_spec(SNP_GEN_MILAN, SNP_GEN_VCEK);
	struct snp_spec turin_v2 = snp_spec(SNP_GEN_TURIN, SNP_GEN_VCEK);
	struct snp_spec large = snp_spec(SNP_GEN_TURIN, SNP_GEN_VLEK);

	expect_round_trip(snp_spec(SNP_GEN_MILAN, SNP_GEN_VLEK));
	expect_round_trip(snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK));
	expect_round_trip(snp_spec(SNP_GEN_TURIN, SNP_GEN_VCEK));
	v2.version = 2;
	expect_round_trip(v2);
	turin_v2.version = 2;
	expect_round_trip(turin_v2);
	/* What a double can't hold. */
	large.policy = UINT64_MAX;
	large.platform_info = (1ull << 53) + 1;
	large.launch_mit_vector = UINT64_MAX - 1;
	expect_round_trip(large);
}

/* One text for another in the JSON of a Turin report. */
struct edit {
	char from[64], to[64];
	char why[64];
};

ParameterizedTestParameters(snp_json, refuses)
{
	static struct edit rows[] = {
		{ "\"version\":5", "\"version\":6", "version 6 is not known" },
		{ "\"version\":5", "\"version\":1", "version 1 is not known" },
		{ "\"version\":5", "\"version\":\"5\"", "not a number" },
		{ "\"version\":5", "\"version\":5,\"more\":1", "unknown member \"more\"" },
		{ "\"version\":5,", "", "\"version\" is missing" },
		{ "\"guest_svn\":0", "\"guest_svn\":4294967296", "needs more than 4 bytes" },
		{ "\"guest_svn\":0", "\"guest_svn\":-1", "not a whole number" },
		{ "\"guest_svn\":0", "\"guest_svn\":0.5", "not a whole number" },
		{ "\"policy\":", "\"policy\":1e3,\"p\":", "unknown member \"p\"" },
		{ "\"vmpl\":0", "\"vmpl\":null", "not a number" },
		{ "\"fmc\":1", "\"fmc\":null", "\"fmc\" is for Turin" },
		{ "\"fmc\":1", "\"fmc\":256", "needs more than 1 bytes" },
		{ "\"fmc\":1,", "", "\"fmc\" is for Turin" },
		{ "\"bootloader\":2,", "", "\"bootloader\" is missing" },
		{ "\"tee\":3", "\"tee\":3,\"spl4\":0", "unknown member \"spl4\"" },
		{ "\"major\":1", "\"major\":256", "needs more than 1 bytes" },
		{ "\"minor\":55,", "", "\"minor\" is missing" },
		{ "\"cpuid_fam_id\":26", "\"cpuid_fam_id\":27", "layout of its TCB is not known" },
		{ "\"cpuid_fam_id\":26", "\"cpuid_fam_id\":25", "\"fmc\" is for Turin" },
		{ "\"cpuid_fam_id\":26", "\"cpuid_fam_id\":null", "not a number" },
		{ "\"cpuid_step\":1", "\"cpuid_step\":null", "from version 3 on" },
		{ "\"launch_mit_vector\":3", "\"launch_mit_vector\":null", "from version 5 on" },
		{ "\"version\":5", "\"version\":4", "from version 5 on" },
		{ "\"report_data\":[16", "\"report_data\":[256", "needs more than 1 bytes" },
		{ "\"report_data\":[16,", "\"report_data\":[", "must be a list of 64 bytes" },
		{ "\"report_data\":[16", "\"report_data\":[0,16", "must be a list of 64 bytes" },
		{ "\"report_data\":[16", "\"report_data\":[\"16\"", "not a number" },
		{ "\"r\":[", "\"r\":[0,", "must be a list of 72 bytes" },
		{ "\"r\":[", "\"t\":[],\"r\":[", "unknown member \"t\"" },
		{ "\"signature\":{", "\"signature\":{},\"x\":{", "unknown member \"x\"" },
	};
	return cr_make_param_array(struct edit, rows, COUNT_OF(rows));
}

ParameterizedTest(struct edit *row, snp_json, refuses)
{
	struct snp_spec s = snp_spec(SNP_GEN_TURIN, SNP_GEN_VCEK);
	struct snp_made m = snp_make(&s);
	struct buf text = snp_coco(&s, &m), edited = BUF_EMPTY;
	uint8_t bytes[SNP_REPORT_BYTES] = { 0x5a };
	struct err e = { 0 };
	const char *at = strstr((const char *)text.at, row->from);
	cJSON *tree;

	cr_assert_not_null(at, "%s", row->from);
	cr_assert_eq(buf_printf(&edited, 1 << 20, &e, "%.*s%s%s", (int)(at - (const char *)text.at),
				(const char *)text.at, row->to, at + strlen(row->from)),
		     0);
	tree = parse(buf_view(&edited));
	cr_expect_eq(
		snp_report_from_json(cJSON_GetObjectItemCaseSensitive(tree, "attestation_report"),
				     bytes, &e),
		-FAIL_INPUT, "%s", row->to);
	cr_expect(strstr(e.text, row->why), "%s: %s", row->to, e.text);
	cr_expect_eq(bytes[0], 0x5a, "untouched");
	cJSON_Delete(tree);
	buf_done(&edited);
	buf_done(&text);
	snp_made_done(&m);
}

Test(snp_json, takes_nothing_but_an_object)
{
	uint8_t bytes[SNP_REPORT_BYTES];
	struct err e = { 0 };
	cJSON *tree = parse(span_text("[1]"));

	cr_expect_eq(snp_report_from_json(tree, bytes, &e), -FAIL_INPUT);
	cr_expect_eq(snp_report_from_json(NULL, bytes, &e), -FAIL_INPUT);
	cJSON_Delete(tree);
}

/* --- The host's table (S17) ------------------------------------------------------------------- */

struct table {
	struct snp_spec spec;
	struct snp_made made;
	struct buf bytes;
};

static struct table table_make(void)
{
	struct table t = { .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK) };

	t.made = snp_make(&t.spec);
	t.bytes = snp_table(&t.spec, &t.made);
	return t;
}

static void table_done(struct table *t)
{
	buf_done(&t->bytes);
	snp_made_done(&t->made);
}

/* In a block of exactly its size. */
static int read_table(struct span bytes, struct certs *ret, struct err *e)
{
	uint8_t *copy = malloc(bytes.len ? bytes.len : 1);
	int failed;

	cr_assert_not_null(copy);
	if (bytes.len)
		memcpy(copy, bytes.at, bytes.len);
	failed = snp_table_certs(span(copy, bytes.len), ret, e);
	free(copy);
	return failed;
}

static void expect_row(const char *what, struct span bytes, int want, const char *why)
{
	struct certs c = { 0 };
	struct err e = { 0 };
	int got = read_table(bytes, &c, &e);

	printf("row %-5s %-56s %s\n", "S17", what, got ? e.text : "no certificates");
	cr_expect_eq(got, want, "%s: %s", what, e.text);
	cr_expect_eq(c.count, 0);
	cr_expect(!why || strstr(e.text, why), "%s: %s", what, e.text);
	certs_done(&c);
}

static void put_u32(struct table *t, size_t at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		t->bytes.at[at + i] = (uint8_t)(value >> 8 * i);
}

#define OFFSET_AT 16 /* of the first entry */
#define LENGTH_AT 20
#define HEADER	  (4 * 24)

Test(snp_table, gives_the_certificates_that_the_report_needs)
{
	struct snp_case k = { .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK) };
	struct buf bytes;
	struct err e = { 0 };

	snp_case_make(&k);
	bytes = snp_table(&k.spec, &k.made);
	snp_case_certs(&k, NULL, 0);
	cr_assert_eq(read_table(buf_view(&bytes), &k.rig.part.certs, &e), 0, "%s", e.text);
	cr_expect_eq(k.rig.part.certs.count, 3);
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED);
	buf_done(&bytes);
	snp_case_done(&k);
}

Test(snp_table, takes_pem_and_passes_over_what_it_does_not_know)
{
	struct table t = table_make();
	struct certs c = { 0 };
	struct err e = { 0 };
	struct buf pem = pki_pem(&t.made.leaf, 1);

	memset(t.bytes.at + 24, 0x77, 16);  /* a GUID of nobody's */
	memset(t.bytes.at + 48 + 20, 0, 4); /* the ARK, empty */
	put_u32(&t, OFFSET_AT, (uint32_t)t.bytes.len);
	put_u32(&t, LENGTH_AT, (uint32_t)pem.len);
	cr_assert_eq(buf_append(&t.bytes, buf_view(&pem), 1 << 20, &e), 0);
	cr_expect_eq(read_table(buf_view(&t.bytes), &c, &e), 0, "%s", e.text);
	cr_expect_eq(c.count, 1);
	certs_done(&c);
	buf_done(&pem);
	table_done(&t);
}

Test(snp_table, of_no_bytes_or_no_entries_is_none)
{
	static const uint8_t zeros[16384];

	expect_row("table of no bytes", span(NULL, 0), 0, NULL);
	expect_row("table of zeros alone", span(zeros, sizeof(zeros)), 0, NULL);
	expect_row("the end alone", span(zeros, 24), 0, NULL);
}

Test(snp_table, refuses_an_entry_outside)
{
	struct table t = table_make();
	uint32_t whole = (uint32_t)t.bytes.len;
	static const struct {
		const char *what;
		uint32_t offset, length;
	} rows[] = {
		{ "offset 0", 0, 16 },
		{ "offset inside the header", HEADER - 1, 16 },
		{ "offset + length wraps 2^32", 0xfffffff0, 0x20 },
		{ "offset and length at their most", 0xffffffff, 0xffffffff },
		{ "length at its most", HEADER, 0xffffffff },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		put_u32(&t, OFFSET_AT, rows[i].offset);
		put_u32(&t, LENGTH_AT, rows[i].length);
		expect_row(rows[i].what, buf_view(&t.bytes), -FAIL_INPUT, "outside");
	}
	put_u32(&t, OFFSET_AT, HEADER);
	put_u32(&t, LENGTH_AT, whole - HEADER + 1);
	expect_row("one byte beyond the end", buf_view(&t.bytes), -FAIL_INPUT, "outside");
	table_done(&t);
}

Test(snp_table, refuses_what_has_no_end_or_says_a_thing_twice)
{
	struct table t = table_make();

	expect_row("cut within the last entry of zeros", span(t.bytes.at, HEADER - 1), -FAIL_INPUT,
		   "no end");
	expect_row("a single byte", span(t.bytes.at, 1), -FAIL_INPUT, "no end");
	memcpy(t.bytes.at + 24, t.bytes.at, 16);
	expect_row("VCEK twice", buf_view(&t.bytes), -FAIL_INPUT, "VCEK twice");
	memset(t.bytes.at + HEADER - 24, 0xff, 16);
	expect_row("no terminator", buf_view(&t.bytes), -FAIL_INPUT, NULL);
	table_done(&t);
}

Test(snp_table, refuses_what_is_no_certificate)
{
	struct table t = table_make();

	t.bytes.at[HEADER] = 0x31;
	expect_row("a certificate that is none", buf_view(&t.bytes), -FAIL_INPUT, "VCEK of");
	table_done(&t);
}

Test(snp_table, refuses_every_truncation)
{
	struct table t = table_make();

	for (size_t len = 1; len < t.bytes.len; len++) {
		struct certs c = { 0 };
		struct err e = { 0 };

		cr_assert_eq(read_table(span(t.bytes.at, len), &c, &e), -FAIL_INPUT, "%zu", len);
		cr_assert_eq(c.count, 0);
	}
	table_done(&t);
}

Test(snp_table, adds_no_more_than_fit)
{
	struct table t = table_make();
	struct certs c = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < CERTS_MAX - 2; i++)
		cr_assert_eq(certs_add_ref(&c, t.made.ark, &e), 0);
	cr_expect_eq(read_table(buf_view(&t.bytes), &c, &e), -FAIL_LIMIT);
	cr_expect_eq(c.count, CERTS_MAX - 2, "as it was");
	certs_done(&c);
	table_done(&t);
}

/* --- Claims ----------------------------------------------------------------------------------- */

static void expect_number(const cJSON *o, const char *name, const char *want)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, name);

	cr_assert_not_null(n, "%s", name);
	cr_expect_str_eq(n->valuestring, want, "%s", name);
}

static void expect_text(const cJSON *o, const char *name, const char *want)
{
	const char *text = json_text(cJSON_GetObjectItemCaseSensitive(o, name));

	cr_assert_not_null(text, "%s", name);
	cr_expect_str_eq(text, want, "%s", name);
}

Test(snp_show, decodes_and_takes_the_tcb_apart_by_generation)
{
	struct snp_spec s = snp_spec(SNP_GEN_TURIN, SNP_GEN_VCEK);
	struct snp_made m;
	cJSON *o = cJSON_CreateObject();
	struct err e = { 0 };

	s.policy = 1ull << 63 | 1 << 17;
	m = snp_make(&s);
	cr_assert_eq(snp_show(span(m.report, sizeof(m.report)), o, &e), 0, "%s", e.text);
	expect_number(o, "version", "5");
	expect_number(o, "policy", "9223372036854906880");
	expect_number(o, "reported_tcb_fmc", "1");
	expect_number(o, "reported_tcb_bootloader", "2");
	expect_number(o, "reported_tcb_tee", "3");
	expect_number(o, "reported_tcb_snp", "4");
	expect_number(o, "reported_tcb_microcode", "75");
	expect_number(o, "launch_mit_vector", "3");
	expect_text(o, "product", "Turin");
	expect_text(o, "current_version", "1.55.40");
	expect_text(o, "signing_key", "vcek");
	expect_text(o, "host_data",
		    "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f");
	cr_expect(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(o, "policy_debug_allowed")));
	cr_expect(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "platform_smt_enabled")));
	cJSON_Delete(o);
	snp_made_done(&m);
}

Test(snp_show, decodes_what_nobody_signed_and_refuses_what_is_no_report)
{
	struct snp_spec s = snp_spec(SNP_GEN_GENOA, SNP_GEN_NONE);
	struct snp_made m = snp_make(&s);
	cJSON *o = cJSON_CreateObject();
	struct err e = { 0 };

	cr_expect_eq(snp_show(span(m.report, sizeof(m.report)), o, &e), 0);
	expect_text(o, "signing_key", "none");
	cr_expect_eq(snp_show(span(m.report, sizeof(m.report) - 1), o, &e), -FAIL_INPUT);
	m.report[0] = 9;
	cr_expect_eq(snp_show(span(m.report, sizeof(m.report)), o, &e), -FAIL_INPUT);
	cJSON_Delete(o);
	snp_made_done(&m);
}

/* --- Claims of the verdict -------------------------------------------------------------------- */

Test(snp_claims, of_a_forged_report_are_nobodys)
{
	struct snp_case k = { .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK) };

	k.spec.sign = SNP_SIGN_OTHER_KEY;
	snp_case_make(&k);
	(void)snp_case_run(&k);
	cr_expect_null(verify_claim(k.rig.context.verdict, "part0", "measurement"));
	snp_case_done(&k);
}

Test(snp_claims, list_what_no_reference_covered)
{
	struct snp_case k = { .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK) };
	const cJSON *list;
	bool found = false;

	snp_case_make(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED);
	list = cJSON_GetObjectItemCaseSensitive(
		verdict_claims(k.rig.context.verdict, k.rig.part.index), "unjudged");
	cr_assert_not_null(list);
	for (const cJSON *n = list->child; n; n = n->next) {
		cr_expect_str_neq(n->valuestring, "measurement");
		found |= !strcmp(n->valuestring, "host_data");
	}
	cr_expect(found);
	cr_expect_str_eq(verify_claim(k.rig.context.verdict, "part0", "revocation"), "checked");
	cr_expect_str_eq(verify_claim(k.rig.context.verdict, "part0", "tcb_floor"), "met");
	snp_case_done(&k);
}
