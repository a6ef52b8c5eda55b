/* The guest's own events in a whole answer: signed by way of the report data, held by a register
 * where there is one. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/verify/verify.h"
#include "base/digest.h"
#include "base/json.h"
#include "tests/support/evidence/log.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/evidence/tdx.h"

#define CALLER	   "guest"
#define HEAD_BYTES 48

struct form {
	char strength[8], reg[8];
};

struct answer {
	struct form form;
	bool is_register_other; /* RTMR3 holds something else                       */
	bool is_event_changed;	/* after the guest signed                           */
	bool is_event_lost;	/* the last                                         */
	bool is_head_changed;	/* on the way                                       */
	bool is_log_dropped;	/* likewise                                         */
	bool is_log_late;	/* added to an answer that was signed without       */
	bool is_nonce_other;	/* it answers an older question                     */
};

static void put(struct buf *b, const void *at, size_t len)
{
	const uint8_t head[] = { (uint8_t)(len >> 8), (uint8_t)len };

	cr_assert_eq(buf_append(b, span(head, 2), SIZE_MAX, NULL), 0);
	cr_assert_eq(buf_append(b, span(at, len), SIZE_MAX, NULL), 0);
}

static void report_data(const struct answer *a, struct span nonce, const uint8_t *head,
			uint8_t ret[static 64])
{
	const char *label = a->is_log_late ? "sealinit/v1/evidence" : "sealinit/v1/composite";
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct digest d;

	put(&b, label, strlen(label));
	put(&b, CALLER, strlen(CALLER));
	put(&b, nonce.at, nonce.len);
	if (!a->is_log_late) {
		put(&b, NULL, 0); /* key     */
		put(&b, NULL, 0); /* devices */
		put(&b, NULL, 0); /* state   */
		put(&b, head, HEAD_BYTES);
	}
	cr_assert_eq(digest_of(DIGEST_SHA512, buf_view(&b), &d, NULL), 0);
	memcpy(ret, d.at, d.len);
}

static struct eventlog make_log(void)
{
	struct eventlog l = eventlog_aael_only();

	eventlog_aael(&l, 4, "sealinit ready 1");
	eventlog_aael(&l, 4, "app start web");
	return l;
}

static void add_log(cJSON *o, const struct answer *a, struct eventlog *l, const uint8_t *head)
{
	uint8_t sent[HEAD_BYTES];
	cJSON *log = cJSON_CreateObject();

	memcpy(sent, head, HEAD_BYTES);
	sent[0] ^= a->is_head_changed;
	if (a->is_event_changed)
		l->bytes.at[l->bytes.len - 1] ^= 1;
	if (a->is_event_lost)
		l->bytes.len = l->last;
	cr_assert_eq(json_add(o, "log", log, NULL), 0);
	cr_assert_eq(json_add_text(log, "strength", a->form.strength, NULL), 0);
	cr_assert_eq(json_add_text(log, "register", a->form.reg, NULL), 0);
	cr_assert_eq(json_add_b64(log, "events", buf_view(&l->bytes), NULL), 0);
	cr_assert_eq(json_add_b64(log, "head", span(sent, HEAD_BYTES), NULL), 0);
}

static struct buf make_json(const struct answer *a, struct span nonce, X509 **ret_root)
{
	struct quote_spec spec = quote_spec_td10();
	struct eventlog l = make_log();
	uint8_t head[HEAD_BYTES];
	struct quote_made m;
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	cJSON *evidence = cJSON_CreateObject();
	struct buf json = BUF_EMPTY;

	memcpy(head, eventlog_register(&l, EVENTLOG_SHA384, 4), HEAD_BYTES);
	memcpy(spec.td.rtmr[3], head, HEAD_BYTES);
	spec.td.rtmr[3][0] ^= a->is_register_other;
	report_data(a, nonce, head, spec.td.report_data);
	m = quote_make(&spec);
	cr_assert_eq(json_add_text(o, "tee", "tdx", NULL), 0);
	cr_assert_eq(json_add(o, "evidence", evidence, NULL), 0);
	cr_assert_not_null(cJSON_AddNullToObject(evidence, "cc_eventlog"));
	cr_assert_eq(json_add_b64(evidence, "quote", buf_view(&m.quote), NULL), 0);
	cr_assert_eq(json_add_b64(o, "report_data", span(spec.td.report_data, 64), NULL), 0);
	cr_assert_eq(json_add_b64(o, "nonce", nonce, NULL), 0);
	cr_assert_eq(json_add_text(o, "caller", CALLER, NULL), 0);
	if (!a->is_log_dropped)
		add_log(o, a, &l, head);
	cr_assert_eq(json_print(o, SIZE_MAX / 2, &json, NULL), 0);
	X509_up_ref(m.root);
	*ret_root = m.root;
	quote_made_done(&m);
	eventlog_done(&l);
	return json;
}

static int judge(struct span json, X509 *root, struct span nonce, struct verify_verdict **ret,
		 struct err *e)
{
	AUTO_BUF struct buf pem = pki_pem(&root, 1);
	const struct verify_file file = { "evidence.json", json };
	struct verify_request r = {
		.files = &file, .file_count = 1, .nonce = nonce, .test_roots = buf_view(&pem)
	};

