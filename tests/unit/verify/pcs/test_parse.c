/* TCB info and QE identity as trees: what is read, and what is refused. */
#include <criterion/criterion.h>

#include "attest/verify/pcs/identity.h"
#include "attest/verify/pcs/tcbinfo.h"
#include "base/json.h"
#include "base/limits.h"
#include "tests/unit/verify/pcs/world.h"

static int parse_tcb(const struct pcs_tcb_spec *s, struct tcb_info *ret)
{
	EVP_PKEY *key = pki_p256(5);
	AUTO_BUF struct buf body = pcs_tcb_info(s, key);
	AUTO_JSON cJSON *tree = NULL;
	struct pcs_document d = { 0 };
	struct err e = { 0 };
	int failed = pcs_document_find(buf_view(&body), "tcbInfo", &d, &e);

	EVP_PKEY_free(key);
	if (!failed)
		failed = pcs_document_parse(&d, &tree, &e);
	if (!failed)
		failed = tcb_info_parse(tree, ret, &e);
	return failed;
}

static int parse_qe(const struct pcs_qe_spec *s, struct qe_identity *ret)
{
	EVP_PKEY *key = pki_p256(5);
	AUTO_BUF struct buf body = pcs_qe_identity(s, key);
	AUTO_JSON cJSON *tree = NULL;
	struct pcs_document d = { 0 };
	struct err e = { 0 };
	int failed = pcs_document_find(buf_view(&body), "enclaveIdentity", &d, &e);

	EVP_PKEY_free(key);
	if (!failed)
		failed = pcs_document_parse(&d, &tree, &e);
	if (!failed)
		failed = qe_identity_parse(tree, ret, &e);
	return failed;
}

static int try_tcb(const struct pcs_tcb_spec *s)
{
	struct tcb_info t = { 0 };
	int failed = parse_tcb(s, &t);

	if (failed)
		cr_expect_null(t.levels, "output untouched on failure");
	tcb_info_done(&t);
	return failed;
}

static int try_qe(const struct pcs_qe_spec *s)
{
	struct qe_identity q = { 0 };
	int failed = parse_qe(s, &q);

	if (failed)
		cr_expect_null(q.levels.at, "output untouched on failure");
	qe_identity_done(&q);
	return failed;
}

Test(pcs_parse, reads_tcb_info_of_tdx)
{
	struct pcs_tcb_spec s = pcs_tcb_spec_tdx();
	struct tcb_info t = { 0 };

	s.extra = ",\"newMember\":{\"a\":[1]}";
	cr_assert_eq(parse_tcb(&s, &t), 0);
	cr_expect(t.is_tdx && t.edition.version == 3 && t.edition.evaluation == 20);
	cr_expect_eq(t.edition.issue_date, s.issue_date);
	cr_expect_eq(t.edition.next_update, s.next_update);
	cr_expect_eq(memcmp(t.fmspc, s.fmspc, 6), 0);
	cr_assert_eq(t.level_count, 2);
	cr_expect(t.levels[0].sgx[7] == 5 && t.levels[0].pcesvn == 13 && t.levels[0].tdx[2] == 6);
	cr_expect(t.levels[0].rating.status == TCB_UP_TO_DATE);
	cr_expect(t.levels[1].rating.status == TCB_OUT_OF_DATE);
	cr_expect(tcb_info_module(&t, 1) != NULL && tcb_info_module(&t, 3) == NULL);
	tcb_info_done(&t);
}

Test(pcs_parse, reads_hex_in_either_case_and_sorts_levels)
{
	struct pcs_tcb_spec s = pcs_tcb_spec_tdx();
	struct pcs_level_spec first = s.levels[0];
	struct tcb_info t = { 0 };

	s.upper_hex = true;
	s.modules[0].id = "tdx_01";
	s.levels[0] = s.levels[1];
	s.levels[1] = first;
	cr_assert_eq(parse_tcb(&s, &t), 0);
	cr_expect_eq(memcmp(t.fmspc, s.fmspc, 6), 0);
	cr_expect(t.levels[0].pcesvn == 13 && t.levels[1].pcesvn == 11);
	cr_expect(tcb_info_module(&t, 1) != NULL);
	tcb_info_done(&t);
}

