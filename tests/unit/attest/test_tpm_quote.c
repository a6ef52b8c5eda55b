/* Evidence of a TPM: what the verifier makes of it, and what is refused before it gets that far. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "attest/evidence/probe.h"
#include "attest/tpm/ak.h"
#include "attest/tpm/pcr.h"
#include "attest/tpm/quote.h"
#include "attest/verify/verify.h"
#include "base/b64.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/unit/attest/fake_tpm.h"

#define SOON deadline_in(20000)

static const uint8_t data[TPM_QUOTE_DATA_BYTES] = "what the quote is to bind";
static const uint8_t initdata[TPM_SHA256_BYTES] = "the initdata's digest";

/* --- The verifier ----------------------------------------------------------------------------- */

/* Evidence by the driver, over 48 bytes of which the first 32 count. */
static void evidence_of(struct tpm *t, struct buf *ret)
{
	struct evidence ev = { .driver = &evidence_tpm, .dev = EVIDENCE_NO_DEVICES };
	uint8_t report_data[48] = { 0 };
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };

	ev.dev.tpm = t;
	memcpy(report_data, data, sizeof(data));
	report_data[40] = 7;
	cr_assert_eq(evidence_report(&ev, span(report_data, sizeof(report_data)), SOON, &json, &e),
		     0, "%s", e.text);
	cr_assert_eq(json_print(json, 65536, ret, &e), 0, "%s", e.text);
}

static void ak_digest(const struct buf *evidence, char ret[static 65])
{
	static const char member[] = "\"ak_public\":\"";
	const char *at = strstr((const char *)evidence->at, member) + strlen(member);
	AUTO_BUF struct buf der = BUF_EMPTY;
	struct digest d;

	cr_assert_eq(b64_decode(B64_STANDARD, span(at, strcspn(at, "\"")), 4096, &der, NULL), 0);
	cr_assert_eq(digest_of(DIGEST_SHA256, buf_view(&der), &d, NULL), 0);
	digest_hex(span(d.at, d.len), ret);
}

/* What a policy that knows this key and this initdata says. */
static enum verify_decision judge(const struct buf *evidence, const char *ak,
				  const uint8_t *expected_initdata, const uint8_t *nonce)
{
	const struct verify_file file = { "evidence.json", buf_view(evidence) };
	struct verify_request r = { .files = &file, .file_count = 1, .at = VERIFY_NO_CLOCK };
	struct verify_verdict *verdict = NULL;
	struct verify_policy *policy = NULL;
	enum verify_decision decision;
	char text[400], hex[65];
	struct err e = { 0 };

	digest_hex(span(expected_initdata, TPM_SHA256_BYTES), hex);
	(void)snprintf(text, sizeof(text),
		       "{\"version\":1,\"tpm\":{\"ak\":[\"%s\"],\"initdata\":[\"%s\"]}}", ak, hex);
	cr_assert_eq(verify_policy_parse(span_text(text), &policy, &e), 0, "%s", e.text);
	r.policy = policy;
	r.nonce = span(nonce, TPM_QUOTE_DATA_BYTES);
	if (verify_evidence(&r, &verdict, &e) < 0) {
		verify_policy_free(policy);
		return VERIFY_REFUSED;
	}
	decision = verify_decision(verdict);
	for (size_t i = 0; i < verify_finding_count(verdict); i++) {
		struct verify_finding f = verify_finding(verdict, i);

		cr_log_info("%s %s: %s", f.part, f.code, f.text);
	}
	verify_free(verdict);
	verify_policy_free(policy);
	return decision;
}

/* Another character of the alphabet, `offset` behind the beginning of a member's text. */
static void change(struct buf *evidence, const char *member, size_t offset)
{
	uint8_t *at = memmem(evidence->at, evidence->len, member, strlen(member));

	cr_assert_not_null(at);
	at += strlen(member) + offset;
	*at = *at == 'b' ? 'c' : 'b';
}