	return verify_evidence(&r, ret, e);
}

static bool said(const struct verify_verdict *v, const char *code)
{
	for (size_t i = 0; i < verify_finding_count(v); i++)
		if (!strcmp(verify_finding(v, i).code, code))
			return true;
	return false;
}

struct row {
	struct answer answer;
	char says[24];
	enum verify_word bound;
};

ParameterizedTestParameters(own_log, is_worth_what_was_signed)
{
	static struct row rows[] = {
		{ { .form = { "rtmr", "RTMR3" } }, "bound.log", VERIFY_BOUND_YES },
		{ { .form = { "chain", "" } }, "bound.log", VERIFY_BOUND_YES },
		{ { .form = { "rtmr", "RTMR3" }, .is_register_other = true },
		  "log.mismatch",
		  VERIFY_BOUND_NO },
		{ { .form = { "chain", "" }, .is_register_other = true },
		  "bound.log",
		  VERIFY_BOUND_YES },
		{ { .form = { "pcr", "PCR 3" } }, "log.mismatch", VERIFY_BOUND_NO },
		{ { .form = { "rtmr", "RTMR3" }, .is_event_lost = true },
		  "log.mismatch",
		  VERIFY_BOUND_NO },
		{ { .form = { "chain", "" }, .is_event_lost = true },
		  "log.mismatch",
		  VERIFY_BOUND_NO },
		{ { .form = { "chain", "" }, .is_head_changed = true },
		  "bound.other",
		  VERIFY_BOUND_NO },
		{ { .form = { "chain", "" }, .is_head_changed = true },
		  "log.unsigned",
		  VERIFY_BOUND_NO },
		{ { .form = { "chain", "" }, .is_log_dropped = true },
		  "bound.other",
		  VERIFY_BOUND_NO },
		{ { .form = { "chain", "" }, .is_log_late = true },
		  "bound.other",
		  VERIFY_BOUND_NO },
		{ { .form = { "chain", "" }, .is_log_late = true },
		  "log.unsigned",
		  VERIFY_BOUND_NO },
		{ { .form = { "rtmr", "RTMR3" }, .is_nonce_other = true },
		  "fresh.other",
		  VERIFY_BOUND_YES },
	};

	return cr_make_param_array(struct row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct row *row, own_log, is_worth_what_was_signed)
{
	static const uint8_t nonce[32] = { 7 }, other[32] = { 8 };
	struct verify_verdict *v = NULL;
	X509 *root;
	AUTO_BUF struct buf json = make_json(&row->answer, span(nonce, sizeof(nonce)), &root);
	const uint8_t *asked = row->answer.is_nonce_other ? other : nonce;
	struct err e = { 0 };

	cr_assert_eq(judge(buf_view(&json), root, span(asked, 32), &v, &e), 0, "%s", e.text);
	cr_expect(said(v, row->says), "%s %s", row->answer.form.strength, row->says);
	cr_expect_eq(verify_word(v, VERIFY_BOUND), row->bound, "%s", row->says);
	verify_free(v);
	X509_free(root);
}

/* The digest covers the text: what was changed is not what was measured, though it replays. */
Test(own_log, an_event_that_was_rewritten_is_called_so)
{
	static const uint8_t nonce[32] = { 7 };
	const struct answer a = { .form = { "rtmr", "RTMR3" }, .is_event_changed = true };
	struct verify_verdict *v = NULL;
	AUTO_BUF struct buf text = BUF_EMPTY;
	X509 *root;
	AUTO_BUF struct buf json = make_json(&a, span(nonce, sizeof(nonce)), &root);
	struct err e = { 0 };

	cr_assert_eq(judge(buf_view(&json), root, span(nonce, 32), &v, &e), 0, "%s", e.text);
	cr_assert_eq(verify_json(v, &text, &e), 0, "%s", e.text);
	cr_expect(strstr((const char *)text.at, "\"differs\""));
	verify_free(v);
	X509_free(root);
}

ParameterizedTestParameters(own_log, refuses_registers_that_it_does_not_know)
{
	static struct form rows[] = {
		{ "chain", "RTMR3" }, { "rtmr", "RTMR2" }, { "rtmr", "" },    { "pcr", "PCR 24" },
		{ "pcr", "PCR 08" },  { "pcr", "PCR" },	   { "pcr", "PCR " }, { "pcr", "PCR 1x" },
		{ "pcr", "14" },      { "CHAIN", "" },	   { "", "" },	      { "pcr", "PCR 123" },
	};

	return cr_make_param_array(struct form, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct form *row, own_log, refuses_registers_that_it_does_not_know)
{
	static const uint8_t nonce[32] = { 7 };
	struct answer a = { .is_log_late = false };
	struct verify_verdict *v = NULL;
	X509 *root;
	AUTO_BUF struct buf json = BUF_EMPTY;
	struct err e = { 0 };

	a.form = *row;
	json = make_json(&a, span(nonce, sizeof(nonce)), &root);
	cr_expect_eq(judge(buf_view(&json), root, span(nonce, 32), &v, &e), -FAIL_INPUT, "%s %s",
		     row->strength, row->reg);
	X509_free(root);
}
