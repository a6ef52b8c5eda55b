/*
 * An event log. The first byte says who signs it: 'c' the RTMRs, 't' the SHA-256 PCRs that the log
 * itself leads to, so that judging goes on; anything else: nobody. With 'p' behind it, a policy
 * (u16 length, little-endian, and JSON) stands in front of the log.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/context.h"
#include "attest/verify/log/replay.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Registers that the log leads to; none when it can't be read. */
static void sign(struct part *signer, struct span bytes, bool is_cc)
{
	AUTO_TCG_LOG struct tcg_log log = { 0 };
	struct registers *r = &signer->outcome.registers;
	struct tcg_replay replay;

	r->alg = is_cc ? TCG_SHA384 : TCG_SHA256;
	r->is_rtmr = is_cc;
	r->present = is_cc ? 0xf : 0xffffff;
	signer->outcome.genuine = true;
	if (tcg_log_read(bytes, is_cc ? TCG_FORM_CC : TCG_FORM_TPM, &log, NULL) < 0 ||
	    tcg_replay(&log, r->alg, &replay, NULL) < 0)
		return;
	for (uint32_t i = 0; i < (is_cc ? 4u : 24u); i++)
		memcpy(r->at[i], replay.at[is_cc ? i + 1 : i], 64);
}

static struct span read_policy(struct span bytes, struct verify_policy *policy)
{
	AUTO_JSON cJSON *tree = NULL;
	size_t len;

	if (bytes.len < 2)
		return bytes;
	len = bytes.at[0] | (size_t)bytes.at[1] << 8;
	bytes = span(bytes.at + 2, bytes.len - 2);
	len = len < bytes.len ? len : bytes.len;
	if (json_parse(span(bytes.at, len), 65536, &tree, NULL) == 0)
		(void)log_policy_parse(tree, &policy->log, NULL);
	return span(bytes.at + len, bytes.len - len);
}

/* A log that nobody signed is never accepted. */
static void judge(struct context *c, struct part *p, const struct part *signer)
{
	const unsigned none = 1u << VERIFY_GENUINE | 1u << VERIFY_FRESH | 1u << VERIFY_PLATFORM;
	const struct verdict_options o = { .at = c->at };
	struct err e = { 0 };

	if (verdict_new(&o, &c->verdict, &e) ||
	    verdict_part(c->verdict, "log0", "log", none, &p->index, &e) ||
	    log_verify(c, p, signer, &e) || verdict_finish(c->verdict, &e))
		abort();
	if (!signer && verify_decision(c->verdict) < VERIFY_UNPROVEN)
		abort();
	verify_free(c->verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t who = size ? data[0] : 0;
	bool is_signed = who == 'c' || who == 't';
	struct span bytes = size ? span(data + 1, size - 1) : SPAN_EMPTY;
	struct verify_policy policy = { 0 };
	struct certs roots = { 0 };
	struct context c = { &policy, NULL, &roots, 1790000000, NULL };
	struct part p = { .kind = PART_LOG }, signer = { .kind = PART_QUOTE };
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	struct err e = { 0 };

	if (bytes.len && bytes.at[0] == 'p')
		bytes = read_policy(span(bytes.at + 1, bytes.len - 1), &policy);
	p.bytes = bytes;
	if (is_signed)
		sign(&signer, bytes, who == 'c');
	judge(&c, &p, is_signed ? &signer : NULL);
	(void)log_show(bytes, shown, &e);
	log_policy_done(&policy.log);
	return 0;
}