Test(tpm_quote, is_accepted_by_the_verifier_and_refused_when_anything_changes, .timeout = 60)
{
	static const char *const members[] = { "\"signature\":\"", "\"message\":\"", "\"pcrs\":[\"",
					       "\"ak_public\":\"" };
	uint8_t other[TPM_SHA256_BYTES] = "another";
	AUTO_FD int line = swtpm_start();
	AUTO_BUF struct buf evidence = BUF_EMPTY;
	struct err e = { 0 };
	struct tpm t;
	char ak[65];

	tpm_init(&t, line);
	cr_assert_eq(tpm_pcr_extend(&t, 8, SOON, initdata, &e), 0, "%s", e.text);
	evidence_of(&t, &evidence);
	ak_digest(&evidence, ak);
	cr_assert_eq(judge(&evidence, ak, initdata, data), VERIFY_ACCEPTED);
	cr_expect_eq(judge(&evidence, ak, initdata, other), VERIFY_REFUSED, "nonce");
	cr_expect_eq(judge(&evidence, ak, other, data), VERIFY_REFUSED, "PCR 8");
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		AUTO_BUF struct buf changed = BUF_EMPTY;

		cr_assert_eq(buf_append(&changed, buf_view(&evidence), evidence.len, &e), 0);
		change(&changed, members[i], 50);
		cr_expect_neq(judge(&changed, ak, initdata, data), VERIFY_ACCEPTED, "%s",
			      members[i]);
	}
	tpm_done(&t);
}

Test(tpm_quote, another_extension_of_pcr_8_is_another_answer, .timeout = 60)
{
	AUTO_FD int line = swtpm_start();
	AUTO_BUF struct buf evidence = BUF_EMPTY;
	struct err e = { 0 };
	struct tpm t;
	char ak[65];

	tpm_init(&t, line);
	cr_assert_eq(tpm_pcr_extend(&t, 8, SOON, initdata, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_pcr_extend(&t, 8, SOON, initdata, &e), 0, "%s", e.text);
	evidence_of(&t, &evidence);
	ak_digest(&evidence, ak);
	cr_expect_eq(judge(&evidence, ak, initdata, data), VERIFY_REFUSED);
	tpm_done(&t);
}

/* --- Answers to other questions --------------------------------------------------------------- */

/* Of a quote's answer: header, size of parameters and of the TPM2B; then TPMS_ATTEST with a name of
 * 34 bytes. */
#define OFF_MAGIC  16
#define OFF_TYPE   20
#define OFF_EXTRA  60
#define OFF_BITMAP 124
#define OFF_DIGEST 129

struct change {
	size_t at;
	unsigned times;
	int want;
};

static struct change change_now;

static void change_quote(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)len;
	if (command == TPM2_CC_Quote && f->times++ < change_now.times)
		answer[change_now.at] ^= 1;
}