Test(pcs_parse, reads_version_2)
{
	struct pcs_tcb_spec s = pcs_tcb_spec_sgx();
	struct tcb_info t = { 0 };

	s.version = 2;
	s.id = NULL;
	cr_assert_eq(parse_tcb(&s, &t), 0);
	cr_expect(!t.is_tdx && t.levels[0].sgx[4] == 4 && t.levels[0].pcesvn == 13);
	tcb_info_done(&t);
	s.sgx_count = 15;
	cr_expect_eq(try_tcb(&s), -FAIL_INPUT, "a component is missing");
}

Test(pcs_parse, every_member_of_tcb_info_is_needed)
{
	static const char *const names[] = { "id",	   "version",	"issueDate",
					     "nextUpdate", "fmspc",	"pceId",
					     "tcbType",	   "tdxModule", "tcbEvaluationDataNumber",
					     "tcbLevels" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct pcs_tcb_spec s = pcs_tcb_spec_tdx();

		s.omit = names[i];
		cr_expect_eq(try_tcb(&s), -FAIL_INPUT, "%s", names[i]);
	}
}

Test(pcs_parse, every_member_of_qe_identity_is_needed)
{
	static const char *const names[] = { "id",
					     "version",
					     "issueDate",
					     "nextUpdate",
					     "miscselect",
					     "miscselectMask",
					     "attributes",
					     "attributesMask",
					     "mrsigner",
					     "isvprodid",
					     "tcbEvaluationDataNumber",
					     "tcbLevels" };
	struct pcs_qe_spec good = pcs_qe_spec_tdx();

	cr_expect_eq(try_qe(&good), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct pcs_qe_spec s = pcs_qe_spec_tdx();

		s.omit = names[i];
		cr_expect_eq(try_qe(&s), -FAIL_INPUT, "%s", names[i]);
	}
}

/* Each spoils one thing of a good TCB info. */
static void components_15(struct pcs_tcb_spec *s)
{
	s->sgx_count = 15;
}
static void components_17(struct pcs_tcb_spec *s)
{
	s->sgx_count = 17;
}
static void tdx_components_15(struct pcs_tcb_spec *s)
{
	s->tdx_count = 15;
}
static void tdx_components_17(struct pcs_tcb_spec *s)
{
	s->tdx_count = 17;
}
static void no_components(struct pcs_tcb_spec *s)
{
	s->tdx_count = 0;
}
static void svn_256(struct pcs_tcb_spec *s)
{
	s->levels[1].tdx[15] = 256;
}
static void pcesvn_65536(struct pcs_tcb_spec *s)
{
	s->levels[0].pcesvn = 65536;
}
static void duplicate_level(struct pcs_tcb_spec *s)
{
	s->levels[2] = s->levels[0];
	s->levels[2].status = "Revoked";
	s->level_count = 3;
}
static void no_levels(struct pcs_tcb_spec *s)
{
	s->level_count = 0;
}
static void unknown_status(struct pcs_tcb_spec *s)
{
	s->levels[1].status = "Fine";
}
static void status_case(struct pcs_tcb_spec *s)
{
	s->levels[0].status = "uptodate";
}
static void status_of_evaluation(struct pcs_tcb_spec *s)
{
	s->levels[0].status = "TDRelaunchAdvised";
}
static void module_configuration(struct pcs_tcb_spec *s)
{
	s->modules[0].levels[0].status = "ConfigurationNeeded";
}
static void module_twice(struct pcs_tcb_spec *s)
{
	s->modules[1] = s->modules[0];
	s->modules[1].id = "tdx_01";
	s->module_count = 2;
}
static void module_id(struct pcs_tcb_spec *s)
{
	s->modules[0].id = "TDX_1";
}
static void module_id_other(struct pcs_tcb_spec *s)
{
	s->modules[0].id = "SGX_01";
}
static void module_without_id(struct pcs_tcb_spec *s)
{
	s->modules[0].id = NULL;
}
static void module_level_twice(struct pcs_tcb_spec *s)
{
	s->modules[0].levels[1].isvsvn = 6;
}
static void module_without_levels(struct pcs_tcb_spec *s)
{
	s->modules[0].level_count = 0;
}
static void version_4(struct pcs_tcb_spec *s)
{
	s->version = 4;
}
static void version_2_with_id(struct pcs_tcb_spec *s)
{
	s->version = 2;
}
static void id_other(struct pcs_tcb_spec *s)
{
	s->id = "tdx";
}
static void tcb_type_1(struct pcs_tcb_spec *s)
{
	s->tcb_type = 1;
}
static void dates_reversed(struct pcs_tcb_spec *s)
{
	s->next_update = s->issue_date - 1;
}
static void date_unfit(struct pcs_tcb_spec *s)
{
	s->levels[0].date = "2025-13-01T00:00:00Z";
}
static void advisory_empty(struct pcs_tcb_spec *s)
{
	s->levels[0].advisories = " INTEL-SA-00001";
}
static void advisory_long(struct pcs_tcb_spec *s)
{
	s->levels[0].advisories =
		"INTEL-SA-00001-and-so-on-and-so-on-and-so-on-and-so-on-and-so-on-0";
}

