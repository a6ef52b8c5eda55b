#include <stdio.h>
#include <string.h>

#include "attest/evidence/probe.h"
#include "attest/tpm/quote.h"
#include "base/digest.h"
#include "base/json.h"

/* It has no register for the owner but PCR 8, which the guest fills itself; and nobody here can
 * tell whether the host runs it. */
static int platform(const struct evidence *self, uint64_t deadline_ms,
		    struct evidence_platform *ret, struct err *e)
{
	(void)self;
	(void)deadline_ms;
	(void)e;
	*ret = (struct evidence_platform){ .debug = true };
	(void)snprintf(ret->name, sizeof(ret->name), "none (tpm)");
	return 0;
}

static int add_pcrs(cJSON *quote, const struct tpm_pcrs *p, struct err *e)
{
	char hex[2 * TPM_SHA256_BYTES + 1];
	cJSON *list = cJSON_CreateArray();
	int failed = json_add(quote, "pcrs", list, e);

	for (unsigned i = 0; !failed && i < TPM_PCRS; i++) {
		digest_hex(span(p->at[i], TPM_SHA256_BYTES), hex);
		failed = json_add(list, NULL, cJSON_CreateString(hex), e);
	}
	return failed;
}

/* Spec: coco-protocol reference 4.6. */
static int write_json(const struct tpm_quote *q, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *evidence = cJSON_CreateObject();
	cJSON *quote = cJSON_CreateObject();
	int failed = json_add(evidence, "tpm_quote", quote, e);

	if (!failed)
		failed = json_add_b64(quote, "signature", buf_view(&q->signature), e);
	if (!failed)
		failed = json_add_b64(quote, "message", buf_view(&q->message), e);
	if (!failed)
		failed = add_pcrs(quote, &q->pcrs, e);
	if (!failed)
		failed = json_add_b64(evidence, "ak_public", buf_view(&q->ak), e);
	if (failed)
		return failed;
	*ret = evidence;
	evidence = NULL;
	return 0;
}

/* The first half is what every TPM has room for, and what CoCo's verifier compares. */
static int report(const struct evidence *self, struct span report_data, uint64_t deadline_ms,
		  cJSON **ret, struct err *e)
{
	AUTO_TPM_QUOTE struct tpm_quote q = TPM_QUOTE_EMPTY;
	uint8_t data[TPM_QUOTE_DATA_BYTES] = { 0 };
	int failed;

	memcpy(data, report_data.at,
	       report_data.len < sizeof(data) ? report_data.len : sizeof(data));
	failed = tpm_quote(self->dev.tpm, data, deadline_ms, &q, e);
	return failed ? failed : write_json(&q, ret, e);
}

const struct evidence_driver evidence_tpm = {
	.tee = "tpm",
	.provider = NULL,
	.platform = platform,
	.report = report,
};
