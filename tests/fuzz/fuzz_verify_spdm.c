/*
 * A device's report: decoded, judged as it is, and, where its layout holds, signed anew with the
 * key of a made device, so that all of judging meets it too. An extension with a firmware id (it
 * begins with 0x30, which no report does) goes to its readers.
 */
#include <stdlib.h>
#include <string.h>

#include "attest/verify/context.h"
#include "attest/verify/gpu/fwid.h"
#include "attest/verify/gpu/spdm.h"
#include "base/json.h"
#include "tests/support/evidence/gpu.h"
#include "tests/support/evidence/pki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One made device of each kind, for as long as the process lives. */
struct made {
	struct gpu_made gpu, nvswitch;
	EVP_PKEY *key;
};

static const struct made *made(void)
{
	static struct made m;

	if (!m.key) {
		struct gpu_spec gpu = gpu_spec(GPU_GH100), nvswitch = gpu_spec(GPU_LS10);

		m.gpu = gpu_make(&gpu);
		m.nvswitch = gpu_make(&nvswitch);
		m.key = pki_p384(GPU_KEY_LEAF);
	}
	return &m;
}

static void take_chain(const struct gpu_made *m, struct part *p, struct certs *roots)
{
	int failed = certs_add_ref(roots, m->root, NULL);

	for (size_t i = 0; i < m->cert_count && !failed; i++)
		failed = certs_add_ref(&p->certs, m->certs[i], NULL);
	if (failed)
		abort();
}

/* The word "genuine" that the verifier has for it; what is not genuine gets no other good word. */
static enum verify_word judge(struct span bytes, bool is_switch)
{
	static const struct verify_policy policy;
	AUTO_VERDICT struct verify_verdict *verdict = NULL;
	AUTO_CERTS struct certs roots = { 0 };
	const struct verdict_options o = { .at = 1790000000 };
	struct verify_store *store = NULL;
	struct part p = { .kind = is_switch ? PART_SWITCH : PART_GPU,
			  .name = "gpu0",
			  .bytes = bytes };
	struct context c = { &policy, NULL, &roots, o.at, NULL };
	enum verify_word word;
	struct err e;

	take_chain(is_switch ? &made()->nvswitch : &made()->gpu, &p, &roots);
	if (verify_store_new(&store, &e) || verdict_new(&o, &verdict, &e) ||
	    verdict_part(verdict, p.name, "gpu", 1u << VERIFY_BOUND, &p.index, &e))
		abort();
	c.store = store;
	c.verdict = verdict;
	if (gpu_verify(&c, &p, &e) || gpu_verify_group(&c, &p, 1, &e) ||
	    verdict_finish(verdict, &e))
		abort();
	word = verify_word(verdict, VERIFY_GENUINE);
	if ((word == VERIFY_GENUINE_TEST) != p.outcome.genuine ||
	    verify_decision(verdict) == VERIFY_ACCEPTED)
		abort();
	certs_done(&p.certs);
	verify_store_free(store);
	return word;
}

static void judge_signed(const struct spdm *s)
{
	AUTO_BUF struct buf again = BUF_EMPTY;
	uint8_t rs[SPDM_SIGNATURE_BYTES];

	pki_ecdsa(made()->key, DIGEST_SHA384, s->signed_bytes, rs, rs + 48, 48);
	if (buf_append(&again, s->signed_bytes, SIZE_MAX, NULL) ||
	    buf_append(&again, span(rs, sizeof(rs)), SIZE_MAX, NULL))
		abort();
	(void)judge(buf_view(&again), s->is_switch);
}

static void read_extension(struct span bytes)
{
	uint8_t fwid[FWID_BYTES];

	(void)fwid_tcbinfo(bytes, fwid, NULL);
	(void)fwid_device(bytes, made()->gpu.certs[1], fwid, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	struct span bytes = span(data, size);
	struct spdm s;
	bool parses;

	if (size && data[0] == 0x30) {
		read_extension(bytes);
		return 0;
	}
	parses = !spdm_parse(bytes, &s, NULL);
	if (!gpu_show(bytes, shown, NULL) && !parses)
		abort();
	(void)judge(bytes, parses && s.is_switch);
	if (parses)
		judge_signed(&s);
	return 0;
}