Test(pcs_parse, tcb_info_is_refused_for_one_wrong_thing)
{
	static const struct {
		const char *what;
		void (*spoil)(struct pcs_tcb_spec *s);
	} rows[] = {
		{ "15 SGX components", components_15 },
		{ "17 SGX components", components_17 },
		{ "15 TDX components", tdx_components_15 },
		{ "17 TDX components", tdx_components_17 },
		{ "no TDX components", no_components },
		{ "an SVN of 256", svn_256 },
		{ "a PCESVN of 65536", pcesvn_65536 },
		{ "a level twice", duplicate_level },
		{ "no levels", no_levels },
		{ "an unknown status", unknown_status },
		{ "a status in other case", status_case },
		{ "a status that only evaluation gives", status_of_evaluation },
		{ "a status that no module has", module_configuration },
		{ "a module twice, in other case", module_twice },
		{ "a module's id too short", module_id },
		{ "a module's id of another kind", module_id_other },
		{ "a module without id", module_without_id },
		{ "a module's level twice", module_level_twice },
		{ "a module without levels", module_without_levels },
		{ "version 4", version_4 },
		{ "version 2 with an id", version_2_with_id },
		{ "another id", id_other },
		{ "tcbType 1", tcb_type_1 },
		{ "dates in the wrong order", dates_reversed },
		{ "a date that is none", date_unfit },
		{ "an empty advisory", advisory_empty },
		{ "an endless advisory", advisory_long },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pcs_tcb_spec s = pcs_tcb_spec_tdx();

		rows[i].spoil(&s);
		cr_expect_eq(try_tcb(&s), -FAIL_INPUT, "%s", rows[i].what);
	}
}

/* Parses a value that is written out, as the generator's knobs could not have it. */
static int parse_text(const char *value, bool is_qe)
{
	AUTO_JSON cJSON *tree = NULL;
	struct tcb_info t = { 0 };
	struct qe_identity q = { 0 };
	struct err e = { 0 };
	int failed = json_parse(span_text(value), LIMIT_TCB_BYTES, &tree, &e);

	if (!failed)
		failed = is_qe ? qe_identity_parse(tree, &q, &e) : tcb_info_parse(tree, &t, &e);
	tcb_info_done(&t);
	qe_identity_done(&q);
	return failed;
}