ParameterizedTestParameters(tpm_quote, what_was_not_asked_for)
{
	static struct change rows[] = {
		{ OFF_EXTRA, 1, 0 }, /* a race: asked again      */
		{ OFF_EXTRA, 2, -FAIL_FORGED },
		{ OFF_EXTRA + 31, 2, -FAIL_FORGED },
		{ OFF_TYPE + 1, 2, -FAIL_INPUT }, /* of another layout        */
		{ OFF_MAGIC, 2, -FAIL_FORGED },
		{ OFF_BITMAP, 2, -FAIL_FORGED },
		{ OFF_BITMAP + 2, 2, -FAIL_FORGED },
		{ OFF_DIGEST, 2, 0 },		/* PCRs moved: taken again  */
		{ OFF_DIGEST, 3, -FAIL_AGAIN }, /* but not for ever         */
	};
	return cr_make_param_array(struct change, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct change *row, tpm_quote, what_was_not_asked_for, .timeout = 60)
{
	struct fake_tpm f = { .real = swtpm_start(), .tamper = change_quote };
	AUTO_TPM_QUOTE struct tpm_quote q = TPM_QUOTE_EMPTY;
	AUTO_FD int line = fake_tpm_line(&f);
	struct err e = { 0 };
	struct tpm t;

	change_now = *row;
	tpm_init(&t, line);
	cr_expect_eq(tpm_quote(&t, data, SOON, &q, &e), row->want, "at %zu: %s", row->at, e.text);
	cr_expect_eq(q.message.at == NULL, row->want != 0);
	tpm_done(&t);
}

/* --- The AK ----------------------------------------------------------------------------------- */

static int find_ak(struct tpm *t, struct buf *ret, struct err *e)
{
	ESYS_TR key;
	int got;

	cr_assert_eq(tpm_begin(t, SOON, e), 0, "%s", e->text);
	got = tpm_ak(t, &key, ret, e);
	tpm_end(t);
	return got;
}

Test(tpm_quote, the_ak_is_made_once_and_kept, .timeout = 60)
{
	AUTO_BUF struct buf first = BUF_EMPTY, second = BUF_EMPTY;
	int line = swtpm_start();
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(find_ak(&t, &first, &e), 0, "%s", e.text);
	tpm_done(&t);
	swtpm_stop(&line);
	line = swtpm_start();
	tpm_init(&t, line);
	cr_assert_eq(find_ak(&t, &second, &e), 0, "%s", e.text);
	cr_expect(span_is_equal(buf_view(&first), buf_view(&second)));
	tpm_done(&t);
	fd_done(&line);
}

static TPMT_PUBLIC good_ak(void)
{
	return (TPMT_PUBLIC){
		.type = TPM2_ALG_RSA,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT |
				    TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
				    TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH,
		.parameters.rsaDetail = { .symmetric.algorithm = TPM2_ALG_NULL,
					  .scheme = { .scheme = TPM2_ALG_RSASSA,
						      .details.rsassa.hashAlg = TPM2_ALG_SHA256 },
					  .keyBits = 2048 },
		.unique.rsa.size = 256,
	};
}

Test(tpm_quote, an_ak_signs_what_its_tpm_says_and_nothing_else)
{
	static const TPMA_OBJECT needed[] = { TPMA_OBJECT_RESTRICTED, TPMA_OBJECT_SIGN_ENCRYPT,
					      TPMA_OBJECT_FIXEDTPM, TPMA_OBJECT_FIXEDPARENT,
					      TPMA_OBJECT_SENSITIVEDATAORIGIN };
	TPMT_PUBLIC p = good_ak();
	struct err e = { 0 };

	cr_assert_eq(tpm_ak_check(&p, &e), 0, "%s", e.text);
	for (size_t i = 0; i < COUNT_OF(needed); i++) {
		p = good_ak();
		p.objectAttributes &= ~needed[i];
		cr_expect_eq(tpm_ak_check(&p, &e), -FAIL_DENIED, "%x", needed[i]);
	}
	p = good_ak();
	p.objectAttributes |= TPMA_OBJECT_DECRYPT;
	cr_expect_eq(tpm_ak_check(&p, &e), -FAIL_DENIED);
	p = good_ak();
	p.type = TPM2_ALG_ECC;
	cr_expect_eq(tpm_ak_check(&p, &e), -FAIL_DENIED);
	p = good_ak();
	p.parameters.rsaDetail.keyBits = 1024;
	cr_expect_eq(tpm_ak_check(&p, &e), -FAIL_DENIED);
	p = good_ak();
	p.unique.rsa.size = 128;
	cr_expect_eq(tpm_ak_check(&p, &e), -FAIL_DENIED);
	p = good_ak();
	p.parameters.rsaDetail.scheme.scheme = TPM2_ALG_RSAPSS;
	cr_expect_eq(tpm_ak_check(&p, &e), -FAIL_DENIED);
	p = good_ak();
	p.parameters.rsaDetail.scheme.details.rsassa.hashAlg = TPM2_ALG_SHA1;
	cr_expect_eq(tpm_ak_check(&p, &e), -FAIL_DENIED);
}

/* A key of `attributes` at the AK's handle. */
static void put_key(struct tpm *t, TPMA_OBJECT attributes)
{
	static const TPM2B_SENSITIVE_CREATE no_password = { 0 };
	static const TPM2B_DATA no_data = { 0 };
	static const TPML_PCR_SELECTION no_pcrs = { 0 };
	TPM2B_PUBLIC template = { .publicArea = good_ak() };
	ESYS_TR key, kept;

	template.publicArea.objectAttributes = attributes;
	template.publicArea.unique.rsa.size = 0;
	cr_assert_eq(tpm_begin(t, SOON, NULL), 0);
	cr_assert_eq(Esys_CreatePrimary(t->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					ESYS_TR_NONE, &no_password, &template, &no_data, &no_pcrs,
					&key, NULL, NULL, NULL, NULL),
		     0);
	cr_assert_eq(Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, key, ESYS_TR_PASSWORD,
				       ESYS_TR_NONE, ESYS_TR_NONE, TPM_AK_HANDLE, &kept),
		     0);
	cr_assert_eq(Esys_FlushContext(t->esys, key), 0);
	tpm_end(t);
}