Test(pcs_parse, members_of_another_type_are_refused)
{
	static const char *const values[] = {
		"{}",
		"{\"version\":\"3\"}",
		"{\"version\":3.0,\"issueDate\":1}",
		"{\"id\":\"TDX\",\"version\":3,\"issueDate\":\"2026-09-01T00:00:00Z\","
		"\"nextUpdate\":\"2026-09-02T00:00:00Z\",\"tcbEvaluationDataNumber\":1,"
		"\"fmspc\":\"90c06f000000\",\"pceId\":\"0000\",\"tcbType\":0,"
		"\"tcbLevels\":[[]]}",
		"{\"id\":\"SGX\",\"version\":3,\"issueDate\":\"2026-09-01T00:00:00Z\","
		"\"nextUpdate\":\"2026-09-02T00:00:00Z\",\"tcbEvaluationDataNumber\":1,"
		"\"fmspc\":\"90c06f0000\",\"pceId\":\"0000\",\"tcbType\":0,"
		"\"tcbLevels\":[{\"tcb\":{\"pcesvn\":-1}}]}",
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		cr_expect_eq(parse_text(values[i], false), -FAIL_INPUT, "%zu", i);
		cr_expect_eq(parse_text(values[i], true), -FAIL_INPUT, "%zu", i);
	}
}

static void qe_version(struct pcs_qe_spec *s)
{
	s->version = 1;
}
static void qe_is_qve(struct pcs_qe_spec *s)
{
	s->id = "QVE";
}
static void qe_level_twice(struct pcs_qe_spec *s)
{
	s->levels[1].isvsvn = 8;
}
static void qe_no_levels(struct pcs_qe_spec *s)
{
	s->level_count = 0;
}
static void qe_status(struct pcs_qe_spec *s)
{
	s->levels[0].status = "SWHardeningNeeded";
}
static void qe_isvsvn(struct pcs_qe_spec *s)
{
	s->levels[0].isvsvn = 65536;
}
static void qe_prodid(struct pcs_qe_spec *s)
{
	s->isvprodid = 65536;
}

Test(pcs_parse, qe_identity_is_refused_for_one_wrong_thing)
{
	static const struct {
		const char *what;
		void (*spoil)(struct pcs_qe_spec *s);
	} rows[] = {
		{ "version 1", qe_version },
		{ "the QvE's", qe_is_qve },
		{ "a level twice", qe_level_twice },
		{ "no levels", qe_no_levels },
		{ "a status that no enclave has", qe_status },
		{ "an ISVSVN of 65536", qe_isvsvn },
		{ "an ISVPRODID of 65536", qe_prodid },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pcs_qe_spec s = pcs_qe_spec_tdx();

		rows[i].spoil(&s);
		cr_expect_eq(try_qe(&s), -FAIL_INPUT, "%s", rows[i].what);
	}
}

Test(pcs_parse, lists_have_an_end)
{
	AUTO_BUF struct buf value = BUF_EMPTY;
	AUTO_JSON cJSON *tree = NULL;
	struct isv_levels levels = { 0 };
	struct err e = { 0 };

	cr_assert_eq(buf_printf(&value, 1 << 20, &e, "["), 0);
	for (int i = 0; i <= LIMIT_TCB_LEVELS; i++)
		cr_assert_eq(buf_printf(&value, 1 << 20, &e,
					"%s{\"tcb\":{\"isvsvn\":%d},\"tcbDate\":"
					"\"2025-01-01T00:00:00Z\",\"tcbStatus\":"
					"\"UpToDate\"}",
					i ? "," : "", i),
			     0);
	cr_assert_eq(buf_printf(&value, 1 << 20, &e, "]"), 0);
	cr_assert_eq(json_parse(buf_view(&value), 1 << 20, &tree, &e), 0);
	cr_expect_eq(isv_levels_parse(tree, &levels, &e), -FAIL_LIMIT);
	cJSON_DeleteItemFromArray(tree, 0);
	cr_assert_eq(isv_levels_parse(tree, &levels, &e), 0);
	cr_expect_eq(levels.count, LIMIT_TCB_LEVELS);
	cr_expect_eq(levels.at[0].isvsvn, LIMIT_TCB_LEVELS);
	isv_levels_done(&levels);
}