Test(tpm_quote, another_key_in_its_place_is_refused_and_not_replaced, .timeout = 60)
{
	AUTO_BUF struct buf spki = BUF_EMPTY;
	AUTO_FD int line = swtpm_start();
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	put_key(&t, good_ak().objectAttributes & ~(TPMA_OBJECT)TPMA_OBJECT_RESTRICTED);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(find_ak(&t, &spki, &e), -FAIL_DENIED, "%s", e.text);
		cr_expect(strstr(e.text, "restricted"), "%s", e.text);
		cr_expect_null(spki.at);
	}
	tpm_done(&t);
}

static void set_password(struct tpm *t, ESYS_TR hierarchy)
{
	static const TPM2B_AUTH password = { .size = 6, .buffer = "secret" };

	cr_assert_eq(tpm_begin(t, SOON, NULL), 0);
	cr_assert_eq(Esys_HierarchyChangeAuth(t->esys, hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					      ESYS_TR_NONE, &password),
		     0);
	Esys_Finalize(&t->esys); /* which knows the password now */
	tpm_end(t);
}

Test(tpm_quote, a_hierarchy_with_a_password_is_named, .timeout = 60)
{
	AUTO_BUF struct buf spki = BUF_EMPTY;
	AUTO_FD int line = swtpm_start();
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	set_password(&t, ESYS_TR_RH_OWNER);
	cr_expect_eq(find_ak(&t, &spki, &e), -FAIL_DENIED, "%s", e.text);
	cr_expect(strstr(e.text, "as the owner") && strstr(e.text, "password"), "%s", e.text);
	set_password(&t, ESYS_TR_RH_ENDORSEMENT);
	cr_expect_eq(find_ak(&t, &spki, &e), -FAIL_DENIED, "%s", e.text);
	cr_expect(strstr(e.text, "endorsement") && strstr(e.text, "password"), "%s", e.text);
	tpm_done(&t);
}

static bool silent(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)f;
	(void)answer;
	*len = 0;
	return command == TPM2_CC_Quote;
}

Test(tpm_quote, a_tpm_that_hangs_is_told_in_time, .timeout = 60)
{
	struct fake_tpm f = { .real = swtpm_start(), .instead = silent };
	AUTO_TPM_QUOTE struct tpm_quote q = TPM_QUOTE_EMPTY;
	AUTO_FD int line = fake_tpm_line(&f);
	struct err e = { 0 };
	uint64_t start_ms;
	struct tpm t;

	tpm_init(&t, line);
	start_ms = clock_boot_ms();
	cr_expect_eq(tpm_quote(&t, data, deadline_in(3000), &q, &e), -FAIL_AGAIN, "%s", e.text);
	cr_expect_lt(clock_boot_ms() - start_ms, 6000);
	tpm_done(&t);
}

/* --- The choice ------------------------------------------------------------------------------- */

Test(tpm_quote, a_tpm_is_chosen_by_name_and_never_otherwise)
{
	struct evidence ev = { .dev = EVIDENCE_NO_DEVICES };
	struct evidence_platform p = { .has_init_data = true };
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, -1);
	cr_expect_eq(evidence_choose(&ev, TEE_TPM, &e), -FAIL_INPUT);
	cr_expect(strstr(e.text, "/dev/tpmrm0"), "%s", e.text);
	ev.dev.tpm = &t;
	cr_expect_eq(evidence_choose(&ev, TEE_AUTO, &e), -FAIL_INPUT);
	cr_expect(strstr(e.text, "A TPM alone"), "%s", e.text);
	cr_expect_null(ev.driver);
	cr_expect_eq(evidence_choose(&ev, TEE_TPM, &e), 0, "%s", e.text);
	cr_expect_eq(ev.driver, &evidence_tpm);
	cr_expect_eq(evidence_platform(&ev, SOON, &p, &e), 0);
	cr_expect(p.debug && !p.has_init_data);
	ev.driver = &evidence_snp;
	cr_expect_eq(evidence_choose(&ev, TEE_TPM, &e), -FAIL_INPUT);
	cr_expect(strstr(e.text, "this is snp"), "%s", e.text);
}
